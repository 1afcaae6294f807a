//! Discord: a webhook of a channel.
//!
//! Source: Discord's "Execute Webhook" and "Embed Limits"; requests of Alertmanager 0.25, captured.

use serde::Serialize;
use stentor_domain::message::Message;
use stentor_domain::plan::Settings;
use stentor_go::json;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request, cut};

/// Limits of Discord, in letters.
const TITLE_LETTERS_MAX: usize = 256;
const MESSAGE_LETTERS_MAX: usize = 4_096;
const CONTENT_LETTERS_MAX: usize = 2_000;

/// The colours of what fires and of what has resolved.
const RED: u32 = 0x99_2d_22;
const GREEN: u32 = 0x2e_cc_71;

/// Discord.
pub struct Discord;

impl Channel for Discord {
    fn kind(&self) -> &'static str {
        "discord"
    }

    fn about(&self) -> About {
        About {
            title: "Discord",
            help: "A message through a channel's webhook: one embed, red while anything fires and green when nothing does.",
            settings: SETTINGS,
            example: "receivers:\n  - name: chat\n    discord_configs:\n      - webhook_url_file: /etc/stentor/discord",
            notes: "The title has at most 256 letters, the message 4096, the content 2000. Tried again: 429, not \
                    before `Retry-After`, and 5xx.",
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
            content: cut::letters(&form.text("content")?, CONTENT_LETTERS_MAX),
            embeds: [Embed {
                title: cut::letters(&form.text("title")?, TITLE_LETTERS_MAX),
                description: cut::letters(&form.text("message")?, MESSAGE_LETTERS_MAX),
                color: if context.alerts().firing() { RED } else { GREEN },
            }],
            username: form.plain("username"),
            avatar_url: form.plain("avatar_url"),
        };
        Call::post(settings, form.plain("webhook_url")).with("webhook_url", json::line(&post))
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("webhook_url", "The webhook's address; or `webhook_url_file`.").secret(),
    Field::of(
        "title, message",
        "What the embed says; templates, by default `discord.default.title` and `.message`.",
    ),
    Field::of("content", "What stands above the embed, where mentions work; a template."),
    Field::of(
        "username, avatar_url",
        "Whom it seems to be from. By default as the webhook has it.",
    ),
];

#[derive(Serialize)]
struct Post<'a> {
    content: String,
    embeds: [Embed; 1],
    #[serde(skip_serializing_if = "str::is_empty")]
    username: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    avatar_url: &'a str,
}

#[derive(Serialize)]
struct Embed {
    title: String,
    description: String,
    color: u32,
}
