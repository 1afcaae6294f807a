//! Samples of alerts.

use super::{at, layout, sev, some};
use crate::pages::{
    address::WebAddress,
    alert::{AlertRow, AlertShow, AlertsList, Label, RouteTaken},
    layout::Section,
    now::AlertCounts,
    state::AlertState,
};

pub(super) fn error_rate() -> AlertRow {
    AlertRow {
        fingerprint: "4c1f8e2a90d7b356".to_owned(),
        name: "CheckoutErrorRate".to_owned(),
        summary: some("30% of checkout requests answer 5xx"),
        state: AlertState::Firing,
        severity: sev(2),
        labels: vec![
            Label::new("cluster", "eu"),
            Label::new("job", "checkout"),
            Label::new("service", "checkout-api"),
            Label::new("severity", "high"),
        ],
        starts_at: at("10:04"),
        ends_at: None,
    }
}

pub(super) fn replica_lag() -> AlertRow {
    AlertRow {
        fingerprint: "91aa03be77c4d210".to_owned(),
        name: "ReplicaLag".to_owned(),
        summary: some("db-prod-2 is 42 s behind its primary"),
        severity: sev(1),
        labels: vec![
            Label::new("cluster", "eu"),
            Label::new("instance", "db-prod-2:9104"),
            Label::new("severity", "critical"),
        ],
        starts_at: at("10:30"),
        ..error_rate()
    }
}

pub(super) fn pool() -> AlertRow {
    AlertRow {
        fingerprint: "d00b5a61f2c98e47".to_owned(),
        name: "ConnectionPoolSaturated".to_owned(),
        summary: some("The pool of checkout-api is full: 100 of 100"),
        starts_at: at("10:05"),
        ..error_rate()
    }
}

fn cpu() -> AlertRow {
    AlertRow {
        fingerprint: "0be7719c3d5fa682".to_owned(),
        name: "HighCPUUsage".to_owned(),
        summary: some("CPU usage has been over 85% for 5 minutes"),
        state: AlertState::Resolved,
        severity: sev(3),
        labels: vec![Label::new("instance", "web-4:9100"), Label::new("severity", "warning")],
        starts_at: at("08:50"),
        ends_at: Some(at("09:12")),
    }
}

impl AlertsList {
    /// Returns alerts in every state.
    pub fn sample() -> AlertsList {
        AlertsList {
            layout: layout(Section::Alerts),
            filter: r#"cluster="eu""#.to_owned(),
            filter_problem: None,
            state: String::new(),
            counts: AlertCounts { firing: 3, resolved: 1 },
            alerts: vec![replica_lag(), error_rate(), pool(), cpu()],
            next: some("/alerts?after=0be7719c3d5fa682"),
            never: false,
        }
    }

    /// Returns a list before the first alert.
    pub fn empty() -> AlertsList {
        AlertsList {
            filter: String::new(),
            counts: AlertCounts::default(),
            alerts: Vec::new(),
            next: None,
            never: true,
            ..AlertsList::sample()
        }
    }

    /// Returns a filter that cannot be read.
    pub fn bad_filter() -> AlertsList {
        AlertsList {
            filter: "cluster=\"eu".to_owned(),
            filter_problem: some("The value after cluster= has no closing quote (character 9)."),
            state: "firing".to_owned(),
            never: false,
            ..AlertsList::empty()
        }
    }
}

impl AlertShow {
    /// Returns an alert that paged by one route and was only noted by another.
    pub fn sample() -> AlertShow {
        let group = vec![Label::new("alertname", "CheckoutErrorRate"), Label::new("cluster", "eu")];
        AlertShow {
            layout: layout(Section::Alerts),
            alert: error_rate(),
            annotations: vec![
                Label::new("description", "The ratio of 5xx answers is above 5% for 2 minutes."),
                Label::new("runbook_url", "https://git.example.com/runbooks/checkout.md"),
            ],
            generator_url: WebAddress::read("http://prometheus.example.com/graph?g0.expr=up"),
            updated_at: at("10:34:02"),
            expires_at: Some(at("10:38:02")),
            routes: vec![
                RouteTaken {
                    route: r#"service="checkout-api""#.to_owned(),
                    receiver: "checkout".to_owned(),
                    group_key: r#"{}/{service="checkout-api"}:{alertname="CheckoutErrorRate", cluster="eu"}"#
                        .to_owned(),
                    group: group.clone(),
                    page: Some((
                        "pag_01jwrhpe8n".to_owned(),
                        "Checkout API: 30% of requests answer 5xx".to_owned(),
                    )),
                    why: "The receiver escalates by the policy platform.".to_owned(),
                },
                RouteTaken {
                    route: "default route".to_owned(),
                    receiver: "slack-notifications".to_owned(),
                    group_key: r#"{}:{alertname="CheckoutErrorRate", cluster="eu"}"#.to_owned(),
                    group,
                    page: None,
                    why: "The receiver has no escalation policy; it was told in Slack #alerts."
                        .to_owned(),
                },
            ],
        }
    }
}
