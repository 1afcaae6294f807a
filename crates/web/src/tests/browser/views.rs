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
    app.open(&ana, "/alerts?group=none").await.shows(200, &["No alert has a label none"]);
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

#[tokio::test]
async fn groups_say_what_is_kept_back_and_what_does_not_leave() {
    let app = TestApp::in_place();
    for name in ["Slow", "Down"] {
        app.fire(name, "warning").await;
    }
    let shown = async || app.open(&As::Anonymous, "/groups").await;
    app.advance(10);
    let waits = shown().await;
    waits.shows(200, &["has heard nothing yet; a message is on its way"]);
    assert!(!waits.body.contains("silenced</span>") && !waits.body.contains("failing since"));
    app.fail("connection refused");
    let failing = ">09:00 UTC</time>: connection refused</span>";
    shown().await.shows(200, &["failing since <time", failing]);
    let silence = [("matchers", "alertname=\"Slow\""), ("for", "1h"), ("created_by", "Eva")];
    app.submit_bare(&As::Anonymous, "/silences", &silence).await;
    let fires = "1 of 1 alert fires, 1 silenced</span>";
    shown().await.shows(200, &[fires, "1 of 1 alert fires</span>"]);
    app.advance(60);
    app.deliver("ok");
    assert!(!shown().await.body.contains("failing since"), "it has arrived");
}

#[tokio::test]
async fn what_is_kept_back_is_shown_alone_and_said_when_it_is_everything() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    for name in ["Slow", "Down"] {
        app.fire(name, "warning").await;
    }
    let open = async |path: &str| app.open(&ana, path).await;
    let silenced = "/alerts?active=false&silenced=true";
    open(silenced).await.shows(200, &["No alert matches"]);
    silence(&app, &ana, "alertname=\"Slow\"").await;
    let only = "class=\"only\" href=\"/alerts?silenced=true&#38;active=false\"";
    open("/alerts").await.shows(200, &[only, "Down"]);
    let shown = open(silenced).await;
    shown.shows(200, &["Slow", "Firing <b class=\"count\">1</b>"]);
    assert!(!shown.body.contains("class=\"only\""), "{}", shown.body);
    silence(&app, &ana, "team=\"checkout\"").await;
    open("/alerts").await.shows(200, &["All 2 firing alerts are silenced", "Show them"]);
    open("/silences").await.shows(200, &["hits everything that fires"]);
    open("/alerts?filter=Slow")
        .await
        .shows(200, &["The one firing alert that matches is silenced"]);
    let bad = open("/alerts?filter=a%3Db%20c%3Dd").await;
    bad.shows(200, &["did you mean 2 matchers"]);
    assert!(!bad.body.contains("No alert matches") && !bad.body.contains("Firing <b"));
}

#[tokio::test]
async fn the_form_of_a_silence_takes_a_bare_word_and_asks_about_three_in_one() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let fields = |matchers| [("matchers", matchers), ("do", "preview")];
    let shown = app.submit(&ana, "/silences", &fields("Slow\nteam=checkout")).await;
    shown.shows(200, &["alertname=&#34;Slow&#34;</span>", "team=&#34;checkout&#34;</span>"]);
    let line = "alertname=Slow instance=web-1 duration=1h";
    app.submit(&ana, "/silences", &[("matchers", line), ("seen", line), ("for", "1h")])
        .await
        .shows(422, &["did you mean 3 matchers"]);
}

#[tokio::test]
async fn an_alert_has_its_runbook_at_hand_and_its_failures_in_one_line() {
    let app = TestApp::in_place();
    let alert = serde_json::json!([{
        "labels": { "alertname": "Slow", "team": "checkout" },
        "annotations": { "runbook_url": "https://runbooks.example.com/slow" },
        "startsAt": app.now().to_string(),
        "endsAt": (app.now() + SignedDuration::from_hours(4)).to_string(),
    }]);
    app.post(&As::Local, "/api/v2/alerts", alert).await;
    let list = app.open(&As::Anonymous, "/alerts").await;
    let (_, rest) = list.body.split_once("data-key=\"alert-").unwrap();
    let path = format!("/alerts/{}", rest.split('"').next().unwrap());
    app.advance(10);
    for _ in 0..20 {
        app.fail("connection refused");
        app.advance(60);
    }
    let shown = app.open(&As::Anonymous, &path).await;
    let button = "href=\"https://runbooks.example.com/slow\" rel=\"noreferrer\"><svg";
    shown.shows(200, &[button, "times since <time", "last: connection refused"]);
    let at = |text: &str| shown.body.find(text).unwrap();
    assert!(at("h-labels") < at("h-told"));
}
