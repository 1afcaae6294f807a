//! The way to the engine: a bounded queue that one thread works off.

use std::fmt;
use std::sync::mpsc::{SyncSender, TrySendError};

use jiff::Timestamp;
use stentor_engine::{Answer, Engine, Input};
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;
use tokio::sync::oneshot;

use crate::error::Error;

/// Something that the engine's thread is asked.
pub enum Ask {
    /// To decide; answered after the commit.
    Decide(Input, oneshot::Sender<Result<Answer, StoreError>>),
    /// To do something with the engine between two steps: save a plain record, put a plan in force.
    Call(Call),
}

/// What is done with the engine between two steps.
pub type Call = Box<dyn FnOnce(&mut Engine, Timestamp) + Send>;

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decide(input, _) => f.debug_tuple("Decide").field(input).finish(),
            Self::Call(_) => f.write_str("Call"),
        }
    }
}

/// Where requests hand in what they want.
#[derive(Clone, Debug)]
pub struct Desk(SyncSender<Ask>);

impl Desk {
    /// Wraps the queue's end.
    pub fn new(queue: SyncSender<Ask>) -> Self {
        Self(queue)
    }

    /// Asks for a decision and waits until it is on disk.
    ///
    /// Fails with 503 and `Retry-After` when the queue is full, the disk is full or the database is away: nothing is
    /// stored then. A refusal by a noun is an answer, not a failure.
    pub async fn decide(&self, input: Input) -> Result<Answer, Error> {
        let (sender, answer) = oneshot::channel();
        self.send(Ask::Decide(input, sender))?;
        Ok(answer.await.map_err(|_| Error::stopping())??)
    }

    /// Saves plain records in one transaction and waits until it is on disk.
    pub async fn record<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db, Timestamp) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Error> {
        self.call(move |engine, now| engine.db().transaction(|db| work(db, now))).await
    }

    /// Does something with the engine between two steps, and waits for it.
    pub async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Engine, Timestamp) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, answer) = oneshot::channel();
        self.send(Ask::Call(Box::new(move |engine, now| {
            // Nobody may wait any more: the work is done all the same.
            let _ = sender.send(work(engine, now));
        })))?;
        Ok(answer.await.map_err(|_| Error::stopping())??)
    }

    fn send(&self, ask: Ask) -> Result<(), Error> {
        self.0.try_send(ask).map_err(|error| match error {
            TrySendError::Full(_) => Error::busy("more requests wait than can be decided"),
            TrySendError::Disconnected(_) => Error::stopping(),
        })
    }
}
