//! What is remembered of every alert, so that an unchanged repetition costs a lookup and no write.

use jiff::{SignedDuration, Timestamp};

use super::symbols::Pairs;
use crate::alert::{Alert, LATEST, Signal};
use crate::group::GroupId;
use crate::labels::{Fingerprint, Fnv, Labels};

/// The promised end of a firing alert is refreshed on disk at most this often.
const REFRESH_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// One alert in the index.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) fingerprint: Fingerprint,
    pub(super) labels: Pairs,
    pub(super) known: Known,
    pub(super) due_at: Option<Timestamp>,
    pub(super) groups: Box<[GroupId]>,
}

/// What is remembered of one alert's state. Instants are microseconds: there are many of these.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// A hash over everything but the times.
    content: u64,
    starts_us: i64,
    ends_us: i64,
    /// The end that is on disk; the remembered one may be up to [`REFRESH_EVERY`] later.
    saved_ends_us: i64,
    timeout: bool,
    /// Whether it fired when it was last decided on.
    pub firing: bool,
}

/// What has to be done about a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repetition {
    /// Nothing: it says what is known.
    Unchanged,
    /// The end on disk has to move.
    Extends(Timestamp),
    /// It has to be looked at.
    Changed,
    /// Nothing is known of this alert.
    Unknown,
}

impl Known {
    /// Remembers an alert as it is on disk.
    pub(super) fn of(alert: &Alert, firing: bool) -> Self {
        let ends_us = alert.ends_at.as_microsecond();
        Self {
            content: content(&alert.labels, &alert.annotations, &alert.generator_url),
            starts_us: alert.starts_at.as_microsecond(),
            ends_us,
            saved_ends_us: ends_us,
            timeout: alert.timeout,
            firing,
        }
    }

    /// Returns since when it fires.
    pub fn starts_at(&self) -> Timestamp {
        Timestamp::from_microsecond(self.starts_us).unwrap_or(Timestamp::MIN)
    }

    /// Returns the end that is remembered, which may be later than the one on disk.
    pub fn ends_at(&self) -> Timestamp {
        Timestamp::from_microsecond(self.ends_us).unwrap_or(LATEST)
    }

    /// Returns this with an end that is on disk.
    pub(super) fn saved(self, ends_at: Timestamp) -> Self {
        let ends_us = ends_at.as_microsecond();
        Self { ends_us, saved_ends_us: ends_us, ..self }
    }

    pub(super) fn repeat(
        &mut self,
        signal: &Signal,
        resolve_timeout: SignedDuration,
        now: Timestamp,
    ) -> Repetition {
        let ends_at = signal.ends_at.unwrap_or(now + resolve_timeout).min(LATEST);
        let starts_us = signal.starts_at.or(signal.ends_at).unwrap_or(now).as_microsecond();
        let (now_us, ends_us) = (now.as_microsecond(), ends_at.as_microsecond());
        let same_episode = self.firing
            && self.ends_us > now_us
            && ends_us > now_us
            && starts_us >= self.starts_us
            && starts_us <= self.ends_us;
        let same = same_episode
            && self.timeout == signal.ends_at.is_none()
            && self.content == content(&signal.labels, &signal.annotations, &signal.generator_url);
        if !same {
            return Repetition::Changed;
        }
        // As `Alert::merged` has it: a promised end is not shortened, a guessed one is replaced.
        if ends_us > self.ends_us || self.timeout {
            self.ends_us = ends_us;
        }
        if self.ends_us < self.saved_ends_us.saturating_add(REFRESH_EVERY.as_micros() as i64) {
            return Repetition::Unchanged;
        }
        Repetition::Extends(self.ends_at())
    }
}

fn content(labels: &Labels, annotations: &Labels, generator_url: &str) -> u64 {
    let mut hash = Fnv::new();
    for (name, value) in labels.iter().chain(annotations.iter()) {
        hash.write(name.as_bytes()).write(&[0xff]).write(value.as_bytes()).write(&[0xff]);
    }
    hash.write(generator_url.as_bytes()).finish()
}
