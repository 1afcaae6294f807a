//! People of the plan.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use stentor_domain::plan::{Person, Plan};
use utoipa::{IntoParams, ToSchema};

use super::input::Query;
use super::list::{After, Limit, List};
use crate::app::App;
use crate::auth::Permission;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/api/v1/people", get(list_people))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListPeople {
    /// How many items to show.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// The `next` of the list before.
    #[param(value_type = Option<String>)]
    after: Option<After<String>>,
}

/// Somebody who can be paged.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonView {
    /// The key in the plan.
    person: String,
    /// As others call them.
    name: String,
    /// Where mail reaches them.
    email: Option<String>,
    /// Channels by key, best first; a failing one is followed by the next.
    notify: Vec<String>,
    /// Keys of the teams that they belong to.
    teams: Vec<String>,
}

impl PersonView {
    fn of(plan: &Plan, key: &str, person: &Person) -> Self {
        let teams = plan.teams.iter().filter(|(_, team)| team.members.iter().any(|one| one == key));
        Self {
            person: key.to_owned(),
            name: person.name.clone(),
            email: person.email.clone(),
            notify: person.notify.clone(),
            teams: teams.map(|(team, _)| team.clone()).collect(),
        }
    }
}

/// List the people of the plan
#[utoipa::path(
    get, path = "/api/v1/people", tag = "people", params(ListPeople),
    responses((status = 200, description = "People, by key", body = List<PersonView>)),
    security(("token" = ["read"]))
)]
pub(super) async fn list_people(
    State(app): State<Arc<App>>,
    Query(query): Query<ListPeople>,
) -> Json<List<PersonView>> {
    let plan = &app.in_force().plan;
    let after = query.after.map(|After(after)| after).unwrap_or_default();
    let people = plan.people.iter().filter(|(key, _)| **key > after);
    let found: Vec<_> = people.take(query.limit.rows() + 1).collect();
    Json(List::of(
        found,
        query.limit,
        |(key, _)| (*key).clone(),
        |(key, person)| PersonView::of(plan, key, person),
    ))
}
