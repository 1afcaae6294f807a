//! Groups: alerts that one route collects, and when their receiver hears of them.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alert::Alert;
use crate::labels::{Fingerprint, Labels};
use crate::message::{AlertView, AlertsMessage};
use crate::plan::{Integration, Plan};
use crate::routing::{GroupIdentity, Route};
use crate::standing::Member;

/// The identity of a group: a hash over its route and its labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupId(pub u64);

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Alerts that one route collects under one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The id of the route that collects.
    pub route: String,
    /// Byte for byte Alertmanager's group key.
    pub key: String,
    /// The labels that the group was made by.
    pub labels: Labels,
    /// Who hears of it.
    pub receiver: String,
    /// When the receiver is next due to hear of it.
    pub flush_at: Timestamp,
    /// What each integration was last told, by [`log_key`]; [`PAGER`] for the pager.
    pub log: BTreeMap<String, Told>,
    /// Integrations whose message is on its way, and what it says.
    pub waiting: BTreeMap<String, Waiting>,
    /// Integrations whose last message did not arrive; the next flush has newer words for them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub missed: BTreeSet<String>,
    /// What providers know the last message by, for integrations that may change it; by [`log_key`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub receipts: BTreeMap<String, String>,
    /// What others had told before; understood at the first flush, when it is known which alerts there are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Before>,
}

/// The key of the pager in a group's log.
pub const PAGER: &str = "page";

/// A group whose route the plan has lost is looked at this often, until its last alert has resolved.
const LOST_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// No flush waits for a message longer than this or the group's interval, whichever is longer.
const FLUSH_DEADLINE_MIN: SignedDuration = SignedDuration::from_secs(10);

/// Returns the key of an integration in a group's log, for example `checkout/webhook/0`.
pub fn log_key(receiver: &str, kind: &str, index: usize) -> String {
    format!("{receiver}/{kind}/{index}")
}

/// What an integration was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// When it was decided.
    pub at: Timestamp,
    /// Alerts that fired, sorted.
    pub firing: Vec<Fingerprint>,
    /// Alerts that had resolved, sorted.
    pub resolved: Vec<Fingerprint>,
    /// Of those that fired: should one fire unsuppressed again, that is news. It was suppressed since, and nobody knows
    /// what became of it, or a message that it resolved was sent and never confirmed.
    #[serde(default)]
    pub doubtful: Vec<Fingerprint>,
}

/// What another Alertmanager had told one integration of a group, taken over when the group began here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// The integration, as in [`log_key`].
    pub key: String,
    /// When it was told.
    pub at: Timestamp,
    /// xxhash64 over the labels of what it was told to fire.
    pub firing: Vec<u64>,
    /// xxhash64 over the labels of what it was told to have resolved.
    pub resolved: Vec<u64>,
}

/// A message that is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// What will have been told once it has arrived.
    pub told: Told,
    /// A flush came while it was on its way: flush again when it is settled.
    pub again: bool,
}

/// Why an integration is told something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It has heard nothing of this group yet.
    First,
    /// An alert fires that it has not heard of.
    NewAlerts,
    /// Everything it heard of has resolved.
    AllResolved,
    /// Some of what it heard of has resolved.
    SomeResolved,
    /// Nothing changed for the repeat interval.
    Repeat,
}

impl Reason {
    /// Returns the words that templates read as `NotificationReason`.
    pub fn words(self) -> &'static str {
        match self {
            Self::First => "first notification",
            Self::NewAlerts => "new alerts in group",
            Self::AllResolved => "all alerts resolved",
            Self::SomeResolved => "some alerts resolved",
            Self::Repeat => "repeat interval elapsed",
        }
    }
}

/// What a group caused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message for one integration of the receiver.
    Notifies {
        /// Whose it is: the group's receiver, or that one's fallback.
        receiver: String,
        /// Which integration.
        integration: Integration,
        /// Why now.
        reason: Reason,
        /// The message; it is not worth sending after `expires_at`.
        message: AlertsMessage,
        /// When the group's next flush will have newer words.
        expires_at: Timestamp,
    },
    /// The receiver's pager has to know: a page begins, or the open one is brought up to date.
    Pages {
        /// The escalation policy's key.
        policy: String,
        /// What the people who are paged need to know.
        news: News,
    },
    /// No alert fires any more.
    Cleared,
}

