//! `/metrics`: what the server measures, under its own names and under those that Alertmanager's dashboards and alerts
//! use.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use stentor_domain::matchers::Matchers;
use stentor_domain::silence::State as SilenceState;
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;
use stentor_store::{deliveries, pages};

use crate::api::alertmanager::SPOKEN;
use crate::app::App;
use crate::auth::Permission;
use crate::cluster;
use crate::error::Error;
use crate::exposition::{Exposition, Kind};
use crate::portions;
use crate::routes::Routes;

/// Adds the address that a scraper asks.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::ReadAlerts, "/metrics", get(show_metrics))
}

/// What stands at this moment, counted by an index, never by looking at each row.
struct Standing {
    alerts_firing: i64,
    /// Those of them that are silenced or inhibited.
    suppressed: usize,
    pages: (i64, i64),
    next_delivery: Option<Timestamp>,
}

impl Standing {
    fn read(db: &mut Db, app: &App, now: Timestamp) -> Result<Self, StoreError> {
        let (_, alerts_firing) = app.standing().count();
        Ok(Self {
            alerts_firing: i64::try_from(alerts_firing).unwrap_or(i64::MAX),
            suppressed: suppressed(app, now),
            pages: pages::count_open(db)?,
            next_delivery: deliveries::next_due(db)?,
        })
    }
}

/// Counts the alerts that fire and are silenced or inhibited; when nothing could suppress any, none is looked at.
fn suppressed(app: &App, now: Timestamp) -> usize {
    let is_free = {
        let standing = app.standing();
        let mut active = standing.silences().filter(|it| it.state(now) == SilenceState::Active);
        active.next().is_none() && app.in_force().plan.inhibit_rules.is_empty()
    };
    if is_free {
        return 0;
    }
    let all = app.standing().select(&Matchers::default(), now);
    let portions = portions::of(&app.standing, &all).map(|(standing, portion)| {
        portion.iter().filter(|print| standing.suppression(**print, now).any()).count()
    });
    portions.sum()
}

