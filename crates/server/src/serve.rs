//! `stentor serve`: wires the engine, its clock, the couriers and the HTTP face together.

use std::fs::DirBuilder;
use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use anyhow::Context as _;
use stentor_domain::id::Ids;
use stentor_engine::Engine;
use stentor_store::db::Db;
use stentor_store::readers::Readers;
use stentor_web::app::{App, Counts, InForce};
use stentor_web::desk::{Ask, Desk};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, oneshot, watch};
use tracing_subscriber::EnvFilter;

use crate::clock::{self, Loop};
use crate::courier::Courier;
use crate::plan_watch::{self, PlanWatch};
use crate::transport::Transport;
use crate::{cli, first_run, listen};

/// So many requests may wait for the engine; more are answered 503 at once.
const ASKS_MAX: usize = 4_096;

/// So many pages are read from the database at once.
const READERS_MAX: usize = 8;

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
struct Config {
    plan: PathBuf,
    database_url: String,
    external_url: String,
    bootstrap_token: Option<PathBuf>,
}

impl Config {
    fn new(args: cli::Serve, database_url: String, listen: SocketAddr) -> Self {
        let external_url = args.external_url.map_or_else(
            || match listen.ip().is_loopback() || listen.ip().is_unspecified() {
                true => format!("http://localhost:{}", listen.port()),
                false => format!("http://{listen}"),
            },
            |url| url.trim_end_matches('/').to_owned(),
        );
        let (plan, bootstrap_token) = (args.plan, args.bootstrap_token);
        Self { plan, database_url, external_url, bootstrap_token }
    }
}

/// Returns the database that was asked for, or the embedded one in the data folder, which is made.
fn database_url(args: &cli::Serve) -> anyhow::Result<String> {
    if let Some(url) = &args.database_url {
        return Ok(url.clone());
    }
    // Whoever reads the database can answer pages: it is this user's alone.
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&args.data)
        .with_context(|| format!("cannot make the data folder {}", args.data.display()))?;
    Ok(format!("sqlite:{}", args.data.join("stentor.db").display()))
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
pub(crate) async fn run(args: cli::Serve) -> anyhow::Result<ExitCode> {
    start_log(&args)?;
    let database_url = database_url(&args)?;
    let db = tokio::task::spawn_blocking({
        let database_url = database_url.clone();
        move || own(&database_url)
    })
    .await??;
    // Only the owner listens: whoever asks a server that stands by is refused at once.
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    let address = listener.local_addr()?;
    let config = Config::new(args, database_url, address);
    let (app, courier) = tokio::task::spawn_blocking({
        let runtime = Handle::current();
        move || start(config, db, runtime)
    })
    .await??;
    tracing::info!(%address, version = app.version, "stentor listens");
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async move {
        // An error means that nobody is left who could say so.
        let _ = stopped.await;
    };
    let mut server = tokio::spawn(listen::serve(listener, stentor_web::router(&app), stopped));
    tracing::info!(signal = told_to_stop().await?, "stentor stops");
    let _ = stop.send(());
    // Live pages never end by themselves; whatever was accepted is on disk.
    tokio::select! { _ = &mut server => {}, () = clock::pause(STOP_WITHIN) => server.abort() }
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
fn start(config: Config, mut db: Db, runtime: Handle) -> anyhow::Result<(Arc<App>, Courier)> {
    let now = clock::now();
    let in_force = plan_watch::first(&config.plan, &mut db, now)?;
    let transport = Transport::new(&in_force.plan.outbound_allow).map_err(anyhow::Error::msg)?;
    let mut ids = random_ids()?;
    let base = in_force.plan.external_url.clone().unwrap_or_else(|| config.external_url.clone());
    if let Some(file) = &config.bootstrap_token {
        first_run::bootstrap_token(&mut db, &mut ids, file, now)?;
    }
    let setup = first_run::setup_link(&mut db, &mut ids, &base, now)?;
    greet(&base, &config.plan, setup.as_deref())?;
    let plan = Arc::clone(&in_force.plan);
    let engine = Engine::open(db, plan, &config.external_url, random_ids()?, now)
        .context("cannot take over the database")?;

    let (asks_in, asks) = mpsc::sync_channel::<Ask>(ASKS_MAX);
    let desk = Desk::new(asks_in);
    let (changes, changed) = watch::channel(0);
    let (plan_in, plan) = watch::channel(Arc::new(in_force));
    let counts = Arc::new(Counts::default());
    let courier =
        Courier::new(transport.clone(), desk.clone(), Arc::clone(&counts), runtime.clone());
    let couriers = courier.clone();
    let work = Loop { engine, asks, courier, changes, counts: Arc::clone(&counts) };
    std::thread::Builder::new().name("engine".into()).spawn(move || {
        // A server that decides nothing any more must not look alive: whoever supervises it starts it anew, and
        // what was accepted is on disk.
        if std::panic::catch_unwind(AssertUnwindSafe(|| work.run())).is_err() {
            tracing::error!("the engine has failed; stentor ends");
            std::process::exit(ENGINE_FAILED);
        }
    })?;
    runtime.spawn(watch_plan(config.plan, desk.clone(), transport, plan_in));
    let app = App {
        desk,
        readers: Arc::new(Readers::new(&config.database_url, READERS_MAX)),
        plan,
        changes: changed,
        clock: clock::now,
        ids: Mutex::new(ids),
        external_url: config.external_url,
        version: env!("CARGO_PKG_VERSION"),
        started_at: now,
        counts,
    };
    Ok((Arc::new(app), couriers))
}

async fn watch_plan(
    folder: PathBuf,
    desk: Desk,
    transport: Transport,
    in_force: watch::Sender<Arc<InForce>>,
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
    PlanWatch { folder, desk, transport, in_force, look_now }.run().await;
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
