//! What was told of an alert, and to whom: the deliveries of its groups.

use jiff::{SignedDuration, Timestamp};
use stentor_domain::delivery::{About, Delivery, State};
use stentor_domain::group::{GroupId, Reason};
use stentor_domain::labels::Fingerprint;
use stentor_domain::message::{AlertView, Message};
use stentor_store::deliveries;
use stentor_store::episodes::Episode;
use stentor_store::error::Error as StoreError;

use super::frame::Source;
use super::history;
use crate::pages::alert::{EpisodeTold, ToldRow};

/// So many messages of a group are looked through for those that name the alert.
const DELIVERIES_MAX: i64 = 200;

/// That an alert has resolved may be told so much later: a group looks again after its interval.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Returns a firing that has ended with what was told of it.
pub(super) fn of_episode(
    from: &mut Source<'_>,
    episode: &Episode,
) -> Result<EpisodeTold, StoreError> {
    let until = episode.ended_at.saturating_add(TOLD_WITHIN).unwrap_or(episode.ended_at);
    let window = (episode.started_at, until);
    let mut told = of_alert(from, episode.fingerprint, &episode.groups, window)?;
    // A later firing of the same alert is its own.
    told.retain(|row| row.firing != Some(true) || row.at <= episode.ended_at);
    Ok(EpisodeTold { episode: history::row(from.plan, episode), told })
}

/// Returns what was told of an alert in these groups in this time, oldest first.
pub(super) fn of_alert(
    from: &mut Source<'_>,
    print: Fingerprint,
    groups: &[GroupId],
    window: (Timestamp, Timestamp),
) -> Result<Vec<ToldRow>, StoreError> {
    let mut told = vec![];
    // What is made at this very instant counts.
    let (since, until) = window;
    let window = (since, until.saturating_add(SignedDuration::from_secs(1)).unwrap_or(until));
    for group in groups {
        let some = deliveries::of_group_between(from.db, *group, window, DELIVERIES_MAX)?;
        told.extend(some.iter().filter_map(|delivery| row(delivery, print)));
    }
    told.sort_by_key(|row| row.at);
    Ok(folded(told))
}

/// Makes one row of failures that follow each other to the same integration; these are oldest first.
fn folded(told: Vec<ToldRow>) -> Vec<ToldRow> {
    let mut rows: Vec<ToldRow> = vec![];
    let failed = |row: &ToldRow| row.state == State::Failed.word();
    for row in told {
        match rows.iter_mut().rev().find(|before| before.to == row.to) {
            Some(before) if failed(before) && failed(&row) && before.firing == row.firing => {
                *before = ToldRow { since: before.since, times: before.times + 1, ..row };
            }
            Some(_) | None => rows.push(row),
        }
    }
    rows.sort_by_key(|row| row.at);
    rows
}

fn row(delivery: &Delivery, print: Fingerprint) -> Option<ToldRow> {
    let Message::Alerts(message) = &delivery.message else { return None };
    let named = |view: &&AlertView| view.fingerprint == print;
    let firing = match message.alerts.iter().find(named) {
        Some(view) => Some(view.firing),
        None if message.truncated > 0 => None,
        None => return None,
    };
    let to = match &delivery.about {
        About::Receiver { receiver, kind, index, .. } => format!("{receiver}/{kind}/{index}"),
        About::Person { .. } | About::Test { .. } | About::TestReceiver { .. } => return None,
    };
    Some(ToldRow {
        at: delivery.created_at,
        since: delivery.created_at,
        times: 1,
        to,
        firing,
        reason: message.reason.map(reason).unwrap_or_default(),
        state: delivery.state.word(),
        arrived: delivery.state == State::Sent,
        detail: delivery.detail.clone(),
    })
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::First => "the first message of the group",
        Reason::NewAlerts => "an alert that is new",
        Reason::AllResolved => "everything has resolved",
        Reason::SomeResolved => "an alert has resolved",
        Reason::Repeat => "nothing changed for the repeat interval",
    }
}
