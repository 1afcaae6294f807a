//! The main job: a real alert wakes the right person, becomes an incident, and ends as a postmortem.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use stentor_e2e::browser::{ADMIN, Browser, Screen};
use stentor_e2e::mail::{Mail, MailServer};
use stentor_e2e::monitoring::{NodeExporter, Prometheus};
use stentor_e2e::server::Server;
use stentor_e2e::site::Site;
use stentor_e2e::turn::alone;
use stentor_e2e::wait::until;
use stentor_store::testing::TestDatabase;

use crate::plans;

/// Prometheus looks every second, and waits two before it fires; the machine may be busy.
const FIRES_WITHIN_S: u64 = 40;

/// What happened and what is written down differ by at most this much.
const APART_MAX: SignedDuration = SignedDuration::from_secs(5);

/// The tutorial's rule, with a shorter `for`.
const ALERTS_YML: &str = r#"
groups:
  - name: instance-down
    rules:
      - alert: InstanceDown
        expr: up == 0
        for: 2s
        labels:
          severity: critical
        annotations:
          summary: "Instance {{ $labels.instance }} is down"
"#;

#[test]
fn from_the_alert_to_the_postmortem_on_sqlite() {
    alone(the_road(None));
}

#[test]
fn from_the_alert_to_the_postmortem_on_postgresql() {
    let database = TestDatabase::postgres();
    alone(the_road(Some(database.url().to_owned())));
}

async fn the_road(database_url: Option<String>) {
    let mails = MailServer::start().await;
    let mut site = Site::new(&plans::paging(mails.port, plans::today()), plans::TO_PLATFORM);
    site.database_url = database_url;
    let server = site.start().await;
    let browser = Browser::start(Screen::LAPTOP).await;
    browser.set_up(&server.setup_link(), &ADMIN).await;
    let mut exporter = NodeExporter::start();
    let prometheus = Prometheus::start(exporter.port, site.port, ALERTS_YML);
    until("Prometheus sees the exporter", FIRES_WITHIN_S, async || {
        prometheus.sees_up().await.then_some(())
    })
    .await;

    exporter.kill();
    let asked =
        until("the person on call gets a mail", FIRES_WITHIN_S, async || mails.mails().pop()).await;
    let alerted = Timestamp::now();
    assert_eq!(asked.to, "alice@example.com", "{asked:?}");
    assert!(asked.subject.contains("InstanceDown"), "{asked:?}");

    acknowledge(&server, &browser, &asked).await;
    let acknowledged = Timestamp::now();
    let page = server.items("/api/v1/pages").await.pop().expect("there is a page");
    assert_eq!(page["state"], "acknowledged", "{page}");
    assert_eq!(page["acknowledged"]["by"]["person"], "alice", "{page}");
    let incident =
        server.items("/api/v1/incidents").await.pop().expect("the rule declares an incident");
    assert_eq!(incident["declared_by"]["kind"], "system", "{incident}");
    assert_eq!(incident["roles"]["commander"]["person"], "alice", "{incident}");
    assert_eq!(incident["severity"]["level"], 1, "{incident}");

    exporter.restart();
    let page_path = format!("/api/v1/pages/{}", text(&page, "id"));
    let page = until("the page resolves when the alert does", FIRES_WITHIN_S, async || {
        let page = server.json(&page_path).await;
        (page["state"] == "resolved").then_some(page)
    })
    .await;
    assert_eq!(page["resolved"]["by"]["kind"], "system", "{page}");
    assert_eq!(page["firing"], 0, "{page}");
    let alerts = server.items("/api/v1/alerts?name=InstanceDown").await;
    assert!(alerts.len() == 1 && alerts[0]["state"] == "resolved", "{alerts:?}");
    told_once(&server, &mails, &page_path).await;

    let incident_path = format!("/api/v1/incidents/{}", text(&incident, "id"));
    resolve(&server, &browser, text(&incident, "id")).await;
    let resolved = Timestamp::now();
    until("the incident is resolved", 10, async || {
        (server.json(&incident_path).await["state"] == "resolved").then_some(())
    })
    .await;
    let noted = Noted { alerted, acknowledged, resolved };
    check_timeline(&server.json(&incident_path).await, &noted);
    check_postmortem(&server, &browser, text(&incident, "id"), &noted).await;
}

/// What the test saw, and when.
struct Noted {
    alerted: Timestamp,
    acknowledged: Timestamp,
    resolved: Timestamp,
}

