//! Silences: who asked that which alerts are not told, from when until when.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use stentor_domain::labels::{Fingerprint, Labels};
use stentor_domain::matchers::{Matchers, parse};
use stentor_domain::plan;
use stentor_domain::silence::{Deed, Draft, Every, LogEntry, Repeats, Silence};
use stentor_domain::silence::{MATCHERS_MAX, State as Stands};
use stentor_engine::{Answer, Input, SilenceInput};
use utoipa::{IntoParams, ToSchema};

use super::acting::Acting;
use super::input::{Body, Named, Nothing, Noun, Query};
use super::list::{After, Limit, List};
use super::text::{Details, Key, Line, Name, Prose, Time, Word};
use crate::app::App;
use crate::auth::Permission;
use crate::error::Error;
use crate::now::Now;
use crate::pages::time::iso;
use crate::routes::Routes;

/// What a silence is worth saying about, when nobody says it.
const NO_COMMENT: &str = "without a comment";

pub(super) fn routes(routes: Routes) -> Routes {
    use Permission::{Read, Silence};
    routes
        .on(Read, "/api/v1/silences", get(list_silences))
        .on(Silence, "/api/v1/silences", post(set_silence))
        .on(Read, "/api/v1/silences/preview", post(preview_silence))
        .on(Read, "/api/v1/silences/{id}", get(show_silence))
        .on(Silence, "/api/v1/silences/{id}/expire", post(expire_silence))
        .on(Silence, "/api/v1/silences/{id}/extend", post(extend_silence))
        .on(Silence, "/api/v1/silences/{id}/comments", post(comment_silence))
}

/// The id of a silence.
#[derive(Debug)]
pub(crate) struct SilenceId(String);

impl FromStr for SilenceId {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl Noun for SilenceId {
    const NOUN: &'static str = "silence";
}

/// Where a silence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SilenceState {
    /// It hits what it matches.
    Active,
    /// It has not begun.
    Pending,
    /// It is over.
    Expired,
}

impl From<Stands> for SilenceState {
    fn from(state: Stands) -> Self {
        match state {
            Stands::Active => Self::Active,
            Stands::Pending => Self::Pending,
            Stands::Expired => Self::Expired,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListSilences {
    /// Only silences in this state; all when it is left out.
    #[param(inline)]
    state: Option<SilenceState>,
    /// Only silences of which this matcher fits the matchers, read as labels; may be given more than once.
    #[serde(default)]
    filter: Vec<String>,
    /// How many items to show.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// The `next` of the list before.
    #[param(value_type = Option<String>)]
    after: Option<After<(Timestamp, String)>>,
}

/// How a silence comes again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RepeatsBody {
    /// How often.
    every: EveryWord,
    /// The zone whose wall clock is meant, as in `Europe/Berlin`.
    #[schema(inline)]
    zone: Word,
}

/// How often something comes again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EveryWord {
    /// Each day.
    Day,
    /// On the same day of each week.
    Week,
}

/// A request that alerts are not told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SilenceView {
    /// A UUID.
    pub(crate) id: String,
    /// Where it stands.
    state: SilenceState,
    /// What it hits: all must hold.
    #[schema(example = json!(["alertname=\"DiskFull\""]))]
    matchers: Vec<String>,
    /// From when.
    starts_at: Time,
    /// Until when.
    ends_at: Time,
    /// When somebody last changed it.
    updated_at: Time,
    /// Who asked for it.
    created_by: String,
    /// Why.
    comment: String,
    /// Whether it ends as soon as nothing fires that it hits.
    until_resolved: bool,
    /// How it comes again; null when it does not.
    repeats: Option<RepeatsBody>,
}

