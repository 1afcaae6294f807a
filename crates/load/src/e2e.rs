//! `e2e`: posts single alerts and waits for each one's webhook.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::client::Client;
use crate::quantile::Times;
use crate::sample::{self, Span};
use crate::sink;
use crate::usage::Usage;

/// A webhook that has not come by then counts as lost.
const WEBHOOK_WAIT_MAX: Duration = Duration::from_secs(20);

/// Measure the time from a POST to its webhook, one alert at a time.
///
/// The server must route every alert, grouped by alertname with no group_wait, to the sink.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Address of the server
    #[arg(long, default_value = "127.0.0.1:9093")]
    addr: String,
    /// Address that this program receives webhooks on
    #[arg(long, default_value = "127.0.0.1:9999")]
    sink: String,
    /// How many alerts
    #[arg(long, default_value_t = 100)]
    samples: u32,
    /// Pause between two alerts, in milliseconds
    #[arg(long, default_value_t = 5)]
    gap_ms: u64,
    /// Process of the server, to print what it used
    #[arg(long)]
    pid: Option<u32>,
}

/// Runs the command; an answer other than 200 or a lost webhook is an error.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let (sender, mut webhooks) = mpsc::unbounded_channel();
    let receive = move |body: &bytes::Bytes, at: Instant| {
        // The receiver is gone only when the program ends.
        sender.send((String::from_utf8_lossy(body).into_owned(), at)).ok();
    };
    let listener = sink::listen(&args.sink).await?;
    let sink = tokio::spawn(sink::serve(listener, Arc::new(receive)));

    let mut client = Client::connect(&args.addr).await?;
    let server = Usage::of(args.pid);
    // Names are new in each run, so that a server that remembers the last run notifies again.
    let run = Timestamp::now().as_millisecond();
    let (mut to_webhook_ms, mut post_ms) = (Vec::new(), Vec::new());
    for i in 0..args.samples {
        let name = format!("Probe{run}x{i}x");
        let now = Timestamp::now();
        let body = sample::single(&name, &Span::firing(now, now));
        let began = Instant::now();
        let (status, answer) = client.post("/api/v2/alerts", body).await?;
        ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&answer));
        post_ms.push(began.elapsed().as_secs_f64() * 1e3);
        let arrived = timeout(WEBHOOK_WAIT_MAX, async {
            while let Some((body, at)) = webhooks.recv().await {
                if body.contains(&name) {
                    return Some(at);
                }
            }
            None
        });
        let at = arrived.await.ok().flatten().with_context(|| format!("no webhook for {name}"))?;
        to_webhook_ms.push(at.duration_since(began).as_secs_f64() * 1e3);
        tokio::time::sleep(Duration::from_millis(args.gap_ms)).await;
    }
    sink.abort();
    let (to_webhook, post) = (Times::new(to_webhook_ms), Times::new(post_ms));
    println!(
        "e2e samples={} ms_p50={:.3} ms_p90={:.3} ms_p99={:.3} ms_max={:.3} post_ms_p50={:.3} \
         server_cpu_s={:.2}",
        args.samples,
        to_webhook.at(0.5),
        to_webhook.at(0.9),
        to_webhook.at(0.99),
        to_webhook.at(1.0),
        post.at(0.5),
        Usage::of(args.pid).cpu_s - server.cpu_s,
    );
    Ok(())
}
