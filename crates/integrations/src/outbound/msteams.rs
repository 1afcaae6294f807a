//! Microsoft Teams by an incoming webhook of the old connector: a message card.
//!
//! Source: Microsoft's "Legacy actionable message card reference".

use serde::Serialize;
use stentor_domain::message::Message;
use stentor_domain::plan::Settings;
use stentor_go::json;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request};

/// Microsoft Teams, by the connectors that Microsoft is retiring.
pub struct Msteams;

impl Channel for Msteams {
    fn kind(&self) -> &'static str {
        "msteams"
    }

    fn about(&self) -> About {
        About {
            title: "Microsoft Teams (connectors)",
            help: "A message card through an incoming webhook of the old kind, red while anything fires and green \
                   when nothing does. Microsoft retires these webhooks; new ones are the next kind.",
            settings: SETTINGS,
            example: "receivers:\n  - name: chat\n    msteams_configs:\n      - webhook_url_file: /etc/stentor/teams",
            notes: "Nothing is cut. Tried again: 429 and 5xx.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        let form = Form::new(settings, context);
        let card = Card {
            context: "http://schema.org/extensions",
            kind: "MessageCard",
            title: form.text("title")?,
            summary: form.text("summary")?,
            text: form.text("text")?,
            theme_color: if context.alerts().firing() { "8C1A1A" } else { "2DC72D" },
        };
        Call::post(settings, form.plain("webhook_url")).with("webhook_url", json::line(&card))
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("webhook_url", "The webhook's address; or `webhook_url_file`.").secret(),
    Field::of(
        "title, summary, text",
        "What the card says; templates, by default `msteams.default.title` and so on.",
    ),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Card {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    summary: String,
    text: String,
    theme_color: &'static str,
}
