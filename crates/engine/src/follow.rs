//! Load, decide, save, and ask `flow` what follows: a table with a row for each input of the flow.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use stentor_domain::delivery::{self, About, Delivery};
use stentor_domain::flow;
use stentor_domain::group::GroupId;
use stentor_domain::id::{DeliveryId, IncidentId, PageId};
use stentor_domain::incident::{self, Incident};
use stentor_domain::message::{Message, PageMessage, Purpose};
use stentor_domain::page::{self, Actor, Page};
use stentor_domain::timeline::{AlertEvent, Subject, What};
use stentor_store::document::Saved;
use stentor_store::error::Error;
use stentor_store::{deliveries, incidents, pages, timeline};

use crate::step::Answer;
use crate::work::Work;

/// A receiver's fallback is tried for at least this long.
const FALLBACK_WITHIN: SignedDuration = SignedDuration::from_mins(1);

impl Work<'_> {
    pub(crate) fn group_pages(
        &mut self,
        group: GroupId,
        draft: page::Draft,
        now: Timestamp,
    ) -> Result<(), Error> {
        match pages::open_by_group(self.db, group)? {
            Some(open) => {
                self.mention(open.it.id, &draft.news.fired, now)?;
                let input = page::Input::News(draft.news);
                self.decide_page(open, input, now).map(drop)
            }
            None => self.begin_page(draft, now).map(drop),
        }
    }

    /// Records that alerts fired of which the page has not heard: they were kept back when it began.
    fn mention(
        &mut self,
        page: PageId,
        fired: &[(String, Timestamp)],
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut known = BTreeSet::new();
        for entry in timeline::of(self.db, &[Subject::Page(page)])? {
            match entry.what {
                What::Alert(AlertEvent::Fired { name }) => known.insert(name),
                What::Alert(AlertEvent::Resolved { name }) => known.remove(&name),
                What::Page(_) | What::Delivery(_) | What::Incident(_) => false,
            };
        }
        for (name, at) in fired.iter().filter(|(name, _)| !known.contains(name)) {
            let what = What::Alert(AlertEvent::Fired { name: name.clone() });
            self.record(Subject::Page(page), &what, *at, now)?;
        }
        Ok(())
    }

    pub(crate) fn group_cleared(&mut self, group: GroupId, now: Timestamp) -> Result<(), Error> {
        match pages::open_by_group(self.db, group)? {
            Some(open) => self.decide_page(open, page::Input::Cleared, now).map(drop),
            None => Ok(()),
        }
    }

    pub(crate) fn begin_page(&mut self, draft: page::Draft, now: Timestamp) -> Result<Page, Error> {
        let id = PageId::new(self.ids, now);
        for (name, at) in &draft.news.fired {
            let what = What::Alert(AlertEvent::Fired { name: name.clone() });
            self.record(Subject::Page(id), &what, *at, now)?;
        }
        let (page, events) = Page::begin(self.plan, id, draft, now);
        let mut saved = Saved::new(page);
        pages::save(self.db, &mut saved)?;
        self.after_page(&saved.it, events, now)?;
        Ok(saved.it)
    }

    pub(crate) fn on_page(
        &mut self,
        id: PageId,
        input: page::Input,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        match pages::open(self.db, id)? {
            Some(saved) => self.decide_page(saved, input, now),
            None => Ok(Answer::NotFound),
        }
    }

    pub(crate) fn decide_page(
        &mut self,
        mut saved: Saved<Page>,
        input: page::Input,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        let events = match saved.it.on_input(self.plan, input, now) {
            Ok(events) => events,
            Err(refusal) => return Ok(Answer::PageRefused(refusal)),
        };
        pages::save(self.db, &mut saved)?;
        self.after_page(&saved.it, events, now)?;
        Ok(Answer::Page(Box::new(saved.it)))
    }

    fn after_page(
        &mut self,
        page: &Page,
        events: Vec<page::Event>,
        now: Timestamp,
    ) -> Result<(), Error> {
        for event in events {
            self.queue.extend(flow::after_page(self.plan, page, &event));
            self.record(Subject::Page(page.id), &What::Page(event), now, now)?;
        }
        Ok(())
    }

    pub(crate) fn notify(
        &mut self,
        about: About,
        message: Message,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        let id = DeliveryId::new(self.ids, now);
        let mut delivery = Delivery::new(id, about, message, now);
        delivery.expires_at = Some(expires_at);
        deliveries::save(self.db, &mut Saved::new(delivery))
    }

    pub(crate) fn tell(&mut self, input: flow::Input, now: Timestamp) -> Result<(), Error> {
        let flow::Input::Tell { page, person, why, purpose, channels } = input else {
            return Ok(());
        };
        let Some(Saved { it: page, .. }) = pages::open(self.db, page)? else { return Ok(()) };
        // A fail-over that comes after somebody answered has nothing to ask any more.
        if purpose == Purpose::Act && page.state != page::State::Triggered {
            return Ok(());
        }
        let id = DeliveryId::new(self.ids, now);
        let Some((channel, rest)) = channels.split_first() else {
            let input = page::Input::Unreachable { person, delivery: id };
            self.queue.push_back(flow::Input::Page { id: page.id, input });
            return Ok(());
        };
        let secret = if purpose == Purpose::Act { self.ids.secret() } else { String::new() };
        let message = self.page_message(&page, (&person, &why), purpose, (id, &secret));
        let about = About::Person {
            page: page.id,
            person,
            channel: channel.clone(),
            rest: rest.to_vec(),
            purpose,
        };
        let mut delivery = Delivery::new(id, about, Message::Page(message), now);
        delivery.answer_secret = secret;
        deliveries::save(self.db, &mut Saved::new(delivery))
    }

    fn page_message(
        &self,
        page: &Page,
        (person, why): (&str, &str),
        purpose: Purpose,
        (delivery, secret): (DeliveryId, &str),
    ) -> PageMessage {
        let rank = self.plan.severities.rank(page.severity);
        let known = self.plan.people.get(person);
        let service = page.service.as_deref().and_then(|key| self.plan.service(key));
        let base = &self.external_url;
        let answer_url =
            if secret.is_empty() { String::new() } else { format!("{base}/l/{delivery}/{secret}") };
        PageMessage {
            page: page.id,
            purpose,
            title: page.title.clone(),
            severity: format!("{} {}", rank.name, rank.title),
            service: service.map(|service| service.name.clone()).unwrap_or_default(),
            summary: page.summary.clone(),
            runbook: runbook_url(base, &page.runbook),
            person: self.plan.name_of(person).to_owned(),
            email: known.and_then(|person| person.email.clone()).unwrap_or_default(),
            slack_id: known.and_then(|person| person.slack_id.clone()).unwrap_or_default(),
            why: why.to_owned(),
            triggered_at: page.triggered_at,
            page_url: format!("{base}/pages/{}", page.id),
            answer_url,
        }
    }

    pub(crate) fn tell_resolved(&mut self, id: PageId) -> Result<(), Error> {
        let Some(Saved { it: page, .. }) = pages::open(self.db, id)? else { return Ok(()) };
        let sent = deliveries::of_page(self.db, id)?;
        let mut told: Vec<&str> = Vec::new();
        for asked in &page.asked {
            // Whoever resolved it knows.
            let knows = page.resolved.as_ref().is_some_and(
                |stamp| matches!(&stamp.by, Actor::Person(person) if *person == asked.person),
            );
            if knows || told.contains(&asked.person.as_str()) {
                continue;
            }
            told.push(&asked.person);
            // Whoever was spared the question is spared the answer.
            let heard = |delivery: &Delivery| {
                delivery.asks() && delivery.to() == asked.person && delivery.attempts > 0
            };
            if !sent.iter().any(|saved| heard(&saved.it)) {
                continue;
            }
            let channels = flow::channels(self.plan, &asked.person);
            if channels.is_empty() {
                continue;
            }
            self.queue.push_back(flow::Input::Tell {
                page: id,
                person: asked.person.clone(),
                why: "you were asked to act on it".into(),
                purpose: Purpose::Resolved,
                channels,
            });
        }
        Ok(())
    }

    pub(crate) fn stop_asking(&mut self, page: PageId, now: Timestamp) -> Result<(), Error> {
        for mut saved in deliveries::of_page(self.db, page)? {
            if saved.it.asks() && saved.it.due_at.is_some() {
                saved.it.on_input(delivery::Input::Cancel, 0, now);
                deliveries::save(self.db, &mut saved)?;
            }
        }
        Ok(())
    }

    pub(crate) fn after_delivery(
        &mut self,
        delivery: &Delivery,
        events: Vec<delivery::Event>,
        now: Timestamp,
    ) -> Result<(), Error> {
        for event in events {
            if matches!(event, delivery::Event::Failed { .. }) {
                self.tally.give_up(self.plan, delivery);
            }
            self.queue.extend(flow::after_delivery(delivery, &event));
            if let About::Person { page, .. } = &delivery.about {
                self.record(Subject::Page(*page), &What::Delivery(event), now, now)?;
            }
        }
        Ok(())
    }

    pub(crate) fn group_told(
        &mut self,
        id: GroupId,
        integration: &str,
        heard: flow::Heard,
        now: Timestamp,
    ) -> Result<(), Error> {
        let plan = self.plan;
        let Some(group) = self.group(id)? else { return Ok(()) };
        let forget = match heard {
            flow::Heard::Arrived { receipt } => group.on_told(integration, receipt, now),
            flow::Heard::Missed { message } => {
                let tells = group.on_not_told(integration, plan, now);
                // The next look has newer words for the fallback too.
                let expires_at = group.flush_at.max(now + FALLBACK_WITHIN);
                self.queue.extend(flow::after_missed(id, tells, &message, expires_at));
                vec![]
            }
        };
        self.leave_resolved(id, &forget)?;
        self.drop_group_if_empty(id)
    }

    pub(crate) fn needs_incident(&mut self, id: PageId, now: Timestamp) -> Result<(), Error> {
        let Some(Saved { it: page, .. }) = pages::open(self.db, id)? else { return Ok(()) };
        if page.incident.is_some() {
            return Ok(());
        }
        if let Some(service) = &page.service
            && let Some(open) = incidents::open_by_service(self.db, service)?
        {
            return self.decide_incident(open, incident::Input::Join { page: id }, now).map(drop);
        }
        let draft = incident::Draft {
            title: page.title.clone(),
            severity: page.severity,
            service: page.service.clone(),
            page: Some(id),
            by: Actor::System,
            commander: None,
            started_at: page.started_at,
        };
        self.declare(draft, now).map(drop)
    }

    pub(crate) fn declare(
        &mut self,
        draft: incident::Draft,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        if let Some(page) = draft.page {
            match pages::open(self.db, page)? {
                None => return Ok(Answer::NotFound),
                Some(Saved { it: Page { incident: Some(id), .. }, .. }) => {
                    let there = incidents::open(self.db, id)?;
                    return Ok(there
                        .map_or(Answer::NotFound, |there| Answer::Incident(Box::new(there.it))));
                }
                Some(_) => {}
            }
        }
        let id = IncidentId::new(self.ids, now);
        let number = incidents::next_number(self.db)?;
        let (incident, events) = Incident::declare(id, number, draft, &self.plan.digest, now);
        let mut saved = Saved::new(incident);
        incidents::save(self.db, &mut saved)?;
        self.after_incident(&saved.it, events, now)?;
        Ok(Answer::Incident(Box::new(saved.it)))
    }

    pub(crate) fn on_incident(
        &mut self,
        id: IncidentId,
        input: incident::Input,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        match incidents::open(self.db, id)? {
            Some(saved) => self.decide_incident(saved, input, now),
            None => Ok(Answer::NotFound),
        }
    }

    fn decide_incident(
        &mut self,
        mut saved: Saved<Incident>,
        input: incident::Input,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        let events = match saved.it.on_input(input, now) {
            Ok(events) => events,
            Err(refusal) => return Ok(Answer::IncidentRefused(refusal)),
        };
        incidents::save(self.db, &mut saved)?;
        self.after_incident(&saved.it, events, now)?;
        Ok(Answer::Incident(Box::new(saved.it)))
    }

    fn after_incident(
        &mut self,
        incident: &Incident,
        events: Vec<incident::Dated>,
        now: Timestamp,
    ) -> Result<(), Error> {
        for (happened_at, event) in events {
            self.queue.extend(flow::after_incident(incident, &event));
            let subject = Subject::Incident(incident.id);
            self.record(subject, &What::Incident(event), happened_at, now)?;
        }
        Ok(())
    }
}

/// Returns where a runbook can be opened: its own address, or the page that shows a file of the plan.
fn runbook_url(base: &str, runbook: &str) -> String {
    let has_page = runbook.ends_with(".md") && !runbook.contains("://");
    if has_page { format!("{base}/plan/files/{runbook}") } else { runbook.to_owned() }
}
