//! History: every firing of every alert that has ended, and who was told of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use stentor_domain::delivery::Delivery;
use stentor_domain::labels::{Fingerprint, Labels};
use stentor_domain::matchers::Matchers;
use stentor_domain::message::Message;
use stentor_domain::standing::View;
use stentor_store::db::Db;
use stentor_store::deliveries;
use stentor_store::episodes::{self, Episode};
use stentor_store::error::Error as StoreError;
use utoipa::{IntoParams, ToSchema};

use super::deliveries::DeliveryView;
use super::input::{Named, Query};
use super::list::{After, Limit, List};
use super::text::Time;
use crate::app::App;
use crate::auth::Permission;
use crate::error::Error;
use crate::routes::Routes;

/// Rows that one look at the database brings while a filter is applied.
const BATCH: i64 = 1_000;

/// A filter looks through at most this many episodes at once; `next` goes on from there.
const LOOKED_AT_MAX: usize = 50_000;

/// Of one episode at most this many notifications of each group are looked through.
const NOTIFICATIONS_MAX: i64 = 500;

/// What is sent so long after an episode may still be about its end.
const AFTERWARDS: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/api/v1/history", get(list_history)).on(
        Permission::Read,
        "/api/v1/alerts/{fingerprint}/history",
        get(show_history),
    )
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListHistory {
    /// Only alerts that this matcher fits; may be given more than once.
    #[serde(default)]
    filter: Vec<String>,
    /// How many items to show.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// The `next` of the list before.
    #[param(value_type = Option<String>)]
    after: Option<After<i64>>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShowHistory {
    /// How many items to show.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// The `next` of the list before.
    #[param(value_type = Option<String>)]
    after: Option<After<i64>>,
}

/// One firing of one alert.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EpisodeView {
    /// Which alert.
    #[schema(value_type = String)]
    fingerprint: Fingerprint,
    /// Since when it fired.
    started_at: Time,
    /// Until when; null while it fires.
    ended_at: Option<Time>,
    /// What it was known by.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    labels: Labels,
    /// What was said of it last.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    annotations: Labels,
}

impl EpisodeView {
    fn of(episode: Episode) -> Self {
        Self {
            fingerprint: episode.fingerprint,
            started_at: episode.started_at.into(),
            ended_at: Some(episode.ended_at.into()),
            labels: episode.labels,
            annotations: episode.annotations,
        }
    }
}

/// One firing of one alert, with what was sent about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EpisodeDetail {
    #[serde(flatten)]
    episode: EpisodeView,
    /// What receivers were sent about it, oldest first.
    notifications: Vec<DeliveryView>,
}

/// List what fired and has ended, newest first
#[utoipa::path(
    get, path = "/api/v1/history", tag = "alerts", params(ListHistory),
    responses((status = 200, description = "Episodes", body = List<EpisodeView>)),
    security(("token" = ["read"]))
)]
pub(super) async fn list_history(
    State(app): State<Arc<App>>,
    Query(query): Query<ListHistory>,
) -> Result<Json<List<EpisodeView>>, Error> {
    let matchers = super::alerts::matchers(&query.filter)?;
    let before = query.after.map(|After(seq)| seq);
    let max = usize::try_from(query.limit.probe()).unwrap_or(usize::MAX);
    let (found, stopped) = app.read(move |db| find(db, before, &matchers, max)).await?;
    let list = List::of(found, query.limit, |episode| episode.seq, EpisodeView::of);
    Ok(Json(list.or_behind(stopped.as_ref())))
}

