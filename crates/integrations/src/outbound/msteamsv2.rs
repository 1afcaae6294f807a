//! Microsoft Teams by a workflow: an adaptive card.
//!
//! Source: Microsoft's "Create incoming webhooks with Workflows" and "Adaptive Cards" schema.

use serde::Serialize;
use stentor_domain::message::Message;
use stentor_domain::plan::Settings;
use stentor_go::json;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request};

/// Microsoft Teams, by workflows.
pub struct Msteamsv2;

impl Channel for Msteamsv2 {
    fn kind(&self) -> &'static str {
        "msteamsv2"
    }

    fn about(&self) -> About {
        About {
            title: "Microsoft Teams (workflows)",
            help: "An adaptive card through a workflow's webhook; its title has the colour of what needs attention \
                   while anything fires, and of what is good when nothing does.",
            settings: SETTINGS,
            example: "receivers:\n  - name: chat\n    msteamsv2_configs:\n      - webhook_url_file: /etc/stentor/teams",
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
        let color = if context.alerts().firing() { "Attention" } else { "Good" };
        let title = Block {
            kind: "TextBlock",
            text: form.text("title")?,
            weight: "Bolder",
            size: "Medium",
            wrap: true,
            style: "heading",
            color,
        };
        let text =
            Block { kind: "TextBlock", text: form.text("text")?, wrap: true, ..Block::default() };
        let content = Content {
            schema: "http://adaptivecards.io/schemas/adaptive-card.json",
            kind: "AdaptiveCard",
            version: "1.2",
            body: [title, text],
            msteams: Width { width: "full" },
        };
        let attachment = Attachment {
            content_type: "application/vnd.microsoft.card.adaptive",
            content_url: None,
            content,
        };
        let post = Post { kind: "message", attachments: [attachment] };
        Call::post(settings, form.plain("webhook_url")).with("webhook_url", json::line(&post))
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("webhook_url", "The webhook's address; or `webhook_url_file`.").secret(),
    Field::of(
        "title, text",
        "What the card says; templates, by default `msteamsv2.default.title` and `.text`.",
    ),
];

#[derive(Serialize)]
struct Post {
    #[serde(rename = "type")]
    kind: &'static str,
    attachments: [Attachment; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attachment {
    content_type: &'static str,
    content_url: Option<String>,
    content: Content,
}

#[derive(Serialize)]
struct Content {
    #[serde(rename = "$schema")]
    schema: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    version: &'static str,
    body: [Block; 2],
    msteams: Width,
}

#[derive(Default, Serialize)]
struct Block {
    #[serde(rename = "type")]
    kind: &'static str,
    text: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    weight: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    size: &'static str,
    wrap: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    style: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    color: &'static str,
}

#[derive(Serialize)]
struct Width {
    width: &'static str,
}
