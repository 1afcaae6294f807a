//! What amtool and its relatives see.

use std::io::Write as _;
use std::process::{Command, Stdio};

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::TestApp;
use super::app::As;

#[tokio::test]
async fn alerts_are_shown_as_alertmanager_shows_them() {
    let app = TestApp::new();
    app.fire("DiskFull", "critical").await;
    let reply = app.get(&As::Local, "/api/v2/alerts/").await;
    assert_snapshot!(reply.body, @r#"[{"annotations":{"summary":"Checkout is slow"},"endsAt":"2026-01-05T13:00:00.000Z","fingerprint":"c0bb86119850317d","receivers":[{"name":"checkout"}],"startsAt":"2026-01-05T09:00:00.000Z","status":{"inhibitedBy":[],"silencedBy":[],"state":"active"},"updatedAt":"2026-01-05T09:00:00.000Z","generatorURL":"http://prometheus.example/graph","labels":{"alertname":"DiskFull","severity":"critical","team":"checkout"}}]"#);
}

#[tokio::test]
async fn alerts_are_filtered_as_amtool_asks() {
    let app = TestApp::new();
    for name in ["A", "B", "C"] {
        app.fire(name, "critical").await;
    }
    let count = async |query: &str| {
        let reply = app.get(&As::Local, &format!("/api/v2/alerts?{query}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        reply.value().as_array().unwrap().len()
    };
    assert_eq!(count("").await, 3);
    assert_eq!(count("active=true&silenced=false&inhibited=false&unprocessed=false").await, 3);
    assert_eq!(count("active=false").await, 0);
    assert_eq!(count("filter=alertname%3D%22A%22&filter=team%3D%22checkout%22").await, 1);
    assert_eq!(count("filter=alertname%3D~%22A%7CB%22").await, 2);
    assert_eq!(count("receiver=check.*").await, 3);
    assert_eq!(count("receiver=check").await, 0);
    assert_eq!(count("nonsense=1").await, 3);
    let reply = app.get(&As::Local, "/api/v2/alerts").await.value();
    let prints: Vec<_> =
        reply.as_array().unwrap().iter().map(|alert| alert["fingerprint"].to_string()).collect();
    assert!(prints.is_sorted(), "{prints:?}");
    for query in ["filter=no", "receiver=("] {
        let reply = app.get(&As::Local, &format!("/api/v2/alerts?{query}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert!(reply.value().is_string(), "{}", reply.body);
    }
}

#[tokio::test]
async fn the_status_shows_a_configuration_without_secrets() {
    let app = TestApp::new();
    let reply = app.get(&As::Local, "/api/v2/status").await;
    let status = reply.value();
    let original = &status["config"]["original"];
    let original = original.as_str().unwrap();
    for secret in ["smtp-secret", "slack-secret", "url-secret", "path-secret", "basic-secret"] {
        assert!(!reply.body.contains(secret), "{secret} is shown");
    }
    assert_snapshot!(original, @r##"
    global:
      smtp_smarthost: "smtp.example.com:587"
      smtp_from: "alerts@example.com"
      smtp_auth_username: "alerts"
      smtp_auth_password: "<secret>"
      slack_api_url: "https://hooks.slack.com/<secret>"
      resolve_timeout: "5m"
      smtp_hello: "localhost"
      pagerduty_url: "https://events.pagerduty.com/v2/enqueue"
      opsgenie_api_url: "https://api.opsgenie.com/"
      wechat_api_url: "https://qyapi.weixin.qq.com/cgi-bin/"
      victorops_api_url: "https://alert.victorops.com/integrations/generic/20131114/alert/"
      telegram_api_url: "https://api.telegram.org"
      webex_api_url: "https://webexapis.com/v1/messages"
      smtp_require_tls: true
      http_config:
        follow_redirects: true
        enable_http2: true
    route:
      receiver: "default"
      group_by:
        - "alertname"
      routes:
        - matchers:
            - "team=\"checkout\""
          receiver: "checkout"
          group_wait: "10s"
          continue: true
        - match:
            url: "http://a.example/kept"
          receiver: "hook"
    receivers:
      - name: "default"
      - name: "checkout"
        slack_configs:
          - channel: "#checkout"
            title: "{{ .CommonAnnotations.summary }}"
            send_resolved: true
      - name: "hook"
        webhook_configs:
          - url: "http://127.0.0.1:9999/<secret>"
            max_alerts: 10
            http_config:
              basic_auth:
                username: "ana"
                password: "<secret>"
    "##);
}

#[tokio::test]
async fn the_status_says_which_release_is_spoken() {
    let app = TestApp::new();
    let mut status = app.get(&As::Local, "/api/v2/status").await.value();
    status["config"]["original"].take();
    assert_snapshot!(serde_json::to_string_pretty(&status).unwrap(), @r#"
    {
      "cluster": {
        "peers": [],
        "status": "disabled"
      },
      "config": {
        "original": null
      },
      "uptime": "2026-01-05T09:00:00.000Z",
      "versionInfo": {
        "branch": "",
        "buildDate": "",
        "buildUser": "",
        "goVersion": "",
        "revision": "stentor-0.1.0",
        "version": "0.25.0"
      }
    }
    "#);
}

#[tokio::test]
async fn the_configuration_is_read_by_amtool() {
    let app = TestApp::new();
    let status = app.get(&As::Local, "/api/v2/status").await.value();
    let mut amtool = Command::new("amtool")
        .args(["config", "routes", "test", "--config.file=/dev/stdin", "team=checkout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("amtool is installed: apt-get install prometheus-alertmanager");
    let text = status["config"]["original"].as_str().unwrap();
    amtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = amtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.trim(), "checkout", "{}", String::from_utf8_lossy(&output.stderr));
}

/// Files with what only newer releases know; each is a configuration that the plan takes.
const CONFIGS: &str = include_str!("../../../domain/src/plan/scenarios/configs.txt");

#[tokio::test]
async fn what_amtool_does_not_know_yet_is_left_out_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alertmanager.yml");
    let app = TestApp::new();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for line in CONFIGS.lines() {
        let Some(("recv", yaml)) =
            line.strip_prefix("ok new ").and_then(|rest| rest.split_once(' '))
        else {
            continue;
        };
        let text = format!(
            "tracing: {{ endpoint: 'a:1' }}\ninhibit_rules: [{{ name: n }}]\n\
             route: {{ receiver: r, labels: {{ a: b }} }}\nreceivers: [{{ name: r, {yaml} }}]\n"
        );
        app.plan(|in_force| {
            in_force.files.insert("alertmanager.yml".to_owned(), text);
        });
        let status = app.get(&As::Local, "/api/v2/status").await.value();
        std::fs::write(&path, status["config"]["original"].as_str().unwrap()).unwrap();
        let output = Command::new("amtool").arg("check-config").arg(&path).output().unwrap();
        if !output.status.success() {
            wrong.push(format!("{line}\n{}", String::from_utf8_lossy(&output.stdout)));
        }
        asked += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked >= 10, "{asked}");
}

#[tokio::test]
async fn there_are_receivers_and_no_silences() {
    let app = TestApp::new();
    let receivers = app.get(&As::Local, "/api/v2/receivers").await;
    assert_eq!(
        receivers.value(),
        json!([{ "name": "checkout" }, { "name": "default" }, { "name": "hook" }])
    );
    assert_eq!(app.get(&As::Local, "/api/v2/silences?filter=a%3Db").await.value(), json!([]));
    let refused = app.post(&As::Local, "/api/v2/silences", json!({})).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_snapshot!(refused.body, @r#""Stentor has no silences yet: nothing was silenced. Acknowledge or resolve the page instead.""#);
    let id = "/api/v2/silence/7d8b0b1e-5a8b-4a53-9a4b-1d6a4f0d9d0a";
    for method in [Method::GET, Method::DELETE] {
        let reply = app.json(&As::Local, method, id, Value::Null).await;
        assert_eq!((reply.status, reply.body.as_str()), (StatusCode::NOT_FOUND, ""));
    }
}

#[tokio::test]
async fn the_old_api_is_gone() {
    let app = TestApp::new();
    assert_snapshot!(app.show(&app.post(&As::Local, "/api/v1/alerts", json!([])).await), @r#"
    410
    {
      "code": "gone",
      "detail": "Alertmanager's API v1 is no more; send to /api/v2 as Alertmanager 0.16 and later do.",
      "status": 410,
      "title": "Gone",
      "type": "about:blank"
    }
    "#);
    for path in
        ["/api/v1/status", "/api/v1/receivers", "/api/v1/silence/x", "/api/v1/alerts/groups"]
    {
        assert_eq!(app.get(&As::Local, path).await.status, StatusCode::GONE, "{path}");
    }
}
