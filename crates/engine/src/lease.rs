//! Work for the outside world.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use stentor_domain::delivery::{About, Delivery, Outcome};
use stentor_domain::id::DeliveryId;
use stentor_domain::message::Message;
use stentor_domain::plan::{Plan, Settings};
use stentor_integrations::outbound::{self, Context, Response, Step};
use stentor_store::deliveries::{self, Lane};
use stentor_store::error::Error;

use crate::Engine;
use crate::isolate::a_row_is_to_blame;
use crate::step::Input;
use crate::work::Work;

/// How many more attempts can be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// In all. People come first.
    pub all: usize,
    /// Of these, by receivers: one that hangs does not keep people from being asked.
    pub receivers: usize,
}

impl Room {
    /// Room for so many, whosever they are.
    pub fn of(all: usize) -> Self {
        Self { all, receivers: all }
    }
}

/// One attempt that has to be made now. Its outcome comes back as [`Input::Outcome`]; if none comes, the attempt
/// is given up as unknown when the lease ends, and made again.
pub struct Job {
    /// Whose.
    pub delivery: DeliveryId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// The kind of channel.
    pub kind: String,
    about: About,
    message: Message,
    /// The plan at the time of the lease: the attempt is made by it even when another one comes meanwhile.
    plan: Arc<Plan>,
    now: Timestamp,
}

impl Job {
    /// Makes a job of an attempt that has begun, over a channel of this kind.
    pub(crate) fn new(begun: Delivery, kind: String, plan: &Arc<Plan>, now: Timestamp) -> Self {
        let Delivery { id: delivery, about, message, attempts: attempt, .. } = begun;
        Self { delivery, attempt, kind, about, message, plan: Arc::clone(plan), now }
    }

    /// Returns to whom: a receiver's name, a person's key, or the key of a channel that is tried out.
    pub fn to(&self) -> &str {
        self.about.to()
    }

    /// Says what to do next; `answers` are those of the attempt's requests so far, in their order.
    ///
    /// The words are found here and not when the job is leased, so that they cost the engine nothing.
    pub fn next(&self, answers: &[Response]) -> Step {
        let refused = |why| Step::Done(Outcome::Refused { why });
        let (kind, settings) = match settings(&self.plan, &self.about) {
            Ok(found) => found,
            Err(why) => return refused(why),
        };
        let Some(channel) = outbound::find(kind) else {
            return refused(format!("this release knows no channel of kind `{kind}`"));
        };
        let delivery = self.delivery.to_string();
        let context = Context::new(&self.message, &self.plan.templates, &delivery, self.now);
        channel.next(settings, &self.message, &context, answers)
    }
}

/// Shows neither the message nor the plan.
impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}, attempt {}", self.kind, self.delivery, self.attempt)
    }
}

impl Engine {
    /// Leases attempts that are due, as many as there is room for; they are on disk before they are returned.
    pub fn lease(&mut self, now: Timestamp, room: Room) -> Result<Vec<Job>, Error> {
        let mut jobs = Vec::new();
        self.lease_to(room, now, &mut |job| jobs.push(job))?;
        Ok(jobs)
    }

    /// As [`Engine::lease`], and hands out each job, whatever becomes of those that are refused.
    pub(crate) fn lease_to(
        &mut self,
        room: Room,
        now: Timestamp,
        send: &mut dyn FnMut(Job),
    ) -> Result<usize, Error> {
        let begun = match self.begin(now, room) {
            Ok(begun) => begun,
            // One that can be neither read nor begun must not hold up the others: it is put off, they come next.
            Err(error) => match a_row_is_to_blame(error).and_then(|_| self.begin(now, Room::of(1)))
            {
                Ok(begun) => begun,
                Err(why) => {
                    self.put_off_first("Delivery", deliveries::postpone_first, why, now)?;
                    vec![]
                }
            },
        };
        self.hand_out(begun, now, send)
    }

    /// Hands out attempts that have begun as jobs, then refuses those for which there is no way to send; returns how many
    /// these were.
    pub(crate) fn hand_out(
        &mut self,
        begun: Vec<Delivery>,
        now: Timestamp,
        send: &mut dyn FnMut(Job),
    ) -> Result<usize, Error> {
        let mut refused = vec![];
        for delivery in begun {
            match kind(&self.plan, &delivery.about) {
                Ok(kind) => send(Job::new(delivery, kind, &self.plan, now)),
                Err(why) => {
                    let Delivery { id: delivery, attempts: attempt, .. } = delivery;
                    let outcome = Outcome::Refused { why };
                    refused.push(Input::Outcome { delivery, attempt, outcome });
                }
            }
        }
        let count = refused.len();
        refused.into_iter().try_for_each(|input| self.step_refused(input, now)).map(|()| count)
    }

    fn begin(&mut self, now: Timestamp, room: Room) -> Result<Vec<Delivery>, Error> {
        self.transaction(now, |work| {
            let begun = work.begin_attempts(now, room)?;
            work.follow(now)?;
            Ok(begun)
        })
    }

    fn step_refused(&mut self, input: Input, now: Timestamp) -> Result<(), Error> {
        self.step(&[input], now).into_iter().try_for_each(|answer| answer.map(drop))
    }
}

impl Work<'_> {
    /// Begins the attempts that are due, as many as there is room for; returns those to make.
    pub(crate) fn begin_attempts(
        &mut self,
        now: Timestamp,
        room: Room,
    ) -> Result<Vec<Delivery>, Error> {
        let count = |many: usize| i64::try_from(many).unwrap_or(i64::MAX);
        let mut due = deliveries::list_due(self.db, Lane::People, now, count(room.all))?;
        let rest = room.receivers.min(room.all - due.len());
        due.extend(deliveries::list_due(self.db, Lane::Receivers, now, count(rest))?);
        let mut begun = Vec::new();
        for mut saved in due {
            let (begins, events) = saved.it.begin_attempt(now);
            self.seen = true;
            if begins {
                deliveries::begin_attempt(self.db, saved.it.id, saved.it.attempts, now)?;
            }
            deliveries::save(self.db, &mut saved)?;
            self.after_delivery(&saved.it, events, now)?;
            if begins {
                begun.push(saved.it);
            }
        }
        Ok(begun)
    }
}

/// Returns the kind of channel, or why there is no way to send by it.
pub(crate) fn kind(plan: &Plan, about: &About) -> Result<String, String> {
    settings(plan, about).map(|(kind, _)| kind.to_owned())
}

/// Returns the kind of channel and its settings, or why there is no way to send by it.
fn settings<'p>(plan: &'p Plan, about: &About) -> Result<(&'p str, &'p Settings), String> {
    match about {
        About::Receiver { receiver, kind, index, .. }
        | About::TestReceiver { receiver, kind, index } => {
            let known = plan.receivers.get(receiver);
            let mut all = known.iter().flat_map(|receiver| &receiver.integrations);
            let found = all.find(|one| one.kind == *kind && one.index == *index);
            let found = found.ok_or_else(|| {
                format!("the plan no longer has {kind} {index} of the receiver `{receiver}`")
            })?;
            Ok((&found.kind, &found.settings))
        }
        About::Person { channel, .. } | About::Test { channel } => {
            let found = plan.channels.get(channel);
            let found =
                found.ok_or_else(|| format!("the plan no longer has the channel `{channel}`"))?;
            Ok((&found.kind, &found.settings))
        }
    }
}
