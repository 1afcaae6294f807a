//! Nouns as lists show them: what several pages have in common.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use stentor_domain::alert::Alert;
use stentor_domain::id::IncidentId;
use stentor_domain::incident::{self, Incident};
use stentor_domain::labels::Labels;
use stentor_domain::page::{self, Page};
use stentor_domain::plan::Plan;
use stentor_domain::schedule;
use stentor_domain::severity::{Level, Severity};
use stentor_domain::standing::Suppression;
use stentor_domain::timeline::{AlertEvent, What};
use stentor_domain::{delivery, plan};
use stentor_store::error::Error;
use stentor_store::incidents;

use super::frame::Source;
use crate::app::InForce;
use crate::pages::address::WebAddress;
use crate::pages::alert::{AlertRow, KeptBack, Label};
use crate::pages::incident::{Choice, IncidentCard};
use crate::pages::page::{IncidentLink, NextStep, PageCard};
use crate::pages::rota::OncallNow;
use crate::pages::state::{AlertState, EntryKind, IncidentState, PageState, Rank};
use crate::pages::time;

/// A list shows this many rows before it says "Older".
pub(super) const ROWS: usize = 50;

/// So many open pages or incidents are read; what is beyond is on no screen at 3 a.m.
pub(super) const OPEN_MAX: i64 = 200;

/// Returns a severity of the plan.
pub(super) fn rank(plan: &Plan, level: Level) -> Rank {
    rank_of(plan.severities.rank(level))
}

/// Returns a severity.
pub(super) fn rank_of(severity: &Severity) -> Rank {
    let Severity { level, name, title, .. } = severity;
    Rank { level: level.0, name: name.clone(), title: title.clone() }
}

/// Returns how a service is called.
pub(super) fn service(plan: &Plan, key: Option<&str>) -> Option<String> {
    key.map(|key| plan.service(key).map_or(key, |service| &service.name).to_owned())
}

/// Returns where a runbook can be read: on the web, or among the plan's files.
pub(super) fn runbook(in_force: &InForce, runbook: &str) -> Option<WebAddress> {
    let file = in_force.files.contains_key(runbook) && runbook.ends_with(".md");
    WebAddress::read(runbook).or_else(|| file.then(|| WebAddress::of_plan_file(runbook)))
}

/// Returns pages as a list shows them.
pub(super) fn pages(from: &mut Source<'_>, pages: &[Page]) -> Result<Vec<PageCard>, Error> {
    let mut links: BTreeMap<IncidentId, Option<IncidentLink>> = BTreeMap::new();
    for id in pages.iter().filter_map(|page| page.incident) {
        if let Entry::Vacant(place) = links.entry(id) {
            let found = incidents::open(from.db, id)?;
            place.insert(found.map(|saved| incident_link(&saved.it)));
        }
    }
    let link = |page: &Page| page.incident.and_then(|id| links.get(&id).cloned().flatten());
    Ok(pages.iter().map(|page| page_card(from.plan, page, link(page))).collect())
}

fn page_card(plan: &Plan, page: &Page, incident: Option<IncidentLink>) -> PageCard {
    let stamp = page.resolved.as_ref().or(page.acknowledged.as_ref());
    let asked = page.asked.last();
    let person = match stamp {
        Some(stamp) => Some(stamp.by.name(plan).to_owned()),
        None => asked.map(|asked| plan.name_of(&asked.person).to_owned()),
    };
    PageCard {
        id: page.id.to_string(),
        title: page.title.clone(),
        state: page_state(page.state),
        severity: rank(plan, page.severity),
        service: service(plan, page.service.as_deref()),
        triggered_at: page.triggered_at,
        person,
        changed_at: stamp.map_or(page.triggered_at, |stamp| stamp.at),
        next_step: next_step(plan, page),
        incident,
        alerts: page.firing,
    }
}