/// Opens the mail's link and confirms it. To open it alone changes nothing: mail scanners do that.
async fn acknowledge(server: &Server, browser: &Browser, mail: &Mail) {
    let link = server.at(&mail.answer_path());
    for _ in 0..2 {
        let scanned = server.send(server.http.get(&link)).await;
        assert_eq!(scanned.status, 200, "{}", scanned.text);
    }
    // The person who answers is not signed in: it is not the administrator who acknowledges.
    let stranger = Browser::start(Screen::TELEPHONE).await;
    stranger.open(&link).await;
    stranger.find("button", "Acknowledge").await;
    let page = server.items("/api/v1/pages").await.pop().expect("there is a page");
    assert_eq!(page["state"], "triggered", "reading the link answered it: {page}");
    stranger.click("button", "Acknowledge").await;
    stranger.find(".notice", "The escalation has stopped").await;
    // Whoever looks at the list sees it without a reload.
    browser.find("h2", "Being worked on").await;
}

/// Everybody who was asked is told once that it is over, and nobody else is told anything.
async fn told_once(server: &Server, mails: &MailServer, page_path: &str) {
    until("every delivery is sent", 20, async || {
        let page = server.json(page_path).await;
        let deliveries = page["deliveries"].as_array().expect("a page has deliveries");
        let told = deliveries.iter().any(|delivery| delivery["purpose"] == "resolved");
        (told && deliveries.iter().all(|delivery| delivery["state"] == "sent")).then_some(())
    })
    .await;
    let all = mails.mails();
    let to: Vec<&str> = all.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["alice@example.com"; 2], "one mail to act, one that it is over: {all:#?}");
    assert!(all[1].subject.to_lowercase().contains("resolved"), "{all:#?}");
}

/// Signs in anew, opens the incident, and resolves it by a click.
async fn resolve(server: &Server, browser: &Browser, incident: &str) {
    browser.driver().delete_all_cookies().await.expect("cookies can be deleted");
    browser.open(&server.at(&format!("/incidents/{incident}"))).await;
    browser.sign_in(&ADMIN).await;
    browser.find("h1", "InstanceDown").await;
    browser.find("aside", "Alice Ops").await;
    browser.click("button[name=state][value=resolved]", "").await;
    browser.find(".acts a", "Postmortem").await;
}

fn check_timeline(incident: &Value, noted: &Noted) {
    let entries = incident["timeline"].as_array().expect("an incident has a timeline");
    let at = |kind: &str| -> Timestamp {
        let mut found = entries.iter().filter(|entry| entry["kind"] == kind);
        let entry = found.next_back().unwrap_or_else(|| panic!("no {kind} in {incident:#}"));
        text(entry, "happened_at").parse().expect("an instant")
    };
    for (kind, seen) in [("ack", noted.acknowledged), ("state", noted.resolved)] {
        let apart = seen.duration_since(at(kind)).abs();
        assert!(apart <= APART_MAX, "{kind} was seen at {seen}: {incident:#}");
    }
    let first =
        entries.iter().map(|entry| text(entry, "happened_at")).min().expect("it is not empty");
    let began: Timestamp = first.parse().expect("an instant");
    let apart = noted.alerted.duration_since(began).abs();
    assert!(apart <= APART_MAX, "the alert was seen at {}: {incident:#}", noted.alerted);
}

async fn check_postmortem(server: &Server, browser: &Browser, incident: &str, noted: &Noted) {
    let path = format!("/api/v1/incidents/{incident}/postmortem");
    let request = server.http.get(server.at(&path)).bearer_auth(&server.token);
    let answer = server.send(request.header("accept", "text/markdown")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.header("content-type").starts_with("text/markdown"), "{answer:?}");
    let markdown = &answer.text;
    let headings: Vec<&str> = markdown.lines().filter(|line| line.starts_with('#')).collect();
    assert!(headings[0].starts_with("# Post-Incident Review: "), "{markdown}");
    let sections = ["Summary", "Impact", "Root Cause", "Resolution", "Action Items", "Timeline"]
        .map(|name| format!("## {name}"));
    assert_eq!(headings[1..], sections, "{markdown}");
    assert!(markdown.contains("| Time (UTC) | Event |\n|-----|-----|\n"), "{markdown}");
    let rows: Vec<(&str, &str)> = markdown.lines().filter_map(row).collect();
    for (event, seen) in [
        ("Alert InstanceDown (job=node) fired", noted.alerted),
        ("Alice Ops acknowledged the page", noted.acknowledged),
        ("Incident resolved", noted.resolved),
    ] {
        let at = rows.iter().find(|(_, said)| *said == event).map(|(at, _)| *at);
        assert!(at.is_some_and(|at| is_about(at, seen)), "{event} at {seen}:\n{markdown}");
    }

    browser.click(".acts a", "Postmortem").await;
    browser.find("article h2", "Root Cause").await;
    browser.find("article td", "acknowledged").await;
}

/// Returns the cells of a row of the timeline.
fn row(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | ")
}

/// Tells whether the end of `HH:MM`, or of a date and that, is the minute of an instant at most [`APART_MAX`] from `seen`.
fn is_about(at: &str, seen: Timestamp) -> bool {
    let minute = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%H:%M").to_string();
    [seen, seen - APART_MAX].into_iter().any(|seen| at.ends_with(&minute(seen)))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no text `{name}` in {value}"))
}
