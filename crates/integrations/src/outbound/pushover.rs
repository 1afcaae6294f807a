//! Pushover: messages to telephones.
//!
//! Source: Pushover's "Message API"; requests of Alertmanager 0.25, captured.

use stentor_domain::message::Message;
use stentor_domain::plan::Settings;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request, cut, url};

/// Limits of Pushover, in letters.
const TITLE_LETTERS_MAX: usize = 250;
const MESSAGE_LETTERS_MAX: usize = 1_024;
const URL_LETTERS_MAX: usize = 512;

/// Where messages go.
const API_URL: &str = "https://api.pushover.net/1/messages.json";

/// Pushover.
pub struct Pushover;

impl Channel for Pushover {
    fn kind(&self) -> &'static str {
        "pushover"
    }

    fn about(&self) -> About {
        About {
            title: "Pushover",
            help: "A message to a person's or a group's devices. By default what fires has the priority of an \
                   emergency, which Pushover repeats every `retry` until `expire` or until it is acknowledged there.",
            settings: SETTINGS,
            example: "receivers:\n  - name: ana\n    pushover_configs:\n      - user_key_file: /etc/stentor/pushover-user\n        token_file: /etc/stentor/pushover-token",
            notes: "The title has at most 250 letters, the message 1024, the address 512; an empty message is sent as \
                    `(no details)`, because Pushover refuses it. Tried again: 429 and 5xx.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        let form = Form::new(settings, context);
        let html = form.flag("html");
        let message = if html { form.html("message")? } else { form.text("message")? };
        let message = match cut::letters(&message, MESSAGE_LETTERS_MAX).trim() {
            "" => "(no details)".to_owned(),
            text => text.to_owned(),
        };
        let seconds = |name| form.duration(name).unwrap_or_default().as_secs().to_string();
        let mut fields = vec![
            ("token", form.needed("token")?),
            ("user", form.needed("user_key")?),
            ("title", cut::letters(&form.text("title")?, TITLE_LETTERS_MAX)),
            ("message", message),
            ("url", cut::letters(&form.text("url")?, URL_LETTERS_MAX)),
            ("url_title", form.text("url_title")?),
            ("priority", form.text("priority")?),
            ("retry", seconds("retry")),
            ("expire", seconds("expire")),
            ("device", form.text("device")?),
            ("sound", form.text("sound")?),
        ];
        if html {
            fields.push(("html", "1".to_owned()));
        }
        if form.flag("monospace") {
            fields.push(("monospace", "1".to_owned()));
        }
        if form.duration("ttl").is_some() {
            fields.push(("ttl", seconds("ttl")));
        }
        let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
        let mut call = Call::post(settings, url::with_query(API_URL, fields));
        call.headers = vec![("Content-Type", "text/plain".to_owned())];
        call.with("token", Vec::new())
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("user_key", "The person's or the group's key; or `user_key_file`. A template.")
        .secret(),
    Field::needed("token", "The application's token; or `token_file`. A template.").secret(),
    Field::of(
        "title, message",
        "What it says; templates, by default `pushover.default.title` and `.message`.",
    ),
    Field::of("url, url_title", "Where to look; templates."),
    Field::of("priority", "-2 to 2; a template, by default 2 while anything fires, else 0."),
    Field::of(
        "retry, expire",
        "How often and how long an emergency is repeated. By default `1m` and `1h`.",
    ),
    Field::of("ttl", "After which the message vanishes. By default never."),
    Field::of("device, sound", "As Pushover has them; templates."),
    Field::of("html, monospace", "`true` for one of them: how the message is set."),
];
