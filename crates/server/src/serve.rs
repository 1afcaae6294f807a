//! `stentor serve`: wires the engine, its clock, the couriers and the HTTP face together.
//!
//! `stentor alertmanager` runs through here as well, with other answers to what may differ ([`Config`]).

use std::fs::DirBuilder;
use std::io::{IsTerminal as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use anyhow::Context as _;
use jiff::SignedDuration;
use stentor_domain::id::Ids;
use stentor_engine::{Engine, Retention};
use stentor_store::db::Db;
use stentor_store::readers::Readers;
use stentor_web::app::{App, Counts, InForce};
use stentor_web::desk::{Ask, Desk};
use stentor_web::surface::{Reload, Surface};
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc as async_mpsc, watch};
use tracing_subscriber::EnvFilter;

use crate::clock::{self, Loop};
use crate::courier::Courier;
use crate::listen::Sockets;
use crate::plan_source::PlanSource;
use crate::plan_watch::{self, PlanWatch};
use crate::transport::Transport;
use crate::web_config::Door;
use crate::{cli, first_run, listen};

/// So many requests may wait for the engine; more are answered 503 at once.
const ASKS_MAX: usize = 4_096;

/// So many pages are read from the database at once.
const READERS_MAX: usize = 8;

/// So many reloads may wait for the one that runs.
const RELOADS_MAX: usize = 16;

/// A server that stands by tries this often to take over the database.
const STAND_BY_EVERY: Duration = Duration::from_secs(2);

/// The exit code when the engine fails, as in `sysexits.h`: an internal error.
const ENGINE_FAILED: i32 = 70;

/// Requests that run when the server is stopped have this long.
const STOP_WITHIN: Duration = Duration::from_secs(3);

/// So often it is looked whether they have ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Everything that has to be known before anything starts.
#[derive(Debug)]
pub(crate) struct Config {
    /// Where the plan comes from.
    pub(crate) source: PlanSource,
    /// The database, `sqlite:…` or `postgres://…`.
    pub(crate) database_url: String,
    /// What links start with, without a slash at the end; `None` = as the first address says.
    pub(crate) external_url: Option<String>,
    /// The file for a token at the first start.
    pub(crate) bootstrap_token: Option<PathBuf>,
    /// Where to listen.
    pub(crate) sockets: Sockets,
    /// The file with certificates and users.
    pub(crate) web_config: Option<PathBuf>,
    /// How it shows itself; who has it read the configuration again is added here.
    pub(crate) surface: Surface,
    /// How long what is over is kept.
    pub(crate) retention: Retention,
}

/// `stentor serve`.
pub(crate) async fn run(args: cli::Serve) -> anyhow::Result<ExitCode> {
    start_log(&args)?;
    serve(config(args)?).await
}

fn config(args: cli::Serve) -> anyhow::Result<Config> {
    let database_url = database_url(args.database_url.as_deref(), &args.data)?;
    let mut surface = Surface::default();
    let external_url = args.external_url.map(|url| url.trim_end_matches('/').to_owned());
    if let Some(prefix) = &args.route_prefix {
        surface.prefix = crate::alertmanager::prefix(prefix);
    }
    let history = SignedDuration::try_from(args.history_retention)?;
    let retention = Retention { history, ..Retention::default() };
    surface.proxied = external_url.as_deref().is_some_and(has_path);
    Ok(Config {
        source: PlanSource::Folder(args.plan),
        database_url,
        external_url,
        bootstrap_token: args.bootstrap_token,
        sockets: Sockets::Address(args.listen),
        web_config: args.web_config,
        surface,
        retention,
    })
}

/// Tells whether an address has more than a host: it is shown below a path then.
pub(crate) fn has_path(url: &str) -> bool {
    url.split_once("://").is_some_and(|(_, rest)| rest.contains('/'))
}

/// Returns the database that was asked for, or the embedded one in the data folder, which is made.
pub(crate) fn database_url(url: Option<&str>, folder: &Path) -> anyhow::Result<String> {
    if let Some(url) = url {
        return Ok(url.to_owned());
    }
    // Whoever reads the database can answer pages: it is this user's alone.
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make the data folder {}", folder.display()))?;
    Ok(format!("sqlite:{}", folder.join("stentor.db").display()))
}

