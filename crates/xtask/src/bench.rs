//! `bench`: measures Stentor and Alertmanager side by side, on this machine and on loopback only.
//!
//! Both get the same configuration and the same load, in turns: each round starts each of them
//! afresh, and whoever went second in one round goes first in the next. What is shown is the median
//! of the rounds; the ratios carry over to other machines better than the numbers do.

mod report;
mod server;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::command;
use crate::packages;
use report::Report;
use server::{Contender, Scene, Server};

/// What is measured, with the unit that is printed; the key of the medians.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Metric {
    IngestCpu,
    IngestRate,
    IngestPostP99,
    ResendCpu,
    ResendRate,
    Memory,
    FilterOne,
    FilterRegex,
    GetAll,
    GetGroups,
    PeakMemory,
    FirstLook,
    Inhibition,
    Restart,
    Webhook,
    WebhookP99,
    QuietGroupsRate,
    GroupsRate,
    GroupsMemory,
}

/// Every metric, in the order of the table.
const METRICS: [Metric; 19] = [
    Metric::IngestCpu,
    Metric::IngestRate,
    Metric::IngestPostP99,
    Metric::ResendCpu,
    Metric::ResendRate,
    Metric::Memory,
    Metric::FilterOne,
    Metric::FilterRegex,
    Metric::GetAll,
    Metric::GetGroups,
    Metric::PeakMemory,
    Metric::FirstLook,
    Metric::Inhibition,
    Metric::Restart,
    Metric::Webhook,
    Metric::WebhookP99,
    Metric::QuietGroupsRate,
    Metric::GroupsRate,
    Metric::GroupsMemory,
];

/// How many single alerts the way to the webhook is measured with.
const WEBHOOK_SAMPLES: u32 = 1_000;

/// How much is measured.
#[derive(Debug, PartialEq)]
struct Options {
    alerts: u64,
    rounds: u32,
    /// Whether docs/performance.md gets the table.
    write: bool,
}

/// Measures and prints the table.
pub(crate) fn run(args: &[&str]) -> anyhow::Result<()> {
    let options = Options::read(args)?;
    packages::install_if_missing("prometheus-alertmanager")?;
    let packages = ["--package", "stentor", "--package", "stentor-load"];
    let build = [&["build", "--release"], &packages[..]].concat();
    command::run(command::command("cargo", &build))?;

    let mut report = Report::default();
    for round in 1..=options.rounds {
        let mut order = [Contender::Alertmanager, Contender::Stentor];
        if round % 2 == 0 {
            order.reverse();
        }
        for contender in order {
            println!("round {round} of {}: {}", options.rounds, contender.title());
            measure_store(contender, &options, &mut report)?;
            measure_silences(contender, &options, &mut report)?;
            measure_inhibition(contender, &options, &mut report)?;
            measure_webhook(contender, &mut report)?;
            measure_groups(contender, &options, &mut report)?;
        }
    }
    let table = report.table(options.alerts, options.rounds);
    println!("\n{table}");
    if options.write { report::write(&table) } else { Ok(()) }
}

/// Ingest, re-send, memory and a filtered read, on a server that never notifies.
fn measure_store(
    contender: Contender,
    options: &Options,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut server = Server::start(contender, Scene::Quiet)?;
    let alerts = options.alerts.to_string();
    // A minute and a millisecond an alert is ten times what either of them takes.
    let limit = Duration::from_secs(60) + Duration::from_millis(options.alerts);
    let passes = server.load("ingest", &["--alerts", &alerts, "--passes", "2"], limit)?;
    let [first, again] = passes.as_slice() else {
        bail!("expected the figures of two passes, got {}", passes.len());
    };
    report.add(contender, Metric::IngestCpu, figure(first, "server_us_per_alert")?);
    report.add(contender, Metric::IngestRate, figure(first, "alerts_per_s")?);
    report.add(contender, Metric::IngestPostP99, figure(first, "post_ms_p99")?);
    report.add(contender, Metric::ResendCpu, figure(again, "server_us_per_alert")?);
    report.add(contender, Metric::ResendRate, figure(again, "alerts_per_s")?);
    report.add(contender, Metric::Memory, figure(again, "rss_mib")?);

    // shard="N" with the quotes and the equals sign percent-encoded: exactly one alert has it.
    let path = format!("/api/v2/alerts?filter=shard%3D%22{}%22", options.alerts / 2);
    let reads = server.load("get", &["--path", &path, "--expect", "1"], Duration::from_secs(60))?;
    let read = reads.first().context("get printed nothing")?;
    report.add(contender, Metric::FilterOne, figure(read, "ms_p50")?);
    measure_reads(contender, &server, report)?;
    report.add(contender, Metric::Restart, server.restart()?);
    Ok(())
}

