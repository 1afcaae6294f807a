//! What the file may say, and what is said of one that is wrong.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::get;
use base64::Engine as _;
use tower::ServiceExt as _;

use super::*;

/// `secret`, at the least cost that there is.
fn hash() -> String {
    bcrypt::hash("secret", 4).unwrap()
}

fn fault(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("web.yml");
    std::fs::write(&path, text).unwrap();
    let fault = Door::open(Some(&path)).unwrap_err().to_string();
    fault.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn every_error_has_its_place() {
    for (text, expected) in [
        ("basic_auth_user: {}\n", "web.yml:1:1: "),
        (
            "http_server_config:\n  headers:\n    Server: x\n",
            "web.yml:3:13: `Server` cannot be set",
        ),
        (
            "basic_auth_users:\n  ana: secret\n",
            "web.yml:2:8: the password of `ana` is no bcrypt hash",
        ),
        ("tls_server_config:\n  key_file: k\n", "web.yml:2:3: `cert_file` is missing"),
        (
            "tls_server_config:\n  cert_file: none.pem\n  key_file: k\n",
            "web.yml:2:14: none.pem cannot be read: ",
        ),
        ("tls_server_config: 3\n", "web.yml:1:20: "),
    ] {
        let said = fault(text);
        assert!(said.starts_with(expected), "{text}{said}");
    }
}

#[test]
fn an_empty_file_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("web.yml");
    for text in ["", "# nothing\n", "{}\n"] {
        std::fs::write(&path, text).unwrap();
        assert!(!Door::open(Some(&path)).unwrap().has_tls(), "{text}");
    }
}

async fn ask(door: &Door, authorization: &str) -> (StatusCode, HeaderMap) {
    ask_where(door, authorization, true).await
}

async fn ask_where(door: &Door, authorization: &str, tokens: bool) -> (StatusCode, HeaderMap) {
    let said = |headers: HeaderMap| async move {
        headers.get(header::AUTHORIZATION).map(|_| "still there").unwrap_or("").to_owned()
    };
    let router = door.guard(Router::new().route("/", get(said)), tokens);
    let mut request = axum::http::Request::builder().uri("/");
    if !authorization.is_empty() {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    (answer.status(), answer.headers().clone())
}

fn basic(login: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(login))
}

#[tokio::test]
async fn only_its_users_are_let_in_and_a_changed_file_counts_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("web.yml");
    let text = format!(
        "basic_auth_users: {{ ana: {} }}\nhttp_server_config: {{ headers: {{ X-Frame-Options: deny }} }}\n",
        hash()
    );
    std::fs::write(&path, text).unwrap();
    let door = Door::open(Some(&path)).unwrap();
    for (login, expected) in [
        ("ana:secret", StatusCode::OK),
        ("ana:secret", StatusCode::OK),
        ("ana:wrong", StatusCode::UNAUTHORIZED),
        ("ben:secret", StatusCode::UNAUTHORIZED),
        ("", StatusCode::UNAUTHORIZED),
    ] {
        let authorization = if login.is_empty() { String::new() } else { basic(login) };
        let (status, headers) = ask(&door, &authorization).await;
        assert_eq!(status, expected, "{login}");
        assert_eq!(headers["x-frame-options"], "deny", "{login}");
        let wanted = headers.contains_key(header::WWW_AUTHENTICATE);
        assert_eq!(wanted, status == StatusCode::UNAUTHORIZED, "{login}");
    }
    assert_eq!(ask(&door, "Bearer token").await.0, StatusCode::OK);
    let closed = ask_where(&door, "Bearer token", false).await;
    assert_eq!(closed.0, StatusCode::UNAUTHORIZED);

    // A bad file leaves the old one in force, a good one takes its place.
    std::fs::write(&path, "basic_auth_users: 3\n").unwrap();
    door.look_again(false);
    assert_eq!(ask(&door, &basic("ana:secret")).await.0, StatusCode::OK);
    std::fs::write(&path, format!("basic_auth_users: {{ ben: {} }}\n", hash())).unwrap();
    door.look_again(false);
    assert_eq!(ask(&door, &basic("ana:secret")).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&door, &basic("ben:secret")).await.0, StatusCode::OK);
}
