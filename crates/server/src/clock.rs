//! The only place that reads a clock and waits for time.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use stentor_engine::{Engine, Input, Round};
use stentor_store::error::Error as StoreError;
use stentor_web::app::Counts;
use stentor_web::desk::{Ask, Call};
use tokio::sync::{oneshot, watch};

use crate::courier::Courier;

/// One transaction decides at most this many requests.
const BATCH_MAX: usize = 256;

/// The engine looks at the clock at least this often, whatever it was told.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Returns the time in microseconds, the unit in which instants are stored.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// Waits.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Asks `done` until it says so, with `every` between; blocks.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub(crate) fn wait_until<E>(
    every: Duration,
    mut done: impl FnMut() -> Result<bool, E>,
) -> Result<(), E> {
    while !done()? {
        std::thread::sleep(every);
    }
    Ok(())
}

/// The thread that owns the engine: it takes what waits, decides it in one transaction, answers, hands out work,
/// and sleeps until something is due.
#[derive(Debug)]
pub(crate) struct Loop {
    pub(crate) engine: Engine,
    pub(crate) asks: Receiver<Ask>,
    pub(crate) courier: Courier,
    pub(crate) changes: watch::Sender<u64>,
    pub(crate) counts: Arc<Counts>,
}

type Waiting = oneshot::Sender<Result<stentor_engine::Answer, StoreError>>;

impl Loop {
    /// Runs until nobody can ask any more.
    pub(crate) fn run(mut self) {
        let mut next = Some(now());
        let mut failing_since = None;
        loop {
            let asked = match self.asks.recv_timeout(wait(next, self.courier.has_room())) {
                Ok(first) => self.all_that_wait(first),
                Err(RecvTimeoutError::Timeout) => vec![],
                Err(RecvTimeoutError::Disconnected) => return,
            };
            next = match self.round(asked, next) {
                Ok(next) => {
                    failing_since = None;
                    next
                }
                Err(error) => {
                    let since = *failing_since.get_or_insert_with(now);
                    self.note_late(now().duration_since(since));
                    tracing::error!("the engine cannot go on just now: {}", chain(&error));
                    // Asked again after `LOOK_EVERY`: what is due stays due.
                    None
                }
            };
            for put_off in self.engine.take_put_off() {
                let why = chain(&put_off.why);
                if put_off.row.starts_with("Silence") {
                    self.counts.upkeep.note_silence_failed();
                }
                tracing::error!(
                    row = put_off.row,
                    "a row cannot be decided and is put off by a minute: {why}"
                );
            }
            self.changes.send_if_modified(|seen| {
                let changed = *seen != self.engine.changes();
                *seen = self.engine.changes();
                changed
            });
        }
    }

    /// Returns the first request and those that wait behind it.
    fn all_that_wait(&self, first: Ask) -> Vec<Ask> {
        let rest = std::iter::from_fn(|| self.asks.try_recv().ok());
        std::iter::once(first).chain(rest.take(BATCH_MAX - 1)).collect()
    }

    /// Decides what was asked and what is due, answers and hands out work; `next` is when something is due, and what
    /// is returned is when the next thing is.
    fn round(
        &mut self,
        asked: Vec<Ask>,
        next: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let (mut inputs, mut waiting): (Vec<Input>, Vec<Waiting>) = (vec![], vec![]);
        let mut calls: Vec<Call> = vec![];
        for ask in asked {
            match ask {
                Ask::Decide(input, sender) => {
                    inputs.push(input);
                    waiting.push(sender);
                }
                Ask::Call(call) => calls.push(call),
            }
        }
        let at = now();
        let late = next.map_or(SignedDuration::ZERO, |next| at.duration_since(next));
        self.note_late(late.max(SignedDuration::ZERO));
        let round = if inputs.is_empty() && next.is_some_and(|next| next > at) {
            Round { answers: vec![], next: self.engine.next_due() }
        } else {
            self.counts.commits.fetch_add(1, Ordering::Relaxed);
            let mut send = |job| self.courier.send(job);
            let round = self.engine.round(&inputs, self.courier.room(), at, &mut send);
            self.note_done(at);
            round
        };
        for (sender, answer) in waiting.into_iter().zip(round.answers) {
            // Whoever asked may have gone: what was decided is on disk all the same.
            let _ = sender.send(answer);
        }
        let called = !calls.is_empty();
        for call in calls {
            call(&mut self.engine, now());
        }
        let next = round.next?;
        if called { self.engine.next_due() } else { Ok(next) }
    }

    /// Counts what the engine has done since it began.
    fn note_done(&mut self, began: Timestamp) {
        self.counts.note(&self.engine.take_tally(), now().duration_since(began));
    }

    /// Says how late the engine is, or for how long it has not been able to look.
    fn note_late(&self, late: SignedDuration) {
        let late_ms = u64::try_from(late.as_millis()).unwrap_or(0);
        self.counts.late_ms.store(late_ms, Ordering::Relaxed);
    }
}

/// Returns how long to wait for a request. What is due while every courier is out waits for one to come back.
fn wait(next: Option<Timestamp>, room: bool) -> Duration {
    let Some(next) = next else { return LOOK_EVERY };
    let until = Duration::try_from(next.duration_since(now())).unwrap_or(Duration::ZERO);
    match room {
        true => until.min(LOOK_EVERY),
        false => LOOK_EVERY,
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
