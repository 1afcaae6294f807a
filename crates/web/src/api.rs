//! The JSON API.
//!
//! A handler's name is the id of its operation. What is sent is read by `input`, and what it may hold by `text`;
//! lists are cut by `list`, and whoever changes something is known by `acting`.

#![expect(unused_qualifications, reason = "what utoipa generates qualifies the names of types")]

mod accounts;
mod acting;
pub mod alertmanager;
mod alerts;
mod channels;
mod deliveries;
mod explain;
mod history;
mod incidents;
mod input;
mod list;
mod oncall;
pub(crate) mod openapi;
mod pages;
mod people;
mod plan;
mod postmortems;
mod receivers;
mod shapes;
mod silences;
mod status;
mod text;
mod timeline;
mod tokens;

use crate::routes::Routes;

/// Adds the API.
pub fn routes(routes: Routes) -> Routes {
    let nouns = [
        alerts::routes,
        explain::routes,
        history::routes,
        silences::routes,
        pages::routes,
        deliveries::routes,
        incidents::routes,
        postmortems::routes,
        oncall::routes,
        plan::routes,
        people::routes,
        tokens::routes,
        accounts::routes,
        channels::routes,
        receivers::routes,
        status::routes,
        openapi::routes,
        alertmanager::routes,
    ];
    nouns.into_iter().fold(routes, |routes, add| add(routes))
}
