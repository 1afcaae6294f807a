//! Inputs from outside and their answers.

use jiff::Timestamp;
use stentor_domain::alert::Signal;
use stentor_domain::delivery::{self, About, Delivery, Outcome};
use stentor_domain::flow;
use stentor_domain::group::News;
use stentor_domain::id::{DeliveryId, IncidentId, PageId};
use stentor_domain::incident::{self, Incident};
use stentor_domain::labels::Labels;
use stentor_domain::message::{AlertsMessage, Message, TestMessage};
use stentor_domain::page::{self, Actor, Page};
use stentor_domain::review::Review;
use stentor_domain::severity::Level;
use stentor_domain::silence::{self, Silence};
use stentor_store::document::Saved;
use stentor_store::error::Error;
use stentor_store::{deliveries, reviews};

use crate::isolate::a_row_is_to_blame;
use crate::work::Work;
use crate::{Engine, SilenceInput};

/// Something that somebody outside wants or tells.
#[derive(Clone, Debug)]
pub enum Input {
    /// A sender's batch.
    Signals(Vec<Signal>),
    /// A person asks others to act, without an alert.
    RequestPage(PageRequest),
    /// A person answers a page.
    Page(PageId, page::Input),
    /// A person declares an incident.
    Declare(incident::Draft),
    /// A person works on an incident.
    Incident(IncidentId, incident::Input),
    /// A person writes the review of an incident.
    Review {
        /// Whose.
        incident: IncidentId,
        /// The version that the writer had read.
        version: i64,
        /// What it says now.
        review: Review,
    },
    /// A person tries out a channel.
    TestChannel {
        /// The channel's key.
        channel: String,
        /// Who.
        by: String,
    },
    /// A person tries out every integration of a receiver.
    TestReceiver {
        /// Its name.
        receiver: String,
        /// The labels of the alert that is made up; `None` = some of our own.
        labels: Option<Labels>,
        /// Who.
        by: String,
    },
    /// A person silences alerts, or changes a silence.
    SetSilence(silence::Draft),
    /// A person does something to a silence.
    Silence(String, SilenceInput),
    /// A transport reports what came of a job.
    Outcome {
        /// Whose.
        delivery: DeliveryId,
        /// Which attempt, from 1.
        attempt: u32,
        /// What came of it.
        outcome: Outcome,
    },
}

/// A person's request that others act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// One line; never empty.
    pub title: String,
    /// The words under it; may be empty.
    pub details: String,
    /// The escalation policy's key.
    pub policy: String,
    /// The service's key.
    pub service: Option<String>,
    /// How bad.
    pub severity: Level,
    /// Who asks.
    pub by: Actor,
}

/// What became of an input.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It is on disk, and there is nothing to show.
    Done,
    /// The page as it is now.
    Page(Box<Page>),
    /// The incident as it is now.
    Incident(Box<Incident>),
    /// The delivery that was made.
    Delivery(DeliveryId),
    /// The deliveries that were made, in the order of the receiver's integrations.
    Deliveries(Vec<DeliveryId>),
    /// The silence as it is now.
    Silence(Box<Silence>),
    /// A silence is refused, with a reason that a person understands.
    SilenceRefused(silence::Refusal),
    /// The review's version now.
    Review(i64),
    /// There is no such thing.
    NotFound,
    /// A page refuses, with a reason that a person understands.
    PageRefused(page::Refusal),
    /// An incident refuses, with a reason that a person understands.
    IncidentRefused(incident::Refusal),
    /// Somebody else wrote the review meanwhile.
    ReviewChanged,
}

impl Engine {
    /// Decides a batch of inputs in one transaction; answers in the order asked.
    ///
    /// When the batch fails for a reason that one input may be to blame for, each is tried by itself, so that the
    /// others do not suffer. An error means that nothing of that input is stored; but after `Busy` the database may have
    /// stored all of the batch, and not have been able to say so.
    pub fn step(&mut self, inputs: &[Input], now: Timestamp) -> Vec<Result<Answer, Error>> {
        match self.step_together(inputs, now) {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(error) if inputs.len() == 1 => vec![Err(error)],
            Err(error) => match a_row_is_to_blame(error) {
                Ok(_) => inputs.iter().map(|input| self.step_one(input, now)).collect(),
                Err(error) => inputs.iter().map(|_| Err(error.away())).collect(),
            },
        }
    }

    fn step_together(&mut self, inputs: &[Input], now: Timestamp) -> Result<Vec<Answer>, Error> {
        self.transaction(now, |work| inputs.iter().map(|input| work.on_input(input, now)).collect())
    }

    fn step_one(&mut self, input: &Input, now: Timestamp) -> Result<Answer, Error> {
        self.transaction(now, |work| work.on_input(input, now))
    }
}