/// What a group tells its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// One line: the alert's name and what the group is about.
    pub title: String,
    /// What firing alerts say of themselves, a line each, at most [`SUMMARY_LINES_MAX`].
    pub summary: Vec<String>,
    /// The words of the `severity` label, each once; an empty one for alerts without it.
    pub severities: Vec<String>,
    /// The labels that all firing alerts share.
    pub labels: Labels,
    /// How many alerts fire.
    pub firing: usize,
    /// When the first of them began.
    pub started_at: Timestamp,
    /// The runbook that the alerts' `runbook_url` annotation names; empty when none does.
    pub runbook: String,
    /// What fires and since when, earliest first, at most [`SUMMARY_LINES_MAX`]; for the timeline.
    pub fired: Vec<(String, Timestamp)>,
}

/// A page's summary has at most this many lines; the page itself lists every alert.
pub const SUMMARY_LINES_MAX: usize = 20;

/// A flush's outcome: who has to be told what, and which alerts the group need not keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flush {
    /// Alerts that fire and are not suppressed, sorted.
    pub firing: Vec<Fingerprint>,
    /// Alerts that have resolved and are not suppressed, sorted.
    pub resolved: Vec<Fingerprint>,
    /// Who is told, in the order of the receiver's integrations.
    pub tells: Vec<Tell>,
    /// The escalation policy of the pager, when it has to know.
    pub pages: Option<String>,
    /// Nothing fires any more, suppressed or not, and the pager has to know.
    pub cleared: bool,
    /// Resolved alerts that everybody who needs to know has been told of.
    pub forget: Vec<Fingerprint>,
}

/// One integration that has to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tell {
    /// Whose it is: the group's receiver, or that one's fallback.
    pub receiver: String,
    /// Which.
    pub integration: Integration,
    /// Why now.
    pub reason: Reason,
}

impl Tell {
    /// Returns the integration's key, see [`log_key`].
    fn key(&self) -> String {
        log_key(&self.receiver, &self.integration.kind, self.integration.index)
    }
}

impl Flush {
    /// Tells whether anybody is told anything about alerts, so that these have to be known whole.
    pub fn speaks(&self) -> bool {
        !self.tells.is_empty() || self.pages.is_some()
    }
}

impl Group {
    /// Begins a group with its first alert.
    ///
    /// An alert that has been firing for longer than the wait makes it due at once.
    pub fn begin(identity: &GroupIdentity, route: &Route, first: &Alert, now: Timestamp) -> Self {
        let overdue = now.duration_since(first.starts_at) > route.group_wait;
        Self {
            route: route.id.clone(),
            key: identity.key.clone(),
            labels: identity.labels.clone(),
            receiver: route.receiver.clone(),
            flush_at: if overdue { now } else { now + route.group_wait },
            log: BTreeMap::new(),
            waiting: BTreeMap::new(),
            missed: BTreeSet::new(),
            receipts: BTreeMap::new(),
            before: vec![],
        }
    }

    /// Takes over what others had told of it before it began here.
    pub fn told_before(&mut self, told: Vec<Before>) {
        self.before = told;
    }

    /// Understands what others had told before: `alerts` are all its alerts. What was told to fire and is not among them
    /// has been forgotten by its sender, so it counts as one that is gone.
    pub fn understand(&mut self, alerts: &[&Labels]) {
        let known: BTreeMap<u64, Fingerprint> =
            alerts.iter().map(|labels| (labels.xxhash64(), labels.fingerprint())).collect();
        let prints = |hashes: Vec<u64>| -> Vec<Fingerprint> {
            let print = |hash: u64| known.get(&hash).copied().unwrap_or(Fingerprint(hash));
            let sorted: BTreeSet<_> = hashes.into_iter().map(print).collect();
            sorted.into_iter().collect()
        };
        for Before { key, at, firing, resolved } in std::mem::take(&mut self.before) {
            let (firing, resolved) = (prints(firing), prints(resolved));
            self.log.entry(key).or_insert(Told { at, firing, resolved, doubtful: vec![] });
        }
    }

