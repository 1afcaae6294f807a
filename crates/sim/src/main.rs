//! `stentor-sim`: lives as many random worlds as asked for, prints a line for each that broke a promise,
//! and keeps it in `seeds.txt`.

use std::fs;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use anyhow::Context as _;
use clap::Parser;
use stentor_sim::{Broken, Outcome, kept_seeds, simulate};

/// Simulates Stentor: a seed is a plan, a storm of alerts, and what goes wrong.
#[derive(Parser)]
struct Cli {
    /// How many seeds to live.
    #[arg(long, default_value_t = 300)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Only this seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Prints the whole history.
    #[arg(long)]
    verbose: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    let (first, count) = cli.seed.map_or((cli.first, cli.seeds), |seed| (seed, 1));
    let mut out = std::io::stdout().lock();
    let (mut lived, mut broken) = (0u64, 0u64);
    let mut sums = [0usize; 3];
    let (send, outcomes) = mpsc::channel::<Outcome>();
    let next = AtomicU64::new(first);
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..threads {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed - first >= count || send.send(simulate(seed, cli.verbose)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        for outcome in outcomes {
            lived += 1;
            write!(out, "{}", outcome.transcript)?;
            let counts = [outcome.requests, outcome.entries, outcome.crashes];
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            if let Some(why) = outcome.broken {
                broken += 1;
                writeln!(out, "{why}")?;
                keep(&why)?;
            }
        }
        Ok(())
    })?;
    let [requests, entries, crashes] = sums;
    writeln!(
        out,
        "{lived} seeds, {broken} broken; {requests} requests, {entries} entries, {crashes} crashes"
    )?;
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Adds a seed to those that every test run lives again, unless it is among them.
fn keep(broken: &Broken) -> anyhow::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds.txt");
    let known =
        kept_seeds(&fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?);
    if !known.contains(&broken.seed) {
        let mut file = fs::OpenOptions::new().append(true).open(path)?;
        writeln!(file, "{:<4} broke \"{}\"", broken.seed, broken.promise)?;
    }
    Ok(())
}
