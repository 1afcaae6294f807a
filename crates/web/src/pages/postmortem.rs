//! Postmortems: read, copy, and write the sections that only people can write.

use askama::Template;
use jiff::Timestamp;

use super::{layout::Layout, page::IncidentLink};

/// `/incidents/{id}/postmortem`: rendered, and as Markdown.
#[derive(Template)]
#[template(path = "postmortem_show.html")]
pub struct PostmortemShow {
    /// The frame.
    pub layout: Layout,
    /// Its incident.
    pub incident: IncidentLink,
    /// `Checkout API Outage (2025-06-02)`.
    pub title: String,
    /// The rendered Markdown: HTML that has been cleaned.
    pub html: String,
    /// The Markdown itself.
    pub markdown: String,
    /// Who last wrote in it, and when; `None` as long as everything is generated.
    pub edited: Option<(String, Timestamp)>,
    /// Sections that are still as generated, or empty.
    pub unwritten: Vec<String>,
}

/// `/incidents/{id}/postmortem/edit`: the sections that people write.
#[derive(Template)]
#[template(path = "postmortem_edit.html")]
pub struct PostmortemEdit {
    /// The frame.
    pub layout: Layout,
    /// Its incident.
    pub incident: IncidentLink,
    /// In the order of the document.
    pub sections: Vec<SectionField>,
    /// The version that the form was made from; somebody else's save in between is a conflict.
    pub version: u64,
    /// Why the form came back.
    pub problem: Option<String>,
}

/// A section that people write.
#[derive(Clone, Debug)]
pub struct SectionField {
    /// The name of the form field: `summary`, `impact`, `root_cause`, `resolution`, `action_items`.
    pub key: String,
    /// The heading.
    pub title: String,
    /// One line of help.
    pub help: String,
    /// What a person has written; empty when nobody has.
    pub text: String,
    /// What is used as long as `text` is empty; may be empty itself.
    pub generated: String,
    /// What somebody else has written meanwhile, when `text` would overwrite it.
    pub theirs: Option<String>,
    /// How many lines the field shows.
    pub rows: u8,
}
