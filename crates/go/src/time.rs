//! Go's `time`: instants with a zone, layouts, durations.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

mod duration;
mod layout;

pub use duration::{duration, round, truncate};
pub use layout::{format, parse};

/// An instant in a zone.
#[derive(Clone, Debug)]
pub struct Time {
    at: Zoned,
}

/// Names of the months, from January.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Names of the days, from Sunday.
pub const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

impl Time {
    /// An instant in UTC.
    pub fn utc(at: Timestamp) -> Time {
        Time { at: at.to_zoned(TimeZone::UTC) }
    }

    /// An instant in a zone.
    pub fn of(at: Zoned) -> Time {
        Time { at }
    }

    /// Go's zero: the start of the year 1, in UTC.
    pub fn zero() -> Time {
        let start = jiff::civil::date(1, 1, 1).at(0, 0, 0, 0);
        Time { at: start.to_zoned(TimeZone::UTC).expect("every civil time exists in UTC") }
    }

    /// Returns the civil time and its zone.
    pub fn zoned(&self) -> &Zoned {
        &self.at
    }

    /// Returns the instant.
    pub fn instant(&self) -> Timestamp {
        self.at.timestamp()
    }

    /// Returns the same instant in the zone of this IANA name; `""` and `UTC` are UTC, and so is `Local`.
    ///
    /// Fails as Go's `time.LoadLocation` does.
    pub fn in_zone(&self, name: &str) -> Result<Time, String> {
        Ok(Time { at: self.at.with_time_zone(zone(name)?) })
    }

    /// Returns the time that much later, or at the end of what can be said.
    pub fn plus(&self, nanoseconds: i64) -> Time {
        let by = SignedDuration::from_nanos(nanoseconds);
        let end = if nanoseconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let at = self.instant().checked_add(by).unwrap_or(end);
        Time { at: at.to_zoned(self.at.time_zone().clone()) }
    }

    /// Returns how much later than `other` it is, in nanoseconds, or the most that can be said.
    pub fn since(&self, other: &Time) -> i64 {
        let between = self.instant().duration_since(other.instant()).as_nanos();
        i64::try_from(between).unwrap_or(if between < 0 { i64::MIN } else { i64::MAX })
    }

    /// Returns the name of the zone, or nothing when only its distance from UTC is known.
    pub fn zone_name(&self) -> String {
        if *self.at.time_zone() == TimeZone::UTC {
            return "UTC".into();
        }
        if self.at.time_zone().iana_name().is_none() {
            return String::new();
        }
        let info = self.at.time_zone().to_offset_info(self.instant());
        let name = info.abbreviation();
        // Zones without a name of their own have `+03`, which Go shows the same way.
        name.to_owned()
    }

    /// Returns the distance from UTC in seconds.
    pub fn offset(&self) -> i32 {
        self.at.offset().seconds()
    }

    /// Returns Go's `String()`.
    pub fn text(&self) -> String {
        format(self, "2006-01-02 15:04:05.999999999 -0700 MST")
    }
}

/// Returns a zone by its IANA name, as Go's `time.LoadLocation`.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    if matches!(name, "" | "UTC" | "Local") {
        return Ok(TimeZone::UTC);
    }
    if name.contains("..") || name.starts_with(['/', '\\']) {
        return Err("time: invalid location name".into());
    }
    TimeZone::get(name).map_err(|_| format!("unknown time zone {name}"))
}

/// A zone of a fixed distance from UTC.
fn fixed(seconds: i32) -> TimeZone {
    Offset::from_seconds(seconds).map_or(TimeZone::UTC, |offset| {
        if seconds == 0 { TimeZone::UTC } else { TimeZone::fixed(offset) }
    })
}
