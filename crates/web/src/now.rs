//! The instant of a request: read once, by the clock that the server was given.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;

use crate::app::App;

/// The instant at which a request is decided; two handlers of one request would see two, so there is one.
#[derive(Clone, Copy, Debug)]
pub struct Now(pub Timestamp);

impl FromRequestParts<Arc<App>> for Now {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self((app.clock)()))
    }
}
