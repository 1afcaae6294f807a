//! Telegram: a message of a bot.
//!
//! Source: Telegram's "Bot API", `sendMessage`; requests of Alertmanager 0.25, captured.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use stentor_domain::delivery::Outcome;
use stentor_domain::message::Message;
use stentor_domain::plan::Settings;
use stentor_go::json;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request, Response, cut, outcome, url};

/// The longest message that Telegram takes, in letters that are seen.
const MESSAGE_LETTERS_MAX: usize = 4_096;

/// Telegram.
pub struct Telegram;

impl Channel for Telegram {
    fn kind(&self) -> &'static str {
        "telegram"
    }

    fn about(&self) -> About {
        About {
            title: "Telegram",
            help: "A message of a bot to a chat, without a preview of the pages that it links to.",
            settings: SETTINGS,
            example: "receivers:\n  - name: chat\n    telegram_configs:\n      - bot_token_file: /etc/stentor/telegram\n        chat_id: -1001234567890",
            notes: "The message has at most 4096 letters that are seen. HTML is cut between its tags, and what is open \
                    there is closed; Alertmanager cuts inside of them. Tried again: 429, not before the time that \
                    Telegram asks for, and 5xx.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        let form = Form::new(settings, context);
        let mode = form.plain("parse_mode");
        let text = match mode {
            "HTML" => cut::html(&form.html("message")?, MESSAGE_LETTERS_MAX),
            _ => cut::letters(&form.text("message")?, MESSAGE_LETTERS_MAX),
        };
        let mut said = BTreeMap::from([
            ("chat_id", form.needed("chat_id")?),
            ("disable_web_page_preview", "true".to_owned()),
            ("text", text),
        ]);
        if !mode.is_empty() {
            said.insert("parse_mode", mode.to_owned());
        }
        if form.flag("disable_notifications") {
            said.insert("disable_notification", "true".to_owned());
        }
        if !matches!(form.plain("message_thread_id"), "" | "0") {
            said.insert("message_thread_id", form.plain("message_thread_id").to_owned());
        }
        let token = form.plain("bot_token").trim();
        if token.is_empty() {
            return Err("`bot_token` is not set".to_owned());
        }
        let url = url::join(form.plain("api_url"), &format!("bot{token}/sendMessage"));
        Call::post(settings, url).with("api_url", json::line(&said))
    }

    fn outcome(&self, response: &Response) -> Outcome {
        match (outcome(response), response) {
            // Telegram says in the body how long to wait.
            (Outcome::Retry { after: None, why }, Response::Http { body, .. }) => {
                let said: Value = serde_json::from_str(body).unwrap_or_default();
                let seconds = said["parameters"]["retry_after"].as_u64();
                let after =
                    seconds.and_then(|seconds| Duration::from_secs(seconds).try_into().ok());
                Outcome::Retry { after, why }
            }
            (other, _) => other,
        }
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("bot_token", "The bot's token; or `bot_token_file`.").secret(),
    Field::needed("chat_id", "The chat, a number; or `chat_id_file`."),
    Field::of("message_thread_id", "The topic inside the chat. By default none."),
    Field::of("message", "What it says; a template, by default `telegram.default.message`."),
    Field::of(
        "parse_mode",
        "`HTML` (the default), `Markdown`, `MarkdownV2` or empty for plain text.",
    ),
    Field::of("disable_notifications", "`true` sends without a sound."),
    Field::of("api_url", "Telegram's address. By default `https://api.telegram.org`."),
    Field::of("timeout", "How long an attempt may take. By default 30 s."),
];
