//! The groups: what each collects, whom it told what, and when it looks next.

use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use serde::Deserialize;
use stentor_domain::group::{Group, GroupId, PAGER, Told, log_key};
use stentor_domain::labels::Fingerprint;
use stentor_domain::matchers::{Matcher, Op};
use stentor_store::error::Error as StoreError;
use stentor_store::groups::{self, Filter, Stored};

use super::frame::{Frame, Source, html};
use super::{cards, failing};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::group::{GroupRow, GroupTold, GroupsList};
use crate::pages::incident::Choice;
use crate::pages::layout::Section;
use crate::pages::time;
use crate::routes::{self, Routes};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/groups", get(list_groups))
}

/// What the list is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    receiver: String,
    /// The look and the number of the last row seen.
    after: String,
}

impl Wanted {
    fn place(&self) -> Option<(Timestamp, i64)> {
        let (at, number) = self.after.split_once('.')?;
        let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
        Some((at, number.parse().ok()?))
    }
}

async fn list_groups(frame: Frame, Query(wanted): Query<Wanted>) -> Result<Response, Error> {
    let filter = Filter { receiver: wanted.receiver.clone(), after: wanted.place() };
    let (layout, (rows, next, total)) = frame
        .read(Section::Alerts, move |from| {
            let mut found = groups::list(from.db, &filter, cards::ROWS as i64 + 1)?;
            let more = found.len() > cards::ROWS;
            found.truncate(cards::ROWS);
            let next = found.last().filter(|_| more).map(|Stored { number, saved, .. }| {
                let receiver = routes::escaped(&filter.receiver);
                let at = saved.it.flush_at.as_microsecond();
                format!("/groups?receiver={receiver}&after={at}.{number}")
            });
            let rows = found.iter().map(|Stored { id, saved, .. }| row(from, *id, &saved.it));
            let rows = rows.collect::<Result<Vec<GroupRow>, StoreError>>()?;
            Ok((rows, next, groups::count(from.db)?))
        })
        .await?;
    let choice = |name: &String| Choice {
        value: name.clone(),
        text: name.clone(),
        selected: *name == wanted.receiver,
    };
    let receivers = frame.plan().receivers.keys().map(choice).collect();
    let total = usize::try_from(total).unwrap_or(0);
    Ok(html(&GroupsList { layout, receivers, total, groups: rows, next }))
}

fn row(from: &mut Source<'_>, id: GroupId, group: &Group) -> Result<GroupRow, StoreError> {
    let told = told(from, id, group)?;
    let route = from.plan.routes.by_id(&group.route);
    let standing = from.standing();
    let (mut silenced, mut inhibited) = (0, 0);
    let firing = |print: &Fingerprint| {
        standing.known(*print).is_some_and(|known| known.ends_at() > from.now)
    };
    for print in standing.prints_of(id).into_iter().filter(firing) {
        let suppression = standing.suppression(print, from.now);
        silenced += usize::from(!suppression.silenced_by.is_empty());
        inhibited += usize::from(suppression.inhibited_by.is_some());
    }
    Ok(GroupRow {
        id: id.to_string(),
        key: group.key.clone(),
        labels: cards::labels(&group.labels).collect(),
        receiver: group.receiver.clone(),
        firing: standing.group(id).map_or(0, |members| members.firing as usize),
        alerts: standing.prints_of(id).len(),
        silenced,
        inhibited,
        lost: route.is_none(),
        muted_by: route.map(|route| from.plan.muted_by(route, from.now)).unwrap_or_default(),
        next_at: group.flush_at,
        href: href(group),
        told,
    })
}

/// Returns the address of the alerts of a group, suppressed ones included.
fn href(group: &Group) -> String {
    let equals = |(name, value)| Matcher::new(name, Op::Equals, value).ok();
    let filter: Vec<String> =
        group.labels.iter().filter_map(equals).map(|it| it.to_string()).collect();
    let filter = routes::escaped(&filter.join(", "));
    let receiver = routes::escaped(&group.receiver);
    format!("/alerts?receiver={receiver}&filter={filter}&silenced=true&inhibited=true&muted=true")
}

fn told(from: &mut Source<'_>, id: GroupId, group: &Group) -> Result<Vec<GroupTold>, StoreError> {
    let Some(receiver) = from.plan.receivers.get(&group.receiver) else { return Ok(vec![]) };
    let mut all = vec![];
    for integration in &receiver.integrations {
        let key = log_key(&receiver.name, &integration.kind, integration.index);
        let last = group.log.get(&key);
        let (waits, missed) = (group.waiting.contains_key(&key), group.missed.contains(&key));
        let failing = match waits || missed {
            true => failing::of_group(from, id, integration)?,
            false => None,
        };
        let mut what = last.map_or_else(|| "has heard nothing yet".to_owned(), said);
        if let Some((since, why)) = &failing {
            what = format!("failing since {}: {why}", time::moment(*since));
        } else if waits {
            what.push_str("; a message is on its way");
        } else if missed {
            what.push_str("; the last message did not arrive");
        }
        let (name, at) = (integration.key(), last.map(|told| told.at));
        all.push(GroupTold { name, at, what, fails: failing.is_some() });
    }
    if receiver.escalate.is_some() {
        let last = group.log.get(PAGER);
        let what = last.map_or_else(|| "have heard nothing yet".to_owned(), said);
        let (name, at) = ("people on call".to_owned(), last.map(|told| told.at));
        all.push(GroupTold { name, at, what, fails: false });
    }
    Ok(all)
}

fn said(Told { firing, resolved, .. }: &Told) -> String {
    match (firing.len(), resolved.len()) {
        (firing, 0) => format!("{firing} firing"),
        (firing, resolved) => format!("{firing} firing, {resolved} resolved"),
    }
}
