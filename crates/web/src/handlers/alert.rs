//! Alerts: the list with its filter, and one alert with where the routes sent it.

use std::cmp::Reverse;

use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use serde::Deserialize;
use stentor_domain::alert::Alert;
use stentor_domain::group::{Group, GroupId, PAGER};
use stentor_domain::labels::Fingerprint;
use stentor_domain::matchers::Matchers;
use stentor_domain::matchers::parse;
use stentor_domain::page::{Page, State};
use stentor_domain::routing::Route;
use stentor_store::alerts::AlertRow as Stored;
use stentor_store::error::Error as StoreError;
use stentor_store::{alerts, groups, pages};

use super::cards;
use super::frame::{Frame, Source, html};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::address::WebAddress;
use crate::pages::alert::{AlertRow, AlertShow, AlertsList, RouteTaken};
use crate::pages::layout::Section;
use crate::pages::now::AlertCounts;
use crate::pages::time;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/alerts", get(list_alerts)).on(
        Permission::Read,
        "/alerts/{fingerprint}",
        get(show_alert),
    )
}

/// So many of the newest pages are looked through for the last one of a group.
const PAGES_SEARCHED: i64 = 300;

/// What the list is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    filter: String,
    state: String,
    after: String,
}

impl Wanted {
    /// Returns the place of the last row seen: lists go from late to early.
    fn place(&self) -> Option<Place> {
        let (at, print) = self.after.split_once('.')?;
        let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
        Some((Reverse(at), print.parse().ok()?))
    }

    fn shows(&self, firing: bool) -> bool {
        match self.state.as_str() {
            "firing" => firing,
            "resolved" => !firing,
            _ => true,
        }
    }

    fn next(&self, last: Option<&AlertRow>) -> Option<String> {
        let last = last?;
        let filter = crate::routes::escaped(&self.filter);
        let place = format!("{}.{}", last.starts_at.as_microsecond(), last.fingerprint);
        Some(format!("/alerts?state={}&filter={filter}&after={place}", self.state))
    }
}

/// Where an alert stands in the list.
type Place = (Reverse<Timestamp>, Fingerprint);

async fn list_alerts(frame: Frame, Query(wanted): Query<Wanted>) -> Result<Response, Error> {
    let state = Some(wanted.state.as_str()).filter(|state| ["firing", "resolved"].contains(state));
    let wanted = Wanted { state: state.unwrap_or("").to_owned(), ..wanted };
    let (matchers, filter_problem) = match parse::matchers(&wanted.filter) {
        Ok(matchers) => (Some(matchers), None),
        Err(error) => (None, Some(format!("The filter cannot be read: {error}."))),
    };
    let asked = wanted.clone();
    let (layout, (counts, mut rows, never)) = frame
        .read(Section::Alerts, move |from| {
            let never = !alerts::any(from.db)?;
            let Some(matchers) = matchers else {
                return Ok((AlertCounts::default(), vec![], never));
            };
            let (counts, found) = matching(from, &asked, &matchers)?;
            let rows = found.iter().map(|alert| cards::alert_row(from, alert)).collect();
            Ok((counts, rows, never))
        })
        .await?;
    let more = rows.len() > cards::ROWS;
    rows.truncate(cards::ROWS);
    let next = wanted.next(rows.last().filter(|_| more));
    let Wanted { filter, state, .. } = wanted;
    Ok(html(&AlertsList {
        layout,
        filter,
        filter_problem,
        state,
        counts,
        alerts: rows,
        next,
        never,
    }))
}

/// Returns one screenful and one alert more, newest first, and how many match in each state.
fn matching(
    from: &mut Source<'_>,
    wanted: &Wanted,
    matchers: &Matchers,
) -> Result<(AlertCounts, Vec<Alert>), StoreError> {
    let (now, after) = (from.now, wanted.place());
    let mut counts = AlertCounts::default();
    let mut best: Vec<(Place, Alert)> = Vec::new();
    alerts::each(from.db, |Stored { alert, .. }| {
        if !matchers.matches(&alert.labels) {
            return;
        }
        let firing = alert.firing(now);
        let count = if firing { &mut counts.firing } else { &mut counts.resolved };
        *count += 1;
        let place = (Reverse(alert.starts_at), alert.fingerprint());
        if !wanted.shows(firing) || after.is_some_and(|after| place <= after) {
            return;
        }
        let at = best.partition_point(|(other, _)| *other < place);
        if at <= cards::ROWS {
            best.insert(at, (place, alert));
            best.truncate(cards::ROWS + 1);
        }
    })?;
    Ok((counts, best.into_iter().map(|(_, alert)| alert).collect()))
}

