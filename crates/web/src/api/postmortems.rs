//! Postmortems: what people wrote, what the facts say, and the document of both.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use serde::{Deserialize, Serialize};
use stentor_domain::id::IncidentId;
use stentor_domain::review::{self, Review};
use stentor_engine::Input;
use stentor_store::document::Saved;
use stentor_store::{reviews, timeline};
use utoipa::ToSchema;

use super::acting::Acting;
use super::incidents::{Which, subjects};
use super::input::{Body, Named};
use super::text::{ItemText, Line, Prose, Section};
use crate::app::App;
use crate::auth::Permission;
use crate::error::Error;
use crate::routes::Routes;

/// A review has at most this many action items.
const ITEMS_MAX: usize = 200;

pub(super) fn routes(routes: Routes) -> Routes {
    let path = "/api/v1/incidents/{id}/postmortem";
    routes.on(Permission::Read, path, get(show_postmortem)).on(
        Permission::Respond,
        path,
        put(update_postmortem),
    )
}

/// The review of an incident.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PostmortemView {
    /// Whose.
    #[schema(value_type = String)]
    incident: IncidentId,
    /// Counts what people saved; send it back with the next change.
    version: i64,
    /// Every section.
    sections: SectionsView,
    /// The whole document in Markdown.
    document: String,
}

/// The sections of a review.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SectionsView {
    /// What happened, for somebody who was not there.
    summary: SectionView,
    /// Who was harmed, and how much.
    impact: SectionView,
    /// Why it happened.
    root_cause: SectionView,
    /// What ended it.
    resolution: SectionView,
    /// What must change because of it.
    action_items: ItemsView,
}

/// A section, in Markdown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SectionView {
    /// What people wrote; while it is empty, what is generated stands in the document.
    human: String,
    /// What the facts say.
    generated: String,
}

/// The action items.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemsView {
    /// What people wrote.
    human: Vec<Item>,
    /// What stands there while nobody wrote any, in Markdown.
    generated: String,
}

/// Something that must change.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Item {
    /// Whether it has.
    #[serde(default)]
    done: bool,
    /// What must change.
    text: ItemText,
}

/// What people write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdatePostmortem {
    /// The version that the writer had read; when somebody else saved since, the answer is 409.
    version: i64,
    /// What to change.
    sections: WrittenSections,
}

/// What people write into each section; one that is left out stays, an empty one is generated again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenSections {
    summary: Option<Section>,
    impact: Option<Section>,
    root_cause: Option<Section>,
    resolution: Option<Section>,
    /// At most 200.
    action_items: Option<Vec<Item>>,
}

/// Show the review of an incident
///
/// `Accept: text/markdown` yields the document alone.
#[utoipa::path(
    get, path = "/api/v1/incidents/{id}/postmortem", tag = "postmortems",
    params(("id" = String, Path, description = "`inc_…`, `INC-7` or `7`")),
    responses((status = 200, description = "The review", content(
        (PostmortemView = "application/json"), (String = "text/markdown")
    ))),
    security(("token" = ["read"]))
)]
pub(super) async fn show_postmortem(
    State(app): State<Arc<App>>,
    Named(which): Named<Which>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let view = view(&app, which).await?;
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or("");
    if accept.contains("text/markdown") {
        let kind = "text/markdown; charset=utf-8";
        return Ok(([(header::CONTENT_TYPE, kind)], view.document).into_response());
    }
    Ok(Json(view).into_response())
}

/// Write into the review of an incident
#[utoipa::path(
    put, path = "/api/v1/incidents/{id}/postmortem", tag = "postmortems", request_body = UpdatePostmortem,
    params(("id" = String, Path, description = "`inc_…`, `INC-7` or `7`")),
    responses((status = 200, description = "The review", body = PostmortemView)),
    security(("token" = ["respond"]))
)]
pub(super) async fn update_postmortem(
    State(app): State<Arc<App>>,
    Named(which): Named<Which>,
    acting: Acting,
    Body(UpdatePostmortem { version, sections }): Body<UpdatePostmortem>,
) -> Result<Json<PostmortemView>, Error> {
    let incident = which.id(&app).await?;
    let read = move |db: &mut _| Ok((Which::Id(incident).open(db)?, reviews::open(db, incident)?));
    let (known, was) = app.read(read).await?;
    if known.is_none() {
        return Err(Error::not_found("incident"));
    }
    let input = Input::Review { incident, version, review: sections.over(was.it)? };
    acting.decide(&app, "review", input).await?;
    Ok(Json(view(&app, Which::Id(incident)).await?))
}

impl WrittenSections {
    /// Returns a review in which what was sent replaces what stood there.
    fn over(self, was: Review) -> Result<Review, Error> {
        let or = |new: Option<Section>, old| new.map_or(old, |Prose(text)| text);
        let item = |item: Item| review::ActionItem { done: item.done, text: item.text.0 };
        let action_items = match self.action_items {
            Some(items) if items.len() > ITEMS_MAX => {
                let why = format!("More than {ITEMS_MAX} action items.");
                return Err(Error::invalid("sections.action_items", why));
            }
            Some(items) => items.into_iter().map(item).collect(),
            None => was.action_items,
        };
        Ok(Review {
            summary: or(self.summary, was.summary),
            impact: or(self.impact, was.impact),
            root_cause: or(self.root_cause, was.root_cause),
            resolution: or(self.resolution, was.resolution),
            action_items,
        })
    }
}

async fn view(app: &App, which: Which) -> Result<PostmortemView, Error> {
    let plan = Arc::clone(&app.in_force().plan);
    let found = app.read(move |db| {
        let Some(Saved { it: incident, .. }) = which.open(db)? else { return Ok(None) };
        let entries = timeline::of(db, &subjects(&incident))?;
        let Saved { version, it: review } = reviews::open(db, incident.id)?;
        let facts = Review::default().sections(&plan, &incident, &entries);
        let document = review.document(&plan, &incident, &entries);
        let sections = SectionsView::of(review, facts);
        Ok(Some(PostmortemView { incident: incident.id, version, sections, document }))
    });
    found.await?.ok_or_else(|| Error::not_found("incident"))
}

impl SectionsView {
    fn of(review: Review, facts: review::Sections) -> Self {
        let section = |human, generated| SectionView { human, generated };
        let item = |item: review::ActionItem| Item { done: item.done, text: Line(item.text) };
        Self {
            summary: section(review.summary, facts.summary),
            impact: section(review.impact, facts.impact),
            root_cause: section(review.root_cause, facts.root_cause),
            resolution: section(review.resolution, facts.resolution),
            action_items: ItemsView {
                human: review.action_items.into_iter().map(item).collect(),
                generated: facts.action_items,
            },
        }
    }
}
