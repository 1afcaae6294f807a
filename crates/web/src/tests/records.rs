//! On-call, the plan, people, tokens, accounts and channels over the API.

#![expect(clippy::too_many_lines, reason = "an expected answer stands beside its request")]

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::{Value, json};
use stentor_domain::plan::Problem;

use super::TestApp;
use super::app::As;
use crate::app::Refused;
use crate::auth::{Role, Scope};

#[tokio::test]
async fn on_call_says_who_answers_and_until_when() {
    let app = TestApp::new();
    let token = app.token("read", &[Scope::Read]);
    assert_snapshot!(app.show(&app.get(&token, "/api/v1/oncall").await), @r#"
    200
    {
      "items": [
        {
          "next": {
            "from": "2026-01-12T08:00:00.000000Z",
            "name": "Ana Ops",
            "person": "ana",
            "until": "2026-01-19T08:00:00.000000Z"
          },
          "now": {
            "from": "2026-01-05T08:00:00.000000Z",
            "name": "Ben",
            "person": "ben",
            "until": "2026-01-12T08:00:00.000000Z"
          },
          "schedule": "primary",
          "zone": "Europe/Berlin"
        }
      ],
      "next": null
    }
    "#);
    let early = app.get(&token, "/api/v1/oncall?at=2025-12-01T00:00:00Z").await.value();
    assert_eq!(early["items"][0]["now"], Value::Null);
    assert_eq!(early["items"][0]["next"]["person"], "ana");
    let path = "/api/v1/oncall/shifts?schedule=primary&from=2026-03-20T00:00:00Z&limit=2";
    let shifts = app.get(&token, path).await;
    assert_snapshot!(app.show(&shifts), @r#"
    200
    {
      "items": [
        {
          "from": "2026-03-16T08:00:00.000000Z",
          "name": "Ben",
          "person": "ben",
          "until": "2026-03-23T08:00:00.000000Z"
        },
        {
          "from": "2026-03-23T08:00:00.000000Z",
          "name": "Ana Ops",
          "person": "ana",
          "until": "2026-03-30T07:00:00.000000Z"
        }
      ],
      "next": "YXQgMTc3NDg1NDAwMDAwMDAwMA"
    }
    "#);
    let next = shifts.value()["next"].as_str().unwrap().to_owned();
    let more = app.get(&token, &format!("{path}&after={next}")).await.value();
    assert_eq!(
        more["items"][0]["from"],
        shifts.value()["items"][1]["until"],
        "no shift is skipped"
    );
}

#[tokio::test]
async fn the_plan_in_force_is_shown_with_what_was_refused() {
    let app = TestApp::new();
    let token = app.token("read", &[Scope::Read]);
    app.plan(|in_force| {
        in_force.plan = std::sync::Arc::new(stentor_domain::plan::Plan {
            digest: "0123456789abcdef".into(),
            ..(*in_force.plan).clone()
        });
        in_force.refused = Some(Refused {
            at: app.now(),
            problems: vec![Problem {
                file: "stentor.yml".into(),
                line: 3,
                column: 5,
                what: "the person `an` is not known".into(),
                mend: "write `ana`".into(),
                source: "    notify: [an]".into(),
            }],
        });
    });
    assert_snapshot!(app.show(&app.get(&token, "/api/v1/plan").await), @r#"
    200
    {
      "applied_at": "2026-01-05T09:00:00.000000Z",
      "author": "stentor serve",
      "digest": "0123456789abcdef",
      "number": 1,
      "refused": {
        "at": "2026-01-05T09:00:00.000000Z",
        "problems": [
          {
            "column": 5,
            "file": "stentor.yml",
            "line": 3,
            "mend": "write `ana`",
            "source": "    notify: [an]",
            "what": "the person `an` is not known"
          }
        ]
      },
      "warnings": []
    }
    "#);
    let none = app.get(&token, "/api/v1/plan/revisions").await;
    assert_eq!(none.value(), json!({ "items": [], "next": null }));
    for number in 1..=3 {
        let revision = stentor_store::plan_revisions::Revision {
            digest: &format!("{number:016x}"),
            applied_at: app.now(),
            author: "stentor serve",
            files: "{}",
            problems: "[]",
        };
        stentor_store::plan_revisions::append(app.engine().db(), &revision).unwrap();
    }
    let first = app.get(&token, "/api/v1/plan/revisions?limit=2").await;
    assert_snapshot!(app.show(&first), @r#"
    200
    {
      "items": [
        {
          "applied_at": "2026-01-05T09:00:00.000000Z",
          "author": "stentor serve",
          "digest": "0000000000000003",
          "number": 3
        },
        {
          "applied_at": "2026-01-05T09:00:00.000000Z",
          "author": "stentor serve",
          "digest": "0000000000000002",
          "number": 2
        }
      ],
      "next": "IzI"
    }
    "#);
    let next = first.text("next");
    let rest = app.get(&token, &format!("/api/v1/plan/revisions?after={next}")).await.value();
    assert_eq!(rest["items"][0]["number"], 1);
}

#[tokio::test]
async fn people_are_listed_with_how_they_are_reached() {
    let app = TestApp::new();
    let token = app.token("read", &[Scope::Read]);
    let first = app.get(&token, "/api/v1/people?limit=1").await;
    assert_snapshot!(app.show(&first), @r#"
    200
    {
      "items": [
        {
          "email": "ana@example.com",
          "name": "Ana Ops",
          "notify": [
            "mail",
            "hook"
          ],
          "person": "ana",
          "teams": [
            "platform"
          ]
        }
      ],
      "next": "PWFuYQ"
    }
    "#);
    let next = first.text("next");
    let rest = app.get(&token, &format!("/api/v1/people?after={next}")).await.value();
    assert_eq!((&rest["items"][0]["person"], &rest["next"]), (&json!("ben"), &Value::Null));
}

#[tokio::test]
async fn a_token_shows_its_secret_once() {
    let app = TestApp::new();
    let admin = app.account("admin", Role::Admin);
    let body = json!({ "name": "ci", "scopes": ["respond", "read"], "expires_at": "2026-02-01T00:00:00Z" });
    let made = app.post(&admin, "/api/v1/tokens", body).await;
    assert_snapshot!(app.show(&made), @r#"
    201
    {
      "account": "acc_#1",
      "created_at": "2026-01-05T09:00:00.000000Z",
      "expires_at": "2026-02-01T00:00:00.000000Z",
      "id": "tok_#2",
      "name": "ci",
      "revoked_at": null,
      "scopes": [
        "read",
        "respond"
      ],
      "secret": "stentor_#3",
      "used_at": null
    }
    "#);
    let secret = made.text("secret");
    assert!(secret.starts_with("stentor_"));
    let me = app.get(&As::Token(secret.clone()), "/api/v1/me").await;
    assert_snapshot!(app.show(&me), @r#"
    200
    {
      "email": null,
      "kind": "token",
      "login": null,
      "name": "ci",
      "person": null,
      "role": null,
      "scopes": [
        "read",
        "respond"
      ]
    }
    "#);
    let list = app.get(&admin, "/api/v1/tokens").await;
    assert!(!list.body.contains(&secret) && list.body.contains("\"ci\""));
    for (body, field) in [
        (json!({ "name": "x", "scopes": [] }), "scopes"),
        (json!({ "name": "x", "scopes": ["root"] }), "scopes[0]"),
        (
            json!({ "name": "x", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z" }),
            "expires_at",
        ),
    ] {
        let reply = app.post(&admin, "/api/v1/tokens", body).await;
        assert_eq!((reply.status.as_u16(), reply.text("field").as_str()), (422, field));
    }
    let path = format!("/api/v1/tokens/{}", made.text("id"));
    for _ in 0..2 {
        let gone = app.json(&admin, Method::DELETE, &path, Value::Null).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "to revoke twice changes nothing");
    }
    assert_eq!(app.get(&As::Token(secret), "/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_account_is_made_with_an_invitation_and_changed() {
    let app = TestApp::new();
    let admin = app.account("admin", Role::Admin);
    let body =
        json!({ "login": "ben", "name": "Ben", "email": "ben@example.com", "role": "responder" });
    let made = app.post(&admin, "/api/v1/accounts", body.clone()).await;
    assert_snapshot!(app.show(&made), @r#"
    201
    {
      "created_at": "2026-01-05T09:00:00.000000Z",
      "disabled_at": null,
      "email": "ben@example.com",
      "id": "acc_#1",
      "invite_expires_at": "2026-01-12T09:00:00.000000Z",
      "invite_url": "https://stentor.example.com/invite/secret_#2",
      "login": "ben",
      "name": "Ben",
      "role": "responder"
    }
    "#);
    assert_snapshot!(app.show(&app.post(&admin, "/api/v1/accounts", body).await), @r#"
    409
    {
      "code": "conflict",
      "detail": "Another account has this login.",
      "status": 409,
      "title": "Conflict",
      "type": "about:blank"
    }
    "#);
    let path = format!("/api/v1/accounts/{}", made.text("id"));
    let ben = app.sign_in(made.text("id").parse().unwrap());
    assert_eq!(app.get(&ben, "/api/v1/me").await.text("person"), "ben");
    let change = json!({ "role": "viewer", "disabled": true });
    let changed = app.json(&admin, Method::PATCH, &path, change).await;
    assert_snapshot!(app.show(&changed), @r#"
    200
    {
      "created_at": "2026-01-05T09:00:00.000000Z",
      "disabled_at": "2026-01-05T09:00:00.000000Z",
      "email": "ben@example.com",
      "id": "acc_#1",
      "login": "ben",
      "name": "Ben",
      "role": "viewer"
    }
    "#);
    assert_eq!(app.get(&ben, "/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    let list = app.get(&admin, "/api/v1/accounts?limit=1").await.value();
    assert_eq!(list["items"][0]["login"], "admin");
    let me = list["items"][0]["id"].as_str().unwrap();
    for change in [json!({ "role": "viewer" }), json!({ "disabled": true })] {
        let reply =
            app.json(&admin, Method::PATCH, &format!("/api/v1/accounts/{me}"), change).await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "somebody has to be left: {}", reply.body);
    }
}

#[tokio::test]
async fn a_channel_is_tried_out() {
    let app = TestApp::new();
    let admin = app.token("admin", &[Scope::Admin]);
    let reply = app.post(&admin, "/api/v1/channels/hook/test", json!({})).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED);
    assert_eq!(app.deliver("200 OK").len(), 1);
    let path = format!("/api/v1/deliveries/{}", reply.text("delivery"));
    assert_snapshot!(app.show(&app.get(&admin, &path).await), @r#"
    200
    {
      "attempt_count": 1,
      "attempts": [
        {
          "detail": "200 OK",
          "finished_at": "2026-01-05T09:00:00.000000Z",
          "number": 1,
          "outcome": "sent",
          "started_at": "2026-01-05T09:00:00.000000Z"
        }
      ],
      "channel": "hook",
      "created_at": "2026-01-05T09:00:00.000000Z",
      "detail": "200 OK",
      "due_at": null,
      "expires_at": null,
      "id": "dlv_#1",
      "page": null,
      "purpose": "test",
      "state": "sent",
      "to": "hook"
    }
    "#);
    let unknown = app.post(&admin, "/api/v1/channels/pigeon/test", json!({})).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn whoever_asks_learns_who_they_are_and_what_answers() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    assert_snapshot!(app.show(&app.get(&ana, "/api/v1/me").await), @r#"
    200
    {
      "email": "ana@example.com",
      "kind": "account",
      "login": "ana",
      "name": "ana's name",
      "person": "ana",
      "role": "responder",
      "scopes": []
    }
    "#);
    assert_snapshot!(app.show(&app.get(&ana, "/api/v1/status/version").await), @r#"
    200
    {
      "plan": 1,
      "started_at": "2026-01-05T09:00:00.000000Z",
      "version": "0.1.0"
    }
    "#);
}
