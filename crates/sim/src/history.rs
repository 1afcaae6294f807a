//! What a checker may know: what senders and people were told, what providers received, and the timeline.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use stentor_domain::alert::Signal;
use stentor_domain::id::PageId;
use stentor_domain::labels::Fnv;
use stentor_domain::plan::Plan;
use stentor_domain::timeline::Entry;

use crate::silences::Ledger;

/// Everything that can be seen from outside, in the order in which it was seen.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Each request of a sender.
    pub(crate) told: Vec<Told>,
    /// Each answer of a person.
    pub(crate) answers: Vec<Answered>,
    /// Each request to a provider, whatever came of it.
    pub(crate) requests: Vec<Sent>,
    /// The timeline.
    pub(crate) entries: Vec<Entry>,
    /// When the engine did not run: crashed and not yet started again, or asleep.
    pub(crate) away: Vec<(Timestamp, Timestamp)>,
    /// When it crashed.
    pub(crate) crashes: Vec<Timestamp>,
    /// Which plan was in force since when; the first since the beginning.
    pub(crate) plans: Vec<(Timestamp, Arc<Plan>)>,
    /// Whether nothing disturbed the way from a decision to a provider.
    pub(crate) undisturbed: bool,
    /// What was seen of silences.
    pub(crate) silences: Ledger,
    /// What was wrong with the silences that were listed: when, and how.
    pub(crate) lost_silences: Vec<(Timestamp, String)>,
    /// How what the engine remembers differed from what its database holds: when, and how.
    pub(crate) wrong_memories: Vec<(Timestamp, String)>,
    /// What was forgotten too early, or too late: when, and how.
    pub(crate) wrong_ages: Vec<(Timestamp, String)>,
    /// What the tables still hold when the world has ended.
    pub(crate) left: Left,
    /// The instant at which the world ended.
    pub(crate) ended_at: Timestamp,
    order: u64,
    /// The same seed must give the same.
    pub(crate) transcript: Transcript,
}

/// A sender's request and what it was told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) at: Timestamp,
    pub(crate) signals: Vec<Signal>,
    /// Whether it was told that the signals are accepted.
    pub(crate) ok: bool,
}

/// A person's answer and whether they were told that it counts.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) order: u64,
    pub(crate) page: PageId,
}

/// One request to a provider.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) order: u64,
    pub(crate) at: Timestamp,
    /// The delivery, which is also the key by which a provider can tell a repetition.
    pub(crate) delivery: String,
    pub(crate) to: Endpoint,
    /// Everything that a reader of the message sees.
    pub(crate) text: String,
    /// What messages of one group share, as far as the channel tells.
    pub(crate) thread: String,
    /// The page that it is about.
    pub(crate) page: Option<PageId>,
    /// Whether it asks somebody to act.
    pub(crate) act: bool,
    /// Whether the provider took it.
    pub(crate) arrived: bool,
    /// Whether the engine was told for certain if it arrived, provided that it did not crash meanwhile.
    pub(crate) known: bool,
}

impl Sent {
    /// Returns when it was decided that it is sent, to the millisecond: ids begin with it.
    pub(crate) fn decided_at(&self) -> Option<Timestamp> {
        const LETTERS: &str = "0123456789abcdefghjkmnpqrstvwxyz";
        let digits = self.delivery.strip_prefix("dlv_")?.get(..10)?;
        let millis = digits.chars().try_fold(0, |value, letter| {
            Some(value * 32 + i64::try_from(LETTERS.find(letter)?).ok()?)
        })?;
        Timestamp::from_millisecond(millis).ok()
    }
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Endpoint {
    /// A person, by key.
    Person(String),
    /// An integration of a receiver: `r0-webhook-0`.
    Receiver(String),
    /// A trial of a channel, or nobody we know.
    Other(String),
}

/// Rows that tell of work which is not done, or of work on what is over.
#[derive(Debug, Default)]
pub(crate) struct Left {
    pub(crate) resolved_pages_due: i64,
    pub(crate) settled_deliveries_due: i64,
    pub(crate) unsettled_deliveries_not_due: i64,
    pub(crate) groups_not_due: i64,
    pub(crate) groups: i64,
    pub(crate) unsettled_deliveries: i64,
    pub(crate) triggered_pages: i64,
    pub(crate) firing_alerts: i64,
}

impl History {
    /// Returns the next number in the order of everything.
    pub(crate) fn next_order(&mut self) -> u64 {
        self.order += 1;
        self.order
    }

    /// Returns `at` plus `wait` of time in which the engine ran, and a lease for each crash meanwhile.
    pub(crate) fn after(&self, at: Timestamp, wait: SignedDuration) -> Timestamp {
        let mut until = at + wait;
        let mut crashes = 0;
        loop {
            let away = self.away.iter().find(|(from, to)| *from <= until && until < *to);
            if let Some((from, to)) = away {
                let rest = until.duration_since((*from).max(at));
                until = *to + rest.max(SignedDuration::from_secs(1));
                continue;
            }
            let met = self.crashes.iter().filter(|crash| at <= **crash && **crash <= until).count();
            if met == crashes {
                return until;
            }
            until += AFTER_A_CRASH * (met - crashes) as i32;
            crashes = met;
        }
    }

    /// Returns the plan in force at `at`.
    pub(crate) fn plan_at(&self, at: Timestamp) -> &Arc<Plan> {
        let known = self.plans.iter().rev().find(|(since, _)| *since <= at);
        &known.unwrap_or(&self.plans[0]).1
    }
}

/// What was on its way when the engine crashed comes back when its lease has run out.
const AFTER_A_CRASH: SignedDuration = SignedDuration::from_secs(62);

/// Every line of a world's history, as a hash and, when somebody wants to read it, as text.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    hash: Option<Fnv>,
    /// Lines are kept only when they will be read.
    pub(crate) lines: Option<String>,
}

impl Transcript {
    pub(crate) fn add(&mut self, at: Timestamp, line: &str) {
        let hash = self.hash.get_or_insert_with(Fnv::new);
        hash.write(&at.as_microsecond().to_be_bytes()).write(line.as_bytes()).write(b"\n");
        if let Some(lines) = &mut self.lines {
            let _ = writeln!(lines, "{} {line}", at.strftime("%d %H:%M:%S%.3f"));
        }
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash.as_ref().map_or(0, Fnv::finish)
    }
}
