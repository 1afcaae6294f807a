//! Alerts: conditions that fire and resolve, merged from signals as Alertmanager merges them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::labels::{Fingerprint, Labels};

/// One message of a sender about one condition, already translated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signal {
    /// The identity of the alert; never empty.
    pub labels: Labels,
    /// What is said of it.
    pub annotations: Labels,
    /// Since when; `None` = not said.
    pub starts_at: Option<Timestamp>,
    /// Until when; in the past = resolved, in the future = the sender promises to repeat it before; `None` = not said.
    pub ends_at: Option<Timestamp>,
    /// Where it was made; may be empty.
    pub generator_url: String,
}

impl Signal {
    /// Says why a signal received at `now` makes no sense, if it does not: it would end before it starts.
    pub fn refuse(&self, resolve_timeout: SignedDuration, now: Timestamp) -> Option<&'static str> {
        let starts_at = self.starts_at?;
        let ends_at = self.ends_at.unwrap_or(now + resolve_timeout);
        (ends_at < starts_at).then_some("start time must be before end time")
    }
}

/// A condition, firing or resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its identity.
    pub labels: Labels,
    /// What the newest signal said of it.
    pub annotations: Labels,
    /// Where it was made; may be empty.
    pub generator_url: String,
    /// Since when, by the earliest signal of this episode.
    pub starts_at: Timestamp,
    /// Until when: it is resolved from this instant on, whoever set it.
    pub ends_at: Timestamp,
    /// When the newest signal came.
    pub updated_at: Timestamp,
    /// Whether `ends_at` is our own guess because the sender gave none.
    pub timeout: bool,
}

/// What a signal did to the alert it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing but that its end moved: it is still firing, or still resolved.
    Refreshed,
    /// It fires and did not before, or fires anew.
    Fired,
    /// It was firing and is no more.
    Resolved,
    /// What is said of it changed, not whether it fires.
    Described,
}

impl Alert {
    /// Makes an alert of a signal that was received at `now`.
    ///
    /// A missing start is the end, or `now` when that is missing too; a missing end is `now + resolve_timeout`.
    pub fn from_signal(signal: Signal, resolve_timeout: SignedDuration, now: Timestamp) -> Self {
        let ends_at = signal.ends_at.map_or(now + resolve_timeout, whole_micros);
        let starts_at = signal.starts_at.or(signal.ends_at).map_or(now, whole_micros);
        Self {
            labels: signal.labels,
            annotations: signal.annotations,
            generator_url: signal.generator_url,
            starts_at,
            ends_at,
            updated_at: now,
            timeout: signal.ends_at.is_none(),
        }
    }

    /// Returns the identity of this alert.
    pub fn fingerprint(&self) -> Fingerprint {
        self.labels.fingerprint()
    }

    /// Tells whether it fires at `now`.
    pub fn firing(&self, now: Timestamp) -> bool {
        self.ends_at > now
    }

    /// Returns the alert after `newer`, a later signal about the same labels.
    ///
    /// Episodes that overlap are one: the earlier start stays, a firing one's promised end is not shortened by
    /// anything but a resolve. Episodes that do not overlap are two, and the newer one is what counts.
    /// Source: Alertmanager 0.25–0.34, `types.Alert.Merge`.
    #[must_use]
    pub fn merged(&self, newer: Self, now: Timestamp) -> Self {
        let within = |at: Timestamp| at > self.starts_at && at < self.ends_at;
        let overlap = within(newer.starts_at) || within(newer.ends_at);
        if !overlap {
            return newer;
        }
        let mut merged = newer;
        merged.starts_at = merged.starts_at.min(self.starts_at);
        let later = self.ends_at > merged.ends_at;
        let both_resolved = !self.firing(now) && !merged.firing(now);
        if later && (both_resolved || (merged.firing(now) && !self.timeout)) {
            merged.ends_at = self.ends_at;
            merged.timeout = self.timeout;
        }
        merged
    }

    /// Returns what became different between this alert and `after`, its merge with a newer signal.
    ///
    /// `was_firing` is what was last decided about this alert, which the clock may have overtaken.
    pub fn change(&self, was_firing: bool, after: &Self, now: Timestamp) -> Change {
        match (was_firing, after.firing(now)) {
            (false, true) => Change::Fired,
            (true, false) => Change::Resolved,
            (true, true) if after.starts_at > self.ends_at => Change::Fired,
            (true, true) | (false, false) => {
                let same = self.annotations == after.annotations
                    && self.generator_url == after.generator_url
                    && self.starts_at == after.starts_at;
                if same { Change::Refreshed } else { Change::Described }
            }
        }
    }
}

/// No alert is remembered to begin or end later: a wait can be added to what a sender says.
pub const LATEST: Timestamp = Timestamp::constant(221_845_392_000, 0);

/// Returns the instant cut to microseconds, the unit in which instants are stored, and to [`LATEST`].
fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at).min(LATEST)
}

#[cfg(test)]
mod tests;
