//! What nobody should send: a clear answer to each, nothing half done, and the server still there.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::TestApp;
use super::app::{As, Reply};
use crate::auth::Scope;

async fn send(app: &TestApp, who: &As, path: &str, body: impl Into<Body>) -> Reply {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    app.send(who, request.body(body.into()).unwrap()).await
}

/// Returns status, code and field of a problem, and checks its shape.
fn problem(reply: &Reply) -> (u16, String, String) {
    assert_eq!(reply.headers[header::CONTENT_TYPE], "application/problem+json", "{}", reply.body);
    let value = reply.value();
    assert_eq!(value["status"], reply.status.as_u16());
    assert!(value["detail"].as_str().is_some_and(|detail| detail.ends_with('.')), "{value}");
    let field = value["field"].as_str().unwrap_or_default().to_owned();
    (reply.status.as_u16(), reply.text("code"), field)
}

async fn alive(app: &TestApp) {
    assert_eq!(app.get(&As::Local, "/-/ready").await.body, "OK");
    let admin = app.token("alive", &[Scope::Admin]);
    let reply = app.get(&admin, "/api/v1/pages?limit=1").await;
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_that_is_wrong_is_refused_with_its_field() {
    let app = TestApp::new();
    let token = app.token("ci", &[Scope::Respond]);
    let (long, nul) = ("x".repeat(201), "a\u{0}b");
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: Vec<(String, u16, &str)> = vec![
        (r#"{"title": "Help", "pol"#.into(), 400, ""),
        ("[]".into(), 400, ""),
        ("\"text\"".into(), 400, ""),
        ("null".into(), 400, ""),
        (deep, 400, ""),
        (r#"{"title": "a", "policy": "platform"} x"#.into(), 400, ""),
        ("{}".into(), 422, "title"),
        (String::new(), 422, "title"),
        (r#"{"title": 5, "policy": "platform"}"#.into(), 422, "title"),
        (r#"{"title": null, "policy": "platform"}"#.into(), 422, "title"),
        (r#"{"title": ["a"], "policy": "platform"}"#.into(), 422, "title"),
        (r#"{"title": "   ", "policy": "platform"}"#.into(), 422, "title"),
        (r#"{"title": "a\nb", "policy": "platform"}"#.into(), 422, "title"),
        (json!({ "title": long, "policy": "platform" }).to_string(), 422, "title"),
        (json!({ "title": nul, "policy": "platform" }).to_string(), 422, "title"),
        (json!({ "title": "a", "policy": "platform", "details": nul }).to_string(), 422, "details"),
        (
            json!({ "title": "a", "policy": "platform", "details": "x".repeat(5000) }).to_string(),
            422,
            "details",
        ),
        (r#"{"title": "a", "policy": "platform", "urgent": true}"#.into(), 422, "urgent"),
        (r#"{"title": "a", "policy": "nowhere"}"#.into(), 422, "policy"),
        (r#"{"title": "a"}"#.into(), 422, "policy"),
        (r#"{"title": "a", "service": "database"}"#.into(), 422, "policy"),
        (r#"{"title": "a", "service": "nothing"}"#.into(), 422, "service"),
        (r#"{"title": "a", "policy": "platform", "severity": "dire"}"#.into(), 422, "severity"),
    ];
    for (body, status, field) in cases {
        let shown = body.chars().take(80).collect::<String>();
        let reply = send(&app, &token, "/api/v1/pages", body).await;
        let (got, _, named) = problem(&reply);
        assert_eq!((got, named.as_str()), (status, field), "{shown}: {}", reply.body);
    }
    let pages = app.get(&app.token("read", &[Scope::Read]), "/api/v1/pages").await;
    assert_eq!(pages.value(), json!({ "items": [], "next": null }), "nothing was half done");
    alive(&app).await;
}

#[tokio::test]
async fn an_unknown_severity_is_answered_with_the_known_ones() {
    let app = TestApp::new();
    let token = app.token("ci", &[Scope::Respond]);
    let body = json!({ "title": "a", "policy": "platform", "severity": "dire" });
    let reply = app.post(&token, "/api/v1/pages", body).await;
    let detail = reply.text("detail");
    for word in ["`dire`", "Sev-1", "Critical", "p1", "Sev-4"] {
        assert!(detail.contains(word), "{word} is not in {detail}");
    }
}

#[tokio::test]
async fn a_query_that_is_wrong_is_refused_with_its_parameter() {
    let app = TestApp::new();
    let token = app.token("ci", &[Scope::Admin]);
    let cases = [
        ("/api/v1/alerts?stat=firing", "stat"),
        ("/api/v1/alerts?state=burning", "state"),
        ("/api/v1/alerts?state=firing&state=all", "state"),
        ("/api/v1/alerts?filter=no", "filter"),
        ("/api/v1/alerts?filter=a%3D~%22(%22", "filter"),
        ("/api/v1/alerts?name=%00", "name"),
        ("/api/v1/alerts?name=", "name"),
        ("/api/v1/alerts?limit=0", "limit"),
        ("/api/v1/alerts?limit=501", "limit"),
        ("/api/v1/alerts?limit=many", "limit"),
        ("/api/v1/alerts?after=nonsense", "after"),
        ("/api/v1/pages?open=perhaps", "open"),
        ("/api/v1/pages?state=over", "state"),
        ("/api/v1/deliveries?page=inc_00000000000000000000000000", "page"),
        ("/api/v1/incidents?after=AAAA", "after"),
        ("/api/v1/oncall?at=yesterday", "at"),
        ("/api/v1/oncall/shifts", "schedule"),
        ("/api/v1/oncall/shifts?schedule=none", "schedule"),
        (
            "/api/v1/oncall/shifts?schedule=primary&from=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z",
            "until",
        ),
        ("/api/v1/plan?verbose=true", "verbose"),
        ("/api/v1/me?x", "x"),
    ];
    for (path, parameter) in cases {
        let reply = app.get(&token, path).await;
        let expected = (422, "invalid".to_owned(), parameter.to_owned());
        assert_eq!(problem(&reply), expected, "{path}: {}", reply.body);
    }
    alive(&app).await;
}

#[tokio::test]
async fn a_name_of_another_kind_names_nothing() {
    let app = TestApp::new();
    let token = app.token("ci", &[Scope::Admin]);
    let id = "00000000000000000000000000";
    let paths = [
        format!("/api/v1/pages/inc_{id}"),
        format!("/api/v1/pages/page_{id}"),
        format!("/api/v1/pages/{id}"),
        "/api/v1/pages/%00".into(),
        "/api/v1/pages/%ff".into(),
        format!("/api/v1/incidents/page_{id}"),
        format!("/api/v1/incidents/inc_{id}"),
        "/api/v1/incidents/INC-99".into(),
        "/api/v1/incidents/-1".into(),
        "/api/v1/incidents/99999999999999999999999".into(),
        "/api/v1/incidents/INC-99/postmortem".into(),
        format!("/api/v1/deliveries/page_{id}"),
        format!("/api/v1/deliveries/dlv_{id}"),
        "/api/v1/alerts/980a6a0e0facf311".into(),
        "/api/v1/alerts/980A".into(),
        "/api/v1/nothing".into(),
    ];
    for path in paths {
        let reply = app.get(&token, &path).await;
        let (status, code, _) = problem(&reply);
        assert_eq!((status, code.as_str()), (404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn a_method_or_a_type_that_is_wrong_is_refused() {
    let app = TestApp::new();
    let token = app.token("ci", &[Scope::Admin]);
    let request = Request::delete("/api/v1/pages").body(Body::empty()).unwrap();
    let reply = app.send(&token, request).await;
    assert_eq!(problem(&reply).0, 405);
    assert!(reply.headers.contains_key(header::ALLOW));
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let request = Request::post("/api/v1/pages").header(header::CONTENT_TYPE, kind);
        let reply = app.send(&token, request.body(Body::from("{}")).unwrap()).await;
        assert_eq!(problem(&reply).0, 415, "{kind}");
    }
}

#[tokio::test]
async fn ten_megabytes_are_too_much() {
    let app = TestApp::new();
    let token = app.token("ci", &[Scope::Respond]);
    let body = json!({ "title": "a", "policy": "platform", "details": "x".repeat(10 << 20) });
    let reply = send(&app, &token, "/api/v1/pages", body.to_string()).await;
    assert_eq!(problem(&reply).0, 413);
    alive(&app).await;
}

#[tokio::test]
async fn a_sender_that_is_wrong_is_answered_in_its_own_words() {
    let app = TestApp::new();
    let labels: String = (0..1_000_000).map(|at| format!("\"l{at}\":\"v\",")).collect();
    let million = format!("[{{\"labels\":{{{labels}\"alertname\":\"a\"}}}}]");
    let cases: Vec<(String, u16)> = vec![
        ("[{\"labels\":{\"alertname\":\"a\"}".into(), 400),
        ("{}".into(), 400),
        (String::new(), 422),
        ("[{\"labels\":{}}]".into(), 400),
        ("[{\"labels\":{\"a\":5}}]".into(), 400),
        ("[{\"labels\":{\"a\":\"b\\u0000\"}}]".into(), 400),
        ("[{}]".into(), 422),
        ("x".repeat(10 << 20), 400),
        ("x".repeat(17 << 20), 413),
        (million, 400),
    ];
    for (body, status) in cases {
        let shown = body.chars().take(60).collect::<String>();
        let reply = send(&app, &As::Local, "/api/v2/alerts", body).await;
        assert_eq!(reply.status.as_u16(), status, "{shown}: {}", reply.body);
        assert_eq!(reply.headers[header::CONTENT_TYPE], "application/json", "{shown}");
        let said = reply.value();
        assert!(said.is_string() || said["message"].is_string(), "{said}");
    }
    assert_eq!(app.get(&As::Local, "/api/v2/alerts").await.value(), json!([]));
    alive(&app).await;
}

#[tokio::test]
async fn the_good_alerts_of_a_bad_batch_are_kept() {
    let app = TestApp::new();
    let batch = json!([{ "labels": { "alertname": "good" } }, { "labels": {} }]);
    let reply = app.post(&As::Local, "/api/v2/alerts", batch).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let alerts = app.get(&As::Local, "/api/v2/alerts").await.value();
    assert_eq!(alerts[0]["labels"], json!({ "alertname": "good" }));
}

#[tokio::test]
async fn a_credential_that_is_wrong_is_never_somebody_else() {
    let app = TestApp::new();
    let admin = app.token("admin", &[Scope::Admin]);
    let soon = app.now() + SignedDuration::from_secs(60);
    let expiring = app.token_until("short", &[Scope::Read], Some(soon));
    assert_eq!(app.get(&expiring, "/api/v1/me").await.status, StatusCode::OK);
    app.advance(60);
    let made =
        app.post(&admin, "/api/v1/tokens", json!({ "name": "ci", "scopes": ["read"] })).await;
    let revoked = As::Token(made.text("secret"));
    assert_eq!(app.get(&revoked, "/api/v1/me").await.status, StatusCode::OK);
    let path = format!("/api/v1/tokens/{}", made.text("id"));
    let gone = app.json(&admin, axum::http::Method::DELETE, &path, Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let wrong = ["stentor_wrong", "", "\u{7f}"].map(|secret| As::Token(secret.into()));
    for who in wrong.iter().take(2).chain([&expiring, &revoked]) {
        let reply = app.get(who, "/api/v1/me").await;
        assert_eq!(problem(&reply).0, 401, "{who:?}");
        assert!(reply.headers.contains_key(header::WWW_AUTHENTICATE));
        // Also where nobody needs to be known: who shows a credential means it.
        assert_eq!(app.get(who, "/api/v2/alerts").await.status, StatusCode::UNAUTHORIZED);
    }
    for value in ["Bearer", "Digest x", "Basic !!!", "Basic bm9jb2xvbg=="] {
        let request = Request::get("/api/v1/me").header(header::AUTHORIZATION, value);
        let reply = app.send(&As::Local, request.body(Body::empty()).unwrap()).await;
        assert_eq!(problem(&reply).0, 401, "{value}");
    }
    alive(&app).await;
}
