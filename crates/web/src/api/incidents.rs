//! Incidents: declared, worked on, and written down.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use stentor_domain::id::{IncidentId, PageId};
use stentor_domain::incident::{self, Draft, Incident, NoteKind, Role};
use stentor_domain::page::{Actor, Page};
use stentor_domain::plan::Plan;
use stentor_domain::timeline::Subject;
use stentor_engine::{Answer, Input};
use stentor_store::db::Db;
use stentor_store::document::Saved;
use stentor_store::error::Error as StoreError;
use stentor_store::incidents::{self, Filter};
use stentor_store::{pages, timeline};
use utoipa::{IntoParams, ToSchema};

use super::acting::Acting;
use super::input::{Body, Named, Noun, Query};
use super::list::{After, Limit, List};
use super::pages::PageView;
use super::shapes::{self, By, SeverityView, SeverityWord};
use super::text::{Key, Line, NoteText, Prose, Time, Title};
use super::timeline::EntryView;
use crate::app::{App, InForce};
use crate::auth::Permission;
use crate::error::Error;
use crate::now::Now;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    let respond = Permission::Respond;
    routes
        .on(Permission::Read, "/api/v1/incidents", get(list_incidents))
        .on(respond, "/api/v1/incidents", post(declare_incident))
        .on(Permission::Read, "/api/v1/incidents/{id}", get(show_incident))
        .on(respond, "/api/v1/incidents/{id}/timeline", post(create_timeline_entry))
        .on(respond, "/api/v1/incidents/{id}/state", post(move_incident))
        .on(respond, "/api/v1/incidents/{id}/severity", post(rate_incident))
        .on(respond, "/api/v1/incidents/{id}/roles", post(assign_role))
}

/// How an incident is named in a path: by its id, or as people call it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    /// `inc_…`
    Id(IncidentId),
    /// `INC-7`, or just `7`.
    Number(i64),
}

impl FromStr for Which {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let digits = text.strip_prefix("INC-").unwrap_or(text);
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| plain).map(Self::Number).ok_or(())
    }
}

impl Noun for Which {
    const NOUN: &'static str = "incident";
}

impl Which {
    /// Returns the incident with this name.
    pub(crate) fn open(self, db: &mut Db) -> Result<Option<Saved<Incident>>, StoreError> {
        match self {
            Self::Id(id) => incidents::open(db, id),
            Self::Number(number) => incidents::open_by_number(db, number),
        }
    }

    /// Returns its id, as far as there is one.
    pub(crate) async fn id(self, app: &App) -> Result<IncidentId, Error> {
        match self {
            Self::Id(id) => Ok(id),
            Self::Number(_) => {
                let found = app.read(move |db| self.open(db)).await?;
                found.map(|saved| saved.it.id).ok_or_else(|| Error::not_found("incident"))
            }
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListIncidents {
    /// Only incidents at which people are still at work.
    #[serde(default)]
    open: bool,
    /// How many items to show.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// The `next` of the list before.
    #[param(value_type = Option<String>)]
    after: Option<After<(jiff::Timestamp, IncidentId)>>,
}

/// What a new incident is about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeclareIncident {
    /// One line; the page's title when it is left out.
    title: Option<Title>,
    /// How bad, in any word of the plan's scale; the page's when it is left out.
    severity: Option<SeverityWord>,
    /// The key of the service; the page's when it is left out.
    service: Option<Key>,
    /// The page that it is declared for; one that has an incident already yields that one.
    #[schema(value_type = Option<String>)]
    page: Option<PageId>,
    /// When the harm began, if not now; the page's beginning when it is left out.
    started_at: Option<Time>,
}

/// An entry that a person makes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateTimelineEntry {
    /// What sort of entry.
    #[schema(schema_with = shapes::note_kinds)]
    kind: NoteKind,
    /// The words.
    text: NoteText,
    /// When it happened, if not now.
    happened_at: Option<Time>,
}

/// How far an incident is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveIncident {
    /// Any state but `declared`; only what is resolved can be closed.
    #[schema(schema_with = shapes::incident_states)]
    state: incident::State,
    /// When that was so, if not now.
    happened_at: Option<Time>,
}

/// How bad an incident is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateIncident {
    /// Any word of the plan's scale.
    severity: SeverityWord,
}

/// Who has a role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssignRole {
    /// Which.
    #[schema(schema_with = shapes::incident_roles)]
    role: Role,
    /// The key of a person of the plan.
    to: Key,
}

/// The coordinated response to one or more pages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IncidentView {
    /// Its id.
    #[schema(value_type = String)]
    id: IncidentId,
    /// Its number, from 1.
    number: i64,
    /// How people call it.
    #[schema(example = "INC-7")]
    name: String,
    /// One line.
    title: String,
    /// How far the response is.
    #[schema(schema_with = shapes::incident_states)]
    state: &'static str,
    /// How bad.
    severity: SeverityView,
    /// The key of the service that it is about.
    service: Option<String>,
    /// Who has which role.
    #[schema(value_type = BTreeMap<String, By>)]
    roles: BTreeMap<&'static str, By>,
    /// When the harm began, as far as is known.
    started_at: Time,
    /// When it was declared.
    declared_at: Time,
    /// Who declared it.
    declared_by: By,
    /// When it was resolved.
    resolved_at: Option<Time>,
    /// Its address in the browser.
    url: String,
}

