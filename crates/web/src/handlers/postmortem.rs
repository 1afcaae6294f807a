//! Postmortems: reading, taking along as Markdown, and writing the sections that only people can write.

use axum::extract::{Path, RawQuery};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use stentor_domain::id::IncidentId;
use stentor_domain::incident::Incident;
use stentor_domain::plan::Plan;
use stentor_domain::review::{self, Review, SECTION_LENGTH_MAX, Sections};
use stentor_domain::timeline;
use stentor_engine::{Answer, Input};
use stentor_store::audit;
use stentor_store::document::Saved;
use stentor_store::error::Error as StoreError;
use stentor_store::reviews;

use super::form::{Checked, Form};
use super::frame::{Frame, Source, html};
use super::{cards, flash, incident_show, markdown};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::layout::Section;
use crate::pages::postmortem::{PostmortemEdit, PostmortemShow, SectionField};
use crate::routes::Routes;

/// How the audit log calls a save, here and through the API.
const WRITE: &str = "review";

/// So many entries of the audit log are looked through for the last save.
const DEEDS_SEARCHED: u32 = 100;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .on(Permission::Read, "/incidents/{id}/postmortem", get(show_postmortem))
        .on(Permission::Read, "/incidents/{id}/postmortem.md", get(download_postmortem))
        .on(
            Permission::Respond,
            "/incidents/{id}/postmortem/edit",
            get(edit_postmortem).post(write_postmortem),
        )
}

/// What the database knows of a postmortem.
struct Seen {
    incident: Incident,
    entries: Vec<timeline::Entry>,
    review: Saved<Review>,
    edited: Option<(String, Timestamp)>,
}

impl Seen {
    fn read(from: &mut Source<'_>, name: &str) -> Result<Option<Self>, StoreError> {
        let Some(incident) = incident_show::find(from.db, name)? else { return Ok(None) };
        let deeds = audit::list_of(from.db, &incident.id.to_string(), None, DEEDS_SEARCHED)?;
        let last = deeds.into_iter().find(|deed| deed.action == WRITE);
        Ok(Some(Self {
            entries: incident_show::entries(from.db, &incident)?,
            review: reviews::open(from.db, incident.id)?,
            edited: last.map(|deed| (deed.actor, deed.at)),
            incident,
        }))
    }

    fn document(&self, plan: &Plan) -> String {
        self.review.it.document(plan, &self.incident, &self.entries)
    }
}

async fn show_postmortem(
    frame: Frame,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    if query.is_some_and(|query| query.split('&').any(|part| part == "raw")) {
        return download_postmortem(frame, Path(name)).await;
    }
    let (layout, seen) =
        frame.read(Section::Incidents, move |from| Seen::read(from, &name)).await?;
    let seen = seen.ok_or_else(|| Error::not_found("incident"))?;
    let markdown = seen.document(frame.plan());
    let day = seen.incident.started_at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string();
    Ok(html(&PostmortemShow {
        layout,
        incident: cards::incident_link(&seen.incident),
        title: format!("{} ({day})", seen.incident.title),
        html: markdown::body(&markdown),
        markdown,
        unwritten: unwritten(&seen.review.it),
        edited: seen.edited,
    }))
}

async fn download_postmortem(frame: Frame, Path(name): Path<String>) -> Result<Response, Error> {
    let (_, seen) = frame.read(Section::Incidents, move |from| Seen::read(from, &name)).await?;
    let seen = seen.ok_or_else(|| Error::not_found("incident"))?;
    let name = format!("attachment; filename=\"INC-{}.md\"", seen.incident.number);
    let name = HeaderValue::from_str(&name).expect("a number makes a plain file name");
    let kind = HeaderValue::from_static("text/markdown; charset=utf-8");
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, seen.document(frame.plan())).into_response())
}

async fn edit_postmortem(frame: Frame, Path(name): Path<String>) -> Result<Response, Error> {
    Ok(html(&edit_view(&frame, &name, None).await?))
}

