//! What became of notifications, by integration, under the names that Alertmanager's dashboards know.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use stentor_domain::delivery::Outcome;

use crate::exposition::{Exposition, Kind, Seen};

/// The kinds that the original knows: each has its zeros, so that a rate over it is there from the start.
const KINDS: [&str; 18] = [
    "discord",
    "email",
    "incidentio",
    "jira",
    "mattermost",
    "msteams",
    "msteamsv2",
    "opsgenie",
    "pagerduty",
    "pushover",
    "rocketchat",
    "slack",
    "sns",
    "telegram",
    "victorops",
    "webex",
    "webhook",
    "wechat",
];

/// The bounds of the latency's histogram, in seconds; the original's.
const BOUNDS: [f64; 5] = [1.0, 5.0, 10.0, 15.0, 20.0];

/// Counters by integration.
#[derive(Debug, Default)]
pub struct Told(Mutex<BTreeMap<String, One>>);

#[derive(Clone, Debug, Default)]
struct One {
    notifications: u64,
    failed: u64,
    requests: u64,
    requests_failed: u64,
    latency: Option<Seen>,
}

impl Told {
    /// Counts an attempt, the first is 1, over the integration `kind`, which took so many seconds.
    pub fn note(&self, kind: &str, attempt: u32, outcome: &Outcome, seconds: f64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let one = all.entry(kind.to_owned()).or_default();
        one.notifications += u64::from(attempt == 1);
        one.requests += 1;
        match outcome {
            Outcome::Sent { .. } => {}
            Outcome::Retry { .. } | Outcome::Refused { .. } => one.requests_failed += 1,
        }
        one.latency.get_or_insert_with(|| Seen::nothing(&BOUNDS)).add(&BOUNDS, seconds);
    }

    /// Counts a message that was given up.
    pub(crate) fn note_given_up(&self, kind: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(kind.to_owned()).or_default().failed += 1;
    }

    /// Writes everything.
    pub(crate) fn write(&self, out: &mut Exposition) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for kind in KINDS {
            all.entry(kind.to_owned()).or_default();
        }
        type Count = fn(&One) -> u64;
        let counters: [(&str, &str, Count); 4] = [
            ("notifications_total", "Notifications that were begun", |one| one.notifications),
            ("notifications_failed_total", "Notifications that were given up", |one| one.failed),
            ("notification_requests_total", "Attempts to notify", |one| one.requests),
            ("notification_requests_failed_total", "Attempts that failed", |one| {
                one.requests_failed
            }),
        ];
        for (name, help, count) in counters {
            let family = out.family(&format!("alertmanager_{name}"), Kind::Counter, help);
            for (kind, one) in &all {
                family.value(&[("integration", kind)], count(one));
            }
        }
        let (name, help) = ("alertmanager_notification_latency_seconds", "How long attempts took");
        out.family(name, Kind::Histogram, help);
        let nothing = Seen::nothing(&BOUNDS);
        for (kind, one) in &all {
            let seen = one.latency.as_ref().unwrap_or(&nothing);
            out.histogram(&[("integration", kind)], &BOUNDS, seen);
        }
    }
}
