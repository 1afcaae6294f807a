//! The plan in force, and those before it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use stentor_domain::plan::Problem;
use stentor_store::plan_revisions::{self, Heading};
use utoipa::{IntoParams, ToSchema};

use super::input::{Nothing, Query};
use super::list::{After, Limit, List};
use super::text::Time;
use crate::app::{App, InForce};
use crate::auth::Permission;
use crate::error::Error;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/api/v1/plan", get(show_plan)).on(
        Permission::Read,
        "/api/v1/plan/revisions",
        get(list_plan_revisions),
    )
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListPlanRevisions {
    /// How many items to show.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// The `next` of the list before.
    #[param(value_type = Option<String>)]
    after: Option<After<i64>>,
}

/// The plan in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanView {
    #[serde(flatten)]
    revision: RevisionView,
    /// What is legal in it and yet doubtful.
    warnings: Vec<ProblemView>,
    /// The newest one on disk, when it was refused; then the one before it stays in force.
    refused: Option<RefusedView>,
}

/// A plan that is or was in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RevisionView {
    /// Its number, from 1.
    number: i64,
    /// 16 hexadecimal digits over its files: equal files, equal digest.
    digest: String,
    /// When it was put in force.
    applied_at: Time,
    /// Who did.
    author: String,
}

/// A plan that was refused.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedView {
    /// When.
    at: Time,
    /// Why.
    problems: Vec<ProblemView>,
}

/// Something wrong or doubtful in a file of the plan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemView {
    /// The file's path inside the plan.
    file: String,
    /// From 1; 0 when it is about the file as a whole.
    line: u64,
    /// From 1; 0 when it is about the file as a whole.
    column: u64,
    /// What is wrong.
    what: String,
    /// How to mend it.
    mend: String,
    /// The line itself, secrets masked; empty when there is none.
    source: String,
}

impl ProblemView {
    fn of(problem: &Problem) -> Self {
        let Problem { file, line, column, what, mend, source } = problem.clone();
        Self { file, line, column, what, mend, source }
    }
}

impl PlanView {
    fn of(in_force: &InForce) -> Self {
        let problems = |problems: &[Problem]| problems.iter().map(ProblemView::of).collect();
        Self {
            revision: RevisionView {
                number: in_force.number,
                digest: in_force.plan.digest.clone(),
                applied_at: in_force.applied_at.into(),
                author: in_force.author.clone(),
            },
            warnings: problems(&in_force.plan.warnings),
            refused: in_force.refused.as_ref().map(|refused| RefusedView {
                at: refused.at.into(),
                problems: problems(&refused.problems),
            }),
        }
    }
}

/// Show the plan in force
#[utoipa::path(
    get, path = "/api/v1/plan", tag = "plan",
    responses((status = 200, description = "The plan", body = PlanView)),
    security(("token" = ["read"]))
)]
pub(super) async fn show_plan(
    State(app): State<Arc<App>>,
    Query(Nothing {}): Query<Nothing>,
) -> Json<PlanView> {
    Json(PlanView::of(&app.in_force()))
}

/// List every plan that was ever in force, newest first
#[utoipa::path(
    get, path = "/api/v1/plan/revisions", tag = "plan", params(ListPlanRevisions),
    responses((status = 200, description = "Revisions", body = List<RevisionView>)),
    security(("token" = ["read"]))
)]
pub(super) async fn list_plan_revisions(
    State(app): State<Arc<App>>,
    Query(query): Query<ListPlanRevisions>,
) -> Result<Json<List<RevisionView>>, Error> {
    let (before, probe) = (query.after.map(|After(after)| after), query.limit.probe());
    let found = app.read(move |db| plan_revisions::list(db, before, probe)).await?;
    let show = |heading: Heading| RevisionView {
        number: heading.number,
        digest: heading.digest,
        applied_at: heading.applied_at.into(),
        author: heading.author,
    };
    Ok(Json(List::of(found, query.limit, |heading| heading.number, show)))
}
