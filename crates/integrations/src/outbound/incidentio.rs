//! incident.io: an HTTP alert source for Alertmanager.
//!
//! Source: incident.io's "Alertmanager" alert source; the payload is Alertmanager's own, with version 1.

use stentor_domain::message::Message;
use stentor_domain::plan::Settings;

use super::call::Call;
use super::form::Form;
use super::webhook;
use super::{About, Channel, Context, Field, Request};

/// The largest payload that incident.io takes; of a larger one only the first alert is sent.
const PAYLOAD_BYTES_MAX: usize = 512 * 1_024;

/// incident.io.
pub struct Incidentio;

impl Channel for Incidentio {
    fn kind(&self) -> &'static str {
        "incidentio"
    }

    fn about(&self) -> About {
        About {
            title: "incident.io",
            help: "The alerts of a group, in the payload of a webhook, to an alert source.",
            settings: SETTINGS,
            example: "receivers:\n  - name: oncall\n    incidentio_configs:\n      - url: https://api.incident.io/v2/alert_events/alertmanager/01ABC\n        alert_source_token_file: /etc/stentor/incidentio",
            notes: "A payload over 512 kB is sent with its first alert only, and `truncatedAlerts` counts the others. \
                    Tried again: 429 and 5xx.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        let form = Form::new(settings, context);
        let mut body = webhook::payload(context.alerts(), context.route_labels(), "1");
        if body.len() > PAYLOAD_BYTES_MAX && context.alerts().alerts.len() > 1 {
            let mut first = context.alerts().clone();
            first.truncated += first.alerts.len() - 1;
            first.alerts.truncate(1);
            body = webhook::payload(&first, context.route_labels(), "1");
        }
        let mut call = Call::post(settings, form.plain("url"));
        let token = form.plain("alert_source_token").trim();
        if !token.is_empty() {
            call = call.header("Authorization", format!("Bearer {token}"));
        }
        call.with("url", body)
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("url", "The alert source's address; or `url_file`."),
    Field::needed(
        "alert_source_token",
        "Its token; or `alert_source_token_file`, or `http_config.authorization`.",
    )
    .secret(),
    Field::of("max_alerts", "At most this many alerts in one message. By default all."),
    Field::of("timeout", "How long an attempt may take. By default 30 s."),
];
