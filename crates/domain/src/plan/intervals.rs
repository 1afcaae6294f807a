//! `time_intervals:` and the older `mute_time_intervals:` of `alertmanager.yml`.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::interval::{self, Interval, Range, Span};

use super::fields::Fields;
use super::findings::{Fault, Findings, Place};
use super::oncall;
use super::yaml::Node;

/// Reads both sections; their names share one room.
pub(super) fn read(top: &mut Fields<'_>, out: &mut Findings<'_>) -> BTreeMap<String, Interval> {
    let mut intervals = BTreeMap::new();
    for section in ["mute_time_intervals", "time_intervals"] {
        for node in top.list(section, out) {
            let Some(mut fields) = Fields::open(node, "this time interval", node.at, out) else {
                continue;
            };
            let name = fields.required("name", "add one, as in `name: weekends`", out);
            let spans = fields.list("time_intervals", out);
            let spans = spans.iter().filter_map(|node| span(node, out)).collect();
            fields.finish(out);
            let Some(name) = name else { continue };
            if name.text.is_empty() {
                out.error(name.at, "a time interval's name cannot be empty", "give it one");
            } else if intervals.insert(name.text.to_owned(), Interval { spans }).is_some() {
                let what = format!("two time intervals are called `{}`", name.text);
                out.error(name.at, what, "rename or remove one of them");
            }
        }
    }
    intervals
}

fn span(node: &Node, out: &mut Findings<'_>) -> Option<Span> {
    let mut fields = Fields::open(node, "this part of a time interval", node.at, out)?;
    let span = Span {
        times: times(&mut fields, out),
        weekdays: ranges(&mut fields, "weekdays", WEEKDAYS, out),
        days_of_month: ranges(&mut fields, "days_of_month", DAYS, out),
        months: ranges(&mut fields, "months", MONTHS, out),
        years: ranges(&mut fields, "years", YEARS, out),
        zone: location(&mut fields, out).unwrap_or(TimeZone::UTC),
    };
    fields.finish(out);
    Some(span)
}

/// What reads a range, and how it is written.
type Reader = (fn(&str) -> Result<Range, String>, &'static str);

const WEEKDAYS: Reader =
    (interval::weekdays, "write whole names, as in `monday:friday` or `sunday`");
const DAYS: Reader =
    (interval::days_of_month, "write it as in `1:5`, or from the month's end, as in `-3:-1`");
const MONTHS: Reader = (interval::months, "write it as in `may:august`, `1:3` or `december`");
const YEARS: Reader = (interval::years, "write it as in `2026` or `2026:2028`");

fn ranges(
    fields: &mut Fields<'_>,
    key: &'static str,
    (read, mend): Reader,
    out: &mut Findings<'_>,
) -> Option<Vec<Range>> {
    if !fields.has(key) {
        return None;
    }
    let at = fields.place(key);
    let words = fields.words(key, out);
    warn_empty(key, words.is_empty(), at, out);
    let mut found = Vec::new();
    for word in words {
        let read = read(word.text).map_err(|why| Fault::new(why, mend));
        let Some(range) = out.check(word.at, read) else { continue };
        let possible = match key {
            "months" => interval::is_month(range),
            "years" => interval::is_year(range),
            _ => true,
        };
        if !possible {
            let what = format!("`{}` in `{key}` never comes", word.text);
            out.warn(word.at, what, mend);
        }
        found.push(range);
    }
    Some(found)
}

fn times(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> Option<Vec<Range>> {
    if !fields.has("times") {
        return None;
    }
    let mend = "write both ends as `HH:MM`, from `00:00` to `24:00`";
    let at = fields.place("times");
    let nodes = fields.list("times", out);
    warn_empty("times", nodes.is_empty(), at, out);
    let mut found = Vec::new();
    for node in nodes {
        let Some(mut range) = Fields::open(node, "this range of times", node.at, out) else {
            continue;
        };
        let start = range.required("start_time", mend, out);
        let end = range.required("end_time", mend, out);
        range.finish(out);
        let (Some(start), Some(end)) = (start, end) else { continue };
        let read = interval::times(start.text, end.text).map_err(|why| Fault::new(why, mend));
        found.extend(out.check(start.at, read));
    }
    Some(found)
}

fn warn_empty(key: &str, is_empty: bool, at: Place, out: &mut Findings<'_>) {
    if is_empty {
        let what = format!("`{key}` lists nothing, so this part never holds");
        out.warn(at, what, "remove the key, or add what is meant");
    }
}

fn location(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> Option<TimeZone> {
    let word = fields.word("location", out)?;
    match word.text {
        "" => None,
        local @ ("Local" | "localtime") => {
            let what = format!("`{local}` is taken as UTC: a plan means the same on every machine");
            out.warn(word.at, what, "write the zone, as in `Europe/Berlin`");
            None
        }
        name => out.check(word.at, oncall::time_zone(name)),
    }
}
