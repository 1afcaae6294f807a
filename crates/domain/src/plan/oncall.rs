//! `schedules:` and `escalation_policies:` of `stentor.yml`.

use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, ToSpan};

use crate::escalation::{Policy, Step, Target};
use crate::schedule::{Rotation, Schedule};

use super::fields::{Fields, Word};
use super::findings::{Fault, Findings};
use super::stentor::{Sections, keys};
use super::values;
use super::yaml::{Entry, Node};

/// How often a policy may be walked again.
const REPEATS_MAX: u32 = 100;

/// Reads a schedule.
///
/// A weekly rotation whose `start` is another weekday than its hand-over begins at the first such weekday after it.
pub(super) fn schedule(
    entry: &Entry,
    sections: &Sections<'_>,
    out: &mut Findings<'_>,
) -> Option<Schedule> {
    let mut fields =
        Fields::open(&entry.value, format!("schedule `{}`", entry.key), entry.at, out)?;
    let zone = fields.required("zone", "add one, as in `zone: Europe/Berlin`", out);
    let zone = zone.and_then(|zone| out.check(zone.at, time_zone(zone.text)));
    let rotation = fields.required("rotation", "add `rotation: weekly` or `rotation: daily`", out);
    let handover =
        fields.required("handover", "add when turns change, as in `handover: Monday 09:00`", out);
    let turns = handover.and_then(|handover| {
        let (day, time) = out.check(handover.at, values::handover(handover.text))?;
        Some((out.check(handover.at, turns(rotation?, handover, day))?, time))
    });
    if let Some(rotation) = rotation.filter(|word| !["weekly", "daily"].contains(&word.text)) {
        let what = format!("`{}` is no rotation", rotation.text);
        out.error(rotation.at, what, "write `weekly` or `daily`");
    }
    let start = fields.required("start", "add the first day, as in `start: 2026-01-05`", out);
    let start = start.and_then(|start| out.check(start.at, date(start.text)));
    let members = fields.words("members", out);
    if fields.is_empty("members") {
        let what = format!("schedule `{}` has nobody under `members`", entry.key);
        out.error(fields.place("members"), what, "name people in the order of their turns");
    }
    for member in &members {
        sections.person(*member, out);
    }
    fields.finish(out);
    let (rotation, handover) = turns?;
    Some(Schedule {
        key: entry.key.clone(),
        rotation,
        handover,
        start: first_day(start?, rotation).to_datetime(handover),
        zone: zone?,
        members: members.iter().map(|member| member.text.to_owned()).collect(),
    })
}

/// Returns the kind of turns; a rotation that is neither weekly nor daily has its own problem.
fn turns(rotation: Word<'_>, handover: Word<'_>, day: Option<Weekday>) -> Result<Rotation, Fault> {
    match (rotation.text, day) {
        ("weekly", None) => Err(Fault::new(
            "a weekly rotation hands over on a weekday",
            format!("write it too, as in `Monday {}`", handover.text),
        )),
        ("daily", Some(_)) => Err(Fault::new(
            "a daily rotation hands over on every weekday",
            "write the time alone, as in `09:00`",
        )),
        (_, Some(day)) => Ok(Rotation::Weekly(day)),
        (_, None) => Ok(Rotation::Daily),
    }
}

/// The zones compiled in, so that a plan means the same on every machine.
static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

pub(super) fn time_zone(name: &str) -> Result<TimeZone, Fault> {
    BUNDLED.get(name).map_err(|_| {
        let what = format!("no time zone is called `{name}`");
        Fault::new(what, "write one of the IANA list, as in `Europe/Berlin` or `UTC`")
    })
}

fn date(text: &str) -> Result<Date, Fault> {
    let plain = text.len() == 10;
    let date =
        text.parse::<Date>().ok().filter(|date| plain && (2000..=2999).contains(&date.year()));
    date.ok_or_else(|| Fault::new(format!("`{text}` is no date"), "write it as in `2026-01-05`"))
}

fn first_day(start: Date, rotation: Rotation) -> Date {
    match rotation {
        Rotation::Daily => start,
        Rotation::Weekly(day) => {
            let later = i64::from(start.weekday().until(day));
            start.checked_add(later.days()).unwrap_or(start)
        }
    }
}

/// Reads an escalation policy.
pub(super) fn policy(
    entry: &Entry,
    sections: &Sections<'_>,
    out: &mut Findings<'_>,
) -> Option<Policy> {
    let name = format!("escalation policy `{}`", entry.key);
    let mut fields = Fields::open(&entry.value, name, entry.at, out)?;
    let nodes = fields.list("steps", out);
    if fields.is_empty("steps") {
        let what = format!("escalation policy `{}` has no steps", entry.key);
        let mend = "add one, as in `- { notify: [schedule:primary], wait: 5m }`";
        out.error(fields.place("steps"), what, mend);
    }
    let steps = nodes.iter().filter_map(|node| step(node, sections, out)).collect();
    let repeats = fields.number("repeat", REPEATS_MAX, out).unwrap_or(0);
    let fallback = targets(&mut fields, "fallback", sections, out);
    fields.finish(out);
    Some(Policy { name: entry.key.clone(), steps, repeats, fallback })
}

fn step(node: &Node, sections: &Sections<'_>, out: &mut Findings<'_>) -> Option<Step> {
    let mut fields = Fields::open(node, "this step", node.at, out)?;
    let targets = targets(&mut fields, "notify", sections, out);
    if !fields.has("notify") {
        fields.missing("notify", "say who is asked, as in `notify: [schedule:primary]`", out);
    }
    let wait = if fields.has("wait") {
        fields.parsed("wait", values::positive, out)
    } else {
        fields.missing("wait", "say how long they have to answer, as in `wait: 5m`", out);
        None
    };
    fields.finish(out);
    Some(Step { targets, wait: wait.unwrap_or(SignedDuration::ZERO) })
}

/// Reads the list of targets under `key`, `person:NAME` or `schedule:NAME`; one that is there must not be empty.
pub(super) fn targets(
    fields: &mut Fields<'_>,
    key: &'static str,
    sections: &Sections<'_>,
    out: &mut Findings<'_>,
) -> Vec<Target> {
    let words = fields.words(key, out);
    if fields.is_empty(key) && fields.has(key) {
        let mend = "name at least one, as in `person:ana` or `schedule:primary`";
        out.error(fields.place(key), format!("`{key}` names nobody"), mend);
    }
    words.into_iter().filter_map(|word| target(word, sections, out)).collect()
}

fn target(word: Word<'_>, sections: &Sections<'_>, out: &mut Findings<'_>) -> Option<Target> {
    let (kind, name) = word.text.split_once(':').unwrap_or(("", word.text));
    let named = Word { text: name, ..word };
    match kind {
        "person" => {
            sections.person(named, out);
            Some(Target::Person(name.to_owned()))
        }
        "schedule" => {
            sections.schedule(named, out);
            Some(Target::Schedule(name.to_owned()))
        }
        _ => {
            let mend = if keys(sections.people).any(|key| key == name) {
                format!("write `person:{name}`")
            } else if keys(sections.schedules).any(|key| key == name) {
                format!("write `schedule:{name}`")
            } else {
                "write `person:NAME` or `schedule:NAME`".to_owned()
            };
            out.error(
                word.at,
                format!("`{}` does not say whether it is a person or a schedule", word.text),
                mend,
            );
            None
        }
    }
}
