//! Incidents: the list, declaring one, and what people do in one.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use stentor_domain::id::{IncidentId, PageId};
use stentor_domain::incident::{self, Draft, NoteKind, Role, State, TEXT_LENGTH_MAX};
use stentor_domain::page::Actor;
use stentor_domain::plan::Plan;
use stentor_domain::severity::Level;
use stentor_engine::{Answer, Input};
use stentor_store::{incidents, pages};

use super::form::{Checked, Form};
use super::frame::{Frame, html};
use super::page::After;
use super::{cards, flash, incident_show, now};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::incident::{Choice, IncidentDeclare, IncidentsList, SeverityChoice};
use crate::pages::layout::Section;
use crate::routes::Routes;

/// A title has at most this many characters.
const TITLE_LENGTH_MAX: usize = 200;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .on(Permission::Read, "/incidents", get(list_incidents))
        .on(Permission::Respond, "/incidents/new", get(show_declare))
        .on(Permission::Respond, "/incidents", post(declare_incident))
        .on(Permission::Read, "/incidents/{id}", get(incident_show::show_incident))
        .on(Permission::Respond, "/incidents/{id}/timeline", post(note_incident))
        .on(Permission::Respond, "/incidents/{id}/state", post(move_incident))
        .on(Permission::Respond, "/incidents/{id}/severity", post(rate_incident))
        .on(Permission::Respond, "/incidents/{id}/roles", post(assign_incident))
}

async fn list_incidents(frame: Frame, Query(after): Query<After>) -> Result<Response, Error> {
    let place = after.place();
    let (layout, (open, past, next)) = frame
        .read(Section::Incidents, move |from| {
            let open = if place.is_some() { vec![] } else { now::open_incidents(from)? };
            let filter = incidents::Filter { after: place, ..incidents::Filter::default() };
            let mut past = incidents::list(from.db, &filter, cards::ROWS as i64 + 1)?;
            let found = past.len();
            past.truncate(cards::ROWS);
            let last = past.last().map(|it| (it.declared_at, it.id.to_string()));
            past.retain(|incident| !incident.state.open());
            let card = |it| cards::incident_card(from.plan, it);
            let (open, past) = (open.iter().map(card).collect(), past.iter().map(card).collect());
            Ok((open, past, After::next("/incidents", found, last)))
        })
        .await?;
    Ok(html(&IncidentsList { layout, open, past, next }))
}

/// For what an incident is declared.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct For {
    page: String,
}

async fn show_declare(frame: Frame, Query(about): Query<For>) -> Result<Response, Error> {
    let typed = Typed { page: about.page.parse().ok(), ..Typed::default() };
    Ok(html(&declare_view(&frame, typed, None).await?))
}

/// What somebody typed into the form that declares an incident.
#[derive(Clone, Debug, Default)]
struct Typed {
    title: String,
    severity: Option<Level>,
    service: String,
    commander: Option<String>,
    page: Option<PageId>,
    text: String,
    happened_at: String,
}

impl Typed {
    fn new(form: &Form) -> Self {
        Self {
            title: form.text("title").to_owned(),
            severity: form.text("severity").parse().ok().map(Level),
            service: form.text("service").to_owned(),
            commander: Some(form.text("commander").to_owned()),
            page: form.text("page").parse().ok(),
            text: form.text("text").to_owned(),
            happened_at: form.text("happened_at").to_owned(),
        }
    }
}

async fn declare_view(
    frame: &Frame,
    typed: Typed,
    problem: Option<String>,
) -> Result<IncidentDeclare, Error> {
    let id = typed.page;
    let (layout, (page, me)) = frame
        .read(Section::Incidents, move |from| {
            let page = id.map(|id| pages::open(from.db, id)).transpose()?.flatten();
            Ok((page.map(|saved| saved.it), from.reader.cloned()))
        })
        .await?;
    let plan = frame.plan();
    let severity = typed.severity.or_else(|| page.as_ref().map(|page| page.severity));
    let about = page.as_ref().and_then(|page| page.service.clone()).unwrap_or_default();
    let service = if typed.service.is_empty() { about } else { typed.service };
    let title = page.as_ref().map(|page| page.title.clone()).filter(|_| typed.title.is_empty());
    let leader = typed.commander.or(me);
    Ok(IncidentDeclare {
        layout,
        title: title.unwrap_or(typed.title),
        severities: severity_choices(plan, severity),
        services: service_choices(plan, &service),
        commanders: cards::people(plan, leader.as_ref()),
        page: page.map(|page| (page.id.to_string(), page.title)),
        text: typed.text,
        happened_at: typed.happened_at,
        problem,
    })
}