fn next_step(plan: &Plan, page: &Page) -> Option<NextStep> {
    let (due_at, reached) = page.next(plan)?;
    let names: Vec<&str> = reached.iter().map(|it| plan.name_of(&it.person)).collect();
    let who = match (names.is_empty(), page.escalation.next_step < page.policy.steps.len()) {
        (true, _) => "nobody, so the step after it follows at once".to_owned(),
        (false, true) => names.join(", "),
        (false, false) => format!("{} (fallback)", names.join(", ")),
    };
    let step = page.escalation.next_step.min(page.policy.steps.len()) + 1;
    Some(NextStep { step, due_at, who })
}

/// Returns where a page stands.
pub(super) fn page_state(state: page::State) -> PageState {
    match state {
        page::State::Triggered => PageState::Triggered,
        page::State::Acknowledged => PageState::Acknowledged,
        page::State::Resolved => PageState::Resolved,
    }
}

/// Returns the way to an incident.
pub(super) fn incident_link(incident: &Incident) -> IncidentLink {
    IncidentLink { id: incident.id.to_string(), name: format!("INC-{}", incident.number) }
}

/// Returns an incident as a list shows it.
pub(super) fn incident_card(plan: &Plan, incident: &Incident) -> IncidentCard {
    let IncidentLink { id, name } = incident_link(incident);
    IncidentCard {
        id,
        name,
        title: incident.title.clone(),
        state: incident_state(incident.state),
        severity: rank(plan, incident.severity),
        commander: incident.commander().map(|actor| actor.name(plan).to_owned()),
        declared_at: incident.declared_at,
        resolved_at: incident.resolved_at,
    }
}

/// Returns where an incident stands.
pub(super) fn incident_state(state: incident::State) -> IncidentState {
    match state {
        incident::State::Declared => IncidentState::Declared,
        incident::State::Investigating => IncidentState::Investigating,
        incident::State::Identified => IncidentState::Identified,
        incident::State::Monitoring => IncidentState::Monitoring,
        incident::State::Resolved => IncidentState::Resolved,
        incident::State::Closed => IncidentState::Closed,
    }
}

/// Returns alerts as a list shows them, firing first, then the newest.
pub(super) fn alerts(from: &Source<'_>, mut alerts: Vec<Alert>) -> Vec<AlertRow> {
    alerts.sort_by_key(|alert| (!alert.firing(from.now), std::cmp::Reverse(alert.starts_at)));
    alerts.iter().map(|alert| alert_row(from, alert)).collect()
}

/// Returns an alert as a list shows it.
pub(super) fn alert_row(from: &Source<'_>, alert: &Alert) -> AlertRow {
    let firing = alert.firing(from.now);
    let level = from.plan.severities.level(alert.labels.get("severity"));
    AlertRow {
        fingerprint: alert.fingerprint().to_string(),
        name: alert_name(&alert.labels),
        summary: summary(&alert.annotations),
        state: if firing { AlertState::Firing } else { AlertState::Resolved },
        severity: rank(from.plan, level),
        labels: labels(&alert.labels).filter(|label| label.name != "alertname").collect(),
        starts_at: alert.starts_at,
        ends_at: (!firing).then_some(alert.ends_at),
        kept_back: if firing { kept_back(from, &alert.labels) } else { vec![] },
    }
}

/// Returns the label `alertname`, or the first label.
pub(super) fn alert_name(labels: &Labels) -> String {
    let first = labels.iter().next();
    match labels.get("alertname") {
        "" => first.map(|(name, value)| format!("{name}={value}")).unwrap_or_default(),
        name => name.to_owned(),
    }
}

