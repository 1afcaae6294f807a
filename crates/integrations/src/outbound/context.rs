//! What a channel knows beside its settings and the message.

use std::borrow::Cow;
use std::cell::OnceCell;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use stentor_domain::group::Reason;
use stentor_domain::labels::Labels;
use stentor_domain::message::{AlertsMessage, Message};
use stentor_domain::template::{Data, Templates};

use super::words;

/// What a channel knows beside its settings and the message itself.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The delivery's id: the same for each attempt, so that a receiver can tell a repetition.
    pub delivery: &'a str,
    /// When the attempt began.
    pub now: Timestamp,
    alerts: Cow<'a, AlertsMessage>,
    templates: &'a Templates,
    route_labels: OnceCell<Labels>,
    data: OnceCell<Data>,
}

impl<'a> Context<'a> {
    /// Gathers what an attempt needs; `templates` are the plan's.
    pub fn new(
        message: &'a Message,
        templates: &'a Templates,
        delivery: &'a str,
        now: Timestamp,
    ) -> Self {
        let alerts = words::alerts_of(message, now);
        Self {
            delivery,
            now,
            alerts,
            templates,
            route_labels: OnceCell::new(),
            data: OnceCell::new(),
        }
    }

    fn data(&self) -> &Data {
        self.data.get_or_init(|| self.data_with(self.route_labels()))
    }

    fn data_with(&self, route_labels: &Labels) -> Data {
        let reason = self.alerts.reason.map_or("", Reason::words);
        Data::of(&self.alerts, reason, route_labels, self.now)
    }

    /// Returns the labels of the route with their values filled in; one that cannot be is as it stands in the file.
    pub fn route_labels(&self) -> &Labels {
        self.route_labels.get_or_init(|| {
            let data = OnceCell::new();
            let filled = |value: &str| match value.contains("{{") {
                true => {
                    let data = data.get_or_init(|| self.data_with(&Labels::default()));
                    self.templates.text(value, data).unwrap_or_else(|_| value.to_owned())
                }
                false => value.to_owned(),
            };
            self.alerts.route_labels.iter().map(|(name, value)| (name, filled(value))).collect()
        })
    }

    /// Returns the message as one about alerts: a page or a trial is a single one that fires.
    pub fn alerts(&self) -> &AlertsMessage {
        &self.alerts
    }

    /// Fills in a template as text; the error says why it cannot be.
    pub fn text(&self, template: &str) -> Result<String, String> {
        match template.contains("{{") {
            true => self.templates.text(template, self.data()),
            false => Ok(template.to_owned()),
        }
    }

    /// Fills in a template as HTML, where what comes from alerts is escaped.
    pub fn html(&self, template: &str) -> Result<String, String> {
        match template.contains("{{") {
            true => self.templates.html(template, self.data()),
            false => Ok(template.to_owned()),
        }
    }

    /// Returns the hash by which providers know the group: 64 hexadecimal digits over its key.
    pub fn key_hash(&self) -> String {
        let digest = Sha256::digest(self.alerts.group_key.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
