//! Connections: taken while there is room, and let go when their client falls silent.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use crate::clock;

/// So many connections are open at once; further ones wait in the system's queue.
const CONNECTIONS_MAX: usize = 4_096;

/// The head of a request has to be there within this time, also on a connection that is kept open.
const HEAD_WITHIN: Duration = Duration::from_secs(30);

/// What cannot be accepted, because the process has no file descriptor left, is tried again after this time.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Serves `router` until `stop` ends, then waits for the requests that run; a live page runs for ever.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let running = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! { both = accepted => both, () = &mut stop => break };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("a connection cannot be accepted: {error}");
                clock::pause(ACCEPT_AGAIN).await;
                continue;
            }
        };
        let connection = running.watch(answer(stream, peer, router.clone()));
        tokio::spawn(async move {
            // A client that goes away in the middle of its request is no fault of ours.
            let _ = connection.await;
            drop(slot);
        });
    }
    running.shutdown().await;
}

fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> {
    // Answers are small and wanted at once.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move {
            Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|no| match no {}))
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .serve_connection(TokioIo::new(stream), service)
}
