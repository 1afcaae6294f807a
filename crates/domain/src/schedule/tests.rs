use super::*;

fn schedule(rotation: Rotation, start: &str, zone: &str) -> Schedule {
    let start: DateTime = start.parse().unwrap();
    let members = ["ana", "ben", "cho"].map(String::from).to_vec();
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(zone).unwrap();
    Schedule { key: "primary".into(), rotation, handover: start.time(), start, zone, members }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn who(schedule: &Schedule, text: &str) -> Option<String> {
    on_call(schedule, at(text)).map(|shift| shift.person)
}

#[test]
fn weekly_turns_change_hands_at_the_hand_over_and_not_before() {
    let weekly = schedule(Rotation::Weekly(Weekday::Monday), "2026-01-05T09:00", "Europe/Berlin");
    assert_eq!(who(&weekly, "2026-01-05T07:59:59Z"), None);
    assert_eq!(who(&weekly, "2026-01-05T08:00:00Z").as_deref(), Some("ana"));
    assert_eq!(who(&weekly, "2026-01-12T07:59:59Z").as_deref(), Some("ana"));
    assert_eq!(who(&weekly, "2026-01-12T08:00:00Z").as_deref(), Some("ben"));
    assert_eq!(who(&weekly, "2026-01-26T08:00:00Z").as_deref(), Some("ana"));
}

#[test]
fn the_hand_over_keeps_its_hour_across_daylight_saving() {
    let daily = schedule(Rotation::Daily, "2026-03-27T08:00", "Europe/Berlin");
    let all = shifts(&daily, at("2026-03-28T12:00:00Z"), at("2026-03-30T12:00:00Z"));
    let hours: Vec<String> = all.iter().map(|shift| daily.wall_clock(shift.from)).collect();
    assert_eq!(
        hours,
        [
            "Sat 2026-03-28 08:00 Europe/Berlin",
            "Sun 2026-03-29 08:00 Europe/Berlin",
            "Mon 2026-03-30 08:00 Europe/Berlin"
        ]
    );
    assert_eq!(all[0].until.duration_since(all[0].from).as_hours(), 23);
}

#[test]
fn an_hour_that_does_not_exist_is_taken_at_the_end_of_the_gap_once() {
    let daily = schedule(Rotation::Daily, "2026-03-06T02:30", "America/New_York");
    let all = shifts(&daily, at("2026-03-07T12:00:00Z"), at("2026-03-09T12:00:00Z"));
    let hours: Vec<String> = all.iter().map(|shift| daily.wall_clock(shift.from)).collect();
    assert_eq!(
        hours,
        [
            "Sat 2026-03-07 02:30 America/New_York",
            "Sun 2026-03-08 03:30 America/New_York",
            "Mon 2026-03-09 02:30 America/New_York"
        ]
    );
}

#[test]
fn every_instant_after_the_start_has_exactly_one_person_in_every_zone() {
    // Zones with half-hour changes, a skipped date, changes at midnight, and southern summers.
    for zone in
        ["Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca", "UTC"]
    {
        for rotation in [Rotation::Daily, Rotation::Weekly(Weekday::Monday)] {
            let one = schedule(rotation, "2011-01-03T00:30", zone);
            let mut until = None;
            for shift in shifts(&one, at("2011-01-04T00:00:00Z"), at("2012-01-01T00:00:00Z")) {
                assert!(until.is_none_or(|last| last == shift.from), "{zone} {shift:?}");
                assert_eq!(on_call(&one, shift.from).as_ref(), Some(&shift), "{zone}");
                assert!(shift.from <= shift.until, "{zone} {shift:?}");
                until = Some(shift.until);
            }
        }
    }
}
