//! In the place of Alertmanager: open as that is, its manners, and served below a path.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};

use super::TestApp;
use super::app::As;
use crate::surface::{Peer, Surface};

fn open() -> Surface {
    Surface { open: true, ..Surface::default() }
}

fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}

#[tokio::test]
async fn whoever_asks_may_read_and_no_more() {
    let app = TestApp::with(open());
    for path in ["/", "/alerts", "/plan", "/api/v2/status", "/api/v2/alerts", "/metrics"] {
        assert_eq!(app.get(&As::Anonymous, path).await.status, StatusCode::OK, "{path}");
    }
    app.fire("DiskFull", "critical").await;
    assert_eq!(app.get(&As::Anonymous, "/settings").await.status, StatusCode::FORBIDDEN);
    let page = request(Method::GET, "/settings").header(header::ACCEPT, "text/html");
    let reply = app.send(&As::Anonymous, page.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.headers[header::LOCATION], "/sign-in?next=/settings");
    // A sender's old credentials shut nobody out.
    let token = As::Token("unknown".into());
    assert_eq!(app.get(&token, "/api/v2/alerts").await.status, StatusCode::OK);
}

#[tokio::test]
async fn its_pages_have_a_navigation_without_a_session() {
    let app = TestApp::with(open());
    let page = app.get(&As::Anonymous, "/alerts").await.body;
    assert!(page.contains("id=\"nav\"") && !page.contains("Signed in as"), "{page}");
}

#[tokio::test]
async fn where_nobody_can_be_paged_a_telephone_has_alerts_and_silences_at_hand() {
    let tabs = |page: &str| {
        let (nav, _) = page.split_once("<details class=\"more\"").unwrap();
        let tabs = nav.split("<a href=\"").skip(1).map(|tab| tab.split('"').next().unwrap());
        tabs.map(str::to_owned).collect::<Vec<_>>()
    };
    let page = TestApp::in_place().get(&As::Anonymous, "/alerts").await.body;
    assert_eq!(tabs(&page), ["/", "/alerts", "/silences", "/plan"]);
    let page = TestApp::with(open()).get(&As::Anonymous, "/alerts").await.body;
    assert_eq!(tabs(&page), ["/", "/pages", "/incidents", "/oncall"]);
}

#[tokio::test]
async fn the_old_api_is_gone_and_the_own_one_is_there_for_those_who_mean_it() {
    let app = TestApp::with(open());
    for (method, path) in [(Method::GET, "/api/v1/alerts"), (Method::POST, "/api/v1/any/thing")] {
        let reply = app.send(&As::Anonymous, request(method, path).body(Body::empty()).unwrap());
        let reply = reply.await;
        assert_eq!(reply.status, StatusCode::GONE, "{path}");
        assert_eq!(reply.value()["status"], "deprecated");
    }
    let token = app.token("reader", &[crate::auth::Scope::Read]);
    assert_eq!(app.get(&token, "/api/v1/alerts").await.status, StatusCode::OK);
}

#[tokio::test]
async fn any_page_may_use_its_api_and_no_other_address() {
    let app = TestApp::with(open());
    let any = |reply: &super::app::Reply| {
        reply
            .headers
            .get(header::ACCESS_CONTROL_ALLOW_ORIGIN)
            .map(|it| it.to_str().unwrap().to_owned())
    };
    let reply = app.get(&As::Anonymous, "/api/v2/status").await;
    assert_eq!(any(&reply).as_deref(), Some("*"));
    assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(any(&app.get(&As::Anonymous, "/").await), None);
    let asked = request(Method::OPTIONS, "/api/v2/alerts")
        .header(header::ORIGIN, "https://else.example")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
    let reply = app.send(&As::Anonymous, asked.body(Body::empty()).unwrap()).await;
    assert_eq!((reply.status, any(&reply).as_deref()), (StatusCode::OK, Some("*")));
    assert_eq!(any(&TestApp::new().get(&As::Local, "/api/v2/status").await), None);
}

#[tokio::test]
async fn refusals_of_its_api_have_their_own_form() {
    let app = TestApp::with(open());
    let reply = app.get(&As::Anonymous, "/api/v2/nothing").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert_eq!(reply.body, r#"{"code":404,"message":"path /api/v2/nothing was not found"}"#);
    let put = request(Method::PUT, "/api/v2/alerts").body(Body::empty()).unwrap();
    let reply = app.send(&As::Anonymous, put).await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    let expected = r#"{"code":405,"message":"method PUT is not allowed, but [GET,POST] are"}"#;
    assert_eq!(reply.body, expected);
}

#[tokio::test]
async fn the_cluster_is_this_one_peer() {
    let peer = Peer { name: "ONE".into(), address: "0.0.0.0:9094".into() };
    let app = TestApp::with(Surface { peer: Some(peer), ..open() });
    let cluster = app.get(&As::Anonymous, "/api/v2/status").await.value()["cluster"].clone();
    let expected = serde_json::json!({
        "name": "ONE", "peers": [{ "address": "0.0.0.0:9094", "name": "ONE" }], "status": "ready"
    });
    assert_eq!(cluster, expected);
}

#[tokio::test]
async fn everything_is_below_the_prefix() {
    let app = TestApp::with(Surface { prefix: "/am".into(), ..open() });
    let reply = app.get(&As::Anonymous, "/").await;
    assert_eq!(
        (reply.status, &reply.headers[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/am/".parse().unwrap())
    );
    assert_eq!(app.get(&As::Anonymous, "/api/v2/status").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&As::Anonymous, "/amx").await.status, StatusCode::NOT_FOUND);
    for path in ["/am/", "/am/-/healthy", "/am/api/v2/status", "/am/metrics"] {
        assert_eq!(app.get(&As::Anonymous, path).await.status, StatusCode::OK, "{path}");
    }
    let page = app.get(&As::Anonymous, "/am/alerts").await.body;
    assert!(page.contains("href=\"./static/stentor.css") && page.contains("data-live=\"./live\""));
    for attribute in ["href=\"/", "src=\"/", "action=\"/", "data-live=\"/"] {
        assert!(!page.contains(attribute), "{attribute} in {page}");
    }
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_where_nobody_signs_in() {
    let app = TestApp::with(open());
    let form = |site: &str| {
        request(Method::POST, "/settings/theme")
            .header("sec-fetch-site", site)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("theme=dark"))
            .unwrap()
    };
    assert_eq!(app.send(&As::Anonymous, form("cross-site")).await.status, StatusCode::FORBIDDEN);
}
