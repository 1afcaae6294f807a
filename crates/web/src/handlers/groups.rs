//! The groups: what each collects, whom it told what, and when it looks next.

use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use serde::Deserialize;
use stentor_domain::group::{Group, GroupId, PAGER, Told, log_key};
use stentor_domain::matchers::{Matcher, Op};
use stentor_store::groups::{self, Filter, Stored};

use super::cards;
use super::frame::{Frame, Source, html};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::group::{GroupRow, GroupTold, GroupsList};
use crate::pages::incident::Choice;
use crate::pages::layout::Section;
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
            let rows: Vec<GroupRow> = rows.collect();
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

fn row(from: &Source<'_>, id: GroupId, group: &Group) -> GroupRow {
    let route = from.plan.routes.by_id(&group.route);
    let standing = from.standing();
    GroupRow {
        id: id.to_string(),
        key: group.key.clone(),
        labels: cards::labels(&group.labels).collect(),
        receiver: group.receiver.clone(),
        firing: standing.group(id).map_or(0, |members| members.firing as usize),
        alerts: standing.prints_of(id).len(),
        lost: route.is_none(),
        muted_by: route.map(|route| from.plan.muted_by(route, from.now)).unwrap_or_default(),
        next_at: group.flush_at,
        href: href(group),
        told: told(from, group),
    }
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

fn told(from: &Source<'_>, group: &Group) -> Vec<GroupTold> {
    let Some(receiver) = from.plan.receivers.get(&group.receiver) else { return vec![] };
    let integrations = receiver.integrations.iter();
    let mut ears: Vec<(String, String)> =
        integrations.map(|it| (log_key(&receiver.name, &it.kind, it.index), it.key())).collect();
    if receiver.escalate.is_some() {
        ears.push((PAGER.to_owned(), "people on call".to_owned()));
    }
    let told = |(key, name): (String, String)| {
        let last = group.log.get(&key);
        let mut what = last.map_or_else(|| "has heard nothing yet".to_owned(), said);
        if group.waiting.contains_key(&key) {
            what.push_str("; a message is on its way");
        }
        if group.missed.contains(&key) {
            what.push_str("; the last message did not arrive");
        }
        GroupTold { name, at: last.map(|told| told.at), what }
    };
    ears.into_iter().map(told).collect()
}

fn said(Told { firing, resolved, .. }: &Told) -> String {
    match (firing.len(), resolved.len()) {
        (firing, 0) => format!("{firing} firing"),
        (firing, resolved) => format!("{firing} firing, {resolved} resolved"),
    }
}
