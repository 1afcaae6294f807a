//! Alerts: the list with its filter, and one alert with where it went.

use std::borrow::Cow;

use askama::Template;
use jiff::Timestamp;

use super::{
    address::WebAddress,
    history::EpisodeRow,
    incident::Choice,
    layout::Layout,
    state::{AlertState, Rank},
};

/// `/alerts`: what fires, newest first, filtered by matchers.
#[derive(Template)]
#[template(path = "alerts_list.html")]
pub struct AlertsList {
    /// The frame.
    pub layout: Layout,
    /// The matchers as typed: `service="checkout-api", severity=~"critical|warning"`.
    pub filter: String,
    /// Why the matchers could not be read.
    pub filter_problem: Option<String>,
    /// The receivers to choose from.
    pub receivers: Vec<Choice>,
    /// The label by whose values the alerts are counted; empty for a list of alerts.
    pub group: String,
    /// The fields of the address that the form keeps: which toggles are on.
    pub kept: Vec<(&'static str, &'static str)>,
    /// How many fire and are shown, under the filter.
    pub firing: usize,
    /// What else is shown, or could be.
    pub toggles: Vec<Toggle>,
    /// One screenful.
    pub alerts: Vec<AlertRow>,
    /// One screenful of the label's values.
    pub groups: Vec<AlertGroupRow>,
    /// The address of the next screenful.
    pub next: Option<String>,
    /// Whether no alert was ever received.
    pub never: bool,
    /// Whether only some alerts are asked for.
    pub is_narrow: bool,
    /// What is said when nothing is shown, though something fires.
    pub hidden: Option<Hidden>,
    /// Whether the alerts were to be counted by a label that none of them has.
    pub without_label: bool,
    /// Labels to count by, by name.
    pub names: Vec<String>,
}

/// Firing alerts none of which is shown.
#[derive(Clone, Debug)]
pub struct Hidden {
    /// How many, and why: `All 3 firing alerts are silenced`.
    pub title: String,
    /// The address of the list that shows them.
    pub href: String,
}

/// A switch over a list: alerts that nobody is told of are hidden until they are asked for.
#[derive(Clone, Debug)]
pub struct Toggle {
    /// What it shows.
    pub word: String,
    /// The name of a symbol in `icons.html`.
    pub icon: &'static str,
    /// Whether they are shown.
    pub on: bool,
    /// How many there are, under the filter.
    pub count: usize,
    /// The address of the list with the switch the other way.
    pub href: String,
    /// The address of the list of these alone; `None` when there is none, or this is it.
    pub only: Option<String>,
}

/// Alerts with one value of a label.
#[derive(Clone, Debug)]
pub struct AlertGroupRow {
    /// The value; empty for alerts without the label.
    pub value: String,
    /// How many alerts.
    pub alerts: usize,
    /// The address of their list.
    pub href: String,
}

/// An alert in a list.
#[derive(Clone, Debug)]
pub struct AlertRow {
    /// Sixteen hexadecimal digits, as in its address.
    pub fingerprint: String,
    /// The label `alertname`, or the first label.
    pub name: String,
    /// The annotation `summary`, when there is one.
    pub summary: Option<String>,
    /// Where it stands.
    pub state: AlertState,
    /// How bad it is.
    pub severity: Rank,
    /// The other labels, by name.
    pub labels: Vec<Label>,
    /// Since when the condition holds.
    pub starts_at: Timestamp,
    /// When it ceased to hold.
    pub ends_at: Option<Timestamp>,
    /// Why nobody is told of it now.
    pub kept_back: Vec<KeptBack>,
}

/// A row shows at most this many labels; the alert's own page has all of them.
const LABELS_SHOWN: usize = 10;

/// Longer names, values and summaries are cut in a list.
const LIST_CHARS_MAX: usize = 160;

impl AlertRow {
    /// Returns the name as a list has room for it.
    pub fn brief_name(&self) -> Cow<'_, str> {
        brief(&self.name)
    }

    /// Returns the summary as a list has room for it.
    pub fn brief_summary(&self) -> Option<Cow<'_, str>> {
        self.summary.as_deref().map(brief)
    }

    /// Returns the labels that a list has room for.
    pub fn first_labels(&self) -> &[Label] {
        &self.labels[..self.labels.len().min(LABELS_SHOWN)]
    }

    /// Returns how many labels there are beyond those.
    pub fn more_labels(&self) -> usize {
        self.labels.len().saturating_sub(LABELS_SHOWN)
    }
}

