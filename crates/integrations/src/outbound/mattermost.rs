//! Mattermost: an incoming webhook.
//!
//! Source: Mattermost's "Incoming webhooks" and "Message attachments".

use serde::Serialize;
use stentor_domain::message::Message;
use stentor_domain::plan::Settings;
use stentor_go::json;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request, cut};

/// The longest text that Mattermost takes, in letters.
const TEXT_LETTERS_MAX: usize = 16_383;

/// Mattermost.
pub struct Mattermost;

impl Channel for Mattermost {
    fn kind(&self) -> &'static str {
        "mattermost"
    }

    fn about(&self) -> About {
        About {
            title: "Mattermost",
            help: "A message through an incoming webhook, with any number of attachments.",
            settings: SETTINGS,
            example: "receivers:\n  - name: chat\n    mattermost_configs:\n      - webhook_url_file: /etc/stentor/mattermost\n        channel: incidents",
            notes: "The text has at most 16383 letters. A priority that Mattermost does not know is sent as `standard`; \
                    an acknowledgement can only be asked for at `important` and `urgent`, persistent notifications \
                    only at `urgent`. Tried again: 429 and 5xx.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        let form = Form::new(settings, context);
        let attachments: Result<Vec<_>, String> =
            form.list("attachments").iter().map(attachment).collect();
        let post = Post {
            text: cut::letters(&form.text("text")?, TEXT_LETTERS_MAX),
            channel: form.text("channel")?,
            username: form.text("username")?,
            icon_url: form.text("icon_url")?,
            icon_emoji: form.text("icon_emoji")?,
            attachments: attachments?,
            r#type: form.text("type")?,
            props: match form.plain("props.card") {
                "" => None,
                _ => Some(Props { card: form.text("props.card")? }),
            },
            priority: priority(&form)?,
        };
        Call::post(settings, form.plain("webhook_url")).with("webhook_url", json::line(&post))
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("webhook_url", "The webhook's address; or `webhook_url_file`.").secret(),
    Field::of(
        "channel, username, icon_url, icon_emoji",
        "Where it goes and whom it seems to be from; templates.",
    ),
    Field::of("text", "What it says; a template, by default `mattermost.default.text`."),
    Field::of(
        "attachments",
        "A list of attachments: `fallback`, `color`, `pretext`, `text`, `author_name`, `author_link`, `author_icon`, `title`, `title_link`, `thumb_url`, `footer`, `footer_icon`, `image_url` and `fields` (`title`, `value`, `short`); templates.",
    ),
    Field::of("type, props.card", "As Mattermost has them; templates."),
    Field::of(
        "priority",
        "`priority` (a template), `requested_ack` and `persistent_notifications`.",
    ),
];

#[derive(Serialize)]
struct Post {
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    channel: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    username: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    icon_url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    icon_emoji: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment>,
    #[serde(skip_serializing_if = "String::is_empty")]
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    props: Option<Props>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<Priority>,
}

#[derive(Serialize)]
struct Props {
    card: String,
}

#[derive(Serialize)]
struct Priority {
    priority: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    requested_ack: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    persistent_notifications: bool,
}

/// An attachment: names and texts, and its fields.
#[derive(Serialize)]
struct Attachment {
    #[serde(flatten)]
    texts: std::collections::BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Short>,
}

#[derive(Serialize)]
struct Short {
    title: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    short: Option<bool>,
}

fn attachment(form: &Form<'_>) -> Result<Attachment, String> {
    const TEXTS: [&str; 13] = [
        "fallback",
        "color",
        "pretext",
        "text",
        "author_name",
        "author_link",
        "author_icon",
        "title",
        "title_link",
        "thumb_url",
        "footer",
        "footer_icon",
        "image_url",
    ];
    let mut texts = std::collections::BTreeMap::new();
    for name in TEXTS {
        let text = form.text(name)?;
        if !text.is_empty() {
            texts.insert(name, text);
        }
    }
    let mut fields = Vec::new();
    for field in form.list("fields") {
        let short = field.has("short").then(|| field.flag("short"));
        fields.push(Short { title: field.text("title")?, value: field.text("value")?, short });
    }
    Ok(Attachment { texts, fields })
}

fn priority(form: &Form<'_>) -> Result<Option<Priority>, String> {
    if form.plain("priority.priority").is_empty() {
        return Ok(None);
    }
    let priority = match form.text("priority.priority")?.to_lowercase().as_str() {
        "urgent" => "urgent",
        "important" => "important",
        _ => "standard",
    };
    Ok(Some(Priority {
        priority,
        requested_ack: form.flag("priority.requested_ack") && priority != "standard",
        persistent_notifications: form.flag("priority.persistent_notifications")
            && priority == "urgent",
    }))
}
