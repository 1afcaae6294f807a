//! Why an alert is told to somebody, or is not, and where labels would go.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stentor_domain::escalation;
use stentor_domain::explain::{self, Ear, Question, Trace, Way};
use stentor_domain::group::{Group, GroupId, Reason};
use stentor_domain::labels::{Fingerprint, Labels};
use stentor_domain::plan::Plan;
use stentor_store::groups;
use utoipa::{IntoParams, ToSchema};

use super::input::{Named, Query};
use super::text::Time;
use crate::app::App;
use crate::auth::Permission;
use crate::error::Error;
use crate::now::Now;
use crate::routes::Routes;

/// A request tries out at most this many labels.
const LABELS_MAX: usize = 128;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/api/v1/alerts/{fingerprint}/explain", get(explain_alert)).on(
        Permission::Read,
        "/api/v1/routes/test",
        get(test_routes),
    )
}

/// Why an alert is told, or is not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExplainView {
    /// Which alert.
    #[schema(value_type = String)]
    fingerprint: Fingerprint,
    /// What it is known by.
    #[schema(value_type = BTreeMap<String, String>)]
    labels: Labels,
    /// Whether there is such an alert, or only labels to try out.
    known: bool,
    /// Whether it fires.
    firing: bool,
    /// A firing alert that inhibits it.
    inhibited_by: Option<InhibitorView>,
    /// The active silences that hit it.
    silenced_by: Vec<SilencedByView>,
    /// The places in the routing tree that it comes to, in the order of the tree.
    routes: Vec<WayView>,
}

/// A firing alert that inhibits another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InhibitorView {
    /// Which.
    #[schema(value_type = String)]
    fingerprint: Fingerprint,
    /// What it is known by.
    #[schema(value_type = BTreeMap<String, String>)]
    labels: Labels,
}

/// A silence that hits an alert.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SilencedByView {
    /// Its id.
    id: String,
    /// Until when.
    ends_at: Time,
    /// Who asked for it.
    created_by: String,
    /// Why.
    comment: String,
}

/// One place in the routing tree, and what comes of the alert there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WayView {
    /// The matchers of each route from the root down.
    path: Vec<String>,
    /// Where the route stands in `alertmanager.yml`.
    line: u64,
    /// Who hears of it.
    receiver: String,
    /// The group's key.
    group: String,
    /// Whether there is such a group.
    group_exists: bool,
    /// The intervals by which the route is muted now.
    muted_by: Vec<String>,
    /// When the group is looked at next.
    next_at: Option<Time>,
    /// The escalation policy that people are paged by.
    policy: Option<String>,
    /// Who would be paged first, were a page to begin now.
    pages: Vec<PagedView>,
    /// What each integration of the receiver hears; `page` is the pager.
    integrations: Vec<EarView>,
}

/// Somebody who would be paged.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PagedView {
    /// The person's key.
    person: String,
    /// Their name.
    name: String,
    /// Why them.
    why: String,
}

/// An integration, and whether it hears of the alert.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EarView {
    /// Its kind and place, as in `webhook/0`; `page` for the pager.
    name: String,
    /// When it was last told of the group.
    told_at: Option<Time>,
    /// How this alert stood in what it was told: `firing`, `resolved`, or null when it was not in it.
    told_as: Option<&'static str>,
    /// Whether that is no longer sure: it is told anew should the alert fire.
    doubtful: bool,
    /// Since when a message is on its way.
    on_its_way_since: Option<Time>,
    /// Why it is told of the group at the next look; null when it is not.
    reason: Option<&'static str>,
    /// The decision in one sentence.
    why: String,
}

impl ExplainView {
    fn of(plan: &Plan, trace: Trace, labels: Labels, now: Timestamp) -> Self {
        let inhibitor = |(fingerprint, labels)| InhibitorView { fingerprint, labels };
        let silenced = |it: explain::SilencedBy| SilencedByView {
            id: it.id,
            ends_at: it.ends_at.into(),
            created_by: it.created_by,
            comment: it.comment,
        };
        Self {
            fingerprint: trace.fingerprint,
            labels,
            known: trace.known,
            firing: trace.firing,
            inhibited_by: trace.inhibited_by.map(inhibitor),
            silenced_by: trace.silenced_by.into_iter().map(silenced).collect(),
            routes: trace.ways.into_iter().map(|way| WayView::of(plan, way, now)).collect(),
        }
    }
}

