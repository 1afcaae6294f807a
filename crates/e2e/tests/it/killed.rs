//! What was accepted survives `kill -9`.

use std::collections::BTreeMap;
use std::time::Duration;

use stentor_e2e::seeded::Seeded;
use stentor_e2e::sink::Sink;
use stentor_e2e::site::Site;
use stentor_e2e::turn::beside;
use stentor_e2e::wait::{pause, until};

use crate::plans;

const KILLS: usize = 30;

/// At least so many kills have to come before a delivery, or there was nothing to survive.
const KILLS_BEFORE_DELIVERY_MIN: usize = 5;

/// The server is killed at most this long after it accepted the last alert of a round.
const LIVES_MS_MAX: u64 = 300;

/// The receiver takes at most this long to answer, so that many kills meet a delivery under way.
const ANSWERS_MS_MAX: u64 = 250;

/// What is sent over loopback is received after this time.
const ARRIVES_WITHIN: Duration = Duration::from_millis(30);

/// A delivery that was under way when the server was killed is made again when its lease has ended.
const LEASE_S: u64 = 60;

/// Counts how often each alert was received.
fn counts(sink: &Sink) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for body in sink.received() {
        for alert in body["alerts"].as_array().into_iter().flatten() {
            let name = alert["labels"]["alertname"].as_str().expect("an alert has a name");
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    counts
}

#[test]
fn every_accepted_alert_is_delivered_after_kill_9() {
    beside(async {
        let mut random = Seeded(2);
        let delays_ms = (0..64).map(|_| random.below(ANSWERS_MS_MAX)).collect();
        let sink = Sink::start(delays_ms).await;
        let mut site = Site::new(plans::NOBODY_PAGED, &plans::to_webhook(sink.port));
        let mut accepted = Vec::new();
        let mut kills_before_delivery = 0;
        let mut before = BTreeMap::new();
        for _ in 0..KILLS {
            let mut server = site.start().await;
            for late in ["", "", "yes"] {
                let name = format!("Alert{}", accepted.len());
                server.fire(&[("alertname", &name), ("late", late)]).await;
                accepted.push(name);
            }
            pause(Duration::from_millis(random.below(LIVES_MS_MAX + 1))).await;
            server.process.kill();
            // What had left the server before it was killed has arrived then.
            pause(ARRIVES_WITHIN).await;
            before = one_more_at_most(&sink, &before);
            kills_before_delivery += usize::from(before.len() < accepted.len());
        }
        assert!(kills_before_delivery >= KILLS_BEFORE_DELIVERY_MIN, "{kills_before_delivery}");
        let server = site.start().await;
        until("every accepted alert is delivered", LEASE_S + 20, async || {
            let counts = counts(&sink);
            accepted.iter().all(|name| counts.contains_key(name)).then_some(())
        })
        .await;
        until("no delivery is under way", LEASE_S + 20, async || {
            let deliveries = server.items("/api/v1/deliveries?limit=500").await;
            deliveries.iter().all(|delivery| delivery["state"] == "sent").then_some(())
        })
        .await;
        let after = one_more_at_most(&sink, &before);
        assert_eq!(after.len(), accepted.len(), "nothing was delivered that was not accepted");
    });
}

/// Between two kills an alert is delivered at most once: each kill makes at most one duplicate of it.
fn one_more_at_most(sink: &Sink, before: &BTreeMap<String, usize>) -> BTreeMap<String, usize> {
    let counts = counts(sink);
    for (name, count) in &counts {
        let count_before = before.get(name).unwrap_or(&0);
        assert!(
            *count <= count_before + 1,
            "{name} was delivered {count} times, {count_before} before"
        );
    }
    counts
}