async fn show_alert(frame: Frame, Path(print): Path<String>) -> Result<Response, Error> {
    let print: Fingerprint = print.parse().map_err(|_| Error::not_found("alert"))?;
    let (layout, seen) = frame
        .read(Section::Alerts, move |from| {
            let Some(Stored { alert, .. }) = alerts::open(from.db, print)? else { return Ok(None) };
            let found = from.plan.routes.find(&alert.labels);
            let nodes = found.into_iter().map(|at| &from.plan.routes.nodes[at]);
            let ways = nodes.map(|route| way(from, route, &alert));
            let ways = ways.collect::<Result<Vec<_>, StoreError>>()?;
            Ok(Some((cards::alert_row(from, &alert), ways, alert)))
        })
        .await?;
    let (row, routes, alert) = seen.ok_or_else(|| Error::not_found("alert"))?;
    Ok(html(&AlertShow {
        layout,
        alert: row,
        annotations: cards::labels(&alert.annotations).collect(),
        generator_url: WebAddress::read(&alert.generator_url),
        updated_at: alert.updated_at,
        expires_at: alert.firing(frame.now).then_some(alert.ends_at),
        routes,
    }))
}

fn way(from: &mut Source<'_>, route: &Route, alert: &Alert) -> Result<RouteTaken, StoreError> {
    let identity = route.group(&alert.labels);
    let id = GroupId(identity.id);
    let group = groups::open(from.db, id)?.map(|saved| saved.it);
    let page = page_of(from, id)?;
    let is_root = route.matchers.0.is_empty();
    Ok(RouteTaken {
        route: if is_root { "default route".to_owned() } else { route.matchers.to_string() },
        receiver: route.receiver.clone(),
        group_key: identity.key,
        group: cards::labels(&identity.labels).collect(),
        why: why(from, (route, id), group.as_ref(), page.as_ref()),
        page: page.map(|page| (page.id.to_string(), page.title)),
    })
}

/// Returns the page of a group: the open one, or the newest of those that are resolved.
fn page_of(from: &mut Source<'_>, group: GroupId) -> Result<Option<Page>, StoreError> {
    if let Some(open) = pages::open_by_group(from.db, group)? {
        return Ok(Some(open.it));
    }
    let newest = pages::list(from.db, &pages::Filter::default(), PAGES_SEARCHED)?;
    Ok(newest.into_iter().find(|page| page.group == Some(group)))
}

fn why(
    from: &Source<'_>,
    (route, id): (&Route, GroupId),
    group: Option<&Group>,
    page: Option<&Page>,
) -> String {
    let fires = from.standing().group(id).is_some_and(|members| members.firing > 0);
    let pager = from.plan.receivers.get(&route.receiver).and_then(|it| it.escalate.as_deref());
    let open = page.filter(|page| page.state != State::Resolved);
    match (pager, group, open) {
        (_, _, Some(page)) => format!("The page runs the escalation policy {}.", page.policy.name),
        (None, _, None) => {
            format!("The receiver {} has no escalation policy, so it pages nobody.", route.receiver)
        }
        (Some(policy), Some(group), None) if group.log.contains_key(PAGER) => format!(
            "{policy} was asked, and the page is resolved; it is asked again when another alert \
             joins the group, or after the repeat interval."
        ),
        (Some(policy), Some(group), None) if fires => {
            let at = time::clock(group.flush_at, from.now);
            format!("The group waits for company; {policy} is asked at {at}.")
        }
        (Some(policy), Some(_) | None, None) => match page {
            Some(page) => format!("The page that {} was asked by is resolved.", page.policy.name),
            None => format!("No alert of its group fires, so {policy} is not asked."),
        },
    }
}