async fn write_postmortem(
    frame: Frame,
    Path(name): Path<String>,
    Checked(form): Checked,
) -> Result<Response, Error> {
    let incident: IncidentId = name.parse().map_err(|_| Error::not_found("incident"))?;
    let version = form.text("version").parse().unwrap_or(0);
    let review = match review(&form) {
        Ok(review) => review,
        Err(error) => return again(&frame, &name, &form, &error.detail).await,
    };
    let input = Input::Review { incident, version, review };
    let answer = frame.decide(WRITE, &incident.to_string(), input).await?;
    if matches!(answer, Answer::ReviewChanged) {
        let why = "Somebody else wrote meanwhile. Your words are below, theirs beside them: put \
                   together what is right and save again.";
        return again(&frame, &name, &form, why).await;
    }
    let to = format!("/incidents/{incident}/postmortem");
    flash::answered(&to, &answer, frame.plan(), "Saved.")
}

async fn again(frame: &Frame, name: &str, form: &Form, why: &str) -> Result<Response, Error> {
    let view = edit_view(frame, name, Some((form, why))).await?;
    Ok((StatusCode::CONFLICT, html(&view)).into_response())
}

fn review(form: &Form) -> Result<Review, Error> {
    let section = |key: &str, title: &str| form.prose(key, title, SECTION_LENGTH_MAX);
    let items = section("action_items", "The section Action Items")?;
    Ok(Review {
        summary: section("summary", "The section Summary")?,
        impact: section("impact", "The section Impact")?,
        root_cause: section("root_cause", "The section Root Cause")?,
        resolution: section("resolution", "The section Resolution")?,
        action_items: review::items_from(&items),
    })
}

/// A section of the form.
struct Shape {
    key: &'static str,
    title: &'static str,
    help: &'static str,
    rows: u8,
}

const fn shape(key: &'static str, title: &'static str, help: &'static str, rows: u8) -> Shape {
    Shape { key, title, help, rows }
}

const SECTIONS: [Shape; 5] = [
    shape("summary", "Summary", "What happened, for somebody who was not there. Markdown.", 5),
    shape("impact", "Impact", "Who was harmed, and how much. Markdown.", 5),
    shape("root_cause", "Root Cause", "Ask why until the answer is a system. Markdown.", 7),
    shape("resolution", "Resolution", "What ended it. Markdown.", 5),
    shape("action_items", "Action Items", "One a line: - [ ] to be done, - [x] done.", 6),
];

fn written(review: &Review) -> [String; 5] {
    [
        review.summary.clone(),
        review.impact.clone(),
        review.root_cause.clone(),
        review.resolution.clone(),
        review::items_text(&review.action_items),
    ]
}

fn unwritten(review: &Review) -> Vec<String> {
    let sections = SECTIONS.iter().zip(written(review));
    let empty = sections.filter(|(_, text)| text.trim().is_empty());
    empty.map(|(section, _)| section.title.to_owned()).collect()
}

/// Returns the form as it is stored; or, when it comes back, as it was typed, with what is stored beside it.
async fn edit_view(
    frame: &Frame,
    name: &str,
    came_back: Option<(&Form, &str)>,
) -> Result<PostmortemEdit, Error> {
    let name = name.to_owned();
    let (layout, seen) =
        frame.read(Section::Incidents, move |from| Seen::read(from, &name)).await?;
    let seen = seen.ok_or_else(|| Error::not_found("incident"))?;
    let Sections { summary, impact, root_cause, resolution, action_items } =
        Review::default().sections(frame.plan(), &seen.incident, &seen.entries);
    let generated = [summary, impact, root_cause, resolution, action_items];
    let stored = written(&seen.review.it);
    let typed = |key: &str| came_back.map(|(form, _)| form.text(key).replace("\r\n", "\n"));
    let sections = SECTIONS.iter().zip(stored).zip(generated);
    let sections =
        sections.map(|((shape, stored), text)| field(shape, stored, typed(shape.key), text));
    Ok(PostmortemEdit {
        layout,
        incident: cards::incident_link(&seen.incident),
        sections: sections.collect(),
        version: seen.review.version.cast_unsigned(),
        problem: came_back.map(|(_, why)| why.to_owned()),
    })
}

fn field(shape: &Shape, stored: String, typed: Option<String>, generated: String) -> SectionField {
    let differs = typed.as_ref().is_some_and(|typed| *typed != stored && !stored.is_empty());
    SectionField {
        key: shape.key.to_owned(),
        title: shape.title.to_owned(),
        help: shape.help.to_owned(),
        theirs: differs.then(|| stored.clone()),
        text: typed.unwrap_or(stored),
        generated,
        rows: shape.rows,
    }
}
