use super::*;
use crate::matchers::parse;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn ids() -> Ids {
    let mut next = 0u64;
    Ids::new(move || {
        next += 1;
        next
    })
}

fn draft(matchers: &str, from: i64, until: i64) -> Draft {
    Draft {
        id: None,
        matchers: parse::matchers(matchers).unwrap(),
        starts_at: at(from),
        ends_at: at(until),
        created_by: "ana".into(),
        by: None,
        comment: "why".into(),
        until_resolved: None,
        repeats: None,
    }
}

fn made(from: i64, until: i64, now: i64) -> Silence {
    Silence::set(None, draft(r#"a="1""#, from, until), &mut ids(), at(now)).unwrap().now
}

#[test]
fn a_silence_says_where_it_stands_by_the_clock() {
    let silence = made(10, 20, 0);
    for (now, state) in [
        (9, State::Pending),
        (10, State::Active),
        (19, State::Active),
        (20, State::Expired),
        (99, State::Expired),
    ] {
        assert_eq!(silence.state(at(now)), state, "{now}");
    }
}

#[test]
fn whoever_changes_it_is_in_the_log_and_not_its_author() {
    let before = made(0, 20, 0);
    let draft = Draft { by: Some("ben".into()), ..draft(r#"a="1""#, 0, 30) };
    let silence = Silence::set(Some(before), draft, &mut ids(), at(5)).unwrap().now;
    let what = Deed::Changed { ends_at: at(30), before: Some(at(20)) };
    assert_eq!(silence.created_by, "ana");
    assert_eq!(silence.log.last(), Some(&LogEntry { at: at(5), by: "ben".into(), what }));
}

#[test]
fn a_start_in_the_past_is_now() {
    assert_eq!(made(-50, 20, 0).starts_at, at(0));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let table = [
        (draft(r#"a="1""#, 10, 10), Refusal::EndsBeforeStart),
        (draft(r#"a="1""#, -20, -10), Refusal::EndsInThePast),
        (draft("", 0, 10), Refusal::NoMatchers),
        (draft(r#"a="""#, 0, 10), Refusal::MatchesEverything),
        (draft(r#"a=~".*",b="""#, 0, 10), Refusal::MatchesEverything),
    ];
    for (draft, refusal) in table {
        let refused = Silence::set(None, draft.clone(), &mut ids(), at(0));
        assert_eq!(refused.unwrap_err(), refusal, "{draft:?}");
    }
    for good in [r#"a!="x""#, r#"a!~"x""#, r#"a="",b="1""#] {
        assert!(Silence::set(None, draft(good, 0, 10), &mut ids(), at(0)).is_ok(), "{good}");
    }
}

#[test]
fn a_change_keeps_the_id_when_the_window_may_still_move() {
    // (the window before, asked matchers and window, at; keeps its id, ends the old one)
    let table = [
        ((0, 100), r#"a="1""#, (0, 200), 50, true, false),
        ((0, 100), r#"a="1""#, (0, 60), 50, true, false),
        ((0, 100), r#"a="1""#, (1, 200), 50, false, true),
        ((0, 100), r#"a="2""#, (0, 200), 50, false, true),
        ((70, 100), r#"a="1""#, (60, 200), 50, true, false),
        ((70, 100), r#"a="1""#, (40, 200), 50, false, true),
        ((0, 40), r#"a="1""#, (50, 200), 50, false, false),
    ];
    for row @ ((from, until), asked, (asked_from, asked_until), now, keeps, ends) in table {
        let before = made(from, until, 0);
        let draft = Draft { id: Some(before.id.clone()), ..draft(asked, asked_from, asked_until) };
        let mut ids = Ids::new(|| 77);
        let set = Silence::set(Some(before.clone()), draft, &mut ids, at(now)).unwrap();
        assert_eq!(set.now.id == before.id, keeps, "{row:?}");
        assert_eq!(set.ended.is_some(), ends, "{row:?}");
        assert_eq!(set.now.ends_at, at(asked_until));
        if let Some(ended) = set.ended {
            assert_eq!((ended.id, ended.ends_at), (before.id, at(now)));
        }
    }
}

#[test]
fn ending_it_twice_is_ending_it_once() {
    let mut silence = made(0, 100, 0);
    silence.expire("ben".into(), at(10));
    let once = (silence.ends_at, silence.log.len());
    silence.expire("ben".into(), at(20));
    assert_eq!((silence.ends_at, silence.log.len()), once);
    let mut pending = made(50, 100, 0);
    pending.expire("ben".into(), at(10));
    assert_eq!(pending.state(at(10)), State::Expired);
    assert_eq!(pending.state(at(60)), State::Expired);
}

#[test]
fn one_that_ends_with_its_alerts_ends_once_and_early() {
    let mut silence = made(0, 100, 0);
    silence.resolve(at(10));
    assert_eq!(silence.state(at(10)), State::Active);
    silence.until_resolved = true;
    silence.resolve(at(10));
    assert_eq!(silence.state(at(10)), State::Expired);
    assert_eq!(silence.log.last().unwrap().what, Deed::Resolved);
}

#[test]
fn a_recurring_one_keeps_its_hour_across_a_change_of_the_clocks() {
    let (from, until) = ("2026-03-27T21:00:00Z", "2026-03-27T23:00:00Z");
    let [from, until]: [Timestamp; 2] = [from, until].map(|text| text.parse().unwrap());
    let repeats = Some(Repeats::new(Every::Day, "Europe/Berlin".into()));
    let draft = Draft { starts_at: from, ends_at: until, repeats, ..draft(r#"a="1""#, 0, 1) };
    let mut silence = Silence::set(None, draft, &mut ids(), from).unwrap().now;
    let kept = SignedDuration::from_hours(120);
    assert_eq!(silence.due_at(kept), until);
    assert!(silence.on_due(kept, until));
    // 22:00 in Berlin: 21:00 UTC in winter, 20:00 in summer.
    assert_eq!(silence.starts_at.to_string(), "2026-03-28T21:00:00Z");
    assert!(silence.on_due(kept, silence.ends_at));
    assert_eq!(silence.starts_at.to_string(), "2026-03-29T20:00:00Z");
    // A server that was off for a month goes on with the window of today.
    let late: Timestamp = "2026-05-01T12:00:00Z".parse().unwrap();
    assert!(silence.on_due(kept, late));
    assert_eq!(silence.starts_at.to_string(), "2026-05-01T20:00:00Z");
    assert_eq!(silence.ends_at.to_string(), "2026-05-01T22:00:00Z");
    silence.expire("ana".into(), late);
    assert!(silence.on_due(kept, late));
    assert!(!silence.on_due(kept, late + kept));
}

/// Returns a daily silence of one hour as it is made at its start.
fn daily(zone: &str, from: &str) -> Silence {
    let from: Timestamp = from.parse().unwrap();
    let repeats = Some(Repeats::new(Every::Day, zone.into()));
    let ends_at = from + SignedDuration::from_hours(1);
    let draft = Draft { starts_at: from, ends_at, repeats, ..draft(r#"a="1""#, 0, 1) };
    Silence::set(None, draft, &mut ids(), from).unwrap().now
}

/// Lets so many windows of a silence pass, and returns when each next one starts.
fn starts(silence: &mut Silence, windows: usize) -> Vec<String> {
    let mut next = || {
        assert!(silence.on_due(SignedDuration::from_hours(120), silence.ends_at));
        silence.starts_at.to_string()
    };
    (0..windows).map(|_| next()).collect()
}

#[test]
fn a_recurring_one_whose_hour_is_skipped_starts_at_its_hour_again_the_day_after() {
    // 02:30 in Berlin, which there is not on 29 March.
    let mut silence = daily("Europe/Berlin", "2026-03-27T01:30:00Z");
    let seen = starts(&mut silence, 3);
    assert_eq!(seen, ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]);
    // 23:30 in Nuuk, where 28 March ends with the hour that is skipped.
    let mut silence = daily("America/Nuuk", "2026-03-27T01:30:00Z");
    let seen = starts(&mut silence, 4);
    assert_eq!(
        seen,
        [
            "2026-03-28T01:30:00Z",
            "2026-03-29T01:30:00Z",
            "2026-03-30T00:30:00Z",
            "2026-03-31T00:30:00Z",
        ]
    );
}

#[test]
fn a_recurring_one_that_is_changed_while_its_hour_is_skipped_keeps_its_hour() {
    let mut silence = daily("Europe/Berlin", "2026-03-27T01:30:00Z");
    starts(&mut silence, 2);
    let (starts_at, ends_at) = (silence.starts_at, silence.ends_at);
    let repeats = Some(Repeats::new(Every::Day, "Europe/Berlin".into()));
    let draft = Draft { starts_at, ends_at, repeats, ..draft(r#"a="1""#, 0, 1) };
    let changed = Silence::set(Some(silence), draft, &mut ids(), starts_at).unwrap();
    assert_eq!(starts(&mut { changed.now }, 1), ["2026-03-30T00:30:00Z"]);
}

#[test]
fn a_recurring_one_that_was_stored_without_its_hour_goes_on() {
    let mut text = serde_json::to_value(daily("Europe/Berlin", "2026-01-05T21:00:00Z")).unwrap();
    assert_eq!(text["repeats"]["at"], "22:00:00");
    text["repeats"] = serde_json::json!({ "every": "day", "zone": "Europe/Berlin" });
    let mut read: Silence = serde_json::from_value(text).unwrap();
    assert_eq!(starts(&mut read, 1), ["2026-01-06T21:00:00Z"]);
}

#[test]
fn a_recurring_one_that_is_ended_or_replaced_comes_no_more() {
    let repeats = Some(Repeats::new(Every::Day, "UTC".into()));
    let recurring = Silence { repeats, ..made(0, 100, 0) };
    // While it is active, and at the very end of its window, before it has moved to the next.
    for now in [at(50), at(100)] {
        let mut ended = recurring.clone();
        ended.expire("ben".into(), now);
        let draft = draft(r#"a="2""#, 50, 200);
        let set = Silence::set(Some(recurring.clone()), draft, &mut ids(), now).unwrap();
        for mut silence in [ended, set.ended.unwrap()] {
            assert_eq!((silence.ends_at, &silence.repeats), (now, &None));
            assert!(silence.on_due(SignedDuration::from_hours(120), at(200)));
            assert_eq!(silence.ends_at, now);
        }
    }
}

#[test]
fn a_change_keeps_what_it_does_not_say() {
    let asked = |asked: &str, until| Draft { id: Some("x".into()), ..draft(asked, 0, until) };
    let change =
        |before: &Silence, draft| Silence::set(Some(before.clone()), draft, &mut ids(), at(5));
    let ending = Silence { until_resolved: true, ..made(0, 100, 0) };
    let repeats = Some(Repeats::new(Every::Day, "UTC".into()));
    let daily = Silence::set(None, Draft { repeats, ..asked(r#"a="1""#, 100) }, &mut ids(), at(0));
    let daily = daily.unwrap().now;
    // In place, and as another one that takes its place.
    for matchers in [r#"a="1""#, r#"a="2""#] {
        let now = |before| change(before, asked(matchers, 200)).unwrap().now;
        assert!(now(&ending).until_resolved, "{matchers}");
        assert!(now(&daily).repeats.is_some(), "{matchers}");
        let said = Draft { until_resolved: Some(false), ..asked(matchers, 200) };
        assert!(!change(&ending, said).unwrap().now.until_resolved, "{matchers}");
        let long = change(&daily, asked(matchers, 24 * 3600));
        assert_eq!(long.unwrap_err(), Refusal::OverlapsItself, "{matchers}");
    }
}

#[test]
fn an_expired_one_is_kept_for_a_while() {
    let mut silence = made(0, 10, 0);
    let kept = SignedDuration::from_secs(100);
    assert_eq!(silence.due_at(kept), at(110));
    assert!(silence.on_due(kept, at(109)));
    assert!(!silence.on_due(kept, at(110)));
}

#[test]
fn its_id_is_a_uuid_and_it_survives_its_text() {
    let silence = made(0, 10, 0);
    assert_eq!(silence.id, "00000000-0000-4001-8000-000000000002");
    let text = serde_json::to_string(&silence).unwrap();
    let read: Silence = serde_json::from_str(&text).unwrap();
    assert!(read.matchers.same_as(&silence.matchers));
    assert_eq!((read.id, read.ends_at, read.log), (silence.id, silence.ends_at, silence.log));
}
