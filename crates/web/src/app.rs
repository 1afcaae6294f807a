//! What every handler can reach.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use jiff::{SignedDuration, Timestamp};
use stentor_domain::id::Ids;
use stentor_domain::plan::{Plan, Problem};
use stentor_domain::standing::Standing;
use stentor_engine::Tally;
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;
use stentor_store::readers::Readers;
use tokio::sync::watch;

use crate::desk::Desk;
use crate::error::Error;
use crate::requests::Requests;
use crate::surface::Surface;
use crate::told::Told;
use crate::upkeep::Upkeep;

/// The server as its handlers see it.
#[derive(Debug)]
pub struct App {
    /// The way to the engine.
    pub desk: Desk,
    /// Connections for reading.
    pub readers: Arc<Readers>,
    /// Everything that stands now, as the engine knows it; asked, never changed.
    pub standing: Arc<RwLock<Standing>>,
    /// The plan in force.
    pub plan: watch::Receiver<Arc<InForce>>,
    /// Counts commits that changed something; what is shown live waits for it.
    pub changes: watch::Receiver<u64>,
    /// Reads the clock; fixed in tests.
    pub clock: fn() -> Timestamp,
    /// Where secrets of sessions and tokens come from.
    pub ids: Mutex<Ids>,
    /// The address that links start with, without a slash at the end.
    pub external_url: String,
    /// The release.
    pub version: &'static str,
    /// When the server started.
    pub started_at: Timestamp,
    /// What the engine's thread and the transports count.
    pub counts: Arc<Counts>,
    /// How the server shows itself.
    pub surface: Surface,
}

/// The plan in force, and what became of a newer one.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Its number among all revisions, from 1.
    pub number: i64,
    /// When it was put in force.
    pub applied_at: Timestamp,
    /// Who did; `stentor serve` for the folder that is watched.
    pub author: String,
    /// Its files: path and text, as they are, secrets included.
    pub files: BTreeMap<String, String>,
    /// The newest one on disk, when it was refused.
    pub refused: Option<Refused>,
}

/// A plan that was refused; the one before it stays in force.
#[derive(Clone, Debug)]
pub struct Refused {
    /// When.
    pub at: Timestamp,
    /// Why; never empty.
    pub problems: Vec<Problem>,
}

/// Counters that only grow, and what was measured last; shown at `/metrics`.
#[derive(Debug, Default)]
pub struct Counts {
    /// Signals accepted, which are on disk.
    pub signals_received: std::sync::atomic::AtomicU64,
    /// Those of the accepted ones that said that it is over.
    pub signals_resolved: std::sync::atomic::AtomicU64,
    /// Signals refused as malformed.
    pub signals_invalid: std::sync::atomic::AtomicU64,
    /// Attempts that a provider accepted.
    pub attempts_sent: std::sync::atomic::AtomicU64,
    /// Attempts that came to anything else.
    pub attempts_failed: std::sync::atomic::AtomicU64,
    /// The same by integration.
    pub told: Told,
    /// What the engine does besides answering.
    pub upkeep: Upkeep,
    /// How requests were answered.
    pub requests: Requests,
    /// Commits of the engine.
    pub commits: std::sync::atomic::AtomicU64,
    /// How late the engine looked at what was due, in milliseconds, at its last look.
    pub late_ms: std::sync::atomic::AtomicU64,
}

impl Counts {
    /// Counts what was done in one turn of the engine, which took so long.
    pub fn note(&self, tally: &Tally, took: SignedDuration) {
        self.upkeep.note(tally, took);
        for kind in &tally.given_up {
            self.told.note_given_up(kind);
        }
    }
}

impl App {
    /// Returns the plan in force at this moment.
    pub fn in_force(&self) -> Arc<InForce> {
        self.plan.borrow().clone()
    }

    /// Returns everything that stands now. Not to be kept: while it is, the engine waits.
    pub fn standing(&self) -> RwLockReadGuard<'_, Standing> {
        self.standing.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads from the database on a thread that may block.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Error> {
        let readers = Arc::clone(&self.readers);
        let task = tokio::task::spawn_blocking(move || readers.read(work));
        Ok(task.await.map_err(Error::internal)??)
    }

    /// Returns a new unguessable text of 128 random bits.
    pub fn secret(&self) -> String {
        self.with_ids(Ids::secret)
    }

    /// Makes ids.
    pub fn with_ids<T>(&self, make: impl FnOnce(&mut Ids) -> T) -> T {
        make(&mut self.ids.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
