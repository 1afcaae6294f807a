//! Links in messages: one that is damaged, used up or too old answers nothing, and says so.

use jiff::SignedDuration;
use stentor_e2e::mail::MailServer;
use stentor_e2e::server::{Answer, Server};
use stentor_e2e::site::Site;
use stentor_e2e::turn::beside;
use stentor_e2e::wait::until;
use stentor_store::db::Db;
use stentor_store::deliveries::{self, Filter};

use crate::plans;

/// A link works for a week.
const LINK_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

async fn look(server: &Server, path: &str) -> Answer {
    server.send(server.http.get(server.at(path)).header("accept", "text/html")).await
}

/// Does what the button on the link's page does.
async fn press(server: &Server, path: &str, verb: &str) -> Answer {
    let request = server.http.post(server.at(path)).header("sec-fetch-site", "same-origin");
    let request = request.header("accept", "text/html");
    let kind = "application/x-www-form-urlencoded";
    server.send(request.header("content-type", kind).body(format!("verb={verb}"))).await
}

async fn page_state(server: &Server) -> String {
    let page = server.items("/api/v1/pages").await.pop().expect("there is a page");
    page["state"].as_str().expect("a page has a state").to_owned()
}

#[test]
fn a_link_works_until_it_is_too_old_or_the_page_is_over() {
    beside(async {
        let mails = MailServer::start().await;
        let plan = plans::paging(mails.port, plans::today());
        let mut site = Site::new(&plan, plans::TO_PLATFORM);
        let mut server = site.start().await;
        server.fire(&[("alertname", "DiskFull"), ("severity", "critical")]).await;
        let mail = until("a mail arrives", 10, async || mails.mails().pop()).await;
        let link = mail.answer_path();
        assert_eq!(look(&server, &link).await.status, 200);

        for damaged in [link.replace("/l/dlv_", "/l/dlv_0"), format!("{link}x"), "/l/a/b".into()] {
            let shown = look(&server, &damaged).await;
            assert_eq!(shown.status, 404, "{damaged}: {shown:?}");
            assert!(shown.text.contains("does not work"), "{shown:?}");
            assert_eq!(press(&server, &damaged, "acknowledge").await.status, 404);
        }
        assert_eq!(press(&server, &link, "explode").await.status, 422);
        assert_eq!(page_state(&server).await, "triggered");

        until("the delivery is settled", 10, async || {
            let sent = server.items("/api/v1/deliveries").await;
            sent.iter().all(|delivery| delivery["state"] == "sent").then_some(())
        })
        .await;
        server.process.kill();
        let database = format!("sqlite:{}", site.data.join("stentor.db").display());
        made_earlier(&database, LINK_FOR);
        let server = site.start().await;
        let expired = look(&server, &link).await;
        assert_eq!(expired.status, 410, "{expired:?}");
        assert!(expired.text.contains("This link has expired"), "{expired:?}");
        assert_eq!(press(&server, &link, "acknowledge").await.status, 410);
        assert_eq!(page_state(&server).await, "triggered");
    });
}

#[test]
fn a_link_to_a_page_that_is_over_answers_nothing() {
    beside(async {
        let mails = MailServer::start().await;
        let plan = plans::paging(mails.port, plans::today());
        let mut site = Site::new(&plan, plans::TO_PLATFORM);
        let server = site.start().await;
        server.fire(&[("alertname", "DiskFull"), ("severity", "critical")]).await;
        let mail = until("a mail arrives", 10, async || mails.mails().pop()).await;
        let link = mail.answer_path();

        assert_eq!(press(&server, &link, "acknowledge").await.status, 303);
        assert_eq!(page_state(&server).await, "acknowledged");
        assert_eq!(press(&server, &link, "resolve").await.status, 303);
        assert_eq!(page_state(&server).await, "resolved");
        assert_eq!(press(&server, &link, "acknowledge").await.status, 410);
        assert_eq!(page_state(&server).await, "resolved");

        for path in ["/setup", "/setup?token=wrong", "/setup?token="] {
            let shown = look(&server, path).await;
            assert!((400..500).contains(&shown.status), "{path}: {shown:?}");
        }
    });
}

/// Makes the only delivery older than it is, as time would.
fn made_earlier(database_url: &str, by: SignedDuration) {
    let mut db = Db::open(database_url).expect("the database of a killed server opens");
    let made =
        deliveries::list(&mut db, &Filter::default(), 1).expect("deliveries are listed").pop();
    let id = made.expect("there is a delivery").id;
    let mut saved = deliveries::open(&mut db, id).expect("it can be read").expect("it is there");
    saved.it.created_at -= by;
    db.transaction(|db| deliveries::save(db, &mut saved)).expect("it can be saved");
}
