//! Pages: the list and one page with everything that explains it.

use askama::Template;
use jiff::Timestamp;

use super::{
    address::WebAddress,
    alert::{AlertRow, Label},
    layout::Layout,
    state::{DeliveryState, PageState, Rank},
};

/// `/pages`: open pages first, then the newest resolved.
#[derive(Template)]
#[template(path = "pages_list.html")]
pub struct PagesList {
    /// The frame.
    pub layout: Layout,
    /// Triggered and acknowledged, most urgent first.
    pub open: Vec<PageCard>,
    /// Resolved, newest first; one screenful.
    pub resolved: Vec<PageCard>,
    /// The address of the next screenful of resolved pages.
    pub next: Option<String>,
}

/// A page in a list.
#[derive(Clone, Debug)]
pub struct PageCard {
    /// As in its address.
    pub id: String,
    /// What is wrong, one line.
    pub title: String,
    /// Where it stands.
    pub state: PageState,
    /// How bad it is.
    pub severity: Rank,
    /// The service of the plan, when one matches.
    pub service: Option<String>,
    /// When it began.
    pub triggered_at: Timestamp,
    /// Who was paged last, or who acknowledged, or who resolved.
    pub person: Option<String>,
    /// When the state last changed.
    pub changed_at: Timestamp,
    /// What the escalation does next.
    pub next_step: Option<NextStep>,
    /// Its incident.
    pub incident: Option<IncidentLink>,
    /// How many alerts are in its group.
    pub alerts: usize,
}

/// The way to an incident.
#[derive(Clone, Debug)]
pub struct IncidentLink {
    /// As in its address.
    pub id: String,
    /// As people say it: `INC-7`.
    pub name: String,
}

/// What the escalation does next.
#[derive(Clone, Debug)]
pub struct NextStep {
    /// The step that comes, from 1.
    pub step: usize,
    /// When.
    pub due_at: Timestamp,
    /// Whom it reaches, in one phrase: `Ben (platform-secondary)`.
    pub who: String,
}

/// `/pages/{id}`: one page and why it is there.
#[derive(Template)]
#[template(path = "page_show.html")]
pub struct PageShow {
    /// The frame.
    pub layout: Layout,
    /// What the list shows of it, too.
    pub page: PageCard,
    /// The runbook of the service or of the alerts.
    pub runbook_url: Option<WebAddress>,
    /// The escalation policy's name.
    pub policy: String,
    /// The receiver of the route that made it; `None` when a person asked for it, or its group is gone.
    pub receiver: Option<String>,
    /// The person who asked for it; `None` when alerts did.
    pub asked_by: Option<String>,
    /// What is known, a line each; shown when a person asked, since alerts speak for themselves.
    pub summary: Vec<String>,
    /// The group's key labels.
    pub group_labels: Vec<Label>,
    /// Who was paged and why, first to last.
    pub reasons: Vec<Reason>,
    /// The alerts of its group, firing first.
    pub alerts: Vec<AlertRow>,
    /// Every delivery, newest first.
    pub deliveries: Vec<Delivery>,
    /// What happened, oldest first.
    pub history: Vec<HistoryLine>,
    /// Whether Acknowledge is offered.
    pub can_acknowledge: bool,
    /// Whether Resolve is offered.
    pub can_resolve: bool,
    /// Whether Declare an incident is offered.
    pub can_declare: bool,
}

/// Why a person was paged.
#[derive(Clone, Debug)]
pub struct Reason {
    /// Who.
    pub person: String,
    /// Why: `on call for platform-primary until Mon 09:00 Europe/Berlin, step 1 of 3`.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

/// One message to one address.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// As in the API.
    pub id: String,
    /// Who.
    pub person: String,
    /// The channel of the plan.
    pub channel: String,
    /// The address, masked.
    pub address: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Every attempt, oldest first.
    pub attempts: Vec<Attempt>,
    /// When the next attempt is due.
    pub next_at: Option<Timestamp>,
}

/// One attempt of a delivery.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// Whether the provider took it.
    pub ok: bool,
    /// The provider's answer, or why there is none.
    pub answer: String,
}

/// A line of a page's history.
#[derive(Clone, Debug)]
pub struct HistoryLine {
    /// When.
    pub at: Timestamp,
    /// The name of a symbol in `icons.html`.
    pub icon: &'static str,
    /// One sentence.
    pub text: String,
}
