//! What Alertmanager's API v2 shows, for amtool, Prometheus and their relatives.
//!
//! Names and shapes are those of Alertmanager 0.25, with `mutedBy` as 0.28 has it.
//! Of its API v1 nothing is left: Stentor's own API lives at `/api/v1`, and where the two do not collide the old
//! addresses say that they are gone.

mod alerts;
mod config;
mod pieces;
mod silences;

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use jiff::Timestamp;
use serde::Serialize;
use stentor_domain::labels::Labels;
use stentor_domain::matchers::{Matcher, Matchers, parse};
use stentor_domain::plan::Receiver;

use alerts::{list_alerts, list_groups};
use silences::{create_silence, expire_silence, list_silences, show_silence};

use crate::app::App;
use crate::auth::Permission;
use crate::error::Error;
use crate::routes::Routes;
use crate::surface;

/// The release whose API this is: amtool warns when its own differs in the first two numbers.
pub(crate) const SPOKEN: &str = "0.25.0";

/// Addresses of the API v1 of old that Stentor's own API leaves free.
const OLD: [&str; 4] =
    ["/api/v1/status", "/api/v1/receivers", "/api/v1/alerts/groups", "/api/v1/silence/{id}"];

/// Adds what amtool asks.
pub fn routes(routes: Routes) -> Routes {
    let (read, silence) = (Permission::ReadAlerts, Permission::Silence);
    let routes = routes
        .on(read, "/api/v2/alerts", get(list_alerts))
        .on(read, "/api/v2/alerts/", get(list_alerts))
        .on(read, "/api/v2/status", get(show_status))
        .on(read, "/api/v2/status/", get(show_status))
        .on(read, "/api/v2/receivers", get(list_receivers))
        .on(read, "/api/v2/receivers/", get(list_receivers))
        .on(read, "/api/v2/alerts/groups", get(list_groups))
        .on(read, "/api/v2/alerts/groups/", get(list_groups))
        .on(read, "/api/v2/silences", get(list_silences))
        .on(read, "/api/v2/silences/", get(list_silences))
        .on(silence, "/api/v2/silences", post(create_silence))
        .on(silence, "/api/v2/silences/", post(create_silence))
        .on(read, "/api/v2/silence/{id}", get(show_silence))
        .on(silence, "/api/v2/silence/{id}", delete(expire_silence))
        .on(Permission::Public, "/api/v1/alerts", post(show_gone));
    OLD.into_iter().fold(routes, |routes, path| {
        routes.on(Permission::Public, path, get(show_gone).post(show_gone))
    })
}

async fn show_gone() -> Error {
    Error::gone(
        "Alertmanager's API v1 is no more; send to /api/v2 as Alertmanager 0.16 and later do.",
    )
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    cluster: Cluster,
    config: Config,
    uptime: String,
    version_info: VersionInfo,
}

#[derive(Serialize)]
struct Cluster {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    peers: Vec<Peer>,
    status: &'static str,
}

#[derive(Serialize)]
struct Peer {
    address: String,
    name: String,
}

impl Cluster {
    /// Returns the cluster whose only member is this server; clustering may be off.
    fn of(peer: Option<&surface::Peer>) -> Self {
        let Some(surface::Peer { name, address }) = peer.cloned() else {
            return Self { name: None, peers: vec![], status: "disabled" };
        };
        let peers = vec![Peer { address, name: name.clone() }];
        Self { name: Some(name), peers, status: "ready" }
    }
}

#[derive(Serialize)]
struct Config {
    original: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionInfo {
    branch: &'static str,
    build_date: &'static str,
    build_user: &'static str,
    go_version: &'static str,
    revision: String,
    version: &'static str,
}

async fn show_status(State(app): State<Arc<App>>) -> Json<Status> {
    let in_force = app.in_force();
    let text = in_force.files.get("alertmanager.yml").map_or("", String::as_str);
    Json(Status {
        cluster: Cluster::of(app.surface.peer.as_ref()),
        config: Config { original: config::masked(text) },
        uptime: millis(app.started_at),
        version_info: VersionInfo {
            branch: "",
            build_date: "",
            build_user: "",
            go_version: "",
            revision: format!("stentor-{}", app.version),
            version: SPOKEN,
        },
    })
}

#[derive(Serialize)]
struct ReceiverView<'p> {
    name: &'p str,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    labels: &'p Labels,
}

impl<'p> ReceiverView<'p> {
    fn of(receiver: &'p Receiver) -> Self {
        Self { name: &receiver.name, labels: &receiver.labels }
    }
}

async fn list_receivers(State(app): State<Arc<App>>, RawQuery(query): RawQuery) -> Response {
    let mut matchers = Matchers::default();
    let read = parameters(query.as_deref().unwrap_or("")).and_then(|pairs| {
        for (_, value) in pairs.iter().filter(|(name, _)| name == "receiver_matchers") {
            matchers.0.push(filter(value)?);
        }
        Ok(())
    });
    if let Err(why) = read {
        return refuse(&why);
    }
    let in_force = app.in_force();
    let all = in_force.plan.receivers.values();
    let mut receivers: Vec<&Receiver> = all.filter(|it| matchers.matches(&it.labels)).collect();
    receivers.sort_by_key(|receiver| receiver.place);
    Json(receivers.into_iter().map(ReceiverView::of).collect::<Vec<_>>()).into_response()
}

fn refuse(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(why)).into_response()
}

/// Returns the names and values of a query.
fn parameters(query: &str) -> Result<Vec<(String, String)>, String> {
    let uri = format!("/?{query}").parse().map_err(|_| "bad query".to_owned())?;
    let pairs = axum::extract::Query::try_from_uri(&uri).map_err(|error| error.to_string())?;
    Ok(pairs.0)
}

/// What go-openapi takes for true; everything else is false.
fn truth(word: &str) -> bool {
    ["1", "true", "yes", "on", "ok", "y", "t", "checked", "selected", "enabled"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// Reads a `filter`, and refuses it in Alertmanager's words.
fn filter(text: &str) -> Result<Matcher, String> {
    parse::matcher(text).map_err(|error| format!("bad matcher format: {error}"))
}

fn millis(at: Timestamp) -> String {
    format!("{at:.3}")
}
