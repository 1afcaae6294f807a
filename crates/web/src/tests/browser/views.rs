//! What people read about alerts, groups, routes and the history.

use jiff::SignedDuration;

use super::super::TestApp;
use super::super::app::As;
use crate::auth::Role;

/// Resolves what `fire` made.
async fn resolve(app: &TestApp, name: &str) {
    let alert = serde_json::json!([{
        "labels": { "alertname": name, "team": "checkout", "severity": "warning" },
        "startsAt": (app.now() - SignedDuration::from_mins(1)).to_string(),
        "endsAt": app.now().to_string(),
    }]);
    app.post(&As::Local, "/api/v2/alerts", alert).await;
    app.advance(1);
}

async fn silence(app: &TestApp, who: &As, matchers: &str) {
    let fields = [("matchers", matchers), ("seen", matchers), ("for", "1h")];
    assert!(app.submit(who, "/silences", &fields).await.location().starts_with("/silences/"));
}

#[tokio::test]
async fn silenced_alerts_are_hidden_until_they_are_asked_for() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    app.fire("Slow", "warning").await;
    app.fire("Down", "warning").await;
    silence(&app, &ana, "alertname=\"Slow\"").await;
    let list = app.open(&ana, "/alerts").await;
    list.shows(200, &[r#"Firing <b class="count">1</b>"#, "Silenced <b class=\"count\">1</b>"]);
    assert!(!list.body.contains(">Slow<"), "{}", list.body);
    let list = app.open(&ana, "/alerts?silenced=true").await;
    list.shows(200, &[">Slow<", "Silenced by <a href=\"/silences/", "Ana Ops until <time"]);
}

#[tokio::test]
async fn alerts_are_chosen_by_receiver_and_counted_by_a_label() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Viewer);
    app.fire("Slow", "warning").await;
    app.fire("Down", "critical").await;
    app.fire("Dead", "critical").await;
    let of = async |receiver: &str| app.open(&ana, &format!("/alerts?receiver={receiver}")).await;
    of("checkout").await.shows(200, &[r#"Firing <b class="count">3</b>"#]);
    of("hook").await.shows(200, &["No alert matches"]);
    of("check").await.shows(200, &["No alert matches"]);
    of("che.*|hook").await.shows(200, &[r#"Firing <b class="count">3</b>"#]);
    of("%28").await.shows(200, &["The receiver is a regular expression, and cannot be read"]);
    let counted = app.open(&ana, "/alerts?group=severity").await;
    counted.shows(200, &["<b class=\"count\">2</b><span>critical</span>"]);
    counted.shows(200, &["/alerts?filter=severity%3D%22critical%22\""]);
    app.open(&ana, "/alerts?group=none").await.shows(200, &["without none"]);
}

#[tokio::test]
async fn an_alert_says_why_nobody_is_told() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    app.fire("Slow", "warning").await;
    silence(&app, &ana, "alertname=\"Slow\"").await;
    let list = app.open(&ana, "/alerts?silenced=true").await;
    let (_, rest) = list.body.split_once(r#"href="/alerts/"#).unwrap();
    let path = format!("/alerts/{}", rest.split('"').next().unwrap());
    let until = ["10:00 UTC</time> by <a href=\"/silences/", "not told while it is silenced"];
    app.open(&ana, &path).await.shows(200, &until);
}

#[tokio::test]
async fn a_list_has_room_for_some_labels_and_the_alert_for_all() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Viewer);
    let long = "x".repeat(300);
    let labels: std::collections::BTreeMap<String, String> =
        (10..24).map(|number| (format!("label_{number}"), long.clone())).collect();
    let body = serde_json::json!([{ "labels": labels, "annotations": { "summary": long } }]);
    app.post(&As::Local, "/api/v2/alerts", body).await;
    let list = app.open(&ana, "/alerts").await;
    list.shows(200, &["and 4 more", &format!("{}…", "x".repeat(160))]);
    assert!(!list.body.contains(&long), "{}", list.body);
    let (_, rest) = list.body.split_once(r#"href="/alerts/"#).unwrap();
    let path = format!("/alerts/{}", rest.split('"').next().unwrap());
    let shown = app.open(&ana, &path).await;
    let link = format!("/alerts?filter=label_23%3D%22{long}%22&#38;silenced=true");
    shown.shows(200, &[&long, &link]);
    assert!(!shown.body.contains("<dt>alertname</dt>"), "it has none");
}

#[tokio::test]
async fn a_list_of_more_than_is_looked_at_in_one_go_has_each_alert_once() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let alert = |number: usize| {
        let name = ["Slow", "Down", "Full"][number % 3];
        serde_json::json!({ "labels": { "alertname": name, "instance": number.to_string() } })
    };
    let alerts: Vec<serde_json::Value> = (0..1_200).map(alert).collect();
    app.post(&As::Local, "/api/v2/alerts", alerts.into()).await;
    silence(&app, &ana, "alertname=\"Slow\"").await;
    let list = app.open(&ana, "/alerts").await;
    list.shows(200, &["Firing <b class=\"count\">800</b>", "Silenced <b class=\"count\">400</b>"]);
    let grouped = app.open(&ana, "/alerts?group=alertname&silenced=true").await;
    assert_eq!(grouped.body.matches("<b class=\"count\">400</b>").count(), 4, "{}", grouped.body);
}

#[tokio::test]
async fn the_history_of_an_alert_says_what_was_told() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Viewer);
    app.open(&ana, "/history").await.shows(200, &["Nothing has ended yet"]);
    app.fire("Slow", "warning").await;
    app.advance(10);
    app.deliver("200 OK");
    let list = app.open(&ana, "/alerts").await;
    let (_, rest) = list.body.split_once(r#"href="/alerts/"#).unwrap();
    let path = format!("/alerts/{}", rest.split('"').next().unwrap());
    let told = "checkout/slack/0: fires, the first message of the group";
    app.open(&ana, &path).await.shows(200, &["Told since it fires", told, "200 OK"]);
    app.advance(120);
    resolve(&app, "Slow").await;
    app.open(&ana, "/history").await.shows(200, &["Slow", &path, "2 min"]);
    app.open(&ana, "/history?filter=team%3D%22b%22").await.shows(200, &["No ended firing matches"]);
    app.advance(600);
    app.deliver("200 OK");
    let shown = app.open(&ana, &path).await;
    shown.shows(200, &["Earlier firings", told, "resolved, everything has resolved"]);
    app.open(&ana, "/alerts/0000000000000001").await.shows(404, &[]);
}

