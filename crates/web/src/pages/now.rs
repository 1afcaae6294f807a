//! The first page: what needs a person.

use askama::Template;

use super::{incident::IncidentCard, layout::Layout, page::PageCard, rota::OncallNow};

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
    /// How many alerts fire.
    pub alerts_firing: usize,
    /// The newest plan on disk, when it was refused.
    pub refused_plan: Option<RefusedPlan>,
    /// Where to send a first alert; `Some` as long as none was ever received.
    pub first_alert: Option<FirstAlert>,
}

impl Now {
    /// Returns whether nothing at all waits for a person.
    pub fn is_quiet(&self) -> bool {
        self.triggered.is_empty() && self.acknowledged.is_empty() && self.incidents.is_empty()
    }
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
