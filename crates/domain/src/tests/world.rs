//! A world in memory: what a scenario does to the nouns, and what `flow` makes of it.
//!
//! It loads and saves nothing. Whatever is due is decided at its instant, in the order of the nouns.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::plan::Files;
use crate::alert::{Alert, Change, Signal};
use crate::delivery::{self, About, Delivery, Outcome};
use crate::flow;
use crate::group::{self, Group, GroupId, PAGER, short_name};
use crate::id::{DeliveryId, Ids, IncidentId, PageId};
use crate::incident::{self, Incident};
use crate::labels::Fingerprint;
use crate::matchers;
use crate::message::{Message, Purpose, TestMessage};
use crate::page::{self, Actor, Page};
use crate::plan::{PersonName, Plan};
use crate::silence::{self, Silence};
use crate::standing::Standing;
use crate::timeline::{AlertEvent, What};

/// How a channel answers.
#[derive(Clone, Debug)]
pub(super) enum Manner {
    Works,
    Refuses,
    Fails {
        after: Option<SignedDuration>,
    },
    /// No outcome ever comes.
    Silent,
}

pub(super) struct World {
    pub(super) files: Files,
    pub(super) plan: Plan,
    /// Channels that do not simply work, by key or kind.
    pub(super) manners: BTreeMap<String, Manner>,
    /// What happened since somebody took it.
    pub(super) told: Vec<(Timestamp, String)>,
    ids: Ids,
    /// With whether it was firing when last decided on.
    alerts: BTreeMap<Fingerprint, (Alert, bool)>,
    groups: BTreeMap<GroupId, Group>,
    standing: Standing,
    pages: Vec<Page>,
    incidents: Vec<Incident>,
    deliveries: Vec<Delivery>,
    queue: VecDeque<flow::Input>,
}

/// No scenario needs more decisions at one instant: one that does is going round in circles.
const ROUNDS_AT_AN_INSTANT_MAX: usize = 20;

impl World {
    pub(super) fn new() -> Self {
        let files = Files::new();
        let mut drawn = 0u64;
        let ids = Ids::new(move || {
            drawn += 1;
            drawn
        });
        let plan = files.read();
        Self {
            standing: Standing::new(&plan),
            plan,
            files,
            manners: BTreeMap::new(),
            told: vec![],
            ids,
            alerts: BTreeMap::new(),
            groups: BTreeMap::new(),
            pages: vec![],
            incidents: vec![],
            deliveries: vec![],
            queue: VecDeque::new(),
        }
    }

    /// Lets time pass until `until`, which is included.
    pub(super) fn pass(&mut self, until: Timestamp) {
        let mut last = (Timestamp::MIN, 0);
        while let Some(at) = self.next_due().filter(|at| *at <= until) {
            last = if at == last.0 { (at, last.1 + 1) } else { (at, 0) };
            assert!(last.1 < ROUNDS_AT_AN_INSTANT_MAX, "due again and again at {at}");
            self.due(at);
        }
    }

    fn next_due(&self) -> Option<Timestamp> {
        let ends =
            self.alerts.values().filter(|(_, firing)| *firing).map(|(alert, _)| alert.ends_at);
        let flushes = self.groups.values().map(Group::due_at);
        let steps = self.pages.iter().filter_map(Page::due_at);
        let sends = self.deliveries.iter().filter_map(|delivery| delivery.due_at);
        ends.chain(flushes).chain(steps).chain(sends).min()
    }