#[tokio::test]
async fn groups_say_what_was_told_and_when_they_look_next() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Viewer);
    app.open(&ana, "/groups").await.shows(200, &["No group"]);
    app.fire("Slow", "warning").await;
    app.open(&ana, "/groups").await.shows(200, &["has heard nothing yet", "1 of 1 alert fires"]);
    app.advance(10);
    app.deliver("200 OK");
    let shown = app.open(&ana, "/groups?receiver=checkout").await;
    shown.shows(200, &["<b>slack/0</b> 1 firing, <time", "people on call", "next look <time"]);
    app.open(&ana, "/groups?receiver=hook").await.shows(200, &["No group"]);
}

#[tokio::test]
async fn the_routes_are_a_tree_and_labels_are_tried_on_it() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Viewer);
    app.fire("Slow", "warning").await;
    let tree = app.open(&ana, "/routes").await;
    tree.shows(200, &["every alert", "team=&#34;checkout&#34;", "pages by platform", "continues"]);
    tree.shows(200, &["1<span class=\"sr\"> firing</span>"]);
    assert!(!tree.body.contains("ends here"));
    let tried = app.open(&ana, "/routes?labels=team%3D%22checkout%22%2Ca%3Db").await;
    tried.shows(200, &["ends here", "Pages by <b>platform</b>: Ben", "on call for primary until"]);
    app.open(&ana, "/routes?labels=a%3D~%22b%22").await.shows(200, &["A label has one value"]);
    app.open(&ana, "/routes?labels=a%3D%22b").await.shows(200, &["The labels cannot be read"]);
}
