//! On call: who answers now, and who is next.

use axum::response::Response;
use axum::routing::get;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use stentor_domain::escalation::Target;
use stentor_domain::plan::Plan;
use stentor_domain::schedule::{self, Rotation, Schedule};

use super::cards;
use super::frame::{Frame, Source, html};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::chart::WeekBar;
use crate::pages::layout::Section;
use crate::pages::oncall::{OncallList, ScheduleCard, Shift};
use crate::routes::Routes;

/// The drawing shows so many days, today first.
const DAYS_DRAWN: i64 = 7;

/// The table shows the shifts of so many days.
const DAYS_LISTED: i64 = 35;

/// The table shows at most this many shifts.
const SHIFTS_LISTED: usize = 8;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/oncall", get(list_oncall))
}

async fn list_oncall(frame: Frame) -> Result<Response, Error> {
    let (layout, schedules) = frame
        .read(Section::Oncall, |from| {
            let schedules = from.plan.schedules.values();
            Ok(schedules.map(|schedule| card(from, schedule)).collect())
        })
        .await?;
    Ok(html(&OncallList { layout, schedules }))
}

fn card(from: &Source<'_>, schedule: &Schedule) -> ScheduleCard {
    let (plan, now) = (from.plan, from.now);
    let until = now + SignedDuration::from_hours(24 * DAYS_LISTED);
    let shifts = schedule::shifts(schedule, now, until);
    ScheduleCard {
        now: cards::oncall_now(from, schedule),
        zone: schedule.zone.iana_name().unwrap_or("UTC").to_owned(),
        rotation: rotation(schedule),
        shifts: shifts.iter().take(SHIFTS_LISTED).map(|it| shift(plan, schedule, it)).collect(),
        week: week(plan, schedule, now),
        policies: policies(plan, &schedule.key),
    }
}

fn shift(plan: &Plan, schedule: &Schedule, shift: &schedule::Shift) -> Shift {
    let local =
        |at: Timestamp| at.to_zoned(schedule.zone.clone()).strftime("%a %-d %b %H:%M").to_string();
    Shift {
        person: Some(plan.name_of(&shift.person).to_owned()),
        starts_at: shift.from,
        ends_at: shift.until,
        starts_local: local(shift.from),
        ends_local: local(shift.until),
    }
}

fn week(plan: &Plan, schedule: &Schedule, now: Timestamp) -> WeekBar {
    let midnight = now.to_zoned(TimeZone::UTC).start_of_day().map_or(now, |day| day.timestamp());
    let end = midnight + SignedDuration::from_hours(24 * DAYS_DRAWN);
    let shifts = schedule::shifts(schedule, midnight, end);
    let drawn: Vec<(String, Timestamp, Timestamp)> = shifts
        .into_iter()
        .map(|shift| (plan.name_of(&shift.person).to_owned(), shift.from, shift.until))
        .collect();
    let people: Vec<String> = plan.people.values().map(|person| person.name.clone()).collect();
    WeekBar::draw(&drawn, &people, (midnight, end), now)
}

fn rotation(schedule: &Schedule) -> String {
    let time = schedule.handover.strftime("%H:%M");
    match schedule.rotation {
        Rotation::Daily => format!("daily, hand-over {time}"),
        Rotation::Weekly(day) => format!("weekly, hand-over {day:?} {time}"),
    }
}

/// Returns the escalation policies that ask a schedule.
fn policies(plan: &Plan, key: &str) -> Vec<String> {
    let asks = |target: &Target| match target {
        Target::Schedule(schedule) => schedule == key,
        Target::Person(_) => false,
    };
    let users = plan.policies.values().filter(|policy| {
        policy.steps.iter().flat_map(|step| &step.targets).chain(&policy.fallback).any(asks)
    });
    users.map(|policy| policy.name.clone()).collect()
}