impl SilenceView {
    pub(crate) fn of(silence: &Silence, now: Timestamp) -> Self {
        let repeats = silence.repeats.as_ref().map(|repeats| RepeatsBody {
            every: match repeats.every {
                Every::Day => EveryWord::Day,
                Every::Week => EveryWord::Week,
            },
            zone: Line(repeats.zone.clone()),
        });
        Self {
            id: silence.id.clone(),
            state: silence.state(now).into(),
            matchers: silence.matchers.0.iter().map(ToString::to_string).collect(),
            starts_at: silence.starts_at.into(),
            ends_at: silence.ends_at.into(),
            updated_at: silence.updated_at.into(),
            created_by: silence.created_by.clone(),
            comment: silence.comment.clone(),
            until_resolved: silence.until_resolved,
            repeats,
        }
    }
}

/// A silence, what it hits, and who did what to it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SilenceDetail {
    #[serde(flatten)]
    silence: SilenceView,
    /// How many firing alerts its matchers fit now.
    hits: usize,
    /// Who did what, oldest first.
    log: Vec<LogView>,
}

impl SilenceDetail {
    fn of(app: &App, silence: &Silence, now: Timestamp) -> Self {
        let hits = app.standing().select(&silence.matchers, now).len();
        let log = silence.log.iter().map(LogView::of).collect();
        Self { silence: SilenceView::of(silence, now), hits, log }
    }
}

/// A line of a silence's log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogView {
    /// When.
    at: Time,
    /// Who; empty for Stentor itself.
    by: String,
    /// `created`, `changed`, `expired`, `resolved`, `repeated` or `commented`.
    what: &'static str,
    /// What they wrote, or the end that they set; empty for everything else.
    text: String,
}

impl LogView {
    fn of(entry: &LogEntry) -> Self {
        let (what, text) = match &entry.what {
            Deed::Created => ("created", String::new()),
            Deed::Changed { ends_at, before: Some(before) } => {
                ("changed", format!("until {} instead of {}", iso(*ends_at), iso(*before)))
            }
            Deed::Changed { ends_at, before: None } => {
                ("changed", format!("until {}", iso(*ends_at)))
            }
            Deed::Expired => ("expired", String::new()),
            Deed::Resolved => ("resolved", String::new()),
            Deed::Repeated => ("repeated", String::new()),
            Deed::Commented { text } => ("commented", text.clone()),
        };
        Self { at: entry.at.into(), by: entry.by.clone(), what, text }
    }
}

/// One matcher, several in one text, or a list of them.
#[derive(Clone, Debug)]
pub(crate) struct MatchersText(Matchers);

impl<'de> Deserialize<'de> for MatchersText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrList)
    }
}

struct TextOrList;

impl<'de> Visitor<'de> for TextOrList {
    type Value = MatchersText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("matchers as a text or a list of texts")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<MatchersText, E> {
        let found = parse::matchers(text).map_err(|why| E::custom(format!("no matcher: {why}")));
        found.map(MatchersText)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<MatchersText, A::Error> {
        let mut matchers = vec![];
        while let Some(text) = items.next_element::<String>()? {
            let matcher = parse::matcher(&text).map_err(|why| {
                serde::de::Error::custom(format!("`{text}` is no matcher: {why}"))
            })?;
            matchers.push(matcher);
            if matchers.len() > MATCHERS_MAX {
                let why = format!("at most {MATCHERS_MAX} matchers are possible");
                return Err(serde::de::Error::custom(why));
            }
        }
        Ok(MatchersText(Matchers(matchers)))
    }
}

/// A duration as Prometheus writes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lasting(SignedDuration);

impl<'de> Deserialize<'de> for Lasting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        plan::duration(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// What is asked for. With an `id` what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetSilence {
    /// The silence to change; a new one when it is left out.
    #[schema(inline)]
    id: Option<Key>,
    /// What it hits: all must hold. One text with all of them is read as well.
    #[schema(value_type = Option<Vec<String>>, example = json!(["alertname=\"DiskFull\""]))]
    matchers: Option<MatchersText>,
    /// From when; now when it is left out.
    starts_at: Option<Time>,
    /// Until when.
    ends_at: Option<Time>,
    /// How long from its start, as in `2h`, instead of `ends_at`.
    #[schema(value_type = Option<String>, example = "2h")]
    duration: Option<Lasting>,
    /// Why.
    #[schema(inline)]
    comment: Option<Details>,
    /// Who asks; whoever calls when it is left out.
    #[schema(inline)]
    created_by: Option<Name>,
    /// Whether it ends as soon as nothing fires that it hits.
    until_resolved: Option<bool>,
    /// How it comes again.
    repeats: Option<RepeatsBody>,
}

/// What a silence would hit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewBody {
    /// All must hold. One text with all of them is read as well.
    #[schema(value_type = Vec<String>, example = json!(["alertname=\"DiskFull\""]))]
    matchers: MatchersText,
}

