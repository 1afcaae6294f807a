//! What the pages answer: extract, read or ask the engine, fill a view of [`crate::pages`].

mod account;
mod alert;
mod alert_list;
mod cards;
mod contact;
mod deed;
mod failing;
mod flash;
mod form;
mod frame;
mod groups;
mod history;
mod incident;
mod incident_show;
mod invite;
mod limits;
mod link;
mod markdown;
mod now;
mod oncall;
mod page;
mod people;
mod plan;
mod postmortem;
mod problem;
mod route_tree;
mod session;
mod settings;
mod setup;
mod sign_in;
mod silence;
mod silence_new;
mod statics;
mod tokens;
mod told;
mod typed;

use std::sync::Arc;

use axum::{Extension, Router};

use crate::app::App;
use crate::routes::Routes;

/// Adds the pages.
pub fn routes(routes: Routes) -> Routes {
    let routes = statics::routes(routes);
    let routes = sign_in::routes(routes);
    let routes = setup::routes(routes);
    let routes = invite::routes(routes);
    let routes = link::routes(routes);
    let routes = now::routes(routes);
    let routes = page::routes(routes);
    let routes = incident::routes(routes);
    let routes = postmortem::routes(routes);
    let routes = alert::routes(routes);
    let routes = groups::routes(routes);
    let routes = route_tree::routes(routes);
    let routes = history::routes(routes);
    let routes = silence::routes(routes);
    let routes = silence_new::routes(routes);
    let routes = oncall::routes(routes);
    let routes = plan::routes(routes);
    let routes = people::routes(routes);
    let routes = settings::routes(routes);
    tokens::routes(routes)
}

/// Puts round every answer what pages need: errors that a browser waits for are pages, and guesses are counted.
pub fn finish(app: &Arc<App>, router: Router) -> Router {
    let guesses = Extension(Arc::new(limits::Guesses::default()));
    let problems = axum::middleware::from_fn_with_state(Arc::clone(app), problem::as_page);
    router.layer(guesses).layer(problems)
}
