//! Layouts: a time format written as the reference time would look, Mon Jan 2 15:04:05 MST 2006.

use jiff::Zoned;
use jiff::civil;

use super::{DAYS, MONTHS, Time, fixed};

/// A piece of a layout that stands for a part of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Month(Style),
    Day(Style),
    YearDay(Style),
    Weekday(Style),
    Year(Style),
    Hour(Style),
    Hour12(Style),
    Minute(Style),
    Second(Style),
    /// `PM`, or `pm`.
    Noon(bool),
    /// `MST`
    Zone,
    /// Distance from UTC: whether `Z` stands for none, whether there are colons, how many pairs of digits.
    Offset {
        z: bool,
        colons: bool,
        pairs: usize,
    },
    /// Its separator, how many digits, whether zeros at the end go.
    Fraction(char, usize, bool),
}

/// How wide a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `January`, `Monday`, `2006`
    Long,
    /// `Jan`, `Mon`, `06`
    Short,
    /// `1`
    Plain,
    /// `01`
    Zero,
    /// `_2`
    Space,
}

/// What the first letters of a layout can stand for, longest first where they share a start.
const PARTS: &[(&str, Part)] = &[
    ("January", Part::Month(Style::Long)),
    ("Jan", Part::Month(Style::Short)),
    ("Monday", Part::Weekday(Style::Long)),
    ("Mon", Part::Weekday(Style::Short)),
    ("MST", Part::Zone),
    ("002", Part::YearDay(Style::Zero)),
    ("__2", Part::YearDay(Style::Space)),
    ("01", Part::Month(Style::Zero)),
    ("02", Part::Day(Style::Zero)),
    ("03", Part::Hour12(Style::Zero)),
    ("04", Part::Minute(Style::Zero)),
    ("05", Part::Second(Style::Zero)),
    ("06", Part::Year(Style::Short)),
    ("15", Part::Hour(Style::Zero)),
    ("1", Part::Month(Style::Plain)),
    ("2006", Part::Year(Style::Long)),
    ("2", Part::Day(Style::Plain)),
    ("_2", Part::Day(Style::Space)),
    ("3", Part::Hour12(Style::Plain)),
    ("4", Part::Minute(Style::Plain)),
    ("5", Part::Second(Style::Plain)),
    ("PM", Part::Noon(true)),
    ("pm", Part::Noon(false)),
    ("-070000", Part::Offset { z: false, colons: false, pairs: 3 }),
    ("-07:00:00", Part::Offset { z: false, colons: true, pairs: 3 }),
    ("-0700", Part::Offset { z: false, colons: false, pairs: 2 }),
    ("-07:00", Part::Offset { z: false, colons: true, pairs: 2 }),
    ("-07", Part::Offset { z: false, colons: false, pairs: 1 }),
    ("Z070000", Part::Offset { z: true, colons: false, pairs: 3 }),
    ("Z07:00:00", Part::Offset { z: true, colons: true, pairs: 3 }),
    ("Z0700", Part::Offset { z: true, colons: false, pairs: 2 }),
    ("Z07:00", Part::Offset { z: true, colons: true, pairs: 2 }),
    ("Z07", Part::Offset { z: true, colons: false, pairs: 1 }),
];

/// Splits a layout at its first part: what stands before it, the part, what follows.
fn next(layout: &str) -> Option<(&str, Part, &str)> {
    for (at, letter) in layout.char_indices() {
        let rest = &layout[at..];
        if (letter == '.' || letter == ',')
            && let Some(part) = fraction(rest)
        {
            let Part::Fraction(_, digits, _) = part else { continue };
            return Some((&layout[..at], part, &rest[1 + digits..]));
        }
        // `_2006` is a sign and a year, and `Jan` in `Janet` is no month.
        if let Some(after) = rest.strip_prefix("_2006") {
            return Some((&layout[..=at], Part::Year(Style::Long), after));
        }
        let name_goes_on =
            |length: usize| rest.as_bytes().get(length).is_some_and(u8::is_ascii_lowercase);
        let found = PARTS.iter().find(|(text, _)| {
            rest.starts_with(text) && !(matches!(*text, "Jan" | "Mon") && name_goes_on(3))
        });
        if let Some((text, part)) = found {
            return Some((&layout[..at], *part, &rest[text.len()..]));
        }
    }
    None
}

/// `.000` or `,999`, when no digit follows.
fn fraction(rest: &str) -> Option<Part> {
    let mut letters = rest.chars();
    let separator = letters.next()?;
    let digit = letters.next().filter(|digit| matches!(digit, '0' | '9'))?;
    let digits = rest[1..].chars().take_while(|letter| *letter == digit).count();
    let ends = !rest[1 + digits..].starts_with(|letter: char| letter.is_ascii_digit());
    ends.then_some(Part::Fraction(separator, digits, digit == '9'))
}

