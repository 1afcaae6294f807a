//! `stentor import`: takes over what another program has remembered.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;
use stentor_domain::silence::{Deed, LogEntry, Silence};
use stentor_engine::SILENCES_KEPT;
use stentor_integrations::snapshot::{self, Damaged};
use stentor_store::db::Db;
use stentor_store::document::Saved;
use stentor_store::error::Error as StoreError;
use stentor_store::imported::{self, Imported};
use stentor_store::silences;

use crate::client::Failure;
use crate::output::{self, Format};
use crate::{clock, serve};

/// `stentor import`.
#[derive(Args, Debug)]
pub(crate) struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Take over the silences and the notification log of a stopped Alertmanager
    #[command(after_help = "\
Examples:
  stentor import alertmanager --storage.path /var/lib/prometheus/alertmanager
  stentor import alertmanager --storage.path /var/lib/prometheus/alertmanager --data /var/lib/stentor
  stentor import alertmanager --storage.path data --database-url postgres://stentor@db.example.com/stentor

Silences keep their ids and their times. Whoever was told of a group is not told the same again. Stop Alertmanager \
first, so that its files are complete, and start Stentor afterwards. What is imported twice is there once.")]
    Alertmanager(Files),
}

#[derive(Args, Debug)]
struct Files {
    /// Alertmanager's data folder, with its files silences and nflog
    #[arg(long = "storage.path", value_name = "DIR")]
    storage: PathBuf,
    /// Data folder of stentor serve [default: Alertmanager's folder, as for stentor alertmanager]
    #[arg(long, value_name = "DIR", conflicts_with = "database_url")]
    data: Option<PathBuf>,
    /// PostgreSQL that Stentor keeps everything in
    #[arg(long, value_name = "URL")]
    #[arg(env = "STENTOR_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// How to print
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    output: Format,
}

/// What came of an import.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counted {
    silences: usize,
    /// Silences that were there already.
    known: usize,
    /// Silences that have been over for longer than they are kept.
    over: usize,
    notifications: usize,
    /// Notifications that the other one would have forgotten by now.
    forgotten: usize,
}

/// Runs `stentor import`.
pub(crate) async fn run(args: Import) -> anyhow::Result<ExitCode> {
    let What::Alertmanager(files) = args.what;
    let format = files.output;
    let counted = tokio::task::spawn_blocking(move || import(&files, clock::now())).await??;
    let Counted { silences, known, over, notifications, forgotten } = counted;
    match format {
        Format::Json => output::value(&json!({
            "silences": silences,
            "silences_known": known,
            "silences_over": over,
            "notifications": notifications,
            "notifications_forgotten": forgotten,
        })),
        Format::Table => output::print(&format!(
            "Imported {silences} silences and {notifications} entries of the notification log.\n\
             Left out: {known} silences that were there already, {over} that were over for long, \
             {forgotten} entries that no longer count.\n"
        )),
    }
    Ok(ExitCode::SUCCESS)
}

fn import(files: &Files, now: Timestamp) -> anyhow::Result<Counted> {
    let silences = read(&files.storage, "silences", snapshot::silences)?;
    let notified = read(&files.storage, "nflog", snapshot::notified)?;
    if silences.is_none() && notified.is_none() {
        let folder = files.storage.display();
        let why = format!(
            "there is neither silences nor nflog in {folder}; Alertmanager writes them when it is stopped"
        );
        return Err(Failure::NotFound(why).into());
    }
    let folder = files.data.as_deref().unwrap_or(&files.storage);
    let url = serve::database_url(files.database_url.as_deref(), folder)?;
    let db = Db::open_as_owner(&url).context("cannot open the database")?;
    let mut db = db.ok_or_else(|| {
        let why = "a server owns the database; stop it, import, and start it again";
        Failure::Refused(why.to_owned())
    })?;
    let counted = db.transaction(|db| {
        let mut counted = Counted::default();
        for silence in silences.into_iter().flatten() {
            save_silence(db, silence, &mut counted, now)?;
        }
        for told in notified.into_iter().flatten() {
            if told.expires_at <= now {
                counted.forgotten += 1;
                continue;
            }
            counted.notifications += 1;
            imported::save(db, &notification(told))?;
        }
        Ok::<_, StoreError>(counted)
    });
    counted.context("cannot write to the database")
}

/// Reads one of the files; `None` when there is none.
fn read<T>(
    folder: &Path,
    name: &str,
    read: impl Fn(&[u8]) -> Result<Vec<T>, Damaged>,
) -> anyhow::Result<Option<Vec<T>>> {
    let path = folder.join(name);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    let found = read(&bytes).map_err(|damaged| {
        Failure::Refused(format!("{}: {damaged}; nothing was imported", path.display()))
    })?;
    Ok(Some(found))
}

fn save_silence(
    db: &mut Db,
    silence: snapshot::Silence,
    counted: &mut Counted,
    now: Timestamp,
) -> Result<(), StoreError> {
    let silence = kept(silence);
    if silence.due_at(SILENCES_KEPT) <= now {
        counted.over += 1;
        return Ok(());
    }
    if silences::open(db, &silence.id)?.is_some() {
        counted.known += 1;
        return Ok(());
    }
    counted.silences += 1;
    silences::save(db, &mut Saved::new(silence), SILENCES_KEPT)
}

/// Returns the silence under its own id, to the microsecond as everything that is stored.
fn kept(silence: snapshot::Silence) -> Silence {
    let micros = |at: Timestamp| Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at);
    let made = LogEntry {
        at: micros(silence.updated_at),
        by: silence.created_by.clone(),
        what: Deed::Created,
    };
    Silence {
        id: silence.id,
        matchers: silence.matchers,
        starts_at: micros(silence.starts_at),
        ends_at: micros(silence.ends_at),
        updated_at: micros(silence.updated_at),
        created_by: silence.created_by,
        comment: silence.comment,
        until_resolved: false,
        repeats: None,
        log: vec![made],
    }
}

fn notification(told: snapshot::Notified) -> Imported {
    Imported {
        group_key: told.group_key,
        receiver: told.receiver,
        integration: format!("{}/{}", told.integration, told.index),
        at: told.at,
        firing: told.firing,
        resolved: told.resolved,
        expires_at: told.expires_at,
    }
}
