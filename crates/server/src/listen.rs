//! Connections: taken while there is room, and let go when their client falls silent.

use std::convert::Infallible;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use crate::clock;
use crate::web_config::Door;

/// So many connections are open at once; further ones wait in the system's queue.
const CONNECTIONS_MAX: usize = 4_096;

/// The head of a request has to be there within this time, also on a connection that is kept open.
const HEAD_WITHIN: Duration = Duration::from_secs(30);

/// TLS has to stand within this time.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// What cannot be accepted, because the process has no file descriptor left, is tried again after this time.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Where to listen.
#[derive(Clone, Debug)]
pub(crate) enum Sockets {
    /// On one address.
    Address(SocketAddr),
    /// On addresses as Go writes them: `:9093` is every one of this machine, names are looked up.
    Named(Vec<String>),
    /// On what systemd hands over.
    Systemd,
}

impl Sockets {
    /// Returns the port of the first one; the original's when it is not known yet.
    pub(crate) fn first_port(&self) -> u16 {
        const USUAL: u16 = 9093;
        match self {
            Self::Address(address) => address.port(),
            Self::Named(names) => names
                .first()
                .and_then(|name| name.rsplit_once(':')?.1.parse().ok())
                .unwrap_or(USUAL),
            Self::Systemd => USUAL,
        }
    }

    /// Begins to listen.
    pub(crate) async fn bind(&self) -> anyhow::Result<Vec<TcpListener>> {
        match self {
            Self::Address(address) => {
                let doing = || format!("cannot listen on {address}");
                Ok(vec![TcpListener::bind(address).await.with_context(doing)?])
            }
            Self::Named(names) => {
                let mut listeners = Vec::new();
                for name in names {
                    let doing = || format!("cannot listen on {name}");
                    listeners.push(bind(name).await.with_context(doing)?);
                }
                Ok(listeners)
            }
            Self::Systemd => handed_over(),
        }
    }
}

async fn bind(name: &str) -> anyhow::Result<TcpListener> {
    let Some(port) = name.strip_prefix(':') else { return Ok(TcpListener::bind(name).await?) };
    let port: u16 = port.parse().context("the port is no number from 0 to 65535")?;
    // One socket for both families where the system has IPv6.
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        Ok(listener) => Ok(listener),
        Err(_) => Ok(TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await?),
    }
}

fn handed_over() -> anyhow::Result<Vec<TcpListener>> {
    let mut handed = listenfd::ListenFd::from_env();
    let mut listeners = Vec::new();
    for at in 0..handed.len() {
        if let Some(listener) = handed.take_tcp_listener(at)? {
            listener.set_nonblocking(true)?;
            listeners.push(TcpListener::from_std(listener)?);
        }
    }
    if listeners.is_empty() {
        bail!("systemd has handed over no socket; start a .socket unit for this service");
    }
    Ok(listeners)
}

/// Serves `router` until `stop` ends, then waits for the requests that run; a live page runs for ever.
pub(crate) async fn serve(
    listener: TcpListener,
    door: Door,
    router: Router,
    stop: impl Future<Output = ()>,
) {
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
        // Answers are small and wanted at once.
        let _ = stream.set_nodelay(true);
        let (watcher, router) = (running.watcher(), router.clone());
        let tls = door.acceptor();
        tokio::spawn(async move {
            // A client that goes away in the middle of its request is no fault of ours.
            let _ = match tls {
                None => watcher.watch(answer(stream, peer, router)).await,
                Some(tls) => {
                    let stream = tokio::select! {
                        stream = tls.accept(stream) => stream,
                        () = clock::pause(HANDSHAKE_WITHIN) => return,
                    };
                    match stream {
                        Ok(stream) => watcher.watch(answer(stream, peer, router)).await,
                        Err(error) => {
                            tracing::debug!(%peer, "TLS does not stand: {error}");
                            return;
                        }
                    }
                }
            };
            drop(slot);
        });
    }
    running.shutdown().await;
}

fn answer<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: SocketAddr,
    router: Router,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> {
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
