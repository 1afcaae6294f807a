//! Incidents: the list, one incident with its timeline, and the form that declares one.

use askama::Template;
use jiff::Timestamp;

use super::{
    alert::AlertRow,
    chart::StripChart,
    layout::Layout,
    page::PageCard,
    state::{EntryKind, IncidentState, Rank},
};

/// `/incidents`: open ones first, then the newest of the others.
#[derive(Template)]
#[template(path = "incidents_list.html")]
pub struct IncidentsList {
    /// The frame.
    pub layout: Layout,
    /// Not resolved, worst first.
    pub open: Vec<IncidentCard>,
    /// Resolved or closed, newest first; one screenful.
    pub past: Vec<IncidentCard>,
    /// The address of the next screenful of past ones.
    pub next: Option<String>,
}

/// An incident in a list.
#[derive(Clone, Debug)]
pub struct IncidentCard {
    /// As in its address.
    pub id: String,
    /// As people say it: `INC-7`.
    pub name: String,
    /// What is wrong, one line.
    pub title: String,
    /// Where it stands.
    pub state: IncidentState,
    /// How bad it is.
    pub severity: Rank,
    /// Who leads; `None` as long as nobody does.
    pub commander: Option<String>,
    /// When it was declared.
    pub declared_at: Timestamp,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
}

/// `/incidents/{id}`: the response, live.
#[derive(Template)]
#[template(path = "incident_show.html")]
pub struct IncidentShow {
    /// The frame.
    pub layout: Layout,
    /// What the list shows of it, too.
    pub incident: IncidentCard,
    /// The service of the plan that it is about.
    pub service: Option<String>,
    /// Each role of the plan with its holder, commander first.
    pub roles: Vec<Role>,
    /// Everybody who may take a role.
    pub people: Vec<Choice>,
    /// The states that may come next, likeliest first; the first one is the main button.
    pub next_states: Vec<IncidentState>,
    /// The plan's severities, worst first.
    pub severities: Vec<Rank>,
    /// What happened, oldest first by the time it happened.
    pub timeline: Vec<Entry>,
    /// The timeline as a drawing; `None` with fewer than two entries.
    pub chart: Option<StripChart>,
    /// Its pages, open first.
    pub pages: Vec<PageCard>,
    /// The alerts of its pages, firing first.
    pub alerts: Vec<AlertRow>,
    /// The number of the plan's revision that it runs under; its digest when that one is not stored.
    pub plan_revision: String,
}

/// A role of an incident.
#[derive(Clone, Debug)]
pub struct Role {
    /// The value that the form posts.
    pub key: String,
    /// What people say: `Commander`.
    pub title: String,
    /// Who holds it.
    pub holder: Option<String>,
}

/// A choice of a drop-down list.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The value that the form posts.
    pub value: String,
    /// What the reader sees.
    pub text: String,
    /// Whether it is chosen.
    pub selected: bool,
}

/// A line of an incident's timeline.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As in the API; keeps the line's identity when the page changes live.
    pub id: String,
    /// What it is about.
    pub kind: EntryKind,
    /// When it happened.
    pub happened_at: Timestamp,
    /// When it was written down.
    pub recorded_at: Timestamp,
    /// What happened; may have line breaks.
    pub text: String,
    /// Who did it or wrote it down; `None` for the machine.
    pub by: Option<String>,
}

/// An entry written down later than this after it happened says so, in seconds.
const RECORDED_LATE_SECONDS: i64 = 60;

impl Entry {
    /// Returns whether it was written down noticeably later than it happened.
    pub fn is_late(&self) -> bool {
        self.recorded_at.as_second() - self.happened_at.as_second() > RECORDED_LATE_SECONDS
    }
}

impl IncidentShow {
    /// Returns each state with how the stepper shows it: `done`, `current` or `ahead`.
    pub fn steps(&self) -> Vec<(IncidentState, &'static str)> {
        let place = |state: &IncidentState| match state.cmp(&self.incident.state) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal => "current",
            std::cmp::Ordering::Greater => "ahead",
        };
        IncidentState::ALL.iter().map(|state| (*state, place(state))).collect()
    }

    /// Returns whether the incident is resolved or closed.
    pub fn is_over(&self) -> bool {
        self.incident.state >= IncidentState::Resolved
    }
}

/// `/incidents/new`: the form that declares an incident.
#[derive(Template)]
#[template(path = "incident_declare.html")]
pub struct IncidentDeclare {
    /// The frame.
    pub layout: Layout,
    /// The title as typed, or the page's.
    pub title: String,
    /// The plan's severities, worst first.
    pub severities: Vec<SeverityChoice>,
    /// The services of the plan.
    pub services: Vec<Choice>,
    /// Everybody who may lead; the first choice is the reader.
    pub commanders: Vec<Choice>,
    /// The page that it is declared for, as `(id, title)`.
    pub page: Option<(String, String)>,
    /// What is known, as typed.
    pub text: String,
    /// When it began, as typed.
    pub happened_at: String,
    /// Why the form came back.
    pub problem: Option<String>,
}

/// A severity to choose, with what it means.
#[derive(Clone, Debug)]
pub struct SeverityChoice {
    /// The severity.
    pub rank: Rank,
    /// What it means, one sentence.
    pub description: String,
    /// Whether it is chosen.
    pub selected: bool,
}