fn severity_choices(plan: &Plan, chosen: Option<Level>) -> Vec<SeverityChoice> {
    let choice = |severity: &stentor_domain::severity::Severity| SeverityChoice {
        rank: cards::rank_of(severity),
        description: severity.description.clone(),
        selected: Some(severity.level) == chosen,
    };
    plan.severities.ranks.iter().map(choice).collect()
}

fn service_choices(plan: &Plan, chosen: &str) -> Vec<Choice> {
    let choice = |service: &stentor_domain::plan::Service| Choice {
        value: service.key.clone(),
        text: service.name.clone(),
        selected: service.key == chosen,
    };
    plan.services.iter().map(choice).collect()
}

async fn declare_incident(frame: Frame, Checked(form): Checked) -> Result<Response, Error> {
    let draft = match draft(&frame, &form) {
        Ok(draft) => draft,
        Err(error) => {
            let view = declare_view(&frame, Typed::new(&form), Some(error.detail)).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&view)).into_response());
        }
    };
    let text = form.prose("text", "The text", TEXT_LENGTH_MAX)?;
    let answer = frame.decide("declare", "", Input::Declare(draft)).await?;
    let Answer::Incident(incident) = &answer else { return Err(Error::not_found("page")) };
    if !text.is_empty() {
        let by = frame.actor();
        let note = incident::Input::Note { by, kind: NoteKind::Note, text, happened_at: None };
        frame.decide("note", "", Input::Incident(incident.id, note)).await?;
    }
    let to = format!("/incidents/{}", incident.id);
    flash::answered(&to, &answer, frame.plan(), format!("INC-{} is declared.", incident.number))
}

fn draft(frame: &Frame, form: &Form) -> Result<Draft, Error> {
    let plan = frame.plan();
    let title = form.line("title", "What is wrong", TITLE_LENGTH_MAX)?;
    let severity = severity(plan, form)?;
    let service = Some(form.text("service").to_owned()).filter(|key| !key.is_empty());
    if service.as_deref().is_some_and(|key| plan.service(key).is_none()) {
        return Err(Error::invalid("service", "The plan has no such service."));
    }
    let commander = match form.text("commander") {
        "" => None,
        _ => Some(person(plan, form, "commander")?),
    };
    let started_at = form.instant("happened_at")?.unwrap_or(frame.now);
    if started_at > frame.now {
        return Err(Error::invalid("happened_at", incident::Refusal::InTheFuture.sentence()));
    }
    let page = match form.text("page") {
        "" => None,
        id => Some(id.parse().map_err(|_| Error::invalid("page", "There is no such page."))?),
    };
    let by = frame.actor();
    Ok(Draft { title, severity, service, page, by, commander, started_at })
}

fn severity(plan: &Plan, form: &Form) -> Result<Level, Error> {
    let level = form.text("severity").parse().ok().map(Level);
    let known = level.filter(|level| plan.severities.ranks.iter().any(|it| it.level == *level));
    known.ok_or_else(|| Error::invalid("severity", "Choose how bad it is."))
}

fn person(plan: &Plan, form: &Form, field: &str) -> Result<Actor, Error> {
    let key = form.text(field);
    let known = plan.people.contains_key(key);
    let person = known.then(|| Actor::Person(key.to_owned()));
    person.ok_or_else(|| Error::invalid(field, "The plan knows no such person."))
}

