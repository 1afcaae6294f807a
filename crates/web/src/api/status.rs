//! Who asks, and what answers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use serde::Serialize;
use stentor_domain::page::Actor;
use utoipa::ToSchema;

use super::input::{Nothing, Query};
use super::shapes;
use super::text::Time;
use crate::app::App;
use crate::auth::{Caller, Permission, Scope};
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/api/v1/me", get(show_me)).on(
        Permission::Read,
        "/api/v1/status/version",
        get(show_version),
    )
}

/// Who asks.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct MeView {
    /// `account` or `token`.
    kind: &'static str,
    /// What others read.
    name: String,
    /// What an account signs in with.
    login: Option<String>,
    /// The mail address of an account.
    email: Option<String>,
    /// What an account may.
    #[schema(schema_with = shapes::account_roles, required = false)]
    role: Option<&'static str>,
    /// What a token may.
    #[schema(schema_with = shapes::scope_list)]
    scopes: Vec<&'static str>,
    /// The person of the plan who acts.
    person: Option<String>,
}

/// What answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionView {
    /// The release.
    version: &'static str,
    /// When the server started.
    started_at: Time,
    /// The number of the plan's revision in force.
    plan: i64,
}

/// Show who asks
#[utoipa::path(
    get, path = "/api/v1/me", tag = "status",
    responses((status = 200, description = "Whoever sent the request", body = MeView)),
    security(("token" = ["read"]))
)]
pub(super) async fn show_me(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(Nothing {}): Query<Nothing>,
) -> Json<MeView> {
    let person = match caller.actor(&app.in_force().plan) {
        Actor::Person(person) => Some(person),
        Actor::Account(_) | Actor::System => None,
    };
    Json(match caller {
        Caller::Session(signed_in) => MeView {
            kind: "account",
            name: signed_in.name,
            login: Some(signed_in.login),
            email: Some(signed_in.email),
            role: Some(signed_in.role.word()),
            scopes: vec![],
            person,
        },
        Caller::Token(token) => {
            let scopes = token.scopes.into_iter().map(Scope::word).collect();
            MeView { kind: "token", name: token.name, scopes, ..MeView::default() }
        }
        Caller::Local | Caller::Anonymous | Caller::Open => {
            MeView { kind: "nobody", ..MeView::default() }
        }
    })
}

/// Show what answers
#[utoipa::path(
    get, path = "/api/v1/status/version", tag = "status",
    responses((status = 200, description = "The release, and the plan in force", body = VersionView)),
    security(("token" = ["read"]))
)]
pub(super) async fn show_version(
    State(app): State<Arc<App>>,
    Query(Nothing {}): Query<Nothing>,
) -> Json<VersionView> {
    let (version, plan) = (app.version, app.in_force().number);
    Json(VersionView { version, started_at: app.started_at.into(), plan })
}
