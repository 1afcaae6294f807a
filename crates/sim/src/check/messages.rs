//! Promises about messages to people and receivers.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use stentor_domain::page::{Actor, Event};

use super::Finding;
use super::facts::{Facts, Page};
use crate::history::{Endpoint, Sent};

/// Where nothing is disturbed, a person is asked within a second of the decision.
pub(super) fn first_attempt_is_on_time(facts: &Facts<'_>) -> Finding {
    if !facts.history.undisturbed {
        return None;
    }
    facts.pages.iter().find_map(|(id, page)| {
        page.events().find_map(|(entry, event)| {
            let Event::Paged { person, .. } = event else { return None };
            let at = entry.recorded_at;
            let late = at + SignedDuration::from_secs(1);
            let on_time = |sent: &Sent| sent.act && at <= sent.at && sent.at <= late;
            let over = page.answered_at().is_some_and(|answered| answered <= late);
            let kept = over || page.requests_to(person).any(on_time);
            (!kept).then(|| (at, format!("{id}: {person} was not asked within a second")))
        })
    })
}

/// Once an answer is on disk, no request to act starts.
pub(super) fn none_starts_after_an_answer(facts: &Facts<'_>) -> Finding {
    facts.pages.iter().find_map(|(id, page)| {
        let heard = facts.history.answers.iter().filter(|answer| answer.page == *id);
        let heard = heard.map(|answer| answer.order).min().unwrap_or(u64::MAX);
        let late = page.requests.iter().filter(|sent| sent.act).find(|sent| {
            let after = page.answered_at().is_some_and(|answered| answered < sent.at);
            after || heard < sent.order
        })?;
        Some((late.at, format!("{id}: {:?} is asked by {}", late.to, late.delivery)))
    })
}

/// Everybody who was sent a request to act hears once that the page resolved, nobody else does, and whoever resolved
/// it does not.
pub(super) fn one_resolved_message(facts: &Facts<'_>) -> Finding {
    facts.pages.iter().find_map(|(id, page)| {
        let people: BTreeSet<&Endpoint> = page.requests.iter().map(|sent| &sent.to).collect();
        people.into_iter().find_map(|person| {
            let Endpoint::Person(key) = person else { return None };
            let why = resolved_message_of(facts, page, key)?;
            Some((facts.history.ended_at, format!("{id}: {key} {why}")))
        })
    })
}

fn resolved_message_of(facts: &Facts<'_>, page: &Page<'_>, person: &str) -> Option<String> {
    let asked = page.requests_to(person).find(|sent| sent.act);
    let told: Vec<&Sent> = page.requests_to(person).filter(|sent| !sent.act).collect();
    let arrived = told.iter().filter(|sent| sent.arrived).count();
    let unknown = told.iter().filter(|sent| is_unknown(facts, sent)).count();
    let Some((at, by)) = page.resolved else {
        return (!told.is_empty()).then(|| "hears of the end of what goes on".into());
    };
    let knows = matches!(by, Actor::Person(who) if who == person);
    let in_plan = facts.history.plan_at(at).people.contains_key(person);
    if told.iter().any(|sent| sent.at < at) {
        return Some("hears of the end before it".into());
    }
    // A crash may hide from everybody but the engine that an attempt had begun.
    let began = page.triggered_at.unwrap_or(at);
    let crashed = facts.history.crashes.iter().any(|crash| began <= *crash && *crash <= at);
    if asked.is_none_or(|asked| asked.at > at) && !told.is_empty() && !crashed {
        return Some("hears of the end and was never asked".into());
    }
    if knows && !told.is_empty() {
        return Some("resolved it and is told so".into());
    }
    if asked.is_some() && !knows && in_plan && told.is_empty() {
        return Some("is never told that it resolved".into());
    }
    (arrived > 1 + unknown).then(|| format!("is told {arrived} times that it resolved"))
}

/// A message arrives once, and once more at most for each attempt of which nothing was heard.
pub(super) fn duplicates_are_bounded(facts: &Facts<'_>) -> Finding {
    facts.deliveries.iter().find_map(|(delivery, requests)| {
        let arrived = requests.iter().filter(|sent| sent.arrived).count();
        let unknown = requests.iter().filter(|sent| is_unknown(facts, sent)).count();
        let why = || format!("{delivery} arrived {arrived} times, {unknown} attempts unknown");
        (arrived > 1 + unknown).then(|| (requests[0].at, why()))
    })
}

/// Tells whether the engine may not have heard in time what came of an attempt: the answer was lost or took until the
/// lease ended, the transport gave up, or the machine was not there to hear it.
pub(super) fn is_unknown(facts: &Facts<'_>, sent: &Sent) -> bool {
    let lease = sent.at + stentor_domain::delivery::LEASE;
    let crashed = facts.history.crashes.iter().any(|crash| sent.at <= *crash && *crash <= lease);
    !sent.known || crashed
}
