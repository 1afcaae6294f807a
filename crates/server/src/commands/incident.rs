//! `stentor incident`: the coordinated response.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use serde_json::json;

use super::{Session, body, instant, part, text, word};
use crate::cli::{Limit, Remote};
use crate::client::Answer;
use crate::output::{self, Column};

/// `stentor incident`.
#[derive(Args, Debug)]
pub(crate) struct Incident {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List incidents
    #[command(after_help = "\
Examples:
  stentor incident list
  stentor incident list --open")]
    List {
        /// Only those at which people are still at work
        #[arg(long)]
        open: bool,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show an incident and its timeline
    #[command(after_help = "\
Examples:
  stentor incident show 7
  stentor incident show INC-7 --output json")]
    Show(Which),
    /// Declare an incident
    #[command(after_help = "\
Examples:
  stentor incident declare 'Checkout API outage' --severity sev1 --service checkout
  stentor incident declare 'Slow search' --severity sev3 --started-at 2025-06-02T10:04Z
  stentor incident declare --page page_01j9zk3v5c8m2q4r6s8t0v2w4x")]
    Declare(Declare),
    /// Write down an observation
    #[command(after_help = "\
Examples:
  stentor incident note 7 'The pool of the orders database is at its limit'
  stentor incident note 7 'Support sees the first calls' --at 2025-06-02T10:07Z")]
    Note(Entry),
    /// Write down a decision
    #[command(after_help = "\
Examples:
  stentor incident decision 7 'We raise the limit now and look for the leak later'")]
    Decision(Entry),
    /// Write down something done to a system
    #[command(after_help = "\
Examples:
  stentor incident action 7 'Raised max_connections from 100 to 300'")]
    Action(Entry),
    /// Say how far the response is
    #[command(after_help = "\
Examples:
  stentor incident state 7 identified
  stentor incident state 7 resolved --at 2025-06-02T10:55Z")]
    State {
        #[command(flatten)]
        which: Which,
        /// How far
        #[arg(value_enum)]
        state: State,
        /// When that was so, as in 2025-06-02T10:04Z [default: now]
        #[arg(long, value_name = "TIME", value_parser = instant)]
        at: Option<Timestamp>,
    },
    /// Say how bad it is
    #[command(after_help = "\
Examples:
  stentor incident severity 7 sev2")]
    Severity {
        #[command(flatten)]
        which: Which,
        /// In any word that the plan knows: sev1, critical, P1
        #[arg(value_name = "SEVERITY")]
        severity: String,
    },
    /// Take a role, or hand it over
    #[command(after_help = "\
Examples:
  stentor incident role 7 commander bob
  stentor incident role 7 scribe alice")]
    Role {
        #[command(flatten)]
        which: Which,
        /// Which role
        #[arg(value_enum)]
        role: Role,
        /// The person's key in the plan
        #[arg(value_name = "PERSON")]
        person: String,
    },
}

#[derive(Args, Debug)]
pub(super) struct Which {
    /// The incident: 7, INC-7 or its id
    #[arg(value_name = "INC")]
    pub(super) incident: String,
}

#[derive(Args, Debug)]
struct Declare {
    /// What it is, in one line [default: the page's title]
    #[arg(value_name = "TITLE", required_unless_present = "page")]
    title: Option<String>,
    /// How bad it is, in any word that the plan knows: sev1, critical, P1 [default: the page's]
    #[arg(long, value_name = "SEVERITY", required_unless_present = "page")]
    severity: Option<String>,
    /// The service that it is about [default: the page's]
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// The page that it is declared for
    #[arg(long, value_name = "PAGE")]
    page: Option<String>,
    /// When the harm began, as in 2025-06-02T10:04Z [default: when the page's did, or now]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    started_at: Option<Timestamp>,
}

#[derive(Args, Debug)]
struct Entry {
    #[command(flatten)]
    which: Which,
    /// The words
    #[arg(value_name = "TEXT")]
    text: String,
    /// When it happened, as in 2025-06-02T10:04Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
    Closed,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Role {
    Commander,
    Scribe,
    Responder,
    Communications,
    Support,
}

const LIST: &[Column] = &[
    ("INCIDENT", "/name"),
    ("STATE", "/state"),
    ("SEVERITY", "/severity"),
    ("DECLARED", "/declared_at"),
    ("TITLE", "/title"),
];

const FIELDS: &[Column] = &[
    ("Incident", "/name"),
    ("Id", "/id"),
    ("Title", "/title"),
    ("State", "/state"),
    ("Severity", "/severity"),
    ("Service", "/service"),
    ("Began", "/started_at"),
    ("Declared", "/declared_at"),
    ("  by", "/declared_by"),
    ("Resolved", "/resolved_at"),
    ("Roles", "/roles"),
    ("Address", "/url"),
];

const TABLES: &[super::Table] = &[
    ("/pages", &[("PAGE", "/id"), ("STATE", "/state"), ("TITLE", "/title")]),
    ("/timeline", &[("HAPPENED", "/happened_at"), ("BY", "/by"), ("WHAT", "/text")]),
];

/// Runs `stentor incident`.
pub(crate) async fn run(args: Incident) -> anyhow::Result<ExitCode> {
    let session = Session::new(&args.remote)?;
    match args.what {
        What::List { open, limit } => {
            let query = [("open", open.then(|| "true".to_owned()))];
            session.list("/api/v1/incidents", limit, &query, LIST).await
        }
        What::Show(which) => session.show(&path(&which, ""), FIELDS, TABLES).await,
        What::Declare(declare) => {
            let body = body([
                ("title", declare.title.map(|title| json!(title))),
                ("severity", declare.severity.map(|word| json!(word))),
                ("service", declare.service.map(|key| json!(key))),
                ("page", declare.page.map(|id| json!(id))),
                ("started_at", declare.started_at.map(|at| json!(at))),
            ]);
            session.post("/api/v1/incidents", &body, |answer| named("Declared", answer)).await
        }
        What::Note(entry) => write(&session, "note", entry).await,
        What::Decision(entry) => write(&session, "decision", entry).await,
        What::Action(entry) => write(&session, "action", entry).await,
        What::State { which, state, at } => {
            let state = word(state);
            let body =
                body([("state", Some(json!(state))), ("happened_at", at.map(|at| json!(at)))]);
            session
                .post(&path(&which, "/state"), &body, |_| format!("The incident is {state}."))
                .await
        }
        What::Severity { which, severity } => {
            let body = json!({ "severity": severity });
            let said = |answer: &Answer| {
                let rank = output::cell(answer.json.pointer("/severity"));
                format!("The incident is {rank}.")
            };
            session.post(&path(&which, "/severity"), &body, said).await
        }
        What::Role { which, role, person } => {
            let role = word(role);
            let body = json!({ "role": role, "to": person });
            session.post(&path(&which, "/roles"), &body, |_| format!("{person} is {role}.")).await
        }
    }
}

async fn write(session: &Session, kind: &str, entry: Entry) -> anyhow::Result<ExitCode> {
    let body = body([
        ("kind", Some(json!(kind))),
        ("text", Some(json!(entry.text))),
        ("happened_at", entry.at.map(|at| json!(at))),
    ]);
    let said = |_: &Answer| format!("The {kind} is on the timeline.");
    session.post(&path(&entry.which, "/timeline"), &body, said).await
}

fn named(verb: &str, answer: &Answer) -> String {
    format!("{verb}: {}", text(&answer.json, "/name"))
}

/// Returns the address of an incident, or of something below it.
pub(super) fn path(which: &Which, rest: &str) -> String {
    format!("/api/v1/incidents/{}{rest}", part(which.incident.trim()))
}
