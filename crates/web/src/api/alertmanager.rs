//! What Alertmanager's API v2 shows, for amtool, Prometheus and their relatives.
//!
//! Names and shapes are those of Alertmanager 0.25. Silences are not there yet: none are listed, and none is taken.
//! Of its API v1 nothing is left: Stentor's own API lives at `/api/v1`, and where the two do not collide the old
//! addresses say that they are gone.

mod config;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde::Serialize;
use stentor_domain::labels::Labels;
use stentor_domain::matchers::{Matcher, Matchers, Op, parse};
use stentor_domain::plan::Plan;
use stentor_store::alerts::{self, AlertRow, Filter};

use crate::app::App;
use crate::auth::Permission;
use crate::error::Error;
use crate::ingest::coded;
use crate::routes::Routes;
use crate::surface;

/// The release whose API this is: amtool warns when its own differs in the first two numbers.
pub(crate) const SPOKEN: &str = "0.25.0";

/// Addresses of the API v1 of old that Stentor's own API leaves free.
const OLD: [&str; 5] = [
    "/api/v1/status",
    "/api/v1/receivers",
    "/api/v1/alerts/groups",
    "/api/v1/silences",
    "/api/v1/silence/{id}",
];

/// Adds what amtool asks.
pub fn routes(routes: Routes) -> Routes {
    let read = Permission::ReadAlerts;
    let silences = || get(list_silences).post(create_silence);
    let silence = || get(show_silence).delete(show_silence);
    let routes = routes
        .on(read, "/api/v2/alerts", get(list_alerts))
        .on(read, "/api/v2/alerts/", get(list_alerts))
        .on(read, "/api/v2/status", get(show_status))
        .on(read, "/api/v2/status/", get(show_status))
        .on(read, "/api/v2/receivers", get(list_receivers))
        .on(read, "/api/v2/receivers/", get(list_receivers))
        .on(read, "/api/v2/silences", silences())
        .on(read, "/api/v2/silences/", silences())
        .on(read, "/api/v2/silence/{id}", silence())
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
struct ReceiverName {
    name: String,
}

async fn list_receivers(State(app): State<Arc<App>>) -> Json<Vec<ReceiverName>> {
    let in_force = app.in_force();
    let names = in_force.plan.receivers.keys().cloned();
    Json(names.map(|name| ReceiverName { name }).collect())
}

async fn list_silences() -> Json<[(); 0]> {
    Json([])
}

async fn show_silence() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// Refuses with 400, because that is the answer whose words amtool shows.
async fn create_silence() -> Response {
    refuse(
        "Stentor has no silences yet: nothing was silenced. Acknowledge or resolve the page instead.",
    )
}

fn refuse(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(why)).into_response()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GettableAlert {
    annotations: Labels,
    ends_at: String,
    fingerprint: String,
    receivers: Vec<ReceiverName>,
    starts_at: String,
    status: AlertStatus,
    updated_at: String,
    #[serde(rename = "generatorURL", skip_serializing_if = "String::is_empty")]
    generator_url: String,
    labels: Labels,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AlertStatus {
    inhibited_by: [(); 0],
    silenced_by: [(); 0],
    state: &'static str,
}

async fn list_alerts(State(app): State<Arc<App>>, RawQuery(query): RawQuery) -> Response {
    let wanted = match Wanted::read(query.as_deref().unwrap_or("")) {
        Ok(wanted) => wanted,
        Err(why) => return refuse(&why),
    };
    if !wanted.active {
        return Json([(); 0]).into_response();
    }
    let plan = Arc::clone(&app.in_force().plan);
    let filter = Filter { firing: Some(true), name: wanted.name(), after: None };
    match app.read(move |db| alerts::list(db, &filter, i64::MAX)).await {
        Ok(rows) => Json(wanted.select(&plan, rows)).into_response(),
        Err(error) => coded(error.status, &error.detail),
    }
}

/// What a client wants to see; parameters that are not known are ignored, as Alertmanager does.
struct Wanted {
    active: bool,
    matchers: Matchers,
    receiver: Option<Matcher>,
}

impl Wanted {
    fn read(query: &str) -> Result<Self, String> {
        let uri = format!("/?{query}").parse().map_err(|_| "bad query".to_owned())?;
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri)
            .map_err(|error| error.to_string())?;
        let mut wanted = Self { active: true, matchers: Matchers::default(), receiver: None };
        for (name, value) in pairs.0 {
            match name.as_str() {
                "active" => wanted.active = truth(&value),
                "filter" => wanted.matchers.0.push(
                    parse::matcher(&value)
                        .map_err(|error| format!("bad matcher format: {error}"))?,
                ),
                "receiver" => {
                    let regex = Matcher::new("receiver", Op::Fits, &value);
                    let regex =
                        regex.map_err(|why| format!("failed to parse receiver param: {why}"));
                    wanted.receiver = Some(regex?);
                }
                // Nothing is silenced, inhibited or unprocessed, so to ask for it changes nothing.
                _ => {}
            }
        }
        Ok(wanted)
    }

    /// Returns the name that all wanted alerts have, which the database can look up.
    fn name(&self) -> Option<String> {
        let mut equal = self.matchers.0.iter().filter(|matcher| matcher.op == Op::Equals);
        let found = equal.find(|matcher| matcher.name == "alertname" && !matcher.value.is_empty());
        found.map(|matcher| matcher.value.clone())
    }

    fn select(&self, plan: &Plan, rows: Vec<AlertRow>) -> Vec<GettableAlert> {
        let mut known: HashMap<Vec<usize>, bool> = HashMap::new();
        let mut found = Vec::new();
        for row in rows.into_iter().filter(|row| self.matchers.matches(&row.alert.labels)) {
            let nodes = plan.routes.find(&row.alert.labels);
            let told = |node: &usize| plan.routes.nodes[*node].receiver.as_str();
            let wanted = self.receiver.as_ref().is_none_or(|regex| {
                *known
                    .entry(nodes.clone())
                    .or_insert_with(|| nodes.iter().any(|node| regex.accepts(told(node))))
            });
            if wanted {
                let receivers =
                    nodes.iter().map(|node| ReceiverName { name: told(node).to_owned() });
                found.push(GettableAlert::of(row, receivers.collect()));
            }
        }
        found.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
        found
    }
}

impl GettableAlert {
    fn of(row: AlertRow, receivers: Vec<ReceiverName>) -> Self {
        let alert = row.alert;
        Self {
            fingerprint: alert.fingerprint().to_string(),
            annotations: alert.annotations,
            ends_at: millis(alert.ends_at),
            receivers,
            starts_at: millis(alert.starts_at),
            status: AlertStatus { inhibited_by: [], silenced_by: [], state: "active" },
            updated_at: millis(alert.updated_at),
            generator_url: alert.generator_url,
            labels: alert.labels,
        }
    }
}

fn millis(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// What go-openapi takes for true; everything else is false.
fn truth(word: &str) -> bool {
    ["1", "true", "yes", "on", "ok", "y", "t", "checked", "selected", "enabled"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}
