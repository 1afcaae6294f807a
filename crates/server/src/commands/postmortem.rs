//! `stentor postmortem`: the review document and its human sections.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};
use stentor_domain::review;

use super::Session;
use super::incident::{Which, path};
use crate::cli::Remote;
use crate::client::{Answer, Client, Failure};
use crate::output;

/// `stentor postmortem`.
#[derive(Args, Debug)]
pub(crate) struct Postmortem {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print the postmortem of an incident in Markdown; --output json gives its sections
    #[command(after_help = "\
Examples:
  stentor postmortem show 7
  stentor postmortem show 7 > postmortem.md")]
    Show(Which),
    /// Write one section; an empty text gives it back to what is generated
    #[command(after_help = "\
Examples:
  stentor postmortem edit 7 --section impact --text '- 30% of users were unable to place orders'
  stentor postmortem edit 7 --section action-items --file items.md
  stentor postmortem edit 7 --section root-cause --file -

Action items are a line each: `- [ ] Auto-scale the database`, or `- [x] …` for one that is done.")]
    Edit(Edit),
}

#[derive(Args, Debug)]
struct Edit {
    #[command(flatten)]
    which: Which,
    /// Which section
    #[arg(long, value_enum)]
    section: Section,
    #[command(flatten)]
    words: Words,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Words {
    /// What it says, in Markdown
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    text: Option<String>,
    /// File with what it says; - is the standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// A section that people write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Section {
    Summary,
    Impact,
    RootCause,
    Resolution,
    ActionItems,
}

impl Section {
    /// Returns the field's name in the API.
    fn field(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Impact => "impact",
            Self::RootCause => "root_cause",
            Self::Resolution => "resolution",
            Self::ActionItems => "action_items",
        }
    }

    /// Returns what is sent for a text that a person wrote.
    fn value(self, text: &str) -> Value {
        match self {
            Self::Summary | Self::Impact | Self::RootCause | Self::Resolution => json!(text),
            Self::ActionItems => review::items_from(text)
                .into_iter()
                .map(|item| json!({ "done": item.done, "text": item.text }))
                .collect(),
        }
    }
}

/// Runs `stentor postmortem`.
pub(crate) async fn run(args: Postmortem) -> anyhow::Result<ExitCode> {
    let session = Session::new(&args.remote)?;
    match args.what {
        What::Show(which) => show(&session, &which).await,
        What::Edit(edit) => {
            let text = read(edit.words)?;
            let path = path(&edit.which, "/postmortem");
            let answer = write(&session.client, &path, &[(edit.section, text)]).await?;
            output::done(session.format, &answer, "The section is written.");
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn show(session: &Session, which: &Which) -> anyhow::Result<ExitCode> {
    let path = path(which, "/postmortem");
    match session.format {
        output::Format::Json => output::json(&session.client.get(&path, &[]).await?),
        output::Format::Table => {
            let markdown = session.client.get_text(&path, "text/markdown").await?;
            output::print(&output::clean_lines(&markdown));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(words: Words) -> anyhow::Result<String> {
    let mut text = words.text.unwrap_or_default();
    if let Some(path) = words.file {
        if path.as_os_str() == "-" {
            std::io::stdin().read_to_string(&mut text).context("read the standard input")?;
        } else {
            text = std::fs::read_to_string(&path).map_err(|error| {
                Failure::Usage(format!("{} cannot be read: {error}", path.display()))
            })?;
        }
    }
    Ok(text)
}

/// Writes sections; the others stay as they are.
pub(super) async fn write(
    client: &Client,
    path: &str,
    sections: &[(Section, String)],
) -> Result<Answer, Failure> {
    let read = client.get(path, &[]).await?.json;
    let written: Map<String, Value> = sections
        .iter()
        .map(|(section, text)| (section.field().to_owned(), section.value(text)))
        .collect();
    client.put(path, &json!({ "version": read.pointer("/version"), "sections": written })).await
}
