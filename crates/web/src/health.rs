//! Health: is the process there, and does it do its work in time?

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use stentor_store::{alerts, deliveries, pages};
use tokio::sync::oneshot;

use crate::app::App;
use crate::auth::Permission;
use crate::error::Error;
use crate::routes::Routes;

/// The server is not ready while something due has waited longer than this.
const LATE_MS_MAX: u64 = 30_000;

/// Adds the addresses that machines ask.
pub fn routes(routes: Routes) -> Routes {
    routes
        .on(Permission::Public, "/-/healthy", get(show_healthy))
        .on(Permission::Public, "/-/ready", get(show_ready))
        .on(Permission::Reload, "/-/reload", post(reload))
        .on(Permission::ReadAlerts, "/metrics", get(show_metrics))
}

async fn show_healthy() -> &'static str {
    "OK"
}

async fn show_ready(State(app): State<Arc<App>>) -> Response {
    let late_ms = app.counts.late_ms.load(Ordering::Relaxed);
    if late_ms > LATE_MS_MAX {
        let why = format!("what is due has waited for {late_ms} ms\n");
        return (StatusCode::SERVICE_UNAVAILABLE, why).into_response();
    }
    let answers = app.read(alerts::any).await;
    match answers {
        Ok(_) => "OK".into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
    }
}

/// Has the configuration read again; what is wrong with it is the answer, and the old one stays in force.
async fn reload(State(app): State<Arc<App>>) -> Response {
    let failed = |why: &str| {
        (StatusCode::INTERNAL_SERVER_ERROR, format!("failed to reload config: {why}\n"))
            .into_response()
    };
    let (reply, answer) = oneshot::channel();
    let Some(listener) = &app.surface.reload else {
        return Error::not_found("address").into_response();
    };
    if listener.send(reply).await.is_err() {
        return failed("the server is stopping");
    }
    match answer.await {
        Ok(Ok(())) => StatusCode::OK.into_response(),
        Ok(Err(why)) => failed(&why),
        Err(_) => failed("the server is stopping"),
    }
}

async fn show_metrics(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let (firing, (triggered, acknowledged), next_delivery) = app
        .read(|db| {
            Ok((alerts::count_firing(db)?, pages::count_open(db)?, deliveries::next_due(db)?))
        })
        .await?;
    let mut registry = Registry::with_prefix("stentor");
    let counts = &app.counts;
    let mut counter = |name: &str, help: &str, value: &std::sync::atomic::AtomicU64| {
        registry.register(name, help, ConstCounter::new(value.load(Ordering::Relaxed)));
    };
    counter("signals_received", "Signals that are on disk", &counts.signals_received);
    counter("signals_invalid", "Signals refused as malformed", &counts.signals_invalid);
    counter("delivery_attempts_sent", "Attempts that a provider accepted", &counts.attempts_sent);
    counter(
        "delivery_attempts_failed",
        "Attempts that came to anything else",
        &counts.attempts_failed,
    );
    counter("commits", "Transactions of the engine", &counts.commits);
    let in_force = app.in_force();
    let lateness_ms = next_delivery
        .map_or(0, |due| (app.clock)().duration_since(due).as_millis().max(0))
        .try_into()
        .unwrap_or(i64::MAX);
    let late_ms = i64::try_from(counts.late_ms.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
    for (name, help, value) in [
        ("alerts_firing", "Alerts that fire", firing),
        ("due_late_milliseconds", "How late the engine last looked at what was due", late_ms),
        (
            "delivery_waiting_milliseconds",
            "How long the oldest due delivery has waited",
            lateness_ms,
        ),
        (
            "plan_last_reload_successful",
            "Whether the newest plan is in force",
            i64::from(in_force.refused.is_none()),
        ),
        ("plan_revision", "The number of the plan's revision in force", in_force.number),
        (
            "plan_applied_timestamp_seconds",
            "When that revision was put in force",
            in_force.applied_at.as_second(),
        ),
    ] {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    }
    let open = Family::<Vec<(&'static str, &'static str)>, Gauge>::default();
    open.get_or_create(&vec![("state", "triggered")]).set(triggered);
    open.get_or_create(&vec![("state", "acknowledged")]).set(acknowledged);
    registry.register("pages_open", "Pages that are not resolved", open);
    let mut text = String::new();
    encode(&mut text, &registry).map_err(Error::internal)?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
