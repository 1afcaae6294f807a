//! Messages: what a delivery carries, before a channel puts it into its own words.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::group::Reason;
use crate::id::PageId;
use crate::labels::{Fingerprint, Labels};

/// One message, ready for any channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "about")]
pub enum Message {
    /// A group notifies a receiver.
    Alerts(AlertsMessage),
    /// A person is asked to act, or told how it went on.
    Page(PageMessage),
    /// Somebody tries out a channel.
    Test(TestMessage),
}

/// What a receiver is told about a group; the content of Alertmanager's webhook, version 4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertsMessage {
    /// The receiver's name.
    pub receiver: String,
    /// The group's key, byte for byte Alertmanager's.
    pub group_key: String,
    /// The labels that the group was made by.
    pub group_labels: Labels,
    /// In Alertmanager's order; when one fires, firing and resolved ones are mixed.
    pub alerts: Vec<AlertView>,
    /// How many more there are than `alerts` shows.
    pub truncated: usize,
    /// The address of this server.
    pub external_url: String,
    /// Why it is told now.
    #[serde(default)]
    pub reason: Option<Reason>,
    /// The labels of the route; their values are templates, not filled in yet.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub route_labels: Labels,
    /// What the provider knows the integration's earlier message about this group by, should it change that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<String>,
}

/// One alert inside a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertView {
    /// The alert's identity.
    pub fingerprint: Fingerprint,
    /// Whether it fires.
    pub firing: bool,
    /// What it is known by.
    pub labels: Labels,
    /// What its rule says of it.
    pub annotations: Labels,
    /// Since when.
    pub starts_at: Timestamp,
    /// Until when; only meaningful when resolved.
    pub ends_at: Timestamp,
    /// Where it was made.
    pub generator_url: String,
}

/// Labels of the alert that a receiver is tried out with, when nobody names others.
const TRIAL: [(&str, &str); 2] = [("alertname", "StentorTest"), ("severity", "info")];

/// How long the alert of a trial would fire.
const TRIAL_LASTS: SignedDuration = SignedDuration::from_mins(5);

impl AlertsMessage {
    /// Makes up a message with one firing alert, to try out `receiver`; without `labels` it has some of its own.
    pub fn trial(
        receiver: &str,
        labels: Option<Labels>,
        (by, external_url): (&str, &str),
        now: Timestamp,
    ) -> Self {
        let labels = labels.unwrap_or_else(|| TRIAL.into_iter().collect());
        let said = format!("This is a test that {by} asked for. Nothing is wrong.");
        let annotations =
            [("summary", "Test of a receiver"), ("description", &said)].into_iter().collect();
        let alert = AlertView {
            fingerprint: labels.fingerprint(),
            firing: true,
            labels: labels.clone(),
            annotations,
            starts_at: now,
            ends_at: now + TRIAL_LASTS,
            generator_url: external_url.to_owned(),
        };
        Self {
            receiver: receiver.to_owned(),
            group_key: format!("{{}}:{labels}"),
            group_labels: labels,
            alerts: vec![alert],
            truncated: 0,
            external_url: external_url.to_owned(),
            reason: Some(Reason::First),
            route_labels: Labels::default(),
            earlier: None,
        }
    }

    /// Tells whether any alert of the message fires.
    pub fn firing(&self) -> bool {
        self.alerts.iter().any(|alert| alert.firing)
    }

    /// Returns the labels that all alerts share.
    pub fn common_labels(&self) -> Labels {
        Labels::common(self.alerts.iter().map(|alert| &alert.labels))
    }

    /// Returns the annotations that all alerts share.
    pub fn common_annotations(&self) -> Labels {
        Labels::common(self.alerts.iter().map(|alert| &alert.annotations))
    }
}

/// What a person is told about a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageMessage {
    /// The page.
    pub page: PageId,
    /// What the message is for.
    pub purpose: Purpose,
    /// The page's title, one line.
    pub title: String,
    /// `Sev-1 Critical`.
    pub severity: String,
    /// The service's name; empty when no service owns it.
    pub service: String,
    /// What is known, a line each: summaries of alerts.
    pub summary: Vec<String>,
    /// Where the runbook is; empty when there is none.
    pub runbook: String,
    /// The name of the person who is asked.
    pub person: String,
    /// Their mail address; empty when unknown.
    #[serde(default)]
    pub email: String,
    /// Their member id at Slack; empty when unknown.
    pub slack_id: String,
    /// Why it is them.
    pub why: String,
    /// When the page began.
    pub triggered_at: Timestamp,
    /// The page in the browser.
    pub page_url: String,
    /// Where one tap and a confirmation acknowledge or resolve it without signing in; empty when resolved.
    pub answer_url: String,
}

/// What a message about a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Act now.
    Act,
    /// It has resolved: nothing is left to do.
    Resolved,
}

/// A channel's trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestMessage {
    /// The channel's key.
    pub channel: String,
    /// Who asked for it.
    pub by: String,
    /// The address of this server.
    pub external_url: String,
}
