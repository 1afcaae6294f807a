//! Couriers: each carries one job to the outside world and its outcome back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use stentor_domain::delivery::Outcome;
use stentor_engine::{Input, Job};
use stentor_integrations::outbound::Step;
use stentor_web::app::Counts;
use stentor_web::desk::Desk;
use tokio::runtime::Handle;

use crate::clock;
use crate::transport::Transport;

/// So many messages are on their way at once.
const COURIERS_MAX: usize = 64;

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
}

impl Courier {
    pub(crate) fn new(
        transport: Transport,
        desk: Desk,
        counts: Arc<Counts>,
        runtime: Handle,
    ) -> Self {
        Self { transport, desk, counts, runtime, out: Arc::default() }
    }

    /// Returns how many more jobs can be sent now.
    pub(crate) fn room(&self) -> usize {
        COURIERS_MAX.saturating_sub(self.out.load(Ordering::Acquire))
    }

    /// Tells whether any job can be sent now.
    pub(crate) fn has_room(&self) -> bool {
        self.room() > 0
    }

    /// Tells whether no job is on its way.
    pub(crate) fn is_idle(&self) -> bool {
        self.out.load(Ordering::Acquire) == 0
    }

    /// Sends a job; its outcome comes back to the engine as an input.
    pub(crate) fn send(&self, job: Job) {
        self.out.fetch_add(1, Ordering::AcqRel);
        let this = self.clone();
        self.runtime.spawn(async move {
            this.carry(job).await;
            this.out.fetch_sub(1, Ordering::AcqRel);
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
        let outcome = self.attempt(&job).await;
        let took = clock::now().duration_since(began).as_secs_f64();
        let Job { delivery, attempt, kind, .. } = job;
        self.counts.told.note(&kind, attempt, &outcome, took);
        let (counter, word) = match &outcome {
            Outcome::Sent { .. } => (&self.counts.attempts_sent, "sent"),
            Outcome::Retry { .. } | Outcome::Refused { .. } => {
                (&self.counts.attempts_failed, "failed")
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
        tracing::info!(delivery.id = %delivery, attempt, channel = kind, "delivery attempt {word}");
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
}
