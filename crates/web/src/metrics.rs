//! `/metrics`: what the server measures, under its own names and under those that Alertmanager's dashboards and alerts
//! use.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use stentor_domain::silence::State as SilenceState;
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;
use stentor_store::{deliveries, pages};

use crate::api::alertmanager::SPOKEN;
use crate::app::App;
use crate::auth::Permission;
use crate::error::Error;
use crate::exposition::{Exposition, Kind};
use crate::routes::Routes;

/// Adds the address that a scraper asks.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::ReadAlerts, "/metrics", get(show_metrics))
}

/// What stands at this moment. Everything here is counted by an index, never by looking at each row.
struct Standing {
    alerts_firing: i64,
    pages: (i64, i64),
    next_delivery: Option<jiff::Timestamp>,
}

impl Standing {
    fn read(db: &mut Db, alerts_firing: usize) -> Result<Self, StoreError> {
        Ok(Self {
            alerts_firing: i64::try_from(alerts_firing).unwrap_or(i64::MAX),
            pages: pages::count_open(db)?,
            next_delivery: deliveries::next_due(db)?,
        })
    }
}

async fn show_metrics(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Error> {
    let (_, alerts_firing) = app.standing().count();
    let standing = app.read(move |db| Standing::read(db, alerts_firing)).await?;
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
    out.family("alertmanager_alerts", Kind::Gauge, "Alerts that fire, by state")
        .value(&[("state", "active")], standing.alerts_firing);
    let (received, resolved) = (count(&counts.signals_received), count(&counts.signals_resolved));
    let firing = received.saturating_sub(resolved);
    out.family("alertmanager_alerts_received_total", Kind::Counter, "Alerts that are on disk")
        .value(&[("status", "firing"), ("version", "v2")], firing)
        .value(&[("status", "resolved"), ("version", "v2")], resolved);
    out.family("alertmanager_alerts_invalid_total", Kind::Counter, "Alerts that were refused")
        .value(&[("version", "v2")], count(&counts.signals_invalid));
    counts.told.write(out);
    let suppressed = &counts.suppressed;
    out.family(
        "alertmanager_notifications_suppressed_total",
        Kind::Counter,
        "Notifications that were not sent, by what kept them back",
    )
    .value(&[("reason", "silence")], count(&suppressed.silence))
    .value(&[("reason", "inhibition")], count(&suppressed.inhibition))
    .value(&[("reason", "mute_time_interval")], count(&suppressed.mute))
    .value(&[("reason", "active_time_interval")], count(&suppressed.active));
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
        ("cluster_enabled", "Whether there is a cluster", u64::from(app.surface.peer.is_some())),
    ] {
        out.one(&format!("alertmanager_{name}"), Kind::Gauge, help, value);
    }
    if app.surface.peer.is_some() {
        for (name, help, value) in [
            ("cluster_members", "Members of the cluster: this one", 1),
            ("cluster_failed_peers", "Members that cannot be reached", 0),
            ("cluster_health_score", "0 is well", 0),
            ("peer_position", "The place of this member", 0),
        ] {
            out.one(&format!("alertmanager_{name}"), Kind::Gauge, help, value);
        }
    }
    let help = "The release whose place is taken";
    let revision = format!("stentor-{}", app.version);
    out.family("alertmanager_build_info", Kind::Gauge, help).value(
        &[("branch", ""), ("goversion", ""), ("revision", &revision), ("version", SPOKEN)],
        1,
    );
}

/// What the index counts, under the original's names.
fn index(out: &mut Exposition, app: &App) {
    let now = (app.clock)();
    let standing = app.standing();
    let count =
        |wanted: SilenceState| standing.silences().filter(|it| it.state(now) == wanted).count();
    let states = [SilenceState::Active, SilenceState::Pending, SilenceState::Expired];
    let (silences, groups) =
        (states.map(|state| (state, count(state))), standing.group_ids().count());
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
