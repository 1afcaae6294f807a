//! Samples of schedules.

use jiff::{SignedDuration, Timestamp};

use super::{instant, layout, now as sample_now, some, strings};
use crate::pages::{
    chart::WeekBar,
    layout::Section,
    oncall::{OncallList, ScheduleCard, Shift},
    rota::OncallNow,
};

const PEOPLE: [&str; 3] = ["Alice Ops", "Ben Carter", "Chen Li"];

pub(super) fn now() -> Vec<OncallNow> {
    let schedule = |name: &str, person: &str, is_reader| OncallNow {
        schedule: name.to_owned(),
        people: vec![person.to_owned()],
        until: Some(instant("2025-06-09T07:00:00Z")),
        until_local: some("Mon 09:00 Europe/Berlin"),
        is_reader,
    };
    vec![
        schedule("platform-primary", "Alice Ops", true),
        schedule("platform-secondary", "Ben Carter", false),
    ]
}

/// Seven daily shifts from `first` on, beginning with person number `offset`.
fn daily(first: Timestamp, offset: usize) -> Vec<(String, Timestamp, Timestamp)> {
    let start = |day: i64| first + SignedDuration::from_hours(24 * day);
    (0..8)
        .zip((0..PEOPLE.len()).cycle().skip(offset))
        .map(|(day, who)| (PEOPLE[who].to_owned(), start(day), start(day + 1)))
        .collect()
}

fn card(now: OncallNow, offset: usize) -> ScheduleCard {
    let shifts = daily(instant("2025-06-02T07:00:00Z"), offset);
    let window = (instant("2025-06-02T00:00:00Z"), instant("2025-06-09T00:00:00Z"));
    let local = |at: &Timestamp| {
        (*at + SignedDuration::from_hours(2)).strftime("%a %-d %b %H:%M").to_string()
    };
    let shift = |(person, from, until): &(String, Timestamp, Timestamp)| Shift {
        person: Some(person.clone()),
        starts_at: *from,
        ends_at: *until,
        starts_local: local(from),
        ends_local: local(until),
    };
    ScheduleCard {
        now,
        zone: "Europe/Berlin".to_owned(),
        rotation: "daily, hand-over 09:00".to_owned(),
        shifts: shifts.iter().take(7).map(shift).collect(),
        week: WeekBar::draw(&shifts, &strings(&PEOPLE), window, sample_now()),
        policies: strings(&["platform"]),
    }
}

impl OncallList {
    /// Returns two schedules, and a third that nobody answers for.
    pub fn sample() -> OncallList {
        let mut schedules: Vec<ScheduleCard> =
            now().into_iter().enumerate().map(|(offset, now)| card(now, offset)).collect();
        schedules.push(ScheduleCard {
            now: OncallNow {
                schedule: "security".to_owned(),
                people: Vec::new(),
                until: None,
                until_local: None,
                is_reader: false,
            },
            shifts: Vec::new(),
            ..card(now().remove(0), 2)
        });
        OncallList { layout: layout(Section::Oncall), schedules }
    }

    /// Returns a plan without schedules.
    pub fn empty() -> OncallList {
        OncallList { layout: layout(Section::Oncall), schedules: Vec::new() }
    }
}