/// An incident with its pages and its timeline.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IncidentDetail {
    #[serde(flatten)]
    incident: IncidentView,
    /// Its pages, oldest first.
    pages: Vec<PageView>,
    /// What happened, in the order in which it was recorded.
    timeline: Vec<EntryView>,
}

impl IncidentView {
    fn of(in_force: &InForce, external_url: &str, incident: &Incident) -> Self {
        let plan = &in_force.plan;
        let role = |(role, actor): (&Role, &Actor)| (role.word(), By::of(plan, actor));
        Self {
            id: incident.id,
            number: incident.number,
            name: format!("INC-{}", incident.number),
            title: incident.title.clone(),
            state: incident.state.word(),
            severity: SeverityView::of(plan, incident.severity),
            service: incident.service.clone(),
            roles: incident.roles.iter().map(role).collect(),
            started_at: incident.started_at.into(),
            declared_at: incident.declared_at.into(),
            declared_by: By::of(plan, &incident.declared_by),
            resolved_at: incident.resolved_at.map(Time),
            url: shapes::url(in_force, external_url, &format!("/incidents/{}", incident.id)),
        }
    }
}

/// List incidents, newest first
#[utoipa::path(
    get, path = "/api/v1/incidents", tag = "incidents", params(ListIncidents),
    responses((status = 200, description = "Incidents", body = List<IncidentView>)),
    security(("token" = ["read"]))
)]
pub(super) async fn list_incidents(
    State(app): State<Arc<App>>,
    Query(query): Query<ListIncidents>,
) -> Result<Json<List<IncidentView>>, Error> {
    let filter = Filter { open: query.open, after: query.after.map(|After(after)| after) };
    let probe = i64::from(query.limit.probe());
    let found = app.read(move |db| incidents::list(db, &filter, probe)).await?;
    let in_force = app.in_force();
    let show = |incident: Incident| IncidentView::of(&in_force, &app.external_url, &incident);
    Ok(Json(List::of(found, query.limit, |incident| (incident.declared_at, incident.id), show)))
}

/// Show an incident with its pages and its timeline
#[utoipa::path(
    get, path = "/api/v1/incidents/{id}", tag = "incidents",
    params(("id" = String, Path, description = "`inc_…`, `INC-7` or `7`")),
    responses((status = 200, description = "The incident", body = IncidentDetail)),
    security(("token" = ["read"]))
)]
pub(super) async fn show_incident(
    State(app): State<Arc<App>>,
    Named(which): Named<Which>,
) -> Result<Json<IncidentDetail>, Error> {
    Ok(Json(detail(&app, which).await?))
}

/// Declare an incident
#[utoipa::path(
    post, path = "/api/v1/incidents", tag = "incidents", request_body = DeclareIncident,
    responses((status = 201, description = "The incident", body = IncidentDetail)),
    security(("token" = ["respond"]))
)]
pub(super) async fn declare_incident(
    State(app): State<Arc<App>>,
    Now(now): Now,
    acting: Acting,
    Body(body): Body<DeclareIncident>,
) -> Result<Response, Error> {
    let page = match body.page {
        Some(id) => Some(page(&app, id).await?),
        None => None,
    };
    let draft = draft(&app.in_force().plan, body, page, acting.by.clone(), now)?;
    let answer = acting.decide(&app, "declare", Input::Declare(draft)).await?;
    let Answer::Incident(incident) = answer else {
        return Err(Error::internal("a declaration made no incident"));
    };
    let id = incident.id;
    let location = [(LOCATION, format!("/api/v1/incidents/{id}"))];
    Ok((StatusCode::CREATED, location, Json(detail(&app, Which::Id(id)).await?)).into_response())
}

/// Write something down in an incident's timeline
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/timeline", tag = "incidents", request_body = CreateTimelineEntry,
    params(("id" = String, Path, description = "`inc_…`, `INC-7` or `7`")),
    responses((status = 200, description = "The incident", body = IncidentDetail)),
    security(("token" = ["respond"]))
)]
pub(super) async fn create_timeline_entry(
    State(app): State<Arc<App>>,
    Named(which): Named<Which>,
    acting: Acting,
    Body(body): Body<CreateTimelineEntry>,
) -> Result<Json<IncidentDetail>, Error> {
    let CreateTimelineEntry { kind, text: Prose(text), happened_at } = body;
    let happened_at = happened_at.map(|Time(at)| at);
    let input = incident::Input::Note { by: acting.by.clone(), kind, text, happened_at };
    work(&app, which, acting, input, kind.word()).await
}

