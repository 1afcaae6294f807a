//! Channels: tried out before somebody has to rely on them.

use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde::Serialize;
use stentor_domain::id::DeliveryId;
use stentor_engine::{Answer, Input};
use utoipa::ToSchema;

use super::acting::Acting;
use super::input::{Body, Named, Nothing, Noun};
use crate::app::App;
use crate::auth::Permission;
use crate::error::Error;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Administer, "/api/v1/channels/{name}/test", post(test_channel))
}

/// The key of a channel.
#[derive(Debug)]
pub(crate) struct ChannelName(String);

impl FromStr for ChannelName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl Noun for ChannelName {
    const NOUN: &'static str = "channel";
}

/// A trial that is on its way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrialView {
    /// The delivery; look there for what came of it.
    #[schema(value_type = String)]
    delivery: DeliveryId,
}

/// Send a trial message over a channel
#[utoipa::path(
    post, path = "/api/v1/channels/{name}/test", tag = "channels",
    params(("name" = String, Path, description = "The channel's key in the plan")),
    responses((status = 202, description = "It is on its way", body = TrialView)),
    security(("token" = ["admin"]))
)]
pub(super) async fn test_channel(
    State(app): State<Arc<App>>,
    Named(ChannelName(channel)): Named<ChannelName>,
    acting: Acting,
    Body(Nothing {}): Body<Nothing>,
) -> Result<(StatusCode, Json<TrialView>), Error> {
    let by = acting.by.name(&app.in_force().plan).to_owned();
    let answer = acting.decide(&app, "test", Input::TestChannel { channel, by }).await?;
    let Answer::Delivery(delivery) = answer else {
        return Err(Error::internal("a trial made no delivery"));
    };
    Ok((StatusCode::ACCEPTED, Json(TrialView { delivery })))
}