/// Reads of very much, by clients who want to see everything.
fn measure_reads(contender: Contender, server: &Server, report: &mut Report) -> anyhow::Result<()> {
    let limit = Duration::from_secs(300);
    for (metric, path) in [
        (Metric::FilterRegex, "/api/v2/alerts?filter=alertname%3D~%22.*%5B05%5D%22"),
        (Metric::GetAll, "/api/v2/alerts"),
        (Metric::GetGroups, "/api/v2/alerts/groups"),
    ] {
        let reads = server.load("get", &["--path", path, "--repeats", "3"], limit)?;
        let read = reads.first().context("get printed nothing")?;
        report.add(contender, metric, figure(read, "ms_p50")?);
        if metric == Metric::GetGroups {
            report.add(contender, Metric::PeakMemory, figure(read, "rss_mib")?);
        }
    }
    Ok(())
}

/// The first look at alerts after as many silences came, none of which hits one.
fn measure_silences(
    contender: Contender,
    options: &Options,
    report: &mut Report,
) -> anyhow::Result<()> {
    let server = Server::start(contender, Scene::Quiet)?;
    let count = (options.alerts / 10).max(1).to_string();
    let limit = Duration::from_secs(300);
    server.load("ingest", &["--alerts", &count, "--passes", "1"], limit)?;
    server.load("silence", &["--silences", &count], limit)?;
    let reads = server.load("get", &["--expect", &count, "--repeats", "1"], limit)?;
    let read = reads.first().context("get printed nothing")?;
    report.add(contender, Metric::FirstLook, figure(read, "ms_first")?);
    Ok(())
}

/// The first look at warnings of which each is inhibited by a critical alert of its own.
fn measure_inhibition(
    contender: Contender,
    options: &Options,
    report: &mut Report,
) -> anyhow::Result<()> {
    let server = Server::start(contender, Scene::Inhibition)?;
    let count = (options.alerts / 5).max(2).to_string();
    let limit = Duration::from_secs(300);
    server.load("ingest", &["--alerts", &count, "--pairs"], limit)?;
    // Only warnings, and only those that are not inhibited: there is none.
    let path = "/api/v2/alerts?inhibited=false&filter=severity%3D%22warning%22";
    let args = ["--path", path, "--expect", "0", "--repeats", "1"];
    let reads = server.load("get", &args, limit)?;
    let read = reads.first().context("get printed nothing")?;
    report.add(contender, Metric::Inhibition, figure(read, "ms_first")?);
    Ok(())
}

/// Every alert makes a group of its own: first nothing is sent, then each notifies while the others still come.
fn measure_groups(
    contender: Contender,
    options: &Options,
    report: &mut Report,
) -> anyhow::Result<()> {
    let alerts = options.alerts.to_string();
    let limit = Duration::from_secs(600);
    let server = Server::start(contender, Scene::EachItsQuietGroup)?;
    let passes = server.load("ingest", &["--alerts", &alerts], limit)?;
    let pass = passes.first().context("ingest printed nothing")?;
    report.add(contender, Metric::QuietGroupsRate, figure(pass, "alerts_per_s")?);
    drop(server);
    let mut server = Server::start(contender, Scene::EachItsGroup)?;
    server.start_sink()?;
    let passes = server.load("ingest", &["--alerts", &alerts], limit)?;
    let pass = passes.first().context("ingest printed nothing")?;
    report.add(contender, Metric::GroupsRate, figure(pass, "alerts_per_s")?);
    server.wait_until_told(options.alerts, limit)?;
    report.add(contender, Metric::GroupsMemory, server.peak_mib()?);
    Ok(())
}

