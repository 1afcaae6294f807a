//! Promises about silences, inhibition, and intervals, by a naive look at each of them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use stentor_domain::inhibition::Rule;
use stentor_domain::labels::Labels;
use stentor_domain::plan::Plan;
use stentor_domain::routing::Route;
use stentor_domain::silence::Silence;

use super::Finding;
use super::alerts::{endpoint, says_firing};
use super::facts::{Alert, Facts};
use super::messages::is_unknown;
use super::spans::{Span, inside, joined, meet, without};
use crate::history::{Endpoint, Sent};

/// When an alert is suppressed, for certain and perhaps.
#[derive(Default)]
pub(super) struct Suppressed {
    pub(super) certain: Vec<Span>,
    pub(super) perhaps: Vec<Span>,
}

/// Returns when an alert is suppressed on a route while `plan`, the `number`th, is in force.
pub(super) fn of(
    facts: &Facts<'_>,
    token: &str,
    number: usize,
    route: Option<&Route>,
) -> Suppressed {
    let (plan, reign) = reign(facts, number);
    let alert = &facts.alerts[token];
    let mut found = Suppressed::default();
    silenced(facts, &alert.signal.labels, &mut found);
    for rule in &plan.inhibit_rules {
        inhibited(facts, token, rule, &mut found);
    }
    if let Some(route) = route {
        let mute = muted(plan, route, reign);
        found.certain.extend(&mute);
        found.perhaps.extend(&mute);
    }
    let within =
        |spans: Vec<Span>| joined(spans.into_iter().filter_map(|span| meet(span, reign)).collect());
    Suppressed { certain: within(found.certain), perhaps: within(found.perhaps) }
}

/// Returns a plan and when it was in force.
fn reign<'a>(facts: &Facts<'a>, number: usize) -> (&'a Plan, Span) {
    let plans = &facts.history.plans;
    let (since, plan) = &plans[number];
    (plan, (*since, plans.get(number + 1).map_or(facts.history.ended_at, |next| next.0)))
}

fn silenced(facts: &Facts<'_>, labels: &Labels, found: &mut Suppressed) {
    for versions in facts.history.silences.seen.values() {
        for (at, (since, silence)) in versions.iter().enumerate() {
            let next = versions.get(at + 1).map_or(Timestamp::MAX, |next| next.0);
            if !hits(silence, labels) {
                continue;
            }
            let window = (silence.starts_at, silence.ends_at);
            found.perhaps.extend(meet(window, (*since, next)));
            // Who can say when the last alert that it hits resolved? It may have ended any time.
            if !silence.until_resolved {
                found.certain.extend(meet(window, (*since, next)));
            }
        }
    }
}

fn hits(silence: &Silence, labels: &Labels) -> bool {
    silence.matchers.0.iter().all(|matcher| matcher.accepts(labels.get(&matcher.name)))
}

fn inhibited(facts: &Facts<'_>, token: &str, rule: &Rule, found: &mut Suppressed) {
    let is = |labels: &Labels, target: bool| {
        let matchers = if target { &rule.target } else { &rule.source };
        matchers.0.iter().all(|matcher| matcher.accepts(labels.get(&matcher.name)))
    };
    let labels = &facts.alerts[token].signal.labels;
    if !is(labels, true) {
        return;
    }
    for other in facts.alerts.values() {
        let theirs = &other.signal.labels;
        let equal = rule.equal.iter().all(|name| labels.get(name) == theirs.get(name));
        let both = is(labels, false) && is(theirs, true);
        if equal && is(theirs, false) && !both {
            found.certain.extend(&other.firing);
            found.perhaps.extend(&other.perhaps);
        }
    }
}

/// Returns when a route is mute, minute by minute: no zone of these worlds is off by less.
fn muted(plan: &Plan, route: &Route, (from, until): Span) -> Vec<Span> {
    if route.mute.is_empty() && route.active.is_empty() {
        return vec![];
    }
    let holds = |name: &String, at: Timestamp| {
        plan.intervals[name].spans.iter().any(|span| {
            let minute = minute_of_day(at, &span.zone);
            let mut times = span.times.iter().flatten();
            times.any(|range| range.first <= minute && minute < range.last)
        })
    };
    let mut mute = vec![];
    let minute = SignedDuration::from_mins(1);
    let mut at = Timestamp::from_second(from.as_second() / 60 * 60).unwrap_or(from);
    while at < until {
        let is_off = !route.active.is_empty() && !route.active.iter().any(|name| holds(name, at));
        if is_off || route.mute.iter().any(|name| holds(name, at)) {
            mute.push((at, at + minute));
        }
        at += minute;
    }
    joined(mute)
}

fn minute_of_day(at: Timestamp, zone: &TimeZone) -> i64 {
    let wall = Zoned::new(at, zone.clone());
    i64::from(wall.hour()) * 60 + i64::from(wall.minute())
}

