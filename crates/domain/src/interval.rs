//! Time intervals: when a route is muted, or active.
//!
//! A [`Span`] is one entry under `time_intervals`: all of its fields must hold, and of each field any of its ranges.
//! Ranges are read from the words that Alertmanager takes.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// A named entry of `time_intervals` in `alertmanager.yml`: any of its spans may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// None at all never hold.
    pub spans: Vec<Span>,
}

impl Interval {
    /// Tells whether `at` lies in the interval, by its own location's wall clock.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.spans.iter().any(|span| span.contains(at))
    }
}

/// One span of an interval. A field that is `None` allows everything, one without ranges nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Minutes of the day; the end does not belong to it.
    pub times: Option<Vec<Range>>,
    /// Days of the week, Sunday = 0.
    pub weekdays: Option<Vec<Range>>,
    /// Days of the month; negative ones count from its end, -1 is the last.
    pub days_of_month: Option<Vec<Range>>,
    /// Months, January = 1.
    pub months: Option<Vec<Range>>,
    /// Years.
    pub years: Option<Vec<Range>>,
    /// Whose wall clock is meant.
    pub zone: TimeZone,
}

/// Holds always.
impl Default for Span {
    fn default() -> Self {
        Self {
            times: None,
            weekdays: None,
            days_of_month: None,
            months: None,
            years: None,
            zone: TimeZone::UTC,
        }
    }
}

/// From one number to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first.
    pub first: i64,
    /// The last; in a range of times the first minute after it.
    pub last: i64,
}

impl Range {
    fn holds(self, number: i64) -> bool {
        (self.first..=self.last).contains(&number)
    }

    /// Tells whether a day lies in the range, in a month of `length` days.
    ///
    /// What reaches over the month's end is cut there; what begins after it never holds.
    fn holds_day(self, day: i64, length: i64) -> bool {
        let absolute = |day: i64| if day < 0 { length + day + 1 } else { day };
        let (first, last) = (absolute(self.first), absolute(self.last));
        first <= length && (first..=last.min(length)).contains(&day)
    }
}

impl Span {
    /// Tells whether `at` lies in the span.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.contains_civil(Zoned::new(at, self.zone.clone()).datetime())
    }

    fn contains_civil(&self, at: DateTime) -> bool {
        let any = |ranges: &Option<Vec<Range>>, holds: &dyn Fn(Range) -> bool| {
            ranges.as_ref().is_none_or(|ranges| ranges.iter().any(|range| holds(*range)))
        };
        let minute = i64::from(at.hour()) * 60 + i64::from(at.minute());
        let weekday = i64::from(at.weekday().to_sunday_zero_offset());
        let (day, length) = (i64::from(at.day()), i64::from(at.date().days_in_month()));
        any(&self.times, &|range| (range.first..range.last).contains(&minute))
            && any(&self.days_of_month, &|range| range.holds_day(day, length))
            && any(&self.months, &|range| range.holds(i64::from(at.month())))
            && any(&self.weekdays, &|range| range.holds(weekday))
            && any(&self.years, &|range| range.holds(i64::from(at.year())))
    }
}

/// Reads a range of the day from its two ends, each `HH:MM`; the error is a sentence.
pub fn times(start: &str, end: &str) -> Result<Range, String> {
    let (first, last) = (minute(start)?, minute(end)?);
    if first >= last {
        return Err(format!("the range ends at `{end}`, which is not after `{start}`"));
    }
    Ok(Range { first, last })
}

fn minute(text: &str) -> Result<i64, String> {
    let fault = || format!("`{text}` is no time of day");
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let (hour, minute) = text.split_once(':').ok_or_else(fault)?;
    if !digits(hour) || !digits(minute) {
        return Err(fault());
    }
    let number = |part: &str| part.parse::<i64>().map_err(|_| fault());
    match (number(hour)?, number(minute)?) {
        (24, 0) => Ok(24 * 60),
        (hour @ 0..24, minute @ 0..60) => Ok(hour * 60 + minute),
        _ => Err(fault()),
    }
}

const WEEKDAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
/// The months, in their order.
pub const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Reads days of the week by their whole names: `monday`, `monday:friday`. Weeks begin on Sunday.
pub fn weekdays(text: &str) -> Result<Range, String> {
    let range = ends(text, |word| {
        let found = WEEKDAYS.iter().position(|name| name == &word);
        found.and_then(|at| i64::try_from(at).ok()).ok_or_else(|| format!("`{word}` is no weekday"))
    })?;
    if range.first > range.last {
        return Err(format!("`{text}` runs over the week's end, and weeks begin on Sunday"));
    }
    Ok(range)
}

/// Reads days of the month: `1`, `1:5`, `-3:-1`.
pub fn days_of_month(text: &str) -> Result<Range, String> {
    let range = ends(text, number)?;
    for day in [range.first, range.last] {
        if day == 0 || !(-31..=31).contains(&day) {
            return Err(format!("{day} is no day of a month"));
        }
    }
    if range.first < 0 && range.last > 0 {
        return Err(format!("`{text}` begins at the month's end and ends at its start"));
    }
    // Whether an end from the back comes before the start depends on the month; this is so in none.
    let least = |day: i64| if day < 0 { 28 + day } else { day };
    if least(range.first) > least(range.last) {
        return Err(format!("`{text}` ends before it begins"));
    }
    Ok(range)
}

/// Reads months by name or number: `may`, `1:3`, `may:august`.
pub fn months(text: &str) -> Result<Range, String> {
    let range = ends(text, |word| {
        let named = MONTHS.iter().position(|name| name == &word);
        let named = named.and_then(|at| i64::try_from(at + 1).ok());
        named.map_or_else(|| number(word).map_err(|_| format!("`{word}` is no month")), Ok)
    })?;
    forwards(range, text)
}

/// Reads years: `2026`, `2026:2028`.
pub fn years(text: &str) -> Result<Range, String> {
    forwards(ends(text, number)?, text)
}

fn forwards(range: Range, text: &str) -> Result<Range, String> {
    if range.first > range.last {
        return Err(format!("`{text}` ends before it begins"));
    }
    Ok(range)
}

fn ends(text: &str, read: impl Fn(&str) -> Result<i64, String>) -> Result<Range, String> {
    let text = text.to_lowercase();
    let (first, last) = text.split_once(':').unwrap_or((&text, &text));
    if last.contains(':') {
        return Err(format!("`{text}` has more than two ends"));
    }
    Ok(Range { first: read(first)?, last: read(last)? })
}

fn number(word: &str) -> Result<i64, String> {
    word.parse().map_err(|_| format!("`{word}` is no whole number"))
}

/// Returns whether the two ends of a range of months can ever hold.
pub fn is_month(range: Range) -> bool {
    range.first <= 12 && range.last >= 1
}

/// Returns whether a date's year lies in what the calendar has.
pub fn is_year(range: Range) -> bool {
    range.first <= i64::from(Date::MAX.year()) && range.last >= i64::from(Date::MIN.year())
}

#[cfg(test)]
mod tests;
