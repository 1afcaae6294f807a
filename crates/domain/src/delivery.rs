//! Deliveries: one message to one address over one channel, tried until it is there or another way is better.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::group::GroupId;
use crate::id::{DeliveryId, PageId};
use crate::message::{Message, Purpose};
use crate::plan::PersonName;

/// One message on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its identity, and the key by which a provider can tell a repetition.
    pub id: DeliveryId,
    /// What it is for.
    pub about: About,
    /// What it says.
    pub message: Message,
    /// Where it stands.
    pub state: State,
    /// How many attempts were begun.
    pub attempts: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is tried next, or, while an attempt runs, when that attempt is given up as unknown.
    pub due_at: Option<Timestamp>,
    /// It is not worth sending from this instant on; `None` = always.
    pub expires_at: Option<Timestamp>,
    /// What the last attempt came to, for a reader.
    pub detail: String,
    /// What the provider knows the message by, when a later one may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// The secret in the link that answers the page; empty when there is nothing to answer.
    pub answer_secret: String,
}

/// What a delivery is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "for")]
pub enum About {
    /// A person is asked to act on a page, or told that it resolved.
    Person {
        /// The page.
        page: PageId,
        /// Who.
        person: PersonName,
        /// The key of the channel that is used.
        channel: String,
        /// Keys of the person's further channels, best first, should this one fail.
        rest: Vec<String>,
        /// Whether it asks or tells.
        purpose: Purpose,
    },
    /// A group notifies an integration of its receiver.
    Receiver {
        /// The group.
        group: GroupId,
        /// The receiver's name.
        receiver: String,
        /// The integration's kind.
        kind: String,
        /// Its place among those of its kind.
        index: usize,
    },
    /// Somebody tries out a channel.
    Test {
        /// The channel's key.
        channel: String,
    },
    /// Somebody tries out an integration of a receiver; no group knows of it.
    TestReceiver {
        /// The receiver's name.
        receiver: String,
        /// The integration's kind.
        kind: String,
        /// Its place among those of its kind.
        index: usize,
    },
}

impl About {
    /// Returns to whom it goes: a person's key, a receiver's name, or the key of the channel that is tried out.
    pub fn to(&self) -> &str {
        match self {
            Self::Person { person, .. } => person,
            Self::Receiver { receiver, .. } | Self::TestReceiver { receiver, .. } => receiver,
            Self::Test { channel } => channel,
        }
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for its time.
    Queued,
    /// An attempt runs.
    Sending,
    /// The provider has it.
    Sent,
    /// It was given up.
    Failed,
    /// It was no longer wanted.
    Cancelled,
}

impl State {
    /// Returns the word that is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What can happen to a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// An attempt came to an end.
    Outcome {
        /// Which attempt, from 1; an older one's outcome is history.
        attempt: u32,
        /// What came of it.
        outcome: Outcome,
    },
    /// It is no longer wanted.
    Cancel,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The provider has it.
    Sent {
        /// What the provider said.
        detail: String,
        /// What the provider knows the message by, when a later one may change it.
        receipt: Option<String>,
    },
    /// It may work later.
    Retry {
        /// How long the provider wants to be left alone.
        after: Option<SignedDuration>,
        /// What went wrong.
        why: String,
    },
    /// It will not work, however often it is tried.
    Refused {
        /// What went wrong.
        why: String,
    },
}

impl Outcome {
    /// Makes the outcome of a message that the provider has and that stays as it is.
    pub fn sent(detail: impl Into<String>) -> Self {
        Self::Sent { detail: detail.into(), receipt: None }
    }

    /// Keeps what the provider knows the message by, if it has it.
    #[must_use]
    pub fn known_by(mut self, by: Option<String>) -> Self {
        if let Self::Sent { receipt, .. } = &mut self {
            *receipt = by;
        }
        self
    }
}

/// What happened to a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// The provider has it.
    Sent {
        /// Over which channel.
        channel: String,
        /// To whom; the receiver's name for a group.
        to: String,
    },
    /// It was given up.
    Failed {
        /// Over which channel.
        channel: String,
        /// To whom; the receiver's name for a group.
        to: String,
        /// What went wrong last.
        why: String,
    },
}

/// A person's message is tried this often over one channel before their next channel is used.
pub const ATTEMPTS_MAX: u32 = 4;

/// The wait before a person's second attempt; each further one waits twice as long.
pub const BACKOFF_MIN: SignedDuration = SignedDuration::from_secs(3);

/// The wait before a receiver's second attempt; each further one waits half as long again, as Alertmanager's do.
pub const RECEIVER_BACKOFF_MIN: SignedDuration = SignedDuration::from_millis(500);

/// Our own wait between attempts is not longer than this, give or take the jitter. A provider that asks for more loses
/// a person's message to the next channel.
pub const BACKOFF_MAX: SignedDuration = SignedDuration::from_secs(60);

/// An attempt without an outcome is given up as unknown after this time and made again.
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);

impl Delivery {
    /// Makes a delivery that is due at once.
    pub fn new(id: DeliveryId, about: About, message: Message, now: Timestamp) -> Self {
        Self {
            id,
            about,
            message,
            state: State::Queued,
            attempts: 0,
            created_at: now,
            due_at: Some(now),
            expires_at: None,
            detail: String::new(),
            receipt: None,
            answer_secret: String::new(),
        }
    }

