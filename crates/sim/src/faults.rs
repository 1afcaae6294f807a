//! What can go wrong in a simulated world. Each seed enables a random part of it, so that rare meetings of few
//! faults are seen as often as a general breakdown.

use crate::rng::Rng;

/// The faults of one world, each as a chance in percent unless it says otherwise; 0 = never.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    /// Of a crash at one question to the engine, in tenths of a percent.
    pub(crate) crash: usize,
    /// That a provider answers 500.
    pub(crate) errors: usize,
    /// That a provider answers 429 with `Retry-After`.
    pub(crate) rate_limits: usize,
    /// That a provider refuses for good.
    pub(crate) refusals: usize,
    /// That a provider takes seconds to answer.
    pub(crate) slowness: usize,
    /// That a message arrives and the transport times out.
    pub(crate) timeouts: usize,
    /// That a message arrives and nothing is ever heard of it.
    pub(crate) lost_answers: usize,
    /// That an endpoint is down, in any minute; for up to an hour.
    pub(crate) outages: usize,
    /// How often the machine sleeps, or its clock jumps, by up to an hour.
    pub(crate) sleeps: usize,
    /// How often another plan is put in force.
    pub(crate) reloads: usize,
    /// That a sender falls silent instead of telling of a resolve.
    pub(crate) silence: usize,
    /// That a person does not answer.
    pub(crate) sleepers: usize,
    /// That an alert flaps within seconds, told in one request.
    pub(crate) flapping: usize,
    /// How many alerts there are beyond the usual.
    pub(crate) storm: usize,
}

impl Faults {
    /// Draws which faults a world has; every eighth has none.
    pub(crate) fn swarm(rng: &mut Rng) -> Self {
        let calm = rng.percent(12);
        let mut some = |chance: usize, most: usize| {
            let on = rng.percent(chance);
            let level = rng.between(1, most);
            if on && !calm { level } else { 0 }
        };
        Self {
            crash: some(50, 16),
            errors: some(40, 50),
            rate_limits: some(30, 30),
            refusals: some(30, 30),
            slowness: some(40, 50),
            timeouts: some(30, 30),
            lost_answers: some(30, 25),
            outages: some(30, 3),
            sleeps: some(25, 2),
            reloads: some(30, 4),
            silence: some(30, 40),
            sleepers: some(50, 80),
            flapping: some(40, 50),
            storm: some(25, 9),
        }
    }

    /// Tells whether nothing disturbs the way from a decision to a provider.
    pub(crate) fn undisturbed(&self) -> bool {
        let Self { crash, lost_answers, outages, sleeps, reloads, .. } = self;
        let Self { errors, rate_limits, refusals, slowness, timeouts, .. } = self;
        let on = [crash, lost_answers, outages, sleeps, reloads, errors, rate_limits];
        let more = [refusals, slowness, timeouts];
        on.into_iter().chain(more).all(|chance| *chance == 0)
    }
}
