//! On call: who answers now, and who is next.

use askama::Template;
use jiff::Timestamp;

use super::{chart::WeekBar, layout::Layout, rota::OncallNow};

/// `/oncall`: every schedule of the plan.
#[derive(Template)]
#[template(path = "oncall_list.html")]
pub struct OncallList {
    /// The frame.
    pub layout: Layout,
    /// In the plan's order.
    pub schedules: Vec<ScheduleCard>,
}

/// A schedule.
#[derive(Clone, Debug)]
pub struct ScheduleCard {
    /// Who answers now.
    pub now: OncallNow,
    /// Its IANA zone.
    pub zone: String,
    /// How it turns, in words: `weekly, hand-over Monday 09:00`.
    pub rotation: String,
    /// The next shifts, earliest first, the current one included.
    pub shifts: Vec<Shift>,
    /// Seven days as a drawing.
    pub week: WeekBar,
    /// The escalation policies that use it.
    pub policies: Vec<String>,
}

/// One shift.
#[derive(Clone, Debug)]
pub struct Shift {
    /// Who; `None` when nobody is on call.
    pub person: Option<String>,
    /// From.
    pub starts_at: Timestamp,
    /// Until.
    pub ends_at: Timestamp,
    /// The start on the schedule's own wall clock: `Mon 2 Jun 09:00`.
    pub starts_local: String,
    /// The end on the schedule's own wall clock.
    pub ends_local: String,
}
