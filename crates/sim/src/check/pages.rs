//! Promises about escalation: who is asked, when.

use jiff::{SignedDuration, Timestamp};
use stentor_domain::escalation::Policy;
use stentor_domain::page::{Event, FALLBACK_EVERY};

use super::Finding;
use super::facts::{Facts, Page};

/// One asking: a step of the escalation as the timeline has it.
struct Asking<'a> {
    at: Timestamp,
    step: usize,
    round: u32,
    people: Vec<&'a str>,
    /// Whether the step before reached nobody, or somebody of it turned out to be unreachable: this one may be early.
    at_once: bool,
}

fn askings<'a>(page: &Page<'a>) -> Vec<Asking<'a>> {
    let mut askings: Vec<Asking<'a>> = vec![];
    let mut passed = None;
    for (entry, event) in page.events() {
        let at = entry.recorded_at;
        match event {
            Event::StepEmpty { .. } => passed = Some(at),
            Event::Unreachable { person } => {
                let newest = askings.last();
                if newest.is_some_and(|newest| newest.people.contains(&person.as_str())) {
                    passed = Some(at);
                }
            }
            Event::Paged { person, step, round, .. } => {
                let (step, round) = (*step, *round);
                match askings.last_mut() {
                    Some(last)
                        if (last.at, last.step, last.round) == (at, step, round)
                            && passed.is_none() =>
                    {
                        last.people.push(person);
                    }
                    Some(_) | None => {
                        let at_once = passed == Some(at);
                        askings.push(Asking { at, step, round, people: vec![person], at_once });
                    }
                }
                passed = None;
            }
            Event::Triggered { .. }
            | Event::Updated { .. }
            | Event::Exhausted
            | Event::Acknowledged { .. }
            | Event::Resolved { .. }
            | Event::Joined { .. } => {}
        }
    }
    askings
}

/// Returns how long a step waits by each policy that the page may run: the shortest and the longest.
fn waits(facts: &Facts<'_>, page: &Page<'_>, step: usize) -> (SignedDuration, SignedDuration) {
    let plan = facts.history.plan_at(page.triggered_at.unwrap_or(facts.history.ended_at));
    let wait = |policy: &Policy| policy.steps.get(step - 1).map(|step| step.wait);
    let all = plan.policies.values().map(|policy| wait(policy).unwrap_or(FALLBACK_EVERY));
    let all: Vec<SignedDuration> = all.collect();
    let shortest = all.iter().min().copied().unwrap_or(FALLBACK_EVERY);
    (shortest, all.iter().max().copied().unwrap_or(FALLBACK_EVERY))
}

/// A step begins after the wait of the one before, or at once when that one reached nobody.
pub(super) fn no_step_is_early(facts: &Facts<'_>) -> Finding {
    facts.pages.iter().find_map(|(id, page)| {
        let askings = askings(page);
        let mut pairs = askings.windows(2);
        let early = pairs.find(|pair| {
            let (shortest, _) = waits(facts, page, pair[0].step);
            !pair[1].at_once && pair[1].at < pair[0].at + shortest
        })?;
        let why = format!("{id} asks step {} after step {}", early[1].step, early[0].step);
        Some((early[1].at, why))
    })
}

/// While nobody has answered, the next step begins when the wait is over.
pub(super) fn no_step_is_late(facts: &Facts<'_>) -> Finding {
    facts.pages.iter().find_map(|(id, page)| {
        let askings = askings(page);
        let ends = page.answered_at().unwrap_or(facts.history.ended_at);
        let nexts = askings.iter().skip(1).map(|asking| asking.at).chain([ends]);
        askings.iter().zip(nexts).find_map(|(asking, next)| {
            let (_, longest) = waits(facts, page, asking.step);
            let until = facts.history.after(asking.at, longest) + SignedDuration::from_secs(1);
            let why = || {
                format!(
                    "{id}: nobody was asked after step {} of round {}",
                    asking.step, asking.round
                )
            };
            (next > until && ends > until).then(|| (until, why()))
        })
    })
}

/// Whoever the timeline says was paged was sent a request to act, or is recorded as unreachable.
pub(super) fn who_is_paged_is_asked(facts: &Facts<'_>) -> Finding {
    facts.pages.iter().find_map(|(id, page)| {
        page.events().find_map(|(entry, event)| {
            let Event::Paged { person, .. } = event else { return None };
            let at = entry.recorded_at;
            let until = facts.history.after(at, SignedDuration::from_secs(1));
            let in_time = |when: Timestamp| at <= when && when <= until;
            let asked = page.requests_to(person).any(|sent| sent.act && in_time(sent.at));
            let gone = page.events().any(|(entry, event)| {
                let who = matches!(event, Event::Unreachable { person: gone } if gone == person);
                who && in_time(entry.recorded_at)
            });
            let over = page.answered_at().is_some_and(|answered| answered <= until);
            let ended = facts.history.ended_at <= until;
            let kept = asked || gone || over || ended;
            (!kept).then(|| (at, format!("{id}: {person} was paged and never asked")))
        })
    })
}

/// When a person of the newest step cannot be reached, the next step follows in the same breath.
pub(super) fn unreachable_is_passed_over(facts: &Facts<'_>) -> Finding {
    facts.pages.iter().find_map(|(id, page)| {
        let plan = facts.history.plan_at(page.triggered_at?);
        let longest = plan.policies.values().map(|policy| policy.steps.len()).max().unwrap_or(0);
        let events: Vec<_> = page.events().collect();
        events.iter().enumerate().find_map(|(index, (entry, event))| {
            let Event::Unreachable { person } = event else { return None };
            let at = entry.recorded_at;
            let newest = events[..index].iter().rev().find_map(|(_, event)| step_of(event))?;
            let in_newest = events[..index].iter().any(|(_, event)| {
                matches!(event, Event::Paged { person: who, step, round, .. }
                    if who == person && (*step, *round) == newest)
            });
            let answered = page.answered_at().is_some_and(|answered| answered <= at);
            let goes_on = events[index + 1..].iter().any(|(entry, event)| {
                entry.recorded_at == at
                    && matches!(
                        event,
                        Event::Paged { .. } | Event::StepEmpty { .. } | Event::Exhausted
                    )
            });
            // The fallback has nobody after it; it is asked again at its time.
            let fallback = newest.0 > longest || policy_ends(facts, page, newest.0);
            let kept = !in_newest || answered || goes_on || fallback;
            (!kept).then(|| (at, format!("{id}: {person} is unreachable and nobody follows")))
        })
    })
}

/// Returns step and round of an asking.
fn step_of(event: &Event) -> Option<(usize, u32)> {
    let Event::Paged { step, round, .. } = event else { return None };
    Some((*step, *round))
}

/// Tells whether a step may be the fallback of the policy that the page runs.
fn policy_ends(facts: &Facts<'_>, page: &Page<'_>, step: usize) -> bool {
    let plan = facts.history.plan_at(page.triggered_at.unwrap_or(facts.history.ended_at));
    plan.policies.values().any(|policy| policy.steps.len() < step)
}