/// The way from a POST to the webhook, on a server that notifies at once.
fn measure_webhook(contender: Contender, report: &mut Report) -> anyhow::Result<()> {
    let server = Server::start(contender, Scene::AtOnce)?;
    let samples = WEBHOOK_SAMPLES.to_string();
    let args = ["--sink", &server.sink(), "--samples", &samples];
    let lines = server.load("e2e", &args, Duration::from_secs(120))?;
    let line = lines.first().context("e2e printed nothing")?;
    report.add(contender, Metric::Webhook, figure(line, "ms_p50")?);
    report.add(contender, Metric::WebhookP99, figure(line, "ms_p99")?);
    Ok(())
}

/// The `key=value` pairs of one line of the load generator.
type Figures = BTreeMap<String, String>;

fn figure(figures: &Figures, key: &str) -> anyhow::Result<f64> {
    let value = figures.get(key).with_context(|| format!("stentor-load printed no {key}"))?;
    value.parse().with_context(|| format!("{key}={value} is not a number"))
}

impl Metric {
    /// What the table calls it, with its unit.
    fn title(self) -> &'static str {
        match self {
            Metric::IngestCpu => "CPU for a new alert, µs",
            Metric::IngestRate => "New alerts a second",
            Metric::IngestPostP99 => "POST of 64 new alerts, 99th percentile, ms",
            Metric::ResendCpu => "CPU for a re-sent alert, µs",
            Metric::ResendRate => "Re-sent alerts a second",
            Metric::Memory => "Memory with all alerts, MiB",
            Metric::FilterOne => "GET of one alert by a filter, median, ms",
            Metric::FilterRegex => "GET of a fifth of them by a pattern, median, ms",
            Metric::GetAll => "GET of all alerts, median, ms",
            Metric::GetGroups => "GET of all groups, median, ms",
            Metric::PeakMemory => "Memory after these reads, MiB",
            Metric::FirstLook => "First GET after as many silences came, a tenth of the alerts, ms",
            Metric::Inhibition => {
                "First GET with a fifth of the alerts, half of them inhibited, ms"
            }
            Metric::Restart => "Killed, and ready again on that storage, ms",
            Metric::Webhook => "POST to webhook, median, ms",
            Metric::WebhookP99 => "POST to webhook, 99th percentile, ms",
            Metric::QuietGroupsRate => "New alerts a second, each a group that waits",
            Metric::GroupsRate => "New alerts a second, each a group that notifies",
            Metric::GroupsMemory => "Peak of memory with these groups, MiB",
        }
    }
}

impl Options {
    fn read(args: &[&str]) -> anyhow::Result<Options> {
        let mut options = Options { alerts: 100_000, rounds: 3, write: false };
        let mut args = args.iter();
        while let Some(&arg) = args.next() {
            let mut number = || -> anyhow::Result<u64> {
                let value = args.next().with_context(|| format!("{arg} needs a number"))?;
                let number = value.parse().with_context(|| format!("{arg} {value}"))?;
                anyhow::ensure!(number > 0, "{arg} must be at least 1");
                Ok(number)
            };
            match arg {
                "--alerts" => options.alerts = number()?,
                "--rounds" => options.rounds = number()?.try_into()?,
                "--write" => options.write = true,
                _ => bail!("bench knows --alerts N, --rounds N and --write, not {arg}"),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn options_are_read_in_any_order() {
        let options = Options::read(&["--write", "--alerts", "2000"]).unwrap();
        assert_eq!(options, Options { alerts: 2000, rounds: 3, write: true });
    }

    #[test]
    fn an_unknown_option_and_nought_alerts_are_refused() {
        for bad in [&["--fast"][..], &["--alerts", "0"], &["--alerts"]] {
            assert!(Options::read(bad).is_err(), "{bad:?}");
        }
    }
}
