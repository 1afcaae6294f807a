//! The timeline: what happened, when, and when it was learned. Append-only.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{IncidentId, PageId};
use crate::page::Actor;
use crate::plan::Plan;
use crate::{delivery, incident, page};

/// One line of a record that is never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The order in which entries were recorded, over all nouns.
    pub seq: i64,
    /// What it is about.
    pub subject: Subject,
    /// When it happened.
    pub happened_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What happened.
    pub what: What,
}

/// What a line is about. An incident's timeline is its own lines and those of its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A page.
    Page(PageId),
    /// An incident.
    Incident(IncidentId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(id) => id.fmt(f),
            Self::Incident(id) => id.fmt(f),
        }
    }
}

/// What happened, as the noun that decided it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of")]
pub enum What {
    /// To an alert of the page's group.
    Alert(AlertEvent),
    /// To a page.
    Page(page::Event),
    /// To a delivery of the page.
    Delivery(delivery::Event),
    /// To an incident.
    Incident(incident::Event),
}

/// What happened to an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum AlertEvent {
    /// It began to fire.
    Fired {
        /// Its name and what sets it apart in its group.
        name: String,
    },
    /// It fires no more.
    Resolved {
        /// Its name and what sets it apart in its group.
        name: String,
    },
}

/// What a reader sees of a line: a sort for the eye, who did it, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// `alert`, `page`, `delivery`, `ack`, `state`, `note`, `decision`, `action` or `role`.
    pub kind: &'static str,
    /// Who did it; `Stentor` for what happened by itself.
    pub by: String,
    /// One sentence without a stop, safe nowhere: it quotes people and labels as they are.
    pub text: String,
}

impl What {
    /// Returns what a reader is shown, with the names of the plan.
    pub fn told(&self, plan: &Plan) -> Told {
        match self {
            Self::Alert(AlertEvent::Fired { name }) => {
                told("alert", &Actor::System, plan, format!("Alert {name} fired"))
            }
            Self::Alert(AlertEvent::Resolved { name }) => {
                told("alert", &Actor::System, plan, format!("Alert {name} resolved"))
            }
            Self::Page(event) => of_page(event, plan),
            Self::Delivery(event) => of_delivery(event, plan),
            Self::Incident(event) => of_incident(event, plan),
        }
    }
}

fn told(kind: &'static str, by: &Actor, plan: &Plan, text: String) -> Told {
    Told { kind, by: by.name(plan).to_owned(), text }
}

fn of_page(event: &page::Event, plan: &Plan) -> Told {
    let system = Actor::System;
    match event {
        page::Event::Triggered { title, by, .. } => {
            told("page", by, plan, format!("Page triggered: {title}"))
        }
        page::Event::Updated { firing } => {
            told("page", &system, plan, format!("{firing} {} firing now", alerts(*firing)))
        }
        page::Event::Paged { person, why, step, round } => {
            let again = if *round > 1 { format!(", round {round}") } else { String::new() };
            let name = plan.name_of(person);
            told("page", &system, plan, format!("Paged {name} ({why}; step {step}{again})"))
        }
        page::Event::StepEmpty { step } => {
            told("page", &system, plan, format!("Step {step} reaches nobody; went on at once"))
        }
        page::Event::Unreachable { person } => {
            let name = plan.name_of(person);
            told("page", &system, plan, format!("{name} cannot be reached by any channel"))
        }
        page::Event::Exhausted => told(
            "page",
            &system,
            plan,
            "Nobody answered in any step; went on to the fallback".into(),
        ),
        page::Event::Acknowledged { by } => {
            told("ack", by, plan, format!("{} acknowledged the page", by.name(plan)))
        }
        page::Event::Resolved { by: Actor::System } => {
            told("page", &system, plan, "Page resolved: no alert fires any more".into())
        }
        page::Event::Resolved { by } => {
            told("page", by, plan, format!("{} resolved the page", by.name(plan)))
        }
        page::Event::Joined { .. } => {
            told("page", &system, plan, "Page joined the incident".into())
        }
    }
}

fn alerts(count: usize) -> &'static str {
    if count == 1 { "alert" } else { "alerts" }
}

fn of_delivery(event: &delivery::Event, plan: &Plan) -> Told {
    let text = match event {
        delivery::Event::Sent { channel, to } => {
            format!("Sent to {} over {channel}", plan.name_of(to))
        }
        delivery::Event::Failed { channel, to, why } => {
            format!("Could not reach {} over {channel}: {why}", plan.name_of(to))
        }
    };
    told("delivery", &Actor::System, plan, text)
}

fn of_incident(event: &incident::Event, plan: &Plan) -> Told {
    let severity = |level| plan.severities.rank(level).name.clone();
    match event {
        incident::Event::Declared { by, severity: level } => {
            told("state", by, plan, format!("Incident declared as {}", severity(*level)))
        }
        incident::Event::Joined { .. } => {
            told("page", &Actor::System, plan, "A page joined the incident".into())
        }
        incident::Event::Noted { by, kind, text } => told(kind.word(), by, plan, text.clone()),
        incident::Event::Moved { by, to, .. } => {
            told("state", by, plan, format!("Incident {}", to.word()))
        }
        incident::Event::Rated { by, from, to } => told(
            "state",
            by,
            plan,
            format!("Severity changed from {} to {}", severity(*from), severity(*to)),
        ),
        incident::Event::Assigned { by, role, from, to } => {
            let title = role.title();
            let text = match from {
                None => format!("{} is {title}", to.name(plan)),
                Some(from) => {
                    format!("{title} handed over from {} to {}", from.name(plan), to.name(plan))
                }
            };
            told("role", by, plan, text)
        }
    }
}
