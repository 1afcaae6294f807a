//! An answer that leaves piece by piece, so that a large one is never whole in memory.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

use crate::app::App;
use crate::error::Error;
use crate::ingest::coded;

/// A piece is about this large.
const PIECE_BYTES: usize = 128 * 1024;

/// So many pieces wait for a slow client before the writer waits too.
const PIECES_WAITING_MAX: usize = 4;

/// Where an answer is written to.
pub(super) struct Pieces {
    buffer: Vec<u8>,
    sender: mpsc::Sender<Result<Bytes, io::Error>>,
}

impl Pieces {
    /// Adds `text`; fails when nobody listens any more.
    pub(super) fn push(&mut self, text: &[u8]) -> Result<(), StoreError> {
        self.buffer.extend_from_slice(text);
        if self.buffer.len() >= PIECE_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let piece = Bytes::from(std::mem::take(&mut self.buffer));
        let gone = |_| StoreError::Busy { why: "the client has gone".to_owned() };
        self.sender.blocking_send(Ok(piece)).map_err(gone)
    }
}

/// Answers with the JSON that `write` writes on a thread that may block.
///
/// A failure before the first piece is a refusal; one after it breaks the answer off.
pub(super) async fn answer(
    app: &Arc<App>,
    write: impl FnOnce(&App, &mut Db, &mut Pieces) -> Result<(), StoreError> + Send + 'static,
) -> Response {
    let (sender, mut pieces) = mpsc::channel(PIECES_WAITING_MAX);
    let task = tokio::task::spawn_blocking({
        let app = Arc::clone(app);
        move || {
            let mut out = Pieces { buffer: Vec::new(), sender };
            let written = app.readers.read(|db| write(&app, db, &mut out));
            match written {
                Ok(()) => out.flush(),
                Err(error) => {
                    let broken = io::Error::other(error.to_string());
                    // Whoever does not listen any more need not hear of it.
                    let _ = out.sender.blocking_send(Err(broken));
                    Err(error)
                }
            }
        }
    });
    match pieces.recv().await {
        Some(Ok(first)) => {
            let rest = ReceiverStream::new(pieces);
            let body = Body::from_stream(tokio_stream::once(Ok(first)).chain(rest));
            ([(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Some(Err(_)) | None => {
            let error = match task.await {
                Ok(Err(error)) => Error::from(error),
                Ok(Ok(())) => Error::stopping(),
                Err(error) => Error::internal(error),
            };
            coded(error.status, &error.detail)
        }
    }
}
