//! Pages: who was asked to act, who answered, and who is asked next.

use std::sync::{Arc, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use stentor_domain::id::{IncidentId, PageId};
use stentor_domain::page::{self, Page};
use stentor_domain::plan::Plan;
use stentor_domain::standing::{Record, View};
use stentor_domain::timeline::Subject;
use stentor_engine::{Answer, Input, PageRequest};
use stentor_store::db::Db;
use stentor_store::document::Saved;
use stentor_store::error::Error as StoreError;
use stentor_store::pages::{self, Filter};
use stentor_store::{deliveries, incidents, timeline};
use utoipa::{IntoParams, ToSchema};

use super::acting::Acting;
use super::alerts::AlertView;
use super::deliveries::DeliveryDetail;
use super::input::{Body, Named, Nothing, Noun, Query};
use super::list::{After, Limit, List};
use super::shapes::{self, ReachedView, SeverityView, SeverityWord, StampView};
use super::text::{Details, Key, Line, Prose, Time, Title};
use super::timeline::EntryView;
use crate::app::{App, InForce};
use crate::auth::Permission;
use crate::error::Error;
use crate::routes::Routes;

/// A page shows at most this many alerts of its group; the list of alerts has them all.
const ALERTS_MAX: usize = 500;

pub(super) fn routes(routes: Routes) -> Routes {
    let respond = Permission::Respond;
    routes
        .on(Permission::Read, "/api/v1/pages", get(list_pages))
        .on(respond, "/api/v1/pages", post(create_page))
        .on(Permission::Read, "/api/v1/pages/{id}", get(show_page))
        .on(respond, "/api/v1/pages/{id}/acknowledge", post(acknowledge_page))
        .on(respond, "/api/v1/pages/{id}/resolve", post(resolve_page))
}

impl Noun for PageId {
    const NOUN: &'static str = "page";
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListPages {
    /// Only pages in this state.
    #[param(schema_with = shapes::page_states, required = false)]
    state: Option<page::State>,
    /// Only pages that are not resolved.
    #[serde(default)]
    open: bool,
    /// How many items to show.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// The `next` of the list before.
    #[param(value_type = Option<String>)]
    after: Option<After<(jiff::Timestamp, PageId)>>,
}

/// A person's request that others act.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreatePage {
    /// One line that says what is wrong.
    title: Title,
    /// What those who are asked need to know.
    #[serde(default)]
    details: Details,
    /// The escalation policy to ask by; the service's when it is left out.
    policy: Option<Key>,
    /// The service that it is about.
    service: Option<Key>,
    /// How bad, in any word of the plan's scale; the scale's default when it is left out.
    severity: Option<SeverityWord>,
}

/// A request that people act.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PageView {
    /// Its id.
    #[schema(value_type = String)]
    id: PageId,
    /// One line.
    title: String,
    /// Whether somebody answers for it.
    #[schema(schema_with = shapes::page_states)]
    state: &'static str,
    /// How bad.
    severity: SeverityView,
    /// The key of the service that it is about.
    service: Option<String>,
    /// How many alerts fire.
    firing: usize,
    /// When what it is about began.
    started_at: Time,
    /// When it began.
    triggered_at: Time,
    /// Who acknowledged it, when.
    acknowledged: Option<StampView>,
    /// Who resolved it, when.
    resolved: Option<StampView>,
    /// The incident that it belongs to.
    #[schema(value_type = Option<String>)]
    incident: Option<IncidentId>,
    /// Its address in the browser.
    url: String,
}

/// A page with everything that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PageDetail {
    #[serde(flatten)]
    page: PageView,
    /// What is known, a line each.
    summary: Vec<String>,
    /// Where the runbook is; empty when there is none.
    runbook: String,
    /// The key of the escalation policy, as it stood when the page began.
    policy: String,
    /// Everybody who was asked, in order; a person more than once when asked again.
    asked: Vec<AskedView>,
    /// Who is asked next, unless somebody answers first.
    next_step: Option<NextStep>,
    /// How people call its incident.
    #[schema(example = "INC-7")]
    incident_name: Option<String>,
    /// Every message about it, oldest first.
    deliveries: Vec<DeliveryDetail>,
    /// The alerts of its group, the first 500.
    alerts: Vec<AlertView>,
    /// What happened, in the order in which it was recorded.
    timeline: Vec<EntryView>,
}

