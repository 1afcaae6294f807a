//! Alerts: the list with its filter, and one alert with where it went.

use askama::Template;
use jiff::Timestamp;

use super::{
    address::WebAddress,
    layout::Layout,
    now::AlertCounts,
    state::{AlertState, Rank},
};

/// `/alerts`: newest first, filtered by matchers.
#[derive(Template)]
#[template(path = "alerts_list.html")]
pub struct AlertsList {
    /// The frame.
    pub layout: Layout,
    /// The matchers as typed: `service="checkout-api", severity=~"critical|warning"`.
    pub filter: String,
    /// Why the matchers could not be read.
    pub filter_problem: Option<String>,
    /// The state that is shown: `firing`, `resolved` or empty for all.
    pub state: String,
    /// How many there are in each state, under the filter.
    pub counts: AlertCounts,
    /// One screenful.
    pub alerts: Vec<AlertRow>,
    /// The address of the next screenful.
    pub next: Option<String>,
    /// Whether no alert was ever received.
    pub never: bool,
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
    /// By name.
    pub annotations: Vec<Label>,
    /// The sender's address for the condition.
    pub generator_url: Option<WebAddress>,
    /// When the sender last spoke of it.
    pub updated_at: Timestamp,
    /// When it counts as resolved unless the sender speaks again.
    pub expires_at: Option<Timestamp>,
    /// Each way that the routes sent it, in the routes' order.
    pub routes: Vec<RouteTaken>,
}

/// One way that an alert went.
#[derive(Clone, Debug)]
pub struct RouteTaken {
    /// The route's matchers, or `default route`.
    pub route: String,
    /// The receiver's name.
    pub receiver: String,
    /// The group's key, as Alertmanager writes it.
    pub group_key: String,
    /// The group's labels.
    pub group: Vec<Label>,
    /// The page that it caused, as `(id, title)`.
    pub page: Option<(String, String)>,
    /// Why there is a page or none: `muted by interval weekends`.
    pub why: String,
}
