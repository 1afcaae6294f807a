//! Who may do what: every declared route, method by method, against every kind of caller.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::routing::MethodRouter;
use tower::ServiceExt as _;

use super::TestApp;
use super::app::As;
use crate::app::App;
use crate::auth::{Permission, Role, Scope};

/// Who may use a route that is for a permission, written down by hand.
const TABLE: &str = "
    permission    anonymous local viewer responder admin  t-read t-respond t-ingest t-admin
    Public        yes       yes   yes    yes       yes    yes    yes       yes      yes
    Ingest        -         yes   -      yes       yes    -      -         yes      yes
    ReadAlerts    -         yes   yes    yes       yes    yes    -         yes      yes
    Read          -         -     yes    yes       yes    yes    yes       -        yes
    Silence       -         -     -      yes       yes    -      yes       -        yes
    Reload        -         yes   -      -         yes    -      -         -        yes
    Respond       -         -     -      yes       yes    -      yes       -        yes
    Administer    -         -     -      -         yes    -      -         -        yes
    OwnAccount    -         -     yes    yes       yes    -      -         -        -
";

const CALLERS: usize = 9;

/// The row of the table; a new permission does not compile until it has one.
fn row(permission: Permission) -> [bool; CALLERS] {
    let name = match permission {
        Permission::Public => "Public",
        Permission::Ingest => "Ingest",
        Permission::ReadAlerts => "ReadAlerts",
        Permission::Read => "Read",
        Permission::Silence => "Silence",
        Permission::Reload => "Reload",
        Permission::Respond => "Respond",
        Permission::Administer => "Administer",
        Permission::OwnAccount => "OwnAccount",
    };
    let line = TABLE.lines().find(|line| line.trim().starts_with(&format!("{name} "))).unwrap();
    let cells: Vec<bool> = line.split_whitespace().skip(1).map(|cell| cell == "yes").collect();
    cells.try_into().unwrap()
}

/// Makes a caller anew: the request before may have signed it out.
fn caller(app: &TestApp, at: usize, turn: usize) -> As {
    let login = format!("{at}-{turn}");
    match at {
        0 => As::Anonymous,
        1 => As::Local,
        2 => app.account(&login, Role::Viewer),
        3 => app.account(&login, Role::Responder),
        4 => app.account(&login, Role::Admin),
        5 => app.token(&login, &[Scope::Read]),
        6 => app.token(&login, &[Scope::Respond]),
        7 => app.token(&login, &[Scope::Ingest]),
        _ => app.token(&login, &[Scope::Admin]),
    }
}

/// Returns the methods that a route answers, which it names when it is asked with one that nobody has.
pub(super) async fn methods(app: &Arc<App>, routes: &MethodRouter<Arc<App>>) -> Vec<Method> {
    let request = Request::builder().method("STENTOR").uri("/").body(Body::empty()).unwrap();
    let service = routes.clone().with_state::<()>(Arc::clone(app));
    let response = service.oneshot(request).await.unwrap();
    let allow = response.headers()[header::ALLOW].to_str().unwrap();
    // HEAD is GET without its body.
    allow
        .split(',')
        .filter(|method| *method != "HEAD")
        .map(|method| method.parse().unwrap())
        .collect()
}

/// Tells whether the guard let the request through; what the handler said to it does not matter here.
async fn let_through(app: &TestApp, who: &As, method: &Method, path: &str) -> (bool, StatusCode) {
    let path: Vec<&str> =
        path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
    let request = Request::builder().method(method).uri(path.join("/"));
    let request = request.header("sec-fetch-site", "same-origin").body(Body::empty()).unwrap();
    let response = app.head(who, request).await;
    let status = response.status();
    if status != StatusCode::UNAUTHORIZED && status != StatusCode::FORBIDDEN {
        return (true, status);
    }
    // A handler may refuse as well, for reasons of its own.
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let body = String::from_utf8_lossy(&body).into_owned();
    let guard =
        ["Sign in, or send a token", "Your role does not allow this", "scopes do not allow this"];
    (!guard.iter().any(|words| body.contains(words)), status)
}

