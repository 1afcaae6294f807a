//! `silence`: makes silences, none of which hits an alert of this generator.

use std::time::Instant;

use anyhow::ensure;
use jiff::{SignedDuration, Timestamp};

use crate::client::Client;

/// Make silences and print how long it took.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Address of the server
    #[arg(long, default_value = "127.0.0.1:9093")]
    addr: String,
    /// How many
    #[arg(long, default_value_t = 1_000)]
    silences: u64,
    /// Process of the server; taken for the other commands' sake
    #[arg(long)]
    pid: Option<u32>,
}

/// Runs the command; an answer other than 200 is an error.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let mut client = Client::connect(&args.addr).await?;
    let (began, now) = (Instant::now(), Timestamp::now());
    let ends = now + SignedDuration::from_hours(1);
    for i in 0..args.silences {
        let body = format!(
            r#"{{"matchers":[{{"name":"alertname","value":"Nobody","isRegex":false}},
            {{"name":"instance","value":"silent-{i}","isRegex":false}}],
            "startsAt":"{now}","endsAt":"{ends}","createdBy":"load","comment":"none"}}"#
        );
        let (status, body) = client.post("/api/v2/silences", body).await?;
        ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&body));
    }
    let _ = args.pid;
    println!("silence count={} seconds={:.2}", args.silences, began.elapsed().as_secs_f64());
    Ok(())
}
