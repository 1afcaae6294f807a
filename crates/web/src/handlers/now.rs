//! The first page: what needs a person.

use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use stentor_domain::incident::Incident;
use stentor_domain::page::{Page, State};
use stentor_store::error::Error as StoreError;
use stentor_store::{incidents, pages};

use super::frame::{Frame, Source, html};
use super::{alert_list, cards};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::layout::Section;
use crate::pages::now::{Firing, FirstAlert, Now, RefusedPlan};
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/", get(show_now))
}

async fn show_now(frame: Frame) -> Result<Response, Error> {
    let (layout, seen) = frame.read(Section::Now, Seen::read).await?;
    let url = frame.external_url();
    Ok(html(&Now {
        layout,
        triggered: seen.triggered,
        acknowledged: seen.acknowledged,
        incidents: seen.incidents,
        oncall: seen.oncall,
        firing: seen.firing,
        has_policies: !frame.plan().policies.is_empty(),
        refused_plan: refused_plan(&frame),
        first_alert: seen.is_new.then_some(FirstAlert { url }),
    }))
}

/// What the database says.
struct Seen {
    triggered: Vec<crate::pages::page::PageCard>,
    acknowledged: Vec<crate::pages::page::PageCard>,
    incidents: Vec<crate::pages::incident::IncidentCard>,
    oncall: Vec<crate::pages::rota::OncallNow>,
    firing: Firing,
    is_new: bool,
}

impl Seen {
    fn read(from: &mut Source<'_>) -> Result<Self, StoreError> {
        let filter = pages::Filter { open: true, ..pages::Filter::default() };
        let open = pages::list(from.db, &filter, cards::OPEN_MAX)?;
        let (mut triggered, mut acknowledged): (Vec<Page>, Vec<Page>) =
            open.into_iter().partition(|page| page.state == State::Triggered);
        triggered.sort_by_key(|page| page.triggered_at);
        let any_page = !triggered.is_empty() || !acknowledged.is_empty();
        triggered.truncate(cards::ROWS);
        acknowledged.truncate(cards::ROWS);
        let mut incidents = open_incidents(from)?;
        incidents.truncate(cards::ROWS);
        let any = from.standing().count().0 > 0 || any_page;
        Ok(Self {
            triggered: cards::pages(from, &triggered)?,
            acknowledged: cards::pages(from, &acknowledged)?,
            incidents: incidents.iter().map(|it| cards::incident_card(from.plan, it)).collect(),
            oncall: cards::oncall(from),
            firing: alert_list::firing(from)?,
            is_new: !any && incidents::next_number(from.db)? == 1,
        })
    }
}

/// Returns the incidents at which people are at work, worst first, then the newest.
pub(super) fn open_incidents(from: &mut Source<'_>) -> Result<Vec<Incident>, StoreError> {
    let filter = incidents::Filter { open: true, ..incidents::Filter::default() };
    let mut found = incidents::list(from.db, &filter, cards::OPEN_MAX)?;
    found.sort_by_key(|incident| incident.severity);
    Ok(found)
}

fn refused_plan(frame: &Frame) -> Option<RefusedPlan> {
    let refused = frame.in_force.refused.as_ref()?;
    let first = refused.problems.first().map(ToString::to_string).unwrap_or_default();
    let in_force_since: Timestamp = frame.in_force.applied_at;
    Some(RefusedPlan {
        problems: refused.problems.len(),
        first: first.lines().next().unwrap_or("").to_owned(),
        refused_at: refused.at,
        in_force_since,
    })
}