/// Somebody who was asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AskedView {
    #[serde(flatten)]
    reached: ReachedView,
    /// When.
    at: Time,
}

/// A step of an escalation that is still to come.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NextStep {
    /// When it begins.
    at: Time,
    /// Whom it asks, by what is known now; nobody when it reaches nobody.
    people: Vec<ReachedView>,
}

impl PageView {
    pub(crate) fn of(in_force: &InForce, external_url: &str, page: &Page) -> Self {
        let plan = &in_force.plan;
        Self {
            id: page.id,
            title: page.title.clone(),
            state: page.state.word(),
            severity: SeverityView::of(plan, page.severity),
            service: page.service.clone(),
            firing: page.firing,
            started_at: page.started_at.into(),
            triggered_at: page.triggered_at.into(),
            acknowledged: page.acknowledged.as_ref().map(|stamp| StampView::of(plan, stamp)),
            resolved: page.resolved.as_ref().map(|stamp| StampView::of(plan, stamp)),
            incident: page.incident,
            url: shapes::url(in_force, external_url, &format!("/pages/{}", page.id)),
        }
    }
}

/// List pages, newest first
#[utoipa::path(
    get, path = "/api/v1/pages", tag = "pages", params(ListPages),
    responses((status = 200, description = "Pages", body = List<PageView>)),
    security(("token" = ["read"]))
)]
pub(super) async fn list_pages(
    State(app): State<Arc<App>>,
    Query(query): Query<ListPages>,
) -> Result<Json<List<PageView>>, Error> {
    let after = query.after.map(|After(after)| after);
    let filter = Filter { state: query.state, open: query.open, after };
    let probe = i64::from(query.limit.probe());
    let found = app.read(move |db| pages::list(db, &filter, probe)).await?;
    let in_force = app.in_force();
    let show = |page: Page| PageView::of(&in_force, &app.external_url, &page);
    Ok(Json(List::of(found, query.limit, |page| (page.triggered_at, page.id), show)))
}

/// Show a page with everything that is known of it
#[utoipa::path(
    get, path = "/api/v1/pages/{id}", tag = "pages", params(("id" = String, Path, description = "`page_…`")),
    responses((status = 200, description = "The page", body = PageDetail)),
    security(("token" = ["read"]))
)]
pub(super) async fn show_page(
    State(app): State<Arc<App>>,
    Named(id): Named<PageId>,
) -> Result<Json<PageDetail>, Error> {
    Ok(Json(detail(&app, id).await?))
}

/// Ask people to act, without an alert
#[utoipa::path(
    post, path = "/api/v1/pages", tag = "pages", request_body = CreatePage,
    responses((status = 201, description = "The page; people are being asked", body = PageDetail)),
    security(("token" = ["respond"]))
)]
pub(super) async fn create_page(
    State(app): State<Arc<App>>,
    acting: Acting,
    Body(body): Body<CreatePage>,
) -> Result<Response, Error> {
    let plan = Arc::clone(&app.in_force().plan);
    let request = request(&plan, body, &acting)?;
    let answer = acting.decide(&app, "page", Input::RequestPage(request)).await?;
    let Answer::Page(page) = answer else {
        return Err(Error::internal("a request for a page made none"));
    };
    let location = [(LOCATION, format!("/api/v1/pages/{}", page.id))];
    Ok((StatusCode::CREATED, location, Json(detail(&app, page.id).await?)).into_response())
}

