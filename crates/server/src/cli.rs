//! The command line: what can be typed, and the help for it.
//!
//! Each noun's own words stand beside what they do, in `commands/<noun>.rs`; here is what they share.
//! `docs/reference/cli.md` is generated from these types.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::alertmanager::flags::Flags;
use crate::alertmanager::words;
use crate::commands::{
    alert, demo, import, incident, oncall, page, plan, postmortem, receiver, silence, token,
};
use crate::output::Format;

/// One binary from alert to postmortem: it takes the alerts of your monitoring, wakes the right person, runs the
/// response with them and keeps what was learned.
#[derive(Debug, Parser)]
#[command(name = "stentor", version, max_term_width = 100, after_help = EXIT_CODES)]
#[command(propagate_version = false, disable_help_subcommand = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How the program ends; every command keeps to it.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused or failed: the plan has errors, the page is resolved already
  2  wrong usage
  3  there is no such thing
  4  not allowed: the token is missing, wrong or has too few scopes
  5  the server cannot be reached

The other commands ask the server at STENTOR_URL with the API token in STENTOR_TOKEN.
NO_COLOR=1 turns colours off.";

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    Serve(Serve),
    /// Run in the place of Alertmanager, with its flags and its configuration file
    Alertmanager(Box<Flags>),
    /// Take over what a stopped Alertmanager has remembered
    Import(import::Import),
    /// Check a plan, or show the one in force
    Plan(plan::Plan),
    /// List, explain and send alerts
    Alert(alert::Alert),
    /// Silence alerts, and look after silences
    Silence(silence::Silence),
    /// Try out receivers
    Receiver(receiver::Receiver),
    /// List, answer and create pages
    Page(page::Page),
    /// Declare incidents and work on them
    Incident(incident::Incident),
    /// Show who is on call
    Oncall(oncall::Oncall),
    /// Read and write postmortems
    Postmortem(postmortem::Postmortem),
    /// List, create and revoke API tokens
    Token(token::Token),
    /// Play an outage through the API, so that every page has something to show
    Demo(demo::Demo),
    /// Print the release
    Version(Version),
    /// Print the completions for a shell
    Completions(Completions),
}

/// `stentor serve`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  stentor serve
  stentor serve --plan /etc/stentor/plan --data /var/lib/stentor --listen 0.0.0.0:9093
  stentor serve --database-url postgres://stentor@db.example.com/stentor")]
pub(crate) struct Serve {
    /// Folder with the plan: stentor.yml, alertmanager.yml and what they refer to
    #[arg(long, value_name = "DIR", default_value = "./plan")]
    #[arg(env = "STENTOR_PLAN", hide_env_values = true)]
    pub(crate) plan: PathBuf,
    /// Folder for what the server keeps; made if it does not exist
    #[arg(long, value_name = "DIR", default_value = "./data")]
    #[arg(env = "STENTOR_DATA", hide_env_values = true)]
    pub(crate) data: PathBuf,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:9093")]
    #[arg(env = "STENTOR_LISTEN", hide_env_values = true)]
    pub(crate) listen: SocketAddr,
    /// PostgreSQL to keep everything in, postgres://…; without it, SQLite in the data folder
    #[arg(long, value_name = "URL")]
    #[arg(env = "STENTOR_DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// Address that links in messages start with; the plan's external_url wins
    #[arg(long, value_name = "URL")]
    #[arg(env = "STENTOR_EXTERNAL_URL", hide_env_values = true)]
    pub(crate) external_url: Option<String>,
    /// File to write an admin API token to at the first start, for automation
    #[arg(long, value_name = "FILE")]
    #[arg(env = "STENTOR_BOOTSTRAP_TOKEN", hide_env_values = true)]
    pub(crate) bootstrap_token: Option<PathBuf>,
    /// File with certificates and users, in the format of Prometheus' exporters
    #[arg(long, value_name = "FILE")]
    #[arg(env = "STENTOR_WEB_CONFIG", hide_env_values = true)]
    pub(crate) web_config: Option<PathBuf>,
    /// Path below which everything is served, for example /stentor
    #[arg(long, value_name = "PATH")]
    #[arg(env = "STENTOR_ROUTE_PREFIX", hide_env_values = true)]
    pub(crate) route_prefix: Option<String>,
    /// How long ended firings, and what was sent about them, are kept; pages and incidents are kept for good
    #[arg(long, value_name = "DURATION", default_value = "90d", value_parser = words::duration)]
    #[arg(env = "STENTOR_HISTORY_RETENTION", hide_env_values = true)]
    pub(crate) history_retention: Duration,
    /// How log lines are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    #[arg(env = "STENTOR_LOG_FORMAT", hide_env_values = true)]
    pub(crate) log_format: LogFormat,
    /// What is logged: error, warn, info, debug or trace; also per module, as in info,stentor_web=debug
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    #[arg(env = "STENTOR_LOG_LEVEL", hide_env_values = true)]
    pub(crate) log_level: String,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// Which server to ask, as whom, and how to show its answer.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Server and output")]
pub(crate) struct Remote {
    /// Address of the server
    #[arg(long, global = true, value_name = "URL", default_value = "http://127.0.0.1:9093")]
    #[arg(env = "STENTOR_URL", hide_env_values = true)]
    pub(crate) url: String,
    /// File with the API token; without it, the token itself in STENTOR_TOKEN
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    // Hidden: what stands on a command line is seen by everybody on the machine.
    #[arg(long, global = true, hide = true, env = "STENTOR_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// File with the certificates of your own authority, in PEM; without it, the public ones
    #[arg(long, global = true, value_name = "FILE")]
    #[arg(env = "STENTOR_CA_FILE", hide_env_values = true)]
    pub(crate) ca_file: Option<PathBuf>,
    /// Person of the plan, by key, for whom you act; without it, the token's name stands on the timeline
    #[arg(long = "as", global = true, value_name = "PERSON")]
    #[arg(env = "STENTOR_AS", hide_env_values = true)]
    pub(crate) on_behalf_of: Option<String>,
    /// How to print: a table for people, or the server's JSON as it is
    #[arg(long, short, global = true, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

/// How much of a list.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Limit {
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 50)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(LIMIT_MAX)))]
    pub(crate) limit: u32,
}

impl Limit {
    /// As much as the server gives in one answer.
    pub(crate) const MAX: Self = Self { limit: LIMIT_MAX };
}

/// The server gives at most this many things in one answer.
const LIMIT_MAX: u32 = 500;

/// `stentor version`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  stentor version\n  stentor version --output json")]
pub(crate) struct Version {
    /// How to print
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

/// `stentor completions`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  stentor completions bash > /etc/bash_completion.d/stentor
  stentor completions zsh > ~/.zfunc/_stentor
  stentor completions fish > ~/.config/fish/completions/stentor.fish")]
pub(crate) struct Completions {
    /// The shell: bash, zsh or fish
    #[arg(value_name = "SHELL", value_parser = shell, hide_possible_values = true)]
    pub(crate) shell: Shell,
}

/// Reads one of the shells that are tried out.
fn shell(word: &str) -> Result<Shell, String> {
    match word {
        "bash" => Ok(Shell::Bash),
        "zsh" => Ok(Shell::Zsh),
        "fish" => Ok(Shell::Fish),
        other => Err(format!("no completions for `{other}`; there are bash, zsh and fish")),
    }
}

#[cfg(test)]
mod tests;
