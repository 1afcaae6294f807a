//! Health: is the process there, and does it do its work in time?

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use stentor_store::alerts;
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
