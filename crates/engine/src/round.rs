//! A round of the loop: what was asked, what is due and what has to be sent, in one transaction.

use jiff::{SignedDuration, Timestamp};
use stentor_domain::delivery::{About, Delivery};
use stentor_store::error::Error;

use crate::isolate::a_row_is_to_blame;
use crate::lease::{Job, Room, kind};
use crate::step::{Answer, Input};
use crate::work::Work;
use crate::{Engine, due};

/// So many due rows of a kind are decided beside what somebody asks and waits for.
const DUE_BESIDE_MAX: i64 = 32;

/// So many groups, which cost the most: alerts come in first.
const GROUPS_BESIDE_MAX: i64 = 8;

/// Whoever asked asks again within so much time, when there is much to ask: a round in between is kept short, too.
const ASKED_AGAIN_WITHIN: SignedDuration = SignedDuration::from_millis(50);

/// What came of a round.
#[derive(Debug)]
pub struct Round {
    /// The answers, in the order asked.
    pub answers: Vec<Result<Answer, Error>>,
    /// When the engine next has to be asked, as [`Engine::next_due`] says it; or why nothing could be decided that was
    /// due.
    pub next: Result<Option<Timestamp>, Error>,
}

impl Engine {
    /// Asks [`Engine::step`], [`Engine::due`] and [`Engine::lease`] at once: what follows from an input waits for one
    /// write to the disk, and not for three.
    ///
    /// As many attempts are leased as there is room for; `send` is given each as soon as it has to be made. A group's
    /// message leaves while the disk is still writing: a crash in between may have it sent twice, as one before its
    /// outcome may. What a person answers leaves when it can be answered. After a round that failed, nothing leaves early
    /// until one that sends something is committed: a full disk does not repeat a message again and again.
    ///
    /// When the whole fails, each of the three is asked by itself, unless the database is away or full.
    pub fn round(
        &mut self,
        inputs: &[Input],
        room: Room,
        now: Timestamp,
        send: &mut dyn FnMut(Job),
    ) -> Round {
        if inputs.iter().any(|it| !matches!(it, Input::Outcome { .. })) {
            self.asked_at = now;
        }
        let more_may_come = now.duration_since(self.asked_at).abs() <= ASKED_AGAIN_WITHIN;
        let (max, groups_max) = match more_may_come {
            true => (DUE_BESIDE_MAX, GROUPS_BESIDE_MAX),
            false => (due::DUE_MAX, due::DUE_MAX),
        };
        let early = self.trusts_the_disk;
        let decide = |work: &mut Work<'_>| {
            let answers = inputs.iter().map(|input| work.on_input(input, now));
            let answers = answers.collect::<Result<Vec<_>, Error>>()?;
            work.due(max, groups_max, now)?;
            let mut begun = work.begin_attempts(now, room)?;
            work.follow(now)?;
            work.save()?;
            let sends = !begun.is_empty();
            if early {
                begun = begun.into_iter().filter_map(|it| leave(work, it, now, send)).collect();
            }
            // What is next is looked up before the commit: each look of its own would lock the file anew.
            Ok((answers, begun, sends, work.next_due()?))
        };
        match self.forget_history(now).and_then(|()| self.transaction(now, decide)) {
            Ok((answers, begun, sends, next)) => {
                self.trusts_the_disk |= sends;
                let answers = answers.into_iter().map(Ok).collect();
                // One that is refused at once may make something else due.
                let next = match self.hand_out(begun, now, send) {
                    Ok(0) => Ok(next.into_iter().chain([self.forget_at]).min()),
                    Ok(_) => self.next_due(),
                    Err(error) => Err(error),
                };
                Round { answers, next }
            }
            Err(error) => {
                self.trusts_the_disk = false;
                match a_row_is_to_blame(error) {
                    Ok(_) => self.one_by_one(inputs, room, now, send),
                    // Whoever asked hears of it at once, and not after as many attempts as there are inputs.
                    Err(error) => {
                        let answers = inputs.iter().map(|_| Err(error.away())).collect();
                        Round { answers, next: Err(error) }
                    }
                }
            }
        }
    }

    fn one_by_one(
        &mut self,
        inputs: &[Input],
        room: Room,
        now: Timestamp,
        send: &mut dyn FnMut(Job),
    ) -> Round {
        let answers = if inputs.is_empty() { vec![] } else { self.step(inputs, now) };
        let sent = self.due(now).and_then(|_| self.lease_to(room, now, send));
        Round { answers, next: sent.and_then(|_| self.next_due()) }
    }
}

/// Sends what need not wait for the commit, and returns what has to.
fn leave(
    work: &Work<'_>,
    begun: Delivery,
    now: Timestamp,
    send: &mut dyn FnMut(Job),
) -> Option<Delivery> {
    match kind(work.plan, &begun.about) {
        Ok(kind) if matches!(begun.about, About::Receiver { .. }) => {
            send(Job::new(begun, kind, work.plan, now));
            None
        }
        Ok(_) | Err(_) => Some(begun),
    }
}