async fn note_incident(
    frame: Frame,
    Path(id): Path<String>,
    Checked(form): Checked,
) -> Result<Response, Error> {
    let work = At::new(&frame, &id)?;
    let kind = NoteKind::from_word(form.text("kind")).unwrap_or(NoteKind::Note);
    let text = form.raw("text").replace("\r\n", "\n");
    let happened_at = match form.instant("happened_at") {
        Ok(at) => at,
        Err(error) => return Ok(flash::refused(&work.to, error.detail)),
    };
    let by = frame.actor();
    work.decide(incident::Input::Note { by, kind, text, happened_at }, "Written down.").await
}

async fn move_incident(
    frame: Frame,
    Path(id): Path<String>,
    Checked(form): Checked,
) -> Result<Response, Error> {
    let work = At::new(&frame, &id)?;
    let Some(to) = State::from_word(form.text("state")) else {
        return Ok(flash::refused(&work.to, "There is no such state."));
    };
    let happened_at = match form.instant("happened_at") {
        Ok(at) => at,
        Err(error) => return Ok(flash::refused(&work.to, error.detail)),
    };
    let by = frame.actor();
    let done = format!("The incident is {}.", to.word());
    let input = incident::Input::Move { by, to, happened_at };
    work.decide_and_note(input, &form, NoteKind::Note, &done).await
}

async fn rate_incident(
    frame: Frame,
    Path(id): Path<String>,
    Checked(form): Checked,
) -> Result<Response, Error> {
    let work = At::new(&frame, &id)?;
    let severity = match severity(frame.plan(), &form) {
        Ok(severity) => severity,
        Err(error) => return Ok(flash::refused(&work.to, error.detail)),
    };
    let by = frame.actor();
    let done = format!("The severity is {}.", frame.plan().severities.rank(severity).name);
    let input = incident::Input::Rate { by, severity };
    work.decide_and_note(input, &form, NoteKind::Decision, &done).await
}

async fn assign_incident(
    frame: Frame,
    Path(id): Path<String>,
    Checked(form): Checked,
) -> Result<Response, Error> {
    let work = At::new(&frame, &id)?;
    let Some(role) = Role::from_word(form.text("role")) else {
        return Ok(flash::refused(&work.to, "There is no such role."));
    };
    let to = match person(frame.plan(), &form, "person") {
        Ok(person) => person,
        Err(error) => return Ok(flash::refused(&work.to, error.detail)),
    };
    let by = frame.actor();
    let done = format!("{} is {} now.", to.name(frame.plan()), role.title());
    work.decide(incident::Input::Assign { by, role, to }, &done).await
}

/// Returns how the audit log calls what a person does in an incident.
fn action(input: &incident::Input) -> &'static str {
    match input {
        incident::Input::Note { .. } => "note",
        incident::Input::Move { .. } => "move",
        incident::Input::Rate { .. } => "rate",
        incident::Input::Assign { .. } => "assign",
        incident::Input::Join { .. } | incident::Input::Answered { .. } => "change",
    }
}

/// Work on one incident, and the page that it comes back to.
struct At<'a> {
    frame: &'a Frame,
    id: IncidentId,
    to: String,
}

impl<'a> At<'a> {
    fn new(frame: &'a Frame, id: &str) -> Result<Self, Error> {
        let id: IncidentId = id.parse().map_err(|_| Error::not_found("incident"))?;
        Ok(Self { frame, id, to: format!("/incidents/{id}") })
    }

    async fn decide(&self, input: incident::Input, done: &str) -> Result<Response, Error> {
        let answer = self.frame.decide(action(&input), "", Input::Incident(self.id, input)).await?;
        flash::answered(&self.to, &answer, self.frame.plan(), done)
    }

    /// Decides, and writes down the words that came with it, at the same time as it happened.
    async fn decide_and_note(
        &self,
        input: incident::Input,
        form: &Form,
        kind: NoteKind,
        done: &str,
    ) -> Result<Response, Error> {
        let answer = self.frame.decide(action(&input), "", Input::Incident(self.id, input)).await?;
        let text = form.raw("text").replace("\r\n", "\n");
        if matches!(answer, Answer::Incident(_)) && !text.trim().is_empty() {
            let (by, happened_at) = (self.frame.actor(), form.instant("happened_at")?);
            return self.decide(incident::Input::Note { by, kind, text, happened_at }, done).await;
        }
        flash::answered(&self.to, &answer, self.frame.plan(), done)
    }
}
