//! Samples of the history.

use super::{alert, at, layout, some};
use crate::pages::{
    history::{EpisodeRow, HistoryList},
    layout::Section,
};

pub(super) fn episode(seq: i64, from: &str, until: &str) -> EpisodeRow {
    let alert = alert::error_rate();
    EpisodeRow {
        seq,
        fingerprint: alert.fingerprint,
        name: alert.name,
        summary: alert.summary,
        severity: alert.severity,
        labels: alert.labels,
        started_at: at(from),
        ended_at: at(until),
    }
}

impl HistoryList {
    /// Returns two firings of one alert.
    pub fn sample() -> HistoryList {
        HistoryList {
            layout: layout(Section::Alerts),
            filter: String::new(),
            filter_problem: None,
            episodes: vec![episode(2, "08:50", "09:12"), episode(1, "03:01", "03:02:30")],
            searched: None,
            next: some("/history?before=1"),
        }
    }
}
