//! One incident: where it stands, what happened, who does what.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::Response;
use jiff::Timestamp;
use stentor_domain::id::IncidentId;
use stentor_domain::incident::{self, Incident, Role, State};
use stentor_domain::page;
use stentor_domain::plan::Plan;
use stentor_domain::timeline::{self, Subject, What};
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;
use stentor_store::{incidents, pages, plan_revisions, timeline as timelines};

use super::frame::{Frame, Source, html};
use super::{cards, flash};
use crate::error::Error;
use crate::pages::alert::AlertRow;
use crate::pages::chart::StripChart;
use crate::pages::incident::{Entry, IncidentShow, Role as RoleView};
use crate::pages::layout::Section;
use crate::pages::page::PageCard;
use crate::pages::state::IncidentState;

/// So many revisions of the plan are looked through for the one that an incident ran under.
const REVISIONS_SEARCHED: u32 = 1_000;

/// Finds an incident by its id, or by what people call it: `INC-7`, or `7`.
pub(super) fn find(db: &mut Db, name: &str) -> Result<Option<Incident>, StoreError> {
    let number = name.strip_prefix("INC-").or_else(|| name.strip_prefix("inc-")).unwrap_or(name);
    let found = match (name.parse::<IncidentId>(), number.parse::<i64>()) {
        (Ok(id), _) => incidents::open(db, id)?,
        (Err(_), Ok(number)) => incidents::open_by_number(db, number)?,
        (Err(_), Err(_)) => None,
    };
    Ok(found.map(|saved| saved.it))
}

pub(super) async fn show_incident(
    frame: Frame,
    Path(name): Path<String>,
) -> Result<Response, Error> {
    let is_id = name.parse::<IncidentId>().is_ok();
    let (layout, seen) =
        frame.read(Section::Incidents, move |from| Seen::read(from, &name)).await?;
    let seen = seen.ok_or_else(|| Error::not_found("incident"))?;
    if !is_id {
        return Ok(flash::see_other(&format!("/incidents/{}", seen.incident.id)));
    }
    let plan = frame.plan();
    let Seen { incident, entries, pages, alerts, revision } = seen;
    // That a page joined is told by the incident; the page's own line would say it twice.
    let twice = |what: &What| matches!(what, What::Page(page::Event::Joined { .. }));
    let shown = entries.iter().filter(|entry| !twice(&entry.what));
    let timeline: Vec<Entry> = shown.map(|entry| line(plan, entry)).collect();
    let end = incident.resolved_at.unwrap_or(frame.now);
    Ok(html(&IncidentShow {
        layout,
        service: cards::service(plan, incident.service.as_deref()),
        roles: roles(plan, &incident),
        people: cards::people(plan, None),
        next_states: next_states(incident.state),
        severities: plan.severities.ranks.iter().map(cards::rank_of).collect(),
        chart: StripChart::draw(&timeline, &states(&entries), end),
        timeline,
        pages,
        alerts,
        plan_revision: revision,
        incident: cards::incident_card(plan, &incident),
    }))
}

/// What the database knows of an incident.
struct Seen {
    incident: Incident,
    /// By the time at which they happened.
    entries: Vec<timeline::Entry>,
    pages: Vec<PageCard>,
    alerts: Vec<AlertRow>,
    revision: String,
}

impl Seen {
    fn read(from: &mut Source<'_>, name: &str) -> Result<Option<Self>, StoreError> {
        let Some(incident) = find(from.db, name)? else { return Ok(None) };
        let mut found = pages::of_incident(from.db, incident.id)?;
        found.sort_by_key(|page| page.state == page::State::Resolved);
        let mut members = BTreeMap::new();
        for group in found.iter().filter_map(|page| page.group) {
            for alert in from.members(group) {
                members.insert(alert.fingerprint(), alert);
            }
        }
        Ok(Some(Self {
            entries: entries(from.db, &incident)?,
            pages: cards::pages(from, &found)?,
            alerts: cards::alerts(from, members.into_values().collect()),
            revision: revision(from.db, &incident.revision)?,
            incident,
        }))
    }
}