    /// Takes note that one of its alerts resolved and `firing` still fire; when it was the last, the page need not wait
    /// for a flush.
    pub fn on_resolved(&mut self, firing: u32) -> Vec<Event> {
        if firing == 0 { self.cleared() } else { vec![] }
    }

    /// Decides at `flush_at` who has to be told. `members` are all its alerts; while `muted`, nobody is told anything.
    ///
    /// What is suppressed is not told, and what was told before it was suppressed is news when it fires unsuppressed
    /// again: nobody knows what became of it. When the plan no longer has the route, the receiver hears nothing more,
    /// and only an open page is cleared.
    pub fn on_flush(
        &mut self,
        plan: &Plan,
        members: &[Member],
        muted: bool,
        now: Timestamp,
    ) -> Flush {
        let prints = |firing: bool, hidden: bool| -> Vec<Fingerprint> {
            let fits = |member: &&Member| {
                member.firing == firing && (member.suppressed || muted) == hidden
            };
            let sorted: BTreeSet<_> =
                members.iter().filter(fits).map(|member| member.fingerprint).collect();
            sorted.into_iter().collect()
        };
        let fires = members.iter().any(|member| member.firing);
        let Some(route) = plan.routes.by_id(&self.route) else {
            self.flush_at = now + LOST_EVERY;
            let forget = members.iter().filter(|member| !member.firing);
            let forget = forget.map(|member| member.fingerprint).collect();
            return Flush { cleared: !fires && self.clears(), forget, ..Flush::default() };
        };
        if self.receiver != route.receiver {
            // The plan gave the route another receiver, which has heard nothing yet; whoever was paged is still asked.
            self.log.retain(|key, _| key == PAGER);
            self.receiver.clone_from(&route.receiver);
        }
        self.flush_at = now + route.group_interval;
        // Whoever missed something is told now, if there still is such an integration.
        self.missed.clear();
        let hidden = [prints(true, true), prints(false, true)].concat();
        self.doubt(&hidden);
        let told = Told {
            at: now,
            firing: prints(true, false),
            resolved: prints(false, false),
            doubtful: vec![],
        };
        let (mut tells, mut pages) = (vec![], None);
        let heard = !(told.firing.is_empty() && told.resolved.is_empty());
        let receiver = plan.receivers.get(&self.receiver).filter(|_| heard || hidden.is_empty());
        for integration in receiver.iter().flat_map(|receiver| &receiver.integrations) {
            tells.extend(self.tell(&route.receiver, integration, &told, route));
        }
        let fallback =
            receiver.and_then(|it| it.fallback.as_ref()).and_then(|it| plan.receivers.get(it));
        for integration in fallback.iter().flat_map(|fallback| &fallback.integrations) {
            let name = &fallback.map_or("", |it| &it.name);
            // Who was told in the receiver's place hears of the end, and of nothing else.
            let heard = self.log.contains_key(&log_key(name, &integration.kind, integration.index));
            if heard && told.firing.is_empty() {
                tells.extend(self.tell(name, integration, &told, route));
            }
        }
        if let Some(policy) = receiver.and_then(|receiver| receiver.escalate.clone()) {
            let last = self.log.get(PAGER);
            if !told.firing.is_empty() && needs(last, &told, false, route).is_some() {
                pages = Some(policy);
                self.log.insert(PAGER.into(), told.clone());
            }
        }
        let Told { firing, resolved, .. } = told;
        let forget = match self.waiting.is_empty() && self.missed.is_empty() {
            true => [&resolved[..], &prints(false, true)].concat(),
            false => vec![],
        };
        let cleared = !fires && self.clears();
        Flush { firing, resolved, tells, pages, cleared, forget }
    }

