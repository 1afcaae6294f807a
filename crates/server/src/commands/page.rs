//! `stentor page`: who is asked to act, and the answers.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::{Session, body, part, text, word};
use crate::cli::{Limit, Remote};
use crate::client::Answer;
use crate::output::Column;

/// `stentor page`.
#[derive(Args, Debug)]
pub(crate) struct Page {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List pages
    #[command(after_help = "\
Examples:
  stentor page list
  stentor page list --open
  stentor page list --state triggered")]
    List {
        /// Only those that are not resolved
        #[arg(long)]
        open: bool,
        /// Only those in this state
        #[arg(long, value_enum)]
        state: Option<State>,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show one page: what it is about and who was asked
    #[command(after_help = "\
Examples:
  stentor page show page_01j9zk3v5c8m2q4r6s8t0v2w4x")]
    Show {
        /// The page's id
        #[arg(value_name = "PAGE")]
        id: String,
    },
    /// Acknowledge a page: you are on it, and nobody else is asked
    #[command(after_help = "\
Examples:
  stentor page ack page_01j9zk3v5c8m2q4r6s8t0v2w4x")]
    Ack {
        /// The page's id
        #[arg(value_name = "PAGE")]
        id: String,
    },
    /// Resolve a page: what it is about is over
    #[command(after_help = "\
Examples:
  stentor page resolve page_01j9zk3v5c8m2q4r6s8t0v2w4x")]
    Resolve {
        /// The page's id
        #[arg(value_name = "PAGE")]
        id: String,
    },
    /// Ask people to act, without an alert
    #[command(after_help = "\
Examples:
  stentor page create 'Orders are missing since noon' --policy payments
  stentor page create 'Checkout is down' --policy payments --severity sev1 --service checkout \\
    --details 'Support has 40 calls waiting'")]
    Create(Create),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    Triggered,
    Acknowledged,
    Resolved,
}

#[derive(Args, Debug)]
struct Create {
    /// What it is about, in one line
    #[arg(value_name = "TITLE")]
    title: String,
    /// The escalation policy that says who is asked [default: the service's]
    #[arg(long, value_name = "POLICY", required_unless_present = "service")]
    policy: Option<String>,
    /// How bad it is, in any word that the plan knows: sev1, critical, P1 [default: the plan's]
    #[arg(long, value_name = "SEVERITY")]
    severity: Option<String>,
    /// The service that it is about
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// What else is known
    #[arg(long, value_name = "TEXT")]
    details: Option<String>,
}

const LIST: &[Column] = &[
    ("STATE", "/state"),
    ("SEVERITY", "/severity"),
    ("TRIGGERED", "/triggered_at"),
    ("PAGE", "/id"),
    ("TITLE", "/title"),
];

const FIELDS: &[Column] = &[
    ("Page", "/id"),
    ("Title", "/title"),
    ("State", "/state"),
    ("Severity", "/severity"),
    ("Service", "/service"),
    ("Began", "/started_at"),
    ("Triggered", "/triggered_at"),
    ("Acknowledged", "/acknowledged/at"),
    ("  by", "/acknowledged/by"),
    ("Resolved", "/resolved/at"),
    ("  by", "/resolved/by"),
    ("Firing", "/firing"),
    ("Summary", "/summary"),
    ("Runbook", "/runbook"),
    ("Policy", "/policy"),
    ("Next asked", "/next_step/people"),
    ("  at", "/next_step/at"),
    ("Incident", "/incident_name"),
    ("Address", "/url"),
];

const TABLES: &[super::Table] = &[
    ("/asked", &[("ASKED", "/at"), ("WHO", "/name"), ("WHY", "/why")]),
    (
        "/deliveries",
        &[
            ("DELIVERY", "/state"),
            ("TO", "/to"),
            ("CHANNEL", "/channel"),
            ("ATTEMPTS", "/attempt_count"),
            ("DETAIL", "/detail"),
        ],
    ),
    ("/timeline", &[("HAPPENED", "/happened_at"), ("BY", "/by"), ("WHAT", "/text")]),
];

/// Runs `stentor page`.
pub(crate) async fn run(args: Page) -> anyhow::Result<ExitCode> {
    let session = Session::new(&args.remote)?;
    match args.what {
        What::List { open, state, limit } => {
            let query = [("open", open.then(|| "true".to_owned())), ("state", state.map(word))];
            session.list("/api/v1/pages", limit, &query, LIST).await
        }
        What::Show { id } => session.show(&path(&id, ""), FIELDS, TABLES).await,
        What::Ack { id } => answer(&session, &id, "acknowledge", "Acknowledged").await,
        What::Resolve { id } => answer(&session, &id, "resolve", "Resolved").await,
        What::Create(create) => {
            let body = body([
                ("title", Some(json!(create.title))),
                ("policy", create.policy.map(|key| json!(key))),
                ("severity", create.severity.map(|word| json!(word))),
                ("service", create.service.map(|key| json!(key))),
                ("details", create.details.map(|text| json!(text))),
            ]);
            let said = |answer: &Answer| format!("Paged: {}", text(&answer.json, "/id"));
            session.post("/api/v1/pages", &body, said).await
        }
    }
}

async fn answer(session: &Session, id: &str, verb: &str, said: &str) -> anyhow::Result<ExitCode> {
    let sentence = |answer: &Answer| format!("{said}: {}", text(&answer.json, "/title"));
    session.post(&path(id, &format!("/{verb}")), &json!({}), sentence).await
}

fn path(id: &str, rest: &str) -> String {
    format!("/api/v1/pages/{}{rest}", part(id))
}
