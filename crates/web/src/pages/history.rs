//! The history: every firing that has ended.

use askama::Template;
use jiff::Timestamp;

use super::{alert::Label, layout::Layout, state::Rank};

/// `/history`: ended firings, newest first, filtered by matchers.
#[derive(Template)]
#[template(path = "history_list.html")]
pub struct HistoryList {
    /// The frame.
    pub layout: Layout,
    /// The matchers as typed.
    pub filter: String,
    /// Why the matchers could not be read.
    pub filter_problem: Option<String>,
    /// One screenful.
    pub episodes: Vec<EpisodeRow>,
    /// Until when it was searched, when there is more to search.
    pub searched: Option<Timestamp>,
    /// The address of the next screenful.
    pub next: Option<String>,
}

/// One firing of an alert in a list.
#[derive(Clone, Debug)]
pub struct EpisodeRow {
    /// The order in which it ended; unique.
    pub seq: i64,
    /// The alert's.
    pub fingerprint: String,
    /// The label `alertname`, or the first label.
    pub name: String,
    /// The annotation `summary`, when there is one.
    pub summary: Option<String>,
    /// How bad it was.
    pub severity: Rank,
    /// The other labels, by name.
    pub labels: Vec<Label>,
    /// Since when it fired.
    pub started_at: Timestamp,
    /// Until when.
    pub ended_at: Timestamp,
}