    /// Decides whether an integration has to be told, and takes note that its message is on its way.
    fn tell(
        &mut self,
        receiver: &str,
        integration: &Integration,
        told: &Told,
        route: &Route,
    ) -> Option<Tell> {
        let key = log_key(receiver, &integration.kind, integration.index);
        if let Some(waiting) = self.waiting.get_mut(&key) {
            waiting.again = true;
            return None;
        }
        let reason = needs(self.log.get(&key), told, integration.send_resolved, route)?;
        if told.firing.is_empty() && !integration.send_resolved {
            // Nobody is told, but the log forgets what fired, so that the next firing is news again.
            self.log.insert(key, told.clone());
            return None;
        }
        self.waiting.insert(key, Waiting { told: told.clone(), again: false });
        let (receiver, integration) = (receiver.to_owned(), integration.clone());
        Some(Tell { receiver, integration, reason })
    }

    /// Takes note of alerts that are suppressed: what was told of them, or is being told, is no longer sure.
    fn doubt(&mut self, hidden: &[Fingerprint]) {
        let on_their_way = self.waiting.values_mut().map(|waiting| &mut waiting.told);
        for told in self.log.values_mut().chain(on_their_way) {
            let known: BTreeSet<_> = told.doubtful.iter().collect();
            let knew = |print: &&Fingerprint| {
                told.firing.binary_search(print).is_ok() && !known.contains(print)
            };
            let doubtful: Vec<_> = hidden.iter().filter(knew).copied().collect();
            told.doubtful.extend(doubtful);
        }
    }

    /// Puts a flush into words. `alerts` are at least those that it names, in any order.
    pub fn events(
        &self,
        flush: &Flush,
        alerts: &[Alert],
        (plan, external_url): (&Plan, &str),
        now: Timestamp,
    ) -> Vec<Event> {
        let of = |prints: &[Fingerprint]| -> Vec<&Alert> {
            let named = |alert: &&Alert| prints.binary_search(&alert.fingerprint()).is_ok();
            alerts.iter().filter(named).collect()
        };
        let (firing, resolved) = (of(&flush.firing), of(&flush.resolved));
        let route = plan.routes.by_id(&self.route);
        let interval = route.map_or(LOST_EVERY, |route| route.group_interval);
        let route_labels: Labels = route
            .into_iter()
            .flat_map(|route| &route.labels)
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let notifies = |tell: &Tell| Event::Notifies {
            receiver: tell.receiver.clone(),
            integration: tell.integration.clone(),
            reason: tell.reason,
            message: AlertsMessage {
                route_labels: route_labels.clone(),
                earlier: self.receipts.get(&tell.key()).cloned(),
                ..self.message(tell, &firing, &resolved, external_url)
            },
            expires_at: now + interval.max(FLUSH_DEADLINE_MIN),
        };
        let mut events: Vec<Event> = flush.tells.iter().map(notifies).collect();
        events.extend(flush.pages.iter().map(|policy| Event::Pages {
            policy: policy.clone(),
            news: news(&self.labels, &firing),
        }));
        events.extend(flush.cleared.then_some(Event::Cleared));
        events
    }

    /// Takes note that an integration has the message, which its provider knows by `receipt`; returns the resolved alerts
    /// that can be forgotten.
    pub fn on_told(
        &mut self,
        integration: &str,
        receipt: Option<String>,
        now: Timestamp,
    ) -> Vec<Fingerprint> {
        let Some(waiting) = self.waiting.remove(integration) else { return vec![] };
        // A message that everything has resolved is the last one: what fires later is news of its own.
        match receipt.filter(|_| !waiting.told.firing.is_empty()) {
            Some(receipt) => self.receipts.insert(integration.to_owned(), receipt),
            None => self.receipts.remove(integration),
        };
        let resolved = waiting.told.resolved.clone();
        self.missed.remove(integration);
        self.log.insert(integration.to_owned(), waiting.told);
        if waiting.again {
            self.flush_at = self.flush_at.min(now);
        }
        // Another integration may have missed its message: what resolved is kept for its next one.
        if self.waiting.is_empty() && self.missed.is_empty() { resolved } else { vec![] }
    }

