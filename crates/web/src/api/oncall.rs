//! On-call: who answers, now and later.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use stentor_domain::plan::Plan;
use stentor_domain::schedule::{self, Schedule, Shift};
use utoipa::{IntoParams, ToSchema};

use super::input::Query;
use super::list::{After, Limit, List};
use super::shapes::PersonRef;
use super::text::{Key, Time};
use crate::app::App;
use crate::auth::Permission;
use crate::error::Error;
use crate::now::Now;
use crate::routes::Routes;

/// How far shifts are shown when nobody asks for another end.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 28);

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/api/v1/oncall", get(list_oncall)).on(
        Permission::Read,
        "/api/v1/oncall/shifts",
        get(list_shifts),
    )
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListOncall {
    /// The instant to answer for; now when it is left out.
    at: Option<Time>,
    /// How many items to show.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// The `next` of the list before.
    #[param(value_type = Option<String>)]
    after: Option<After<String>>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListShifts {
    /// The key of the schedule.
    #[param(inline)]
    schedule: Key,
    /// The first instant; now when it is left out.
    from: Option<Time>,
    /// The instant before which shifts begin; 28 days after `from` when it is left out.
    until: Option<Time>,
    /// How many items to show.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// The `next` of the list before.
    #[param(value_type = Option<String>)]
    after: Option<After<Timestamp>>,
}

/// Who answers on a schedule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OncallView {
    /// The schedule's key.
    schedule: String,
    /// The IANA zone on whose wall clock hand-overs happen.
    zone: String,
    /// Whose turn it is; null before the schedule's start.
    now: Option<ShiftView>,
    /// Whose turn is next.
    next: Option<ShiftView>,
}

/// One person's turn.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShiftView {
    #[serde(flatten)]
    who: PersonRef,
    /// Begins here.
    from: Time,
    /// Ends here; from then on it is the next one's.
    until: Time,
}

impl ShiftView {
    fn of(plan: &Plan, shift: &Shift) -> Self {
        let who = PersonRef::of(plan, &shift.person);
        Self { who, from: shift.from.into(), until: shift.until.into() }
    }
}

impl OncallView {
    fn of(plan: &Plan, schedule: &Schedule, at: Timestamp) -> Self {
        let now = schedule::on_call(schedule, at);
        // Before the start, the first turn is the next one.
        let then = now.as_ref().map_or_else(
            || schedule::shifts(schedule, at, Timestamp::MAX).into_iter().next(),
            |now| schedule::on_call(schedule, now.until),
        );
        Self {
            schedule: schedule.key.clone(),
            zone: schedule.zone.iana_name().unwrap_or("UTC").to_owned(),
            now: now.map(|shift| ShiftView::of(plan, &shift)),
            next: then.map(|shift| ShiftView::of(plan, &shift)),
        }
    }
}

/// List who is on call, by schedule
#[utoipa::path(
    get, path = "/api/v1/oncall", tag = "oncall", params(ListOncall),
    responses((status = 200, description = "Every schedule", body = List<OncallView>)),
    security(("token" = ["read"]))
)]
pub(super) async fn list_oncall(
    State(app): State<Arc<App>>,
    Now(now): Now,
    Query(query): Query<ListOncall>,
) -> Json<List<OncallView>> {
    let plan = &app.in_force().plan;
    let at = query.at.map_or(now, |Time(at)| at);
    let after = query.after.map(|After(after)| after).unwrap_or_default();
    let schedules = plan.schedules.values().filter(|schedule| schedule.key > after);
    let found: Vec<&Schedule> = schedules.take(query.limit.rows() + 1).collect();
    let show = |schedule: &Schedule| OncallView::of(plan, schedule, at);
    Json(List::of(found, query.limit, |schedule| schedule.key.clone(), show))
}

/// List the shifts of a schedule
#[utoipa::path(
    get, path = "/api/v1/oncall/shifts", tag = "oncall", params(ListShifts),
    responses((status = 200, description = "Shifts that overlap the time asked for, in order", body = List<ShiftView>)),
    security(("token" = ["read"]))
)]
pub(super) async fn list_shifts(
    State(app): State<Arc<App>>,
    Now(now): Now,
    Query(query): Query<ListShifts>,
) -> Result<Json<List<ShiftView>>, Error> {
    let plan = &app.in_force().plan;
    let unknown =
        || Error::invalid("schedule", format!("The plan has no schedule `{}`.", query.schedule.0));
    let schedule = plan.schedules.get(&query.schedule.0).ok_or_else(unknown)?;
    let from = query.from.map_or(now, |Time(from)| from);
    let until = match query.until {
        Some(Time(until)) => until,
        None => from.checked_add(AHEAD).unwrap_or(Timestamp::MAX),
    };
    if until <= from {
        return Err(Error::invalid("until", "It has to come after `from`."));
    }
    let from = query.after.map_or(from, |After(after)| after.max(from));
    let mut found = schedule::shifts(schedule, from, until);
    found.truncate(query.limit.rows() + 1);
    Ok(Json(List::of(found, query.limit, |shift| shift.until, |shift| ShiftView::of(plan, &shift))))
}
