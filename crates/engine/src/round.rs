//! A round of the loop: what was asked, what is due and what has to be sent, in one transaction.

use jiff::Timestamp;
use stentor_store::error::Error;

use crate::step::{Answer, Input};
use crate::work::Work;
use crate::{Engine, Job, due};

/// So many due rows of a kind are decided beside what somebody asks and waits for.
const DUE_BESIDE_MAX: i64 = 32;

/// What came of a round.
#[derive(Debug)]
pub struct Round {
    /// The answers, in the order asked.
    pub answers: Vec<Result<Answer, Error>>,
    /// Attempts that have to be made now, or why nothing could be decided that was due.
    pub jobs: Result<Vec<Job>, Error>,
    /// When the engine next has to be asked, as [`Engine::next_due`] says it.
    pub next: Result<Option<Timestamp>, Error>,
}

impl Engine {
    /// Asks [`Engine::step`], [`Engine::due`] and [`Engine::lease`] at once: what follows from an input waits for one
    /// write to the disk, and not for three.
    ///
    /// At most `room` attempts are leased. When the whole fails, each of the three is asked by itself.
    pub fn round(&mut self, inputs: &[Input], room: usize, now: Timestamp) -> Round {
        let max = if inputs.is_empty() { due::DUE_MAX } else { DUE_BESIDE_MAX };
        let leased = i64::try_from(room).unwrap_or(i64::MAX);
        let decide = |work: &mut Work<'_>| {
            let answers = inputs.iter().map(|input| work.on_input(input, now));
            let answers = answers.collect::<Result<Vec<_>, Error>>()?;
            work.due(max, now)?;
            let begun = work.begin_attempts(now, leased)?;
            work.follow(now)?;
            // What is next is looked up before the commit: each look of its own would lock the file anew.
            work.save()?;
            Ok((answers, begun, work.next_due()?))
        };
        match self.forget_history(now).and_then(|()| self.transaction(now, decide)) {
            Ok((answers, begun, next)) => {
                let answers = answers.into_iter().map(Ok).collect();
                let count = begun.len();
                let jobs = self.jobs(begun, now);
                // One that is refused at once may make something else due.
                let next = match &jobs {
                    Ok(jobs) if jobs.len() == count => Ok(next),
                    Ok(_) | Err(_) => self.next_due(),
                };
                let next = next.map(|next| next.into_iter().chain([self.forget_at]).min());
                Round { answers, jobs, next }
            }
            Err(_) => {
                let answers = if inputs.is_empty() { vec![] } else { self.step(inputs, now) };
                let jobs = self.due(now).and_then(|_| self.lease(now, room));
                Round { answers, jobs, next: self.next_due() }
            }
        }
    }
}