/// The firing alerts that matchers fit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewView {
    /// How many.
    hits: usize,
    /// The first of them, in a stable order, at most 500.
    alerts: Vec<HitView>,
}

/// Preview alerts are cut after this many.
const HITS_SHOWN_MAX: usize = 500;

/// An alert that is hit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HitView {
    /// Which.
    #[schema(value_type = String)]
    fingerprint: Fingerprint,
    /// What it is known by.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    labels: Labels,
}

/// Until when a silence lasts instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtendBody {
    /// Until when.
    ends_at: Option<Time>,
    /// How much longer than its end, or than now if it is over, as in `2h`.
    #[schema(value_type = Option<String>, example = "2h")]
    duration: Option<Lasting>,
}

/// What somebody says of a silence.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommentBody {
    /// What.
    #[schema(inline)]
    text: Details,
}

/// List silences, those that began last first
#[utoipa::path(
    get, path = "/api/v1/silences", tag = "silences", params(ListSilences),
    responses((status = 200, description = "Silences", body = List<SilenceView>)),
    security(("token" = ["read"]))
)]
pub(super) async fn list_silences(
    State(app): State<Arc<App>>,
    Now(now): Now,
    Query(query): Query<ListSilences>,
) -> Result<Json<List<SilenceView>>, Error> {
    let filter = super::alerts::matchers(&query.filter)?;
    let fits = |silence: &&Silence| {
        let labels = silence.matchers.0.iter();
        let labels: Labels =
            labels.map(|matcher| (matcher.name.as_str(), matcher.value.as_str())).collect();
        let state = SilenceState::from(silence.state(now));
        query.state.is_none_or(|wanted| wanted == state) && filter.matches(&labels)
    };
    let mut found: Vec<((Timestamp, String), SilenceView)> = {
        let standing = app.standing();
        let view = |it: &Silence| ((it.starts_at, it.id.clone()), SilenceView::of(it, now));
        standing.silences().filter(fits).map(view).collect()
    };
    found.sort_by(|(a, _), (b, _)| b.cmp(a));
    if let Some(After((at, id))) = query.after {
        found.retain(|(place, _)| *place < (at, id.clone()));
    }
    Ok(Json(List::of(found, query.limit, |(place, _)| place.clone(), |(_, view)| view)))
}

/// Show a silence
#[utoipa::path(
    get, path = "/api/v1/silences/{id}", tag = "silences", params(("id" = String, Path, description = "A UUID")),
    responses((status = 200, description = "The silence", body = SilenceDetail)),
    security(("token" = ["read"]))
)]
pub(super) async fn show_silence(
    State(app): State<Arc<App>>,
    Now(now): Now,
    Named(SilenceId(id)): Named<SilenceId>,
) -> Result<Json<SilenceDetail>, Error> {
    Ok(Json(SilenceDetail::of(&app, &known(&app, &id)?, now)))
}

fn known(app: &App, id: &str) -> Result<Silence, Error> {
    app.standing().silence(id).cloned().ok_or_else(|| Error::not_found(SilenceId::NOUN))
}

