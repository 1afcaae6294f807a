//! What is measured, written as text: in Prometheus' own format, or in OpenMetrics for whoever asks for it.

use std::fmt::{Display, Write as _};

/// The content type of Prometheus' own format.
pub(crate) const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The content type of OpenMetrics.
pub(crate) const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Only grows; its name ends in `_total`.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts what falls below each bound.
    Histogram,
    /// Counts, and adds up.
    Summary,
}

/// Writes metrics.
#[derive(Debug)]
pub(crate) struct Exposition {
    text: String,
    open: bool,
    family: String,
}

impl Exposition {
    /// Begins; `open` for OpenMetrics.
    pub(crate) fn new(open: bool) -> Self {
        Self { text: String::new(), open, family: String::new() }
    }

    /// Begins a metric; its values follow.
    pub(crate) fn family(&mut self, name: &str, kind: Kind, help: &str) -> &mut Self {
        let word = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
        };
        // OpenMetrics names the family without the suffix of its values.
        let shown = if self.open { name.strip_suffix("_total").unwrap_or(name) } else { name };
        let _ = writeln!(self.text, "# HELP {shown} {help}\n# TYPE {shown} {word}");
        name.clone_into(&mut self.family);
        self
    }

    /// Writes a value of the metric that was begun last.
    pub(crate) fn value(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        let name = self.family.clone();
        self.line(&name, labels, value)
    }

    /// Writes a metric of one value.
    pub(crate) fn one(&mut self, name: &str, kind: Kind, help: &str, value: impl Display) {
        self.family(name, kind, help).value(&[], value);
    }

    /// Writes a histogram's values; `counts` has one for each of `bounds` and one for what is above them, none of
    /// them added to another.
    pub(crate) fn histogram(&mut self, labels: &[(&str, &str)], bounds: &[f64], seen: &Seen) {
        let name = self.family.clone();
        let mut below = 0;
        let texts = bounds.iter().map(|bound| bound_text(*bound)).chain(["+Inf".to_owned()]);
        for (bound, count) in texts.zip(&seen.counts) {
            below += count;
            let all: Vec<(&str, &str)> =
                labels.iter().copied().chain([("le", bound.as_str())]).collect();
            self.line(&format!("{name}_bucket"), &all, below);
        }
        self.line(&format!("{name}_sum"), labels, seen.sum);
        self.line(&format!("{name}_count"), labels, below);
    }

    /// Writes a summary's values: everything added up, and how many there were.
    pub(crate) fn summary(&mut self, name: &str, help: &str, (sum, count): (f64, u64)) {
        self.family(name, Kind::Summary, help);
        self.line(&format!("{name}_sum"), &[], sum);
        self.line(&format!("{name}_count"), &[], count);
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        self.text.push_str(name);
        for (at, (name, value)) in labels.iter().enumerate() {
            let sign = if at == 0 { '{' } else { ',' };
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.text, "{sign}{name}=\"{value}\"");
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
        self
    }

    /// Returns the content type and the whole.
    pub(crate) fn finish(mut self) -> (&'static str, String) {
        if self.open {
            self.text.push_str("# EOF\n");
        }
        (if self.open { OPEN } else { PLAIN }, self.text)
    }
}

/// Returns a bound as the original writes it: `0.05`, `100000`, `1e+06`.
fn bound_text(bound: f64) -> String {
    let text = format!("{bound:e}");
    match text.split_once('e') {
        Some((digits, power)) if bound >= 1e6 => format!("{digits}e+{power:0>2}"),
        Some(_) | None => bound.to_string(),
    }
}

/// What a histogram has seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen {
    /// One for each bound, and one for what is above them.
    pub(crate) counts: Vec<u64>,
    /// Everything added up.
    pub(crate) sum: f64,
}

impl Seen {
    /// Counts a value.
    pub(crate) fn add(&mut self, bounds: &[f64], value: f64) {
        self.counts.resize(bounds.len() + 1, 0);
        let place = bounds.iter().position(|bound| value <= *bound).unwrap_or(bounds.len());
        self.counts[place] += 1;
        self.sum += value;
    }

    /// Returns one that has seen nothing.
    pub(crate) fn nothing(bounds: &[f64]) -> Self {
        Self { counts: vec![0; bounds.len() + 1], sum: 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_written_in_both_formats() {
        let write = |open| {
            let mut out = Exposition::new(open);
            out.one("a_total", Kind::Counter, "Things.", 3);
            let mut seen = Seen::default();
            [0.5, 2.0, 9.0].into_iter().for_each(|value| seen.add(&[1.0, 5.0], value));
            let family = out.family("b_seconds", Kind::Histogram, "Times.");
            family.histogram(&[("x", "a\"b")], &[1.0, 5.0], &seen);
            out.finish().1
        };
        let values = "a_total 3\n# HELP b_seconds Times.\n# TYPE b_seconds histogram\n\
                      b_seconds_bucket{x=\"a\\\"b\",le=\"1\"} 1\nb_seconds_bucket{x=\"a\\\"b\",le=\"5\"} 2\n\
                      b_seconds_bucket{x=\"a\\\"b\",le=\"+Inf\"} 3\nb_seconds_sum{x=\"a\\\"b\"} 11.5\n\
                      b_seconds_count{x=\"a\\\"b\"} 3\n";
        assert_eq!(
            write(false),
            format!("# HELP a_total Things.\n# TYPE a_total counter\n{values}")
        );
        assert_eq!(write(true), format!("# HELP a Things.\n# TYPE a counter\n{values}# EOF\n"));
    }
}
