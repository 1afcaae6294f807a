//! Ingest: what senders deliver. An answer of 2xx means that it is on disk.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::StreamExt as _;
use stentor_domain::alert::Signal;
use stentor_engine::Input;
use stentor_integrations::inbound::{Malformed, Read, Shape, alertmanager};

use crate::app::App;
use crate::auth::Permission;
use crate::error::Error;
use crate::routes::Routes;

/// One body of signals is at most this large: a batch of 10,000 alerts of a kilobyte and a half.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A body that is too large is read up to here before it is refused.
const DRAINED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Adds the senders' addresses.
pub fn routes(routes: Routes) -> Routes {
    let alerts = || post(create_alerts).layer(DefaultBodyLimit::disable());
    routes.on(Permission::Ingest, "/api/v2/alerts", alerts()).on(
        Permission::Ingest,
        "/api/v2/alerts/",
        alerts(),
    )
}

async fn create_alerts(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Response {
    if let Some(refusal) = refuse_type(&headers) {
        return refusal;
    }
    let Some(body) = whole(body).await else {
        let why =
            format!("the body could not be read whole, or is larger than {BODY_BYTES_MAX} bytes");
        return coded(StatusCode::PAYLOAD_TOO_LARGE, &why);
    };
    let reads = match alertmanager::read(&body) {
        Ok(reads) => refuse_early_ends(&app, reads),
        Err(malformed) => {
            app.counts.signals_invalid.fetch_add(1, Ordering::Relaxed);
            return refused(&malformed);
        }
    };
    let refusal = Malformed::of(&reads);
    let total = reads.len() as u64;
    let signals: Vec<_> = reads
        .into_iter()
        .filter_map(|read| match read {
            Read::Signal(signal) => Some(signal),
            Read::Refused(_) => None,
        })
        .collect();
    let accepted = signals.len() as u64;
    let now = (app.clock)();
    let over = |signal: &&Signal| signal.ends_at.is_some_and(|end| end <= now);
    let resolved = signals.iter().filter(over).count() as u64;
    // The valid alerts of a batch are stored even when others are not.
    if let Err(error) = app.desk.decide(Input::Signals(signals)).await {
        return failed(&error);
    }
    app.counts.signals_received.fetch_add(accepted, Ordering::Relaxed);
    app.counts.signals_resolved.fetch_add(resolved, Ordering::Relaxed);
    app.counts.signals_invalid.fetch_add(total - accepted, Ordering::Relaxed);
    match refusal {
        Some(malformed) => refused(&malformed),
        None => StatusCode::OK.into_response(),
    }
}

/// Returns a body that is not too large; `None` for any other.
///
/// What is too large is read to its end all the same, within reason: a client that still writes when the connection
/// closes never sees the answer.
async fn whole(body: Body) -> Option<Vec<u8>> {
    let mut stream = body.into_data_stream();
    let (mut bytes, mut read) = (Vec::new(), 0);
    while let Some(piece) = stream.next().await {
        let piece = piece.ok()?;
        read += piece.len();
        if read > DRAINED_BYTES_MAX {
            return None;
        }
        if read <= BODY_BYTES_MAX {
            bytes.extend_from_slice(&piece);
        }
    }
    (read <= BODY_BYTES_MAX).then_some(bytes)
}

/// A signal without an end ends after the plan's timeout, which may be before its start.
fn refuse_early_ends(app: &App, reads: Vec<Read>) -> Vec<Read> {
    let (timeout, now) = (app.in_force().plan.resolve_timeout, (app.clock)());
    let check = |read| match read {
        Read::Signal(signal) => match signal.refuse(timeout, now) {
            Some(why) => Read::Refused(why.to_owned()),
            None => Read::Signal(signal),
        },
        Read::Refused(why) => Read::Refused(why),
    };
    reads.into_iter().map(check).collect()
}

pub(crate) fn refuse_type(headers: &HeaderMap) -> Option<Response> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = kind.map(|kind| kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase());
    match essence.as_deref() {
        None | Some("application/json") => None,
        Some(other) => {
            let why =
                format!("unsupported media type \"{other}\", only [application/json] are allowed");
            Some(coded(StatusCode::UNSUPPORTED_MEDIA_TYPE, &why))
        }
    }
}

fn refused(malformed: &Malformed) -> Response {
    let status = StatusCode::from_u16(malformed.status).unwrap_or(StatusCode::BAD_REQUEST);
    json(status, malformed.body())
}

/// Says in Alertmanager's words that nothing was stored.
fn failed(error: &Error) -> Response {
    let malformed = Malformed {
        status: error.status.as_u16(),
        at: String::new(),
        why: error.detail.clone(),
        shape: Shape::JsonString,
    };
    let mut response = refused(&malformed);
    if let Some(seconds) = error.retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// Returns a refusal as go-openapi writes it: the code is the status.
pub(crate) fn coded(status: StatusCode, why: &str) -> Response {
    let code = status.as_u16();
    let shape = Shape::CodeMessage { code };
    let malformed = Malformed { status: code, at: String::new(), why: why.to_owned(), shape };
    refused(&malformed)
}

fn json(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
