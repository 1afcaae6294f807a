//! Slack: an incoming webhook, or an app's token.
//!
//! Whatever comes from a label or an annotation is escaped and kept in one line: it can neither mention a channel, nor
//! hide a link, nor pretend to be another field. Source: Slack's "Formatting text for app surfaces" and
//! "Sending messages using incoming webhooks".

mod attachment;
mod posted;

use serde::Serialize;
use serde_json::Value;
use stentor_domain::delivery::Outcome;
use stentor_domain::message::{AlertsMessage, Message, PageMessage, Purpose, TestMessage};
use stentor_domain::plan::Settings;
use stentor_go::json;
use stentor_go::quote::quote_meta;
use stentor_go::url::query_escape;

use super::call::Call;
use super::form::Form;
use super::words::{self, headline, is_link, line, summary, time};
use super::{About, Channel, Context, Field, Request, Response, Step, outcome};

use posted::Posted;

/// At most this many alerts are listed in one message; the rest are counted, and a link leads to all.
const ALERTS_LISTED_MAX: usize = 10;

/// Slack, by an incoming webhook.
pub struct Slack;

impl Channel for Slack {
    fn kind(&self) -> &'static str {
        "slack"
    }

    fn about(&self) -> About {
        About {
            title: "Slack",
            help: "A message through an incoming webhook of a Slack app, or by the app's token. A page mentions the \
                   person by their `slack_id` and carries the link that acknowledges it.",
            settings: SETTINGS,
            example: "channels:\n  chat:\n    kind: slack\n    url: ${SLACK_WEBHOOK_URL}\n    channel: \"#incident-response\"",
            notes: "In `alertmanager.yml` the address is called `api_url`. A receiver's texts are templates; its title has \
                    at most 1024 letters. `update_message` changes the earlier \
                    message of the group by `chat.update` until everything has resolved; when that message is gone, a \
                    new one is sent. Tried again: 429, not before `Retry-After`, 5xx, and an answer that says that Slack \
                    itself failed. An answer with `ok: false` is a refusal whatever its status.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        let form = Form::new(settings, context);
        let body = match message {
            Message::Alerts(_) if attachment::is_asked_for(&form) => {
                json::line(&attachment::of(&form)?)
            }
            Message::Alerts(alerts) => json::line(&of_alerts(alerts).by(settings)),
            Message::Page(page) => json::line(&of_page(page).by(settings)),
            Message::Test(test) => json::line(&of_test(test).by(settings)),
        };
        let url = form.plain("api_url");
        let token = form.plain("app_token").trim();
        if url.is_empty() && !token.is_empty() {
            let app = match form.plain("app_url") {
                "" => APP_URL,
                url => url,
            };
            let call = Call::post(settings, app).header("Authorization", format!("Bearer {token}"));
            return call.with("app_url", body);
        }
        Call::post(settings, url).with("api_url", body)
    }

    /// Slack says in the body whether it took the message, whatever the status.
    fn outcome(&self, response: &Response) -> Outcome {
        match (outcome(response), response) {
            (sent @ Outcome::Sent { .. }, Response::Http { body, .. }) => {
                let said: Value = serde_json::from_str(body).unwrap_or_default();
                if said["ok"].as_bool() != Some(false) {
                    return sent;
                }
                let error = said["error"].as_str().unwrap_or("it does not say why");
                let why = words::said("Slack refuses", error);
                match ITS_OWN_FAULTS.contains(&error) {
                    true => Outcome::Retry { after: None, why },
                    false => Outcome::Refused { why },
                }
            }
            (other, _) => other,
        }
    }

    /// A receiver with `update_message` changes its earlier message; when that is gone, it sends a new one.
    fn next(
        &self,
        settings: &Settings,
        message: &Message,
        context: &Context<'_>,
        answers: &[Response],
    ) -> Step {
        let form = Form::new(settings, context);
        let updates = form.flag("update_message");
        let earlier = context.alerts().earlier.as_deref().filter(|_| updates);
        match (earlier.and_then(Posted::of_receipt), answers) {
            (Some(posted), []) => Step::of(posted.change(&form, settings)),
            (None, []) => Step::of(self.request(settings, message, context)),
            (Some(_), [only]) if Posted::is_gone(only) => {
                Step::of(self.request(settings, message, context))
            }
            (_, [.., last]) => {
                let receipt = if updates { Posted::receipt(last) } else { None };
                Step::Done(self.outcome(last).known_by(receipt))
            }
        }
    }
}

/// Where a message goes by an app's token.
const APP_URL: &str = "https://slack.com/api/chat.postMessage";

/// Errors that may pass by themselves. Source: Slack's `chat.postMessage`, errors.
const ITS_OWN_FAULTS: [&str; 4] =
    ["fatal_error", "internal_error", "ratelimited", "service_unavailable"];

