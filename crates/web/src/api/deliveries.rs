//! Deliveries: who was told what over which channel, with every attempt.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use stentor_domain::delivery::{About, Delivery};
use stentor_domain::id::{DeliveryId, PageId};
use stentor_domain::message::Purpose;
use stentor_store::db::Db;
use stentor_store::deliveries::{self, Attempt, Filter};
use stentor_store::error::Error as StoreError;
use utoipa::{IntoParams, ToSchema};

use super::input::{Named, Noun, Query};
use super::list::{After, Limit, List};
use super::shapes;
use super::text::Time;
use crate::app::App;
use crate::auth::Permission;
use crate::error::Error;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/api/v1/deliveries", get(list_deliveries)).on(
        Permission::Read,
        "/api/v1/deliveries/{id}",
        get(show_delivery),
    )
}

impl Noun for DeliveryId {
    const NOUN: &'static str = "delivery";
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListDeliveries {
    /// Only deliveries about the page with this id.
    #[param(value_type = Option<String>)]
    page: Option<PageId>,
    /// How many items to show.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// The `next` of the list before.
    #[param(value_type = Option<String>)]
    after: Option<After<(jiff::Timestamp, DeliveryId)>>,
}

/// One message to one address over one channel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// Its id.
    #[schema(value_type = String)]
    id: DeliveryId,
    /// Where it stands.
    #[schema(schema_with = shapes::delivery_states)]
    state: &'static str,
    /// What it is for: a person is asked to `act` on a page or told that it `resolved`, a `receiver` is told of its
    /// group, or somebody tries out a channel (`test`).
    purpose: &'static str,
    /// The page that it is about.
    #[schema(value_type = Option<String>)]
    page: Option<PageId>,
    /// To whom: a person's key, a receiver's name, or the channel's key.
    to: String,
    /// Over which channel: its key for a person, its kind for a receiver.
    channel: String,
    /// What the last attempt came to.
    detail: String,
    /// How many attempts were begun.
    attempt_count: u32,
    /// When it was made.
    created_at: Time,
    /// When it is tried next, or given up as unknown; null when it is settled.
    due_at: Option<Time>,
    /// When it is no longer worth sending.
    expires_at: Option<Time>,
}

/// A delivery with its attempts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryDetail {
    #[serde(flatten)]
    delivery: DeliveryView,
    /// Every attempt, first to last.
    attempts: Vec<AttemptView>,
}

/// One try to send a delivery.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptView {
    /// From 1.
    number: u32,
    /// When it began.
    started_at: Time,
    /// When its outcome was known; null while it runs, and when a crash hid it.
    finished_at: Option<Time>,
    /// `sent`, `retry`, `refused`, `unknown`, or null while it runs.
    outcome: Option<String>,
    /// What the provider answered.
    detail: String,
}

impl DeliveryView {
    pub(crate) fn of(delivery: &Delivery) -> Self {
        let (purpose, page) = match &delivery.about {
            About::Person { purpose: Purpose::Act, page, .. } => ("act", Some(*page)),
            About::Person { purpose: Purpose::Resolved, page, .. } => ("resolved", Some(*page)),
            About::Receiver { .. } => ("receiver", None),
            About::Test { .. } | About::TestReceiver { .. } => ("test", None),
        };
        Self {
            id: delivery.id,
            state: delivery.state.word(),
            purpose,
            page,
            to: delivery.to().to_owned(),
            channel: delivery.channel().to_owned(),
            detail: delivery.detail.clone(),
            attempt_count: delivery.attempts,
            created_at: delivery.created_at.into(),
            due_at: delivery.due_at.map(Time),
            expires_at: delivery.expires_at.map(Time),
        }
    }
}

impl DeliveryDetail {
    pub(crate) fn read(db: &mut Db, delivery: &Delivery) -> Result<Self, StoreError> {
        let attempts = deliveries::attempts_of(db, delivery.id)?;
        let attempts = attempts.into_iter().map(AttemptView::of).collect();
        Ok(Self { delivery: DeliveryView::of(delivery), attempts })
    }
}

impl AttemptView {
    fn of(attempt: Attempt) -> Self {
        Self {
            number: attempt.number,
            started_at: attempt.started_at.into(),
            finished_at: attempt.finished_at.map(Time),
            outcome: Some(attempt.outcome).filter(|outcome| !outcome.is_empty()),
            detail: attempt.detail,
        }
    }
}

/// List deliveries, newest first
#[utoipa::path(
    get, path = "/api/v1/deliveries", tag = "deliveries", params(ListDeliveries),
    responses((status = 200, description = "Deliveries", body = List<DeliveryView>)),
    security(("token" = ["read"]))
)]
pub(super) async fn list_deliveries(
    State(app): State<Arc<App>>,
    Query(query): Query<ListDeliveries>,
) -> Result<Json<List<DeliveryView>>, Error> {
    let after = query.after.map(|After(after)| after);
    let filter = Filter { page: query.page, group: None, after };
    let probe = i64::from(query.limit.probe());
    let found = app.read(move |db| deliveries::list(db, &filter, probe)).await?;
    let place = |delivery: &Delivery| (delivery.created_at, delivery.id);
    Ok(Json(List::of(found, query.limit, place, |delivery| DeliveryView::of(&delivery))))
}

/// Show a delivery with its attempts
#[utoipa::path(
    get, path = "/api/v1/deliveries/{id}", tag = "deliveries", params(("id" = String, Path, description = "`dlv_…`")),
    responses((status = 200, description = "The delivery", body = DeliveryDetail)),
    security(("token" = ["read"]))
)]
pub(super) async fn show_delivery(
    State(app): State<Arc<App>>,
    Named(id): Named<DeliveryId>,
) -> Result<Json<DeliveryDetail>, Error> {
    let found = app.read(move |db| {
        let found = deliveries::open(db, id)?;
        found.map(|saved| DeliveryDetail::read(db, &saved.it)).transpose()
    });
    found.await?.map(Json).ok_or_else(|| Error::not_found("delivery"))
}