/// What is silenced, inhibited, or muted when a message is decided on is not in it: whoever asked for quiet gets it.
pub(super) fn what_is_suppressed_is_not_told(facts: &Facts<'_>) -> Finding {
    let receivers = |sent: &&Sent| matches!(sent.to, Endpoint::Receiver(_));
    let first = facts.deliveries.values().filter_map(|requests| requests.first().copied());
    first.filter(receivers).find_map(|sent| {
        let at = sent.decided_at()?;
        let number = facts.history.plans.iter().rposition(|(since, _)| *since < at)?;
        let (plan, reign) = reign(facts, number);
        let route = plan.routes.nodes.iter().find(|route| is_of(sent, route));
        let named = facts.alerts.keys().filter(|token| sent.text.contains(token.as_str()));
        let covers = |span: &Span| {
            let (from, until) = inside(*span);
            from <= at && at < until
        };
        let hidden = named.into_iter().find(|token| {
            covers(&reign) && of(facts, token, number, route).certain.iter().any(covers)
        })?;
        Some((at, format!("{} tells {:?} of {hidden}", sent.delivery, sent.to)))
    })
}

/// Tells whether a message is about a group of a route, as far as the channel tells.
fn is_of(sent: &Sent, route: &Route) -> bool {
    let thread = sent.thread.replace("\\\"", "\"");
    thread.strip_prefix(&route.key).is_some_and(|rest| rest.starts_with(':'))
}

/// A silence that was accepted is there after every crash, with its window: nobody has to look whether it still holds.
pub(super) fn an_accepted_silence_stays(facts: &Facts<'_>) -> Finding {
    facts.history.lost_silences.first().cloned()
}

/// What the engine remembers is what it would learn from its database: a restart changes no decision.
pub(super) fn memory_is_what_is_stored(facts: &Facts<'_>) -> Finding {
    facts.history.wrong_memories.first().cloned()
}

/// Who was told that an alert fires, and wants to know, is told that it is over: no group is forgotten before.
pub(super) fn whoever_heard_hears_the_end(facts: &Facts<'_>) -> Finding {
    facts.alerts.iter().find_map(|(token, alert)| {
        alert.over_for_certain(facts.history.ended_at).into_iter().find_map(|(from, until)| {
            let number = facts.history.plans.iter().rposition(|(since, _)| *since < from)?;
            let (plan, reign) = reign(facts, number);
            let nodes = plan.routes.find(&alert.signal.labels).into_iter();
            nodes.map(|node| &plan.routes.nodes[node]).find_map(|route| {
                let hears = Hears { token, alert, route, number, over: (from, until.min(reign.1)) };
                hears.nothing(facts, reign)
            })
        })
    })
}

/// One alert that is over, on one route.
struct Hears<'a> {
    token: &'a str,
    alert: &'a Alert<'a>,
    route: &'a Route,
    number: usize,
    over: Span,
}

impl Hears<'_> {
    fn nothing(&self, facts: &Facts<'_>, reign: Span) -> Finding {
        let Self { token, route, over, .. } = self;
        let receiver = &reign_of(facts, self.number).receivers[&route.receiver];
        let wait = route.group_interval * 2 + super::alerts::TROUBLE;
        let wait = if self.number > 0 { wait + super::alerts::INTERVAL_MAX } else { wait };
        let deadline = facts.history.after(over.0, wait);
        if deadline >= over.1 {
            return None;
        }
        let suppressed = of(facts, token, self.number, Some(route));
        receiver.integrations.iter().filter(|it| it.send_resolved).find_map(|integration| {
            let to = endpoint(receiver, integration);
            let about =
                |sent: &&Sent| sent.to == to && is_of(sent, route) && sent.text.contains(*token);
            let about: Vec<&Sent> = facts.history.requests.iter().filter(about).collect();
            let arrived = about.iter().rfind(|sent| sent.arrived && sent.at < over.0)?;
            let decided = arrived.decided_at().filter(|at| *at > reign.0)?;
            let quiet = without((decided, deadline), &suppressed.perhaps);
            let disturbed = quiet != [(decided, deadline)] || is_unknown(facts, arrived);
            if disturbed || !says_firing(&arrived.text, token) || self.blinked(decided) {
                return None;
            }
            let later = |sent: &&&Sent| over.0 <= sent.at && sent.at <= deadline;
            let told = about.iter().filter(later).any(|sent| !says_firing(&sent.text, token));
            (!told).then(|| (over.0, format!("{to:?} never hears that {token} is over")))
        })
    }

    /// Tells whether it began to fire again between the message and the end: who heard "fires" may have heard of another
    /// firing, which nobody tells again.
    fn blinked(&self, decided: Timestamp) -> bool {
        self.alert.over.iter().any(|over| decided <= *over && *over < self.over.0)
    }
}

fn reign_of<'a>(facts: &Facts<'a>, number: usize) -> &'a Plan {
    reign(facts, number).0
}
