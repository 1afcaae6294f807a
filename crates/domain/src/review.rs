//! Reviews: the postmortem, written by the facts and by people, each in their own sections.
//!
//! What people write is stored and never overwritten; what they leave empty is generated anew from the timeline
//! each time somebody reads it.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::group::one_line;
use crate::incident::{self, Incident, NoteKind};
use crate::plan::Plan;
use crate::timeline::{Entry, What};
use crate::{delivery, page};

/// What people wrote; an empty section is generated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Review {
    /// What happened, for somebody who was not there. Markdown.
    pub summary: String,
    /// Who was harmed, and how much. Markdown.
    pub impact: String,
    /// Why it happened. Markdown.
    pub root_cause: String,
    /// What ended it. Markdown.
    pub resolution: String,
    /// What must change because of it.
    pub action_items: Vec<ActionItem>,
}

/// Something that must change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionItem {
    /// Whether it has.
    pub done: bool,
    /// What must change; one line.
    pub text: String,
}

/// A section of a review is at most this many bytes long.
pub const SECTION_LENGTH_MAX: usize = 64 * 1024;

/// The five sections that people can write, as a reader sees them: theirs, or what is generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sections {
    /// Markdown of each section.
    pub summary: String,
    /// Markdown.
    pub impact: String,
    /// Markdown.
    pub root_cause: String,
    /// Markdown.
    pub resolution: String,
    /// Markdown.
    pub action_items: String,
}

impl Review {
    /// Returns what stands in each section of the document.
    pub fn sections(&self, plan: &Plan, incident: &Incident, entries: &[Entry]) -> Sections {
        let or = |human: &str, generated: String| match human.trim() {
            "" => generated,
            human => human.to_owned(),
        };
        Sections {
            summary: or(&self.summary, summary(plan, incident)),
            impact: or(&self.impact, impact(plan, incident)),
            root_cause: or(
                &self.root_cause,
                noted(entries, NoteKind::Decision, "The root cause is not written yet."),
            ),
            resolution: or(
                &self.resolution,
                noted(entries, NoteKind::Action, "The resolution is not written yet."),
            ),
            action_items: or(&items_text(&self.action_items), "- [ ] Agree on action items".into()),
        }
    }

    /// Returns the whole document in Markdown.
    pub fn document(&self, plan: &Plan, incident: &Incident, entries: &[Entry]) -> String {
        let Sections { summary, impact, root_cause, resolution, action_items } =
            self.sections(plan, incident, entries);
        let date = utc(incident.started_at).strftime("%Y-%m-%d").to_string();
        let title = one_line(&incident.title);
        let timeline = timeline(plan, incident, entries);
        format!(
            "# Post-Incident Review: {title} ({date})\n\n\
             ## Summary\n\n{summary}\n\n\
             ## Impact\n\n{impact}\n\n\
             ## Root Cause\n\n{root_cause}\n\n\
             ## Resolution\n\n{resolution}\n\n\
             ## Action Items\n\n{action_items}\n\n\
             ## Timeline\n\n{timeline}"
        )
    }
}

/// Reads action items from lines such as `- [x] Add alerts`; a line without a box is an open item.
pub fn items_from(text: &str) -> Vec<ActionItem> {
    let item = |line: &str| {
        let line = line.trim();
        let line = ["- ", "* "]
            .iter()
            .find_map(|bullet| line.strip_prefix(bullet))
            .unwrap_or(line)
            .trim_start();
        let after = |boxes: &[&str]| boxes.iter().find_map(|ticked| line.strip_prefix(ticked));
        let (done, text) = match (after(&["[x]", "[X]"]), after(&["[ ]", "[]"])) {
            (Some(text), _) => (true, text),
            (None, Some(text)) => (false, text),
            (None, None) => (false, line),
        };
        ActionItem { done, text: text.trim().to_owned() }
    };
    text.lines().map(item).filter(|item| !["", "-", "*"].contains(&&*item.text)).collect()
}

