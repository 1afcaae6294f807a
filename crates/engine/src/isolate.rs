//! One row that can be neither read nor decided must not hold up all the others.

use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};
use stentor_store::db::Db;
use stentor_store::error::Error;
use stentor_store::{alerts, groups, pages, silences};

use crate::Engine;

/// A row that cannot be decided is tried again after this long.
const TRY_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// What [`Engine::due`] decides.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Alert,
    Group,
    Page,
    Silence,
}

/// The store's way to put off the row of a table that is due first; returns its key.
type Postpone = fn(&mut Db, Timestamp, Timestamp) -> Result<Option<String>, Error>;

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
        let ended = self.isolate_alert(now)?;
        // As in `due`: no group is flushed while one of its alerts may have ended and is not decided yet.
        if ended == 0 {
            self.isolate_one(Kind::Group, groups::postpone_first, now)?;
        }
        self.isolate_one(Kind::Silence, silences::postpone_first, now)?;
        self.isolate_one(Kind::Page, pages::postpone_first, now)?;
        Ok(())
    }

    /// As [`Engine::isolate_one`]; which alert is due first stands in memory alone.
    fn isolate_alert(&mut self, now: Timestamp) -> Result<i64, Error> {
        let first = self.standing.read().unwrap_or_else(PoisonError::into_inner).list_due(now, 1);
        let why = match self.transaction(now, |work| work.due_of(Kind::Alert, now, 1)) {
            Ok(count) => return Ok(count),
            Err(why) => a_row_is_to_blame(why)?,
        };
        if let [first] = first[..] {
            let until = now + TRY_AGAIN_AFTER;
            let number = {
                let standing = self.standing.read().unwrap_or_else(PoisonError::into_inner);
                standing.number(first)
            };
            if let Some(number) = number {
                self.db.transaction(|db| alerts::postpone(db, number, until))?;
            }
            self.standing.write().unwrap_or_else(PoisonError::into_inner).put_off(first, until);
            self.put_off.push(PutOff { row: format!("{:?} {first}", Kind::Alert), why });
        }
        Ok(1)
    }

    /// Decides the row of a kind that is due first, or puts it off; returns how many there were.
    fn isolate_one(
        &mut self,
        kind: Kind,
        postpone: Postpone,
        now: Timestamp,
    ) -> Result<i64, Error> {
        match self.transaction(now, |work| work.due_of(kind, now, 1)) {
            Ok(count) => Ok(count),
            Err(why) => self.put_off_first(&format!("{kind:?}"), postpone, why, now).map(|()| 1),
        }
    }

    /// Puts off the row that is due first, for which `why` is the reason.
    pub(crate) fn put_off_first(
        &mut self,
        kind: &str,
        postpone: Postpone,
        why: Error,
        now: Timestamp,
    ) -> Result<(), Error> {
        let why = a_row_is_to_blame(why)?;
        let key = self.db.transaction(|db| postpone(db, now, now + TRY_AGAIN_AFTER))?;
        let row = format!("{kind} {}", key.unwrap_or_default());
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