/// Returns the timeline of an incident, its pages' included, by the time at which things happened.
pub(super) fn entries(
    db: &mut Db,
    incident: &Incident,
) -> Result<Vec<timeline::Entry>, StoreError> {
    let pages = incident.pages.iter().map(|page| Subject::Page(*page));
    let subjects: Vec<Subject> =
        [Subject::Incident(incident.id)].into_iter().chain(pages).collect();
    let mut entries = timelines::of(db, &subjects)?;
    entries.sort_by_key(|entry| (entry.happened_at, entry.seq));
    Ok(entries)
}

/// Returns the number of a plan's revision, or its digest when it is not among the stored ones.
fn revision(db: &mut Db, digest: &str) -> Result<String, StoreError> {
    let stored = plan_revisions::list(db, None, REVISIONS_SEARCHED)?;
    let found = stored.into_iter().find(|heading| heading.digest == digest);
    Ok(found.map_or_else(|| digest.to_owned(), |heading| heading.number.to_string()))
}

fn line(plan: &Plan, entry: &timeline::Entry) -> Entry {
    let told = entry.what.told(plan);
    Entry {
        id: format!("entry-{}", entry.seq),
        kind: cards::entry_kind(&entry.what),
        happened_at: entry.happened_at,
        recorded_at: entry.recorded_at,
        by: says_not_by_whom(&entry.what).then_some(told.by),
        text: told.text,
    }
}

/// Tells whether a person did it and the sentence does not name them.
fn says_not_by_whom(what: &What) -> bool {
    match what {
        What::Alert(_) | What::Page(_) | What::Delivery(_) => false,
        What::Incident(event) => match event {
            incident::Event::Declared { by, .. } => *by != page::Actor::System,
            incident::Event::Noted { .. }
            | incident::Event::Moved { .. }
            | incident::Event::Rated { .. } => true,
            incident::Event::Joined { .. } | incident::Event::Assigned { .. } => false,
        },
    }
}

/// Returns each state that the incident came to, with the time, in order.
fn states(entries: &[timeline::Entry]) -> Vec<(IncidentState, Timestamp)> {
    let state = |entry: &timeline::Entry| match &entry.what {
        What::Incident(incident::Event::Declared { .. }) => {
            Some((IncidentState::Declared, entry.happened_at))
        }
        What::Incident(incident::Event::Moved { to, .. }) => {
            Some((cards::incident_state(*to), entry.happened_at))
        }
        What::Incident(
            incident::Event::Joined { .. }
            | incident::Event::Noted { .. }
            | incident::Event::Rated { .. }
            | incident::Event::Assigned { .. },
        )
        | What::Alert(_)
        | What::Page(_)
        | What::Delivery(_) => None,
    };
    entries.iter().filter_map(state).collect()
}

fn roles(plan: &Plan, incident: &Incident) -> Vec<RoleView> {
    let role = |role: Role| RoleView {
        key: role.word().to_owned(),
        title: role.title().to_owned(),
        holder: incident.roles.get(&role).map(|actor| actor.name(plan).to_owned()),
    };
    Role::ALL.into_iter().map(role).collect()
}

/// Returns the states that may come next, likeliest first.
fn next_states(state: State) -> Vec<IncidentState> {
    use IncidentState::{Closed, Identified, Investigating, Monitoring, Resolved};
    match state {
        State::Declared => vec![Investigating, Identified, Monitoring, Resolved],
        State::Investigating => vec![Identified, Monitoring, Resolved],
        State::Identified => vec![Monitoring, Resolved, Investigating],
        State::Monitoring => vec![Resolved, Identified, Investigating],
        State::Resolved => vec![Closed, Investigating],
        State::Closed => vec![Investigating],
    }
}
