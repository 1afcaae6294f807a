//! Silences, explanations, history and trials over the API.

use axum::http::StatusCode;
use serde_json::{Value, json};
use stentor_domain::message::Message;

use super::TestApp;
use super::app::As;
use crate::auth::Scope;

async fn made(app: &TestApp, who: &As, body: Value) -> Value {
    let reply = app.post(who, "/api/v1/silences", body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
    reply.value()
}

#[tokio::test]
async fn a_silence_is_made_looked_at_extended_commented_and_ended() {
    let app = TestApp::new();
    let token = app.token("ana", &[Scope::Respond]);
    app.fire("DiskFull", "critical").await;
    app.fire("Slow", "critical").await;
    let matchers = json!(["alertname=\"DiskFull\"", "team=~\"check.*\""]);
    let reply = app.post(&token, "/api/v1/silences/preview", json!({ "matchers": matchers })).await;
    assert_eq!(reply.value()["hits"], 1, "{}", reply.body);
    assert_eq!(reply.value()["alerts"][0]["labels"]["alertname"], "DiskFull");

    let silence = made(&app, &token, json!({ "matchers": matchers, "duration": "2h" })).await;
    assert_eq!((&silence["hits"], &silence["state"]), (&json!(1), &json!("active")));
    assert_eq!(silence["created_by"], "ana");
    assert_eq!(silence["ends_at"], "2026-01-05T11:00:00.000000Z");
    assert_eq!(silence["matchers"][1], "team=~\"check.*\"");
    let id = silence["id"].as_str().unwrap();
    let path = format!("/api/v1/silences/{id}");

    let longer = app.post(&token, &format!("{path}/extend"), json!({ "duration": "1h" })).await;
    assert_eq!(longer.text("ends_at"), "2026-01-05T12:00:00.000000Z");
    assert_eq!(longer.text("id"), id, "an active silence is extended in place");
    let text = json!({ "text": "the new disk comes tomorrow" });
    app.post(&token, &format!("{path}/comments"), text).await;
    let ended = app.post(&token, &format!("{path}/expire"), json!({})).await;
    assert_eq!(ended.text("state"), "expired");
    let shown = app.get(&token, &path).await.value();
    let deeds: Vec<&str> =
        shown["log"].as_array().unwrap().iter().map(|it| it["what"].as_str().unwrap()).collect();
    assert_eq!(deeds, ["created", "changed", "commented", "expired"]);
    assert_eq!(
        shown["log"][1]["text"],
        "until 2026-01-05T12:00:00Z instead of 2026-01-05T11:00:00Z"
    );
}

#[tokio::test]
async fn whoever_changes_a_silence_is_in_its_log_and_not_its_author() {
    let app = TestApp::new();
    let (ana, ben) = (app.token("ana", &[Scope::Respond]), app.token("ben", &[Scope::Respond]));
    let silence = made(&app, &ana, json!({ "matchers": "a=\"1\"", "duration": "2h" })).await;
    let id = silence["id"].as_str().unwrap();
    let path = format!("/api/v1/silences/{id}/extend");
    let longer = app.post(&ben, &path, json!({ "duration": "1h" })).await.value();
    let edited = made(&app, &ben, json!({ "id": id, "comment": "still" })).await;
    let renamed = made(&app, &ben, json!({ "id": id, "created_by": "Eva" })).await;
    let other = made(&app, &ben, json!({ "id": id, "matchers": "a=\"2\"" })).await;
    for (shown, author, by) in [
        (longer, "ana", "ben"),
        (edited, "ana", "ben"),
        (renamed, "Eva", "ben"),
        (other, "Eva", "ben"),
    ] {
        let last = shown["log"].as_array().unwrap().last().unwrap();
        assert_eq!((&shown["created_by"], &last["by"]), (&json!(author), &json!(by)), "{shown}");
    }
}

#[tokio::test]
async fn silences_are_filtered_and_continued() {
    let app = TestApp::new();
    let token = app.token("ana", &[Scope::Respond]);
    for (matchers, starts) in [
        ("{a=\"1\"}", "2026-01-05T09:00:00Z"),
        ("a=\"2\",b=~\"x|y\"", "2026-01-05T10:00:00Z"),
        ("a=\"3\"", "2026-01-05T11:00:00Z"),
    ] {
        let body =
            json!({ "matchers": matchers, "starts_at": starts, "duration": "1d", "comment": "c" });
        made(&app, &token, body).await;
    }
    let list = async |query: &str| {
        let reply = app.get(&token, &format!("/api/v1/silences?{query}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        let (items, next) = (reply.value()["items"].clone(), reply.value()["next"].clone());
        let first = |it: &Value| it["matchers"][0].as_str().unwrap().to_owned();
        let firsts: Vec<String> = items.as_array().unwrap().iter().map(first).collect();
        (firsts.join(" "), next.as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(list("").await.0, r#"a="3" a="2" a="1""#);
    assert_eq!(list("state=active").await.0, r#"a="1""#);
    assert_eq!(list("state=pending").await.0, r#"a="3" a="2""#);
    assert_eq!(list("filter=a%3D~%221%7C3%22").await.0, r#"a="3" a="1""#);
    let (first, next) = list("limit=2").await;
    assert_eq!(first, r#"a="3" a="2""#);
    assert_eq!(list(&format!("limit=2&after={next}")).await, (r#"a="1""#.into(), String::new()));
}

#[tokio::test]
async fn what_makes_no_silence_is_refused_with_the_field() {
    let app = TestApp::new();
    let token = app.token("ana", &[Scope::Respond]);
    for (body, field) in [
        (json!({ "duration": "1h" }), "matchers"),
        (json!({ "matchers": ["a=\"1\""] }), "ends_at"),
        (json!({ "matchers": ["a"], "duration": "1h" }), "matchers"),
        (json!({ "matchers": ["a=\"1\""], "duration": "1 hour" }), "duration"),
        (json!({ "matchers": [], "duration": "1h" }), "silence"),
        (json!({ "matchers": ["a=~\".*\""], "duration": "1h" }), "silence"),
        (
            json!({ "matchers": ["a=\"1\""], "duration": "1h", "repeats": { "every": "day", "zone": "Mars" } }),
            "silence",
        ),
        (json!({ "matchers": ["a=\"1\""], "durationn": "1h" }), "durationn"),
    ] {
        let reply = app.post(&token, "/api/v1/silences", body.clone()).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {}", reply.body);
        assert_eq!(reply.text("field"), field, "{body}: {}", reply.body);
    }
    for path in ["", "/expire", "/extend", "/comments"] {
        let path = format!("/api/v1/silences/nobody{path}");
        let body = match path.rsplit('/').next() {
            Some("comments") => json!({ "text": "x" }),
            Some("extend") => json!({ "duration": "1h" }),
            Some(_) | None => json!({}),
        };
        let reply = match path.ends_with("nobody") {
            true => app.get(&token, &path).await,
            false => app.post(&token, &path, body).await,
        };
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}: {}", reply.body);
    }
}

#[tokio::test]
async fn an_alert_says_why_it_was_told_and_its_history_what_was_sent() {
    let app = TestApp::new();
    let token = app.token("ana", &[Scope::Respond]);
    app.fire("DiskFull", "critical").await;
    let list = app.get(&token, "/api/v1/alerts").await.value();
    let print = list["items"][0]["fingerprint"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/alerts/{print}/explain");
    let before = app.get(&token, &path).await.value();
    assert_eq!(before["routes"][0]["group_exists"], true, "{before:#}");
    let why = before["routes"][0]["integrations"][0]["why"].as_str().unwrap();
    assert!(why.starts_with("waits for company until ") || why.starts_with("told"), "{why}");
    app.advance(60);
    app.deliver("ok");
    let after = app.get(&token, &path).await.value();
    let first = &after["routes"][0]["integrations"][0];
    assert_eq!(first["told_as"], "firing", "{after:#}");
    assert!(first["why"].as_str().unwrap().contains("told again after"), "{first:#}");

    let silenced = json!({ "matchers": "alertname=\"DiskFull\"", "duration": "1h" });
    made(&app, &token, silenced).await;
    let after = app.get(&token, &path).await.value();
    let why = after["routes"][0]["integrations"][0]["why"].as_str().unwrap();
    assert!(why.starts_with("silenced by "), "{why}");

    let history = app.get(&token, &format!("/api/v1/alerts/{print}/history")).await.value();
    let [now] = &history["items"].as_array().unwrap()[..] else { panic!("{history:#}") };
    assert_eq!(now["ended_at"], Value::Null);
    assert_eq!(now["notifications"][0]["state"], "sent", "{history:#}");
    app.advance(5 * 3600);
    let history = app.get(&token, &format!("/api/v1/alerts/{print}/history")).await.value();
    assert_eq!(history["items"][0]["ended_at"], "2026-01-05T13:00:00.000000Z", "{history:#}");
    assert!(!history["items"][0]["notifications"].as_array().unwrap().is_empty());
    let all = app.get(&token, "/api/v1/history?filter=alertname%3DDiskFull").await.value();
    assert_eq!(all["items"].as_array().unwrap().len(), 1, "{all:#}");
    let none = app.get(&token, "/api/v1/history?filter=alertname%3DOther").await.value();
    assert_eq!(none["items"], json!([]));
    let nobody = app.get(&token, "/api/v1/alerts/0000000000000000/explain").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn labels_are_tried_out_and_say_who_would_be_paged() {
    let app = TestApp::new();
    let token = app.token("ana", &[Scope::Read]);
    let path = "/api/v1/routes/test?labels=team%3Dcheckout&labels=alertname%3DX";
    let tried = app.get(&token, path).await.value();
    assert_eq!((&tried["known"], &tried["firing"]), (&json!(false), &json!(true)));
    let way = &tried["routes"][0];
    assert_eq!((&way["receiver"], &way["policy"]), (&json!("checkout"), &json!("platform")));
    assert!(way["pages"][0]["why"].as_str().unwrap().starts_with("on call for "), "{way:#}");
    let bad = app.get(&token, "/api/v1/routes/test?labels=x").await;
    assert_eq!(bad.text("field"), "labels");
}

#[tokio::test]
async fn a_receiver_is_tried_out_and_no_group_knows() {
    let app = TestApp::new();
    let token = app.token("ana", &[Scope::Admin]);
    let path = "/api/v1/receivers/checkout/test";
    let reply = app.post(&token, path, json!({ "labels": { "team": "checkout" } })).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED, "{}", reply.body);
    let id = reply.value()["deliveries"][0].as_str().unwrap().to_owned();
    assert_eq!(app.deliver("ok").len(), reply.value()["deliveries"].as_array().unwrap().len());
    let shown = app.get(&token, &format!("/api/v1/deliveries/{id}")).await.value();
    assert_eq!((&shown["state"], &shown["purpose"]), (&json!("sent"), &json!("test")));
    let id = id.parse().unwrap();
    let sent = stentor_store::deliveries::open(app.engine().db(), id).unwrap().unwrap().it;
    let Message::Alerts(message) = &sent.message else { panic!("{sent:?}") };
    assert_eq!(message.alerts[0].labels.to_string(), r#"{team="checkout"}"#);
    let nobody = app.post(&token, "/api/v1/receivers/nobody/test", json!({})).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}
