//! PagerDuty: the Events API, version 2 by a routing key and version 1 by a service key.
//!
//! Source: PagerDuty's "Send an Alert Event" and "Trigger Events (v1)"; requests of Alertmanager 0.25, captured.

use serde::Serialize;
use serde_json::{Value, json};
use stentor_domain::delivery::Outcome;
use stentor_domain::message::Message;
use stentor_domain::plan::Settings;
use stentor_go::json::line;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request, Response, Step, cut, outcome, words};

/// The longest summary that PagerDuty takes, in letters.
const SUMMARY_LETTERS_MAX: usize = 1_024;

/// The largest event that PagerDuty takes; a larger one loses its details.
const EVENT_BYTES_MAX: usize = 512_000;

/// Where events of version 1 go.
const V1_URL: &str = "https://events.pagerduty.com/generic/2010-04-15/create_event.json";

/// PagerDuty.
pub struct Pagerduty;

impl Channel for Pagerduty {
    fn kind(&self) -> &'static str {
        "pagerduty"
    }

    fn about(&self) -> About {
        About {
            title: "PagerDuty",
            help: "An event that triggers an alert while anything fires, and resolves it when nothing does. The \
                   deduplication key is the SHA-256 of the group's key, as Alertmanager makes it, so that what it \
                   triggered is resolved by us.",
            settings: SETTINGS,
            example: "receivers:\n  - name: oncall\n    pagerduty_configs:\n      - routing_key_file: /etc/stentor/pagerduty\n        severity: '{{ .CommonLabels.severity }}'",
            notes: "The summary has at most 1024 letters. An event over 512 kB is sent without its details. Tried \
                    again: 429 and 5xx; with a service key also 403, by which version 1 says that there were too many.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        let form = Form::new(settings, context);
        let details = form.tree("details")?;
        let (url, event) = if form.plain("service_key").is_empty() {
            (form.plain("url"), v2(&form, details)?)
        } else {
            (V1_URL, v1(&form, details)?)
        };
        Call::post(settings, url).with("url", fitting(event))
    }

    fn next(
        &self,
        settings: &Settings,
        message: &Message,
        context: &Context<'_>,
        answers: &[Response],
    ) -> Step {
        match answers.last() {
            None => Step::of(self.request(settings, message, context)),
            Some(Response::Http { status: 403, retry_after, body })
                if !settings.get("service_key").is_empty() =>
            {
                let after = retry_after.and_then(|after| after.try_into().ok());
                Step::Done(Outcome::Retry { after, why: words::said("HTTP 403", body) })
            }
            Some(answer) => Step::Done(outcome(answer)),
        }
    }
}

const SETTINGS: &[Field] = &[
    Field::needed(
        "routing_key",
        "The integration's key, version 2; or `routing_key_file`. A template.",
    )
    .secret(),
    Field::of("service_key", "Instead of it a key of version 1; or `service_key_file`.").secret(),
    Field::of("url", "Where events of version 2 go. By default PagerDuty's own address."),
    Field::of(
        "description",
        "The summary; a template, by default `pagerduty.default.description`.",
    ),
    Field::of(
        "severity",
        "`critical`, `error`, `warning` or `info`; a template, by default `error`.",
    ),
    Field::of("source", "What it happened to; a template, by default the client."),
    Field::of("client, client_url", "Who sends it and where to look; templates."),
    Field::of("class, component, group", "What PagerDuty sorts by; templates."),
    Field::of(
        "details",
        "Names and values of any shape, whose texts are templates; one that comes out as JSON is sent as that. `firing`, `resolved`, `num_firing` and `num_resolved` are always there.",
    ),
    Field::of(
        "images",
        "A list of `src`, `alt` and `href`; one whose `src` comes out empty is left out.",
    ),
    Field::of(
        "links",
        "A list of `href` and `text`; one whose `href` comes out empty is left out.",
    ),
    Field::of("timeout", "How long an attempt may take. By default 30 s."),
];

/// An event of either version; the fields in Alertmanager's order.
#[derive(Serialize)]
struct Event {
    #[serde(skip_serializing_if = "String::is_empty")]
    routing_key: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    service_key: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    dedup_key: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    incident_key: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    event_type: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    event_action: &'static str,
    payload: Option<Payload>,
    #[serde(skip_serializing_if = "String::is_empty")]
    client: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    client_url: String,
    #[serde(skip_serializing_if = "is_nothing")]
    details: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<Image>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Payload {
    summary: String,
    source: String,
    severity: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    class: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    component: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    group: String,
    #[serde(skip_serializing_if = "is_nothing")]
    custom_details: Value,
}

#[derive(Serialize)]
struct Image {
    src: String,
    alt: String,
    href: String,
}

#[derive(Serialize)]
struct Link {
    href: String,
    text: String,
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty)
}

fn action(form: &Form<'_>) -> &'static str {
    if form.context.alerts().firing() { "trigger" } else { "resolve" }
}

fn v1(form: &Form<'_>, details: Value) -> Result<Event, String> {
    let event_type = action(form);
    let (client, client_url) = match event_type {
        "trigger" => (form.text("client")?, form.text("client_url")?),
        _ => (String::new(), String::new()),
    };
    Ok(Event {
        routing_key: String::new(),
        service_key: form.needed("service_key")?,
        dedup_key: String::new(),
        incident_key: form.context.key_hash(),
        event_type,
        description: cut::letters(&form.text("description")?, SUMMARY_LETTERS_MAX),
        event_action: "",
        payload: None,
        client,
        client_url,
        details,
        images: vec![],
        links: vec![],
    })
}

fn v2(form: &Form<'_>, custom_details: Value) -> Result<Event, String> {
    let mut images = Vec::new();
    for image in form.list("images") {
        let (src, alt, href) = (image.text("src")?, image.text("alt")?, image.text("href")?);
        images.push(Image { src, alt, href });
    }
    let mut links = Vec::new();
    for link in form.list("links") {
        links.push(Link { href: link.text("href")?, text: link.text("text")? });
    }
    images.retain(|image| !image.src.is_empty());
    links.retain(|link| !link.href.is_empty());
    let severity = match form.plain("severity") {
        "" => "error".to_owned(),
        _ => form.text("severity")?,
    };
    let source = if form.plain("source").is_empty() { "client" } else { "source" };
    let payload = Payload {
        summary: cut::letters(&form.text("description")?, SUMMARY_LETTERS_MAX),
        source: form.text(source)?,
        severity,
        class: form.text("class")?,
        component: form.text("component")?,
        group: form.text("group")?,
        custom_details,
    };
    Ok(Event {
        routing_key: form.needed("routing_key")?,
        service_key: String::new(),
        dedup_key: form.context.key_hash(),
        incident_key: String::new(),
        event_type: "",
        description: String::new(),
        event_action: action(form),
        payload: Some(payload),
        client: form.text("client")?,
        client_url: form.text("client_url")?,
        details: Value::Null,
        images,
        links,
    })
}

/// Returns the event as JSON, without its details when it would be too large.
fn fitting(mut event: Event) -> Vec<u8> {
    let whole = line(&event);
    if whole.len() <= EVENT_BYTES_MAX {
        return whole;
    }
    let why = format!("left out: with its details the event has {} bytes", whole.len());
    let instead = json!({ "error": why });
    match &mut event.payload {
        Some(payload) => payload.custom_details = instead,
        None => event.details = instead,
    }
    line(&event)
}