/// Say how far an incident is
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/state", tag = "incidents", request_body = MoveIncident,
    params(("id" = String, Path, description = "`inc_…`, `INC-7` or `7`")),
    responses((status = 200, description = "The incident", body = IncidentDetail)),
    security(("token" = ["respond"]))
)]
pub(super) async fn move_incident(
    State(app): State<Arc<App>>,
    Named(which): Named<Which>,
    acting: Acting,
    Body(body): Body<MoveIncident>,
) -> Result<Json<IncidentDetail>, Error> {
    let happened_at = body.happened_at.map(|Time(at)| at);
    let input = incident::Input::Move { by: acting.by.clone(), to: body.state, happened_at };
    work(&app, which, acting, input, body.state.word()).await
}

/// Say how bad an incident is
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/severity", tag = "incidents", request_body = RateIncident,
    params(("id" = String, Path, description = "`inc_…`, `INC-7` or `7`")),
    responses((status = 200, description = "The incident", body = IncidentDetail)),
    security(("token" = ["respond"]))
)]
pub(super) async fn rate_incident(
    State(app): State<Arc<App>>,
    Named(which): Named<Which>,
    acting: Acting,
    Body(body): Body<RateIncident>,
) -> Result<Json<IncidentDetail>, Error> {
    let severity = shapes::level(&app.in_force().plan, &body.severity)?;
    let input = incident::Input::Rate { by: acting.by.clone(), severity };
    work(&app, which, acting, input, "rate").await
}

/// Give a role to somebody
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/roles", tag = "incidents", request_body = AssignRole,
    params(("id" = String, Path, description = "`inc_…`, `INC-7` or `7`")),
    responses((status = 200, description = "The incident", body = IncidentDetail)),
    security(("token" = ["respond"]))
)]
pub(super) async fn assign_role(
    State(app): State<Arc<App>>,
    Named(which): Named<Which>,
    acting: Acting,
    Body(AssignRole { role, to: Line(to) }): Body<AssignRole>,
) -> Result<Json<IncidentDetail>, Error> {
    if !app.in_force().plan.people.contains_key(&to) {
        return Err(Error::invalid("to", format!("The plan knows no person `{to}`.")));
    }
    let input = incident::Input::Assign { by: acting.by.clone(), role, to: Actor::Person(to) };
    work(&app, which, acting, input, "assign").await
}

async fn page(app: &App, id: PageId) -> Result<Page, Error> {
    let found = app.read(move |db| pages::open(db, id)).await?;
    let page = found.map(|saved| saved.it);
    page.ok_or_else(|| Error::invalid("page", "There is no such page."))
}

fn draft(
    plan: &Plan,
    body: DeclareIncident,
    page: Option<Page>,
    by: Actor,
    now: jiff::Timestamp,
) -> Result<Draft, Error> {
    let missing =
        |field| Error::invalid(field, "It is missing, and no page is named to take it from.");
    let of_page = page.as_ref();
    let severity = match body.severity {
        Some(word) => Some(shapes::level(plan, &word)?),
        None => of_page.map(|page| page.severity),
    };
    let title =
        body.title.map(|Line(title)| title).or_else(|| of_page.map(|page| page.title.clone()));
    let service = shapes::service(plan, body.service)?;
    let started_at = body.started_at.map(|Time(at)| at);
    if started_at.is_some_and(|at| at > now) {
        return Err(Error::invalid("started_at", "The time given lies in the future."));
    }
    Ok(Draft {
        title: title.ok_or_else(|| missing("title"))?,
        severity: severity.ok_or_else(|| missing("severity"))?,
        service: service.or_else(|| of_page.and_then(|page| page.service.clone())),
        page: of_page.map(|page| page.id),
        by,
        commander: of_page.and_then(|page| Some(page.acknowledged.as_ref()?.by.clone())),
        started_at: started_at.or_else(|| of_page.map(|page| page.started_at)).unwrap_or(now),
    })
}

async fn work(
    app: &App,
    which: Which,
    acting: Acting,
    input: incident::Input,
    action: &'static str,
) -> Result<Json<IncidentDetail>, Error> {
    let id = which.id(app).await?;
    acting.decide(app, action, Input::Incident(id, input)).await?;
    Ok(Json(detail(app, Which::Id(id)).await?))
}

async fn detail(app: &App, which: Which) -> Result<IncidentDetail, Error> {
    let in_force = app.in_force();
    let external_url = app.external_url.clone();
    let found = app.read(move |db| {
        let Some(Saved { it: incident, .. }) = which.open(db)? else { return Ok(None) };
        let pages = pages::of_incident(db, incident.id)?;
        let entries = timeline::of(db, &subjects(&incident))?;
        Ok(Some(IncidentDetail {
            incident: IncidentView::of(&in_force, &external_url, &incident),
            pages: pages.iter().map(|page| PageView::of(&in_force, &external_url, page)).collect(),
            timeline: entries.iter().map(|entry| EntryView::of(&in_force.plan, entry)).collect(),
        }))
    });
    found.await?.ok_or_else(|| Error::not_found("incident"))
}

/// Returns whose lines make the timeline of an incident: its own, and those of its pages.
pub(crate) fn subjects(incident: &Incident) -> Vec<Subject> {
    let pages = incident.pages.iter().copied().map(Subject::Page);
    std::iter::once(Subject::Incident(incident.id)).chain(pages).collect()
}
