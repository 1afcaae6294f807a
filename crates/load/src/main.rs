//! `stentor-load`: a load generator and sink for servers that speak the Alertmanager API v2.
//!
//! Each command prints lines of `key=value` pairs that `cargo xtask bench` reads. Given `--pid`, it
//! also prints the processor time and the memory that the server used meanwhile.
#![expect(clippy::print_stdout, reason = "the lines of figures are the product of this program")]
#![expect(clippy::disallowed_methods, reason = "a load generator measures time and paces itself")]

mod client;
mod e2e;
mod get;
mod ingest;
mod quantile;
mod sample;
mod silence;
mod sink;
#[cfg(test)]
mod tests;
mod usage;

use clap::{Parser, Subcommand};

/// Load generator and sink for servers that speak the Alertmanager API v2.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Ingest(ingest::Args),
    Get(get::Args),
    E2e(e2e::Args),
    Silence(silence::Args),
    Sink(sink::Args),
}

#[tokio::main(worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Ingest(args) => ingest::run(args).await,
        Command::Get(args) => get::run(args).await,
        Command::E2e(args) => e2e::run(args).await,
        Command::Silence(args) => silence::run(args).await,
        Command::Sink(args) => sink::run(args).await,
    }
}
