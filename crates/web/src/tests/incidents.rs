//! Incidents and their postmortems over the API.

#![expect(clippy::too_many_lines, reason = "an expected answer stands beside its request")]

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use insta::assert_snapshot;
use serde_json::json;

use super::TestApp;
use super::app::{As, Reply};
use crate::auth::Role;

async fn declared(app: &TestApp, who: &As) -> Reply {
    let body = json!({ "title": "Tills are dead", "severity": "critical", "service": "checkout",
                       "started_at": "2026-01-05T09:50:00+01:00" });
    app.post(who, "/api/v1/incidents", body).await
}

#[tokio::test]
async fn an_incident_is_declared_worked_on_and_shown() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let made = declared(&app, &ana).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_snapshot!(app.show(&made), @r#"
    201
    {
      "declared_at": "2026-01-05T09:00:00.000000Z",
      "declared_by": {
        "kind": "person",
        "name": "Ana Ops",
        "person": "ana"
      },
      "id": "inc_#1",
      "name": "INC-1",
      "number": 1,
      "pages": [],
      "resolved_at": null,
      "roles": {},
      "service": "checkout",
      "severity": {
        "level": 1,
        "name": "Sev-1",
        "title": "Critical"
      },
      "started_at": "2026-01-05T08:50:00.000000Z",
      "state": "declared",
      "timeline": [
        {
          "by": {
            "kind": "person",
            "name": "Ana Ops",
            "person": "ana"
          },
          "happened_at": "2026-01-05T09:00:00.000000Z",
          "kind": "state",
          "recorded_at": "2026-01-05T09:00:00.000000Z",
          "seq": 1,
          "subject": "inc_#1",
          "text": "Incident declared as Sev-1"
        }
      ],
      "title": "Tills are dead",
      "url": "https://stentor.example.com/incidents/inc_#1"
    }
    "#);
    app.advance(60);
    for (path, body) in [
        (
            "timeline",
            json!({ "kind": "decision", "text": "The pool was too small.", "happened_at": "2026-01-05T08:55:00Z" }),
        ),
        ("timeline", json!({ "kind": "action", "text": "Made it larger." })),
        ("severity", json!({ "severity": "P2" })),
        ("roles", json!({ "role": "commander", "to": "ben" })),
        ("state", json!({ "state": "identified" })),
        ("state", json!({ "state": "resolved", "happened_at": "2026-01-05T09:00:30Z" })),
    ] {
        let reply = app.post(&ana, &format!("/api/v1/incidents/INC-1/{path}"), body).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.body);
    }
    let shown = app.get(&ana, "/api/v1/incidents/1").await;
    assert_snapshot!(app.show(&shown), @r#"
    200
    {
      "declared_at": "2026-01-05T09:00:00.000000Z",
      "declared_by": {
        "kind": "person",
        "name": "Ana Ops",
        "person": "ana"
      },
      "id": "inc_#1",
      "name": "INC-1",
      "number": 1,
      "pages": [],
      "resolved_at": "2026-01-05T09:00:30.000000Z",
      "roles": {
        "commander": {
          "kind": "person",
          "name": "Ben",
          "person": "ben"
        }
      },
      "service": "checkout",
      "severity": {
        "level": 2,
        "name": "Sev-2",
        "title": "High"
      },
      "started_at": "2026-01-05T08:50:00.000000Z",
      "state": "resolved",
      "timeline": [
        {
          "by": {
            "kind": "person",
            "name": "Ana Ops",
            "person": "ana"
          },
          "happened_at": "2026-01-05T09:00:00.000000Z",
          "kind": "state",
          "recorded_at": "2026-01-05T09:00:00.000000Z",
          "seq": 1,
          "subject": "inc_#1",
          "text": "Incident declared as Sev-1"
        },
        {
          "by": {
            "kind": "person",
            "name": "Ana Ops",
            "person": "ana"
          },
          "happened_at": "2026-01-05T08:55:00.000000Z",
          "kind": "decision",
          "recorded_at": "2026-01-05T09:01:00.000000Z",
          "seq": 2,
          "subject": "inc_#1",
          "text": "The pool was too small."
        },
        {
          "by": {
            "kind": "person",
            "name": "Ana Ops",
            "person": "ana"
          },
          "happened_at": "2026-01-05T09:01:00.000000Z",
          "kind": "action",
          "recorded_at": "2026-01-05T09:01:00.000000Z",
          "seq": 3,
          "subject": "inc_#1",
          "text": "Made it larger."
        },
        {
          "by": {
            "kind": "person",
            "name": "Ana Ops",
            "person": "ana"
          },
          "happened_at": "2026-01-05T09:01:00.000000Z",
          "kind": "state",
          "recorded_at": "2026-01-05T09:01:00.000000Z",
          "seq": 4,
          "subject": "inc_#1",
          "text": "Severity changed from Sev-1 to Sev-2"
        },
        {
          "by": {
            "kind": "person",
            "name": "Ana Ops",
            "person": "ana"
          },
          "happened_at": "2026-01-05T09:01:00.000000Z",
          "kind": "role",
          "recorded_at": "2026-01-05T09:01:00.000000Z",
          "seq": 5,
          "subject": "inc_#1",
          "text": "Ben is Incident Commander"
        },
        {
          "by": {
            "kind": "person",
            "name": "Ana Ops",
            "person": "ana"
          },
          "happened_at": "2026-01-05T09:01:00.000000Z",
          "kind": "state",
          "recorded_at": "2026-01-05T09:01:00.000000Z",
          "seq": 6,
          "subject": "inc_#1",
          "text": "Incident identified"
        },
        {
          "by": {
            "kind": "person",
            "name": "Ana Ops",
            "person": "ana"
          },
          "happened_at": "2026-01-05T09:00:30.000000Z",
          "kind": "state",
          "recorded_at": "2026-01-05T09:01:00.000000Z",
          "seq": 7,
          "subject": "inc_#1",
          "text": "Incident resolved"
        }
      ],
      "title": "Tills are dead",
      "url": "https://stentor.example.com/incidents/inc_#1"
    }
    "#);
    let list = app.get(&ana, "/api/v1/incidents").await;
    assert_snapshot!(app.show(&list), @r#"
    200
    {
      "items": [
        {
          "declared_at": "2026-01-05T09:00:00.000000Z",
          "declared_by": {
            "kind": "person",
            "name": "Ana Ops",
            "person": "ana"
          },
          "id": "inc_#1",
          "name": "INC-1",
          "number": 1,
          "resolved_at": "2026-01-05T09:00:30.000000Z",
          "roles": {
            "commander": {
              "kind": "person",
              "name": "Ben",
              "person": "ben"
            }
          },
          "service": "checkout",
          "severity": {
            "level": 2,
            "name": "Sev-2",
            "title": "High"
          },
          "started_at": "2026-01-05T08:50:00.000000Z",
          "state": "resolved",
          "title": "Tills are dead",
          "url": "https://stentor.example.com/incidents/inc_#1"
        }
      ],
      "next": null
    }
    "#);
    assert_eq!(app.get(&ana, "/api/v1/incidents?open=true").await.value()["items"], json!([]));
    let log = stentor_store::audit::list(app.engine().db(), None, 20).unwrap();
    let deeds: Vec<_> = log.iter().rev().map(|deed| deed.action.as_str()).collect();
    assert_eq!(
        deeds,
        ["declare", "decision", "action", "rate", "assign", "identified", "resolved"]
    );
}

#[tokio::test]
async fn what_makes_no_sense_in_an_incident_is_refused_and_changes_nothing() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    declared(&app, &ana).await;
    let before = app.get(&ana, "/api/v1/incidents/INC-1").await.body;
    for (path, body, status, field) in [
        ("state", json!({ "state": "declared" }), 409, ""),
        ("state", json!({ "state": "closed" }), 409, ""),
        ("state", json!({ "state": "over" }), 422, "state"),
        (
            "state",
            json!({ "state": "resolved", "happened_at": "2027-01-01T00:00:00Z" }),
            422,
            "happened_at",
        ),
        (
            "state",
            json!({ "state": "resolved", "happened_at": "1901-01-01T00:00:00Z" }),
            422,
            "happened_at",
        ),
        ("timeline", json!({ "kind": "note", "text": "  " }), 422, "text"),
        ("timeline", json!({ "kind": "note", "text": "x".repeat(16 * 1024 + 1) }), 422, "text"),
        ("timeline", json!({ "kind": "poem", "text": "x" }), 422, "kind"),
        ("timeline", json!({ "kind": "note", "text": "x", "happened_at": 5 }), 422, "happened_at"),
        ("severity", json!({ "severity": "dire" }), 422, "severity"),
        ("roles", json!({ "role": "king", "to": "ana" }), 422, "role"),
        ("roles", json!({ "role": "scribe", "to": "nobody" }), 422, "to"),
    ] {
        let reply = app.post(&ana, &format!("/api/v1/incidents/INC-1/{path}"), body).await;
        let named = reply.value()["field"].as_str().unwrap_or_default().to_owned();
        assert_eq!((reply.status.as_u16(), named.as_str()), (status, field), "{}", reply.body);
    }
    for (body, field) in [
        (json!({ "severity": "P1" }), "title"),
        (json!({ "title": "x" }), "severity"),
        (json!({ "title": "x", "severity": "P1", "service": "nothing" }), "service"),
        (
            json!({ "title": "x", "severity": "P1", "page": "page_00000000000000000000000000" }),
            "page",
        ),
        (
            json!({ "title": "x", "severity": "P1", "started_at": "2027-01-01T00:00:00Z" }),
            "started_at",
        ),
    ] {
        let reply = app.post(&ana, "/api/v1/incidents", body).await;
        assert_eq!((reply.status.as_u16(), reply.text("field").as_str()), (422, field));
    }
    assert_eq!(app.get(&ana, "/api/v1/incidents/INC-1").await.body, before);
}

