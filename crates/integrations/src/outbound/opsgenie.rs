//! Opsgenie: the Alert API.
//!
//! Source: Opsgenie's "Alert API"; requests of Alertmanager 0.25, captured.

use std::collections::BTreeMap;

use serde::Serialize;
use stentor_domain::delivery::Outcome;
use stentor_domain::message::Message;
use stentor_domain::plan::Settings;
use stentor_go::json;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request, Response, Step, cut, outcome, url};

/// The longest message that Opsgenie takes, in letters.
const MESSAGE_LETTERS_MAX: usize = 130;

/// Opsgenie.
pub struct Opsgenie;

impl Channel for Opsgenie {
    fn kind(&self) -> &'static str {
        "opsgenie"
    }

    fn about(&self) -> About {
        About {
            title: "Opsgenie",
            help: "An alert that is created while anything fires, and closed when nothing does. Its alias is the \
                   SHA-256 of the group's key, as Alertmanager makes it. With `update_alerts` the message and the \
                   description of an open alert are brought up to date by two further requests.",
            settings: SETTINGS,
            example: "receivers:\n  - name: oncall\n    opsgenie_configs:\n      - api_key_file: /etc/stentor/opsgenie\n        responders:\n          - {type: team, name: checkout}",
            notes: "The message has at most 130 letters. Tried again: 429 and 5xx; a repetition of a request that \
                    did arrive changes nothing.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        requests(&Form::new(settings, context), 0)?
            .ok_or_else(|| "nothing is to be sent".to_owned())
    }

    fn next(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
        answers: &[Response],
    ) -> Step {
        let last = answers.last().map(outcome);
        match last {
            Some(Outcome::Retry { .. } | Outcome::Refused { .. }) => {}
            Some(Outcome::Sent { .. }) | None => {
                match requests(&Form::new(settings, context), answers.len()) {
                    Ok(None) => {}
                    Ok(Some(request)) => return Step::Send(request),
                    Err(why) => return Step::Done(Outcome::Refused { why }),
                }
            }
        }
        Step::Done(last.unwrap_or_else(|| Outcome::Refused { why: "nothing to send".to_owned() }))
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("api_key", "The integration's key; or `api_key_file`. A template.").secret(),
    Field::of("api_url", "Opsgenie's address. By default `https://api.opsgenie.com/`."),
    Field::of("message", "What the alert says; a template, by default `opsgenie.default.message`."),
    Field::of("description", "More of it; a template, by default `opsgenie.default.description`."),
    Field::of("source", "Where it comes from; a template, by default the address of this server."),
    Field::of("details", "Names and templates, beside the labels that all alerts share."),
    Field::of(
        "responders",
        "A list of `id`, `name` or `username`, and `type`: `team`, `teams`, `user`, `escalation` or `schedule`. `teams` has several names, separated by commas; an entry that comes out empty is left out.",
    ),
    Field::of("tags, actions", "Lists separated by commas; templates."),
    Field::of("note, priority, entity", "As Opsgenie has them; templates."),
    Field::of("update_alerts", "`true` brings an open alert up to date."),
];

#[derive(Serialize)]
struct Create {
    alias: String,
    message: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    details: BTreeMap<String, String>,
    source: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    responders: Vec<Responder>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    priority: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    entity: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<String>,
}

#[derive(Default, PartialEq, Serialize)]
struct Responder {
    #[serde(skip_serializing_if = "String::is_empty")]
    id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    username: String,
    r#type: String,
}

/// Returns the request behind `done` others; `None` when all are made.
fn requests(form: &Form<'_>, done: usize) -> Result<Option<Request>, String> {
    let alias = form.context.key_hash();
    let of = |what: &str| {
        let path = url::join(form.plain("api_url"), &format!("v2/alerts/{alias}/{what}"));
        url::with_query(&path, [("identifierType", "alias")])
    };
    let firing = form.context.alerts().firing();
    let updates = firing && form.flag("update_alerts");
    let message = || Ok::<_, String>(cut::letters(&form.text("message")?, MESSAGE_LETTERS_MAX));
    let (method, url, body) = match (done, firing, updates) {
        (0, false, _) => {
            ("POST", of("close"), json::line(&BTreeMap::from([("source", form.text("source")?)])))
        }
        (0, true, _) => {
            let url = url::join(form.plain("api_url"), "v2/alerts");
            ("POST", url, json::line(&create(form, message()?)?))
        }
        (1, _, true) => {
            ("PUT", of("message"), json::line(&BTreeMap::from([("message", message()?)])))
        }
        (2, _, true) => {
            let description = BTreeMap::from([("description", form.text("description")?)]);
            ("PUT", of("description"), json::line(&description))
        }
        _ => return Ok(None),
    };
    let key = form.needed("api_key")?;
    let mut call =
        Call::post(form.settings, url).header("Authorization", format!("GenieKey {key}"));
    call.method = method;
    call.with("api_url", body).map(Some)
}

fn create(form: &Form<'_>, message: String) -> Result<Create, String> {
    let common = form.context.alerts().common_labels();
    let mut details: BTreeMap<String, String> =
        common.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    details.extend(form.map("details")?);
    let mut responders = Vec::new();
    for one in form.list("responders") {
        let (id, name) = (one.text("id")?, one.text("name")?);
        let (username, r#type) = (one.text("username")?, one.text("type")?);
        match r#type.as_str() {
            "teams" => responders.extend(split(&name).into_iter().map(|name| Responder {
                name,
                r#type: "team".to_owned(),
                ..Responder::default()
            })),
            _ => responders.push(Responder { id, name, username, r#type }),
        }
    }
    responders.retain(|responder| *responder != Responder::default());
    Ok(Create {
        alias: form.context.key_hash(),
        message,
        description: form.text("description")?,
        details,
        source: form.text("source")?,
        responders,
        tags: split(&form.text("tags")?),
        note: form.text("note")?,
        priority: form.text("priority")?,
        entity: form.text("entity")?,
        actions: split(&form.text("actions")?),
    })
}

/// Splits at commas; what is empty is left out, white space stays as it is in between.
fn split(list: &str) -> Vec<String> {
    let parts = list.trim().split(',').filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}