    /// Takes note that an integration could not be told; the next flush tries again with newer words.
    ///
    /// When none of the receiver's integrations could be told, its fallback is: returned is whom to tell the same.
    pub fn on_not_told(&mut self, integration: &str, plan: &Plan, now: Timestamp) -> Vec<Tell> {
        let Some(waiting) = self.waiting.remove(integration) else { return vec![] };
        self.missed.insert(integration.to_owned());
        if let Some(last) = self.log.get_mut(integration) {
            // It may have arrived all the same: should they fire again, that is news.
            let gone = |print: &&Fingerprint| !waiting.told.firing.contains(print);
            let doubtful: Vec<_> = last.firing.iter().filter(gone).copied().collect();
            last.doubtful.extend(doubtful);
            last.doubtful.sort();
            last.doubtful.dedup();
        }
        if waiting.again {
            self.flush_at = self.flush_at.min(now);
        }
        self.fall_back(integration, plan, &waiting.told)
    }

    fn fall_back(&mut self, integration: &str, plan: &Plan, told: &Told) -> Vec<Tell> {
        let (Some(route), Some(receiver)) =
            (plan.routes.by_id(&self.route), plan.receivers.get(&self.receiver))
        else {
            return vec![];
        };
        let key = |one: &Integration| log_key(&receiver.name, &one.kind, one.index);
        let own = receiver.integrations.iter().any(|one| key(one) == integration);
        let nobody = receiver.integrations.iter().all(|one| self.missed.contains(&key(one)));
        let fallback = receiver.fallback.as_ref().filter(|_| own && nobody);
        let Some(fallback) = fallback.and_then(|name| plan.receivers.get(name)) else {
            return vec![];
        };
        let all = fallback.integrations.iter();
        all.filter_map(|one| self.tell(&fallback.name, one, told, route)).collect()
    }

    /// Returns when this group next has to be looked at.
    pub fn due_at(&self) -> Timestamp {
        self.flush_at
    }

    fn cleared(&mut self) -> Vec<Event> {
        if self.clears() { vec![Event::Cleared] } else { vec![] }
    }

    /// A page that was cleared is told anew of the same alerts when they fire again.
    fn clears(&mut self) -> bool {
        self.log.remove(PAGER).is_some()
    }

    fn message(
        &self,
        Tell { receiver, integration, reason }: &Tell,
        firing: &[&Alert],
        resolved: &[&Alert],
        external_url: &str,
    ) -> AlertsMessage {
        let mut all: Vec<AlertView> = firing.iter().map(|alert| view(alert, true)).collect();
        if integration.send_resolved {
            all.extend(resolved.iter().map(|alert| view(alert, false)));
        }
        all.sort_by(|a, b| order(&a.labels, &b.labels));
        let total = all.len();
        if integration.alerts_max > 0 {
            all.truncate(integration.alerts_max);
        }
        AlertsMessage {
            receiver: receiver.clone(),
            group_key: self.key.clone(),
            group_labels: self.labels.clone(),
            truncated: total - all.len(),
            alerts: all,
            external_url: external_url.to_owned(),
            reason: Some(*reason),
            route_labels: Labels::default(),
            earlier: None,
        }
    }
}

/// Decides whether an integration has to hear of `now_told`, and why.
/// Source: Alertmanager 0.25–0.34, `notify.DedupStage.needsUpdate`.
pub(crate) fn needs(
    last: Option<&Told>,
    now_told: &Told,
    send_resolved: bool,
    route: &Route,
) -> Option<Reason> {
    let Some(last) = last else {
        return (!now_told.firing.is_empty()).then_some(Reason::First);
    };
    let knew: BTreeSet<_> = last.firing.iter().collect();
    let doubtful: BTreeSet<_> = last.doubtful.iter().collect();
    let news = |print: &Fingerprint| !knew.contains(print) || doubtful.contains(print);
    if now_told.firing.iter().any(news) {
        return Some(Reason::NewAlerts);
    }
    if now_told.firing.is_empty() {
        return (!last.firing.is_empty()).then_some(Reason::AllResolved);
    }
    let knew: BTreeSet<_> = last.resolved.iter().collect();
    if send_resolved && now_told.resolved.iter().any(|print| !knew.contains(print)) {
        return Some(Reason::SomeResolved);
    }
    (last.at + route.repeat_interval < now_told.at).then_some(Reason::Repeat)
}

