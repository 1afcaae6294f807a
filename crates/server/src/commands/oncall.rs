//! `stentor oncall`: who is on call, and the shifts to come.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{Session, instant};
use crate::cli::{Limit, Remote};
use crate::output::Column;

/// `stentor oncall`.
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  stentor oncall
  stentor oncall --at 2026-12-24T18:00+01:00
  stentor oncall shifts payments-primary"
)]
pub(crate) struct Oncall {
    /// At this instant, as in 2025-06-02T10:04Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    at: Option<Timestamp>,
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the shifts of a schedule
    #[command(after_help = "\
Examples:
  stentor oncall shifts payments-primary
  stentor oncall shifts payments-primary --from 2026-12-24T00:00Z --until 2027-01-02T00:00Z")]
    Shifts {
        /// The schedule's key in the plan
        #[arg(value_name = "SCHEDULE")]
        schedule: String,
        /// From here on [default: now]
        #[arg(long, value_name = "TIME", value_parser = instant)]
        from: Option<Timestamp>,
        /// Until here [default: 28 days later]
        #[arg(long, value_name = "TIME", value_parser = instant)]
        until: Option<Timestamp>,
        #[command(flatten)]
        limit: Limit,
    },
}

const NOW: &[Column] = &[
    ("SCHEDULE", "/schedule"),
    ("ON CALL", "/now/name"),
    ("UNTIL", "/now/until"),
    ("THEN", "/next/name"),
];

const SHIFTS: &[Column] = &[("FROM", "/from"), ("UNTIL", "/until"), ("ON CALL", "/name")];

/// Runs `stentor oncall`.
pub(crate) async fn run(args: Oncall) -> anyhow::Result<ExitCode> {
    let session = Session::new(&args.remote)?;
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    match args.what {
        None => session.list("/api/v1/oncall", Limit::MAX, &[("at", time(args.at))], NOW).await,
        Some(What::Shifts { schedule, from, until, limit }) => {
            let query =
                [("schedule", Some(schedule)), ("from", time(from)), ("until", time(until))];
            session.list("/api/v1/oncall/shifts", limit, &query, SHIFTS).await
        }
    }
}