/// Opens the database once no other server owns it; blocks.
fn own(database_url: &str) -> anyhow::Result<Db> {
    let (mut owned, mut told) = (None, false);
    clock::wait_until(STAND_BY_EVERY, || {
        owned = Db::open_as_owner(database_url)?;
        if owned.is_none() && !told {
            tracing::warn!("another server owns the database; standing by until it is gone");
            told = true;
        }
        Ok::<bool, stentor_store::error::Error>(owned.is_some())
    })
    .context("cannot open the database")?;
    Ok(owned.expect("it was waited for until it was there"))
}

/// Runs the server until it is told to stop.
pub(crate) async fn serve(mut config: Config) -> anyhow::Result<ExitCode> {
    let door = Door::open(config.web_config.as_deref())?;
    let database_url = config.database_url.clone();
    let db = tokio::task::spawn_blocking(move || own(&database_url)).await??;
    // Only the owner listens: whoever asks a server that stands by is refused at once.
    let listeners = config.sockets.bind().await?;
    let mut addresses = Vec::new();
    for listener in &listeners {
        addresses.push(listener.local_addr()?);
    }
    if config.external_url.is_none() {
        config.external_url = addresses.first().map(|first| door.url(*first));
    }
    let (app, courier) = tokio::task::spawn_blocking({
        let (runtime, door) = (Handle::current(), door.clone());
        move || start(config, db, runtime, door)
    })
    .await??;
    for address in &addresses {
        tracing::info!(%address, tls = door.has_tls(), version = app.version, "Listening on");
    }
    // In the place of Alertmanager a token that is not known shuts nobody out, so it must let nobody in either.
    let router = door.guard(stentor_web::router(&app), !app.surface.open);
    let (stop, _) = watch::channel(());
    let mut servers: Vec<_> = listeners
        .into_iter()
        .map(|listener| {
            let mut stopped = stop.subscribe();
            let stopped = async move {
                // An error means that nobody is left who could say so.
                let _ = stopped.changed().await;
            };
            tokio::spawn(listen::serve(listener, door.clone(), router.clone(), stopped))
        })
        .collect();
    let name = told_to_stop().await?;
    tracing::info!("Received {name}, exiting gracefully...");
    let _ = stop.send(());
    courier.stop();
    // Live pages never end by themselves; whatever was accepted is on disk.
    let all = async {
        for server in &mut servers {
            let _ = server.await;
        }
    };
    tokio::select! { () = all => {}, () = clock::pause(STOP_WITHIN) => {} }
    servers.iter().for_each(tokio::task::JoinHandle::abort);
    // What is on its way is given the time to come back: a message without an outcome is sent again.
    let idle = async {
        while !courier.is_idle() {
            clock::pause(LOOK_EVERY).await;
        }
    };
    tokio::select! { () = idle => {}, () = clock::pause(STOP_WITHIN) => {} }
    // The engine's thread ends with the process: it holds nothing that is not on disk.
    Ok(ExitCode::SUCCESS)
}

/// The log goes to the standard error, so that what `serve` prints for people can be read by programs.
fn start_log(args: &cli::Serve) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&args.log_level).context("--log-level is not understood")?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match args.log_format {
        cli::LogFormat::Text => {
            log.with_target(false).with_ansi(std::io::stderr().is_terminal()).init();
        }
        cli::LogFormat::Json => log.json().flatten_event(true).init(),
    }
    Ok(())
}

async fn told_to_stop() -> anyhow::Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(tokio::select! { _ = terminate.recv() => "SIGTERM", _ = interrupt.recv() => "SIGINT" })
}

