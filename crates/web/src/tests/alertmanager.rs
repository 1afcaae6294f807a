//! What amtool and its relatives see.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::TestApp;
use super::app::As;
use crate::auth::Scope;

#[tokio::test]
async fn alerts_are_shown_as_alertmanager_shows_them() {
    let app = TestApp::new();
    app.fire("DiskFull", "critical").await;
    let reply = app.get(&As::Local, "/api/v2/alerts/").await;
    assert_snapshot!(reply.body, @r#"[{"annotations":{"summary":"Checkout is slow"},"endsAt":"2026-01-05T13:00:00.000Z","fingerprint":"c0bb86119850317d","receivers":[{"name":"checkout"}],"startsAt":"2026-01-05T09:00:00.000Z","status":{"inhibitedBy":[],"mutedBy":[],"silencedBy":[],"state":"active"},"updatedAt":"2026-01-05T09:00:00.000Z","generatorURL":"http://prometheus.example/graph","labels":{"alertname":"DiskFull","severity":"critical","team":"checkout"}}]"#);
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
    let (shared, _) = original.split_once("receivers:").unwrap();
    assert_snapshot!(shared, @r##"
    global:
      smtp_smarthost: "smtp.example.com:587"
      smtp_from: "alerts@example.com"
      smtp_auth_username: "alerts"
      smtp_auth_password: "<secret>"
      slack_api_url: "<secret>"
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
          continue: false
      continue: false
    "##);
}

#[tokio::test]
async fn the_status_shows_what_receivers_have_by_default() {
    let app = TestApp::new();
    let status = app.get(&As::Local, "/api/v2/status").await.value();
    let original = status["config"]["original"].as_str().unwrap();
    let receivers = original.find("receivers:").unwrap();
    assert_snapshot!(&original[receivers..], @r##"
    receivers:
      - name: "default"
      - name: "checkout"
        slack_configs:
          - channel: "#checkout"
            title: "{{ .CommonAnnotations.summary }}"
            send_resolved: true
            api_url: "<secret>"
            username: "{{ template \"slack.default.username\" . }}"
            color: "{{ template \"slack.default.color\" . }}"
            title_link: "{{ template \"slack.default.titlelink\" . }}"
            pretext: "{{ template \"slack.default.pretext\" . }}"
            text: "{{ template \"slack.default.text\" . }}"
            short_fields: false
            footer: "{{ template \"slack.default.footer\" . }}"
            fallback: "{{ template \"slack.default.fallback\" . }}"
            callback_id: "{{ template \"slack.default.callbackid\" . }}"
            icon_emoji: "{{ template \"slack.default.iconemoji\" . }}"
            icon_url: "{{ template \"slack.default.iconurl\" . }}"
            link_names: false
            http_config:
              follow_redirects: true
              enable_http2: true
      - name: "hook"
        webhook_configs:
          - url: "http://127.0.0.1:9999/<secret>"
            max_alerts: 10
            http_config:
              basic_auth:
                username: "ana"
                password: "<secret>"
              follow_redirects: true
              enable_http2: true
            send_resolved: true
    templates: []
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
async fn a_silence_goes_its_way_as_amtool_leads_it() {
    let app = TestApp::new();
    for name in ["A", "B"] {
        app.fire(name, "critical").await;
    }
    let body = json!({
        "matchers": [{ "name": "alertname", "value": "A", "isRegex": false, "isEqual": true }],
        "startsAt": "2026-01-05T08:00:00.000Z",
        "endsAt": "2026-01-05T11:00:00.000Z",
        "createdBy": "ana",
        "comment": "works",
    });
    let closed = app.post(&As::Local, "/api/v2/silences", body.clone()).await;
    assert_eq!(closed.status, StatusCode::UNAUTHORIZED);
    let ana = app.token("ana", &[Scope::Respond, Scope::Read]);
    let made = app.post(&ana, "/api/v2/silences", body.clone()).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let id = made.text("silenceID");
    let shown = app.get(&As::Local, "/api/v2/silences?filter=alertname%3DA").await.value();
    assert_eq!(shown[0]["id"], json!(id));
    assert_eq!(shown[0]["status"], json!({ "state": "active" }));
    assert_eq!(shown[0]["startsAt"], json!("2026-01-05T09:00:00.000Z"), "the past is now");
    assert_eq!(
        app.get(&As::Local, "/api/v2/silences?filter=alertname%3DB").await.value(),
        json!([])
    );

    let alerts = app.get(&As::Local, "/api/v2/alerts?active=false").await.value();
    assert_eq!(alerts.as_array().unwrap().len(), 1);
    assert_eq!(alerts[0]["status"]["silencedBy"], json!([id]));
    assert_eq!(alerts[0]["status"]["state"], json!("suppressed"));
    let groups = app.get(&As::Local, "/api/v2/alerts/groups?silenced=false").await.value();
    assert_eq!(groups.as_array().unwrap().len(), 1);
    assert_eq!(groups[0]["alerts"][0]["labels"]["alertname"], json!("B"));
    assert_eq!(groups[0]["receiver"], json!({ "name": "checkout" }));

    let path = format!("/api/v2/silence/{id}");
    let mut longer = body;
    longer["id"] = json!(id);
    longer["startsAt"] = json!("2026-01-05T09:00:00.000Z");
    longer["endsAt"] = json!("2026-01-05T12:00:00.000Z");
    let changed = app.post(&ana, "/api/v2/silences", longer).await;
    assert_eq!(changed.text("silenceID"), id);
    for _ in 0..2 {
        let ended = app.json(&ana, Method::DELETE, &path, Value::Null).await;
        assert_eq!((ended.status, ended.body.as_str()), (StatusCode::OK, ""));
    }
    let ended = app.get(&As::Local, &path).await.value();
    assert_eq!(ended["status"], json!({ "state": "expired" }));
    let alerts = app.get(&As::Local, "/api/v2/alerts?active=false").await.value();
    assert_eq!(alerts, json!([]));
}

#[tokio::test]
async fn a_change_over_api_v2_keeps_what_it_has_no_words_for() {
    let app = TestApp::new();
    let ana = app.token("ana", &[Scope::Respond, Scope::Read]);
    let daily = json!({ "repeats": { "every": "day", "zone": "UTC" } });
    for extra in [daily, json!({ "until_resolved": true })] {
        let mut body = json!({ "matchers": ["alertname=\"A\""], "duration": "1h" });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let made = app.post(&ana, "/api/v1/silences", body).await.value();
        let id = made["id"].as_str().unwrap();
        // As `amtool silence update` does: read, change, write.
        let mut seen = app.get(&ana, &format!("/api/v2/silence/{id}")).await.value();
        seen["endsAt"] = json!("2026-01-05T11:00:00.000Z");
        let changed = app.post(&ana, "/api/v2/silences", seen.clone()).await;
        assert_eq!(changed.text("silenceID"), id);
        let now = app.get(&ana, &format!("/api/v1/silences/{id}")).await.value();
        assert_eq!(now["ends_at"], "2026-01-05T11:00:00.000000Z");
        for field in ["repeats", "until_resolved"] {
            assert_eq!(now[field], made[field], "{extra}");
        }
        if extra["repeats"].is_object() {
            seen["endsAt"] = json!("2026-01-07T09:00:00.000Z");
            let long = app.post(&ana, "/api/v2/silences", seen).await;
            assert_eq!(long.status, StatusCode::BAD_REQUEST, "{}", long.body);
        }
    }
}

#[tokio::test]
async fn a_silence_that_makes_no_sense_is_refused_in_alertmanagers_words() {
    let app = TestApp::new();
    let ana = app.token("ana", &[Scope::Respond]);
    let matcher = |name: &str, value: &str, is_regex: bool| json!([{ "name": name, "value": value, "isRegex": is_regex }]);
    let body = |matchers: Value, ends: &str| {
        json!({
            "matchers": matchers, "startsAt": "2026-01-05T09:00:00Z", "endsAt": ends,
            "createdBy": "", "comment": "",
        })
    };
    let later = "2026-01-05T11:00:00Z";
    for (body, status, says) in [
        (json!({}), 422, r#"{"code":602,"message":"comment in body is required"}"#),
        (
            body(json!([]), later),
            422,
            r#"{"code":612,"message":"matchers in body should have at least 1 items"}"#,
        ),
        (
            body(json!([{}]), later),
            422,
            r#"{"code":602,"message":"matchers.0.isRegex in body is required"}"#,
        ),
        (
            body(matcher("a", "", false), later),
            400,
            r#""silence invalid: at least one matcher must not match the empty string""#,
        ),
        (
            body(matcher("a", "b", false), "2026-01-05T08:00:00Z"),
            400,
            r#""Failed to create silence: start time must be before end time""#,
        ),
    ] {
        let refused = app.post(&ana, "/api/v2/silences", body).await;
        assert_eq!((refused.status.as_u16(), refused.body.as_str()), (status, says));
    }
    let pattern = app.post(&ana, "/api/v2/silences", body(matcher("a", "(", true), later)).await;
    assert_eq!(pattern.status, StatusCode::BAD_REQUEST);
    let unknown = "/api/v2/silence/7d8b0b1e-5a8b-4a53-9a4b-1d6a4f0d9d0a";
    for (method, who) in [(Method::GET, &As::Local), (Method::DELETE, &ana)] {
        let reply = app.json(who, method, unknown, Value::Null).await;
        assert_eq!((reply.status, reply.body.as_str()), (StatusCode::NOT_FOUND, ""));
    }
    let no_uuid = app.get(&As::Local, "/api/v2/silence/x").await;
    assert_eq!(no_uuid.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn receivers_have_names() {
    let app = TestApp::new();
    let receivers = app.get(&As::Local, "/api/v2/receivers").await;
    let names = json!([{ "name": "default" }, { "name": "checkout" }, { "name": "hook" }]);
    assert_eq!(receivers.value(), names);
}

#[tokio::test]
async fn receivers_are_found_by_their_labels_and_so_are_their_alerts() {
    let app = TestApp::new();
    app.fire("A", "critical").await;
    app.plan(|in_force| {
        let mut plan = (*in_force.plan).clone();
        let checkout = plan.receivers.get_mut("checkout").unwrap();
        checkout.labels = [("team", "shop")].into_iter().collect();
        in_force.plan = Arc::new(plan);
    });
    let get = async |path: &str| app.get(&As::Local, &format!("/api/v2/{path}")).await.value();
    let labelled = json!({ "name": "checkout", "labels": { "team": "shop" } });
    let all = json!([{ "name": "default" }, labelled, { "name": "hook" }]);
    assert_eq!(get("receivers").await, all);
    assert_eq!(get("receivers?receiver_matchers=team%3D%22shop%22").await, json!([labelled]));
    let count = async |path: &str| get(path).await.as_array().unwrap().len();
    for (query, found) in
        [("team%3Dshop", 1), ("team%3D~s.*", 1), ("team%3Dother", 0), ("team%3D%22%22", 0)]
    {
        for path in ["alerts", "alerts/groups"] {
            let path = format!("{path}?receiver_matchers={query}");
            assert_eq!(count(&path).await, found, "{path}");
        }
    }
    for path in ["receivers", "alerts", "alerts/groups"] {
        for bad in ["", "no", "a%3D~("] {
            let path = format!("/api/v2/{path}?receiver_matchers={bad}");
            let reply = app.get(&As::Local, &path).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}");
        }
    }
}

#[tokio::test]
async fn the_alerts_of_a_group_name_only_receivers_that_were_asked_for() {
    let app = TestApp::new();
    let alert = json!([{ "labels": { "team": "checkout", "url": "http://a.example/kept" } }]);
    app.post(&As::Local, "/api/v2/alerts", alert).await;
    let receivers = async |path: &str| {
        let found = app.get(&As::Local, &format!("/api/v2/{path}")).await.value();
        let of_group = found.pointer("/0/alerts/0/receivers");
        of_group.unwrap_or_else(|| &found[0]["receivers"]).clone()
    };
    let both = json!([{ "name": "checkout" }, { "name": "hook" }]);
    assert_eq!(receivers("alerts/groups").await, both);
    assert_eq!(receivers("alerts?receiver=ho.k").await, both);
    assert_eq!(receivers("alerts/groups?receiver=ho.k").await, json!([{ "name": "hook" }]));
}

#[tokio::test]
async fn silences_take_times_and_truth_values_as_alerts_do() {
    let app = TestApp::new();
    let ana = app.token("ana", &[Scope::Respond]);
    let make = async |starts: &str, ends: &str| {
        let body = json!({
            "matchers": [{ "name": "a", "value": "b", "isRegex": false }],
            "startsAt": starts, "endsAt": ends, "createdBy": "ana", "comment": "c",
        });
        app.post(&ana, "/api/v2/silences", body).await.status
    };
    for (starts, ends) in [
        ("2020-01-01T00:00:00.123456", "2030-01-01T00:00"),
        ("2020-01-01T00:00:00.1234567891Z", "2030-01-01T00:00:00+02:00"),
    ] {
        assert_eq!(make(starts, ends).await, StatusCode::OK, "{starts}");
    }
    for (starts, ends) in [("", "2030-01-01T00:00"), ("2020-01-01T00:00", ""), ("today", "x")] {
        assert_eq!(make(starts, ends).await, StatusCode::BAD_REQUEST, "{starts}");
    }
    for (query, found) in [
        ("", 2),
        ("active=", 2),
        ("active=yes", 2),
        ("active=0", 0),
        ("active=no", 0),
        ("active=nope", 0),
        ("expired=0", 2),
    ] {
        let path = format!("/api/v2/silences?{query}");
        let shown = app.get(&As::Local, &path).await.value();
        assert_eq!(shown.as_array().unwrap().len(), found, "{query}");
    }
}

#[tokio::test]
async fn an_empty_annotation_is_shown_as_it_came() {
    let app = TestApp::new();
    let alert = json!([{ "labels": { "a": "b", "c": "" }, "annotations": { "e": "", "s": "x" } }]);
    app.post(&As::Local, "/api/v2/alerts", alert).await;
    let shown = app.get(&As::Local, "/api/v2/alerts").await.value();
    assert_eq!(shown[0]["annotations"], json!({ "e": "", "s": "x" }));
    assert_eq!(shown[0]["labels"], json!({ "a": "b" }));
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