#[tokio::test]
async fn every_route_lets_through_whom_its_permission_names() {
    let app = TestApp::new();
    let routes = crate::routes(&app.app);
    let mut wrong = Vec::new();
    let mut turn = 0;
    for ((path, permission), methods_of) in routes.declared().iter().zip(&routes.unguarded) {
        for method in methods(&app.app, methods_of).await {
            for (at, expected) in row(*permission).into_iter().enumerate() {
                turn += 1;
                let who = caller(&app, at, turn);
                let (through, status) = let_through(&app, &who, &method, path).await;
                if through != expected || status.is_server_error() {
                    wrong.push(format!("{method} {path} ({permission:?}) caller {at}: {status}"));
                }
                let refused = if at < 2 { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
                if !expected && status != refused {
                    wrong.push(format!("{method} {path} caller {at}: {status}, not {refused}"));
                }
            }
        }
    }
    assert!(turn > 500, "only {turn} requests were made");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_session_changes_nothing_from_another_site() {
    let app = TestApp::new();
    let admin = app.account("admin", Role::Admin);
    let cases: [(&[(&str, &str)], bool); 8] = [
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "none")], true),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("origin", "http://stentor.example.com"), ("host", "stentor.example.com")], true),
        (&[("origin", "http://evil.example.com"), ("host", "stentor.example.com")], false),
        (&[("origin", "null"), ("host", "stentor.example.com")], false),
        (&[], false),
    ];
    for (headers, through) in cases {
        let mut request = Request::post("/api/v1/pages/x/acknowledge").body(Body::empty()).unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let reply = app.send(&admin, request).await;
        let expected = if through { StatusCode::NOT_FOUND } else { StatusCode::FORBIDDEN };
        assert_eq!(reply.status, expected, "{headers:?}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_program_needs_no_origin_and_reading_needs_none() {
    let app = TestApp::new();
    let token = app.token("ci", &[Scope::Respond]);
    let request = Request::post("/api/v1/pages/x/acknowledge").body(Body::empty()).unwrap();
    assert_eq!(app.send(&token, request).await.status, StatusCode::NOT_FOUND);
    let viewer = app.account("viewer", Role::Viewer);
    assert_eq!(app.get(&viewer, "/api/v1/pages").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_proxy_on_this_machine_makes_nobody_local() {
    let app = TestApp::new();
    for header in ["forwarded", "x-forwarded-for", "x-real-ip"] {
        let request = Request::get("/api/v2/alerts").header(header, "192.0.2.1");
        let reply = app.send(&As::Local, request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{header}");
    }
    assert_eq!(app.get(&As::Local, "/api/v2/alerts").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_strangers_page_in_a_browser_on_this_machine_is_not_local() {
    let app = TestApp::new();
    let cases: [(&[(&str, &str)], bool); 14] = [
        (&[("host", "localhost:9093")], true),
        (&[("host", "127.0.0.1:9093")], true),
        (&[("host", "[::1]:9093")], true),
        (&[("host", "stentor:9093")], true),
        (&[("host", "app.localhost")], true),
        (&[("host", "localhost:9093"), ("sec-fetch-site", "none")], true),
        (&[("host", "localhost:9093"), ("origin", "http://localhost:9093")], true),
        (&[("host", "rebound.example.com:9093")], false),
        (&[("host", "localhost.example.com")], false),
        (&[("host", "127.0.0.1.example.com")], false),
        (&[("host", "localhost:9093"), ("sec-fetch-site", "cross-site")], false),
        (&[("host", "localhost:9093"), ("sec-fetch-site", "same-site")], false),
        (&[("host", "localhost:9093"), ("origin", "http://evil.example.com")], false),
        (&[("host", "localhost:9093"), ("origin", "null")], false),
    ];
    for (headers, through) in cases {
        // A body without a type is one that any page may send.
        let mut request = Request::post("/api/v2/alerts").body(Body::from("[]")).unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let reply = app.send(&As::Local, request).await;
        let expected = if through { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        assert_eq!(reply.status, expected, "{headers:?}: {}", reply.body);
    }
    app.plan(|plan| {
        let plan = Arc::make_mut(&mut plan.plan);
        plan.external_url = Some("https://rebound.example.com/".into());
    });
    let request = Request::get("/api/v2/alerts").header("host", "rebound.example.com");
    let reply = app.send(&As::Local, request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, StatusCode::OK, "the name of the external URL is ours");
}

#[tokio::test]
async fn a_token_acts_on_behalf_of_a_person_and_the_audit_log_says_so() {
    let app = TestApp::new();
    let (token, read) = (app.token("bot", &[Scope::Respond]), app.token("read", &[Scope::Read]));
    let page = app.post(
        &token,
        "/api/v1/pages",
        serde_json::json!({ "title": "Help", "policy": "platform" }),
    );
    let id = page.await.text("id");
    let path = format!("/api/v1/pages/{id}/acknowledge");
    let on_behalf = |person: &str| {
        let request = Request::post(&path).header("x-stentor-on-behalf-of", person);
        request.header("sec-fetch-site", "same-origin").body(Body::empty()).unwrap()
    };
    assert_eq!(app.send(&read, on_behalf("ana")).await.status, StatusCode::FORBIDDEN);
    let session = app.account("ben", Role::Responder);
    assert_eq!(app.send(&session, on_behalf("ana")).await.status, StatusCode::FORBIDDEN);
    let unknown = app.send(&token, on_behalf("nobody")).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unknown.text("field"), "X-Stentor-On-Behalf-Of");
    let reply = app.send(&token, on_behalf("ana")).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.value()["acknowledged"]["by"]["person"], "ana");
    let log = stentor_store::audit::list(app.engine().db(), None, 10).unwrap();
    let lines = log.iter().map(|deed| (&*deed.actor, &*deed.action, &*deed.object, &*deed.detail));
    let expected = [
        ("token bot", "acknowledge", id.as_str(), "on behalf of ana"),
        ("token bot", "page", id.as_str(), ""),
    ];
    assert_eq!(lines.collect::<Vec<_>>(), expected);
}