/// Puts the plan in force and starts the engine's thread; blocks.
fn start(
    config: Config,
    mut db: Db,
    runtime: Handle,
    door: Door,
) -> anyhow::Result<(Arc<App>, Courier)> {
    let now = clock::now();
    let in_force = plan_watch::first(&config.source, &mut db, now)?;
    let transport = Transport::new(&in_force.plan.outbound_allow).map_err(anyhow::Error::msg)?;
    let mut ids = random_ids()?;
    let external_url = config.external_url.unwrap_or_default();
    let base = in_force.plan.external_url.clone().unwrap_or_else(|| external_url.clone());
    if let Some(file) = &config.bootstrap_token {
        first_run::bootstrap_token(&mut db, &mut ids, file, now)?;
    }
    if let PlanSource::Folder(folder) = &config.source {
        let setup = first_run::setup_link(&mut db, &mut ids, &base, now)?;
        greet(&base, folder, setup.as_deref())?;
    }
    let mut surface = config.surface;
    if let Some(peer) = surface.peer.as_mut().filter(|peer| peer.name.is_empty()) {
        peer.name = ids.secret().to_uppercase();
    }
    let plan = Arc::clone(&in_force.plan);
    let mut engine = Engine::open(db, plan, &external_url, random_ids()?, now)
        .context("cannot take over the database")?;
    engine.keep(config.retention, now).context("cannot say how long silences are kept")?;
    let standing = engine.standing();
    let (asks_in, asks) = mpsc::sync_channel::<Ask>(ASKS_MAX);
    let desk = Desk::new(asks_in);
    let (changes, changed) = watch::channel(0);
    let (plan_in, plan) = watch::channel(Arc::new(in_force));
    let (reload, reloads) = async_mpsc::channel(RELOADS_MAX);
    surface.reload = Some(reload);
    let counts = Arc::new(Counts::default());
    let courier =
        Courier::new(transport.clone(), desk.clone(), Arc::clone(&counts), runtime.clone());
    let couriers = courier.clone();
    run_engine(Loop { engine, asks, courier, changes, counts: Arc::clone(&counts) })?;
    let watched = Watched { source: config.source, transport, door };
    runtime.spawn(watch_plan(watched, desk.clone(), plan_in, reloads));
    let app = App {
        desk,
        readers: Arc::new(Readers::new(&config.database_url, READERS_MAX)),
        plan,
        standing,
        changes: changed,
        clock: clock::now,
        ids: Mutex::new(ids),
        external_url,
        version: env!("CARGO_PKG_VERSION"),
        started_at: now,
        counts,
        surface,
    };
    Ok((Arc::new(app), couriers))
}

fn run_engine(work: Loop) -> anyhow::Result<()> {
    std::thread::Builder::new().name("engine".into()).spawn(move || {
        // A server that decides nothing any more must not look alive: whoever supervises it starts it anew, and
        // what was accepted is on disk.
        if std::panic::catch_unwind(AssertUnwindSafe(|| work.run())).is_err() {
            tracing::error!("the engine has failed; stentor ends");
            std::process::exit(ENGINE_FAILED);
        }
    })?;
    Ok(())
}

/// What a new plan, or a reload, changes.
struct Watched {
    source: PlanSource,
    transport: Transport,
    door: Door,
}

async fn watch_plan(
    watched: Watched,
    desk: Desk,
    in_force: watch::Sender<Arc<InForce>>,
    reloads: async_mpsc::Receiver<Reload>,
) {
    let look_now = Arc::new(Notify::new());
    match signal(SignalKind::hangup()) {
        Ok(mut hangup) => {
            let look_now = Arc::clone(&look_now);
            tokio::spawn(async move {
                while hangup.recv().await.is_some() {
                    look_now.notify_one();
                }
            });
        }
        Err(error) => tracing::error!("SIGHUP cannot be heard: {error}"),
    }
    let Watched { source, transport, door } = watched;
    PlanWatch { source, desk, transport, door, in_force, look_now, reloads }.run().await;
}

fn random_ids() -> anyhow::Result<Ids> {
    // The system's generator, asked for each number: ids and secrets are made seldom.
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut [0; 8]).map_err(|_| anyhow::anyhow!("the system yields no random numbers"))?;
    Ok(Ids::new(move || {
        let mut bytes = [0; 8];
        random.fill(&mut bytes).expect("the system yielded random numbers at the start");
        u64::from_le_bytes(bytes)
    }))
}

fn greet(external_url: &str, plan: &Path, setup: Option<&str>) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "Stentor listens on {external_url} with the plan in {}", plan.display())?;
    if let Some(link) = setup {
        writeln!(
            out,
            "Nobody can sign in yet. Make the first administrator here (once, within a day):"
        )?;
        writeln!(out, "  {link}")?;
    }
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn how_long_history_is_kept_is_what_was_asked_for() {
        let folder = tempfile::TempDir::new().unwrap();
        let data = folder.path().to_str().unwrap();
        for (flags, hours) in [(&[][..], 24 * 90), (&["--history-retention", "36h"], 36)] {
            let words = ["stentor", "serve", "--data", data];
            let words = words.iter().chain(flags);
            let cli::Command::Serve(args) = cli::Cli::parse_from(words).command else {
                panic!("it serves");
            };
            let history = SignedDuration::from_hours(hours);
            let expected = Retention { history, ..Retention::default() };
            assert_eq!(config(args).unwrap().retention, expected);
        }
    }
}
