//! Webhook: JSON by `POST`, for groups exactly Alertmanager's payload, version 4.
//!
//! Source: the payload as Alertmanager 0.25 sends it, captured; compared byte for byte in `testdata/webhook/`.

use jiff::Timestamp;
use serde::Serialize;
use stentor_domain::group::Reason;
use stentor_domain::id::PageId;
use stentor_domain::labels::{Fingerprint, Labels};
use stentor_domain::message::{
    AlertView, AlertsMessage, Message, PageMessage, Purpose, TestMessage,
};
use stentor_domain::plan::Settings;
use stentor_go::json;
use stentor_go::quote::quote_meta;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request};

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
                   receivers made for Alertmanager work unchanged; as in its newer releases `notification_reason` says \
                   why it comes now, and `routeLabels` is there when the route has labels. A page has `\"kind\": \"page\"` and a trial \
                   `\"kind\": \"test\"`, both described below. `Idempotency-Key` is the same for every attempt \
                   of one delivery. Any 2xx means delivered; 429 and 5xx are tried again.",
            settings: SETTINGS,
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
        let form = Form::new(settings, context);
        let body = match message {
            Message::Alerts(_) if form.below("payload").next().is_some() => {
                json::line(&form.tree("payload")?)
            }
            Message::Alerts(alerts) => payload(alerts, context.route_labels(), "4"),
            Message::Page(page) => json::line(&Page::of(page, id)),
            Message::Test(test) => json::line(&Trial::of(test, id)),
        };
        let url = form.text("url")?;
        Call::post(settings, url.trim()).header("Idempotency-Key", id).with("url", body)
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("url", "Where to send, `http://` or `https://`; or `url_file`, a file that holds it. Of a receiver a template.").secret(),
    Field::of("bearer_token", "Sent as `Authorization: Bearer …`. None by default; a receiver has `http_config` instead.").secret(),
    Field::of("payload", "Of a receiver: what is sent instead of the payload described here, of any shape; every text in it is a template."),
    Field::of("max_alerts", "Of a receiver: at most this many alerts in one message. By default all."),
    Field::of("timeout", "Of a receiver: how long an attempt may take. By default 30 s."),
];

/// Returns a group's alerts as Alertmanager's webhook has them, or as `version` of it.
pub(super) fn payload(
    alerts: &AlertsMessage,
    route_labels: &Labels,
    version: &'static str,
) -> Vec<u8> {
    json::line(&Alerts::of(alerts, route_labels, version))
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
    #[serde(rename = "notification_reason", skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    route_labels: &'a Labels,
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
    fn of(message: &'a AlertsMessage, route_labels: &'a Labels, version: &'static str) -> Self {
        Self {
            receiver: quote_meta(&message.receiver),
            status: status(message.firing()),
            alerts: message.alerts.iter().map(Alert::of).collect(),
            group_labels: &message.group_labels,
            common_labels: message.common_labels(),
            common_annotations: message.common_annotations(),
            external_url: &message.external_url,
            reason: message.reason.map(Reason::words),
            route_labels,
            version,
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
