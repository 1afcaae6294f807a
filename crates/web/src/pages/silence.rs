//! Silences: the list, one of them, and the form that makes one.

use askama::Template;
use jiff::Timestamp;

use super::{alert::AlertRow, layout::Layout, state::SilenceState};

/// `/silences`: by state, filtered by matchers.
#[derive(Template)]
#[template(path = "silences_list.html")]
pub struct SilencesList {
    /// The frame.
    pub layout: Layout,
    /// The matchers as typed.
    pub filter: String,
    /// Why the matchers could not be read.
    pub filter_problem: Option<String>,
    /// The state that is shown.
    pub state: SilenceState,
    /// How many there are in each state, under the filter.
    pub counts: Vec<(SilenceState, usize)>,
    /// One screenful.
    pub silences: Vec<SilenceRow>,
    /// The address of the next screenful.
    pub next: Option<String>,
}

/// A silence in a list.
#[derive(Clone, Debug)]
pub struct SilenceRow {
    /// A UUID.
    pub id: String,
    /// Where it stands.
    pub state: SilenceState,
    /// One text for each matcher.
    pub matchers: Vec<String>,
    /// Why.
    pub comment: String,
    /// Who asked for it.
    pub created_by: String,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// It ends with the alerts that it hits.
    pub until_resolved: bool,
    /// How it comes again: `each day, Europe/Berlin`.
    pub repeats: Option<String>,
    /// How many firing alerts it matches now.
    pub alerts: usize,
    /// Whether that is everything that fires.
    pub hits_everything: bool,
}

/// `/silences/{id}`: one of them.
#[derive(Template)]
#[template(path = "silence_show.html")]
pub struct SilenceShow {
    /// The frame.
    pub layout: Layout,
    /// What the list shows of it, too.
    pub silence: SilenceRow,
    /// Its matchers as one text for the address of a list.
    pub filter: String,
    /// The first of the alerts that it matches now.
    pub alerts: Vec<AlertRow>,
    /// Who did what, newest first.
    pub log: Vec<SilenceEntry>,
}

/// One line of a silence's log.
#[derive(Clone, Debug)]
pub struct SilenceEntry {
    /// When.
    pub at: Timestamp,
    /// Who and what, as one sentence.
    pub text: String,
    /// The name of a symbol in `icons.html`.
    pub icon: &'static str,
}

/// `/silences/new`: the form, with what the silence would hit.
#[derive(Template)]
#[template(path = "silence_new.html")]
pub struct SilenceNew {
    /// The frame.
    pub layout: Layout,
    /// Why it could not be made as it is.
    pub problem: Option<String>,
    /// What is in the fields.
    pub typed: SilenceTyped,
    /// What it would hit now; `None` while the matchers cannot be read, or are missing.
    pub preview: Option<SilencePreview>,
}

/// What is in the fields of the form.
#[derive(Clone, Debug, Default)]
pub struct SilenceTyped {
    /// The matchers.
    pub matchers: String,
    /// Why.
    pub comment: String,
    /// Who, where nobody signs in.
    pub created_by: String,
    /// From when, as a `datetime-local` field has it; empty: now.
    pub starts_at: String,
    /// Until when; empty unless a button is not enough.
    pub ends_at: String,
    /// It ends with the alerts that it hits.
    pub until_resolved: bool,
    /// `day`, `week` or empty.
    pub repeats: String,
    /// The zone in which it comes again.
    pub zone: String,
}

/// What a silence would hit now.
#[derive(Clone, Debug)]
pub struct SilencePreview {
    /// The matchers that were looked at.
    pub seen: String,
    /// How they were read, one text each.
    pub read: Vec<String>,
    /// How many firing alerts it would hit.
    pub hits: usize,
    /// How many fire in all.
    pub firing: usize,
    /// The first of those that it would hit.
    pub alerts: Vec<AlertRow>,
    /// What would hit more of the same kind.
    pub wider: Vec<Wider>,
}

/// One matcher in the place of all.
#[derive(Clone, Debug)]
pub struct Wider {
    /// The matcher.
    pub matcher: String,
    /// How many firing alerts it fits.
    pub hits: usize,
    /// The address of the form with it.
    pub href: String,
}

impl SilencePreview {
    /// Returns what somebody should know before they make it.
    pub fn warning(&self) -> Option<String> {
        let SilencePreview { hits, firing, .. } = *self;
        match hits {
            0 => Some("It would hit nothing now: no firing alert matches.".to_owned()),
            _ if hits == firing && firing > 1 => {
                Some(format!("It would hit everything: all {firing} alerts that fire now."))
            }
            _ => None,
        }
    }
}

impl SilenceNew {
    /// Returns the buttons that make it: what is posted, and what is said.
    pub fn durations(&self) -> [(&'static str, &'static str); 5] {
        [("30m", "30 min"), ("1h", "1 h"), ("2h", "2 h"), ("4h", "4 h"), ("1d", "1 day")]
    }
}