/// Acknowledge a page: somebody is on it
#[utoipa::path(
    post, path = "/api/v1/pages/{id}/acknowledge", tag = "pages",
    params(("id" = String, Path, description = "`page_…`")),
    responses((status = 200, description = "The page", body = PageDetail)),
    security(("token" = ["respond"]))
)]
pub(super) async fn acknowledge_page(
    State(app): State<Arc<App>>,
    Named(id): Named<PageId>,
    acting: Acting,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<PageDetail>, Error> {
    let input = page::Input::Acknowledge { by: acting.by.clone() };
    acting.decide(&app, "acknowledge", Input::Page(id, input)).await?;
    Ok(Json(detail(&app, id).await?))
}

/// Resolve a page: it is over
#[utoipa::path(
    post, path = "/api/v1/pages/{id}/resolve", tag = "pages",
    params(("id" = String, Path, description = "`page_…`")),
    responses((status = 200, description = "The page", body = PageDetail)),
    security(("token" = ["respond"]))
)]
pub(super) async fn resolve_page(
    State(app): State<Arc<App>>,
    Named(id): Named<PageId>,
    acting: Acting,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<PageDetail>, Error> {
    let input = page::Input::Resolve { by: acting.by.clone() };
    acting.decide(&app, "resolve", Input::Page(id, input)).await?;
    Ok(Json(detail(&app, id).await?))
}

fn request(plan: &Plan, body: CreatePage, acting: &Acting) -> Result<PageRequest, Error> {
    let service = shapes::service(plan, body.service)?;
    let of_service = service.as_deref().and_then(|key| plan.service(key)?.escalate.clone());
    let policy = match body.policy.map(|Line(policy)| policy).or(of_service) {
        Some(policy) if plan.policies.contains_key(&policy) => policy,
        Some(policy) => {
            let why = format!("The plan has no escalation policy `{policy}`.");
            return Err(Error::invalid("policy", why));
        }
        None => {
            let why = "Name an escalation policy, or a service that has one.";
            return Err(Error::invalid("policy", why));
        }
    };
    let severity =
        body.severity.map_or(Ok(plan.severities.default), |word| shapes::level(plan, &word))?;
    let (Line(title), Prose(details)) = (body.title, body.details);
    Ok(PageRequest { title, details, policy, service, severity, by: acting.by.clone() })
}

async fn detail(app: &App, id: PageId) -> Result<PageDetail, Error> {
    let in_force = app.in_force();
    let external_url = app.external_url.clone();
    let standing = Arc::clone(&app.standing);
    let found = app.read(move |db| {
        let Some(Saved { it: page, .. }) = pages::open(db, id)? else { return Ok(None) };
        let alerts = page.group.map_or_else(Vec::new, |group| {
            let standing = standing.read().unwrap_or_else(PoisonError::into_inner);
            let prints = standing.prints_of(group).into_iter();
            prints.filter_map(|print| standing.view(print)).map(View::record).collect()
        });
        read(db, (&in_force, &external_url), &page, alerts).map(Some)
    });
    found.await?.ok_or_else(|| Error::not_found("page"))
}

fn read(
    db: &mut Db,
    (in_force, external_url): (&InForce, &str),
    page: &Page,
    mut alerts: Vec<Record>,
) -> Result<PageDetail, StoreError> {
    let plan = &in_force.plan;
    let sent = deliveries::of_page(db, page.id)?;
    let deliveries =
        sent.iter().map(|saved| DeliveryDetail::read(db, &saved.it)).collect::<Result<_, _>>()?;
    alerts.sort_by_key(|it| (!it.firing, it.alert.starts_at, it.fingerprint));
    let incident = page.incident.map_or(Ok(None), |id| incidents::open(db, id))?;
    let entries = timeline::of(db, &[Subject::Page(page.id)])?;
    let reached = |reached: &_| ReachedView::of(plan, reached);
    Ok(PageDetail {
        summary: page.summary.clone(),
        runbook: page.runbook.clone(),
        policy: page.policy.name.clone(),
        asked: page.asked.iter().map(|asked| AskedView::of(plan, asked)).collect(),
        next_step: page.next(plan).map(|(at, people)| NextStep {
            at: at.into(),
            people: people.iter().map(reached).collect(),
        }),
        incident_name: incident.map(|saved| format!("INC-{}", saved.it.number)),
        deliveries,
        alerts: alerts.into_iter().take(ALERTS_MAX).map(AlertView::of).collect(),
        timeline: entries.iter().map(|entry| EntryView::of(plan, entry)).collect(),
        page: PageView::of(in_force, external_url, page),
    })
}

impl AskedView {
    fn of(plan: &Plan, asked: &page::Asked) -> Self {
        let reached = stentor_domain::escalation::Reached {
            person: asked.person.clone(),
            why: asked.why.clone(),
        };
        Self { reached: ReachedView::of(plan, &reached), at: asked.at.into() }
    }
}