async fn show_metrics(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Error> {
    let (asked, now) = (Arc::clone(&app), (app.clock)());
    let standing = app.read(move |db| Standing::read(db, &asked, now)).await?;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut out = Exposition::new(accept.contains("application/openmetrics-text"));
    own(&mut out, &app, &standing);
    alertmanagers(&mut out, &app, &standing);
    index(&mut out, &app);
    process(&mut out, &app);
    let (kind, text) = out.finish();
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn millis(text: u64) -> String {
    format!("{}.{:03}", text / 1_000, text % 1_000)
}

fn own(out: &mut Exposition, app: &App, standing: &Standing) {
    let (counts, in_force) = (&app.counts, app.in_force());
    for (name, help, value) in [
        ("signals_received", "Signals that are on disk", &counts.signals_received),
        ("signals_invalid", "Signals refused as malformed", &counts.signals_invalid),
        ("delivery_attempts_sent", "Attempts that a provider accepted", &counts.attempts_sent),
        (
            "delivery_attempts_failed",
            "Attempts that came to anything else",
            &counts.attempts_failed,
        ),
        ("commits", "Transactions of the engine", &counts.commits),
    ] {
        out.one(&format!("stentor_{name}_total"), Kind::Counter, help, count(value));
    }
    let waiting_ms = standing
        .next_delivery
        .map_or(0, |due| (app.clock)().duration_since(due).as_millis().max(0))
        .try_into()
        .unwrap_or(u64::MAX);
    for (name, help, value) in [
        ("alerts_firing", "Alerts that fire", standing.alerts_firing.to_string()),
        (
            "due_late_seconds",
            "How late the engine last looked at what was due",
            millis(count(&counts.late_ms)),
        ),
        (
            "delivery_waiting_seconds",
            "How long the oldest due delivery has waited",
            millis(waiting_ms),
        ),
        (
            "plan_last_reload_successful",
            "Whether the newest plan is in force",
            u8::from(in_force.refused.is_none()).to_string(),
        ),
        (
            "plan_revision",
            "The number of the plan's revision in force",
            in_force.number.to_string(),
        ),
        (
            "plan_applied_timestamp_seconds",
            "When that revision was put in force",
            in_force.applied_at.as_second().to_string(),
        ),
    ] {
        out.one(&format!("stentor_{name}"), Kind::Gauge, help, value);
    }
    out.family("stentor_pages_open", Kind::Gauge, "Pages that are not resolved")
        .value(&[("state", "triggered")], standing.pages.0)
        .value(&[("state", "acknowledged")], standing.pages.1);
}

/// The names of the original, for its dashboards and alerts.
fn alertmanagers(out: &mut Exposition, app: &App, standing: &Standing) {
    let (counts, in_force) = (&app.counts, app.in_force());
    let plan = &in_force.plan;
    let suppressed = i64::try_from(standing.suppressed).unwrap_or(i64::MAX);
    out.family("alertmanager_alerts", Kind::Gauge, "Alerts that fire, by state")
        .value(&[("state", "active")], standing.alerts_firing.saturating_sub(suppressed).max(0))
        .value(&[("state", "suppressed")], suppressed)
        .value(&[("state", "unprocessed")], 0);
    let (received, resolved) = (count(&counts.signals_received), count(&counts.signals_resolved));
    let firing = received.saturating_sub(resolved);
    out.family("alertmanager_alerts_received_total", Kind::Counter, "Alerts that are on disk")
        .value(&[("status", "firing"), ("version", "v2")], firing)
        .value(&[("status", "resolved"), ("version", "v2")], resolved);
    out.family("alertmanager_alerts_invalid_total", Kind::Counter, "Alerts that were refused")
        .value(&[("version", "v2")], count(&counts.signals_invalid));
    counts.told.write(out);
    counts.upkeep.write(out);
    counts.requests.write(out);
    cluster::write(out, app.surface.peer.as_ref());
    let integrations: usize = plan.receivers.values().map(|it| it.integrations.len()).sum();
    // Sixteen hexadecimal digits, cut to what a float holds exactly, as the original does.
    let hash = u64::from_str_radix(&in_force.plan.digest, 16).unwrap_or(0) >> 16;
    for (name, help, value) in [
        ("config_hash", "A number that is another one for another configuration", hash),
        (
            "config_last_reload_successful",
            "Whether the newest configuration is in force",
            u64::from(in_force.refused.is_none()),
        ),
        (
            "config_last_reload_success_timestamp_seconds",
            "When the configuration in force was read",
            in_force.applied_at.as_second().try_into().unwrap_or(0),
        ),
        ("receivers", "Receivers of the configuration", plan.receivers.len() as u64),
        ("integrations", "Integrations of all receivers", integrations as u64),
        ("inhibition_rules", "Inhibition rules", plan.inhibit_rules.len() as u64),
    ] {
        out.one(&format!("alertmanager_{name}"), Kind::Gauge, help, value);
    }
    let help = "The release whose place is taken";
    let revision = format!("stentor-{}", app.version);
    out.family("alertmanager_build_info", Kind::Gauge, help).value(
        &[
            ("branch", ""),
            ("goarch", architecture()),
            ("goos", std::env::consts::OS),
            ("goversion", ""),
            ("revision", &revision),
            ("version", SPOKEN),
        ],
        1,
    );
}

/// Returns the processor's architecture by Go's name for it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// What the index counts, under the original's names.
fn index(out: &mut Exposition, app: &App) {
    let now = (app.clock)();
    let standing = app.standing();
    let mut silences =
        [SilenceState::Active, SilenceState::Pending, SilenceState::Expired].map(|it| (it, 0));
    for silence in standing.silences() {
        let state = silence.state(now);
        for (_, count) in silences.iter_mut().filter(|(it, _)| *it == state) {
            *count += 1;
        }
    }
    let groups = standing.group_ids().count();
    drop(standing);
    let help = "Silences that are kept, by state";
    let mut family = out.family("alertmanager_silences", Kind::Gauge, help);
    for (state, count) in silences {
        family = family.value(&[("state", state.word())], count);
    }
    let help = "Groups that there are";
    out.one("alertmanager_dispatcher_aggregation_groups", Kind::Gauge, help, groups);
}

/// What every exporter says of its process, as far as the system says it.
fn process(out: &mut Exposition, app: &App) {
    let started = app.started_at.as_second();
    let help = "When the process began";
    out.one("process_start_time_seconds", Kind::Gauge, help, started);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let bytes = |key: &str| {
        let line = status.lines().find(|line| line.starts_with(key))?;
        Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1_024)
    };
    if let Some(resident) = bytes("VmRSS:") {
        let help = "Memory that is in use";
        out.one("process_resident_memory_bytes", Kind::Gauge, help, resident);
    }
    if let Some(size) = bytes("VmSize:") {
        let help = "Memory that is reserved";
        out.one("process_virtual_memory_bytes", Kind::Gauge, help, size);
    }
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let limit = |key: &str| {
        let rest = limits.lines().find_map(|line| line.strip_prefix(key))?;
        let soft = rest.split_whitespace().next()?;
        Some(if soft == "unlimited" { u64::MAX } else { soft.parse().ok()? })
    };
    for (key, name, help) in [
        ("Max open files", "process_max_fds", "Files and connections that may be open"),
        (
            "Max address space",
            "process_virtual_memory_max_bytes",
            "Memory that may be reserved; 18446744073709551615 is no limit",
        ),
    ] {
        if let Some(most) = limit(key) {
            out.one(name, Kind::Gauge, help, most);
        }
    }
    // Behind the name in brackets: user and system time are the 12th and 13th, in hundredths of a second.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: u64 = rest.split(' ').skip(11).take(2).filter_map(|it| it.parse::<u64>().ok()).sum();
    let seconds = format!("{}.{:02}", ticks / 100, ticks % 100);
    out.one(
        "process_cpu_seconds_total",
        Kind::Counter,
        "Time of processors that was used",
        seconds,
    );
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        let help = "Files and connections that are open";
        out.one("process_open_fds", Kind::Gauge, help, open.count());
    }
}
