//! Pages and their deliveries over the API.

#![expect(clippy::too_many_lines, reason = "an expected answer stands beside its request")]

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::json;

use super::TestApp;
use crate::auth::{Role, Scope};

#[tokio::test]
async fn a_page_shows_who_was_asked_why_and_who_is_next() {
    let app = TestApp::new();
    let token = app.token("read", &[Scope::Read]);
    app.fire("DiskFull", "warning").await;
    app.advance(10);
    let sent = app.deliver("250 queued as 4711");
    assert_eq!(sent.len(), 2, "the person and the receiver's channel");
    let list = app.get(&token, "/api/v1/pages?open=true&state=triggered").await;
    assert_snapshot!(app.show(&list), @r#"
    200
    {
      "items": [
        {
          "acknowledged": null,
          "firing": 1,
          "id": "page_#1",
          "incident": null,
          "resolved": null,
          "service": "checkout",
          "severity": {
            "level": 3,
            "name": "Sev-3",
            "title": "Medium"
          },
          "started_at": "2026-01-05T09:00:00.000000Z",
          "state": "triggered",
          "title": "DiskFull: Checkout is slow",
          "triggered_at": "2026-01-05T09:00:10.000000Z",
          "url": "https://stentor.example.com/pages/page_#1"
        }
      ],
      "next": null
    }
    "#);
    let id = list.value()["items"][0]["id"].as_str().unwrap().to_owned();
    let shown = app.get(&token, &format!("/api/v1/pages/{id}")).await;
    assert_snapshot!(app.show(&shown), @r#"
    200
    {
      "acknowledged": null,
      "alerts": [
        {
          "annotations": {
            "summary": "Checkout is slow"
          },
          "ends_at": "2026-01-05T13:00:00.000000Z",
          "fingerprint": "142ba2bb02c4cfaa",
          "generator_url": "http://prometheus.example/graph",
          "labels": {
            "alertname": "DiskFull",
            "severity": "warning",
            "team": "checkout"
          },
          "starts_at": "2026-01-05T09:00:00.000000Z",
          "state": "firing",
          "updated_at": "2026-01-05T09:00:00.000000Z"
        }
      ],
      "asked": [
        {
          "at": "2026-01-05T09:00:10.000000Z",
          "name": "Ben",
          "person": "ben",
          "why": "on call for primary until Mon 2026-01-12 09:00 Europe/Berlin"
        }
      ],
      "deliveries": [
        {
          "attempt_count": 1,
          "attempts": [
            {
              "detail": "250 queued as 4711",
              "finished_at": "2026-01-05T09:00:10.000000Z",
              "number": 1,
              "outcome": "sent",
              "started_at": "2026-01-05T09:00:10.000000Z"
            }
          ],
          "channel": "mail",
          "created_at": "2026-01-05T09:00:10.000000Z",
          "detail": "250 queued as 4711",
          "due_at": null,
          "expires_at": null,
          "id": "dlv_#2",
          "page": "page_#1",
          "purpose": "act",
          "state": "sent",
          "to": "ben"
        }
      ],
      "firing": 1,
      "id": "page_#1",
      "incident": null,
      "incident_name": null,
      "next_step": {
        "at": "2026-01-05T09:05:10.000000Z",
        "people": [
          {
            "name": "Ben",
            "person": "ben",
            "why": "named in the escalation policy"
          }
        ]
      },
      "policy": "platform",
      "resolved": null,
      "runbook": "https://runbooks.example.com/checkout",
      "service": "checkout",
      "severity": {
        "level": 3,
        "name": "Sev-3",
        "title": "Medium"
      },
      "started_at": "2026-01-05T09:00:00.000000Z",
      "state": "triggered",
      "summary": [
        "Checkout is slow"
      ],
      "timeline": [
        {
          "by": {
            "kind": "system",
            "name": "Stentor"
          },
          "happened_at": "2026-01-05T09:00:00.000000Z",
          "kind": "alert",
          "recorded_at": "2026-01-05T09:00:10.000000Z",
          "seq": 1,
          "subject": "page_#1",
          "text": "Alert DiskFull (team=checkout) fired"
        },
        {
          "by": {
            "kind": "system",
            "name": "Stentor"
          },
          "happened_at": "2026-01-05T09:00:10.000000Z",
          "kind": "page",
          "recorded_at": "2026-01-05T09:00:10.000000Z",
          "seq": 2,
          "subject": "page_#1",
          "text": "Page triggered: DiskFull: Checkout is slow"
        },
        {
          "by": {
            "kind": "system",
            "name": "Stentor"
          },
          "happened_at": "2026-01-05T09:00:10.000000Z",
          "kind": "page",
          "recorded_at": "2026-01-05T09:00:10.000000Z",
          "seq": 3,
          "subject": "page_#1",
          "text": "Paged Ben (on call for primary until Mon 2026-01-12 09:00 Europe/Berlin; step 1)"
        },
        {
          "by": {
            "kind": "system",
            "name": "Stentor"
          },
          "happened_at": "2026-01-05T09:00:10.000000Z",
          "kind": "delivery",
          "recorded_at": "2026-01-05T09:00:10.000000Z",
          "seq": 4,
          "subject": "page_#1",
          "text": "Sent to Ben over mail"
        }
      ],
      "title": "DiskFull: Checkout is slow",
      "triggered_at": "2026-01-05T09:00:10.000000Z",
      "url": "https://stentor.example.com/pages/page_#1"
    }
    "#);
    let deliveries = app.get(&token, &format!("/api/v1/deliveries?page={id}")).await;
    assert_snapshot!(app.show(&deliveries), @r#"
    200
    {
      "items": [
        {
          "attempt_count": 1,
          "channel": "mail",
          "created_at": "2026-01-05T09:00:10.000000Z",
          "detail": "250 queued as 4711",
          "due_at": null,
          "expires_at": null,
          "id": "dlv_#2",
          "page": "page_#1",
          "purpose": "act",
          "state": "sent",
          "to": "ben"
        }
      ],
      "next": null
    }
    "#);
    let delivery = deliveries.value()["items"][0]["id"].as_str().unwrap().to_owned();
    let delivery = app.get(&token, &format!("/api/v1/deliveries/{delivery}")).await;
    assert_snapshot!(app.show(&delivery), @r#"
    200
    {
      "attempt_count": 1,
      "attempts": [
        {
          "detail": "250 queued as 4711",
          "finished_at": "2026-01-05T09:00:10.000000Z",
          "number": 1,
          "outcome": "sent",
          "started_at": "2026-01-05T09:00:10.000000Z"
        }
      ],
      "channel": "mail",
      "created_at": "2026-01-05T09:00:10.000000Z",
      "detail": "250 queued as 4711",
      "due_at": null,
      "expires_at": null,
      "id": "dlv_#2",
      "page": "page_#1",
      "purpose": "act",
      "state": "sent",
      "to": "ben"
    }
    "#);
    assert!(!delivery.body.contains("/l/"), "the link that answers a page is its reader's secret");
}

#[tokio::test]
async fn a_page_is_answered_once() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let body = json!({ "title": "Help", "details": "The tills are dead.", "service": "checkout", "severity": "P2" });
    let made = app.post(&ana, "/api/v1/pages", body).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(made.headers["location"], format!("/api/v1/pages/{}", made.text("id")).as_str());
    assert_snapshot!(app.show(&made), @r#"
    201
    {
      "acknowledged": null,
      "alerts": [],
      "asked": [
        {
          "at": "2026-01-05T09:00:00.000000Z",
          "name": "Ben",
          "person": "ben",
          "why": "on call for primary until Mon 2026-01-12 09:00 Europe/Berlin"
        }
      ],
      "deliveries": [
        {
          "attempt_count": 0,
          "attempts": [],
          "channel": "mail",
          "created_at": "2026-01-05T09:00:00.000000Z",
          "detail": "",
          "due_at": "2026-01-05T09:00:00.000000Z",
          "expires_at": null,
          "id": "dlv_#1",
          "page": "page_#2",
          "purpose": "act",
          "state": "queued",
          "to": "ben"
        }
      ],
      "firing": 0,
      "id": "page_#2",
      "incident": "inc_#3",
      "incident_name": "INC-1",
      "next_step": {
        "at": "2026-01-05T09:05:00.000000Z",
        "people": [
          {
            "name": "Ben",
            "person": "ben",
            "why": "named in the escalation policy"
          }
        ]
      },
      "policy": "platform",
      "resolved": null,
      "runbook": "https://runbooks.example.com/checkout",
      "service": "checkout",
      "severity": {
        "level": 2,
        "name": "Sev-2",
        "title": "High"
      },
      "started_at": "2026-01-05T09:00:00.000000Z",
      "state": "triggered",
      "summary": [
        "The tills are dead."
      ],
      "timeline": [
        {
          "by": {
            "kind": "person",
            "name": "Ana Ops",
            "person": "ana"
          },
          "happened_at": "2026-01-05T09:00:00.000000Z",
          "kind": "page",
          "recorded_at": "2026-01-05T09:00:00.000000Z",
          "seq": 1,
          "subject": "page_#2",
          "text": "Page triggered: Help"
        },
        {
          "by": {
            "kind": "system",
            "name": "Stentor"
          },
          "happened_at": "2026-01-05T09:00:00.000000Z",
          "kind": "page",
          "recorded_at": "2026-01-05T09:00:00.000000Z",
          "seq": 2,
          "subject": "page_#2",
          "text": "Paged Ben (on call for primary until Mon 2026-01-12 09:00 Europe/Berlin; step 1)"
        },
        {
          "by": {
            "kind": "system",
            "name": "Stentor"
          },
          "happened_at": "2026-01-05T09:00:00.000000Z",
          "kind": "page",
          "recorded_at": "2026-01-05T09:00:00.000000Z",
          "seq": 5,
          "subject": "page_#2",
          "text": "Page joined the incident"
        }
      ],
      "title": "Help",
      "triggered_at": "2026-01-05T09:00:00.000000Z",
      "url": "https://stentor.example.com/pages/page_#2"
    }
    "#);
    let path = |verb: &str| format!("/api/v1/pages/{}/{verb}", made.text("id"));
    app.advance(60);
    let acknowledged = app.post(&ana, &path("acknowledge"), json!({})).await;
    assert_eq!(acknowledged.status, StatusCode::OK);
    let value = acknowledged.value();
    assert_eq!(value["next_step"], serde_json::Value::Null);
    assert_eq!(
        value["acknowledged"]["by"],
        json!({ "kind": "person", "name": "Ana Ops", "person": "ana" })
    );
    assert_eq!(value["acknowledged"]["at"], "2026-01-05T09:01:00.000000Z");
    let again = app.post(&ana, &path("acknowledge"), json!({})).await;
    assert_snapshot!(app.show(&again), @r#"
    409
    {
      "code": "conflict",
      "detail": "This page is already acknowledged by Ana Ops.",
      "status": 409,
      "title": "Conflict",
      "type": "about:blank"
    }
    "#);
    assert_eq!(app.post(&ana, &path("resolve"), json!({})).await.status, StatusCode::OK);
    let over = app.post(&ana, &path("resolve"), json!({})).await;
    assert_snapshot!(app.show(&over), @r#"
    409
    {
      "code": "conflict",
      "detail": "This page is already resolved.",
      "status": 409,
      "title": "Conflict",
      "type": "about:blank"
    }
    "#);
    let extra = app.post(&ana, &path("resolve"), json!({ "because": "x" })).await;
    assert_eq!((extra.status.as_u16(), extra.text("field")), (422, "because".into()));
}

#[tokio::test]
async fn pages_are_listed_newest_first_and_continued() {
    let app = TestApp::new();
    let token = app.token("ci", &[Scope::Respond]);
    for title in ["one", "two", "three"] {
        app.post(&token, "/api/v1/pages", json!({ "title": title, "policy": "platform" })).await;
        app.advance(1);
    }
    let first = app.get(&token, "/api/v1/pages?limit=2").await.value();
    assert_eq!(
        (&first["items"][0]["title"], &first["items"][1]["title"]),
        (&json!("three"), &json!("two"))
    );
    let next = first["next"].as_str().unwrap();
    let rest = app.get(&token, &format!("/api/v1/pages?limit=2&after={next}")).await.value();
    assert_eq!(rest["items"][0]["title"], "one");
    assert_eq!(rest["next"], serde_json::Value::Null);
    let other = app.get(&token, &format!("/api/v1/deliveries?after={next}")).await;
    assert_eq!(
        other.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a place in another list is none here"
    );
}
