//! `stentor demo`: plays an outage through the real API, on a running server or on one of its own.
//!
//! It uses nothing that a team could not use: the alerts go to the address that Prometheus sends to, the rest
//! through the API, and what it shows is what the server made of it.

mod scenes;
mod server;
mod story;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Remote;
use crate::client::{Client, Failure};
use crate::clock;
use crate::output::{self, Format};

use server::Server;
use story::{Outcome, Story};

/// `stentor demo`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  stentor demo
  stentor demo --url http://127.0.0.1:9094 --exit
  stentor demo --url https://stentor.example.com --token-file token

When no server answers at the address, the demo starts one of its own there, with its data in a temporary folder, and \
keeps it until Ctrl-C. On a running server it needs a token with the scopes respond and ingest, and a plan in which a \
route for job=\"checkout\" leads to a receiver with an escalation policy, as examples/plan has it. Whoever is on call there is really paged.")]
pub(crate) struct Demo {
    /// Folder with the plan for a server of its own
    #[arg(long, value_name = "DIR", default_value = "examples/plan")]
    plan: PathBuf,
    /// Stop a server of its own at the end
    #[arg(long)]
    exit: bool,
    /// Do not pause between the steps
    #[arg(long)]
    fast: bool,
    #[command(flatten)]
    remote: Remote,
}

/// The pause between two steps, so that a reader can follow in the browser.
const BEAT: Duration = Duration::from_secs(4);

/// Runs `stentor demo`.
pub(crate) async fn run(args: Demo) -> anyhow::Result<ExitCode> {
    // A server of its own goes with what is dropped here.
    tokio::select! {
        result = perform(&args) => result,
        stopped = stopped() => stopped.map(|()| ExitCode::SUCCESS),
    }
}

async fn perform(args: &Demo) -> anyhow::Result<ExitCode> {
    let tell = Teller { from: clock::now() };
    let client = Client::new(&args.remote)?;
    let base = client.base().to_owned();
    match client.get_text("/-/healthy", "text/plain").await {
        Ok(_) => {
            tell.say(&format!("A server answers at {base}: the outage is played there."));
            play(args, &client, &tell).await?;
        }
        Err(Failure::Unreachable(_)) => {
            tell.say(&format!("No server answers at {base}: starting one."));
            let (mut server, client) = Server::start(client, &args.plan).await?;
            let played = async {
                play(args, &client, &tell).await?;
                if !args.exit {
                    tell.say("To look, make an administrator by the setup link above. The server goes on until Ctrl-C.");
                    std::future::pending::<()>().await;
                }
                Ok(())
            };
            tokio::select! { result = played => result, why = server.ended() => Err(why) }?;
            server.stop().await;
        }
        Err(other) => return Err(other.into()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn play(args: &Demo, client: &Client, tell: &Teller) -> anyhow::Result<()> {
    let beat = if args.fast { Duration::ZERO } else { BEAT };
    let outcome = Story { client, tell, beat }.play().await?;
    show(args.remote.output, &outcome);
    Ok(())
}

/// Waits for Ctrl-C or a polite kill.
async fn stopped() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    Ok(())
}

fn show(format: Format, outcome: &Outcome) {
    let Outcome { page, incident, name } = outcome;
    if format == Format::Json {
        return output::value(&json!({ "page": page, "incident": incident, "name": name }));
    }
    // The server's own addresses: a browser that signed in there is known there and nowhere else.
    let base = incident.split("/incidents/").next().unwrap_or_default();
    let links = [
        ("What needs a person now", format!("{base}/")),
        ("The page", page.clone()),
        ("The incident and its timeline", incident.clone()),
        ("Its postmortem", format!("{incident}/postmortem")),
        ("Alerts", format!("{base}/alerts")),
        ("Who is on call", format!("{base}/oncall")),
        ("The plan in force", format!("{base}/plan")),
    ];
    let lines = links.map(|(title, link)| format!("  {title:<30} {link}\n")).concat();
    output::print(&output::clean_lines(&format!("\n{name} is over. Look at:\n{lines}")));
}

/// Says what happens, with the time since the start.
struct Teller {
    from: Timestamp,
}

impl Teller {
    fn say(&self, text: &str) {
        let seconds = clock::now().duration_since(self.from).as_secs();
        output::note(&format!("[{seconds:>3}s] {}", output::clean(text)));
    }
}
