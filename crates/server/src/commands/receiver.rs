//! `stentor receiver`: tried out before an alert needs it.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::{Session, pair, part, text};
use crate::cli::Remote;
use crate::client::Failure;
use crate::clock;
use crate::output::{self, Column, Format};

/// `stentor receiver`.
#[derive(Args, Debug)]
pub(crate) struct Receiver {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Send a made-up alert to each integration of a receiver, and say what came of it
    #[command(after_help = "\
Examples:
  stentor receiver test team-checkout
  stentor receiver test team-checkout --label alertname=DiskFull --label severity=critical

Each is tried once, and no group knows of it. Exit code 1 when one did not arrive.")]
    Test {
        /// The receiver's name in alertmanager.yml
        #[arg(value_name = "NAME")]
        name: String,
        /// A label of the alert, instead of our own; may be repeated
        #[arg(long = "label", value_name = "LABEL=VALUE", value_parser = pair)]
        labels: Vec<(String, String)>,
    },
}

/// An outcome is waited for this long.
const WITHIN: std::time::Duration = std::time::Duration::from_secs(30);

/// It is looked for this often.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(250);

const OUTCOMES: &[Column] =
    &[("CHANNEL", "/channel"), ("STATE", "/state"), ("DELIVERY", "/id"), ("DETAIL", "/detail")];

/// Runs `stentor receiver`.
pub(crate) async fn run(args: Receiver) -> anyhow::Result<ExitCode> {
    let session = Session::new(&args.remote)?;
    let What::Test { name, labels } = args.what;
    let body = match labels.is_empty() {
        true => json!({}),
        false => {
            let labels: Map<String, Value> =
                labels.into_iter().map(|(name, value)| (name, json!(value))).collect();
            json!({ "labels": labels })
        }
    };
    let path = format!("/api/v1/receivers/{}/test", part(&name));
    let answer = session.client.post(&path, &body).await?.json;
    let ids = answer.pointer("/deliveries").and_then(Value::as_array).cloned().unwrap_or_default();
    if ids.is_empty() {
        let why = format!("the receiver `{name}` has no integration: it tells nobody");
        return Err(Failure::Refused(why).into());
    }
    let mut outcomes = vec![];
    for id in ids.iter().filter_map(Value::as_str) {
        outcomes.push(outcome(&session, id).await?);
    }
    let arrived = outcomes.iter().all(|it| text(it, "/state") == "sent");
    match session.format {
        Format::Json => output::value(&Value::Array(outcomes)),
        Format::Table => {
            output::print(&output::table(OUTCOMES, &outcomes, output::Style::of_stdout()));
        }
    }
    Ok(if arrived { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns a delivery once something came of it, or as it stands when that takes too long.
async fn outcome(session: &Session, id: &str) -> anyhow::Result<Value> {
    let path = format!("/api/v1/deliveries/{}", part(id));
    let rounds = WITHIN.as_millis() / LOOK_EVERY.as_millis();
    for _ in 0..rounds {
        let found = session.client.get(&path, &[]).await?.json;
        if !matches!(text(&found, "/state"), "queued" | "sending") {
            return Ok(found);
        }
        clock::pause(LOOK_EVERY).await;
    }
    Ok(session.client.get(&path, &[]).await?.json)
}
