//! What is remembered of every alert, so that an unchanged repetition costs a lookup and no write.

use jiff::{SignedDuration, Timestamp};

use super::symbols::{Pairs, Symbol};
use crate::alert::{Alert, LATEST, Signal};
use crate::group::GroupId;
use crate::labels::{Fingerprint, Labels};

/// The promised end of a firing alert is refreshed on disk at most this often.
const REFRESH_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// An alert with what was last decided about it, as it is stored.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its number in the order of arrival, under which it is stored.
    pub number: i64,
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// The alert.
    pub alert: Alert,
    /// Whether it fired when it was last decided on; the clock may have overtaken that.
    pub firing: bool,
    /// When it has to be looked at: its end while it fires, the end of its keeping afterwards.
    pub due_at: Option<Timestamp>,
    /// The groups that it is in.
    pub groups: Vec<GroupId>,
}

/// One alert in the index.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) number: i64,
    pub(super) fingerprint: Fingerprint,
    pub(super) labels: Pairs,
    pub(super) annotations: Labels,
    /// Equal for all alerts of a rule.
    pub(super) generator_url: Symbol,
    pub(super) known: Known,
    pub(super) due_at: Option<Timestamp>,
    pub(super) groups: Box<[GroupId]>,
}

/// What is remembered of one alert's state. Instants are microseconds: there are many of these.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    starts_us: i64,
    ends_us: i64,
    updated_us: i64,
    /// The end that is on disk; the remembered one may be up to [`REFRESH_EVERY`] later, or by the grace of a restart.
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
            starts_us: alert.starts_at.as_microsecond(),
            ends_us,
            updated_us: alert.updated_at.as_microsecond(),
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

    /// Returns when the newest signal came.
    pub fn updated_at(&self) -> Timestamp {
        Timestamp::from_microsecond(self.updated_us).unwrap_or(Timestamp::MIN)
    }

    /// Tells whether the end is our own guess because the sender gave none.
    pub(super) fn timeout(&self) -> bool {
        self.timeout
    }

    /// Returns this with an end that is on disk.
    pub(super) fn saved(self, ends_at: Timestamp) -> Self {
        let ends_us = ends_at.as_microsecond();
        Self { ends_us, saved_ends_us: ends_us, ..self }
    }

    /// Returns this with a later end that is not on disk.
    pub(super) fn lengthened(self, ends_at: Timestamp) -> Self {
        Self { ends_us: ends_at.as_microsecond(), ..self }
    }

    /// Takes note of a signal about this alert; `same_words` tells that it says what the one before said.
    pub(super) fn repeat(
        &mut self,
        signal: &Signal,
        same_words: bool,
        (resolve_timeout, now): (SignedDuration, Timestamp),
    ) -> Repetition {
        let ends_at = signal.ends_at.unwrap_or(now + resolve_timeout).min(LATEST);
        let starts_us = signal.starts_at.or(signal.ends_at).unwrap_or(now).as_microsecond();
        let (now_us, ends_us) = (now.as_microsecond(), ends_at.as_microsecond());
        let same = same_words
            && self.firing
            && self.ends_us > now_us
            && ends_us > now_us
            && starts_us >= self.starts_us
            && starts_us <= self.ends_us
            && self.timeout == signal.ends_at.is_none();
        if !same {
            return Repetition::Changed;
        }
        self.updated_us = now_us;
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
