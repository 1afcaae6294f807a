//! The alerts of the story, as Prometheus would send them.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// What pages and what the story is about.
pub(super) const ALERT: &str = "CheckoutHighErrorRate";

/// An alert of the story: who sends it, what it says, and how long it has been so.
pub(super) struct Scene {
    name: &'static str,
    job: &'static str,
    instance: &'static str,
    severity: &'static str,
    summary: &'static str,
    minutes_ago: i64,
}

/// First the database becomes slow.
pub(super) const DATABASE: Scene = Scene {
    name: "DatabaseLatencyHigh",
    job: "postgres-exporter",
    instance: "orders-db-1:9187",
    severity: "warning",
    summary: "The 95th percentile of queries on orders-db-1 is 1.9 s",
    minutes_ago: 4,
};

/// Then the checkout fails on both instances.
pub(super) const CHECKOUT: [Scene; 2] = [
    Scene {
        name: ALERT,
        job: "checkout",
        instance: "checkout-1:8080",
        severity: "critical",
        summary: "31% of the requests to checkout-1 are answered 5xx",
        minutes_ago: 2,
    },
    Scene {
        name: ALERT,
        job: "checkout",
        instance: "checkout-2:8080",
        severity: "critical",
        summary: "29% of the requests to checkout-2 are answered 5xx",
        minutes_ago: 2,
    },
];

/// What goes on beside the story, so that there is something left to do when it is over.
pub(super) const BESIDE: [Scene; 2] = [
    Scene {
        name: "HighCPUUsage",
        job: "node",
        instance: "build-3:9100",
        severity: "warning",
        summary: "High CPU usage on build-3",
        minutes_ago: 7,
    },
    Scene {
        name: "CertificateExpiresSoon",
        job: "blackbox",
        instance: "shop.example.com",
        severity: "info",
        summary: "The certificate of shop.example.com ends in 20 days",
        minutes_ago: 30,
    },
];

impl Scene {
    /// Returns the alert as Prometheus sends it; `lasts` is when it ends from `now` on, at most zero for one that is over.
    pub(super) fn wire(&self, now: Timestamp, lasts: Option<SignedDuration>) -> Value {
        let mut alert = json!({
            "labels": {
                "alertname": self.name, "job": self.job, "instance": self.instance,
                "severity": self.severity,
            },
            "annotations": { "summary": self.summary, "description": "Played by `stentor demo`" },
            "startsAt": now - SignedDuration::from_mins(self.minutes_ago),
            "generatorURL": "http://localhost:9090/graph",
        });
        if let Some(lasts) = lasts {
            alert["endsAt"] = json!(now + lasts);
        }
        alert
    }
}