/// Returns Go's `Format`.
pub fn format(time: &Time, layout: &str) -> String {
    let mut out = String::with_capacity(layout.len() + 10);
    let mut rest = layout;
    while let Some((before, part, after)) = next(rest) {
        out.push_str(before);
        put(&mut out, time, part);
        rest = after;
    }
    out.push_str(rest);
    out
}

fn put(out: &mut String, time: &Time, part: Part) {
    let at = time.zoned();
    match part {
        Part::Month(Style::Long) => out.push_str(MONTHS[at.month() as usize - 1]),
        Part::Month(Style::Short) => out.push_str(&MONTHS[at.month() as usize - 1][..3]),
        Part::Month(style) => count(out, i64::from(at.month()), style, 2),
        Part::Day(style) => count(out, i64::from(at.day()), style, 2),
        Part::YearDay(style) => count(out, i64::from(at.day_of_year()), style, 3),
        Part::Weekday(style) => {
            let name = DAYS[at.weekday().to_sunday_zero_offset() as usize];
            out.push_str(if style == Style::Long { name } else { &name[..3] });
        }
        Part::Year(Style::Short) => {
            count(out, i64::from(at.year()).rem_euclid(100), Style::Zero, 2);
        }
        Part::Year(_) if at.year() < 0 => out.push_str(&format!("-{:04}", -i32::from(at.year()))),
        Part::Year(_) => out.push_str(&format!("{:04}", at.year())),
        Part::Hour(style) => count(out, i64::from(at.hour()), style, 2),
        Part::Hour12(style) => count(out, i64::from((at.hour() + 11) % 12 + 1), style, 2),
        Part::Minute(style) => count(out, i64::from(at.minute()), style, 2),
        Part::Second(style) => count(out, i64::from(at.second()), style, 2),
        Part::Noon(upper) => out.push_str(match (at.hour() >= 12, upper) {
            (true, true) => "PM",
            (true, false) => "pm",
            (false, true) => "AM",
            (false, false) => "am",
        }),
        Part::Zone => {
            let name = time.zone_name();
            if name.is_empty() {
                offset(out, time.offset(), false, 2);
            } else {
                out.push_str(&name);
            }
        }
        Part::Offset { z: true, .. } if time.offset() == 0 => out.push('Z'),
        Part::Offset { colons, pairs, .. } => offset(out, time.offset(), colons, pairs),
        Part::Fraction(separator, digits, trims) => {
            let all = format!("{:09}", at.subsec_nanosecond());
            let mut shown = &all[..digits.min(9)];
            if trims {
                shown = shown.trim_end_matches('0');
            }
            if !(trims && shown.is_empty()) {
                out.push(separator);
                out.push_str(shown);
                // Go knows nothing finer than nanoseconds, but keeps the width.
                out.extend(std::iter::repeat_n('0', if trims { 0 } else { digits.max(9) - 9 }));
            }
        }
    }
}

fn count(out: &mut String, number: i64, style: Style, width: usize) {
    out.push_str(&match style {
        Style::Zero => format!("{number:0width$}"),
        Style::Space => format!("{number:width$}"),
        Style::Plain | Style::Long | Style::Short => number.to_string(),
    });
}

fn offset(out: &mut String, seconds: i32, colons: bool, pairs: usize) {
    out.push(if seconds < 0 { '-' } else { '+' });
    let all = seconds.abs();
    let parts = [all / 3_600, all / 60 % 60, all % 60];
    for (at, part) in parts.iter().take(pairs).enumerate() {
        if at > 0 && colons {
            out.push(':');
        }
        out.push_str(&format!("{part:02}"));
    }
}

/// Returns Go's `ParseInLocation` with UTC: what a layout does not say is the start of the year 0.
///
/// Fails with a reason that names the text and the layout.
pub fn parse(layout: &str, text: &str) -> Result<Time, String> {
    let mut read = Read::default();
    let fail = |rest: &str, what: &str| {
        use crate::quote::quoted;
        let (text, layout) = (quoted(text), quoted(layout));
        let (rest, what) = (quoted(rest), quoted(what));
        format!("parsing time {text} as {layout}: cannot parse {rest} as {what}")
    };
    let (mut left, mut rest) = (layout, text);
    while let Some((before, part, after)) = next(left) {
        rest = literal(before, rest).ok_or_else(|| fail(rest, before))?;
        let shown = &left[before.len()..left.len() - after.len()];
        let fraction_follows = matches!(next(after), Some(("", Part::Fraction(..), _)));
        rest = read.part(part, rest).ok_or_else(|| fail(rest, shown))?;
        // Go takes a fraction behind the seconds even where the layout has none.
        if matches!(part, Part::Second(_)) && !fraction_follows && rest.starts_with(['.', ',']) {
            let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
            if digits > 0 {
                rest = read.fraction(&rest[1..], digits).ok_or_else(|| fail(rest, shown))?;
            }
        }
        left = after;
    }
    rest = literal(left, rest).ok_or_else(|| fail(rest, left))?;
    if !rest.is_empty() {
        let quoted = crate::quote::quoted;
        return Err(format!("parsing time {}: extra text: {}", quoted(text), quoted(rest)));
    }
    read.finish().ok_or_else(|| {
        let text = crate::quote::quoted(text);
        format!("parsing time {text}: day out of range")
    })
}

