//! The alerts that are sent: eight labels and three annotations, what a rule on a cluster carries.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

/// When the alerts of a request begin and end, as RFC 3339 text.
#[derive(Clone)]
pub(crate) struct Span {
    /// `startsAt`: equal in every re-send of the same alert, as Prometheus does it.
    pub(crate) starts: String,
    /// `endsAt`: some minutes ahead, moved with each re-send.
    pub(crate) ends: String,
}

impl Span {
    /// A firing alert that began at `starts` and was seen to fire at `now`.
    pub(crate) fn firing(starts: Timestamp, now: Timestamp) -> Span {
        let ends = now + SignedDuration::from_hours(1);
        Span { starts: format!("{starts:.3}"), ends: format!("{ends:.3}") }
    }
}

/// Which alerts are sent.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// Over how many alert names they are spread.
    pub(crate) names: u64,
    /// Whether two of them, one critical and one a warning, share an instance.
    pub(crate) pairs: bool,
}

/// Returns the JSON body of a request with alerts `from..to`.
pub(crate) fn batch(from: u64, to: u64, kind: Kind, span: &Span) -> String {
    let mut body = String::with_capacity((to - from) as usize * 1024 + 2);
    body.push('[');
    for i in from..to {
        if i > from {
            body.push(',');
        }
        let name = format!("BenchAlert{:05}", i % kind.names);
        push_alert(
            &mut body,
            if kind.pairs { (i, i / 2, i % 2) } else { (i, i, i % 3) },
            &name,
            span,
        );
    }
    body.push(']');
    body
}

/// Returns the JSON body of a request with the one alert `name`.
pub(crate) fn single(name: &str, span: &Span) -> String {
    let mut body = String::from("[");
    push_alert(&mut body, (0, 0, 0), name, span);
    body.push(']');
    body
}

/// `i` is the alert's number, `at` its instance's; `severity` counts from the gravest.
fn push_alert(body: &mut String, (i, at, severity): (u64, u64, u64), name: &str, span: &Span) {
    let instance = format!("10.{}.{}.{}", (at >> 16) & 255, (at >> 8) & 255, at & 255);
    let (cluster, team) = (i % 4, i % 50);
    let severity = ["critical", "warning", "info"][severity as usize];
    let Span { starts, ends } = span;
    write!(
        body,
        r#"{{"labels":{{"alertname":"{name}","instance":"{instance}:9100","job":"node-exporter",
"cluster":"eu-west-{cluster}","namespace":"team-{team:03}","pod":"worker-{i:07}",
"severity":"{severity}","shard":"{i}"}},
"annotations":{{"summary":"{instance} has been above its limit for 10 minutes",
"description":"Value is 93.4 on worker-{i:07} in eu-west-{cluster}; the limit is 90.",
"runbook_url":"https://runbooks.example.com/node/{name}"}},
"startsAt":"{starts}","endsAt":"{ends}",
"generatorURL":"http://prometheus.example.com:9090/graph?g0.expr=up"}}"#
    )
    .expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::{Kind, Span, batch, single};

    #[test]
    fn a_batch_holds_each_alert_once_and_nothing_else() {
        let now = "2026-03-01T10:00:00Z".parse().unwrap();
        let body = batch(8, 11, Kind { names: 2, pairs: false }, &Span::firing(now, now));
        assert_eq!(body.matches("\"alertname\"").count(), 3);
        assert!(body.contains("\"shard\":\"8\"") && body.contains("\"shard\":\"10\""));
        assert!(body.contains("\"endsAt\":\"2026-03-01T11:00:00.000Z\""), "{body}");
    }

    #[test]
    fn the_alerts_of_a_pair_differ_in_severity_and_share_an_instance() {
        let now = "2026-03-01T10:00:00Z".parse().unwrap();
        let body = batch(4, 6, Kind { names: 1, pairs: true }, &Span::firing(now, now));
        assert_eq!(body.matches("\"instance\":\"10.0.0.2:9100\"").count(), 2);
        assert_eq!(body.matches("\"severity\":\"critical\"").count(), 1);
        assert_eq!(body.matches("\"severity\":\"warning\"").count(), 1);
    }

    #[test]
    fn a_single_alert_has_the_name_asked_for() {
        let now = "2026-03-01T10:00:00Z".parse().unwrap();
        assert!(single("Ping7", &Span::firing(now, now)).contains("\"alertname\":\"Ping7\""));
    }
}
