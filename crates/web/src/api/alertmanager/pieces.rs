//! An answer that leaves piece by piece, so that a large one is never whole in memory.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::app::App;

/// A piece is about this large.
const PIECE_BYTES: usize = 128 * 1024;

/// So many pieces wait for a slow client before the writer waits too.
const PIECES_WAITING_MAX: usize = 4;

/// Nobody listens any more.
pub(super) struct Gone;

/// Where an answer is written to.
pub(super) struct Pieces {
    text: Vec<u8>,
    sender: mpsc::Sender<Result<Bytes, Infallible>>,
}

impl Pieces {
    /// Returns the piece that is being written.
    pub(super) fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    /// Hands on what is written when it is long enough for a piece.
    pub(super) fn flush_if_long(&mut self) -> Result<(), Gone> {
        if self.text.len() >= PIECE_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Gone> {
        let next = Vec::with_capacity(self.text.capacity());
        let piece = Bytes::from(std::mem::replace(&mut self.text, next));
        self.sender.blocking_send(Ok(piece)).map_err(|_| Gone)
    }
}

/// Answers with the JSON that `write` writes on a thread that may block.
pub(super) async fn answer(
    app: &Arc<App>,
    write: impl FnOnce(&App, &mut Pieces) -> Result<(), Gone> + Send + 'static,
) -> Response {
    let (sender, pieces) = mpsc::channel(PIECES_WAITING_MAX);
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || {
        let mut out = Pieces { text: Vec::new(), sender };
        // A client that goes away leaves the rest unread.
        let _ = write(&app, &mut out).and_then(|()| out.flush());
    });
    let body = Body::from_stream(ReceiverStream::new(pieces));
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