/// Takes what a layout says literally; a space fits any number of them.
fn literal<'t>(layout: &str, text: &'t str) -> Option<&'t str> {
    let mut rest = text;
    let mut left = layout;
    while let Some(letter) = left.chars().next() {
        if letter == ' ' {
            if !rest.is_empty() && !rest.starts_with(' ') {
                return None;
            }
            left = left.trim_start_matches(' ');
            rest = rest.trim_start_matches(' ');
        } else {
            rest = rest.strip_prefix(letter)?;
            left = &left[letter.len_utf8()..];
        }
    }
    Some(rest)
}

/// What has been read so far.
#[derive(Default)]
struct Read {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
    afternoon: Option<bool>,
    offset: Option<i32>,
}

impl Read {
    fn part<'t>(&mut self, part: Part, text: &'t str) -> Option<&'t str> {
        match part {
            Part::Month(Style::Long) => self.month = Some(name(&MONTHS, 20, text)?.0),
            Part::Month(Style::Short) => self.month = Some(name(&MONTHS, 3, text)?.0),
            Part::Weekday(style) => {
                let length = if style == Style::Long { 20 } else { 3 };
                return Some(name(&DAYS, length, text)?.1);
            }
            Part::Noon(_) => {
                let (start, after) = text.split_at_checked(2)?;
                self.afternoon = Some(match start {
                    "PM" | "pm" => true,
                    "AM" | "am" => false,
                    _ => return None,
                });
                return Some(after);
            }
            Part::Zone => {
                let end = text.bytes().take_while(u8::is_ascii_uppercase).count();
                return if (3..=5).contains(&end) { Some(&text[end..]) } else { None };
            }
            Part::Offset { z, colons, pairs } => return self.take_offset(z, colons, pairs, text),
            Part::Fraction(separator, digits, trims) => {
                let after = text.strip_prefix(separator);
                let Some(after) = after else { return trims.then_some(text) };
                let found = after.bytes().take_while(u8::is_ascii_digit).count();
                let digits = if trims { found } else { digits };
                return self.fraction(after, digits);
            }
            Part::Day(_)
            | Part::Month(_)
            | Part::YearDay(_)
            | Part::Year(_)
            | Part::Hour(_)
            | Part::Hour12(_)
            | Part::Minute(_)
            | Part::Second(_) => return self.number(part, text),
        }
        let length = if matches!(part, Part::Month(Style::Long)) { 20 } else { 3 };
        Some(name(&MONTHS, length, text)?.1)
    }

    fn number<'t>(&mut self, part: Part, text: &'t str) -> Option<&'t str> {
        let (style, most, range) = match part {
            Part::Day(style) => (style, 2, 0..=99),
            Part::Month(style) => (style, 2, 1..=12),
            Part::YearDay(style) => (style, 3, 1..=366),
            Part::Year(Style::Short) => (Style::Zero, 2, 0..=99),
            Part::Year(_) => (Style::Zero, 4, 0..=9_999),
            Part::Hour(style) => (style, 2, 0..=23),
            Part::Hour12(style) => (style, 2, 0..=12),
            Part::Minute(style) | Part::Second(style) => (style, 2, 0..=59),
            Part::Weekday(_)
            | Part::Noon(_)
            | Part::Zone
            | Part::Offset { .. }
            | Part::Fraction(..) => return None,
        };
        let trimmed = if style == Style::Space { text.trim_start_matches(' ') } else { text };
        let digits = trimmed.bytes().take(most).take_while(u8::is_ascii_digit).count();
        // An hour of 24 and a day may be written with one digit, whatever the layout shows.
        let loose = matches!(part, Part::Hour(_)) || !matches!(style, Style::Zero);
        if digits == 0 || (digits < most && !loose) {
            return None;
        }
        let value: i64 = trimmed[..digits].parse().ok()?;
        if !range.contains(&value) {
            return None;
        }
        match part {
            Part::Day(_) => self.day = Some(value),
            Part::Month(_) => self.month = Some(value),
            Part::YearDay(_) => self.year_day = Some(value),
            Part::Year(Style::Short) => self.year = value + if value >= 69 { 1900 } else { 2000 },
            Part::Year(_) => self.year = value,
            Part::Hour(_) | Part::Hour12(_) => self.hour = value,
            Part::Minute(_) => self.minute = value,
            Part::Second(_) => self.second = value,
            Part::Weekday(_)
            | Part::Noon(_)
            | Part::Zone
            | Part::Offset { .. }
            | Part::Fraction(..) => {}
        }
        Some(&trimmed[digits..])
    }

    fn fraction<'t>(&mut self, text: &'t str, digits: usize) -> Option<&'t str> {
        let (shown, after) = text.split_at_checked(digits)?;
        if digits == 0 || !shown.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.nanosecond = format!("{:0<9}", shown)[..9].parse().ok()?;
        Some(after)
    }

    fn take_offset<'t>(
        &mut self,
        z: bool,
        colons: bool,
        pairs: usize,
        text: &'t str,
    ) -> Option<&'t str> {
        if z && let Some(after) = text.strip_prefix('Z') {
            self.offset = Some(0);
            return Some(after);
        }
        let sign = match text.chars().next()? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        let mut rest = &text[1..];
        let mut seconds = 0;
        for (at, unit) in [3_600, 60, 1].iter().take(pairs).enumerate() {
            if at > 0 && colons {
                rest = rest.strip_prefix(':')?;
            }
            let (digits, after) = rest.split_at_checked(2)?;
            if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let value: i32 = digits.parse().ok()?;
            if value > if at == 0 { 24 } else { 60 } {
                return None;
            }
            seconds += value * unit;
            rest = after;
        }
        self.offset = Some(sign * seconds);
        Some(rest)
    }

    fn finish(self) -> Option<Time> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            Some(_) | None => self.hour,
        };
        let year = i16::try_from(self.year).ok()?;
        let date = match self.year_day {
            Some(day) if self.month.is_none() && self.day.is_none() => {
                let first = civil::Date::new(year, 1, 1).ok()?;
                let date = first.checked_add(jiff::Span::new().days(day - 1)).ok()?;
                if date.year() == year { date } else { return None }
            }
            Some(_) | None => civil::Date::new(
                year,
                i8::try_from(self.month.unwrap_or(1)).ok()?,
                i8::try_from(self.day.unwrap_or(1)).ok()?,
            )
            .ok()?,
        };
        let time = civil::Time::new(
            i8::try_from(hour).ok()?,
            i8::try_from(self.minute).ok()?,
            i8::try_from(self.second).ok()?,
            i32::try_from(self.nanosecond).ok()?,
        )
        .ok()?;
        let at: Zoned = date.to_datetime(time).to_zoned(fixed(self.offset.unwrap_or(0))).ok()?;
        Some(Time::of(at))
    }
}

