//! Webhook: JSON by `POST`, for groups exactly Alertmanager's payload, version 4.
//!
//! Source: the payload as Alertmanager 0.25 sends it, captured; compared byte for byte in `testdata/webhook/`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;
use stentor_domain::id::PageId;
use stentor_domain::labels::{Fingerprint, Labels};
use stentor_domain::message::{
    AlertView, AlertsMessage, Message, PageMessage, Purpose, TestMessage,
};
use stentor_domain::plan::Settings;
use stentor_go::json;
use stentor_go::quote::quote_meta;

use super::{About, Channel, Context, Field, Request, post_json};

/// Any receiver of Alertmanager's webhook, and any program that takes JSON.
pub struct Webhook;

impl Channel for Webhook {
    fn kind(&self) -> &'static str {
        "webhook"
    }

    fn about(&self) -> About {
        About {
            title: "Webhook",
            help: "A `POST` with JSON. A group of alerts is Alertmanager's payload, version 4, byte for byte, so \
                   receivers made for Alertmanager work unchanged. A page has `\"kind\": \"page\"` and a trial \
                   `\"kind\": \"test\"`, both described below. `Idempotency-Key` is the same for every attempt \
                   of one delivery. Any 2xx means delivered; 429 and 5xx are tried again.",
            settings: &[
                Field {
                    name: "url",
                    required: true,
                    secret: true,
                    help: "Where to send, `http://` or `https://`; or `url_file`, a file that holds it.",
                },
                Field {
                    name: "bearer_token",
                    required: false,
                    secret: true,
                    help: "Sent as `Authorization: Bearer …`. None by default.",
                },
            ],
            example: "channels:\n  hook:\n    kind: webhook\n    url: https://example.com/hook\n    bearer_token: ${HOOK_TOKEN}",
            notes: NOTES,
        }
    }

    fn request(
        &self,
        settings: &Settings,
        message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        let id = context.delivery;
        let body = match message {
            Message::Alerts(alerts) => json::line(&Alerts::of(alerts)),
            Message::Page(page) => json::line(&Page::of(page, id)),
            Message::Test(test) => json::line(&Trial::of(test, id)),
        };
        let mut headers = vec![("Idempotency-Key".to_owned(), id.to_owned())];
        headers.extend(authorization(settings).map(|value| ("Authorization".to_owned(), value)));
        post_json(settings.get("url"), "url", body, headers)
    }
}

const NOTES: &str = "\
A page:

```json
{
  \"version\": \"1\",
  \"kind\": \"page\",
  \"delivery\": \"dlv_…\",
  \"purpose\": \"act\",
  \"page\": \"page_…\",
  \"title\": \"Checkout API is down\",
  \"severity\": \"Sev-1 Critical\",
  \"service\": \"Checkout API\",
  \"summary\": [\"Instance a:9100 down\"],
  \"runbook\": \"https://…\",
  \"person\": \"Ana Pop\",
  \"why\": \"on call in schedule checkout-primary\",
  \"triggered_at\": \"2026-11-23T07:31:53.5Z\",
  \"page_url\": \"https://…\",
  \"answer_url\": \"https://…\"
}
```

`purpose` is `act` or `resolved`; `service`, `runbook` and `answer_url` may be empty. A trial has `version`, `kind`
(`test`), `delivery`, `channel`, `by` and `external_url`. Fields may be added within a version; ignore those you do not
know.";

/// Returns what proves who we are; a receiver's `http_config` may also ask for a user name and a password.
fn authorization(settings: &Settings) -> Option<String> {
    let token = settings.get("http_config.authorization.credentials").trim();
    if !token.is_empty() {
        return Some(format!("Bearer {token}"));
    }
    let user = settings.get("http_config.basic_auth.username");
    let pair = format!("{user}:{}", settings.get("http_config.basic_auth.password"));
    (!user.is_empty()).then(|| format!("Basic {}", STANDARD.encode(pair)))
}

/// The fields in Go's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Alerts<'a> {
    receiver: String,
    status: &'static str,
    alerts: Vec<Alert<'a>>,
    group_labels: &'a Labels,
    common_labels: Labels,
    common_annotations: Labels,
    #[serde(rename = "externalURL")]
    external_url: &'a str,
    version: &'static str,
    group_key: &'a str,
    truncated_alerts: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Alert<'a> {
    status: &'static str,
    labels: &'a Labels,
    annotations: &'a Labels,
    starts_at: Timestamp,
    ends_at: Timestamp,
    #[serde(rename = "generatorURL")]
    generator_url: &'a str,
    fingerprint: Fingerprint,
}

/// What Go writes for a time that is not set.
const GO_ZERO_TIME: Timestamp = Timestamp::constant(-62_135_596_800, 0);

fn status(firing: bool) -> &'static str {
    if firing { "firing" } else { "resolved" }
}

impl<'a> Alerts<'a> {
    fn of(message: &'a AlertsMessage) -> Self {
        Self {
            receiver: quote_meta(&message.receiver),
            status: status(message.firing()),
            alerts: message.alerts.iter().map(Alert::of).collect(),
            group_labels: &message.group_labels,
            common_labels: message.common_labels(),
            common_annotations: message.common_annotations(),
            external_url: &message.external_url,
            version: "4",
            group_key: &message.group_key,
            truncated_alerts: message.truncated,
        }
    }
}

impl<'a> Alert<'a> {
    fn of(alert: &'a AlertView) -> Self {
        Self {
            status: status(alert.firing),
            labels: &alert.labels,
            annotations: &alert.annotations,
            starts_at: alert.starts_at,
            ends_at: if alert.firing { GO_ZERO_TIME } else { alert.ends_at },
            generator_url: &alert.generator_url,
            fingerprint: alert.fingerprint,
        }
    }
}

/// Our own payload for a page; new fields may be added, none is renamed within a version.
#[derive(Serialize)]
struct Page<'a> {
    version: &'static str,
    kind: &'static str,
    delivery: &'a str,
    purpose: Purpose,
    page: PageId,
    title: &'a str,
    severity: &'a str,
    service: &'a str,
    summary: &'a [String],
    runbook: &'a str,
    person: &'a str,
    why: &'a str,
    triggered_at: Timestamp,
    page_url: &'a str,
    answer_url: &'a str,
}

impl<'a> Page<'a> {
    fn of(message: &'a PageMessage, delivery: &'a str) -> Self {
        Self {
            version: "1",
            kind: "page",
            delivery,
            purpose: message.purpose,
            page: message.page,
            title: &message.title,
            severity: &message.severity,
            service: &message.service,
            summary: &message.summary,
            runbook: &message.runbook,
            person: &message.person,
            why: &message.why,
            triggered_at: message.triggered_at,
            page_url: &message.page_url,
            answer_url: &message.answer_url,
        }
    }
}

#[derive(Serialize)]
struct Trial<'a> {
    version: &'static str,
    kind: &'static str,
    delivery: &'a str,
    channel: &'a str,
    by: &'a str,
    external_url: &'a str,
}

impl<'a> Trial<'a> {
    fn of(message: &'a TestMessage, delivery: &'a str) -> Self {
        Self {
            version: "1",
            kind: "test",
            delivery,
            channel: &message.channel,
            by: &message.by,
            external_url: &message.external_url,
        }
    }
}
