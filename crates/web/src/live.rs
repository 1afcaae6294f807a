//! Live pages: a stream of server-sent events that says when to look again.
//!
//! The stream carries no content. A page that hears `changed` fetches its own address and morphs itself, so what is
//! shown live is by construction what is shown on load, to the same reader with the same permissions.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures_util::{Stream, StreamExt};
use tokio_stream::wrappers::WatchStream;

use crate::app::App;
use crate::auth::Permission;
use crate::routes::Routes;

/// Adds the stream.
pub fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/live", get(show_live))
}

async fn show_live(
    State(app): State<Arc<App>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changed = |count: u64| Ok(Event::default().event("changed").data(count.to_string()));
    let stream = WatchStream::from_changes(app.changes.clone()).map(changed);
    Sse::new(stream).keep_alive(KeepAlive::default())
}
