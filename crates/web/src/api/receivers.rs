//! Receivers: tried out before an alert needs them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde::{Deserialize, Serialize};
use stentor_domain::id::DeliveryId;
use stentor_domain::labels::Labels;
use stentor_engine::{Answer, Input};
use utoipa::ToSchema;

use super::acting::Acting;
use super::input::{Body, Named, Noun};
use crate::app::App;
use crate::auth::Permission;
use crate::error::Error;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Administer, "/api/v1/receivers/{name}/test", post(test_receiver))
}

/// The name of a receiver.
#[derive(Debug)]
pub(crate) struct ReceiverName(String);

impl FromStr for ReceiverName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl Noun for ReceiverName {
    const NOUN: &'static str = "receiver";
}

/// What a receiver is tried out with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestReceiver {
    /// The labels of the alert that is made up; some of our own when they are left out.
    labels: Option<BTreeMap<String, String>>,
}

/// Trials that are on their way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrialsView {
    /// A delivery for each integration, in the order of the file; look there for what came of it.
    #[schema(value_type = Vec<String>)]
    deliveries: Vec<DeliveryId>,
}

/// Send a made-up alert to each integration of a receiver
///
/// No group knows of it: nothing else is told later or earlier because of it.
#[utoipa::path(
    post, path = "/api/v1/receivers/{name}/test", tag = "channels", request_body = TestReceiver,
    params(("name" = String, Path, description = "The receiver's name in alertmanager.yml")),
    responses((status = 202, description = "They are on their way", body = TrialsView)),
    security(("token" = ["admin"]))
)]
pub(super) async fn test_receiver(
    State(app): State<Arc<App>>,
    Named(ReceiverName(receiver)): Named<ReceiverName>,
    acting: Acting,
    Body(TestReceiver { labels }): Body<TestReceiver>,
) -> Result<(StatusCode, Json<TrialsView>), Error> {
    let by = acting.by.name(&app.in_force().plan).to_owned();
    let labels = labels.filter(|labels| !labels.is_empty());
    let labels = labels.map(|labels| -> Labels {
        labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    });
    let input = Input::TestReceiver { receiver, labels, by };
    let Answer::Deliveries(deliveries) = acting.decide(&app, "test", input).await? else {
        return Err(Error::internal("a trial made no delivery"));
    };
    Ok((StatusCode::ACCEPTED, Json(TrialsView { deliveries })))
}
