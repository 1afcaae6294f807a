//! `stentor silence`: made, looked at, extended and ended.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};
use stentor_domain::matchers::{Matcher, Op};

use super::{Session, body, instant, length, matcher, matchers, part, text, word, zone};
use crate::cli::{Limit, Remote};
use crate::client::Failure;
use crate::output::{self, Column, Format};

/// `stentor silence`.
#[derive(Args, Debug)]
pub(crate) struct Silence {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Silence alerts: nobody is told of those that all matchers fit
    #[command(after_help = "\
Examples:
  stentor silence add alertname=HighCPUUsage instance=server01 --duration 1h --comment 'new kernel'
  stentor silence add HighCPUUsage 'instance=~server0.' --duration 2h
  stentor silence add alertname=Backup --duration 1h --every day --zone Europe/Berlin

A first word without an operator is the alertname. `duration=1h`, `comment=…` and `author=…` are taken as the options \
of that name, unless a firing alert has such a label.")]
    Add(Add),
    /// List silences
    #[command(after_help = "\
Examples:
  stentor silence list
  stentor silence list --state active --filter alertname=DiskFull")]
    List {
        /// Only those in this state
        #[arg(long, value_enum)]
        state: Option<State>,
        /// Only those of which this matcher fits the matchers; may be repeated
        #[arg(long = "filter", value_name = "MATCHER", value_parser = matcher)]
        filters: Vec<String>,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show one silence with its log
    #[command(after_help = "\
Examples:
  stentor silence show 12bc781c-6c2c-4baa-91d0-24f2644a4c6b")]
    Show {
        /// The silence's id
        #[arg(value_name = "SILENCE")]
        id: String,
    },
    /// Let a silence last longer, or until another time
    #[command(after_help = "\
Examples:
  stentor silence extend 12bc781c-6c2c-4baa-91d0-24f2644a4c6b --duration 1h
  stentor silence extend 12bc781c-6c2c-4baa-91d0-24f2644a4c6b --until 2027-01-01T10:00Z")]
    Extend {
        /// The silence's id
        #[arg(value_name = "SILENCE")]
        id: String,
        #[command(flatten)]
        longer: Longer,
    },
    /// End silences now
    #[command(after_help = "\
Examples:
  stentor silence expire 12bc781c-6c2c-4baa-91d0-24f2644a4c6b")]
    Expire {
        /// Ids of silences
        #[arg(value_name = "SILENCE", required = true)]
        ids: Vec<String>,
    },
    /// Add a comment to the log of a silence
    #[command(after_help = "\
Examples:
  stentor silence comment 12bc781c-6c2c-4baa-91d0-24f2644a4c6b 'the disk comes tomorrow'")]
    Comment {
        /// The silence's id
        #[arg(value_name = "SILENCE")]
        id: String,
        /// What there is to say
        #[arg(value_name = "TEXT")]
        text: String,
    },
}

/// How much longer, or until when.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
struct Longer {
    /// How much longer than its end, or than now if it is over
    #[arg(long, short, value_name = "DURATION", value_parser = length)]
    duration: Option<String>,
    /// Until when
    #[arg(long, value_name = "TIME", value_parser = instant)]
    until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    Active,
    Pending,
    Expired,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Every {
    Day,
    Week,
}

/// A silence as it is typed.
#[derive(Args, Clone, Debug)]
struct Add {
    /// What it hits, as in alertname=DiskFull or 'instance=~web.*': all must hold
    #[arg(value_name = "MATCHER", required = true)]
    words: Vec<String>,
    /// How long, as in 30m, 2h or 1d [default: 1h]
    #[arg(long, short, value_name = "DURATION", value_parser = length, conflicts_with = "until")]
    duration: Option<String>,
    /// Until when, instead
    #[arg(long, value_name = "TIME", value_parser = instant)]
    until: Option<Timestamp>,
    /// From when [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    starts_at: Option<Timestamp>,
    /// Why
    #[arg(long, short, value_name = "TEXT")]
    comment: Option<String>,
    /// Who asks [default: whom the token stands for]
    #[arg(long, short, value_name = "NAME")]
    author: Option<String>,
    /// End it as soon as nothing fires that it hits
    #[arg(long)]
    until_resolved: bool,
    /// Let it come again
    #[arg(long, value_enum, requires = "zone")]
    every: Option<Every>,
    /// The zone whose wall clock is meant when it comes again, as in Europe/Berlin
    #[arg(long, value_name = "ZONE", value_parser = zone, requires = "every")]
    zone: Option<String>,
}

/// How long a silence lasts when nobody says it, as amtool has it.
const DURATION: &str = "1h";

/// So many of the alerts that are hit are shown.
const HITS_SHOWN: usize = 10;

const LIST: &[Column] = &[
    ("STATE", "/state"),
    ("ENDS", "/ends_at"),
    ("SILENCE", "/id"),
    ("BY", "/created_by"),
    ("COMMENT", "/comment"),
    ("MATCHERS", "/matchers"),
];

const FIELDS: &[Column] = &[
    ("Silence", "/id"),
    ("State", "/state"),
    ("Matchers", "/matchers"),
    ("Starts", "/starts_at"),
    ("Ends", "/ends_at"),
    ("Until resolved", "/until_resolved"),
    ("Repeats", "/repeats"),
    ("By", "/created_by"),
    ("Comment", "/comment"),
    ("Hits now", "/hits"),
];

const TABLES: &[super::Table] =
    &[("/log", &[("AT", "/at"), ("BY", "/by"), ("WHAT", "/what"), ("TEXT", "/text")])];

/// Runs `stentor silence`.
pub(crate) async fn run(args: Silence) -> anyhow::Result<ExitCode> {
    let session = Session::new(&args.remote)?;
    match args.what {
        What::Add(silence) => add(&session, silence).await,
        What::List { state, filters, limit } => {
            let mut query = vec![("state", state.map(word))];
            query.extend(filters.into_iter().map(|matcher| ("filter", Some(matcher))));
            session.list("/api/v1/silences", limit, &query, LIST).await
        }
        What::Show { id } => session.show(&path(&id, ""), FIELDS, TABLES).await,
        What::Extend { id, longer: Longer { duration, until } } => {
            let body = body([
                ("duration", duration.map(Value::from)),
                ("ends_at", until.map(|at| json!(at.to_string()))),
            ]);
            let sentence = |answer: &crate::client::Answer| {
                let until = output::cell(answer.json.pointer("/ends_at"));
                let new = text(&answer.json, "/id");
                match new == id {
                    true => format!("{id} lasts until {until}."),
                    false => format!("{id} was over; {new} begins now and lasts until {until}."),
                }
            };
            session.post(&path(&id, "/extend"), &body, sentence).await
        }
        What::Expire { ids } => {
            for id in &ids {
                session
                    .post(&path(id, "/expire"), &json!({}), |_| format!("{id} is over."))
                    .await?;
            }
            Ok(ExitCode::SUCCESS)
        }
        What::Comment { id, text } => {
            let body = json!({ "text": text });
            session.post(&path(&id, "/comments"), &body, |_| "Written down.".to_owned()).await
        }
    }
}

fn path(id: &str, what: &str) -> String {
    format!("/api/v1/silences/{}{what}", part(id))
}

async fn add(session: &Session, mut add: Add) -> anyhow::Result<ExitCode> {
    let mut matchers = matchers(&add.words)?;
    take_options(session, &mut add, &mut matchers).await?;
    if matchers.is_empty() {
        let why = "no matcher is left: say which alerts, as in alertname=DiskFull";
        return Err(Failure::Usage(why.to_owned()).into());
    }
    let matchers: Vec<String> = matchers.iter().map(ToString::to_string).collect();
    let hit = session
        .client
        .post("/api/v1/silences/preview", &json!({ "matchers": matchers }))
        .await?
        .json;
    say_hits(&hit);
    let comment = match add.comment {
        Some(comment) => Some(comment),
        None => ask_comment()?,
    };
    let duration = match (&add.duration, add.until) {
        (None, None) => Some(DURATION.to_owned()),
        (duration, _) => duration.clone(),
    };
    let repeats = add.every.map(|every| json!({ "every": word(every), "zone": add.zone }));
    let body = body([
        ("matchers", Some(json!(matchers))),
        ("starts_at", add.starts_at.map(|at| json!(at.to_string()))),
        ("ends_at", add.until.map(|at| json!(at.to_string()))),
        ("duration", duration.map(Value::from)),
        ("comment", comment.map(Value::from)),
        ("created_by", add.author.map(Value::from)),
        ("until_resolved", add.until_resolved.then_some(json!(true))),
        ("repeats", repeats),
    ]);
    let answer = session.client.post("/api/v1/silences", &body).await?;
    match session.format {
        // The id stands alone on the standard output, as amtool has it.
        Format::Table => {
            output::print(&format!("{}\n", output::clean(text(&answer.json, "/id"))));
            let until = output::cell(answer.json.pointer("/ends_at"));
            output::note(&format!("Silenced until {until}."));
        }
        Format::Json => output::json(&answer),
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes what was typed as a matcher and meant as an option, unless a firing alert has a label of that name.
async fn take_options(
    session: &Session,
    add: &mut Add,
    matchers: &mut Vec<Matcher>,
) -> anyhow::Result<()> {
    for name in ["duration", "comment", "author"] {
        let is_option = |it: &Matcher| it.name == name && it.op == Op::Equals;
        let Some(at) = matchers.iter().position(is_option) else { continue };
        let taken = match name {
            "duration" if add.until.is_none() => &mut add.duration,
            "comment" => &mut add.comment,
            "author" => &mut add.author,
            _ => continue,
        };
        if taken.is_some() || is_label(session, name).await? {
            continue;
        }
        let matcher = matchers.remove(at);
        if name == "duration" {
            length(&matcher.value).map_err(|why| {
                let value = &matcher.value;
                Failure::Usage(format!(
                    "`duration={value}` is taken as --duration: {why}. For a label of that name \
                     write duration=~{value}"
                ))
            })?;
        }
        output::note(&output::clean(&format!(
            "`{name}={value}` is taken as --{name} {value}: no firing alert has a label `{name}`.",
            value = matcher.value
        )));
        *taken = Some(matcher.value);
    }
    Ok(())
}

/// Tells whether a firing alert has a label of this name.
async fn is_label(session: &Session, name: &str) -> anyhow::Result<bool> {
    let preview = json!({ "matchers": [format!("{name}!=\"\"")] });
    let answer = session.client.post("/api/v1/silences/preview", &preview).await?;
    Ok(hits(&answer.json) > 0)
}

fn hits(preview: &Value) -> u64 {
    preview.pointer("/hits").and_then(Value::as_u64).unwrap_or(0)
}

/// Says what a silence hits, on the standard error.
fn say_hits(preview: &Value) {
    let hits = hits(preview);
    if hits == 0 {
        return output::note("warning: it matches no firing alert now; look at the matchers again");
    }
    let noun = if hits == 1 { "alert" } else { "alerts" };
    output::note(&format!("It hits {hits} firing {noun}:"));
    let alerts = preview.pointer("/alerts").and_then(Value::as_array);
    for alert in alerts.into_iter().flatten().take(HITS_SHOWN) {
        output::note(&format!("  {}", output::cell(alert.pointer("/labels"))));
    }
    if hits > HITS_SHOWN as u64 {
        output::note(&format!("  and {} more", hits - HITS_SHOWN as u64));
    }
}

/// Asks for a comment where somebody can answer; the server has one of its own for silences without.
fn ask_comment() -> anyhow::Result<Option<String>> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(None);
    }
    write!(io::stderr(), "Why? ").context("ask for a comment")?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("read the comment")?;
    let line = line.trim();
    Ok((!line.is_empty()).then(|| line.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_matchers_and_a_bare_first_one_the_alertname() {
        let read = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|it| (*it).to_owned()).collect();
            matchers(&words)
                .map(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
        };
        for (words, expected) in [
            (&["DiskFull", "node=1"][..], r#"alertname="DiskFull",node="1""#),
            (&["node=1", "zone!=eu"], r#"node="1",zone!="eu""#),
            (&["{a=\"1\",b=~\"x|y\"}"], r#"a="1",b=~"x|y""#),
            (&["duration=1h"], r#"duration="1h""#),
        ] {
            assert_eq!(read(words).unwrap(), expected);
        }
        for words in [&["a=1", "bare"][..], &["a=~("]] {
            assert!(read(words).is_err(), "{words:?}");
        }
    }
}
