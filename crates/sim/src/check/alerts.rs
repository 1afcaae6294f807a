//! Promises about alerts: what was accepted is told to whom the plan says.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use stentor_domain::page::Actor;
use stentor_domain::plan::{Integration, Receiver};
use stentor_domain::routing::Route;
use stentor_domain::timeline::{AlertEvent, What};
use stentor_engine::RESTART_GRACE;

use super::Finding;
use super::facts::{Alert, Facts};
use super::spans::{Span, meet, without};
use super::suppression::{self, Suppressed};
use crate::history::{Endpoint, Sent};

/// What a provider in trouble may cost a group: the rest of the lease or wait of the message before.
pub(super) const TROUBLE: SignedDuration = SignedDuration::from_secs(190);

/// The longest interval of any plan.
pub(super) const INTERVAL_MAX: SignedDuration = SignedDuration::from_mins(5);

/// An alert that for certain fires from `from` to `until` and is not suppressed, while one plan is in force, on one route.
struct Window<'a> {
    token: &'a str,
    from: Timestamp,
    until: Timestamp,
    /// Whether an earlier plan may have set the time at which a group that lives on is due.
    inherited: bool,
    /// When it fired and was suppressed for certain, under the same plan, before.
    before: Vec<Span>,
    route: &'a Route,
    receiver: &'a Receiver,
}

fn windows<'a>(facts: &'a Facts<'a>) -> Vec<Window<'a>> {
    let mut windows = vec![];
    for (token, alert) in &facts.alerts {
        for (number, (since, plan)) in facts.history.plans.iter().enumerate() {
            let next = facts.history.plans.get(number + 1);
            let reign = (*since, next.map_or(facts.history.ended_at, |next| next.0));
            for node in plan.routes.find(&alert.signal.labels) {
                let route = &plan.routes.nodes[node];
                let Suppressed { certain, perhaps } =
                    suppression::of(facts, token, number, Some(route));
                let firing = alert.firing.iter().filter_map(|span| meet(*span, reign));
                let hidden = |span: Span| certain.iter().filter_map(move |it| meet(span, *it));
                let hidden: Vec<Span> = firing.clone().flat_map(hidden).collect();
                for (from, until) in firing.flat_map(|span| without(span, &perhaps)) {
                    windows.push(Window {
                        token,
                        from,
                        until,
                        inherited: number > 0,
                        before: hidden.iter().copied().filter(|span| span.1 <= from).collect(),
                        route,
                        receiver: &plan.receivers[&route.receiver],
                    });
                }
            }
        }
    }
    windows
}

impl Window<'_> {
    /// Returns until when a receiver must have heard of it; `None` when it does not fire for so long.
    fn deadline(&self, facts: &Facts<'_>) -> Option<Timestamp> {
        let wait =
            self.route.group_wait + self.route.group_interval + self.between_flushes() + TROUBLE;
        let deadline = facts.history.after(self.from, wait);
        (deadline < self.until).then_some(deadline)
    }

    /// Returns the longest time from one flush of its group to the next.
    fn between_flushes(&self) -> SignedDuration {
        let inherited = if self.inherited { INTERVAL_MAX } else { SignedDuration::ZERO };
        self.route.group_interval + inherited
    }

    /// Tells whether a group looked at the alert while it was suppressed, after what it told at `at` was settled: it has
    /// to tell again.
    fn was_hidden_since(&self, facts: &Facts<'_>, at: Timestamp) -> bool {
        self.before.iter().any(|(from, until)| {
            let settled = facts.history.after((*from).max(at), TROUBLE);
            facts.history.after(settled, self.between_flushes()) < *until
        })
    }
}

pub(super) fn endpoint(receiver: &Receiver, integration: &Integration) -> Endpoint {
    Endpoint::Receiver(format!("{}-{}-{}", receiver.name, integration.kind, integration.index))
}