impl Work<'_> {
    pub(crate) fn on_input(&mut self, input: &Input, now: Timestamp) -> Result<Answer, Error> {
        let answer = match input {
            Input::Signals(signals) => {
                self.tally.signals += signals.len() as u64;
                for signal in signals {
                    self.on_signal(signal, now)?;
                }
                Answer::Done
            }
            Input::RequestPage(request) => self.request_page(request, now)?,
            Input::Page(id, input) => self.on_page(*id, input.clone(), now)?,
            Input::Declare(draft) => self.declare(draft.clone(), now)?,
            Input::Incident(id, input) => self.on_incident(*id, input.clone(), now)?,
            Input::Review { incident, version, review } => {
                let mut saved = Saved { version: *version, it: review.clone() };
                match reviews::open(self.db, *incident)?.version == *version {
                    false => Answer::ReviewChanged,
                    true => {
                        reviews::save(self.db, *incident, &mut saved)?;
                        Answer::Review(saved.version)
                    }
                }
            }
            Input::SetSilence(draft) => self.set_silence(draft.clone(), now)?,
            Input::Silence(id, input) => self.on_silence(id, input.clone(), now)?,
            Input::TestChannel { channel, by } => self.test_channel(channel, by, now)?,
            Input::TestReceiver { receiver, labels, by } => {
                self.test_receiver(receiver, labels.clone(), by, now)?
            }
            Input::Outcome { delivery, attempt, outcome } => {
                self.on_outcome(*delivery, *attempt, outcome, now)?
            }
        };
        self.follow(now)?;
        Ok(answer)
    }

    fn request_page(&mut self, request: &PageRequest, now: Timestamp) -> Result<Answer, Error> {
        let rank = self.plan.severities.rank(request.severity);
        let details = request.details.trim();
        let news = News {
            title: request.title.clone(),
            summary: if details.is_empty() { vec![] } else { vec![details.to_owned()] },
            severities: vec![rank.name.clone()],
            labels: Labels::default(),
            firing: 0,
            started_at: now,
            runbook: String::new(),
            fired: vec![],
        };
        let draft = page::Draft {
            group: None,
            policy: request.policy.clone(),
            news,
            service: request.service.clone(),
            by: request.by.clone(),
        };
        let page = self.begin_page(draft, now)?;
        Ok(Answer::Page(Box::new(page)))
    }

    fn test_channel(&mut self, channel: &str, by: &str, now: Timestamp) -> Result<Answer, Error> {
        if !self.plan.channels.contains_key(channel) {
            return Ok(Answer::NotFound);
        }
        let external_url = self.external_url.clone();
        let message =
            Message::Test(TestMessage { channel: channel.into(), by: by.into(), external_url });
        let id = DeliveryId::new(self.ids, now);
        let about = About::Test { channel: channel.to_owned() };
        let delivery = Delivery::new(id, about, message, now);
        deliveries::save(self.db, &mut Saved::new(delivery))?;
        Ok(Answer::Delivery(id))
    }

    fn test_receiver(
        &mut self,
        receiver: &str,
        labels: Option<Labels>,
        by: &str,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        let plan = self.plan;
        let Some(known) = plan.receivers.get(receiver) else { return Ok(Answer::NotFound) };
        let message = AlertsMessage::trial(receiver, labels, (by, &self.external_url), now);
        let mut made = Vec::with_capacity(known.integrations.len());
        for integration in &known.integrations {
            let id = DeliveryId::new(self.ids, now);
            let about = About::TestReceiver {
                receiver: receiver.to_owned(),
                kind: integration.kind.clone(),
                index: integration.index,
            };
            let delivery = Delivery::new(id, about, Message::Alerts(message.clone()), now);
            deliveries::save(self.db, &mut Saved::new(delivery))?;
            made.push(id);
        }
        Ok(Answer::Deliveries(made))
    }

    fn on_outcome(
        &mut self,
        id: DeliveryId,
        attempt: u32,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        let Some(mut saved) = deliveries::open(self.db, id)? else { return Ok(Answer::NotFound) };
        let told = match outcome {
            Outcome::Sent { detail, .. } => ("sent", detail.as_str()),
            Outcome::Retry { why, .. } => ("retry", why.as_str()),
            Outcome::Refused { why } => ("refused", why.as_str()),
        };
        self.seen = true;
        deliveries::finish_attempt(self.db, id, attempt, told, now)?;
        let input = delivery::Input::Outcome { attempt, outcome: outcome.clone() };
        let jitter = self.ids.below(1001);
        let events = saved.it.on_input(input, jitter, now);
        deliveries::save(self.db, &mut saved)?;
        self.after_delivery(&saved.it, events, now)?;
        Ok(Answer::Done)
    }

    /// Decides everything that follows from what was decided.
    pub(crate) fn follow(&mut self, now: Timestamp) -> Result<(), Error> {
        while let Some(input) = self.queue.pop_front() {
            self.on_flow(input, now)?;
        }
        Ok(())
    }

    fn on_flow(&mut self, input: flow::Input, now: Timestamp) -> Result<(), Error> {
        match input {
            flow::Input::GroupPages { group, draft } => self.group_pages(group, draft, now),
            flow::Input::GroupCleared { group } => self.group_cleared(group, now),
            flow::Input::Notify { about, message, expires_at } => {
                self.notify(about, message, expires_at, now)
            }
            flow::Input::Tell { .. } => self.tell(input, now),
            flow::Input::TellResolved { page } => self.tell_resolved(page),
            flow::Input::StopAsking { page } => self.stop_asking(page, now),
            flow::Input::Page { id, input } => self.on_page(id, input, now).map(drop),
            flow::Input::NeedsIncident { page } => self.needs_incident(page, now),
            flow::Input::Incident { id, input } => self.on_incident(id, input, now).map(drop),
            flow::Input::GroupTold { group, integration, heard } => {
                self.group_told(group, &integration, heard, now)
            }
        }
    }
}