/// Show which firing alerts a silence would hit
#[utoipa::path(
    post, path = "/api/v1/silences/preview", tag = "silences", request_body = PreviewBody,
    responses((status = 200, description = "What it would hit", body = PreviewView)),
    security(("token" = ["read"]))
)]
pub(super) async fn preview_silence(
    State(app): State<Arc<App>>,
    Now(now): Now,
    Body(PreviewBody { matchers: MatchersText(matchers) }): Body<PreviewBody>,
) -> Result<Json<PreviewView>, Error> {
    let standing = app.standing();
    let hit = standing.select(&matchers, now);
    let view = |fingerprint: &Fingerprint| {
        let labels = standing.labels(*fingerprint)?;
        Some(HitView { fingerprint: *fingerprint, labels })
    };
    let alerts = hit.iter().take(HITS_SHOWN_MAX).filter_map(view).collect();
    Ok(Json(PreviewView { hits: hit.len(), alerts }))
}

/// Make a silence, or change one
#[utoipa::path(
    post, path = "/api/v1/silences", tag = "silences", request_body = SetSilence,
    responses((status = 201, description = "The silence; another one with another id when the old one could not be \
        changed in place", body = SilenceDetail)),
    security(("token" = ["respond"]))
)]
pub(super) async fn set_silence(
    State(app): State<Arc<App>>,
    Now(now): Now,
    acting: Acting,
    Body(body): Body<SetSilence>,
) -> Result<(StatusCode, Json<SilenceDetail>), Error> {
    let by = acting.by.name(&app.in_force().plan).to_owned();
    let before = body.id.as_ref().map(|Line(id)| known(&app, id)).transpose()?;
    let draft = draft(body, before, by, now)?;
    Ok((StatusCode::CREATED, Json(set(&app, acting, draft, now).await?)))
}

async fn set(
    app: &App,
    acting: Acting,
    draft: Draft,
    now: Timestamp,
) -> Result<SilenceDetail, Error> {
    let action = if draft.id.is_none() { "silence" } else { "change silence" };
    done(app, acting.decide(app, action, Input::SetSilence(draft)).await?, now)
}

fn done(app: &App, answer: Answer, now: Timestamp) -> Result<SilenceDetail, Error> {
    let Answer::Silence(silence) = answer else {
        return Err(Error::internal("a silence was answered by something else"));
    };
    // One that begins at once begins when the engine decides, which is a little after the request came.
    let now = now.max(silence.updated_at);
    Ok(SilenceDetail::of(app, &silence, now))
}

fn draft(
    body: SetSilence,
    before: Option<Silence>,
    by: String,
    now: Timestamp,
) -> Result<Draft, Error> {
    let old = before.as_ref();
    let starts_at =
        body.starts_at.map(|Time(at)| at).or_else(|| old.map(|it| it.starts_at)).unwrap_or(now);
    let ends_at = match (body.ends_at, body.duration) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid("duration", "Give `ends_at` or `duration`, not both."));
        }
        (Some(Time(at)), None) => Some(at),
        (None, Some(Lasting(length))) => starts_at.checked_add(length).ok(),
        (None, None) => old.map(|it| it.ends_at),
    };
    let ends_at = ends_at.ok_or_else(|| {
        Error::invalid("ends_at", "Say how long it lasts, by `ends_at` or `duration`.")
    })?;
    let matchers = body.matchers.map(|MatchersText(matchers)| matchers);
    let matchers = matchers.or_else(|| old.map(|it| it.matchers.clone()));
    let matchers = matchers.ok_or_else(|| Error::invalid("matchers", "It is missing."))?;
    let comment = body.comment.map(|Prose(comment)| comment).filter(|it| !it.trim().is_empty());
    let comment = comment.or_else(|| old.map(|it| it.comment.clone()));
    let repeats = body.repeats.map(|RepeatsBody { every, zone: Line(zone) }| match every {
        EveryWord::Day => Repeats::new(Every::Day, zone),
        EveryWord::Week => Repeats::new(Every::Week, zone),
    });
    Ok(Draft {
        id: old.map(|it| it.id.clone()),
        matchers,
        starts_at,
        ends_at,
        created_by: match (body.created_by, old) {
            (Some(Line(name)), _) => name,
            (None, Some(old)) => old.created_by.clone(),
            (None, None) => by.clone(),
        },
        by: old.map(|_| by),
        comment: comment.unwrap_or_else(|| NO_COMMENT.to_owned()),
        until_resolved: body.until_resolved,
        repeats,
    })
}

