//! Errors as pages, and what every page has around it.

use axum::body::Body;
use axum::http::{Request, header};

use super::super::TestApp;
use super::super::app::As;
use super::{body, form};
use crate::auth::Role;

#[tokio::test]
async fn an_error_is_a_page_for_a_browser_and_json_for_a_program() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Viewer);
    app.open(&ana, "/nowhere").await.shows(404, &["There is no such page.", "Signed in as"]);
    app.open(&As::Anonymous, "/nowhere").await.shows(404, &["There is no such page.", "Sign in"]);
    let json = app.get(&ana, "/nowhere").await;
    assert_eq!(json.text("code"), "not_found");
    let api = app.open(&ana, "/api/v1/nowhere").await;
    assert_eq!(api.text("code"), "not_found");
    app.open(&ana, "/pages/page_1").await.shows(404, &["There is no such page."]);
    app.open(&ana, "/incidents/inc_1").await.shows(404, &["There is no such incident."]);
    app.open(&ana, "/alerts/zz").await.shows(404, &["There is no such alert."]);
    app.submit(&ana, "/incidents", &[]).await.shows(403, &["Your role does not allow this."]);
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_led_to_the_door_and_back() {
    let app = TestApp::new();
    let reply = app.open(&As::Anonymous, "/alerts?state=firing").await;
    assert_eq!(reply.location(), "/sign-in?next=/alerts%3Fstate%3Dfiring");
    let door = app.open(&As::Anonymous, reply.location()).await;
    door.shows(200, &[r#"name="next" value="/alerts?state=firing""#]);
}

#[tokio::test]
async fn a_form_counts_only_with_the_sessions_token_and_from_our_own_pages() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Admin);
    for fields in [&[("theme", "dark")][..], &[("csrf", "CSRF")], &[("csrf", "")]] {
        let reply = app.submit_bare(&ana, "/settings/theme", fields).await;
        reply.shows(403, &["The form is of another session."]);
    }
    let fields = [("csrf", "csrf"), ("theme", "dark")];
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let request = form("/settings/theme").header(name, value).header("host", "localhost:9093");
        let reply = app.send(&ana, request.body(body(&fields)).unwrap()).await;
        reply.shows(403, &["The request comes from another site."]);
    }
    let reply = app.submit(&ana, "/settings/theme", &[("theme", "dark")]).await;
    assert_eq!(reply.location(), "/settings");
    assert!(reply.cookie("stentor_theme").unwrap().starts_with("stentor_theme=dark; HttpOnly"));
}

#[tokio::test]
async fn forms_are_for_people() {
    let app = TestApp::new();
    let token = app.token("deploy", &[crate::auth::Scope::Admin]);
    let reply = app.submit(&token, "/incidents", &[("title", "x")]).await;
    reply.shows(403, &["a program with a token uses /api/v1"]);
}

#[tokio::test]
async fn a_field_with_a_nul_and_a_body_that_is_too_large_are_refused() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Admin);
    let reply = app.submit(&ana, "/incidents", &[("title", "a\0b")]).await;
    reply.shows(422, &["NUL character"]);
    let long = "x".repeat(crate::routes::BODY_BYTES_MAX);
    app.submit(&ana, "/incidents", &[("title", &long)]).await.shows(413, &["larger than"]);
}

#[tokio::test]
async fn files_are_cached_for_ever_under_the_address_that_names_their_content() {
    let app = TestApp::new();
    let address = crate::assets::url("stentor.css");
    let reply = app.get(&As::Anonymous, &address).await;
    assert_eq!(reply.headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(reply.headers[header::CONTENT_TYPE], "text/css; charset=utf-8");
    let tag = reply.headers[header::ETAG].clone();
    let request = Request::get("/static/stentor.css?v=old").header(header::IF_NONE_MATCH, &tag);
    let again = app.send(&As::Anonymous, request.body(Body::empty()).unwrap()).await;
    assert_eq!(again.status.as_u16(), 304);
    assert_eq!(again.headers[header::CACHE_CONTROL], "no-cache");
    assert_eq!(app.get(&As::Anonymous, "/static/../Cargo.toml").await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_page_answers_head_as_it_answers_get() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Viewer);
    let request = Request::head("/").header(header::ACCEPT, super::HTML);
    let reply = app.send(&ana, request.body(Body::empty()).unwrap()).await;
    assert_eq!((reply.status.as_u16(), reply.body.as_str()), (200, ""));
    assert!(
        reply.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'")
    );
    assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
}