/// Each integration of each receiver that an accepted alert is routed to is sent a message about it, unless the last
/// one of some group that arrived there already said that it fires, and it was not suppressed since: whoever was not
/// told for a while does not know whether what they heard before still holds.
pub(super) fn nothing_accepted_is_lost(facts: &Facts<'_>) -> Finding {
    windows(facts).iter().find_map(|window| {
        let Window { token, from, receiver, .. } = *window;
        let deadline = window.deadline(facts)?;
        receiver.integrations.iter().find_map(|integration| {
            let to = endpoint(receiver, integration);
            let knows = is_told(facts, window, &to, deadline);
            let why = || format!("{to:?} heard nothing of {token} until {deadline}");
            (!knows).then(|| (from, why()))
        })
    })
}

fn is_told(facts: &Facts<'_>, window: &Window<'_>, to: &Endpoint, deadline: Timestamp) -> bool {
    let requests = facts.history.requests.iter();
    let about = requests.filter(|sent| sent.to == *to && sent.text.contains(window.token));
    let about: Vec<&Sent> = about.take_while(|sent| sent.at <= deadline).collect();
    // An alert may be in several groups of one receiver, each of which speaks for itself.
    let arrived = about.iter().filter(|sent| sent.arrived);
    let last: BTreeMap<&str, &Sent> = arrived.map(|sent| (sent.thread.as_str(), *sent)).collect();
    about.iter().any(|sent| sent.at >= window.from)
        || last.values().any(|sent| {
            says_firing(&sent.text, window.token) && !window.was_hidden_since(facts, sent.at)
        })
}

/// Tells whether a message says that an alert fires, in the words of whatever channel.
pub(super) fn says_firing(text: &str, token: &str) -> bool {
    let json = text.find(&format!("\"instance\":\"{token}\"")).and_then(|at| {
        let before = &text[..at];
        before.rfind("\"status\":\"").map(|status| before[status..].contains("\"firing\""))
    });
    let said = [format!("firing: {token}"), format!("*firing* {token}")];
    json.unwrap_or_else(|| said.iter().any(|words| text.contains(words.as_str())))
}

/// The record says that an alert resolved only when its sender said so, or fell silent for longer than it promised; a
/// restart gives it two minutes more.
pub(super) fn what_fires_is_not_called_over(facts: &Facts<'_>) -> Finding {
    let mut ends = facts.history.entries.iter().filter_map(|entry| match &entry.what {
        What::Alert(AlertEvent::Resolved { name }) => Some((entry.recorded_at, name)),
        What::Alert(_) | What::Page(_) | What::Delivery(_) | What::Incident(_) => None,
    });
    ends.find_map(|(at, name)| {
        let (_, alert) = facts.alerts.iter().find(|(token, _)| name.contains(token.as_str()))?;
        let fires = |(from, until): &(Timestamp, Timestamp)| {
            *from < at && at < with_grace(facts, alert, *until) - REFRESH_EVERY
        };
        let wrong = alert.firing.iter().any(fires);
        wrong.then(|| (at, format!("{name} is called over while it fires")))
    })
}

/// Returns when an alert ends that its sender promised to repeat until `until`, by the restarts before.
fn with_grace(facts: &Facts<'_>, alert: &Alert<'_>, until: Timestamp) -> Timestamp {
    let mut ends = until;
    for (from, to) in &facts.history.away {
        if facts.history.crashes.contains(from) && *from < ends {
            ends = ends.max(*to + RESTART_GRACE);
        }
    }
    let said = alert.over.iter().find(|over| **over >= until);
    said.map_or(ends, |said| ends.min(*said))
}

/// A promise moves on disk this often at most, so a crash may forget so much of it.
const REFRESH_EVERY: SignedDuration = SignedDuration::from_secs(31);

/// Each receiver with a pager has a page about an accepted alert, open or answered by a person.
pub(super) fn every_firing_alert_is_paged(facts: &Facts<'_>) -> Finding {
    windows(facts).iter().filter(|window| window.receiver.escalate.is_some()).find_map(|window| {
        let deadline = window.deadline(facts)?;
        let paged = facts.pages.values().any(|page| {
            let told = page.mentions(window.token).is_some_and(|at| at <= deadline);
            let over =
                page.resolved.is_some_and(|(at, by)| at < window.from && *by == Actor::System);
            told && !over
        });
        let why = || format!("nobody was paged for {} until {deadline}", window.token);
        (!paged).then(|| (window.from, why()))
    })
}
