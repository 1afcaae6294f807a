//! Timelines as they are shown: what happened, when, when it was learned, and who did it.

use serde::Serialize;
use stentor_domain::page::Actor;
use stentor_domain::plan::Plan;
use stentor_domain::timeline::{Entry, Subject, What};
use stentor_domain::{incident, page};
use utoipa::ToSchema;

use super::shapes::By;
use super::text::Time;

/// One line of a record that is never changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryView {
    /// The order in which entries were recorded.
    seq: i64,
    /// The page or the incident that it is about.
    subject: String,
    /// When it happened.
    happened_at: Time,
    /// When it was recorded.
    recorded_at: Time,
    /// `alert`, `page`, `delivery`, `ack`, `state`, `note`, `decision`, `action` or `role`.
    kind: &'static str,
    /// Who did it.
    by: By,
    /// One sentence.
    text: String,
}

impl EntryView {
    pub(crate) fn of(plan: &Plan, entry: &Entry) -> Self {
        let told = entry.what.told(plan);
        let subject = match entry.subject {
            Subject::Page(id) => id.to_string(),
            Subject::Incident(id) => id.to_string(),
        };
        Self {
            seq: entry.seq,
            subject,
            happened_at: entry.happened_at.into(),
            recorded_at: entry.recorded_at.into(),
            kind: told.kind,
            by: By::of(plan, actor(&entry.what)),
            text: told.text,
        }
    }
}

fn actor(what: &What) -> &Actor {
    match what {
        What::Alert(_) | What::Delivery(_) => &Actor::System,
        What::Page(event) => match event {
            page::Event::Triggered { by, .. }
            | page::Event::Acknowledged { by }
            | page::Event::Resolved { by } => by,
            page::Event::Updated { .. }
            | page::Event::Paged { .. }
            | page::Event::StepEmpty { .. }
            | page::Event::Unreachable { .. }
            | page::Event::Exhausted
            | page::Event::Joined { .. } => &Actor::System,
        },
        What::Incident(event) => match event {
            incident::Event::Declared { by, .. }
            | incident::Event::Noted { by, .. }
            | incident::Event::Moved { by, .. }
            | incident::Event::Rated { by, .. }
            | incident::Event::Assigned { by, .. } => by,
            incident::Event::Joined { .. } => &Actor::System,
        },
    }
}