#[tokio::test]
async fn an_incident_takes_what_it_is_not_told_from_its_page() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let body = json!({ "title": "Help", "service": "checkout", "severity": "P3" });
    let page = app.post(&ana, "/api/v1/pages", body).await.text("id");
    app.post(&ana, &format!("/api/v1/pages/{page}/acknowledge"), json!({})).await;
    let made = app.post(&ana, "/api/v1/incidents", json!({ "page": page })).await.value();
    assert_eq!(made["title"], "Help");
    assert_eq!(made["severity"]["name"], "Sev-3");
    assert_eq!(made["service"], "checkout");
    assert_eq!(made["roles"]["commander"]["person"], "ana");
    assert_eq!(made["pages"][0]["id"], page.as_str());
    let shown = app.get(&ana, &format!("/api/v1/pages/{page}")).await.value();
    assert_eq!(shown["incident_name"], "INC-1");
}

#[tokio::test]
async fn a_postmortem_is_read_as_markdown_and_as_sections() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    declared(&app, &ana).await;
    let path = "/api/v1/incidents/INC-1/postmortem";
    let request = Request::get(path).header("accept", "text/markdown").body(Body::empty()).unwrap();
    let markdown = app.send(&ana, request).await;
    assert_eq!(markdown.headers["content-type"], "text/markdown; charset=utf-8");
    assert_snapshot!(app.show(&markdown), @r#"
    200
    # Post-Incident Review: Tills are dead (2026-01-05)

    ## Summary

    On January 5th, since 08:50 UTC, our Checkout API was affected: Tills are dead.

    ## Impact

    - Severity: Sev-1 (Critical)
    - Service: Checkout API

    ## Root Cause

    _The root cause is not written yet._

    ## Resolution

    _The resolution is not written yet._

    ## Action Items

    - [ ] Agree on action items

    ## Timeline

    | Time (UTC) | Event |
    |-----|-----|
    | 09:00 | Incident declared as Sev-1 |
    "#);
    let sections = app.get(&ana, path).await.value()["sections"].clone();
    assert_snapshot!(serde_json::to_string_pretty(&sections).unwrap(), @r#"
    {
      "summary": {
        "human": "",
        "generated": "On January 5th, since 08:50 UTC, our Checkout API was affected: Tills are dead."
      },
      "impact": {
        "human": "",
        "generated": "- Severity: Sev-1 (Critical)\n- Service: Checkout API"
      },
      "root_cause": {
        "human": "",
        "generated": "_The root cause is not written yet._"
      },
      "resolution": {
        "human": "",
        "generated": "_The resolution is not written yet._"
      },
      "action_items": {
        "human": [],
        "generated": "- [ ] Agree on action items"
      }
    }
    "#);
}

#[tokio::test]
async fn what_people_write_into_a_postmortem_stays_and_never_overwrites_others() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    declared(&app, &ana).await;
    let path = "/api/v1/incidents/INC-1/postmortem";
    let put = |body| app.json(&ana, Method::PUT, path, body);
    let item = json!({ "text": "Watch the pool", "done": true });
    let first = put(
        json!({ "version": 0, "sections": { "summary": "It broke.", "action_items": [item] } }),
    )
    .await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(first.value()["version"], 1);
    let late = put(json!({ "version": 0, "sections": { "summary": "No, it did not." } })).await;
    assert_snapshot!(app.show(&late), @r#"
    409
    {
      "code": "conflict",
      "detail": "Somebody else saved the review meanwhile; read it again.",
      "status": 409,
      "title": "Conflict",
      "type": "about:blank"
    }
    "#);
    let second =
        put(json!({ "version": 1, "sections": { "impact": "Nobody could pay." } })).await.value();
    assert_eq!(second["version"], 2);
    assert_eq!(second["sections"]["summary"]["human"], "It broke.", "what is left out stays");
    assert!(second["document"].as_str().unwrap().contains("- [x] Watch the pool"));
    for (body, field) in [
        (json!({ "sections": {} }), "version"),
        (json!({ "version": 2, "sections": { "blame": "x" } }), "sections.blame"),
        (json!({ "version": 2, "sections": { "summary": "a\u{0}" } }), "sections.summary"),
        (
            json!({ "version": 2, "sections": { "summary": "x".repeat(64 * 1024 + 1) } }),
            "sections.summary",
        ),
        (
            json!({ "version": 2, "sections": { "action_items": [{ "text": "" }] } }),
            "sections.action_items[0].text",
        ),
    ] {
        let reply = put(body).await;
        assert_eq!((reply.status.as_u16(), reply.text("field").as_str()), (422, field));
    }
}
