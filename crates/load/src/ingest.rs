//! `ingest`: posts alerts in batches over several connections, as many Prometheus servers would.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::ensure;
use jiff::Timestamp;

use crate::client::Client;
use crate::quantile::Times;
use crate::sample::{self, Kind, Span};
use crate::usage::Usage;

/// Post alerts to `/api/v2/alerts`; one line of figures for each pass.
#[derive(Clone, clap::Args)]
pub(crate) struct Args {
    /// Address of the server
    #[arg(long, default_value = "127.0.0.1:9093")]
    addr: String,
    /// Alerts in all
    #[arg(long, default_value_t = 100_000)]
    alerts: u64,
    /// Alerts in a request
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..))]
    batch: u64,
    /// Connections in parallel
    #[arg(long, default_value_t = 4)]
    connections: u64,
    /// Different alert names
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    names: u64,
    /// Send pairs of a critical alert and a warning about the same instance
    #[arg(long)]
    pairs: bool,
    /// How often the same alerts are sent: all passes but the first are re-sends
    #[arg(long, default_value_t = 1)]
    passes: u64,
    /// Process of the server, to print what it used
    #[arg(long)]
    pid: Option<u32>,
}

/// Runs the command; an answer other than 200 is an error.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let starts = Timestamp::now();
    for pass in 1..=args.passes {
        let (own, server, began) = (Usage::own(), Usage::of(args.pid), Instant::now());
        let times = post_all(&args, Span::firing(starts, Timestamp::now())).await?;
        let wall_s = began.elapsed().as_secs_f64();
        let server_after = Usage::of(args.pid);
        let server_cpu_s = server_after.cpu_s - server.cpu_s;
        println!(
            "ingest pass={pass} alerts={} wall_s={wall_s:.3} alerts_per_s={:.0} post_ms_p50={:.3} \
             post_ms_p99={:.3} own_cpu_s={:.2} server_cpu_s={server_cpu_s:.2} \
             server_us_per_alert={:.2} rss_mib={:.1}",
            args.alerts,
            args.alerts as f64 / wall_s,
            times.at(0.5),
            times.at(0.99),
            Usage::own().cpu_s - own.cpu_s,
            server_cpu_s * 1e6 / args.alerts as f64,
            server_after.rss_mib,
        );
    }
    Ok(())
}

/// Posts every alert once; returns how long each request took.
async fn post_all(args: &Args, span: Span) -> anyhow::Result<Times> {
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = Vec::new();
    for _ in 0..args.connections {
        let client = Client::connect(&args.addr).await?;
        let (args, span, next) = (args.clone(), span.clone(), Arc::clone(&next));
        workers.push(tokio::spawn(post_share(client, args, span, next)));
    }
    let mut times_ms = Vec::new();
    for worker in workers {
        times_ms.extend(worker.await??);
    }
    Ok(Times::new(times_ms))
}

/// Posts batches from `next` on until none is left; returns the milliseconds each took.
async fn post_share(
    mut client: Client,
    args: Args,
    span: Span,
    next: Arc<AtomicU64>,
) -> anyhow::Result<Vec<f64>> {
    let mut times_ms = Vec::new();
    loop {
        let from = next.fetch_add(args.batch, Ordering::Relaxed);
        if from >= args.alerts {
            return Ok(times_ms);
        }
        let to = (from + args.batch).min(args.alerts);
        let kind = Kind { names: args.names, pairs: args.pairs };
        let body = sample::batch(from, to, kind, &span);
        let began = Instant::now();
        let (status, answer) = client.post("/api/v2/alerts", body).await?;
        times_ms.push(began.elapsed().as_secs_f64() * 1e3);
        ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&answer));
    }
}
