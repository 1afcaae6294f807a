//! Schedules: who answers, hour by hour.
//!
//! Hand-overs happen on the schedule's own wall clock. Turns are counted from the civil start date, never
//! added to the last hand-over, so an hour that daylight saving skips does not shift the ones that follow.

use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::plan::PersonName;

/// A rotation of people with a fixed hand-over.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Its key in the plan.
    pub key: String,
    /// How long a turn is.
    pub rotation: Rotation,
    /// The time of day of each hand-over.
    pub handover: Time,
    /// The first hand-over's date and time, on the wall clock; nobody is on call before it.
    pub start: DateTime,
    /// Where the wall clock hangs.
    pub zone: TimeZone,
    /// In the order of their turns; never empty.
    pub members: Vec<PersonName>,
}

/// How long a turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// One day each.
    Daily,
    /// One week each, handed over on this weekday.
    Weekly(Weekday),
}

/// One person's turn: from inclusive, until exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Who answers.
    pub person: PersonName,
    /// Begins here.
    pub from: Timestamp,
    /// Ends here.
    pub until: Timestamp,
}

impl Rotation {
    fn days(self) -> i64 {
        match self {
            Self::Daily => 1,
            Self::Weekly(_) => 7,
        }
    }
}

impl Schedule {
    /// Returns an instant on this schedule's wall clock, for a reader: `Mon 2026-01-05 09:00 Europe/Berlin`.
    pub fn wall_clock(&self, at: Timestamp) -> String {
        let zoned = at.to_zoned(self.zone.clone());
        let zone = self.zone.iana_name().unwrap_or("UTC");
        format!("{} {zone}", zoned.strftime("%a %Y-%m-%d %H:%M"))
    }

    /// Returns when turn number `turn` begins; an hour that does not exist is taken at the end of the gap.
    fn begins(&self, turn: i64) -> Option<Timestamp> {
        let date = self.start.date().checked_add((turn * self.rotation.days()).days()).ok()?;
        let zoned = date.to_datetime(self.handover).to_zoned(self.zone.clone()).ok()?;
        Some(zoned.timestamp())
    }

    fn turn_at(&self, at: Timestamp) -> Option<i64> {
        let local = at.to_zoned(self.zone.clone()).date();
        let days = self.start.date().until(local).ok()?.get_days();
        let guess = i64::from(days).div_euclid(self.rotation.days());
        // The civil guess is off by one at most: before today's hand-over the last turn still runs.
        let started = |turn: &i64| self.begins(*turn).is_some_and(|begins| begins <= at);
        [guess + 1, guess, guess - 1].into_iter().find(started).filter(|turn| *turn >= 0)
    }

    fn shift(&self, turn: i64) -> Option<Shift> {
        let member = usize::try_from(turn).ok()? % self.members.len();
        let person = self.members[member].clone();
        Some(Shift { person, from: self.begins(turn)?, until: self.begins(turn + 1)? })
    }
}

/// Returns whose turn it is at `at`; `None` before the schedule's start.
pub fn on_call(schedule: &Schedule, at: Timestamp) -> Option<Shift> {
    schedule.shift(schedule.turn_at(at)?)
}

/// Returns the shifts that overlap `from..until`, in order; at most `SHIFTS_MAX`.
pub fn shifts(schedule: &Schedule, from: Timestamp, until: Timestamp) -> Vec<Shift> {
    let first = schedule.turn_at(from).unwrap_or(0);
    (first..)
        .map_while(|turn| schedule.shift(turn))
        .take_while(|shift| shift.from < until)
        // A date that a zone skipped has no hours, so nobody has that turn.
        .filter(|shift| shift.from < shift.until)
        .take(SHIFTS_MAX)
        .collect()
}

/// How many shifts one question is answered with at most: a year of days.
pub const SHIFTS_MAX: usize = 366;

#[cfg(test)]
mod tests;
