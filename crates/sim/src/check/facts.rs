//! A history, sorted by what the promises ask of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use stentor_domain::alert::Signal;
use stentor_domain::id::PageId;
use stentor_domain::page::{Actor, Event};
use stentor_domain::timeline::{Entry, Subject, What};
use stentor_engine::RESTART_GRACE;

use super::spans::{Span, joined};
use crate::history::{Endpoint, History, Sent};

pub(super) struct Facts<'a> {
    pub(super) history: &'a History,
    pub(super) pages: BTreeMap<PageId, Page<'a>>,
    pub(super) alerts: BTreeMap<String, Alert<'a>>,
    /// Requests by delivery, in order.
    pub(super) deliveries: BTreeMap<&'a str, Vec<&'a Sent>>,
}

/// What the timeline and the providers say of a page.
#[derive(Default)]
pub(super) struct Page<'a> {
    pub(super) entries: Vec<&'a Entry>,
    pub(super) requests: Vec<&'a Sent>,
    pub(super) triggered_at: Option<Timestamp>,
    pub(super) acknowledged_at: Option<Timestamp>,
    pub(super) resolved: Option<(Timestamp, &'a Actor)>,
}

/// What senders were told about an alert.
pub(super) struct Alert<'a> {
    pub(super) signal: &'a Signal,
    /// When it fired for certain, by what was accepted, whatever became of what was not.
    pub(super) firing: Vec<Span>,
    /// When it fired perhaps: also by what was not accepted, and for the grace that a restart gives.
    pub(super) perhaps: Vec<Span>,
    /// When a sender said that it is over, heard or not.
    pub(super) over: Vec<Timestamp>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        let mut pages: BTreeMap<PageId, Page<'a>> = BTreeMap::new();
        for entry in &history.entries {
            if let Subject::Page(id) = entry.subject {
                pages.entry(id).or_default().learn(entry);
            }
        }
        let mut deliveries: BTreeMap<&str, Vec<&Sent>> = BTreeMap::new();
        for sent in &history.requests {
            deliveries.entry(&sent.delivery).or_default().push(sent);
            if let Some(page) = sent.page.and_then(|id| pages.get_mut(&id)) {
                page.requests.push(sent);
            }
        }
        Self { history, pages, deliveries, alerts: alerts(history) }
    }
}

impl<'a> Page<'a> {
    fn learn(&mut self, entry: &'a Entry) {
        let at = entry.recorded_at;
        match &entry.what {
            What::Page(Event::Triggered { .. }) => self.triggered_at = Some(at),
            What::Page(Event::Acknowledged { .. }) => self.acknowledged_at = Some(at),
            What::Page(Event::Resolved { by }) => self.resolved = Some((at, by)),
            What::Page(_) | What::Alert(_) | What::Delivery(_) | What::Incident(_) => {}
        }
        self.entries.push(entry);
    }

    /// Returns when somebody first answered, or its alerts resolved.
    pub(super) fn answered_at(&self) -> Option<Timestamp> {
        let resolved = self.resolved.map(|(at, _)| at);
        [self.acknowledged_at, resolved].into_iter().flatten().min()
    }

    /// Returns the events of the page itself.
    pub(super) fn events(&self) -> impl Iterator<Item = (&'a Entry, &'a Event)> {
        self.entries.iter().filter_map(|entry| match &entry.what {
            What::Page(event) => Some((*entry, event)),
            What::Alert(_) | What::Delivery(_) | What::Incident(_) => None,
        })
    }

    pub(super) fn requests_to(&self, person: &str) -> impl Iterator<Item = &'a Sent> {
        let person = Endpoint::Person(person.to_owned());
        self.requests.iter().copied().filter(move |sent| sent.to == person)
    }

    /// Returns when the timeline first spoke of an alert.
    pub(super) fn mentions(&self, token: &str) -> Option<Timestamp> {
        let says = |entry: &&&Entry| format!("{:?}", entry.what).contains(token);
        self.entries.iter().find(says).map(|entry| entry.recorded_at)
    }
}

impl Alert<'_> {
    /// Returns when it had fired and was over for certain, until it fired again perhaps.
    pub(super) fn over_for_certain(&self, ended_at: Timestamp) -> Vec<Span> {
        let perhaps = joined(self.perhaps.clone());
        let nexts = perhaps.iter().skip(1).map(|span| span.0).chain([ended_at]);
        perhaps.iter().zip(nexts).map(|((_, over), next)| (*over, next)).collect()
    }
}

fn alerts(history: &History) -> BTreeMap<String, Alert<'_>> {
    let timeout = history.plans[0].1.resolve_timeout;
    let mut alerts: BTreeMap<String, Alert<'_>> = BTreeMap::new();
    for told in &history.told {
        for signal in &told.signals {
            let token = signal.labels.get("instance").to_owned();
            let new = || Alert { signal, firing: vec![], perhaps: vec![], over: vec![] };
            let alert = alerts.entry(token).or_insert_with(new);
            let until = signal.ends_at.unwrap_or(told.at + timeout);
            if until <= told.at {
                // It counts perhaps even when nobody said so: a crash may have hidden the answer.
                cut(&mut alert.firing, told.at);
                alert.over.push(told.at);
                if told.ok {
                    cut(&mut alert.perhaps, told.at);
                }
                continue;
            }
            if told.ok {
                lengthen(&mut alert.firing, told.at, until);
            }
            lengthen(&mut alert.perhaps, told.at, with_grace(history, until));
        }
    }
    alerts
}

/// Returns when an alert ends at the latest that its sender promised to repeat until `until`, by the restarts before.
fn with_grace(history: &History, until: Timestamp) -> Timestamp {
    let away = history.away.iter();
    away.fold(until, |ends, (from, to)| match *from < ends {
        true => ends.max(*to + RESTART_GRACE),
        false => ends,
    })
}

fn lengthen(spans: &mut Vec<(Timestamp, Timestamp)>, from: Timestamp, until: Timestamp) {
    match spans.last_mut() {
        Some((_, end)) if from < *end => *end = until.max(*end),
        Some(_) | None => spans.push((from, until)),
    }
}

fn cut(spans: &mut Vec<(Timestamp, Timestamp)>, at: Timestamp) {
    if let Some((_, end)) = spans.last_mut() {
        *end = at.min(*end);
    }
    spans.retain(|(from, until)| from < until);
}
