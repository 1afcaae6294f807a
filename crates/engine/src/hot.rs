//! What is remembered of every alert, so that an unchanged repetition costs a lookup and no write.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use stentor_domain::alert::{Alert, LATEST, Signal};
use stentor_domain::labels::{Fingerprint, Fnv, Labels};
use stentor_store::alerts::{self, AlertRow};
use stentor_store::db::Db;
use stentor_store::error::Error;

/// The promised end of a firing alert is refreshed on disk at most this often.
const REFRESH_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// Every alert by its identity.
#[derive(Debug, Default)]
pub(crate) struct Hot(HashMap<Fingerprint, Known>);

/// Changes to what is remembered, valid once their transaction is on disk; `None` = forgotten.
pub(crate) type Learned = HashMap<Fingerprint, Option<Known>>;

/// What is remembered of one alert.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// A hash over everything but the times.
    content: u64,
    starts_at: Timestamp,
    ends_at: Timestamp,
    /// The end that is on disk; the remembered one may be up to [`REFRESH_EVERY`] later.
    saved_ends_at: Timestamp,
    timeout: bool,
    firing: bool,
}

/// What has to be done about a signal.
pub(crate) enum Repetition {
    /// Nothing: it says what is known.
    Unchanged,
    /// The end on disk has to move.
    Extends(Timestamp),
    /// It has to be looked at.
    No,
}

impl Known {
    /// Returns the end that is remembered.
    pub(crate) fn ends_at(&self) -> Timestamp {
        self.ends_at
    }

    /// Remembers an alert as it is on disk.
    pub(crate) fn of(row: &AlertRow) -> Self {
        let Alert { starts_at, ends_at, timeout, .. } = row.alert;
        let content = content(&row.alert.labels, &row.alert.annotations, &row.alert.generator_url);
        Self { content, starts_at, ends_at, saved_ends_at: ends_at, timeout, firing: row.firing }
    }
}

impl Hot {
    pub(crate) fn load(db: &mut Db) -> Result<Self, Error> {
        let mut known = HashMap::new();
        alerts::each(db, |row| {
            known.insert(row.alert.fingerprint(), Known::of(&row));
        })?;
        Ok(Self(known))
    }

    pub(crate) fn learn(&mut self, learned: Learned) {
        for (fingerprint, known) in learned {
            match known {
                Some(known) => self.0.insert(fingerprint, known),
                None => self.0.remove(&fingerprint),
            };
        }
    }

    /// Forgets what may be on disk or not: the next signal about it is looked up there.
    pub(crate) fn forget(&mut self, learned: Learned) {
        for fingerprint in learned.into_keys() {
            self.0.remove(&fingerprint);
        }
    }

    /// Returns the end that is remembered of an alert, which may be later than the one on disk.
    pub(crate) fn ends_at(&self, fingerprint: Fingerprint) -> Option<Timestamp> {
        self.0.get(&fingerprint).map(|known| known.ends_at)
    }

    /// Decides whether a signal says anything new, and takes note of its end if it does not.
    pub(crate) fn repeat(
        &mut self,
        fingerprint: Fingerprint,
        signal: &Signal,
        resolve_timeout: SignedDuration,
        now: Timestamp,
    ) -> Repetition {
        let Some(known) = self.0.get_mut(&fingerprint) else { return Repetition::No };
        let ends_at = signal.ends_at.unwrap_or(now + resolve_timeout).min(LATEST);
        let starts_at = signal.starts_at.unwrap_or(now);
        let same_episode = known.firing
            && known.ends_at > now
            && ends_at > now
            && starts_at >= known.starts_at
            && starts_at <= known.ends_at;
        let same = same_episode
            && known.timeout == signal.ends_at.is_none()
            && known.content == content(&signal.labels, &signal.annotations, &signal.generator_url);
        if !same {
            return Repetition::No;
        }
        // As `Alert::merged` has it: a promised end is not shortened, a guessed one is replaced.
        if ends_at > known.ends_at || known.timeout {
            known.ends_at = ends_at;
        }
        if known.ends_at < known.saved_ends_at + REFRESH_EVERY {
            return Repetition::Unchanged;
        }
        Repetition::Extends(known.ends_at)
    }

    /// Takes note that an alert's remembered end is on disk.
    pub(crate) fn extended(&self, fingerprint: Fingerprint, ends_at: Timestamp) -> Option<Known> {
        self.0.get(&fingerprint).map(|known| Known { ends_at, saved_ends_at: ends_at, ..*known })
    }
}

fn content(labels: &Labels, annotations: &Labels, generator_url: &str) -> u64 {
    let mut hash = Fnv::new();
    for (name, value) in labels.iter().chain(annotations.iter()) {
        hash.write(name.as_bytes()).write(&[0xff]).write(value.as_bytes()).write(&[0xff]);
    }
    hash.write(generator_url.as_bytes()).finish()
}
