//! The way to the engine: a bounded queue that one thread works off.

use std::fmt;
use std::sync::mpsc::{SyncSender, TrySendError};

use jiff::Timestamp;
use stentor_engine::{Answer, Input};
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;
use tokio::sync::oneshot;

use crate::error::Error;

/// Something that the engine's thread is asked.
pub enum Ask {
    /// To decide; answered after the commit.
    Decide(Input, oneshot::Sender<Result<Answer, StoreError>>),
    /// To save a plain record, which needs no decision.
    Record(Box<dyn FnOnce(&mut Db, Timestamp) + Send>),
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decide(input, _) => f.debug_tuple("Decide").field(input).finish(),
            Self::Record(_) => f.write_str("Record"),
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
        let (sender, answer) = oneshot::channel();
        let work = move |db: &mut Db, now| {
            let result = db.transaction(|db| work(db, now));
            // Nobody waits any more: the work is done all the same.
            let _ = sender.send(result);
        };
        self.send(Ask::Record(Box::new(work)))?;
        Ok(answer.await.map_err(|_| Error::stopping())??)
    }

    fn send(&self, ask: Ask) -> Result<(), Error> {
        self.0.try_send(ask).map_err(|error| match error {
            TrySendError::Full(_) => Error::busy("more requests wait than can be decided"),
            TrySendError::Disconnected(_) => Error::stopping(),
        })
    }
}
