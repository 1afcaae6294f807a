//! Samples of alerts.

use super::{at, history, layout, sev, some, strings};
use crate::pages::{
    address::WebAddress,
    alert::{
        AlertGroupRow, AlertRow, AlertShow, AlertsList, Check, EarRow, EpisodeTold, Hidden,
        KeptBack, Label, RouteTaken, Toggle, ToldRow,
    },
    incident::Choice,
    layout::Section,
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
        kept_back: vec![],
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
        kept_back: vec![
            KeptBack {
                word: "Silenced by",
                icon: "quiet",
                by: "Alice Ops until 2025-06-02 12:31:00Z".to_owned(),
                href: some("/silences/0b8f5f0e-6c1f-4f7a-9d43-0a5c2f3f7a10"),
            },
            KeptBack {
                word: "Inhibited by",
                icon: "mute",
                by: "ReplicaLag".to_owned(),
                href: some("/alerts/91aa03be77c4d210"),
            },
        ],
        ..error_rate()
    }
}

fn choice(name: &str) -> Choice {
    Choice { value: name.to_owned(), text: name.to_owned(), selected: false }
}

fn toggle(word: &str, icon: &'static str, on: bool, count: usize) -> Toggle {
    Toggle {
        word: word.to_owned(),
        icon,
        on,
        count,
        href: "/alerts?muted=true".to_owned(),
        only: (count > 0).then(|| "/alerts?active=false".to_owned()),
    }
}

impl AlertsList {
    /// Returns alerts in every state.
    pub fn sample() -> AlertsList {
        AlertsList {
            layout: layout(Section::Alerts),
            filter: r#"cluster="eu""#.to_owned(),
            filter_problem: None,
            receivers: ["checkout", "slack-notifications"].map(choice).to_vec(),
            group: String::new(),
            kept: vec![("silenced", "true")],
            firing: 3,
            toggles: vec![
                toggle("Silenced", "quiet", true, 1),
                toggle("Inhibited", "mute", false, 0),
                toggle("Muted", "clock", false, 0),
            ],
            alerts: vec![replica_lag(), error_rate(), pool()],
            groups: vec![],
            next: some("/alerts?after=0be7719c3d5fa682"),
            never: false,
            is_narrow: true,
            hidden: None,
            without_label: false,
            names: strings(&["alertname", "cluster", "service"]),
        }
    }

    /// Returns a list all of whose alerts are silenced.
    pub fn all_silenced() -> AlertsList {
        AlertsList {
            filter: String::new(),
            firing: 0,
            alerts: vec![],
            next: None,
            is_narrow: false,
            hidden: Some(Hidden {
                title: "All 3 firing alerts are silenced".to_owned(),
                href: "/alerts?silenced=true".to_owned(),
            }),
            ..AlertsList::sample()
        }
    }

    /// Returns alerts counted by a label that none has.
    pub fn without_label() -> AlertsList {
        AlertsList { group: "servcie".to_owned(), without_label: true, ..AlertsList::grouped() }
    }

    /// Returns a list before the first alert.
    pub fn empty() -> AlertsList {
        AlertsList {
            filter: String::new(),
            firing: 0,
            alerts: Vec::new(),
            next: None,
            never: true,
            ..AlertsList::sample()
        }
    }

    /// Returns alerts counted by the values of a label.
    pub fn grouped() -> AlertsList {
        let row = |value: &str, alerts| AlertGroupRow {
            value: value.to_owned(),
            alerts,
            href: "/alerts?filter=cluster%3D%22eu%22".to_owned(),
        };
        AlertsList {
            group: "service".to_owned(),
            alerts: vec![],
            groups: vec![row("checkout-api", 2), row("", 1)],
            next: None,
            ..AlertsList::sample()
        }
    }

    /// Returns a filter that cannot be read.
    pub fn bad_filter() -> AlertsList {
        AlertsList {
            filter: "cluster=\"eu".to_owned(),
            filter_problem: some("The value after cluster= has no closing quote (character 9)."),
            never: false,
            ..AlertsList::empty()
        }
    }
}

fn check(fine: bool, text: &str, link: Option<String>) -> Check {
    let link = link.map(|words| ("/alerts/91aa03be77c4d210".to_owned(), words));
    Check { fine, text: text.to_owned(), link }
}

fn told(clock: &str, firing: bool, reason: &'static str) -> ToldRow {
    ToldRow {
        at: at(clock),
        since: at("08:50"),
        times: 1,
        to: "checkout/webhook/0".to_owned(),
        firing: Some(firing),
        reason,
        state: "sent",
        arrived: true,
        detail: "200 OK".to_owned(),
    }
}

fn ear(name: &str, why: &str) -> EarRow {
    EarRow { name: name.to_owned(), why: why.to_owned(), told: false }
}

/// A message that failed so often.
fn failed(times: usize) -> ToldRow {
    ToldRow {
        times,
        state: "failed",
        arrived: false,
        detail: "connection refused".to_owned(),
        ..told("10:30:40", true, "an alert that is new")
    }
}

impl AlertShow {
    /// Returns an alert that paged by one route and was only noted by another.
    pub fn sample() -> AlertShow {
        let group = vec![Label::new("alertname", "CheckoutErrorRate"), Label::new("cluster", "eu")];
        AlertShow {
            layout: layout(Section::Alerts),
            alert: error_rate(),
            labels: vec![(
                Label::new("alertname", "CheckoutErrorRate"),
                "/alerts?filter=alertname%3D%22CheckoutErrorRate%22".to_owned(),
            )],
            annotations: vec![
                Label::new("description", "The ratio of 5xx answers is above 5% for 2 minutes."),
                Label::new("runbook_url", "https://git.example.com/runbooks/checkout.md"),
            ],
            generator_url: WebAddress::read("http://prometheus.example.com/graph?g0.expr=up"),
            updated_at: at("10:34:02"),
            expires_at: Some(at("10:38:02")),
            checks: vec![
                check(true, "It fires.", None),
                check(false, "Inhibited: a graver alert fires, ", some("ReplicaLag")),
                check(true, "No silence hits it.", None),
            ],
            runbook_url: WebAddress::read("https://git.example.com/runbooks/checkout.md"),
            told: vec![failed(44), told("10:04:40", true, "the first message of the group")],
            same_name: r#"alertname="CheckoutErrorRate""#.to_owned(),
            episodes: vec![EpisodeTold {
                episode: history::episode(2, "08:50", "09:12"),
                told: vec![
                    told("08:50:30", true, "the first message of the group"),
                    told("09:15:30", false, "everything has resolved"),
                ],
            }],
            routes: vec![
                RouteTaken {
                    route: r#"service="checkout-api""#.to_owned(),
                    receiver: "checkout".to_owned(),
                    group_key: r#"{}/{service="checkout-api"}:{alertname="CheckoutErrorRate", cluster="eu"}"#
                        .to_owned(),
                    group: group.clone(),
                    muted_by: vec![],
                    next_at: Some(at("10:39:40")),
                    ears: vec![
                        ear("webhook/0", "told at 2025-06-02 10:04:40Z; told again after 4h"),
                        ear("people on call", "told at 2025-06-02 10:04:40Z"),
                    ],
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
                    muted_by: strings(&["weekends"]),
                    next_at: Some(at("10:39:40")),
                    ears: vec![ear("slack/0", "muted by weekends")],
                    page: None,
                    why: "The receiver slack-notifications runs none of Stentor's escalation policies."
                        .to_owned(),
                },
            ],
        }
    }
}
