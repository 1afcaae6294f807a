//! `/metrics`: every family is explained, and what it counts has happened.

use std::path::Path;

use stentor_engine::{LeftOut, Tally};

use super::TestApp;
use super::app::As;
use crate::surface::{Peer, Surface};

fn clustered() -> TestApp {
    let peer = Some(Peer { name: "ME".into(), address: "127.0.0.1:9094".into() });
    TestApp::with(Surface { open: true, peer, ..Surface::default() })
}

async fn metrics(app: &TestApp) -> String {
    app.get(&As::Local, "/metrics").await.body
}

/// Fails unless a line is there as it is.
#[track_caller]
fn says(text: &str, line: &str) {
    assert!(text.lines().any(|it| it == line), "no {line} in:\n{text}");
}

#[tokio::test]
async fn every_family_stands_in_the_reference() {
    let app = clustered();
    metrics(&app).await;
    let text = metrics(&app).await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/metrics.md");
    let reference = std::fs::read_to_string(path).unwrap();
    let names: Vec<&str> = reference.split('`').skip(1).step_by(2).collect();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap();
        let stands = |word: &&str| match word.strip_suffix('…') {
            Some(begin) => name.starts_with(begin),
            None => *word == name,
        };
        assert!(names.iter().any(stands), "{name} is not explained in docs/reference/metrics.md");
    }
}

#[tokio::test]
async fn alerts_that_are_silenced_are_told_apart() {
    let app = clustered();
    app.fire("DiskFull", "critical").await;
    app.fire("Slow", "critical").await;
    says(&metrics(&app).await, "alertmanager_alerts{state=\"active\"} 2");
    let silence = serde_json::json!({
        "matchers": [{ "name": "alertname", "value": "Slow", "isRegex": false }],
        "startsAt": app.now().to_string(), "endsAt": "2100-01-01T00:00:00Z",
        "createdBy": "ana", "comment": "works",
    });
    let reply = app.post(&As::Anonymous, "/api/v2/silences", silence).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let text = metrics(&app).await;
    says(&text, "alertmanager_alerts{state=\"active\"} 1");
    says(&text, "alertmanager_alerts{state=\"suppressed\"} 1");
    says(&text, "alertmanager_silences{state=\"active\"} 1");
}

#[tokio::test]
async fn requests_are_counted_by_route_and_method() {
    let app = TestApp::new();
    app.fire("DiskFull", "critical").await;
    app.fire("DiskFull", "critical").await;
    app.get(&As::Local, "/api/v2/alerts/").await;
    app.get(&As::Local, "/api/v2/alerts").await;
    let text = metrics(&app).await;
    let count = |method| {
        format!(
            "http_request_duration_seconds_count{{handler=\"/api/v2/alerts\",method=\"{method}\"}}"
        )
    };
    says(&text, &format!("alertmanager_{} 2", count("post")));
    says(&text, &format!("alertmanager_{} 2", count("get")));
    // The one that asks.
    says(&text, "alertmanager_http_requests_in_flight{method=\"get\"} 1");
}

#[tokio::test]
async fn what_the_engine_has_done_is_shown() {
    let app = TestApp::new();
    let tally = Tally {
        signals: 4,
        left_out: LeftOut { inhibited: 1, inactive: 2, muted: 3, silenced: 4 },
        asked: 5,
        looked_up: 6,
        given_up: vec!["webhook".into(), "webhook".into()],
        groups_written: 9,
        silences_written: 1,
        history_looks: 1,
        history_failures: 1,
        ..Tally::default()
    };
    let took = jiff::SignedDuration::from_millis(250);
    app.app.counts.note(&tally, took);
    app.app.counts.note(&Tally { groups_written: 1, ..Tally::default() }, took);
    let text = metrics(&app).await;
    for line in [
        "notifications_suppressed_total{reason=\"inhibition\"} 1",
        "notifications_suppressed_total{reason=\"active_time_interval\"} 2",
        "notifications_suppressed_total{reason=\"mute_time_interval\"} 3",
        "notifications_suppressed_total{reason=\"silence\"} 4",
        "notifications_failed_total{integration=\"webhook\"} 2",
        "dispatcher_alert_processing_duration_seconds_sum 0.25",
        "dispatcher_alert_processing_duration_seconds_count 4",
        "silences_queries_total 5",
        "nflog_queries_total 6",
        "nflog_snapshot_duration_seconds_sum 0.5",
        "nflog_snapshot_duration_seconds_count 2",
        "silences_snapshot_duration_seconds_count 1",
        "silences_gc_duration_seconds_count 0",
        "nflog_maintenance_total 1",
        "nflog_maintenance_errors_total 1",
    ] {
        says(&text, &format!("alertmanager_{line}"));
    }
}