/// Takes a name from its start, in any case: its number from 1, and what follows.
fn name<'t>(names: &[&str], length: usize, text: &'t str) -> Option<(i64, &'t str)> {
    (1..).zip(names).find_map(|(number, name)| {
        let name = &name[..length.min(name.len())];
        let (start, after) = text.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name).then_some((number, after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_and_read_by_a_layout() {
        let rfc3339 = "2006-01-02T15:04:05.999999999Z07:00";
        let time = parse(rfc3339, "2024-02-09T21:05:06.070+02:00").unwrap();
        let cases = [
            ("Mon Jan _2 15:04:05 2006", "Fri Feb  9 21:05:06 2024"),
            ("Monday, 02-Jan-06 15:04:05 MST", "Friday, 09-Feb-24 21:05:06 +0200"),
            (rfc3339, "2024-02-09T21:05:06.07+02:00"),
            ("3:04PM __2 002 .000 ,000000", "9:05PM  40 040 .070 ,070000"),
            ("January 1 2 -07 Z0700 pm", "February 2 9 +02 +0200 pm"),
            ("Janet 2006", "Janet 2024"),
        ];
        for (layout, text) in cases {
            assert_eq!(format(&time, layout), text, "{layout}");
        }
        assert_eq!(time.text(), "2024-02-09 21:05:06.07 +0200 +0200");
        assert_eq!(Time::zero().text(), "0001-01-01 00:00:00 +0000 UTC");
    }

    #[test]
    fn what_does_not_fit_a_layout_is_refused() {
        for (layout, text) in [
            ("2006-01-02", "2024-13-01"),
            ("2006-01-02", "2024-02-30"),
            ("2006-01-02", "2024-02-01x"),
            ("15:04", "25:00"),
            ("15:04", ""),
            ("Jan", "Foo"),
        ] {
            assert!(parse(layout, text).is_err(), "{text}");
        }
        assert_eq!(parse("15:04", "09:30").unwrap().text(), "0000-01-01 09:30:00 +0000 UTC");
    }
}
