//! Couriers: each carries one job to the outside world and its outcome back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use stentor_domain::delivery::Outcome;
use stentor_engine::{Input, Job, Room};
use stentor_integrations::outbound::Step;
use stentor_web::app::Counts;
use stentor_web::desk::Desk;
use tokio::runtime::Handle;

use crate::clock;
use crate::transport::Transport;

/// So many messages are on their way at once.
const COURIERS_MAX: usize = 128;

/// Of these, so many are kept for people.
const FOR_PEOPLE: usize = 32;

/// An outcome is reported again after this pause when the engine has no room, and this often.
const REPORT_AGAIN: Duration = Duration::from_millis(200);
const REPORTS_MAX: u32 = 250;

/// An attempt takes no longer, all its requests together: it ends before its lease does.
const ATTEMPT_MAX: Duration = Duration::from_secs(50);

/// Sends jobs.
#[derive(Clone, Debug)]
pub(crate) struct Courier {
    transport: Transport,
    desk: Desk,
    counts: Arc<Counts>,
    runtime: Handle,
    out: Arc<AtomicUsize>,
    /// Whether nothing new is sent any more, because the server ends.
    stops: Arc<AtomicBool>,
}

/// One message on its way; it makes room when it is dropped, however that comes about.
struct Out(Arc<AtomicUsize>);

impl Drop for Out {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Courier {
    pub(crate) fn new(
        transport: Transport,
        desk: Desk,
        counts: Arc<Counts>,
        runtime: Handle,
    ) -> Self {
        let (out, stops) = (Arc::default(), Arc::default());
        Self { transport, desk, counts, runtime, out, stops }
    }

    /// Returns how many more jobs can be sent now.
    pub(crate) fn room(&self) -> Room {
        let out = self.out.load(Ordering::Acquire);
        match self.stops.load(Ordering::Acquire) {
            true => Room::of(0),
            false => Room {
                all: COURIERS_MAX.saturating_sub(out),
                receivers: (COURIERS_MAX - FOR_PEOPLE).saturating_sub(out),
            },
        }
    }

    /// From now on there is no room: what is on its way comes back, and nothing new leaves.
    pub(crate) fn stop(&self) {
        self.stops.store(true, Ordering::Release);
    }

    /// Tells whether a job can be sent now, whosever it is.
    pub(crate) fn has_room(&self) -> bool {
        self.room().receivers > 0
    }

    /// Tells whether no job is on its way.
    pub(crate) fn is_idle(&self) -> bool {
        self.out.load(Ordering::Acquire) == 0
    }

    /// Sends a job; its outcome comes back to the engine as an input.
    pub(crate) fn send(&self, job: Job) {
        self.out.fetch_add(1, Ordering::AcqRel);
        let out = Out(Arc::clone(&self.out));
        let this = self.clone();
        self.runtime.spawn(async move {
            this.carry(job).await;
            drop(out);
        });
    }

    /// Makes one attempt: sends what the channel asks for, until it says what came of it.
    async fn attempt(&self, job: &Job) -> Outcome {
        let mut answers = Vec::new();
        let all = async {
            loop {
                match job.next(&answers) {
                    Step::Send(request) => answers.push(self.transport.send(request).await),
                    Step::Done(outcome) => return outcome,
                }
            }
        };
        match tokio::time::timeout(ATTEMPT_MAX, all).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let why = format!("not done within {} s", ATTEMPT_MAX.as_secs());
                Outcome::Retry { after: None, why }
            }
        }
    }

    async fn carry(&self, job: Job) {
        let began = clock::now();
        let job = Arc::new(job);
        let (this, its) = (self.clone(), Arc::clone(&job));
        let outcome = or_panicked(async move { this.attempt(&its).await }).await;
        let took = clock::now().duration_since(began).as_secs_f64();
        self.note(&job, &outcome, took);
        let (delivery, attempt) = (job.delivery, job.attempt);
        let input = Input::Outcome { delivery, attempt, outcome };
        // An outcome that cannot be reported is not lost: the lease ends, and the message is sent again.
        for _ in 0..REPORTS_MAX {
            match self.desk.decide(input.clone()).await {
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(delivery.id = %delivery, "the outcome cannot be recorded yet: {error}");
                }
            }
            clock::pause(REPORT_AGAIN).await;
        }
    }

    /// Counts and logs what came of an attempt that took so many seconds.
    fn note(&self, job: &Job, outcome: &Outcome, took: f64) {
        let Job { delivery, attempt, kind, .. } = job;
        self.counts.told.note(kind, *attempt, outcome, took);
        match outcome {
            Outcome::Sent { .. } => {
                self.counts.attempts_sent.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(delivery.id = %delivery, attempt, channel = kind, to = job.to(), "delivery attempt sent");
            }
            Outcome::Retry { why, .. } | Outcome::Refused { why } => {
                self.counts.attempts_failed.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(delivery.id = %delivery, attempt, channel = kind, to = job.to(), "delivery attempt failed: {why}");
            }
        }
    }
}

/// Waits for an attempt; one that panics is refused, so that another way is taken and its place is free again.
async fn or_panicked(attempt: impl Future<Output = Outcome> + Send + 'static) -> Outcome {
    tokio::spawn(attempt).await.unwrap_or_else(|error| {
        tracing::error!("an attempt to send broke off: {error}");
        Outcome::Refused { why: "sending it broke off inside Stentor; the log says where".into() }
    })
}

#[cfg(test)]
mod tests {
    use super::{Outcome, or_panicked};

    #[tokio::test]
    async fn an_attempt_that_panics_is_refused_and_the_next_way_is_taken() {
        let outcome = or_panicked(async { panic!("a channel's bug") }).await;
        assert!(matches!(outcome, Outcome::Refused { .. }));
        let outcome = or_panicked(async { Outcome::sent("ok") }).await;
        assert!(matches!(outcome, Outcome::Sent { .. }));
    }
}
