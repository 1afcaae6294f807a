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
use crate::history::{Endpoint, Sent};

/// What a provider in trouble may cost a group: the rest of the lease or wait of the message before.
const TROUBLE: SignedDuration = SignedDuration::from_secs(190);

/// The longest interval of any plan.
const INTERVAL_MAX: SignedDuration = SignedDuration::from_mins(5);

/// An alert that fires for certain from `from` to `until` while one plan is in force, and what the plan wants.
struct Window<'a> {
    token: &'a str,
    from: Timestamp,
    until: Timestamp,
    /// Whether it fired already when the plan came into force: a group that lives on is due when it was.
    inherited: bool,
    wants: Vec<(&'a Route, &'a Receiver)>,
}

fn windows<'a>(facts: &'a Facts<'a>) -> Vec<Window<'a>> {
    let mut windows = vec![];
    let plans = &facts.history.plans;
    for (token, alert) in &facts.alerts {
        for (from, until) in &alert.firing {
            for (number, (since, plan)) in plans.iter().enumerate() {
                let ends = plans.get(number + 1).map_or(facts.history.ended_at, |next| next.0);
                let inherited = number > 0 && *from < *since;
                let (from, until) = ((*from).max(*since), (*until).min(ends));
                if from >= until {
                    continue;
                }
                let found = plan.routes.find(&alert.signal.labels);
                let routes = found.into_iter().map(|node| &plan.routes.nodes[node]);
                let wants = routes.map(|route| (route, &plan.receivers[&route.receiver])).collect();
                windows.push(Window { token, from, until, inherited, wants });
            }
        }
    }
    windows
}

impl Window<'_> {
    /// Returns until when a receiver must have heard of it; `None` when it does not fire for so long.
    fn deadline(&self, facts: &Facts<'_>, route: &Route) -> Option<Timestamp> {
        let inherited = if self.inherited { INTERVAL_MAX } else { SignedDuration::ZERO };
        let wait = route.group_wait + route.group_interval * 2 + TROUBLE + inherited;
        let deadline = facts.history.after(self.from, wait);
        (deadline < self.until).then_some(deadline)
    }
}

fn endpoint(receiver: &Receiver, integration: &Integration) -> Endpoint {
    Endpoint::Receiver(format!("{}-{}-{}", receiver.name, integration.kind, integration.index))
}

/// Each integration of each receiver that an accepted alert is routed to is sent a message about it, unless the last
/// one of some group that arrived there already said that it fires.
pub(super) fn nothing_accepted_is_lost(facts: &Facts<'_>) -> Finding {
    windows(facts).iter().find_map(|window| {
        window.wants.iter().find_map(|(route, receiver)| {
            let deadline = window.deadline(facts, route)?;
            receiver.integrations.iter().find_map(|integration| {
                let to = endpoint(receiver, integration);
                let knows = is_told(facts, window, &to, deadline);
                let (from, token) = (window.from, window.token);
                let why = || format!("{to:?} heard nothing of {token} until {deadline}");
                (!knows).then(|| (from, why()))
            })
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
        || last.values().any(|sent| says_firing(&sent.text, window.token))
}

/// Tells whether a message says that an alert fires, in the words of whatever channel.
fn says_firing(text: &str, token: &str) -> bool {
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
    windows(facts).iter().find_map(|window| {
        window.wants.iter().filter(|(_, receiver)| receiver.escalate.is_some()).find_map(
            |(route, _)| {
                let deadline = window.deadline(facts, route)?;
                let paged = facts.pages.values().any(|page| {
                    let told = page.mentions(window.token).is_some_and(|at| at <= deadline);
                    let over = page
                        .resolved
                        .is_some_and(|(at, by)| at < window.from && *by == Actor::System);
                    told && !over
                });
                let why = || format!("nobody was paged for {} until {deadline}", window.token);
                (!paged).then(|| (window.from, why()))
            },
        )
    })
}
