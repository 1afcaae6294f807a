//! The one loop of Stentor: inputs, decisions, one transaction.
//!
//! Three synchronous questions: [`Engine::step`] decides a batch of inputs, [`Engine::due`] decides what time has
//! come for, [`Engine::lease`] hands out work for the outside world; [`Engine::round`] asks all three at once. Nothing here waits, reads a clock or opens a
//! connection to anything but the database; in production one thread asks the three in turn, in simulation the
//! test does.

mod due;
mod follow;
mod import;
mod isolate;
mod lease;
mod memory;
mod retention;
mod round;
mod signals;
mod silences;
mod step;
mod tally;
mod work;

use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use stentor_domain::id::Ids;
use stentor_domain::plan::Plan;
use stentor_domain::standing::Standing;
use stentor_store::db::Db;
use stentor_store::deliveries;
use stentor_store::error::Error;

pub use isolate::PutOff;
pub use lease::{Job, Room};
pub use retention::{HISTORY_KEPT, Retention, SILENCES_KEPT};
pub use round::Round;
pub use silences::SilenceInput;
pub use step::{Answer, Input, PageRequest};
pub use tally::{LeftOut, Tally};

/// Decides, saves, and nothing else.
#[derive(Debug)]
pub struct Engine {
    db: Db,
    plan: Arc<Plan>,
    external_url: String,
    ids: Ids,
    /// Everything that stands now; readers may ask it too.
    standing: Arc<RwLock<Standing>>,
    has_imported: bool,
    retention: Retention,
    /// When history is next looked through.
    forget_at: Timestamp,
    /// The database's count of connections when `standing` was learned; `None` = not yet.
    opened: Option<u64>,
    /// Whether the last transaction failed because the database was away or full: repetitions were refused.
    deaf: bool,
    /// When somebody asked last, other than what came of an attempt.
    asked_at: Timestamp,
    /// Whether the last round that had something to send was committed.
    trusts_the_disk: bool,
    changes: u64,
    put_off: Vec<PutOff>,
    tally: Tally,
}

/// After a start, or when the database was away or full, a firing alert that nobody could repeat meanwhile is given this
/// long before it resolves: twice the time in which Prometheus repeats itself.
pub const RESTART_GRACE: SignedDuration = SignedDuration::from_mins(2);

/// A resolved alert is kept for reading this long.
pub const RESOLVED_KEPT: SignedDuration = SignedDuration::from_hours(24 * 5);

/// A decision is made anew this often when somebody else changes its row meanwhile.
const CONFLICTS_MAX: u32 = 8;

impl Engine {
    /// Takes over the database as it was left.
    ///
    /// `external_url` is what links in messages start with when the plan says nothing, without a slash at the
    /// end. Fails when the database cannot be read.
    pub fn open(
        mut db: Db,
        plan: Arc<Plan>,
        external_url: &str,
        ids: Ids,
        now: Timestamp,
    ) -> Result<Self, Error> {
        db.transaction(|db| {
            // The owner before is gone, and its couriers with it: what was on its way is sent again at once.
            for mut saved in deliveries::list_sending(db)? {
                saved.it.on_lease_lost(now);
                deliveries::save(db, &mut saved)?;
            }
            Ok::<(), Error>(())
        })?;
        let external_url = external_url.to_owned();
        let standing = Arc::new(RwLock::new(Standing::new(&plan)));
        let mut engine = Self {
            db,
            plan,
            external_url,
            ids,
            standing,
            has_imported: false,
            retention: Retention::default(),
            forget_at: now,
            opened: None,
            deaf: false,
            asked_at: Timestamp::MIN,
            trusts_the_disk: false,
            changes: 0,
            put_off: vec![],
            tally: Tally::default(),
        };
        engine.transaction(now, |_| Ok(()))?;
        Ok(engine)
    }

    /// Puts another revision of the plan in force: alerts that fire move to the groups that it wants them in.
    ///
    /// After an error the old revision is still in force.
    pub fn apply(&mut self, plan: Arc<Plan>, now: Timestamp) -> Result<(), Error> {
        let old = std::mem::replace(&mut self.plan, plan);
        self.take_rules();
        let moved = self.transaction(now, |work| work.reroute(now));
        if moved.is_err() {
            self.plan = old;
            self.take_rules();
        }
        moved
    }

    fn take_rules(&self) {
        self.standing.write().unwrap_or_else(PoisonError::into_inner).apply(&self.plan);
    }

    /// Returns everything that stands now, for readers; it may show for a moment what then fails to be saved.
    pub fn standing(&self) -> Arc<RwLock<Standing>> {
        Arc::clone(&self.standing)
    }

    /// Returns the plan in force.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Counts the commits that changed something which people see; a repetition of a known alert is none.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Returns the database, for records that need no decision.
    pub fn db(&mut self) -> &mut Db {
        &mut self.db
    }

    /// Returns what links in messages start with.
    fn external_url(&self) -> String {
        self.plan.external_url.clone().unwrap_or_else(|| self.external_url.clone())
    }

    /// Does `decide` in one transaction, again when somebody else changed a row that it read.
    fn transaction<T>(
        &mut self,
        now: Timestamp,
        mut decide: impl FnMut(&mut work::Work<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut conflicts = 0;
        loop {
            if let Err(error) = self.db.begin() {
                self.deaf = true;
                return Err(error);
            }
            let opened = Some(self.db.opened());
            // While the connection was lost, another owner may have decided, and nobody could repeat an alert.
            let anew = self.opened != opened;
            if self.deaf && !anew {
                self.grant_grace(now);
            }
            let known = if anew { self.remember(now) } else { Ok(()) };
            let external_url = self.external_url();
            let mut work = work::Work::new(self, external_url);
            let known = known.and_then(|()| if anew { work.reroute(now) } else { Ok(()) });
            let decided = known.and_then(|()| decide(&mut work));
            let result = decided.and_then(|answer| work.save().map(|()| answer));
            let (touched, seen, tally) = (work.touched, work.seen, work.tally);
            match result.and_then(|answer| self.db.commit().map(|()| answer)) {
                Ok(answer) => {
                    self.opened = opened;
                    self.deaf = false;
                    self.changes += u64::from(seen);
                    self.tally.add(tally);
                    return Ok(answer);
                }
                Err(error) => {
                    // What failed is what the caller hears of; a lost connection rolls back by itself.
                    let _ = self.db.rollback();
                    // A commit that failed may have taken place: what it touched is looked up anew.
                    self.forget(touched);
                    self.deaf |= matches!(error, Error::Busy { .. } | Error::Full);
                    conflicts += 1;
                    if !matches!(error, Error::Conflict) || conflicts >= CONFLICTS_MAX {
                        return Err(error);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