/// Returns the first `max` episodes that the matchers let through; and, when they are fewer because enough were looked at,
/// the last of those.
fn find(
    db: &mut Db,
    mut before: Option<i64>,
    matchers: &Matchers,
    max: usize,
) -> Result<(Vec<Episode>, Option<i64>), StoreError> {
    let batch = if matchers.0.is_empty() { i64::try_from(max).unwrap_or(BATCH) } else { BATCH };
    let (mut found, mut looked_at) = (Vec::new(), 0);
    loop {
        let rows = episodes::list(db, before, batch)?;
        let last = rows.len() < usize::try_from(batch).unwrap_or(usize::MAX);
        looked_at += rows.len();
        before = rows.last().map(|row| row.seq);
        found.extend(rows.into_iter().filter(|row| matchers.matches(&row.labels)));
        if last || found.len() >= max || looked_at >= LOOKED_AT_MAX {
            let stopped = before.filter(|_| !last && found.len() < max);
            found.truncate(max);
            return Ok((found, stopped));
        }
    }
}

/// Show every firing of an alert with what was sent about it, newest first
#[utoipa::path(
    get, path = "/api/v1/alerts/{fingerprint}/history", tag = "alerts",
    params(("fingerprint" = String, Path, description = "16 hexadecimal digits"), ShowHistory),
    responses((status = 200, description = "Episodes; the first has no end while the alert fires", body = List<EpisodeDetail>)),
    security(("token" = ["read"]))
)]
pub(super) async fn show_history(
    State(app): State<Arc<App>>,
    Named(fingerprint): Named<Fingerprint>,
    Query(query): Query<ShowHistory>,
) -> Result<Json<List<EpisodeDetail>>, Error> {
    let before = query.after.map(|After(seq)| seq);
    let limit = query.limit;
    let kept = app.standing().view(fingerprint).map(View::record);
    let known = kept.is_some();
    let list = app.read(move |db| {
        let found = episodes::of_alert(db, fingerprint, before, i64::from(limit.probe()))?;
        let (mut until, mut current) = (None, None);
        if before.is_none()
            && let Some(record) = kept.filter(|record| record.firing)
        {
            until = Some(record.alert.starts_at);
            let episode = EpisodeView {
                fingerprint,
                started_at: record.alert.starts_at.into(),
                ended_at: None,
                labels: record.alert.labels,
                annotations: record.alert.annotations,
            };
            let span = (record.alert.starts_at, Timestamp::MAX);
            let notifications = about(db, fingerprint, &record.groups, span)?;
            current = Some(EpisodeDetail { episode, notifications });
        }
        let mut details = Vec::with_capacity(found.len());
        for episode in found {
            let end = episode.ended_at.checked_add(AFTERWARDS).unwrap_or(Timestamp::MAX);
            let span = (episode.started_at, until.map_or(end, |until: Timestamp| until.min(end)));
            let notifications = about(db, fingerprint, &episode.groups, span)?;
            until = Some(episode.started_at);
            let (seq, episode) = (episode.seq, EpisodeView::of(episode));
            details.push((seq, EpisodeDetail { episode, notifications }));
        }
        let mut list = List::of(details, limit, |(seq, _)| *seq, |(_, detail)| detail);
        list.items.splice(0..0, current);
        Ok(list)
    });
    let list = list.await?;
    if list.items.is_empty() && before.is_none() && !known {
        return Err(Error::not_found("alert"));
    }
    Ok(Json(list))
}

/// Returns what the groups' receivers were sent about an alert in a span of time, oldest first.
fn about(
    db: &mut Db,
    fingerprint: Fingerprint,
    groups: &[stentor_domain::group::GroupId],
    span: (Timestamp, Timestamp),
) -> Result<Vec<DeliveryView>, StoreError> {
    let mut found: Vec<Delivery> = vec![];
    for group in groups {
        let sent = deliveries::of_group_between(db, *group, span, NOTIFICATIONS_MAX)?;
        found.extend(sent.into_iter().filter(|delivery| names(delivery, fingerprint)));
    }
    found.sort_by_key(|delivery| (delivery.created_at, delivery.id));
    Ok(found.iter().map(DeliveryView::of).collect())
}

/// Tells whether an alert is in a message.
fn names(delivery: &Delivery, fingerprint: Fingerprint) -> bool {
    match &delivery.message {
        Message::Alerts(message) => {
            message.alerts.iter().any(|alert| alert.fingerprint == fingerprint)
        }
        Message::Page(_) | Message::Test(_) => false,
    }
}
