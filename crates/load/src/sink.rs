//! `sink`: a webhook receiver that answers every request at once and counts.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// Receive webhooks, answer 200 and print each one's size and time.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:9999")]
    listen: String,
    /// Stop by itself after so many seconds
    #[arg(long, default_value_t = 600)]
    seconds: u64,
}

/// Takes the body of each webhook, with the instant at which the whole of it had arrived.
pub(crate) type Receive = dyn Fn(&Bytes, Instant) + Send + Sync;

/// Runs the command.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let began = Instant::now();
    let print = move |body: &Bytes, at: Instant| {
        let alerts = String::from_utf8_lossy(body).matches("\"fingerprint\":").count();
        let at_s = at.duration_since(began).as_secs_f64();
        println!("sink at_s={at_s:.3} bytes={} alerts={alerts}", body.len());
    };
    let listener = listen(&args.listen).await?;
    let limit = Duration::from_secs(args.seconds);
    match tokio::time::timeout(limit, serve(listener, Arc::new(print))).await {
        Ok(failed) => failed,
        Err(_time_is_up) => Ok(()),
    }
}

/// Binds `addr` (`host:port`).
pub(crate) async fn listen(addr: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr).await.with_context(|| format!("listen on {addr}"))
}

/// Hands every request's body to `receive` and answers 200; returns only when accepting fails.
pub(crate) async fn serve(listener: TcpListener, receive: Arc<Receive>) -> anyhow::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(answer(stream, Arc::clone(&receive)));
    }
}

/// Answers one connection until its sender hangs up.
async fn answer(stream: TcpStream, receive: Arc<Receive>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let receive = Arc::clone(&receive);
        async move {
            // A body that breaks off was not delivered: it is not counted, the sender sees it.
            if let Ok(body) = request.into_body().collect().await {
                receive(&body.to_bytes(), Instant::now());
            }
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        }
    });
    if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
    {
        eprintln!("sink: {error}");
    }
}
