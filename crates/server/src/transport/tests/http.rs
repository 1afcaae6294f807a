//! HTTP requests.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Mutex;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response as Answer;
use axum::routing::{any, post as on_post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::transport::http::ANSWER_BYTES_MAX;

/// Serves `router` on loopback until the test's runtime ends.
pub(super) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Serves one connection with fixed bytes, then closes it.
async fn serve_bytes(bytes: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4_096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(bytes).await;
    });
    address
}

pub(super) fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let mut answer = Answer::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    answer.body(body.into()).unwrap()
}

/// Sends to an open listener and returns its answer: status, `Retry-After`, body.
async fn answered(url: &str) -> (u16, Option<Duration>, String) {
    let response = open().send(post(url, PATIENCE)).await;
    let Response::Http { status, retry_after, body } = response else { panic!("{response:?}") };
    (status, retry_after, body)
}

#[tokio::test]
async fn a_request_arrives_as_it_is_and_its_answer_comes_back() {
    let echo = |headers: HeaderMap, body: Bytes| async move {
        let test = headers["x-test"].to_str().unwrap().to_owned();
        (StatusCode::ACCEPTED, format!("{test} {}", String::from_utf8_lossy(&body)))
    };
    let at = serve(Router::new().route("/hook", on_post(echo))).await;
    let response = open().send(post(format!("http://{at}/hook?a=1"), PATIENCE)).await;
    let body = "yes hello".to_owned();
    assert_eq!(response, Response::Http { status: 202, retry_after: None, body });
}

#[tokio::test]
async fn every_spelling_of_a_forbidden_address_is_blocked() {
    let count = Count::default();
    let seen = count.clone();
    let router = Router::new().fallback(any(move || async move { seen.add() }));
    let port = serve(router).await.port();
    let hosts = [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "127%2e0.0.1",
        "%31%32%37.0.0.1",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "user:pw@127.0.0.1",
        "1.1.1.1@127.0.0.1",
        "0",
        "0.0.0.0",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "224.0.0.1",
        "[ff02::1]",
        "255.255.255.255",
    ];
    let transport = guarded();
    for host in hosts {
        let response = transport.send(post(format!("http://{host}:{port}/"), PATIENCE)).await;
        let (why, what) = why(response);
        assert_eq!(what, "blocked", "{host}: {why}");
        assert!(why.starts_with("outbound address "), "{host}: {why}");
    }
    assert_eq!(count.get(), 0);
}

#[tokio::test]
async fn what_is_no_address_of_the_web_is_blocked() {
    for url in ["", "hook", "file:///etc/passwd", "ftp://1.1.1.1/", "http://", "http://[::1%25lo]/"]
    {
        let (why, what) = why(open().send(post(url, PATIENCE)).await);
        assert_eq!(what, "blocked", "{url}: {why}");
    }
}

