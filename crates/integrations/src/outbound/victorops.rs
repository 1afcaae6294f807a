//! VictorOps, today Splunk On-Call: its REST endpoint.
//!
//! Source: Splunk's "REST Endpoint integration for Splunk On-Call"; requests of Alertmanager 0.25, captured.

use stentor_domain::message::Message;
use stentor_domain::plan::Settings;
use stentor_go::json;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request, cut, url};

/// The longest state message that VictorOps takes, in letters.
const STATE_LETTERS_MAX: usize = 20_480;

/// VictorOps.
pub struct Victorops;

impl Channel for Victorops {
    fn kind(&self) -> &'static str {
        "victorops"
    }

    fn about(&self) -> About {
        About {
            title: "VictorOps (Splunk On-Call)",
            help: "A message that opens an incident while anything fires, and a `RECOVERY` when nothing does. Its \
                   `entity_id` is the SHA-256 of the group's key, as Alertmanager makes it.",
            settings: SETTINGS,
            example: "receivers:\n  - name: oncall\n    victorops_configs:\n      - api_key_file: /etc/stentor/victorops\n        routing_key: checkout",
            notes: "The state message has at most 20480 letters. Tried again: 429 and 5xx.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        let form = Form::new(settings, context);
        let key = form.plain("api_key").trim();
        if key.is_empty() {
            return Err("`api_key` is not set".to_owned());
        }
        let path = format!("{key}/{}", form.text("routing_key")?);
        let asked = form.text("message_type")?;
        let kind = match (context.alerts().firing(), asked.as_str()) {
            (false, _) => "RECOVERY",
            (true, "INFO" | "WARNING") => &asked,
            (true, _) => "CRITICAL",
        };
        let mut said = form.map("custom_fields")?;
        for (name, value) in [
            ("message_type", kind.to_owned()),
            ("entity_id", context.key_hash()),
            ("entity_display_name", form.text("entity_display_name")?),
            ("state_message", cut::letters(&form.text("state_message")?, STATE_LETTERS_MAX)),
            ("monitoring_tool", form.text("monitoring_tool")?),
        ] {
            said.entry(name.to_owned()).or_insert(value);
        }
        let url = url::join(form.plain("api_url"), &path);
        Call::post(settings, url).with("api_url", json::line(&said))
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("api_key", "The key of the REST endpoint; or `api_key_file`.").secret(),
    Field::needed("routing_key", "Who hears of it; a template."),
    Field::of("api_url", "VictorOps' address. By default its own."),
    Field::of(
        "message_type",
        "`CRITICAL`, `WARNING` or `INFO` while anything fires; a template. Anything else is `CRITICAL`.",
    ),
    Field::of(
        "state_message",
        "What it says; a template, by default `victorops.default.state_message`.",
    ),
    Field::of("entity_display_name, monitoring_tool", "As VictorOps has them; templates."),
    Field::of("custom_fields", "Further names and templates."),
];