    /// Begins an attempt if one is due; false when there is none to make. Tells what became of it otherwise.
    pub fn begin_attempt(&mut self, now: Timestamp) -> (bool, Vec<Event>) {
        let due = self.due_at.is_some_and(|at| at <= now);
        if !due {
            return (false, vec![]);
        }
        if self.expires_at.is_some_and(|at| at <= now) {
            let why =
                if self.detail.is_empty() { "too late to be worth sending" } else { &self.detail };
            return (false, self.fail(why.to_owned()));
        }
        if self.attempts >= self.attempts_max() {
            // Only an attempt whose outcome nobody knows leads here.
            return (false, self.fail("no outcome was recorded".to_owned()));
        }
        self.state = State::Sending;
        self.attempts += 1;
        self.due_at = Some(now + LEASE);
        (true, vec![])
    }

    /// Takes note that whoever made the running attempt is gone: its outcome will never be known.
    pub fn on_lease_lost(&mut self, now: Timestamp) {
        if self.state == State::Sending {
            self.due_at = self.due_at.map(|at| at.min(now));
        }
    }

    /// Decides what an input changes. `jitter` in 0..=1000 spreads retries over ±20 % of the wait, a
    /// receiver's over ±50 %.
    pub fn on_input(&mut self, input: Input, jitter: u64, now: Timestamp) -> Vec<Event> {
        match (self.state, input) {
            (State::Sent | State::Failed | State::Cancelled, _) => vec![],
            (State::Queued | State::Sending, Input::Cancel) => {
                // What is on its way cannot be called back; its outcome is recorded with the attempt.
                self.state = State::Cancelled;
                self.due_at = None;
                vec![]
            }
            // An older attempt that was given up as unknown has arrived after all: good enough.
            (
                State::Queued | State::Sending,
                Input::Outcome { outcome: Outcome::Sent { detail, receipt }, .. },
            ) => {
                self.state = State::Sent;
                self.due_at = None;
                self.detail = detail;
                self.receipt = receipt;
                vec![Event::Sent { channel: self.channel().to_owned(), to: self.to().to_owned() }]
            }
            (State::Queued | State::Sending, Input::Outcome { attempt, .. })
                if attempt != self.attempts =>
            {
                vec![]
            }
            (
                State::Queued | State::Sending,
                Input::Outcome { outcome: Outcome::Refused { why }, .. },
            ) => self.fail(why),
            (
                State::Queued | State::Sending,
                Input::Outcome { outcome: Outcome::Retry { after, why }, .. },
            ) => self.retry(after, why, jitter, now),
        }
    }

    /// Returns the channel: its key for a person, its kind for a receiver.
    pub fn channel(&self) -> &str {
        match &self.about {
            About::Person { channel, .. } | About::Test { channel } => channel,
            About::Receiver { kind, .. } | About::TestReceiver { kind, .. } => kind,
        }
    }

    /// Returns to whom it goes: a person's key, or a receiver's name.
    pub fn to(&self) -> &str {
        self.about.to()
    }

    /// Tells whether it asks somebody to act.
    pub fn asks(&self) -> bool {
        match &self.about {
            About::Person { purpose, .. } => *purpose == Purpose::Act,
            About::Receiver { .. } | About::Test { .. } | About::TestReceiver { .. } => false,
        }
    }

    fn attempts_max(&self) -> u32 {
        match &self.about {
            About::Person { .. } => ATTEMPTS_MAX,
            // It has no other way to go: it is tried until newer words replace it.
            About::Receiver { .. } => u32::MAX,
            About::Test { .. } | About::TestReceiver { .. } => 1,
        }
    }

    fn retry(
        &mut self,
        after: Option<SignedDuration>,
        why: String,
        jitter: u64,
        now: Timestamp,
    ) -> Vec<Event> {
        let of_person = matches!(self.about, About::Person { .. });
        let too_long = after.is_some_and(|after| after > BACKOFF_MAX) && of_person;
        if self.attempts >= self.attempts_max() || too_long {
            return self.fail(why);
        }
        let wait = self.backoff(jitter).max(after.unwrap_or(SignedDuration::ZERO));
        // An attempt that would come too late is not waited for: newer words may go out instead.
        let in_time = |at: &Timestamp| self.expires_at.is_none_or(|expires_at| *at < expires_at);
        let Some(due_at) = now.checked_add(wait).ok().filter(in_time) else {
            return self.fail(why);
        };
        self.state = State::Queued;
        self.due_at = Some(due_at);
        self.detail = why;
        vec![]
    }

    /// Returns our own wait after a failed attempt.
    fn backoff(&self, jitter: u64) -> SignedDuration {
        let repeated = i32::try_from(self.attempts.saturating_sub(1).min(20)).unwrap_or(20);
        let (first, factor, spread) = match self.about {
            About::Receiver { .. } => (RECEIVER_BACKOFF_MIN, 1.5f64, 0.5),
            About::Person { .. } | About::Test { .. } | About::TestReceiver { .. } => {
                (BACKOFF_MIN, 2.0, 0.2)
            }
        };
        let wait = (first.as_secs_f64() * factor.powi(repeated)).min(BACKOFF_MAX.as_secs_f64());
        let jitter = f64::from(u32::try_from(jitter.min(1000)).unwrap_or(500)) / 500.0 - 1.0;
        // Whole milliseconds: what is finer than a stored instant would be due before it is.
        SignedDuration::from_millis((wait * (1.0 + spread * jitter) * 1000.0).round() as i64)
    }

    fn fail(&mut self, why: String) -> Vec<Event> {
        self.state = State::Failed;
        self.due_at = None;
        self.detail.clone_from(&why);
        vec![Event::Failed { channel: self.channel().to_owned(), to: self.to().to_owned(), why }]
    }
}

#[cfg(test)]
mod tests;