/// Let a silence last longer, or shorter
///
/// One that is over begins anew, with another id.
#[utoipa::path(
    post, path = "/api/v1/silences/{id}/extend", tag = "silences", request_body = ExtendBody,
    params(("id" = String, Path, description = "A UUID")),
    responses((status = 200, description = "The silence", body = SilenceDetail)),
    security(("token" = ["respond"]))
)]
pub(super) async fn extend_silence(
    State(app): State<Arc<App>>,
    Now(now): Now,
    Named(SilenceId(id)): Named<SilenceId>,
    acting: Acting,
    Body(body): Body<ExtendBody>,
) -> Result<Json<SilenceDetail>, Error> {
    let silence = known(&app, &id)?;
    let ends_at = match (body.ends_at, body.duration) {
        (Some(Time(at)), None) => Some(at),
        (None, Some(Lasting(length))) => silence.ends_at.max(now).checked_add(length).ok(),
        (Some(_), Some(_)) | (None, None) => None,
    };
    let ends_at = ends_at
        .ok_or_else(|| Error::invalid("ends_at", "Say until when, by `ends_at` or `duration`."))?;
    let by = acting.by.name(&app.in_force().plan).to_owned();
    let draft = Draft {
        id: Some(silence.id),
        matchers: silence.matchers,
        starts_at: silence.starts_at,
        ends_at,
        created_by: silence.created_by,
        by: Some(by),
        comment: silence.comment,
        until_resolved: None,
        repeats: None,
    };
    Ok(Json(set(&app, acting, draft, now).await?))
}

/// End a silence now
#[utoipa::path(
    post, path = "/api/v1/silences/{id}/expire", tag = "silences",
    params(("id" = String, Path, description = "A UUID")),
    responses((status = 200, description = "The silence", body = SilenceDetail)),
    security(("token" = ["respond"]))
)]
pub(super) async fn expire_silence(
    State(app): State<Arc<App>>,
    Now(now): Now,
    Named(SilenceId(id)): Named<SilenceId>,
    acting: Acting,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<SilenceDetail>, Error> {
    let by = acting.by.name(&app.in_force().plan).to_owned();
    let input = Input::Silence(id, SilenceInput::Expire { by });
    Ok(Json(done(&app, acting.decide(&app, "expire silence", input).await?, now)?))
}

/// Add a comment to the log of a silence
#[utoipa::path(
    post, path = "/api/v1/silences/{id}/comments", tag = "silences", request_body = CommentBody,
    params(("id" = String, Path, description = "A UUID")),
    responses((status = 200, description = "The silence", body = SilenceDetail)),
    security(("token" = ["respond"]))
)]
pub(super) async fn comment_silence(
    State(app): State<Arc<App>>,
    Now(now): Now,
    Named(SilenceId(id)): Named<SilenceId>,
    acting: Acting,
    Body(CommentBody { text: Prose(text) }): Body<CommentBody>,
) -> Result<Json<SilenceDetail>, Error> {
    if text.trim().is_empty() {
        return Err(Error::invalid("text", "It is empty."));
    }
    let by = acting.by.name(&app.in_force().plan).to_owned();
    let input = Input::Silence(id, SilenceInput::Comment { by, text });
    Ok(Json(done(&app, acting.decide(&app, "comment on silence", input).await?, now)?))
}
