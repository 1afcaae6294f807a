//! Thousands of simulated days of Stentor.
//!
//! The real engine and store run on a real SQLite file; the clock, the senders, the people, the providers and the
//! faults are made of one seed, so a seed is a history. The checker reads only what could be seen from
//! outside: what senders and people were told, what providers received, the timeline, and at the very end whether any
//! row still waits. The same seed gives the same history to the byte.

mod audit;
mod check;
mod disk;
mod faults;
mod history;
mod machine;
mod people;
mod plan;
mod provider;
mod retention;
mod rng;
mod senders;
mod silences;
mod world;

use std::fmt;

use jiff::Timestamp;

use world::World;

/// What a seed came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// A hash over every line of the history: equal for equal seeds.
    pub hash: u64,
    /// How many requests reached a provider, entries the timeline, and crashes the machine.
    pub requests: usize,
    /// Lines of the timeline.
    pub entries: usize,
    /// How often the machine crashed.
    pub crashes: usize,
    /// What is wrong; `None` = every promise was kept.
    pub broken: Option<Broken>,
    /// The history, a line each; empty unless it was asked for.
    pub transcript: String,
}

/// A promise that a seed broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which seed.
    pub seed: u64,
    /// Which promise, in words.
    pub promise: &'static str,
    /// When.
    pub at: Timestamp,
    /// What was seen, in one line.
    pub why: String,
}

/// One line that says what broke and how to see it again.
impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, promise, at, why } = self;
        let at = at.strftime("%Y-%m-%dT%H:%M:%SZ");
        let again = format!("cargo run -p stentor-sim -- --seed {seed}");
        write!(f, "seed {seed} broke \"{promise}\" at {at}: {why}; {again}")
    }
}

/// Lives the world of `seed` to its end and checks it; `verbose` keeps the whole history.
pub fn simulate(seed: u64, verbose: bool) -> Outcome {
    let mut world = match World::new(seed, verbose) {
        Ok(world) => world,
        Err(error) => {
            let (at, why) = (Timestamp::UNIX_EPOCH, format!("{error:#}"));
            return Outcome {
                hash: 0,
                requests: 0,
                entries: 0,
                crashes: 0,
                broken: Some(Broken { seed, promise: "a world begins", at, why }),
                transcript: String::new(),
            };
        }
    };
    let lived = world.run();
    let (at, mut history) = (world.now, world.history);
    let broken = match lived {
        Ok(()) => check::all(&history).map(|(promise, at, why)| Broken { seed, promise, at, why }),
        Err(error) => {
            let why = format!("{error:#}");
            Some(Broken { seed, promise: "the engine always goes on", at, why })
        }
    };
    Outcome {
        hash: history.transcript.hash(),
        requests: history.requests.len(),
        entries: history.entries.len(),
        crashes: history.crashes.len(),
        broken,
        transcript: history.transcript.lines.take().unwrap_or_default(),
    }
}

/// Returns the seeds in the text of `seeds.txt`: each broke a promise once, and is lived again in every test run.
pub fn kept_seeds(text: &str) -> Vec<u64> {
    text.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests;