const SETTINGS: &[Field] = &[
    Field::needed("url", "The incoming webhook's URL; or `url_file`, a file that holds it. Whoever knows it can post. In `alertmanager.yml` `api_url`, or `app_token` (and `app_url`) instead.").secret(),
    Field::of("channel", "For example `#incident-response`. By default the one that the webhook was made for; webhooks of new apps always use that one."),
    Field::of("username", "Whom the message seems to be from. By default the app's name, of a receiver `slack.default.username`."),
    Field::of("title, title_link, pretext, text, fallback, color, footer, callback_id, image_url, thumb_url", "A receiver's attachment; templates, by default `slack.default.title` and so on."),
    Field::of("fields", "A list of `title`, `value` and `short`."),
    Field::of("short_fields", "`true` makes fields short that do not say."),
    Field::of("actions", "A list of buttons: `type`, `text`, `url`, `style`, or `name`, `value` and `confirm` (`title`, `text`, `ok_text`, `dismiss_text`)."),
    Field::of("message_text", "What stands above the attachment; a template."),
    Field::of("icon_emoji, icon_url", "The picture beside the message; templates."),
    Field::of("link_names", "`true` makes names of channels and people links."),
    Field::of("mrkdwn_in", "Where Slack's marks work. By default `fallback`, `pretext` and `text`."),
    Field::of("timeout", "How long an attempt may take. By default 30 s."),
];

#[derive(Serialize)]
struct Post<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    channel: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    username: &'a str,
    text: String,
    attachments: Vec<Attachment>,
    /// Slack must not fetch our links: only people follow them.
    unfurl_links: bool,
    unfurl_media: bool,
}

#[derive(Serialize)]
struct Attachment {
    color: &'static str,
    fallback: String,
    text: String,
    mrkdwn_in: [&'static str; 1],
}

impl<'a> Post<'a> {
    fn by(mut self, settings: &'a Settings) -> Self {
        self.channel = settings.get("channel");
        self.username = settings.get("username");
        self
    }
}

fn post(text: String, color: &'static str, plain: &str, lines: &[String]) -> Post<'static> {
    let attachment =
        Attachment { color, fallback: escape(plain), text: lines.join("\n"), mrkdwn_in: ["text"] };
    let attachments = if lines.is_empty() { Vec::new() } else { vec![attachment] };
    Post { channel: "", username: "", text, attachments, unfurl_links: false, unfurl_media: false }
}

fn of_alerts(message: &AlertsMessage) -> Post<'static> {
    let (sign, color) = match message.firing() {
        true => (":rotating_light:", "danger"),
        false => (":white_check_mark:", "good"),
    };
    let receiver = query_escape(&quote_meta(&message.receiver));
    let all = format!("{}/#/alerts?receiver={receiver}", message.external_url);
    let mut lines: Vec<String> = message
        .alerts
        .iter()
        .take(ALERTS_LISTED_MAX)
        .map(|alert| {
            let state = if alert.firing { "firing" } else { "resolved" };
            let source = link(&alert.generator_url, "source");
            let source = if source.is_empty() { source } else { format!(" ({source})") };
            format!("*{state}* {}{source}", escape(&summary(alert)))
        })
        .collect();
    let rest = message.alerts.len().saturating_sub(ALERTS_LISTED_MAX) + message.truncated;
    if rest > 0 {
        lines.push(format!("and {rest} more"));
    }
    let title = escape(&headline(message));
    let title = if is_link(&all) { format!("<{}|{title}>", target(&all)) } else { title };
    post(format!("{sign} *ALERT* {title}"), color, &headline(message), &lines)
}

fn of_page(message: &PageMessage) -> Post<'static> {
    let mention = mention(&message.slack_id);
    let title = escape(&message.title);
    let (mut text, color, action) = match message.purpose {
        Purpose::Act => (
            format!(":rotating_light: {mention}*INCIDENT ALERT* {title}"),
            "danger",
            link(&message.answer_url, "Acknowledge or resolve"),
        ),
        Purpose::Resolved => {
            (format!(":white_check_mark: {mention}*RESOLVED* {title}"), "good", String::new())
        }
    };
    let page = link(&message.page_url, "Open the page");
    let actions: Vec<String> = [action, page].into_iter().filter(|one| !one.is_empty()).collect();
    let runbook = match link(&message.runbook, "Open the runbook") {
        none if none.is_empty() => escape(&message.runbook),
        found => found,
    };
    let fields = [
        ("Service", escape(&message.service)),
        ("Severity", escape(&message.severity)),
        ("Time", time(message.triggered_at)),
        ("Why you", escape(&message.why)),
        ("Runbook", runbook),
        ("Action", actions.join(" · ")),
    ];
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!("\n*{name}:* {value}"));
    }
    let lines: Vec<String> = message.summary.iter().map(|line| escape(line)).collect();
    post(text, color, &message.title, &lines)
}

fn of_test(message: &TestMessage) -> Post<'static> {
    let channel = escape(&message.channel);
    let by = escape(&message.by);
    let home = link(&message.external_url, "Stentor");
    let home = if home.is_empty() { "Stentor".to_owned() } else { home };
    let text = format!(
        ":white_check_mark: A test of the channel *{channel}* of {home}, asked for by {by}."
    );
    post(text, "good", "", &[])
}

/// Returns a mention with a space behind it, or nothing for what is not a member id.
fn mention(slack_id: &str) -> String {
    let is_id = slack_id.starts_with(['U', 'W'])
        && slack_id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if is_id { format!("<@{slack_id}> ") } else { String::new() }
}

/// Returns a link, or nothing when `url` is not `http` or `https`.
fn link(url: &str, label: &str) -> String {
    if is_link(url) { format!("<{}|{label}>", target(url)) } else { String::new() }
}

/// Returns a URL that cannot end its own link.
fn target(url: &str) -> String {
    escape(url).replace('|', "%7C")
}

/// Returns a text in one line, with the three characters escaped that mean something to Slack.
fn escape(text: &str) -> String {
    line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
