//! Connections for pages and lists, which never go through the engine's own.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::db::Db;
use crate::error::Error;

/// How long a reader waits for a free connection before it is told `Busy`.
const WAIT: Duration = Duration::from_secs(5);

/// A pool of read-only connections, opened when first needed; shared by any number of threads.
///
/// It blocks, so it is called from a plain thread or inside `tokio::task::spawn_blocking`.
#[derive(Debug)]
pub struct Readers {
    url: String,
    connections_max: usize,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Db>,
    /// Connections lent out and idle.
    open: usize,
}

impl Readers {
    /// A pool of at most `connections_max` connections to `url`; opens none yet.
    #[must_use]
    pub fn new(url: &str, connections_max: usize) -> Readers {
        Readers {
            url: url.to_owned(),
            connections_max: connections_max.max(1),
            state: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// Lends a connection to `work`.
    ///
    /// Errors: `Busy` when all are lent out for five seconds, those of [`Db::open_reader`], and
    /// those of `work`.
    pub fn read<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut loan = self.lend()?;
        let db = match &mut loan.db {
            Some(db) => db,
            empty => empty.insert(Db::open_reader(&self.url)?),
        };
        work(db)
    }

    fn lend(&self) -> Result<Loan<'_>, Error> {
        let full = |state: &mut State| state.idle.is_empty() && state.open >= self.connections_max;
        let (mut state, waited) = self
            .returned
            .wait_timeout_while(self.lock(), WAIT, full)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(Error::Busy { why: "all connections for reading are in use".to_owned() });
        }
        let db = state.idle.pop();
        if db.is_none() {
            state.open += 1;
        }
        Ok(Loan { readers: self, db })
    }

    /// Nothing panics while it holds the lock, so a poisoned one is as good as new.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the pool; given back when dropped, also after a failure or a panic.
struct Loan<'a> {
    readers: &'a Readers,
    db: Option<Db>,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        // A snapshot left open would keep the write-ahead log from being folded in.
        let db = self.db.take().and_then(|mut db| db.rollback().is_ok().then_some(db));
        let mut state = self.readers.lock();
        match db {
            Some(db) => state.idle.push(db),
            None => state.open -= 1,
        }
        self.readers.returned.notify_one();
    }
}
