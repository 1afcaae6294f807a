//! `stentor alert`: what fires, and signals sent by hand.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Session, alert_why, instant, matcher, pair, part, word};
use crate::cli::{Limit, Remote};
use crate::clock;
use crate::output::{self, Column};

/// `stentor alert`.
#[derive(Args, Debug)]
pub(crate) struct Alert {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List alerts
    #[command(after_help = "\
Examples:
  stentor alert list
  stentor alert list --state firing --output json
  stentor alert list --filter job=checkout --filter 'severity=~critical|page'")]
    List {
        /// Only those in this state
        #[arg(long, value_enum)]
        state: Option<State>,
        /// Only those that this matcher fits; may be repeated
        #[arg(long = "filter", value_name = "MATCHER", value_parser = matcher)]
        filters: Vec<String>,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show one alert, and where it goes
    #[command(after_help = "\
Examples:
  stentor alert show 5d1f0a1b2c3d4e5f")]
    Show {
        /// The alert's fingerprint
        #[arg(value_name = "FINGERPRINT")]
        fingerprint: String,
    },
    /// Explain why somebody was told of an alert, or was not
    #[command(after_help = "\
Examples:
  stentor alert why 5d1f0a1b2c3d4e5f
  stentor alert why DiskFull instance=db-1
  stentor alert why team=checkout --output json

Of each alert: the way through the routing tree, its group, what silences, inhibits or mutes it, and what each \
integration was last told and hears next.")]
    Why {
        /// A fingerprint, or matchers; a first word without an operator is the alertname
        #[arg(value_name = "FINGERPRINT|MATCHER", required = true)]
        words: Vec<String>,
    },
    /// Show what fired and has ended; of one alert also what was sent about it
    #[command(after_help = "\
Examples:
  stentor alert history
  stentor alert history DiskFull instance=~db-.*
  stentor alert history 5d1f0a1b2c3d4e5f")]
    History {
        /// A fingerprint, or matchers; a first word without an operator is the alertname
        #[arg(value_name = "FINGERPRINT|MATCHER")]
        words: Vec<String>,
        #[command(flatten)]
        limit: Limit,
    },
    /// Send a signal: an alert with these labels fires, or has resolved
    #[command(after_help = "\
Examples:
  stentor alert send alertname=DiskFull severity=critical instance=db-1 \\
    --annotation summary='The disk of db-1 is full'
  stentor alert send alertname=DiskFull severity=critical instance=db-1 --resolve

The labels are the alert's identity: the same labels are the same alert. The signal goes to POST \
/api/v2/alerts, as from Prometheus; an alert without an end resolves when the plan's resolve_timeout has passed.")]
    Send(Signal),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    Firing,
    Resolved,
}

/// A signal as it is typed.
#[derive(Args, Clone, Debug)]
struct Signal {
    /// The labels, alertname among them
    #[arg(value_name = "LABEL=VALUE", required = true, value_parser = pair)]
    labels: Vec<(String, String)>,
    /// What people should know, such as summary, description or runbook_url
    #[arg(long = "annotation", short = 'a', value_name = "NAME=TEXT", value_parser = pair)]
    annotations: Vec<(String, String)>,
    /// When it began [default: now, or as is known]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    starts_at: Option<Timestamp>,
    /// When it ends, or ended
    #[arg(long, value_name = "TIME", value_parser = instant, conflicts_with = "resolve")]
    ends_at: Option<Timestamp>,
    /// It is over
    #[arg(long)]
    resolve: bool,
    /// Address of what found it
    #[arg(long, value_name = "URL")]
    generator_url: Option<String>,
}

const LIST: &[Column] = &[
    ("STATE", "/state"),
    ("SINCE", "/starts_at"),
    ("FINGERPRINT", "/fingerprint"),
    ("LABELS", "/labels"),
];

const FIELDS: &[Column] = &[
    ("Fingerprint", "/fingerprint"),
    ("State", "/state"),
    ("Started", "/starts_at"),
    ("Ends", "/ends_at"),
    ("Updated", "/updated_at"),
    ("Labels", "/labels"),
    ("Annotations", "/annotations"),
    ("Source", "/generator_url"),
    ("Service", "/service"),
];

const TABLES: &[super::Table] = &[(
    "/routes",
    &[("RECEIVER", "/receiver"), ("POLICY", "/policy"), ("PAGE", "/page"), ("WHY", "/why")],
)];

/// Runs `stentor alert`.
pub(crate) async fn run(args: Alert) -> anyhow::Result<ExitCode> {
    let session = Session::new(&args.remote)?;
    match args.what {
        What::List { state, filters, limit } => {
            let mut query = vec![("state", state.map(word))];
            query.extend(filters.into_iter().map(|matcher| ("filter", Some(matcher))));
            session.list("/api/v1/alerts", limit, &query, LIST).await
        }
        What::Show { fingerprint } => {
            session.show(&format!("/api/v1/alerts/{}", part(&fingerprint)), FIELDS, TABLES).await
        }
        What::Why { words } => alert_why::why(&session, &words).await,
        What::History { words, limit } => alert_why::history(&session, &words, limit).await,
        What::Send(signal) => send(&session, signal).await,
    }
}

async fn send(session: &Session, signal: Signal) -> anyhow::Result<ExitCode> {
    let sentence = match signal.resolve {
        true => "Accepted: the alert is over.",
        false => "Accepted: the alert fires.",
    };
    let ends_at = if signal.resolve { Some(clock::now()) } else { signal.ends_at };
    let alert = wire(signal, ends_at);
    let answer = session.client.post("/api/v2/alerts", &json!([alert])).await?;
    // Alertmanager's answer is empty; what was sent is what there is to show.
    match session.format {
        output::Format::Json => output::value(&alert),
        output::Format::Table => output::done(session.format, &answer, sentence),
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the alert as Alertmanager's API takes it.
fn wire(signal: Signal, ends_at: Option<Timestamp>) -> Value {
    let object = |pairs: Vec<(String, String)>| {
        Value::Object(pairs.into_iter().map(|(key, value)| (key, json!(value))).collect())
    };
    let mut alert = Map::new();
    alert.insert("labels".into(), object(signal.labels));
    alert.insert("annotations".into(), object(signal.annotations));
    let more = [
        ("startsAt", signal.starts_at.map(|at| at.to_string())),
        ("endsAt", ends_at.map(|at| at.to_string())),
        ("generatorURL", signal.generator_url),
    ];
    alert.extend(more.into_iter().filter_map(|(key, value)| Some((key.into(), json!(value?)))));
    Value::Object(alert)
}