/// Returns the annotation `summary`, when there is one.
pub(super) fn summary(annotations: &Labels) -> Option<String> {
    Some(annotations.get("summary")).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Returns why nobody is told now of an alert with these labels.
fn kept_back(from: &Source<'_>, labels: &Labels) -> Vec<KeptBack> {
    let (plan, now) = (from.plan, from.now);
    let standing = from.standing();
    let Suppression { silenced_by, inhibited_by } = standing.suppression_of(labels, now);
    let silenced =
        silenced_by.iter().filter_map(|id| standing.silence(id)).map(|silence| KeptBack {
            word: "Silenced by",
            icon: "quiet",
            by: format!("{} until {}", silence.created_by, time::moment(silence.ends_at)),
            href: Some(format!("/silences/{}", silence.id)),
        });
    let inhibited = inhibited_by.map(|print| KeptBack {
        word: "Inhibited by",
        icon: "mute",
        by: alert_name(&standing.labels(print).unwrap_or_default()),
        href: Some(format!("/alerts/{print}")),
    });
    let mut reasons: Vec<KeptBack> = silenced.chain(inhibited).collect();
    if !plan.intervals.is_empty() {
        let nodes = plan.routes.find(labels).into_iter().map(|at| &plan.routes.nodes[at]);
        let muted: Vec<Vec<String>> = nodes.map(|route| plan.muted_by(route, now)).collect();
        if let [first, rest @ ..] = &muted[..]
            && !first.is_empty()
            && rest.iter().all(|names| !names.is_empty())
        {
            let (word, icon, by) = ("Muted by", "clock", first.join(", "));
            reasons.push(KeptBack { word, icon, by, href: None });
        }
    }
    reasons
}

/// Returns labels by name.
pub(super) fn labels(labels: &Labels) -> impl Iterator<Item = Label> {
    labels.iter().map(|(name, value)| Label::new(name, value))
}

/// Returns who answers now, for each schedule.
pub(super) fn oncall(from: &Source<'_>) -> Vec<OncallNow> {
    let schedules = from.plan.schedules.values();
    schedules.map(|schedule| oncall_now(from, schedule)).collect()
}

/// Returns who answers now for one schedule.
pub(super) fn oncall_now(from: &Source<'_>, schedule: &schedule::Schedule) -> OncallNow {
    let shift = schedule::on_call(schedule, from.now);
    OncallNow {
        schedule: schedule.key.clone(),
        people: shift.iter().map(|it| from.plan.name_of(&it.person).to_owned()).collect(),
        until: shift.as_ref().map(|shift| shift.until),
        until_local: shift.as_ref().map(|shift| schedule.wall_clock(shift.until)),
        is_reader: shift.is_some_and(|shift| from.reader == Some(&shift.person)),
    }
}

/// Returns the people of the plan to choose from, by name.
pub(super) fn people(plan: &Plan, selected: Option<&plan::PersonName>) -> Vec<Choice> {
    let choice = |(key, person): (&plan::PersonName, &plan::Person)| Choice {
        value: key.clone(),
        text: person.name.clone(),
        selected: Some(key) == selected,
    };
    let mut choices: Vec<Choice> = plan.people.iter().map(choice).collect();
    choices.sort_by(|a, b| a.text.cmp(&b.text));
    choices
}

/// Returns what a line of a timeline is about.
pub(super) fn entry_kind(what: &What) -> EntryKind {
    match what {
        What::Alert(AlertEvent::Fired { .. } | AlertEvent::Resolved { .. }) => EntryKind::Alert,
        What::Page(page::Event::Acknowledged { .. }) => EntryKind::Acknowledge,
        What::Page(
            page::Event::Triggered { .. }
            | page::Event::Updated { .. }
            | page::Event::Paged { .. }
            | page::Event::StepEmpty { .. }
            | page::Event::Unreachable { .. }
            | page::Event::Exhausted
            | page::Event::Resolved { .. }
            | page::Event::Joined { .. },
        ) => EntryKind::Page,
        What::Delivery(delivery::Event::Sent { .. } | delivery::Event::Failed { .. }) => {
            EntryKind::Delivery
        }
        What::Incident(incident::Event::Joined { .. }) => EntryKind::Page,
        What::Incident(
            incident::Event::Declared { .. }
            | incident::Event::Moved { .. }
            | incident::Event::Rated { .. },
        ) => EntryKind::State,
        What::Incident(incident::Event::Assigned { .. }) => EntryKind::Role,
        What::Incident(incident::Event::Noted { kind, .. }) => match kind {
            incident::NoteKind::Note => EntryKind::Note,
            incident::NoteKind::Decision => EntryKind::Decision,
            incident::NoteKind::Action => EntryKind::Action,
        },
    }
}
