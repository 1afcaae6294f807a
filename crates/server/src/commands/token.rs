//! `stentor token`: secrets that let programs use the API.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use serde_json::json;

use super::{Session, body, instant, part, text, word};
use crate::cli::{Limit, Remote};
use crate::output::{self, Column, Format};

/// `stentor token`.
#[derive(Args, Debug)]
pub(crate) struct Token {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List tokens; their secrets are stored nowhere
    #[command(after_help = "\
Examples:
  stentor token list")]
    List {
        #[command(flatten)]
        limit: Limit,
    },
    /// Create a token and print its secret, once
    #[command(after_help = "\
Examples:
  stentor token create prometheus --scope ingest
  stentor token create ci --scope read --scope respond --expires-at 2027-01-01T00:00Z > token

On the standard output stands the secret alone.")]
    Create {
        /// What it is for
        #[arg(value_name = "NAME")]
        name: String,
        /// What it may do; may be repeated
        #[arg(long = "scope", value_enum, required = true)]
        scopes: Vec<Scope>,
        /// When it ends by itself, as in 2027-01-01T00:00Z [default: never]
        #[arg(long, value_name = "TIME", value_parser = instant)]
        expires_at: Option<Timestamp>,
    },
    /// Revoke a token: it stops working at once
    #[command(after_help = "\
Examples:
  stentor token revoke tok_01j9zk3v5c8m2q4r6s8t0v2w4x")]
    Revoke {
        /// The token's id
        #[arg(value_name = "TOKEN")]
        id: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Scope {
    /// See everything
    Read,
    /// Answer pages and work on incidents
    Respond,
    /// Deliver signals
    Ingest,
    /// Everything, accounts and tokens too
    Admin,
}

const LIST: &[Column] = &[
    ("TOKEN", "/id"),
    ("NAME", "/name"),
    ("SCOPES", "/scopes"),
    ("CREATED", "/created_at"),
    ("USED", "/used_at"),
    ("EXPIRES", "/expires_at"),
    ("REVOKED", "/revoked_at"),
];

/// Runs `stentor token`.
pub(crate) async fn run(args: Token) -> anyhow::Result<ExitCode> {
    let session = Session::new(&args.remote)?;
    match args.what {
        What::List { limit } => session.list("/api/v1/tokens", limit, &[], LIST).await,
        What::Create { name, scopes, expires_at } => {
            let words: Vec<String> = scopes.into_iter().map(word).collect();
            let body = body([
                ("name", Some(json!(name))),
                ("scopes", Some(json!(words))),
                ("expires_at", expires_at.map(|at| json!(at))),
            ]);
            let answer = session.client.post("/api/v1/tokens", &body).await?;
            output::done(session.format, &answer, text(&answer.json, "/secret"));
            if session.format == Format::Table {
                output::note("This is the only time that the secret is shown.");
            }
            Ok(ExitCode::SUCCESS)
        }
        What::Revoke { id } => {
            let answer = session.client.delete(&format!("/api/v1/tokens/{}", part(&id))).await?;
            output::done(session.format, &answer, "Revoked.");
            Ok(ExitCode::SUCCESS)
        }
    }
}
