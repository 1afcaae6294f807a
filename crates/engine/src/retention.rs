//! How long what is over is kept, and how it is forgotten: by age, in portions.

use jiff::{SignedDuration, Timestamp};
use stentor_store::error::Error;
use stentor_store::{deliveries, episodes, imported, silences};

use crate::Engine;

/// A silence is kept for reading this long after its end, unless somebody says otherwise.
pub const SILENCES_KEPT: SignedDuration = SignedDuration::from_hours(24 * 5);

/// History is kept this long, unless somebody says otherwise.
pub const HISTORY_KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

/// How long what is over is kept. Pages with their deliveries, incidents, timelines and reviews always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// A silence, after its end.
    pub silences: SignedDuration,
    /// History: a firing, after its end; a message to a receiver with its attempts, after it was made.
    pub history: SignedDuration,
}

impl Default for Retention {
    fn default() -> Self {
        Self { silences: SILENCES_KEPT, history: HISTORY_KEPT }
    }
}

/// History is looked through no more often than this.
const FORGET_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// While more is too old than was forgotten at once, it is looked through this often.
const FORGET_AGAIN: SignedDuration = SignedDuration::from_secs(10);

/// At most this many ended firings, and this many messages, are forgotten at once, so that senders need not wait.
const FORGOTTEN_MAX: i64 = 1_000;

impl Engine {
    /// Keeps what is over for as long as `retention` says; what is too old by it is due at once.
    ///
    /// After an error what was said before still holds.
    pub fn keep(&mut self, retention: Retention, now: Timestamp) -> Result<(), Error> {
        // A longer time is found out when the shorter one is over.
        silences::keep_at_most(&mut self.db, retention.silences)?;
        self.retention = retention;
        self.forget_at = now;
        Ok(())
    }

    /// Forgets history that is too old, and what was imported and matters no more; a portion at a time.
    pub(crate) fn forget_history(&mut self, now: Timestamp) -> Result<(), Error> {
        if now < self.forget_at {
            return Ok(());
        }
        self.forget_at = now + FORGET_EVERY;
        let kept = self.retention.history;
        let until = now.saturating_sub(kept).unwrap_or(Timestamp::MIN);
        self.tally.history_looks += 1;
        let forgotten = self.db.transaction(|db| {
            let firings = episodes::forget(db, until, FORGOTTEN_MAX)?;
            let messages = deliveries::forget(db, until, FORGOTTEN_MAX)?;
            imported::expire(db, now)?;
            let more = firings.max(messages) >= FORGOTTEN_MAX.unsigned_abs();
            let oldest = [episodes::oldest(db)?, deliveries::oldest(db)?];
            Ok::<_, Error>((more, oldest.into_iter().flatten().min(), imported::any(db)?))
        });
        self.tally.history_failures += u64::from(forgotten.is_err());
        let (more, oldest, has_imported) = forgotten?;
        self.has_imported = has_imported;
        // What comes later is not older than now.
        let next = oldest.unwrap_or(now).saturating_add(kept).unwrap_or(Timestamp::MAX);
        self.forget_at = match (more, has_imported) {
            (true, _) => now + FORGET_AGAIN,
            (false, true) => now + FORGET_EVERY,
            (false, false) => next.max(now + FORGET_EVERY),
        };
        Ok(())
    }
}
