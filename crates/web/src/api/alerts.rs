//! Alerts: what fires, what has resolved, and where each one goes and why.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use stentor_domain::group::GroupId;
use stentor_domain::id::PageId;
use stentor_domain::labels::{Fingerprint, Labels};
use stentor_domain::matchers::{Matcher, Matchers, Op, parse};
use stentor_domain::plan::Plan;
use stentor_domain::routing::Route;
use stentor_domain::standing::{Record, View};
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;
use stentor_store::pages;
use utoipa::{IntoParams, ToSchema};

use super::input::{Named, Noun, Query};
use super::list::{After, Limit, List};
use super::text::{LabelValue, Line, Time};
use crate::app::App;
use crate::auth::Permission;
use crate::error::Error;
use crate::routes::Routes;

/// A request names at most this many matchers.
const MATCHERS_MAX: usize = 32;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/api/v1/alerts", get(list_alerts)).on(
        Permission::Read,
        "/api/v1/alerts/{fingerprint}",
        get(show_alert),
    )
}

impl Noun for Fingerprint {
    const NOUN: &'static str = "alert";
}

/// Whether an alert fires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AlertState {
    /// It fires.
    Firing,
    /// It fired, and does no more.
    Resolved,
    /// Both; only in requests.
    #[default]
    All,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAlerts {
    /// Only alerts in this state.
    #[serde(default)]
    #[param(inline)]
    state: AlertState,
    /// Only alerts with this `alertname`.
    #[param(inline)]
    name: Option<LabelValue>,
    /// Only alerts that this matcher fits, such as `team="checkout"`; may be given more than once.
    #[serde(default)]
    filter: Vec<String>,
    /// How many items to show.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// The `next` of the list before.
    #[param(value_type = Option<String>)]
    after: Option<After<Fingerprint>>,
}

/// A condition, firing or resolved; its identity is its label set.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertView {
    /// The identity: 16 hexadecimal digits over the labels, as in Prometheus.
    #[schema(value_type = String, example = "980a6a0e0facf311")]
    fingerprint: Fingerprint,
    /// Whether it fires.
    state: AlertState,
    /// What it is known by.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    labels: Labels,
    /// What its sender says of it.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    annotations: Labels,
    /// Since when.
    starts_at: Time,
    /// Until when: in the future for one that fires, unless its sender repeats it.
    ends_at: Time,
    /// When its sender last said anything new of it.
    updated_at: Time,
    /// Where it was made; may be empty.
    generator_url: String,
}

impl AlertView {
    pub(crate) fn of(record: Record) -> Self {
        let Record { fingerprint, alert, firing, .. } = record;
        Self {
            fingerprint,
            state: if firing { AlertState::Firing } else { AlertState::Resolved },
            labels: alert.labels,
            annotations: alert.annotations,
            starts_at: alert.starts_at.into(),
            ends_at: alert.ends_at.into(),
            updated_at: alert.updated_at.into(),
            generator_url: alert.generator_url,
        }
    }
}

/// An alert, and where it goes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertDetail {
    #[serde(flatten)]
    alert: AlertView,
    /// The key of the service that it is about.
    service: Option<String>,
    /// Where the plan in force sends it, in the order of the routing tree.
    routes: Vec<RouteView>,
}

/// A place that an alert goes to, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RouteView {
    /// The matchers from the root of the tree down to the route.
    #[schema(example = "{}/{team=\"checkout\"}")]
    route: String,
    /// Why it goes there, for a reader.
    why: String,
    /// Who is told.
    receiver: String,
    /// The group that collects it, by Alertmanager's group key.
    group: String,
    /// The escalation policy that people are paged by; null when nobody is.
    policy: Option<String>,
    /// The open page of the group.
    #[schema(value_type = Option<String>)]
    page: Option<PageId>,
}

/// List alerts
#[utoipa::path(
    get, path = "/api/v1/alerts", tag = "alerts", params(ListAlerts),
    responses((status = 200, description = "Alerts, in a stable order", body = List<AlertView>)),
    security(("token" = ["read"]))
)]
pub(super) async fn list_alerts(
    State(app): State<Arc<App>>,
    Query(query): Query<ListAlerts>,
) -> Result<Json<List<AlertView>>, Error> {
    let mut matchers = matchers(&query.filter)?;
    if let Some(Line(name)) = query.name {
        let named = Matcher::new("alertname", Op::Equals, &name);
        matchers.0.push(named.map_err(|error| Error::invalid("name", format!("{error}.")))?);
    }
    let firing = match query.state {
        AlertState::Firing => Some(true),
        AlertState::Resolved => Some(false),
        AlertState::All => None,
    };
    let after = query.after.map(|After(after)| after);
    let probe = usize::try_from(query.limit.probe()).unwrap_or(usize::MAX);
    let records: Vec<Record> = {
        let standing = app.standing();
        let found = standing.list(&matchers, firing, after, probe);
        found.into_iter().map(View::record).collect()
    };
    Ok(Json(List::of(records, query.limit, |record| record.fingerprint, AlertView::of)))
}

/// Show an alert, and where it goes
#[utoipa::path(
    get, path = "/api/v1/alerts/{fingerprint}", tag = "alerts",
    params(("fingerprint" = String, Path, description = "16 hexadecimal digits")),
    responses((status = 200, description = "The alert", body = AlertDetail)),
    security(("token" = ["read"]))
)]
pub(super) async fn show_alert(
    State(app): State<Arc<App>>,
    Named(fingerprint): Named<Fingerprint>,
) -> Result<Json<AlertDetail>, Error> {
    let plan = Arc::clone(&app.in_force().plan);
    let record = app.standing().view(fingerprint).map(View::record);
    let record = record.ok_or_else(|| Error::not_found("alert"))?;
    let detail = app.read(move |db| {
        let labels = &record.alert.labels;
        let found = plan.routes.find(labels);
        let routes = found.into_iter().map(|at| route(db, &plan, &plan.routes.nodes[at], labels));
        let routes = routes.collect::<Result<_, _>>()?;
        let service = plan.service_of(labels).map(|service| service.key.clone());
        Ok(AlertDetail { service, routes, alert: AlertView::of(record) })
    });
    detail.await.map(Json)
}

fn route(
    db: &mut Db,
    plan: &Plan,
    route: &Route,
    labels: &Labels,
) -> Result<RouteView, StoreError> {
    let group = route.group(labels);
    let page = pages::open_by_group(db, GroupId(group.id))?.map(|saved| saved.it.id);
    let pager = plan.receivers.get(&route.receiver).and_then(|receiver| receiver.escalate.clone());
    let line = route.line;
    let why = match route.matchers.0.is_empty() {
        true => format!("the route in line {line} of alertmanager.yml takes every alert"),
        false => format!("the labels fit {} in line {line} of alertmanager.yml", route.matchers),
    };
    Ok(RouteView {
        route: route.key.clone(),
        why,
        receiver: route.receiver.clone(),
        group: group.key,
        policy: pager,
        page,
    })
}

/// Reads the matchers of a filter.
pub(super) fn matchers(filters: &[String]) -> Result<Matchers, Error> {
    if filters.len() > MATCHERS_MAX {
        return Err(Error::invalid("filter", format!("More than {MATCHERS_MAX} matchers.")));
    }
    let parsed = filters.iter().map(|filter| {
        parse::matcher(filter)
            .map_err(|error| Error::invalid("filter", format!("No matcher: {error}.")))
    });
    Ok(Matchers(parsed.collect::<Result<_, _>>()?))
}
