//! Webex: a message to a room.
//!
//! Source: Webex' "Create a Message"; requests of Alertmanager 0.25, captured.

use serde::Serialize;
use stentor_domain::message::Message;
use stentor_domain::plan::Settings;
use stentor_go::json;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request, cut};

/// The longest message that Webex takes.
const MESSAGE_BYTES_MAX: usize = 7_439;

/// Webex.
pub struct Webex;

impl Channel for Webex {
    fn kind(&self) -> &'static str {
        "webex"
    }

    fn about(&self) -> About {
        About {
            title: "Webex",
            help: "A message in Markdown to a room. The bot's token is given as `http_config.authorization`.",
            settings: SETTINGS,
            example: "receivers:\n  - name: chat\n    webex_configs:\n      - room_id: Y2lzY29zcGFyazovL3VzL1JPT00v\n        http_config:\n          authorization:\n            credentials_file: /etc/stentor/webex",
            notes: "The message has at most 7439 bytes. Tried again: 429 and 5xx.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        let form = Form::new(settings, context);
        let markdown = cut::bytes(&form.text("message")?, MESSAGE_BYTES_MAX);
        let post = Post { markdown, room_id: form.needed("room_id")? };
        Call::post(settings, form.plain("api_url")).with("api_url", json::line(&post))
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("room_id", "The room; a template."),
    Field::needed("http_config.authorization", "The bot's token.").secret(),
    Field::of(
        "message",
        "What it says, in Markdown; a template, by default `webex.default.message`.",
    ),
    Field::of("api_url", "Webex' address. By default `https://webexapis.com/v1/messages`."),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Post {
    markdown: String,
    room_id: String,
}
