//! One row that can be neither read nor decided must not hold up all the others.

use jiff::{SignedDuration, Timestamp};
use stentor_store::error::Error;
use stentor_store::{alerts, deliveries, groups, pages};

use crate::Engine;

/// A row that cannot be decided is tried again after this long.
const TRY_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// What can be due.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Alert,
    Group,
    Page,
    Delivery,
}

/// A row that was put off because it can be neither read nor decided. Somebody has to look at it.
#[derive(Debug)]
pub struct PutOff {
    /// Its table and its key.
    pub row: String,
    /// Why it cannot be decided.
    pub why: Error,
}

impl Engine {
    /// Returns the rows that were put off since this was asked last.
    pub fn take_put_off(&mut self) -> Vec<PutOff> {
        std::mem::take(&mut self.put_off)
    }

    /// After a batch failed, decides one row of each kind by itself and puts off those that fail again; the caller
    /// comes back for the rest.
    ///
    /// Returns `error` when it is no row that is to blame.
    pub(crate) fn isolate(&mut self, error: Error, now: Timestamp) -> Result<(), Error> {
        a_row_is_to_blame(error)?;
        for kind in [Kind::Alert, Kind::Group, Kind::Page] {
            if let Err(why) = self.transaction(now, |work| work.due_of(kind, now, 1)) {
                self.put_off_first(kind, why, now)?;
            }
        }
        Ok(())
    }

    /// Puts off the row that is due first, for which `why` is the reason.
    pub(crate) fn put_off_first(
        &mut self,
        kind: Kind,
        why: Error,
        now: Timestamp,
    ) -> Result<(), Error> {
        let why = a_row_is_to_blame(why)?;
        let until = now + TRY_AGAIN_AFTER;
        let key = self.db.transaction(|db| match kind {
            Kind::Alert => alerts::postpone_first(db, now, until),
            Kind::Group => groups::postpone_first(db, now, until),
            Kind::Page => pages::postpone_first(db, now, until),
            Kind::Delivery => deliveries::postpone_first(db, now, until),
        })?;
        let row = format!("{kind:?} {}", key.unwrap_or_default());
        self.put_off.push(PutOff { row, why });
        Ok(())
    }
}

/// Passes on a reason that may lie in one row, and fails with one that cannot.
pub(crate) fn a_row_is_to_blame(error: Error) -> Result<Error, Error> {
    match error {
        Error::Busy { .. } | Error::Full => Err(error),
        Error::Conflict | Error::Corrupt { .. } | Error::Sql { .. } => Ok(error),
    }
}
