//! One binary from alert to postmortem: the server and its command line.

mod alertmanager;
mod cli;
mod client;
mod clock;
mod commands;
mod courier;
mod first_run;
mod listen;
mod output;
mod plan_folder;
mod plan_source;
mod plan_watch;
mod serve;
mod transport;
mod web_config;

use std::process::ExitCode;

use clap::Parser as _;

/// Threads hand alerts to each other all day: with the system's allocator a tenth of the time goes into that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli::Cli { command } = cli::Cli::parse_from(alertmanager::words::read(std::env::args_os()));
    let runtime = tokio::runtime::Runtime::new().expect("a process can start threads");
    runtime.block_on(commands::run(command))
}
