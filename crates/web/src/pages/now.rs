//! The first page: what needs a person.

use askama::Template;

use super::{incident::IncidentCard, layout::Layout, page::PageCard, rota::OncallNow, state::Rank};

/// `/`: what needs a person, first the most urgent.
#[derive(Template)]
#[template(path = "now_show.html")]
pub struct Now {
    /// The frame.
    pub layout: Layout,
    /// Pages that nobody has answered, longest waiting first.
    pub triggered: Vec<PageCard>,
    /// Pages that somebody is on, newest first.
    pub acknowledged: Vec<PageCard>,
    /// Incidents that are not resolved or closed, worst first.
    pub incidents: Vec<IncidentCard>,
    /// One entry for each schedule, in the plan's order.
    pub oncall: Vec<OncallNow>,
    /// What fires, whoever is told of it.
    pub firing: Firing,
    /// Whether the plan has an escalation policy, so that alerts can page people.
    pub has_policies: bool,
    /// The newest plan on disk, when it was refused.
    pub refused_plan: Option<RefusedPlan>,
    /// Where to send a first alert; `Some` as long as none was ever received.
    pub first_alert: Option<FirstAlert>,
}

impl Now {
    /// Returns whether no page and no incident waits for a person.
    pub fn is_quiet(&self) -> bool {
        self.triggered.is_empty() && self.acknowledged.is_empty() && self.incidents.is_empty()
    }

    /// Returns whether all is well: what fires would have paged somebody, and what is told arrives.
    pub fn is_well(&self) -> bool {
        self.firing.unpaged == 0 && self.firing.failing.is_empty()
    }
}

/// What fires, and what of it is told.
#[derive(Clone, Debug, Default)]
pub struct Firing {
    /// How many alerts fire.
    pub total: usize,
    /// How many of them come to no receiver that pages people.
    pub unpaged: usize,
    /// By severity the number of those that are told, worst first.
    pub severities: Vec<SeverityCount>,
    /// How many are silenced.
    pub silenced: usize,
    /// How many are inhibited.
    pub inhibited: usize,
    /// How many are muted by their route.
    pub muted: usize,
    /// Whose messages do not leave.
    pub failing: Vec<FailingRow>,
}

/// Alerts of one severity.
#[derive(Clone, Debug)]
pub struct SeverityCount {
    /// The value of the label `severity`; empty without one.
    pub word: String,
    /// How bad it is.
    pub rank: Rank,
    /// How many.
    pub alerts: usize,
    /// The address of their list.
    pub href: String,
}

/// An integration whose messages do not leave.
#[derive(Clone, Debug)]
pub struct FailingRow {
    /// The receiver and its integration.
    pub to: String,
    /// The address of the groups that it should hear of.
    pub href: String,
    /// How many groups wait for it.
    pub groups: usize,
    /// Since when.
    pub since: jiff::Timestamp,
    /// What went wrong last.
    pub why: String,
}

/// A plan that was not applied.
#[derive(Clone, Debug)]
pub struct RefusedPlan {
    /// How many problems it has.
    pub problems: usize,
    /// The first one, with `file:line:column`.
    pub first: String,
    /// When it was refused.
    pub refused_at: jiff::Timestamp,
    /// When the plan that is still in force was applied.
    pub in_force_since: jiff::Timestamp,
}

/// What a new installation needs to try itself.
#[derive(Clone, Debug)]
pub struct FirstAlert {
    /// The root address of this server, without a slash at the end.
    pub url: String,
}