impl WayView {
    fn of(plan: &Plan, way: Way, now: Timestamp) -> Self {
        let policy = way.policy.as_ref().and_then(|policy| plan.policies.get(policy));
        let first = policy.and_then(|policy| policy.steps.first());
        let reached =
            first.map_or_else(Vec::new, |step| escalation::reach(plan, &step.targets, now));
        let paged = |it: escalation::Reached| PagedView {
            name: plan.name_of(&it.person).to_owned(),
            person: it.person,
            why: it.why,
        };
        Self {
            path: way.path,
            line: way.line,
            receiver: way.receiver,
            group: way.group_key,
            group_exists: way.group_exists,
            muted_by: way.muted_by,
            next_at: way.next_at.map(Time),
            policy: way.policy,
            pages: reached.into_iter().map(paged).collect(),
            integrations: way.ears.into_iter().map(EarView::of).collect(),
        }
    }
}

impl EarView {
    fn of(ear: Ear) -> Self {
        let told_as = ear.last.and_then(|last| last.as_firing);
        Self {
            name: ear.name,
            told_at: ear.last.map(|last| last.at.into()),
            told_as: told_as.map(|firing| if firing { "firing" } else { "resolved" }),
            doubtful: ear.last.is_some_and(|last| last.doubtful),
            on_its_way_since: ear.on_its_way.map(|(at, _)| at.into()),
            reason: ear.told.map(|reason| match reason {
                Reason::First => "first",
                Reason::NewAlerts => "new_alerts",
                Reason::AllResolved => "all_resolved",
                Reason::SomeResolved => "some_resolved",
                Reason::Repeat => "repeat",
            }),
            why: ear.why,
        }
    }
}

/// Explain why an alert is told to somebody, or is not
#[utoipa::path(
    get, path = "/api/v1/alerts/{fingerprint}/explain", tag = "alerts",
    params(("fingerprint" = String, Path, description = "16 hexadecimal digits")),
    responses((status = 200, description = "The way through route, group, silences and log", body = ExplainView)),
    security(("token" = ["read"]))
)]
pub(super) async fn explain_alert(
    State(app): State<Arc<App>>,
    Now(now): Now,
    Named(fingerprint): Named<Fingerprint>,
) -> Result<Json<ExplainView>, Error> {
    let labels = app.standing().labels(fingerprint);
    let labels = labels.ok_or_else(|| Error::not_found("alert"))?;
    Ok(Json(explained(&app, labels, now).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TestRoutes {
    /// A label as `NAME=VALUE`; may be given more than once.
    #[serde(default)]
    labels: Vec<String>,
}

/// Try out where labels would go
#[utoipa::path(
    get, path = "/api/v1/routes/test", tag = "plan", params(TestRoutes),
    responses((status = 200, description = "The way through the tree, and who would hear of it", body = ExplainView)),
    security(("token" = ["read"]))
)]
pub(super) async fn test_routes(
    State(app): State<Arc<App>>,
    Now(now): Now,
    Query(query): Query<TestRoutes>,
) -> Result<Json<ExplainView>, Error> {
    Ok(Json(explained(&app, labels(&query.labels, "labels")?, now).await?))
}

/// Reads labels as `NAME=VALUE`.
pub(super) fn labels(pairs: &[String], field: &str) -> Result<Labels, Error> {
    if pairs.len() > LABELS_MAX {
        return Err(Error::invalid(field, format!("More than {LABELS_MAX} labels.")));
    }
    let pair = |text: &String| match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err(Error::invalid(field, format!("`{text}` is not NAME=VALUE."))),
    };
    let pairs = pairs.iter().map(pair).collect::<Result<Vec<_>, _>>()?;
    Ok(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect())
}

async fn explained(app: &App, labels: Labels, now: Timestamp) -> Result<ExplainView, Error> {
    let plan = Arc::clone(&app.in_force().plan);
    let numbers: Vec<i64> = {
        let standing = app.standing();
        let ids = explain::groups_of(&plan, &labels).into_iter();
        ids.filter_map(|id| Some(standing.group(id)?.number)).collect()
    };
    let groups = app.read(move |db| {
        let mut found: BTreeMap<GroupId, Group> = BTreeMap::new();
        for number in numbers {
            found.extend(groups::open(db, number)?.map(|stored| (stored.id, stored.saved.it)));
        }
        Ok(found)
    });
    let groups = groups.await?;
    let standing = app.standing();
    let question = Question { plan: &plan, standing: &standing, groups: &groups, now };
    let trace = explain::trace(question, &labels);
    Ok(ExplainView::of(&plan, trace, labels, now))
}