    fn due(&mut self, now: Timestamp) {
        let ended: Vec<Alert> = self
            .alerts
            .values()
            .filter(|(alert, firing)| *firing && !alert.firing(now))
            .map(|(alert, _)| alert.clone())
            .collect();
        for alert in ended {
            self.save_alert(alert, Change::Resolved, now);
        }
        let groups: Vec<GroupId> = self
            .groups
            .iter()
            .filter(|(_, group)| group.due_at() <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in groups {
            self.flush(id, now);
            self.follow(now);
        }
        let pages: Vec<PageId> = self
            .pages
            .iter()
            .filter(|page| page.due_at().is_some_and(|at| at <= now))
            .map(|page| page.id)
            .collect();
        for id in pages {
            self.page(id, page::Input::Due, now);
        }
        let deliveries: Vec<DeliveryId> = self
            .deliveries
            .iter()
            .filter(|delivery| delivery.due_at.is_some_and(|at| at <= now))
            .map(|delivery| delivery.id)
            .collect();
        for id in deliveries {
            self.attempt(id, now);
        }
    }

    /// Takes a signal in.
    pub(super) fn signal(&mut self, signal: Signal, now: Timestamp) {
        let newer = Alert::from_signal(signal, self.plan.resolve_timeout, now);
        let (alert, change) = match self.alerts.get(&newer.fingerprint()) {
            None => (newer, Change::Fired),
            Some((stored, firing)) => {
                let merged = stored.merged(newer, now);
                let change = stored.change(*firing, &merged, now);
                (merged, change)
            }
        };
        self.save_alert(alert, change, now);
    }

    fn save_alert(&mut self, alert: Alert, change: Change, now: Timestamp) {
        let print = alert.fingerprint();
        self.alerts.insert(print, (alert.clone(), alert.firing(now)));
        self.standing.put(print, &alert, alert.firing(now), None);
        match change {
            Change::Fired => {
                for node in self.plan.routes.find(&alert.labels) {
                    self.join(node, &alert, now);
                }
            }
            Change::Resolved => {
                for id in self.standing.groups_of(print) {
                    self.resolved(id, &alert, now);
                }
            }
            Change::Refreshed | Change::Described => {}
        }
        self.follow(now);
    }

    fn join(&mut self, node: usize, alert: &Alert, now: Timestamp) {
        let route = &self.plan.routes.nodes[node];
        let identity = route.group(&alert.labels);
        let id = GroupId(identity.id);
        let group =
            self.groups.entry(id).or_insert_with(|| Group::begin(&identity, route, alert, now));
        self.standing.join(id, alert.fingerprint());
        let name = short_name(&alert.labels, &group.labels);
        if group.log.contains_key(PAGER) {
            self.tell_alert(id, AlertEvent::Fired { name }, alert.starts_at, now);
        }
    }

    fn resolved(&mut self, id: GroupId, alert: &Alert, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let paged = group.log.contains_key(PAGER);
        let name = short_name(&alert.labels, &group.labels);
        let firing = self.standing.group(id).map_or(0, |members| members.firing);
        let events = group.on_resolved(firing);
        if paged {
            self.tell_alert(id, AlertEvent::Resolved { name }, alert.ends_at.min(now), now);
        }
        self.queue.extend(events.into_iter().map(|event| flow::after_group(id, event)));
    }

    fn tell_alert(
        &mut self,
        group: GroupId,
        event: AlertEvent,
        happened_at: Timestamp,
        now: Timestamp,
    ) {
        if let Some(page) = self.open_page(group) {
            self.tell(&self.page_name(page), &What::Alert(event), happened_at, now);
        }
    }

    fn flush(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let members = self.standing.members(id, now);
        let route = self.plan.routes.by_id(&group.route);
        let muted = route.is_some_and(|route| !self.plan.muted_by(route, now).is_empty());
        let alerts: Vec<Alert> = members
            .iter()
            .filter_map(|member| self.alerts.get(&member.fingerprint))
            .map(|(alert, _)| alert.clone())
            .collect();
        let flush = group.on_flush(&self.plan, &members, muted, now);
        let events = group.events(&flush, &alerts, (&self.plan, "http://stentor"), now);
        for event in events {
            if let group::Event::Notifies { integration, reason, message, .. } = &event {
                let says: Vec<String> = message
                    .alerts
                    .iter()
                    .map(|alert| {
                        let name = short_name(&alert.labels, &message.group_labels);
                        format!("{name} {}", if alert.firing { "fires" } else { "resolved" })
                    })
                    .collect();
                let more = if message.truncated > 0 {
                    format!(" and {} more", message.truncated)
                } else {
                    String::new()
                };
                self.say(
                    now,
                    format!("{}: {reason:?}: {}{more}", integration.key(), says.join(", ")),
                );
            }
            self.queue.push_back(flow::after_group(id, event));
        }
        self.forget(id, &flush.forget);
    }

    fn forget(&mut self, id: GroupId, prints: &[Fingerprint]) {
        let fires = |print: &Fingerprint| self.alerts.get(print).is_some_and(|(_, firing)| *firing);
        for print in prints.iter().filter(|print| !fires(print)) {
            self.standing.leave(id, *print);
        }
        let waits = self.groups.get(&id).is_some_and(|group| !group.waiting.is_empty());
        if self.standing.prints_of(id).is_empty() && !waits {
            self.groups.remove(&id);
            self.standing.remove_group(id);
        }
    }

    /// Silences alerts, or ends the silences that hit the same.
    pub(super) fn silence(&mut self, matchers: &str, until: Timestamp, now: Timestamp) {
        let matchers = matchers::parse::matchers(matchers).expect("matchers");
        let draft = silence::Draft {
            id: None,
            matchers,
            starts_at: now,
            ends_at: until,
            created_by: "ana".into(),
            by: None,
            comment: "test".into(),
            until_resolved: None,
            repeats: None,
        };
        match Silence::set(None, draft, &mut self.ids, now) {
            Ok(set) => self.standing.put_silence(set.now),
            Err(refusal) => self.say(now, format!("refused: {refusal}")),
        }
    }

    /// Reads the plan anew and moves firing alerts to the groups that it wants them in.
    pub(super) fn reload(&mut self, now: Timestamp) {
        self.plan = self.files.read();
        self.standing.apply(&self.plan);
        let firing: Vec<Alert> = self
            .alerts
            .values()
            .filter(|(_, firing)| *firing)
            .map(|(alert, _)| alert.clone())
            .collect();
        for alert in firing {
            let print = alert.fingerprint();
            let nodes = self.plan.routes.find(&alert.labels);
            let wanted: Vec<GroupId> = nodes
                .iter()
                .map(|node| GroupId(self.plan.routes.nodes[*node].group(&alert.labels).id))
                .collect();
            for (node, id) in nodes.into_iter().zip(&wanted) {
                if !self.standing.groups_of(print).contains(id) {
                    self.join(node, &alert, now);
                }
            }
            for id in self.standing.groups_of(print) {
                let paged = self.groups.get(&id).is_some_and(|it| it.log.contains_key(PAGER));
                if !wanted.contains(&id) && !paged {
                    self.standing.leave(id, print);
                    self.forget(id, &[]);
                }
            }
        }
    }

    fn follow(&mut self, now: Timestamp) {
        while let Some(input) = self.queue.pop_front() {
            match input {
                flow::Input::GroupPages { group, draft } => match self.open_page(group) {
                    Some(id) => self.page(id, page::Input::News(draft.news), now),
                    None => self.begin_page(draft, now),
                },
                flow::Input::GroupCleared { group } => {
                    if let Some(id) = self.open_page(group) {
                        self.page(id, page::Input::Cleared, now);
                    }
                }
                flow::Input::Notify { about, message, expires_at } => {
                    self.send(about, message, Some(expires_at), now);
                }
                flow::Input::Tell { page, person, why: _, purpose, channels } => {
                    self.tell_person(page, person, purpose, (&channels, now));
                }
                flow::Input::TellResolved { page } => self.tell_resolved(page),
                flow::Input::StopAsking { page } => self.stop_asking(page, now),
                flow::Input::Page { id, input } => self.page(id, input, now),
                flow::Input::NeedsIncident { page } => self.needs_incident(page, now),
                flow::Input::Incident { id, input } => self.incident(id, input, now),
                flow::Input::GroupTold { group, integration, heard } => {
                    let Some(held) = self.groups.get_mut(&group) else { continue };
                    let forget = match heard {
                        flow::Heard::Arrived { receipt } => {
                            held.on_told(&integration, receipt, now)
                        }
                        flow::Heard::Missed { message } => {
                            let tells = held.on_not_told(&integration, &self.plan, now);
                            for tell in &tells {
                                let (kind, index) =
                                    (&tell.integration.kind, tell.integration.index);
                                let to = format!("{}/{kind}/{index}", tell.receiver);
                                self.told.push((now, format!("falls back to {to}")));
                            }
                            let until = now + SignedDuration::from_mins(5);
                            self.queue.extend(flow::after_missed(group, tells, &message, until));
                            vec![]
                        }
                    };
                    self.forget(group, &forget);
                }
            }
        }
    }

    fn begin_page(&mut self, draft: page::Draft, now: Timestamp) {
        let id = PageId::new(&mut self.ids, now);
        let fired = draft.news.fired.clone();
        let (page, events) = Page::begin(&self.plan, id, draft, now);
        self.pages.push(page);
        for (name, at) in fired {
            self.tell(&self.page_name(id), &What::Alert(AlertEvent::Fired { name }), at, now);
        }
        self.after_page(id, events, now);
    }

    /// Lets something happen to a page, and everything that follows from it.
    pub(super) fn page(&mut self, id: PageId, input: page::Input, now: Timestamp) {
        let Some(page) = self.pages.iter_mut().find(|page| page.id == id) else { return };
        match page.on_input(&self.plan, input, now) {
            Ok(events) => self.after_page(id, events, now),
            Err(refusal) => self.say(now, format!("refused: {}", refusal.sentence(&self.plan))),
        }
    }

    fn after_page(&mut self, id: PageId, events: Vec<page::Event>, now: Timestamp) {
        let Some(page) = self.pages.iter().find(|page| page.id == id).cloned() else { return };
        for event in events {
            self.queue.extend(flow::after_page(&self.plan, &page, &event));
            self.tell(&self.page_name(id), &What::Page(event), now, now);
        }
        self.follow(now);
    }

    fn tell_person(
        &mut self,
        page: PageId,
        person: PersonName,
        purpose: Purpose,
        (channels, now): (&[String], Timestamp),
    ) {
        let triggered =
            self.pages.iter().any(|it| it.id == page && it.state == page::State::Triggered);
        if purpose == Purpose::Act && !triggered {
            return;
        }
        let (channel, rest) = channels.split_first().expect("a person has a channel");
        let about =
            About::Person { page, person, channel: channel.clone(), rest: rest.to_vec(), purpose };
        let words =
            TestMessage { channel: String::new(), by: String::new(), external_url: String::new() };
        self.send(about, Message::Test(words), None, now);
    }

    fn send(
        &mut self,
        about: About,
        message: Message,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) {
        let id = DeliveryId::new(&mut self.ids, now);
        self.deliveries.push(Delivery { expires_at, ..Delivery::new(id, about, message, now) });
    }

    fn tell_resolved(&mut self, id: PageId) {
        let Some(page) = self.pages.iter().find(|page| page.id == id) else { return };
        let by = page.resolved.as_ref().map(|stamp| stamp.by.clone());
        let asked: BTreeSet<PersonName> =
            page.asked.iter().map(|asked| asked.person.clone()).collect();
        for person in asked.into_iter().filter(|person| by != Some(Actor::Person(person.clone()))) {
            let channels = flow::channels(&self.plan, &person);
            let (why, purpose) = (String::new(), Purpose::Resolved);
            self.queue.push_back(flow::Input::Tell { page: id, person, why, purpose, channels });
        }
    }

    fn stop_asking(&mut self, page: PageId, now: Timestamp) {
        for delivery in &mut self.deliveries {
            let of_page = matches!(&delivery.about, About::Person { page: of, .. } if *of == page);
            if of_page && delivery.asks() {
                delivery.on_input(delivery::Input::Cancel, 500, now);
            }
        }
    }

    fn attempt(&mut self, id: DeliveryId, now: Timestamp) {
        let Some(at) = self.deliveries.iter().position(|delivery| delivery.id == id) else {
            return;
        };
        let delivery = &mut self.deliveries[at];
        let (begins, mut events) = delivery.begin_attempt(now);
        if begins {
            let channel = delivery.channel().to_owned();
            let manner = self.manners.get(&channel).cloned().unwrap_or(Manner::Works);
            let outcome = match manner {
                Manner::Works => Some(Outcome::sent("250 OK")),
                Manner::Refuses => Some(Outcome::Refused { why: "no such address".into() }),
                Manner::Fails { after } => Some(Outcome::Retry { after, why: "503".into() }),
                Manner::Silent => None,
            };
            let attempt = delivery.attempts;
            if let Some(outcome) = outcome {
                events = delivery.on_input(delivery::Input::Outcome { attempt, outcome }, 500, now);
            }
            let state = delivery.state.word();
            if !matches!(delivery.state, delivery::State::Sent) {
                let to = self.deliveries[at].to().to_owned();
                self.say(now, format!("{channel} to {to}: attempt {attempt}: {state}"));
            }
        }
        let delivery = self.deliveries[at].clone();
        for event in events {
            self.queue.extend(flow::after_delivery(&delivery, &event));
            match &delivery.about {
                About::Person { page, .. } => {
                    self.tell(&self.page_name(*page), &What::Delivery(event), now, now);
                }
                About::Receiver { kind, index, .. } => {
                    if let delivery::Event::Failed { why, .. } = event {
                        self.say(now, format!("{kind}/{index}: given up: {why}"));
                    }
                }
                About::Test { .. } | About::TestReceiver { .. } => {}
            }
        }
        self.follow(now);
    }

    fn needs_incident(&mut self, id: PageId, now: Timestamp) {
        let Some(page) = self.pages.iter().find(|page| page.id == id).cloned() else { return };
        let same = |incident: &&Incident| incident.state.open() && incident.service == page.service;
        match self.incidents.iter().find(same).filter(|_| page.service.is_some()) {
            Some(open) => self.incident(open.id, incident::Input::Join { page: id }, now),
            None => self.declare(
                incident::Draft {
                    title: page.title,
                    severity: page.severity,
                    service: page.service,
                    page: Some(id),
                    by: Actor::System,
                    commander: None,
                    started_at: page.started_at,
                },
                now,
            ),
        }
    }

    /// Declares an incident.
    pub(super) fn declare(&mut self, draft: incident::Draft, now: Timestamp) {
        let id = IncidentId::new(&mut self.ids, now);
        let number = self.incidents.len() as i64 + 1;
        let (incident, events) = Incident::declare(id, number, draft, &self.plan.digest, now);
        self.incidents.push(incident);
        self.after_incident(id, events, now);
    }

    /// Lets something happen to an incident, and everything that follows from it.
    pub(super) fn incident(&mut self, id: IncidentId, input: incident::Input, now: Timestamp) {
        let Some(incident) = self.incidents.iter_mut().find(|it| it.id == id) else { return };
        match incident.on_input(input, now) {
            Ok(events) => self.after_incident(id, events, now),
            Err(refusal) => self.say(now, format!("refused: {}", refusal.sentence())),
        }
    }

    fn after_incident(&mut self, id: IncidentId, events: Vec<incident::Dated>, now: Timestamp) {
        let Some(incident) = self.incidents.iter().find(|it| it.id == id).cloned() else { return };
        for (happened_at, event) in events {
            self.queue.extend(flow::after_incident(&incident, &event));
            self.tell(
                &format!("INC-{}", incident.number),
                &What::Incident(event),
                happened_at,
                now,
            );
        }
        self.follow(now);
    }

    /// Begins a page that a person asks for.
    pub(super) fn ask(&mut self, policy: &str, title: &str, by: Actor, now: Timestamp) {
        let news = group::News {
            title: title.to_owned(),
            summary: vec![],
            severities: vec!["Sev-2".into()],
            labels: crate::labels::Labels::default(),
            firing: 0,
            started_at: now,
            runbook: String::new(),
            fired: vec![],
        };
        let draft = page::Draft { group: None, policy: policy.to_owned(), news, service: None, by };
        self.begin_page(draft, now);
    }

    /// The page that began last.
    pub(super) fn last_page(&self) -> PageId {
        self.pages.last().expect("a page has begun").id
    }

    /// The incident that was declared last.
    pub(super) fn last_incident(&self) -> IncidentId {
        self.incidents.last().expect("an incident was declared").id
    }

    fn open_page(&self, group: GroupId) -> Option<PageId> {
        let open = |page: &&Page| page.group == Some(group) && page.state != page::State::Resolved;
        self.pages.iter().find(open).map(|page| page.id)
    }

    fn page_name(&self, id: PageId) -> String {
        let place = self.pages.iter().position(|page| page.id == id).map_or(0, |place| place + 1);
        format!("page {place}")
    }

    fn tell(&mut self, subject: &str, what: &What, happened_at: Timestamp, now: Timestamp) {
        let told = what.told(&self.plan);
        let by = match (told.kind, told.by.as_str()) {
            (_, "Stentor") | ("ack", _) => String::new(),
            (kind, by) => format!(" ({kind} by {by})"),
        };
        let happened = match happened_at == now {
            true => String::new(),
            false => format!(" [{}]", happened_at.strftime("%H:%M:%S")),
        };
        self.say(now, format!("{subject}: {}{by}{happened}", told.text));
    }

    fn say(&mut self, now: Timestamp, text: String) {
        self.told.push((now, text));
    }
}
