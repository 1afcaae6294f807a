//! Whatever a client sends, the answer is clear, nothing is half done, and the server goes on.

use serde_json::{Value, json};
use stentor_e2e::server::Server;
use stentor_e2e::sink::Sink;
use stentor_e2e::site::Site;
use stentor_e2e::turn::beside;
use stentor_e2e::wait::until;
use tokio::io::AsyncWriteExt as _;

use crate::plans;

/// So many connections at once send nothing but the beginning of a request.
const SLOW_CLIENTS: usize = 300;

async fn start() -> (Sink, Site, Server) {
    let sink = Sink::start(vec![]).await;
    let mut site = Site::new(plans::NOBODY_PAGED, &plans::to_webhook(sink.port));
    let server = site.start().await;
    (sink, site, server)
}

/// An alert whose labels are the JSON text `labels`.
fn alert(labels: &str) -> String {
    format!(r#"[{{"labels": {labels}}}]"#)
}

#[test]
fn a_body_that_is_no_alert_is_refused_with_a_reason() {
    beside(async {
        let (sink, _site, mut server) = start().await;
        let ten_megabytes = format!(r#"[{{"labels": {{"alertname": "{}"#, "x".repeat(10 << 20));
        let bodies: [(&str, Vec<u8>); 9] = [
            ("truncated", br#"[{"labels": {"alertname": "Trunca"#.to_vec()),
            ("10 MB without an end", ten_megabytes.into_bytes()),
            ("empty", vec![]),
            ("NUL for JSON", vec![0; 1000]),
            ("NUL within JSON", b"[{\"labels\": {\"alertname\": \"a\0b\"}}]".to_vec()),
            ("labels are a list", alert("[]").into_bytes()),
            ("a label is a number", alert(r#"{"alertname": 5}"#).into_bytes()),
            ("no list", br#"{"labels": {"alertname": "A"}}"#.to_vec()),
            ("a time is a number", br#"[{"labels": {"alertname": "A"}, "startsAt": 5}]"#.to_vec()),
        ];
        for (name, body) in bodies {
            let answer = server.ingest(body).await;
            assert!([400, 422].contains(&answer.status), "{name}: {answer:?}");
            assert!(answer.text.len() > 10 && answer.text.len() < 2_000, "{name}: {answer:?}");
        }
        let answer = server.ingest(" ".repeat(17 << 20)).await;
        assert_eq!(answer.status, 413, "{answer:?}");
        let answer =
            server.post("/api/v1/incidents", &json!({ "title": "x".repeat(2 << 20) })).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (413, &json!("too_large")),
            "{answer:?}"
        );
        assert!(server.items("/api/v1/alerts").await.is_empty(), "something was half done");

        server.fire(&[("alertname", "StillAlive")]).await;
        until("it still delivers", 10, async || sink.received().pop()).await;
        server.process.assert_alive();
    });
}

#[test]
fn a_strange_alert_is_kept_whole_or_refused_whole() {
    beside(async {
        let (_sink, _site, mut server) = start().await;
        let million: Vec<String> = (0..1_000_000).map(|i| format!("\"l{i}\":\"1\"")).collect();
        let million = alert(&format!("{{{}}}", million.join(",")));
        let answer = server.ingest(million).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.text.contains("1000000"), "it says why: {}", answer.text);
        // JSON can say NUL where text in a database cannot.
        let answer = server.ingest(alert(r#"{"alertname": "Nul", "text": "a\u0000b"}"#)).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.text.contains("U+0000"), "it says why: {}", answer.text);
        assert!(server.items("/api/v1/alerts").await.is_empty(), "something was half done");

        // What is no UTF-8 is replaced, as Alertmanager does.
        let damaged = b"[{\"labels\": {\"alertname\": \"Damaged\", \"text\": \"a\xff\"}}]";
        assert_eq!(server.ingest(damaged.to_vec()).await.status, 200);
        let kept = server.items("/api/v1/alerts?name=Damaged").await;
        assert_eq!(kept[0]["labels"]["text"], "a\u{fffd}", "{kept:?}");
        // Alertmanager ignores fields that it does not know; so do its senders rely on it.
        let unknown = br#"[{"labels": {"alertname": "Unknown"}, "colour": "red"}]"#;
        assert_eq!(server.ingest(unknown.to_vec()).await.status, 200);
        // The good alerts of a batch are kept although another is refused.
        let mixed = r#"[{"labels": {"alertname": "Good"}}, {"labels": {}}]"#;
        let answer = server.ingest(mixed).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert_eq!(server.items("/api/v1/alerts?name=Good").await.len(), 1);
        server.process.assert_alive();
    });
}

#[test]
fn the_api_names_what_is_wrong() {
    beside(async {
        let (_sink, _site, server) = start().await;
        let bodies = [
            (json!({ "title": 5, "severity": "sev1" }), 422, "title"),
            (json!({ "title": "A", "severity": "terrible" }), 422, "severity"),
            (json!({ "title": "A", "severity": "sev1", "colour": "red" }), 422, "colour"),
            (json!({ "title": "a\u{0}b", "severity": "sev1" }), 422, "title"),
            (json!([1, 2]), 400, ""),
        ];
        for (body, status, field) in bodies {
            let answer = server.post("/api/v1/incidents", &body).await;
            assert_eq!(answer.status, status, "{body}: {answer:?}");
            assert!(answer.header("content-type").starts_with("application/problem+json"));
            let problem = answer.json();
            let named = problem["field"].as_str().unwrap_or_default();
            assert_eq!(named, field, "{body}: {problem}");
            assert!(!problem["detail"].as_str().unwrap_or_default().is_empty(), "{problem}");
        }
        assert!(server.items("/api/v1/incidents").await.is_empty());
        for path in ["/api/v1/pages/page_x", "/api/v1/incidents/7", "/api/v1/nothing", "/nothing"] {
            assert_eq!(server.get(path).await.status, 404, "{path}");
        }
    });
}

#[test]
fn who_may_not_is_refused() {
    beside(async {
        let (_sink, _site, server) = start().await;
        let list = server.at("/api/v1/pages");
        let nobody = server.send(server.http.get(&list)).await;
        assert_eq!(nobody.status, 401, "{nobody:?}");
        assert!(nobody.header("www-authenticate").starts_with("Bearer"), "{nobody:?}");
        for wrong in ["Bearer wrong", "Bearer ", "Basic !!!", "Nonsense", "Bearer a\tb c"] {
            for path in ["/api/v1/pages", "/api/v2/alerts"] {
                let request = server.http.get(server.at(path)).header("authorization", wrong);
                let answer = server.send(request).await;
                assert_eq!(answer.status, 401, "{path} with `{wrong}`: {answer:?}");
            }
        }

        let created =
            server.post("/api/v1/tokens", &json!({ "name": "eyes", "scopes": ["read"] })).await;
        assert_eq!(created.status, 201, "{created:?}");
        let token = created.json();
        let secret = token["secret"].as_str().expect("a new token shows its secret").to_owned();
        let read = async || server.send(server.http.get(&list).bearer_auth(&secret)).await.status;
        assert_eq!(read().await, 200);
        let declare = server.http.post(server.at("/api/v1/incidents")).bearer_auth(&secret);
        let declare = declare.header("content-type", "application/json");
        let refused = server.send(declare.body(r#"{"title": "A", "severity": "sev1"}"#)).await;
        assert_eq!(refused.status, 403, "{refused:?}");

        let id = token["id"].as_str().expect("a token has an id");
        let revoke = server.http.delete(server.at(&format!("/api/v1/tokens/{id}")));
        let revoked = server.send(revoke.bearer_auth(&server.token)).await;
        assert!([200, 204].contains(&revoked.status), "{revoked:?}");
        assert_eq!(read().await, 401, "a revoked token still works");
    });
}

#[test]
fn slow_clients_keep_nobody_waiting() {
    beside(async {
        let (sink, _site, mut server) = start().await;
        let mut slow = Vec::new();
        for i in 0..SLOW_CLIENTS {
            let mut stream = server.connect().await;
            let part: &[u8] = match i % 3 {
                0 => b"",
                1 => b"POST /api/v2/alerts HTTP/1.1\r\nHost: a\r\nContent-Le",
                _ => b"POST /api/v2/alerts HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n[{",
            };
            stream.write_all(part).await.unwrap();
            slow.push(stream);
        }
        let answer = tokio::time::timeout(
            std::time::Duration::from_secs(5),
            server.fire(&[("alertname", "NotSlowed")]),
        );
        answer.await.expect("an alert is accepted while others are slow");
        let told = until("the alert is delivered", 5, async || sink.received().pop()).await;
        assert_eq!(told["commonLabels"]["alertname"], Value::from("NotSlowed"));
        assert_eq!(server.items("/api/v1/alerts").await.len(), 1, "half a request became an alert");
        server.process.assert_alive();
    });
}
