//! Instants as a reader sees them: UTC in the text, the distance from now in the title.
//!
//! `static/times.js` adds the reader's own zone; without script the page stays in UTC.

use std::fmt;

use askama::filters::{Escaper as _, Html, HtmlSafe};
use jiff::{Timestamp, ToSpan, Zoned, tz::TimeZone};

/// An instant ready for a template: a `<time>` element, already escaped.
#[derive(Clone, Copy, Debug)]
pub struct When {
    at: Timestamp,
    now: Timestamp,
    form: Form,
}

/// How an instant is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `10:04 UTC`, with the day when it is not today.
    Clock,
    /// `8 min ago` or `in 4 min`.
    Ago,
    /// `8 min`: how long something has lasted, or is still to last.
    Elapsed,
}

impl When {
    /// Prepares `at` as seen at `now`.
    pub fn new(at: Timestamp, now: Timestamp, form: Form) -> When {
        When { at, now, form }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let iso = iso(self.at);
        let full = self.at.strftime("%a %-d %b %Y %H:%M:%S UTC");
        let (mark, text) = match self.form {
            Form::Clock => ("", clock(self.at, self.now)),
            Form::Ago => (" data-ago", ago(self.at, self.now)),
            Form::Elapsed => (" data-elapsed", distance(self.at, self.now)),
        };
        let near = ago(self.at, self.now);
        write!(f, "<time datetime=\"{iso}\" title=\"{full}, {near}\"{mark}>{text}</time>")
    }
}

impl HtmlSafe for When {}

/// A sentence for a template, already escaped; the instants in it, as [`moment`] writes them, are `<time>` elements.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    text: &'a str,
    now: Timestamp,
}

impl<'a> Said<'a> {
    /// Prepares a sentence as it is read at `now`.
    pub fn new(text: &'a str, now: Timestamp) -> Said<'a> {
        Said { text, now }
    }
}

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.text;
        while let Some((start, end, at)) = first_moment(rest) {
            Html.write_escaped_str(&mut *f, &rest[..start])?;
            write!(f, "{}", When::new(at, self.now, Form::Clock))?;
            rest = &rest[end..];
        }
        Html.write_escaped_str(f, rest)
    }
}

impl HtmlSafe for Said<'_> {}

/// Returns where the first instant of a text begins and ends, and which it is.
fn first_moment(text: &str) -> Option<(usize, usize, Timestamp)> {
    text.match_indices('Z').find_map(|(last, _)| {
        let start = (last + 1).checked_sub(MOMENT.len())?;
        let found = text.get(start..=last)?;
        let shaped = found.bytes().zip(MOMENT.bytes()).all(|(is, as_in)| match as_in {
            b'0' => is.is_ascii_digit(),
            other => is == other,
        });
        Some((start, last + 1, found.parse().ok().filter(|_| shaped)?))
    })
}

/// The form of an instant in a sentence.
const MOMENT: &str = "0000-00-00 00:00:00Z";

/// Returns `at` as `2025-06-02 10:04:31Z`: in a sentence, which becomes a page as [`Said`].
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// Returns `at` as `2025-06-02T10:04:31Z`, whole seconds.
pub fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Returns `10:04 UTC`, `1 Jun 10:04 UTC` on another day, with the year when it is another year.
pub fn clock(at: Timestamp, now: Timestamp) -> String {
    let (then, today) = (utc(at), utc(now));
    let form = if then.date() == today.date() {
        "%H:%M UTC"
    } else if then.year() == today.year() {
        "%-d %b %H:%M UTC"
    } else {
        "%-d %b %Y %H:%M UTC"
    };
    then.strftime(form).to_string()
}

/// Returns `8 min ago` or `in 4 min`; less than ten seconds away `just now` or `in a few seconds`.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    match now.as_second() - at.as_second() {
        0..10 => "just now".to_owned(),
        -9..0 => "in a few seconds".to_owned(),
        10.. => format!("{} ago", distance(at, now)),
        ..-9 => format!("in {}", distance(at, now)),
    }
}

/// Returns the distance of two instants in one or two units: `40 s`, `8 min`, `2 h 5 min`, `3 d 4 h`.
pub fn distance(a: Timestamp, b: Timestamp) -> String {
    let seconds = (b.as_second() - a.as_second()).unsigned_abs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min"),
        3600..86_400 => two(hours, "h", minutes % 60, "min"),
        _ => two(days, "d", hours % 24, "h"),
    }
}

/// Returns the midnights in UTC after `start` and before `end`, earliest first.
pub fn midnights(start: Timestamp, end: Timestamp) -> Vec<Timestamp> {
    let mut found = Vec::new();
    let mut day = utc(start).start_of_day().and_then(|day| day.checked_add(1.day()));
    while let Ok(at) = day {
        if at.timestamp() >= end {
            break;
        }
        found.push(at.timestamp());
        day = at.checked_add(1.day());
    }
    found
}

fn two(big: u64, big_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{big} {big_unit}")
    } else {
        format!("{big} {big_unit} {small} {small_unit}")
    }
}

fn utc(at: Timestamp) -> Zoned {
    at.to_zoned(TimeZone::UTC)
}