/// Returns action items as lines with boxes.
pub fn items_text(items: &[ActionItem]) -> String {
    let line = |item: &ActionItem| {
        format!("- [{}] {}", if item.done { "x" } else { " " }, one_line(&item.text))
    };
    items.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn utc(at: Timestamp) -> jiff::Zoned {
    at.to_zoned(TimeZone::UTC)
}

fn summary(plan: &Plan, incident: &Incident) -> String {
    let start = utc(incident.started_at);
    let day = ordinal(i64::from(start.day()));
    let date = format!("{} {day}", start.strftime("%B"));
    let from = start.strftime("%H:%M");
    let until = match incident.resolved_at.map(utc) {
        None => format!("since {from} UTC"),
        Some(end) if end.date() == start.date() => {
            format!("from {from}–{} UTC", end.strftime("%H:%M"))
        }
        Some(end) => format!("from {from} UTC until {} UTC", end.strftime("%Y-%m-%d %H:%M")),
    };
    let title = one_line(&incident.title);
    match incident.service.as_deref().map(|key| service_name(plan, key)) {
        Some(service) => format!("On {date}, {until}, our {service} was affected: {title}."),
        None => format!("On {date}, {until}: {title}."),
    }
}

fn ordinal(day: i64) -> String {
    let suffix = match (day % 10, day % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        (_, _) => "th",
    };
    format!("{day}{suffix}")
}

fn service_name<'a>(plan: &'a Plan, key: &'a str) -> &'a str {
    plan.service(key).map_or(key, |service| &service.name)
}

fn impact(plan: &Plan, incident: &Incident) -> String {
    let rank = plan.severities.rank(incident.severity);
    let mut lines = format!("- Severity: {} ({})", rank.name, rank.title);
    if let Some(key) = &incident.service {
        let _ = write!(lines, "\n- Service: {}", service_name(plan, key));
        let dependants: Vec<&str> = plan
            .services
            .iter()
            .filter(|service| service.depends_on.contains(key))
            .map(|service| service.name.as_str())
            .collect();
        if !dependants.is_empty() {
            let _ = write!(lines, "\n- Services that depend on it: {}", dependants.join(", "));
        }
    }
    if let Some(end) = incident.resolved_at {
        let seconds = end.duration_since(incident.started_at).as_secs().max(0);
        let _ = match seconds {
            0..90 => write!(lines, "\n- Duration: {seconds} s"),
            longer => write!(lines, "\n- Duration: {} min", (longer + 30) / 60),
        };
    }
    lines
}

/// Returns the notes of one kind as a list, or `otherwise` when nobody wrote any.
fn noted(entries: &[Entry], wanted: NoteKind, otherwise: &str) -> String {
    let lines: Vec<String> = entries
        .iter()
        .filter_map(|entry| match &entry.what {
            What::Incident(incident::Event::Noted { kind, text, .. }) if *kind == wanted => {
                Some(format!("- {}", one_line(text)))
            }
            What::Alert(_) | What::Page(_) | What::Delivery(_) | What::Incident(_) => None,
        })
        .collect();
    if lines.is_empty() { format!("_{otherwise}_") } else { lines.join("\n") }
}

fn timeline(plan: &Plan, incident: &Incident, entries: &[Entry]) -> String {
    let mut rows: Vec<&Entry> = entries.iter().filter(|entry| worth_reading(&entry.what)).collect();
    rows.sort_by_key(|entry| (entry.happened_at, entry.seq));
    let first_day = utc(incident.started_at).date();
    let one_day = rows.iter().all(|entry| utc(entry.happened_at).date() == first_day);
    let format = if one_day { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    let mut table = String::from("| Time (UTC) | Event |\n|-----|-----|\n");
    for entry in rows {
        let text = cell(&one_line(&entry.what.told(plan).text));
        let _ = writeln!(table, "| {} | {text} |", utc(entry.happened_at).strftime(format));
    }
    table
}

/// Returns text for a cell of a table; a backslash of the text's own would undo the one before a stroke.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|")
}

/// Leaves out the machinery: who was told over which channel is on the incident's page.
fn worth_reading(what: &What) -> bool {
    match what {
        What::Delivery(delivery::Event::Sent { .. }) => false,
        What::Delivery(delivery::Event::Failed { .. }) | What::Alert(_) => true,
        What::Page(page::Event::Joined { .. } | page::Event::Updated { .. }) => false,
        What::Page(
            page::Event::Triggered { .. }
            | page::Event::Paged { .. }
            | page::Event::StepEmpty { .. }
            | page::Event::Unreachable { .. }
            | page::Event::Exhausted
            | page::Event::Acknowledged { .. }
            | page::Event::Resolved { .. },
        ) => true,
        What::Incident(incident::Event::Joined { .. }) => false,
        What::Incident(
            incident::Event::Declared { .. }
            | incident::Event::Noted { .. }
            | incident::Event::Moved { .. }
            | incident::Event::Rated { .. }
            | incident::Event::Assigned { .. },
        ) => true,
    }
}

#[cfg(test)]
mod tests;