/// Compares as Alertmanager does: by job, by instance, by the number of labels, then by the first label that differs.
///
/// An alert without a job or an instance comes after those with one; of two sets of equal size that have other names, the one
/// that lacks the first of them comes first. Source: Alertmanager `types.AlertSlice`, Prometheus `model.LabelSet.Before`.
fn order(a: &Labels, b: &Labels) -> Ordering {
    let missing_last =
        |name| (a.get(name).is_empty(), a.get(name)).cmp(&(b.get(name).is_empty(), b.get(name)));
    missing_last("job").then_with(|| missing_last("instance")).then_with(|| a.compare(b))
}

fn view(alert: &Alert, firing: bool) -> AlertView {
    AlertView {
        fingerprint: alert.fingerprint(),
        firing,
        labels: alert.labels.clone(),
        annotations: alert.annotations.clone(),
        starts_at: alert.starts_at,
        ends_at: alert.ends_at,
        generator_url: alert.generator_url.clone(),
    }
}

fn news(group: &Labels, firing: &[&Alert]) -> News {
    let labels = Labels::common(firing.iter().map(|alert| &alert.labels));
    let annotations = Labels::common(firing.iter().map(|alert| &alert.annotations));
    let said = |alert: &Alert| {
        let lines = ["summary", "description", "message"]
            .map(|name| alert.annotations.get(name).to_owned());
        one_line(
            &lines
                .into_iter()
                .find(|line| !line.is_empty())
                .unwrap_or_else(|| alert.labels.to_string()),
        )
    };
    let mut summary: Vec<String> = firing.iter().map(|alert| said(alert)).collect();
    summary.sort();
    summary.dedup();
    summary.truncate(SUMMARY_LINES_MAX);
    let mut severities: Vec<String> =
        firing.iter().map(|alert| alert.labels.get("severity").to_owned()).collect();
    severities.sort();
    severities.dedup();
    let name = match labels.get("alertname") {
        "" if group.is_empty() => names(firing, &labels),
        "" => group.to_string(),
        name => name.to_owned(),
    };
    let title = match (annotations.get("summary"), firing.len()) {
        ("", 1) => name,
        ("", count) => format!("{name} ({count} alerts)"),
        (summary, _) => format!("{name}: {summary}"),
    };
    let mut fired: Vec<(String, Timestamp)> =
        firing.iter().map(|alert| (short_name(&alert.labels, group), alert.starts_at)).collect();
    fired.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    fired.truncate(SUMMARY_LINES_MAX);
    News {
        title: one_line(&title),
        summary,
        severities,
        fired,
        firing: firing.len(),
        started_at: firing.iter().map(|alert| alert.starts_at).min().unwrap_or_default(),
        runbook: annotations.get("runbook_url").to_owned(),
        labels,
    }
}

/// Returns what alerts are called that neither a name nor a group's labels are common to.
fn names(firing: &[&Alert], common: &Labels) -> String {
    let mut names: Vec<&str> = firing.iter().map(|alert| alert.labels.get("alertname")).collect();
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    names.dedup();
    match names.split_at_checked(NAMES_IN_A_TITLE_MAX) {
        Some((first, rest)) if !rest.is_empty() => {
            format!("{} and {} more", first.join(", "), rest.len())
        }
        Some(_) | None if !names.is_empty() => names.join(", "),
        Some(_) | None if common.is_empty() => "Alerts without a name".to_owned(),
        Some(_) | None => common.to_string(),
    }
}

/// A title names at most this many kinds of alerts.
const NAMES_IN_A_TITLE_MAX: usize = 3;

/// Returns the words of `text` with one space between them.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns how an alert is called inside its group: its name and the labels that set it apart there.
pub fn short_name(labels: &Labels, group: &Labels) -> String {
    let name = match labels.get("alertname") {
        "" => "without a name",
        name => name,
    };
    let apart: Vec<String> = labels
        .iter()
        .filter(|(key, _)| group.get(key).is_empty() && *key != "alertname" && *key != "severity")
        .map(|(key, value)| format!("{key}={value}"))
        .take(LABELS_IN_A_NAME_MAX)
        .collect();
    if apart.is_empty() { name.to_owned() } else { format!("{name} ({})", apart.join(", ")) }
}

/// A short name shows at most this many labels.
const LABELS_IN_A_NAME_MAX: usize = 4;

#[cfg(test)]
mod tests;
