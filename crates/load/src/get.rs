//! `get`: reads one path again and again.

use std::time::Instant;

use anyhow::ensure;

use crate::client::Client;
use crate::quantile::Times;
use crate::usage::Usage;

/// Read a path repeatedly and print how long it took.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Address of the server
    #[arg(long, default_value = "127.0.0.1:9093")]
    addr: String,
    /// What to read, with its query percent-encoded
    #[arg(long, default_value = "/api/v2/alerts")]
    path: String,
    /// How often, after a first read that is not counted
    #[arg(long, default_value_t = 11)]
    repeats: u32,
    /// How many alerts the answer must hold
    #[arg(long)]
    expect: Option<usize>,
    /// Process of the server, to print what it used
    #[arg(long)]
    pid: Option<u32>,
}

/// Runs the command; an answer other than 200, or with another number of alerts, is an error.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let mut client = Client::connect(&args.addr).await?;
    let began = Instant::now();
    let (_, _) = client.get(&args.path).await?;
    let first_ms = began.elapsed().as_secs_f64() * 1e3;
    let server = Usage::of(args.pid);
    let (mut times_ms, mut bytes, mut alerts) = (Vec::new(), 0, 0);
    for _ in 0..args.repeats {
        let began = Instant::now();
        let (status, body) = client.get(&args.path).await?;
        times_ms.push(began.elapsed().as_secs_f64() * 1e3);
        ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&body));
        bytes = body.len();
        alerts = String::from_utf8_lossy(&body).matches("\"fingerprint\":").count();
    }
    if let Some(expected) = args.expect {
        ensure!(alerts == expected, "{alerts} alerts in the answer, expected {expected}");
    }
    let (times, server_after) = (Times::new(times_ms), Usage::of(args.pid));
    println!(
        "get repeats={} ms_first={first_ms:.3} ms_p50={:.3} ms_min={:.3} ms_max={:.3} bytes={bytes} alerts={alerts} \
         server_cpu_s={:.2} rss_mib={:.1}",
        args.repeats,
        times.at(0.5),
        times.at(0.0),
        times.at(1.0),
        server_after.cpu_s - server.cpu_s,
        server_after.rss_mib,
    );
    Ok(())
}
