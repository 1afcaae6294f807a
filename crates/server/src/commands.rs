//! The commands: each noun's words and what they do. All but `serve`, `import`
//! and those of `plan` that read files are clients of the API.

pub(crate) mod alert;
mod alert_why;
pub(crate) mod demo;
pub(crate) mod import;
pub(crate) mod incident;
pub(crate) mod oncall;
pub(crate) mod page;
pub(crate) mod plan;
mod plan_route;
pub(crate) mod postmortem;
pub(crate) mod receiver;
pub(crate) mod silence;
pub(crate) mod token;

use std::process::ExitCode;

use clap::{CommandFactory as _, ValueEnum};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use stentor_domain::matchers::{Matcher, Op, parse};
use stentor_domain::plan as domain_plan;

use crate::cli::{Cli, Command, Completions, Limit, Remote, Version};
use crate::client::{Answer, Client, Failure};
use crate::output::{self, Column, Format};
use crate::{alertmanager, serve};

/// Runs a command and returns the exit code; says on the standard error why it failed.
pub(crate) async fn run(command: Command) -> ExitCode {
    let result = match command {
        Command::Serve(args) => serve::run(args).await,
        Command::Alertmanager(flags) => alertmanager::run(*flags).await,
        Command::Import(args) => import::run(args).await,
        Command::Plan(args) => plan::run(args).await,
        Command::Alert(args) => alert::run(args).await,
        Command::Silence(args) => silence::run(args).await,
        Command::Receiver(args) => receiver::run(args).await,
        Command::Page(args) => page::run(args).await,
        Command::Incident(args) => incident::run(args).await,
        Command::Oncall(args) => oncall::run(args).await,
        Command::Postmortem(args) => postmortem::run(args).await,
        Command::Token(args) => token::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Version(args) => version(&args),
        Command::Completions(args) => completions(&args),
    };
    result.unwrap_or_else(|error| {
        output::note(&format!("error: {}", output::clean(&format!("{error:#}"))));
        exit_code(&error)
    })
}

fn exit_code(error: &anyhow::Error) -> ExitCode {
    error.downcast_ref().map_or(1, Failure::exit_code).into()
}

fn version(args: &Version) -> anyhow::Result<ExitCode> {
    let release = env!("CARGO_PKG_VERSION");
    match args.output {
        Format::Table => output::print(&format!("stentor {release}\n")),
        Format::Json => output::value(&json!({ "version": release })),
    }
    Ok(ExitCode::SUCCESS)
}

fn completions(args: &Completions) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "stentor", &mut script);
    output::print(&String::from_utf8(script)?);
    Ok(ExitCode::SUCCESS)
}

/// Where in an answer a list is, and the columns of its table.
type Table = (&'static str, &'static [Column]);

/// A server and how its answers are shown: what most commands need.
struct Session {
    client: Client,
    format: Format,
}

impl Session {
    fn new(remote: &Remote) -> anyhow::Result<Self> {
        Ok(Self { client: Client::new(remote)?, format: remote.output })
    }

    /// Shows a list; pairs without a value are left out of the query.
    async fn list(
        &self,
        path: &str,
        limit: Limit,
        filters: &[(&str, Option<String>)],
        columns: &[Column],
    ) -> anyhow::Result<ExitCode> {
        let mut query = vec![("limit", Some(limit.limit.to_string()))];
        query.extend_from_slice(filters);
        output::list(self.format, &self.client.get(path, &query).await?, columns);
        Ok(ExitCode::SUCCESS)
    }

    /// Shows one thing: its fields, and below them tables of what it contains.
    async fn show(
        &self,
        path: &str,
        fields: &[Column],
        tables: &[Table],
    ) -> anyhow::Result<ExitCode> {
        let answer = self.client.get(path, &[]).await?;
        output::show(self.format, &answer, fields);
        if self.format == Format::Table {
            for (at, columns) in tables {
                output::below(answer.json.pointer(at), columns);
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Sends `body` and says in a sentence what came of it.
    async fn post(
        &self,
        path: &str,
        body: &Value,
        sentence: impl FnOnce(&Answer) -> String,
    ) -> anyhow::Result<ExitCode> {
        let answer = self.client.post(path, body).await?;
        output::done(self.format, &answer, &sentence(&answer));
        Ok(ExitCode::SUCCESS)
    }
}

/// Makes a JSON object of the pairs that have a value.
fn body<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let given = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(given.collect::<Map<_, _>>())
}

/// Returns the text at `at`, or nothing.
fn text<'a>(json: &'a Value, at: &str) -> &'a str {
    json.pointer(at).and_then(Value::as_str).unwrap_or_default()
}

/// Reads an instant as a person types it: with a zone, as in `2025-06-02T10:04Z` or `2025-06-02 12:04+02:00`.
fn instant(text: &str) -> Result<jiff::Timestamp, String> {
    text.parse().map_err(|_| format!("`{text}` is no instant; write it as in 2025-06-02T10:04Z"))
}

/// Reads `NAME=VALUE` as a person types it.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err(format!("`{text}` is not NAME=VALUE")),
    }
}

/// Reads a length of time as a person types it, as in `30m` or `1h30m`, and keeps it as it is.
fn length(text: &str) -> Result<String, String> {
    domain_plan::duration(text).map(|_| text.to_owned())
}

/// Reads a time zone as a person types it, as in `Europe/Berlin`, and keeps it as it is.
fn zone(text: &str) -> Result<String, String> {
    let found = TimeZone::get(text).map(|_| text.to_owned());
    found.map_err(|_| format!("`{text}` is no time zone; write one as in Europe/Berlin"))
}

/// Reads a matcher as a person types it, and keeps it as it is.
fn matcher(text: &str) -> Result<String, String> {
    parse::matchers(text).map(|_| text.to_owned()).map_err(|why| why.to_string())
}

/// Reads matchers as amtool does: a first word without an operator is the alertname.
fn matchers(words: &[String]) -> anyhow::Result<Vec<Matcher>> {
    let mut found = vec![];
    for (at, typed) in words.iter().enumerate() {
        let bare = !typed.contains(['=', '~', '{', '}', ',']);
        if at == 0 && bare {
            found.push(Matcher::new("alertname", Op::Equals, typed).map_err(Failure::Usage)?);
            continue;
        }
        let read = parse::matchers(typed)
            .map_err(|why| Failure::Usage(format!("`{typed}` is no matcher: {why}")))?;
        found.extend(read.0);
    }
    Ok(found)
}

/// Returns a value as it is typed and sent.
fn word(value: impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

/// Makes one part of a path of a text that a person typed.
fn part(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let escape = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}