#[tokio::test]
async fn a_new_plan_opens_and_closes_a_range() {
    let at = serve(Router::new().fallback(any(|| async { "ok" }))).await;
    let transport = guarded();
    let url = format!("http://{at}/");
    let send = async || why(transport.send(post(&url, PATIENCE)).await).1;
    assert_eq!(send().await, "blocked");
    transport.set_allow(&["127.0.0.1".to_owned()]).unwrap();
    assert_eq!(send().await, "answered");
    assert!(transport.set_allow(&["nonsense".to_owned()]).is_err());
    assert_eq!(send().await, "answered");
    transport.set_allow(&[]).unwrap();
    assert_eq!(send().await, "blocked");
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_message_until_the_rules_change() {
    let peers: Arc<Mutex<BTreeSet<SocketAddr>>> = Arc::default();
    let seen = Arc::clone(&peers);
    let note = move |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move {
        seen.lock().unwrap().insert(peer);
        "ok"
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let app = Router::new().fallback(any(note)).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let transport = open();
    let count = || peers.lock().unwrap().len();
    for _ in 0..20 {
        assert_eq!(why(transport.send(post(&url, PATIENCE)).await).1, "answered");
    }
    let kept = count();
    assert!(kept < 10, "20 messages took {kept} connections");
    transport.set_allow(&["127.0.0.0/8".to_owned()]).unwrap();
    assert_eq!(why(transport.send(post(&url, PATIENCE)).await).1, "answered");
    assert_eq!(count(), kept + 1, "what was checked by the old rules is not used any more");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let count = Count::default();
    let seen = count.clone();
    let router = Router::new()
        .route(
            "/out",
            any(|| async { answer(302, &[("location", "http://169.254.169.254/")], "") }),
        )
        .route("/in", any(|| async { answer(307, &[("location", "/reached")], "") }))
        .route("/reached", any(move || async move { seen.add() }));
    let at = serve(router).await;
    for (path, expected) in [("out", 302), ("in", 307)] {
        let (status, _, _) = answered(&format!("http://{at}/{path}")).await;
        assert_eq!(status, expected);
    }
    assert_eq!(count.get(), 0);
}

#[tokio::test]
async fn only_the_beginning_of_a_giant_answer_is_read() {
    let at = serve(Router::new().fallback(any(|| async { "x".repeat(50 * 1024 * 1024) }))).await;
    let (status, _, body) = answered(&format!("http://{at}/")).await;
    assert_eq!((status, body.len()), (200, ANSWER_BYTES_MAX));
}

#[tokio::test]
async fn retry_after_is_read_as_seconds_and_as_a_date() {
    let date = ("date", "Mon, 23 Nov 2026 08:00:00 GMT");
    let router = Router::new()
        .route("/seconds", any(|| async { answer(429, &[("retry-after", "17")], "slow down") }))
        .route(
            "/date",
            any(move || async move {
                answer(503, &[date, ("retry-after", "Mon, 23 Nov 2026 08:02:00 GMT")], "")
            }),
        )
        .route(
            "/past",
            any(move || async move {
                answer(503, &[date, ("retry-after", "Mon, 23 Nov 2026 07:00:00 GMT")], "")
            }),
        )
        .route("/odd", any(|| async { answer(503, &[("retry-after", "soon")], "") }));
    let at = serve(router).await;
    for (path, expected) in
        [("seconds", Some(17)), ("date", Some(120)), ("past", None), ("odd", None)]
    {
        let (_, retry_after, _) = answered(&format!("http://{at}/{path}")).await;
        assert_eq!(retry_after, expected.map(Duration::from_secs), "{path}");
    }
}

#[tokio::test]
async fn who_never_answers_may_have_taken_it() {
    let router = Router::new().fallback(any(|| async { std::future::pending::<()>().await }));
    let at = serve(router).await;
    let (why, what) =
        why(open().send(post(format!("http://{at}/?token=s3cret"), IMPATIENCE)).await);
    assert_eq!(what, "perhaps sent");
    assert!(why.contains("timed out") && !why.contains("s3cret"), "{why}");
}

#[tokio::test]
async fn a_body_that_never_ends_does_not_undo_the_status() {
    for bytes in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"[..],
        &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"[..],
    ] {
        let at = serve_bytes(bytes).await;
        let body = "half".to_owned();
        let response = open().send(post(format!("http://{at}/"), PATIENCE)).await;
        assert_eq!(response, Response::Http { status: 200, retry_after: None, body });
    }
}

#[tokio::test]
async fn who_hangs_up_may_have_taken_it() {
    for bytes in [&b""[..], b"SSH-2.0-nonsense\r\n", b"HTTP/1.1 2"] {
        let at = serve_bytes(bytes).await;
        let (why, what) = why(open().send(post(format!("http://{at}/"), PATIENCE)).await);
        assert_eq!(what, "perhaps sent", "{why}");
    }
}

#[tokio::test]
async fn nothing_was_sent_to_who_does_not_listen_or_does_not_speak_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    drop(listener);
    let (text, what) = why(open().send(post(format!("http://{at}/s3cret"), PATIENCE)).await);
    assert_eq!(what, "not sent", "{text}");
    assert!(!text.contains("s3cret"), "{text}");

    let at = serve(Router::new()).await;
    let (text, what) = why(open().send(post(format!("https://{at}/"), PATIENCE)).await);
    assert_eq!(what, "not sent", "{text}");
}
