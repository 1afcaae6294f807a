//! The figures of all rounds, their medians, and the table in Markdown.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context as _;

use super::server::Contender;
use super::{METRICS, Metric};
use crate::command::root;

/// Where the table is kept, and the marks between which it stands.
const PAGE: &str = "docs/performance.md";
const BEGIN: &str = "<!-- bench: begin -->";
const END: &str = "<!-- bench: end -->";

/// The page before its first table.
const HEAD: &str = "\
# Performance

`make bench WRITE=1` measures Stentor and Debian's Alertmanager side by side on your machine and
replaces this table. Both run with the same `alertmanager.yml` on loopback, in turns, each started
afresh in every round. Stentor keeps every alert on disk before it answers; Alertmanager keeps
alerts in memory. Ratios carry over to other machines better than the numbers do.

<!-- bench: begin -->
<!-- bench: end -->
";

/// What was measured, one figure a round.
#[derive(Default)]
pub(super) struct Report(BTreeMap<(Metric, Contender), Vec<f64>>);

impl Report {
    /// Adds the figure of one round.
    pub(super) fn add(&mut self, contender: Contender, metric: Metric, figure: f64) {
        println!("  {}: {}", metric.title(), short(figure));
        self.0.entry((metric, contender)).or_default().push(figure);
    }

    /// Returns the table of medians in Markdown.
    pub(super) fn table(&self, alerts: u64, rounds: u32) -> String {
        let mut table = format!(
            "{alerts} alerts, batches of 64, 4 connections; median of {rounds} rounds. \
             The ratio is Stentor's figure over Alertmanager's: below 1 is better, but for what is \
             counted by the second.\n\n\
             | | Alertmanager | Stentor | ratio |\n|---|--:|--:|--:|\n"
        );
        for metric in METRICS {
            let theirs = self.median(metric, Contender::Alertmanager);
            let ours = self.median(metric, Contender::Stentor);
            table.push_str(&format!(
                "| {} | {} | {} | {:.2} |\n",
                metric.title(),
                short(theirs),
                short(ours),
                ours / theirs
            ));
        }
        table
    }

    /// Not-a-number when nothing was measured.
    fn median(&self, metric: Metric, contender: Contender) -> f64 {
        let mut figures = self.0.get(&(metric, contender)).cloned().unwrap_or_default();
        figures.sort_by(f64::total_cmp);
        match figures.len() {
            0 => f64::NAN,
            n if n % 2 == 1 => figures[n / 2],
            n => f64::midpoint(figures[n / 2 - 1], figures[n / 2]),
        }
    }
}

/// Puts `table` into docs/performance.md, in the place of the one before.
pub(super) fn write(table: &str) -> anyhow::Result<()> {
    let path = root().join(PAGE);
    let page = fs::read_to_string(&path).unwrap_or_else(|_absent| HEAD.to_owned());
    let page = replace(&page, table).with_context(|| format!("{PAGE} has no {BEGIN} … {END}"))?;
    fs::write(&path, page)?;
    println!("written to {PAGE}");
    Ok(())
}

/// Replaces what stands between the marks; none when they are not there.
fn replace(page: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n{END}{after}", table.trim_end()))
}

/// Three significant digits at least, and no decimals for what is large.
fn short(figure: f64) -> String {
    match figure {
        f if f >= 100.0 => format!("{f:.0}"),
        f if f >= 10.0 => format!("{f:.1}"),
        f => format!("{f:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_medians_and_their_ratio() {
        let mut report = Report::default();
        for (theirs, ours) in [(10.0, 2.0), (90.0, 3.0), (20.0, 5.0)] {
            report.add(Contender::Alertmanager, Metric::IngestCpu, theirs);
            report.add(Contender::Stentor, Metric::IngestCpu, ours);
        }
        let table = report.table(1000, 3);
        assert!(table.contains("| CPU for a new alert, µs | 20.0 | 3.00 | 0.15 |"), "{table}");
    }

    #[test]
    fn the_table_before_is_replaced_and_the_rest_kept() {
        let page = format!("# P\n{BEGIN}\nold\n{END}\ntail\n");
        let expected = format!("# P\n{BEGIN}\nnew\n{END}\ntail\n");
        assert_eq!(replace(&page, "new\n"), Some(expected));
        assert_eq!(replace("# P\n", "new"), None);
        assert!(replace(HEAD, "new").is_some_and(|page| page.contains("new")));
    }
}