/// Returns the beginning of a text; an ellipsis says that there is more.
fn brief(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LIST_CHARS_MAX) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// One reason why nobody is told of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBack {
    /// As it begins a sentence: `Silenced by`.
    pub word: &'static str,
    /// The name of a symbol in `icons.html`.
    pub icon: &'static str,
    /// By what; instants in it as a sentence has them.
    pub by: String,
    /// Where that can be read.
    pub href: Option<String>,
}

/// A name and a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

impl Label {
    /// Makes one.
    pub fn new(name: &str, value: &str) -> Label {
        Label { name: name.to_owned(), value: value.to_owned() }
    }

    /// Returns the value as a list has room for it.
    pub fn brief(&self) -> Cow<'_, str> {
        brief(&self.value)
    }

    /// Returns the value as a link, when it is a web address.
    pub fn link(&self) -> Option<WebAddress> {
        WebAddress::read(&self.value)
    }
}

/// `/alerts/{fingerprint}`: one alert and where it went.
#[derive(Template)]
#[template(path = "alert_show.html")]
pub struct AlertShow {
    /// The frame.
    pub layout: Layout,
    /// What the list shows of it, too.
    pub alert: AlertRow,
    /// Every label by name, and the address of all alerts that have it.
    pub labels: Vec<(Label, String)>,
    /// By name.
    pub annotations: Vec<Label>,
    /// The sender's address for the condition.
    pub generator_url: Option<WebAddress>,
    /// When the sender last spoke of it.
    pub updated_at: Timestamp,
    /// When it counts as resolved unless the sender speaks again.
    pub expires_at: Option<Timestamp>,
    /// What is asked before the routes are, in order.
    pub checks: Vec<Check>,
    /// Each way that the routes send it, in the routes' order.
    pub routes: Vec<RouteTaken>,
    /// Where the sender says to read what to do.
    pub runbook_url: Option<WebAddress>,
    /// What was told of it since it fires, newest first.
    pub told: Vec<ToldRow>,
    /// Its firings that have ended, newest first.
    pub episodes: Vec<EpisodeTold>,
    /// The matcher of all alerts of this name.
    pub same_name: String,
}

/// One answer on the way from an alert to those who are told.
#[derive(Clone, Debug)]
pub struct Check {
    /// Whether it goes on from here.
    pub fine: bool,
    /// One sentence, or its beginning when there is a link.
    pub text: String,
    /// Where more can be read, as `(address, words)`.
    pub link: Option<(String, String)>,
}

/// One way that an alert goes.
#[derive(Clone, Debug)]
pub struct RouteTaken {
    /// The matchers from the root down, or `default route`.
    pub route: String,
    /// The receiver's name.
    pub receiver: String,
    /// The group's key, as Alertmanager writes it.
    pub group_key: String,
    /// The group's labels.
    pub group: Vec<Label>,
    /// The intervals that mute the route now.
    pub muted_by: Vec<String>,
    /// When the group looks next whether it has news.
    pub next_at: Option<Timestamp>,
    /// Everybody who may hear of it, and whether they do.
    pub ears: Vec<EarRow>,
    /// The page that it caused, as `(id, title)`.
    pub page: Option<(String, String)>,
    /// Why there is a page or none; empty where the plan has no escalation policy.
    pub why: String,
}

/// Somebody who may hear of an alert.
#[derive(Clone, Debug)]
pub struct EarRow {
    /// An integration as in `webhook/0`, or the people on call.
    pub name: String,
    /// The decision in a few words.
    pub why: String,
    /// Whether they are told at the next look.
    pub told: bool,
}

/// One message that named an alert.
#[derive(Clone, Debug)]
pub struct ToldRow {
    /// When it was made; the last of several that failed alike.
    pub at: Timestamp,
    /// When the first of them was made.
    pub since: Timestamp,
    /// How many they are; 1 for what did not fail.
    pub times: usize,
    /// The receiver and its integration.
    pub to: String,
    /// Whether it said that the alert fires; `None` when it was cut short before it.
    pub firing: Option<bool>,
    /// Why then.
    pub reason: &'static str,
    /// Where it stands.
    pub state: &'static str,
    /// Whether the provider has it.
    pub arrived: bool,
    /// What the provider said.
    pub detail: String,
}

/// A firing that has ended, and what was told of it.
#[derive(Clone, Debug)]
pub struct EpisodeTold {
    /// The firing.
    pub episode: EpisodeRow,
    /// Oldest first.
    pub told: Vec<ToldRow>,
}
