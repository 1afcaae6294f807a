//! Takes the pictures of the documentation: a server with an outage under way, seen on a laptop and on a telephone.
//!
//! `cargo build --workspace && cargo run -p stentor-e2e --example screenshots` writes `docs/images/*.png`. It takes
//! some minutes: the outage takes its time, so that times and durations look as they do in life.

#![expect(clippy::disallowed_methods, reason = "alerts are dated by the clock")]

use std::path::Path;
use std::time::Duration;

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use stentor_e2e::browser::{Admin, Browser, Screen};
use stentor_e2e::mail::MailServer;
use stentor_e2e::server::Server;
use stentor_e2e::site::Site;
use stentor_e2e::turn::alone;
use stentor_e2e::wait::{pause, until};

/// People take their time between two things that they do.
const PEOPLE_TAKE: Duration = Duration::from_secs(40);

const ALICE: Admin = Admin {
    login: "alice",
    name: "Alice Ops",
    email: "alice@example.com",
    password: "a horn that fifty men would envy",
};

fn main() {
    alone(async {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        let root = root.expect("the crate stands two folders below the root");
        let images = root.join("docs/images");
        std::fs::create_dir_all(&images).expect("the folder of the pictures can be made");
        let mails = MailServer::start().await;
        let mut site = example_site(&root.join("examples/plan"), mails.port);
        let server = site.start().await;
        Browser::start(Screen::LAPTOP).await.set_up(&server.setup_link(), &ALICE).await;
        let incident = play(&server).await;
        let dark = Screen { dark: true, ..Screen::LAPTOP };
        for (screen, suffix) in
            [(Screen::LAPTOP, ""), (dark, "-dark"), (Screen::TELEPHONE, "-telephone")]
        {
            let browser = Browser::start(screen).await;
            browser.open(&server.at("/")).await;
            browser.sign_in(&ALICE).await;
            browser.find("h1", "Now").await;
            take(&browser, &server, &incident, &images, suffix).await;
        }
    });
}

/// Makes a site with the example plan, whose mails go to `smtp_port`.
fn example_site(plan: &Path, smtp_port: u16) -> Site {
    let read = |name: &str| {
        std::fs::read_to_string(plan.join(name)).expect("the example plan can be read")
    };
    let stentor_yml = read("stentor.yml")
        .replace("smarthost: localhost:1025", &format!("smarthost: 127.0.0.1:{smtp_port}"));
    let alertmanager_yml = read("alertmanager.yml").replace("10s", "0s").replace("30s", "0s");
    let site = Site::new(&stentor_yml, &alertmanager_yml);
    for entry in
        std::fs::read_dir(plan.join("runbooks")).expect("the example plan has runbooks").flatten()
    {
        let name = format!("runbooks/{}", entry.file_name().display());
        site.write_plan(&name, &read(&name));
    }
    site
}

/// Plays an outage to the moment when its cause is known; returns the path of the incident.
async fn play(server: &Server) -> String {
    let alert = |labels: Value, summary: &str, minutes_ago: i64| {
        let now = Timestamp::now();
        let (starts_at, ends_at) = (now - minutes_ago.minutes(), now + 1.hour());
        json!({ "labels": labels, "annotations": { "summary": summary },
                "startsAt": starts_at.to_string(), "endsAt": ends_at.to_string() })
    };
    let errors =
        json!({ "alertname": "CheckoutErrors", "job": "checkout", "severity": "critical" });
    let pool = json!({ "alertname": "ConnectionPoolFull", "job": "postgres", "instance": "db-prod-1",
                       "severity": "warning" });
    let cpu = json!({ "alertname": "HighCPUUsage", "job": "node", "instance": "web-3", "severity": "warning" });
    let first = [
        alert(errors, "31% of checkouts fail", 1),
        alert(pool, "All 100 connections of db-prod-1 are in use", 2),
    ];
    let sent = server.ingest(Value::from(first.to_vec()).to_string()).await;
    assert_eq!(sent.status, 200, "{sent:?}");
    let pages = until("two pages", 20, async || {
        let pages = server.items("/api/v1/pages").await;
        (pages.len() == 2).then_some(pages)
    })
    .await;
    until("both are asked", 20, async || {
        let deliveries = server.items("/api/v1/deliveries").await;
        (deliveries.iter().filter(|one| one["state"] == "sent").count() == 2).then_some(())
    })
    .await;
    let of = |title: &str| {
        let is_it = |page: &&Value| page["title"].as_str().is_some_and(|has| has.contains(title));
        let page = pages.iter().find(is_it).expect("the page is there");
        page["id"].as_str().expect("a page has an id").to_owned()
    };
    let (checkout, database) = (of("CheckoutErrors"), of("ConnectionPoolFull"));
    pause(PEOPLE_TAKE).await;
    act(server, "chandra", &format!("/api/v1/pages/{checkout}/acknowledge"), json!({})).await;
    act(server, "bob", &format!("/api/v1/pages/{database}/acknowledge"), json!({})).await;
    let incident = server.items("/api/v1/incidents").await.pop();
    let incident = incident.expect("the plan's rule declared an incident");
    let incident =
        format!("/incidents/{}", incident["id"].as_str().expect("an incident has an id"));
    for (person, kind, text) in [
        ("chandra", "note", "Every failing checkout times out on the orders database"),
        ("bob", "note", "The pool of db-prod-1 is at its limit of 100 while its CPU is idle"),
        ("chandra", "decision", "Raise the limit now, look for the leak later"),
        ("bob", "action", "Raised max_connections from 100 to 300"),
    ] {
        pause(PEOPLE_TAKE).await;
        let entry = json!({ "kind": kind, "text": text });
        act(server, person, &format!("/api/v1{incident}/timeline"), entry).await;
        if kind == "decision" {
            let identified = json!({ "state": "identified" });
            act(server, person, &format!("/api/v1{incident}/state"), identified).await;
        }
    }
    pause(PEOPLE_TAKE).await;
    let third = alert(cpu, "web-3 has been busier than 85% for five minutes", 0);
    let sent = server.ingest(Value::from(vec![third]).to_string()).await;
    assert_eq!(sent.status, 200, "{sent:?}");
    until("no message is on its way", 20, async || {
        let deliveries = server.items("/api/v1/deliveries").await;
        let is_settled = |one: &Value| one["due_at"].is_null();
        (deliveries.len() >= 3 && deliveries.iter().all(is_settled)).then_some(())
    })
    .await;
    incident
}

async fn act(server: &Server, person: &str, path: &str, body: Value) {
    let request = server.http.post(server.at(path)).bearer_auth(&server.token);
    let request = request.header("content-type", "application/json");
    let answer =
        server.send(request.header("x-stentor-on-behalf-of", person).body(body.to_string())).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
}

async fn take(browser: &Browser, server: &Server, incident: &str, images: &Path, suffix: &str) {
    browser.open(&server.at("/")).await;
    browser.find("h2", "Needs an answer").await;
    browser.screenshot(&images.join(format!("now{suffix}.png"))).await;
    browser.open(&server.at(incident)).await;
    browser.find("h2", "Timeline").await;
    browser.screenshot(&images.join(format!("incident{suffix}.png"))).await;
}
