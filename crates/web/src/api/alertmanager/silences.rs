//! `/api/v2/silences` and `/api/v2/silence/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stentor_domain::matchers::{Matcher, Matchers, Op};
use stentor_domain::silence::{Draft, Refusal, Silence, State as SilenceState};
use stentor_engine::{Answer, Input, SilenceInput};
use stentor_integrations::inbound::alertmanager;

use super::{millis, refuse, truth};
use crate::app::App;
use crate::error::Error;
use crate::ingest::{self, coded};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Gettable {
    id: String,
    status: Status,
    updated_at: String,
    comment: String,
    created_by: String,
    ends_at: String,
    matchers: Vec<GettableMatcher>,
    starts_at: String,
}

#[derive(Serialize)]
struct Status {
    state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GettableMatcher {
    is_equal: bool,
    is_regex: bool,
    name: String,
    value: String,
}

impl Gettable {
    fn of(silence: &Silence, now: Timestamp) -> Self {
        let matcher = |matcher: &Matcher| GettableMatcher {
            is_equal: matches!(matcher.op, Op::Equals | Op::Fits),
            is_regex: matches!(matcher.op, Op::Fits | Op::FitsNot),
            name: matcher.name.clone(),
            value: matcher.value.clone(),
        };
        Self {
            id: silence.id.clone(),
            status: Status { state: silence.state(now).word() },
            updated_at: millis(silence.updated_at),
            comment: silence.comment.clone(),
            created_by: silence.created_by.clone(),
            ends_at: millis(silence.ends_at),
            matchers: silence.matchers.0.iter().map(matcher).collect(),
            starts_at: millis(silence.starts_at),
        }
    }
}

pub(super) async fn list_silences(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Response {
    let wanted = match Wanted::read(query.as_deref().unwrap_or("")) {
        Ok(wanted) => wanted,
        Err(why) => return refuse(&why),
    };
    let now = (app.clock)();
    let standing = app.standing();
    let mut found: Vec<&Silence> =
        standing.silences().filter(|silence| wanted.shows(silence, now)).collect();
    found.sort_by(|a, b| {
        let (state, other) = (a.state(now), b.state(now));
        state
            .cmp(&other)
            .then_with(|| match state {
                SilenceState::Active => a.ends_at.cmp(&b.ends_at),
                SilenceState::Pending => a.starts_at.cmp(&b.starts_at),
                SilenceState::Expired => b.ends_at.cmp(&a.ends_at),
            })
            .then_with(|| a.id.cmp(&b.id))
    });
    let shown: Vec<Gettable> = found.into_iter().map(|it| Gettable::of(it, now)).collect();
    drop(standing);
    Json(shown).into_response()
}

/// Which silences a client wants to see.
struct Wanted {
    matchers: Vec<Matcher>,
    states: Vec<SilenceState>,
}

impl Wanted {
    fn read(query: &str) -> Result<Self, String> {
        let states = vec![SilenceState::Active, SilenceState::Pending, SilenceState::Expired];
        let mut wanted = Self { matchers: vec![], states };
        for (name, value) in super::parameters(query)? {
            let state = match name.as_str() {
                "active" => SilenceState::Active,
                "pending" => SilenceState::Pending,
                "expired" => SilenceState::Expired,
                "filter" => {
                    wanted.matchers.push(super::filter(&value)?);
                    continue;
                }
                _ => continue,
            };
            // A parameter without a value is one that is not given.
            if !value.is_empty() && !truth(&value) {
                wanted.states.retain(|shown| *shown != state);
            }
        }
        Ok(wanted)
    }

    /// A silence is shown when it has each of these matchers, as it is written.
    fn shows(&self, silence: &Silence, now: Timestamp) -> bool {
        let has = |wanted: &Matcher| {
            let same = |it: &&Matcher| {
                (&it.name, it.op, &it.value) == (&wanted.name, wanted.op, &wanted.value)
            };
            silence.matchers.0.iter().any(|it| same(&it))
        };
        self.states.contains(&silence.state(now)) && self.matchers.iter().all(has)
    }
}

/// Tells whether a text has the form of a UUID, as go-openapi's formats have it.
fn is_uuid(text: &str) -> bool {
    let hyphens = [8, 13, 18, 23];
    let fits = |(at, byte): (usize, u8)| match hyphens.contains(&at) {
        true => byte == b'-',
        false => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

fn no_uuid(id: &str) -> Response {
    let why = format!("silenceID in path must be of type uuid: \"{id}\"");
    problem(601, &why)
}

fn problem(code: u16, why: &str) -> Response {
    let body = serde_json::json!({ "code": code, "message": why });
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
}

pub(super) async fn show_silence(State(app): State<Arc<App>>, Path(id): Path<String>) -> Response {
    if !is_uuid(&id) {
        return no_uuid(&id);
    }
    let now = (app.clock)();
    let found = app.standing().silence(&id).map(|silence| Gettable::of(silence, now));
    found.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |it| Json(it).into_response())
}

pub(super) async fn expire_silence(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Response {
    if !is_uuid(&id) {
        return no_uuid(&id);
    }
    let input = SilenceInput::Expire { by: "API v2".to_owned() };
    match app.desk.decide(Input::Silence(id, input)).await {
        Ok(Answer::NotFound) => StatusCode::NOT_FOUND.into_response(),
        Ok(_) => StatusCode::OK.into_response(),
        Err(error) => failed(&error),
    }
}

fn failed(error: &Error) -> Response {
    (error.status, Json(&error.detail)).into_response()
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Postable {
    #[serde(default)]
    id: Option<String>,
    comment: Option<String>,
    created_by: Option<String>,
    ends_at: Option<Instant>,
    matchers: Option<Vec<PostableMatcher>>,
    starts_at: Option<Instant>,
}

/// An instant in every form that an alert's may have; an empty one is refused.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Instant(Timestamp);

impl TryFrom<String> for Instant {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let at = alertmanager::instant(&text)?;
        at.map(Self).ok_or_else(|| format!("parsing time {text:?}: no instant is said"))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostableMatcher {
    is_equal: Option<bool>,
    is_regex: Option<bool>,
    name: Option<String>,
    value: Option<String>,
}

#[derive(Serialize)]
struct Made {
    #[serde(rename = "silenceID")]
    silence_id: String,
}

pub(super) async fn create_silence(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(refusal) = ingest::refuse_type(&headers) {
        return refusal;
    }
    if body.is_empty() {
        return problem(602, "silence in body is required");
    }
    // `null` says nothing, as Go reads it.
    let read = serde_json::from_slice::<Value>(&body)
        .and_then(serde_json::from_value::<Option<Postable>>)
        .map(Option::unwrap_or_default);
    let draft = match read {
        Ok(postable) => match postable.draft() {
            Ok(draft) => draft,
            Err(refusal) => return *refusal,
        },
        Err(error) => {
            let why = format!("parsing silence body from \"\" failed, because {error}");
            return coded(StatusCode::BAD_REQUEST, &why);
        }
    };
    match app.desk.decide(Input::SetSilence(draft)).await {
        Ok(Answer::Silence(silence)) => Json(Made { silence_id: silence.id }).into_response(),
        Ok(Answer::SilenceRefused(refusal @ Refusal::NotFound)) => {
            (StatusCode::NOT_FOUND, Json(refusal.to_string())).into_response()
        }
        Ok(Answer::SilenceRefused(refusal)) => refuse(&refusal.to_string()),
        Ok(_) => StatusCode::OK.into_response(),
        Err(error) => failed(&error),
    }
}

impl Postable {
    /// Checks what the schema asks for, in the order in which Alertmanager does.
    fn draft(self) -> Result<Draft, Box<Response>> {
        let required = |name: &str| Box::new(problem(602, &format!("{name} in body is required")));
        let comment = self.comment.ok_or_else(|| required("comment"))?;
        let created_by = self.created_by.ok_or_else(|| required("createdBy"))?;
        let ends_at = self.ends_at.ok_or_else(|| required("endsAt"))?;
        let matchers = self.matchers.ok_or_else(|| required("matchers"))?;
        if matchers.is_empty() {
            let why = "matchers in body should have at least 1 items";
            return Err(Box::new(problem(612, why)));
        }
        let matchers = matchers
            .into_iter()
            .enumerate()
            .map(|(at, it)| it.read(at))
            .collect::<Result<_, _>>()?;
        let starts_at = self.starts_at.ok_or_else(|| required("startsAt"))?;
        Ok(Draft {
            id: self.id.filter(|id| !id.is_empty()),
            matchers: Matchers(matchers),
            starts_at: starts_at.0,
            ends_at: ends_at.0,
            created_by,
            by: None,
            comment,
            until_resolved: None,
            repeats: None,
        })
    }
}

impl PostableMatcher {
    fn read(self, at: usize) -> Result<Matcher, Box<Response>> {
        let required = |name: &str| {
            Box::new(problem(602, &format!("matchers.{at}.{name} in body is required")))
        };
        let is_regex = self.is_regex.ok_or_else(|| required("isRegex"))?;
        let name = self.name.ok_or_else(|| required("name"))?;
        let value = self.value.ok_or_else(|| required("value"))?;
        if name.is_empty() {
            let why =
                format!("silence invalid: invalid label matcher {at}: invalid label name \"\"");
            return Err(Box::new(refuse(&why)));
        }
        let op = match (self.is_equal.unwrap_or(true), is_regex) {
            (true, false) => Op::Equals,
            (false, false) => Op::EqualsNot,
            (true, true) => Op::Fits,
            (false, true) => Op::FitsNot,
        };
        let refused = |why| Box::new(refuse(&format!("silence invalid: {why}")));
        Matcher::new(&name, op, &value).map_err(refused)
    }
}
