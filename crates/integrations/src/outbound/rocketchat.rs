//! Rocket.Chat: a message of a user, by its REST API.
//!
//! Source: Rocket.Chat's "Post Message".

use serde::Serialize;
use serde_json::Value;
use stentor_domain::delivery::Outcome;
use stentor_domain::message::Message;
use stentor_domain::plan::Settings;
use stentor_go::json;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request, Response, cut, outcome, url, words};

/// The longest title, in letters.
const TITLE_LETTERS_MAX: usize = 1_024;

/// Rocket.Chat.
pub struct Rocketchat;

impl Channel for Rocketchat {
    fn kind(&self) -> &'static str {
        "rocketchat"
    }

    fn about(&self) -> About {
        About {
            title: "Rocket.Chat",
            help: "A message of a user to a channel or a person, with one attachment.",
            settings: SETTINGS,
            example: "receivers:\n  - name: chat\n    rocketchat_configs:\n      - api_url: https://chat.example.com\n        token_id_file: /etc/stentor/rocketchat-user\n        token_file: /etc/stentor/rocketchat-token\n        channel: \"#incidents\"",
            notes: "The title has at most 1024 letters. Tried again: 429 and 5xx. An answer that says `success: false` \
                    is a refusal whatever its status.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        let form = Form::new(settings, context);
        let post = Post {
            channel: form.text("channel")?,
            emoji: form.text("emoji")?,
            avatar: form.text("icon_url")?,
            attachments: [attachment(&form)?],
        };
        let (token, user) = (form.plain("token").trim(), form.plain("token_id").trim());
        if token.is_empty() || user.is_empty() {
            return Err("`token` and `token_id` are not both set".to_owned());
        }
        Call::post(settings, url::join(form.plain("api_url"), "api/v1/chat.postMessage"))
            .header("X-Auth-Token", token)
            .header("X-User-Id", user)
            .with("api_url", json::line(&post))
    }

    fn outcome(&self, response: &Response) -> Outcome {
        match (outcome(response), response) {
            (sent @ Outcome::Sent { .. }, Response::Http { body, .. }) => {
                let said: Value = serde_json::from_str(body).unwrap_or_default();
                match said["success"].as_bool() {
                    Some(false) => {
                        let why = said["error"].as_str().unwrap_or("it does not say why");
                        Outcome::Refused { why: words::said("Rocket.Chat refuses", why) }
                    }
                    Some(true) | None => sent,
                }
            }
            (other, _) => other,
        }
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("token", "The user's token; or `token_file`.").secret(),
    Field::needed("token_id", "The user's id; or `token_id_file`.").secret(),
    Field::of("api_url", "The server's address. By default `https://open.rocket.chat/`."),
    Field::of("channel", "`#channel` or `@person`; a template."),
    Field::of("color, title, title_link, text, image_url, thumb_url", "The attachment; templates."),
    Field::of("fields", "A list of `title`, `value` and `short`."),
    Field::of("short_fields", "`true` makes fields short that do not say."),
    Field::of("emoji, icon_url", "The picture beside the message; templates."),
    Field::of("actions", "A list of buttons: `text`, `url` and `msg`."),
    Field::of("link_names", "Read, and without an effect, as in Alertmanager."),
];

#[derive(Serialize)]
struct Post {
    #[serde(skip_serializing_if = "String::is_empty")]
    channel: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    emoji: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    avatar: String,
    attachments: [Attachment; 1],
}

#[derive(Serialize)]
struct Attachment {
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title_link: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    image_url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    thumb_url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    color: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Short>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<Action>,
}

#[derive(Serialize)]
struct Short {
    short: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
}

#[derive(Serialize)]
struct Action {
    r#type: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    url: String,
    is_webview: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    msg: String,
    msg_in_chat_window: bool,
}

fn attachment(form: &Form<'_>) -> Result<Attachment, String> {
    let mut fields = Vec::new();
    for field in form.list("fields") {
        let short =
            if field.has("short") { field.flag("short") } else { form.flag("short_fields") };
        fields.push(Short { short, title: field.text("title")?, value: field.text("value")? });
    }
    let mut actions = Vec::new();
    for action in form.list("actions") {
        actions.push(Action {
            r#type: "button",
            text: action.text("text")?,
            url: action.text("url")?,
            is_webview: false,
            msg: action.text("msg")?,
            msg_in_chat_window: false,
        });
    }
    Ok(Attachment {
        title: cut::letters(&form.text("title")?, TITLE_LETTERS_MAX),
        title_link: form.text("title_link")?,
        text: form.text("text")?,
        image_url: form.text("image_url")?,
        thumb_url: form.text("thumb_url")?,
        color: form.text("color")?,
        fields,
        actions,
    })
}
