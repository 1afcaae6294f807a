//! The HTTP face of Stentor: ingest, JSON API, pages.
//!
//! Handlers read through connections of their own ([`app::App::read`]) and change things through the engine
//! ([`desk::Desk`]); nothing is decided here. Every route declares its permission ([`routes::Routes`]).

pub mod api;
pub mod app;
pub mod assets;
pub mod auth;
mod cluster;
pub mod desk;
pub mod error;
mod exposition;
pub mod handlers;
pub mod health;
pub mod ingest;
pub mod live;
mod metrics;
pub mod now;
pub mod pages;
mod portions;
mod prefix;
pub mod requests;
pub mod routes;
mod stand_in;
pub mod surface;
pub mod told;
pub mod upkeep;

use std::sync::Arc;

use axum::Router;

use app::App;
use routes::Routes;

/// Returns everything that this server answers.
pub fn router(app: &Arc<App>) -> Router {
    let mut router = handlers::finish(app, routes(app).finish());
    if app.surface.open {
        router = router.layer(axum::middleware::from_fn(stand_in::answer));
    }
    match app.surface.is_below() {
        true => prefix::below(&app.surface.prefix, router),
        false => router,
    }
}

fn routes(app: &Arc<App>) -> Routes {
    let routes = Routes::new(app);
    let routes = ingest::routes(routes);
    let routes = health::routes(routes);
    let routes = metrics::routes(routes);
    let routes = api::routes(routes);
    let routes = live::routes(routes);
    handlers::routes(routes)
}

#[cfg(test)]
mod tests;
