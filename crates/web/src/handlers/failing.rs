//! Messages of groups that do not leave: tried again and again, or given up.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use stentor_domain::delivery::{About, Delivery, State};
use stentor_domain::group::GroupId;
use stentor_domain::plan::Integration;
use stentor_store::deliveries;
use stentor_store::error::Error as StoreError;

use super::frame::Source;
use crate::pages::now::FailingRow;
use crate::routes;

/// So many messages that wait, and so many of the newest, are looked through on the first page.
const DELIVERIES_MAX: i64 = 200;

/// No message that waits is due later than this: waits between attempts are minutes at most.
const DUE_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// So many of the newest messages of a group and a kind are looked through for those of one integration.
const NEWEST_MAX: i64 = 4;

/// Tells whether the last that is known of a message is that it did not arrive.
fn is_failing(delivery: &Delivery) -> bool {
    match delivery.state {
        State::Failed => true,
        State::Queued | State::Sending => !delivery.detail.is_empty(),
        State::Sent | State::Cancelled => false,
    }
}

/// An integration of a receiver, as in `(ops, webhook, 0)`.
type Ear<'d> = (&'d str, &'d str, usize);

fn ear(delivery: &Delivery) -> Option<(GroupId, Ear<'_>)> {
    match &delivery.about {
        About::Receiver { group, receiver, kind, index } => {
            Some((*group, (receiver, kind, *index)))
        }
        About::Person { .. } | About::Test { .. } | About::TestReceiver { .. } => None,
    }
}

/// Returns the integrations whose newest message to a group that stands does not leave, one row each.
///
/// Only what waits and the newest are looked through, so a row may know of fewer groups than there are.
pub(super) fn list(from: &mut Source<'_>) -> Result<Vec<FailingRow>, StoreError> {
    let soon = from.now.saturating_add(DUE_WITHIN).unwrap_or(from.now);
    let lane = deliveries::Lane::Receivers;
    let waiting = deliveries::list_due(from.db, lane, soon, DELIVERIES_MAX)?;
    let newest = deliveries::list(from.db, &deliveries::Filter::default(), DELIVERIES_MAX)?;
    let mut all: Vec<Delivery> = waiting.into_iter().map(|saved| saved.it).chain(newest).collect();
    all.retain(|delivery| delivery.state != State::Cancelled);
    all.sort_by_key(|delivery| std::cmp::Reverse((delivery.created_at, delivery.id)));
    let mut by_ear: BTreeMap<(Ear<'_>, GroupId), Vec<&Delivery>> = BTreeMap::new();
    for delivery in &all {
        let Some((group, ear)) = ear(delivery) else { continue };
        by_ear.entry((ear, group)).or_default().push(delivery);
    }
    let standing = from.standing();
    let mut rows: BTreeMap<Ear<'_>, FailingRow> = BTreeMap::new();
    for ((ear, group), newest_first) in by_ear {
        let failing = newest_first.first().filter(|newest| is_failing(newest));
        let Some(newest) = failing.filter(|_| standing.group(group).is_some()) else { continue };
        let run = newest_first.iter().take_while(|it| it.state != State::Sent);
        let since = run.map(|it| it.created_at).min().unwrap_or(newest.created_at);
        let row = rows.entry(ear).or_insert_with(|| row(ear, since, newest.detail.clone()));
        row.groups += 1;
        row.since = row.since.min(since);
    }
    Ok(rows.into_values().collect())
}

fn row((receiver, kind, index): Ear<'_>, since: Timestamp, why: String) -> FailingRow {
    FailingRow {
        to: format!("{receiver}/{kind}/{index}"),
        href: format!("/groups?receiver={}", routes::escaped(receiver)),
        groups: 0,
        since,
        why,
    }
}

/// Returns since when the messages of a group to an integration do not leave, and what went wrong last.
pub(super) fn of_group(
    from: &mut Source<'_>,
    group: GroupId,
    Integration { kind, index, .. }: &Integration,
) -> Result<Option<(Timestamp, String)>, StoreError> {
    let newest = deliveries::newest_of_group(from.db, group, kind, NEWEST_MAX)?;
    let mut of_this = newest.iter().filter(|it| ear(it).is_some_and(|(_, ear)| ear.2 == *index));
    let Some(newest) = of_this.next().filter(|newest| is_failing(newest)) else { return Ok(None) };
    let since = deliveries::unsent_since(from.db, group, kind)?;
    Ok(Some((since.unwrap_or(newest.created_at), newest.detail.clone())))
}
