//! Alerts over the API.

use axum::http::StatusCode;
use insta::assert_snapshot;

use super::TestApp;
use crate::auth::Scope;

#[tokio::test]
async fn an_alert_shows_where_it_goes_and_why() {
    let app = TestApp::new();
    let token = app.token("read", &[Scope::Read]);
    app.fire("DiskFull", "critical").await;
    app.advance(10);
    let list = app.get(&token, "/api/v1/alerts").await;
    assert_snapshot!(app.show(&list), @r#"
    200
    {
      "items": [
        {
          "annotations": {
            "summary": "Checkout is slow"
          },
          "ends_at": "2026-01-05T13:00:00.000000Z",
          "fingerprint": "c0bb86119850317d",
          "generator_url": "http://prometheus.example/graph",
          "labels": {
            "alertname": "DiskFull",
            "severity": "critical",
            "team": "checkout"
          },
          "starts_at": "2026-01-05T09:00:00.000000Z",
          "state": "firing",
          "updated_at": "2026-01-05T09:00:00.000000Z"
        }
      ],
      "next": null
    }
    "#);
    let fingerprint = list.value()["items"][0]["fingerprint"].as_str().unwrap().to_owned();
    let shown = app.get(&token, &format!("/api/v1/alerts/{fingerprint}")).await;
    assert_snapshot!(app.show(&shown), @r#"
    200
    {
      "annotations": {
        "summary": "Checkout is slow"
      },
      "ends_at": "2026-01-05T13:00:00.000000Z",
      "fingerprint": "c0bb86119850317d",
      "generator_url": "http://prometheus.example/graph",
      "labels": {
        "alertname": "DiskFull",
        "severity": "critical",
        "team": "checkout"
      },
      "routes": [
        {
          "group": "{}/{team=\"checkout\"}:{alertname=\"DiskFull\"}",
          "page": "page_#1",
          "policy": "platform",
          "receiver": "checkout",
          "route": "{}/{team=\"checkout\"}",
          "why": "the labels fit {team=\"checkout\"} in line 11 of alertmanager.yml"
        }
      ],
      "service": "checkout",
      "starts_at": "2026-01-05T09:00:00.000000Z",
      "state": "firing",
      "updated_at": "2026-01-05T09:00:00.000000Z"
    }
    "#);
}

#[tokio::test]
async fn a_list_of_alerts_is_filtered_and_continued() {
    let app = TestApp::new();
    let token = app.token("read", &[Scope::Read]);
    for name in ["A", "B", "C", "D", "E"] {
        app.fire(name, if name == "C" { "warning" } else { "critical" }).await;
    }
    let names = async |query: &str| {
        let reply = app.get(&token, &format!("/api/v1/alerts?{query}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        let items = reply.value()["items"].as_array().unwrap().clone();
        let name =
            |item: &serde_json::Value| item["labels"]["alertname"].as_str().unwrap().to_owned();
        let next = reply.value()["next"].as_str().map(str::to_owned);
        (items.iter().map(name).collect::<Vec<_>>(), next)
    };
    assert_eq!(names("name=B").await.0, ["B"]);
    assert_eq!(names("filter=severity%3D%22warning%22").await.0, ["C"]);
    assert!(names("filter=severity%3D%22warning%22&filter=alertname!%3DC").await.0.is_empty());
    assert!(names("state=resolved").await.0.is_empty());
    assert_eq!(names("state=firing").await.0.len(), 5);
    for filter in ["", "&filter=severity%3D~%22.%2B%22"] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let (page, next) = names(&format!("limit=2{filter}{after}")).await;
            seen.extend(page);
            let Some(next) = next else { break };
            after = format!("&after={next}");
        }
        seen.sort();
        assert_eq!(seen, ["A", "B", "C", "D", "E"], "each one once");
    }
}
