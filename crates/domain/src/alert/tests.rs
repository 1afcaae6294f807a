use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + second).unwrap()
}

fn alert(starts: i64, ends: i64, timeout: bool) -> Alert {
    let labels: Labels = [("alertname", "DiskFull")].into_iter().collect();
    Alert {
        annotations: Labels::default(),
        generator_url: String::new(),
        starts_at: at(starts),
        ends_at: at(ends),
        updated_at: at(starts),
        timeout,
        labels,
    }
}

#[test]
fn a_signal_without_times_starts_now_and_ends_after_the_timeout() {
    let made = Alert::from_signal(Signal::default(), SignedDuration::from_mins(5), at(0));
    assert_eq!((made.starts_at, made.ends_at, made.timeout), (at(0), at(300), true));
    let ended = Signal { ends_at: Some(at(-60)), ..Signal::default() };
    let made = Alert::from_signal(ended, SignedDuration::from_mins(5), at(0));
    assert_eq!((made.starts_at, made.ends_at, made.timeout), (at(-60), at(-60), false));
    // As `amtool alert add --end` sends it: Alertmanager lets it begin at its end, and fires it until then.
    let ending = Signal { ends_at: Some(at(60)), ..Signal::default() };
    let made = Alert::from_signal(ending, SignedDuration::from_mins(5), at(0));
    assert_eq!((made.starts_at, made.ends_at, made.timeout), (at(60), at(60), false));
}

#[test]
fn a_wait_can_be_added_to_whatever_a_sender_says() {
    let (starts_at, ends_at) = (Some(Timestamp::MAX), Some(Timestamp::MAX));
    let signal = Signal { starts_at, ends_at, ..Signal::default() };
    let made = Alert::from_signal(signal, SignedDuration::from_mins(5), at(0));
    let century = SignedDuration::from_hours(100 * 366 * 24);
    assert!(
        made.starts_at.checked_add(century).is_ok() && made.ends_at.checked_add(century).is_ok()
    );
}

#[test]
fn overlapping_episodes_merge_and_others_replace() {
    // (stored: start, end, timeout) + (newer: start, end, timeout) at 100 → (start, end)
    let table = [
        ((0, 200, false), (50, 300, false), (0, 300)),
        ((0, 400, false), (50, 300, false), (0, 400)),
        ((0, 400, true), (50, 300, false), (0, 300)),
        ((0, 400, false), (50, 90, false), (0, 90)),
        ((0, 80, false), (50, 60, false), (0, 80)),
        ((0, 40, false), (50, 300, false), (50, 300)),
        ((60, 200, false), (0, 300, false), (0, 300)),
    ];
    for (stored, newer, expected) in table {
        let merged =
            alert(stored.0, stored.1, stored.2).merged(alert(newer.0, newer.1, newer.2), at(100));
        assert_eq!(
            (merged.starts_at, merged.ends_at),
            (at(expected.0), at(expected.1)),
            "{stored:?} {newer:?}"
        );
    }
}

#[test]
fn a_change_is_named_by_what_became_different() {
    let stored = alert(0, 200, false);
    let refreshed = stored.merged(alert(0, 300, false), at(100));
    assert_eq!(stored.change(true, &refreshed, at(100)), Change::Refreshed);
    let resolved = stored.merged(alert(0, 90, false), at(100));
    assert_eq!(stored.change(true, &resolved, at(100)), Change::Resolved);
    assert_eq!(resolved.change(false, &alert(95, 300, false), at(100)), Change::Fired);
    let mut described = refreshed.clone();
    described.annotations = [("summary", "fuller")].into_iter().collect();
    assert_eq!(stored.change(true, &described, at(100)), Change::Described);
    // It resolved and fired again while nobody looked: a new episode, though both look firing.
    assert_eq!(stored.change(true, &alert(210, 300, false), at(220)), Change::Fired);
}

#[test]
fn a_signal_that_would_end_before_it_starts_is_refused() {
    let refused = |starts_at, ends_at| {
        let signal = Signal { starts_at, ends_at, ..Signal::default() };
        signal.refuse(SignedDuration::from_mins(5), at(0)).is_some()
    };
    assert!(refused(Some(at(400)), None));
    assert!(refused(Some(at(10)), Some(at(9))));
    assert!(!refused(Some(at(10)), Some(at(10))));
    assert!(!refused(Some(at(200)), None));
    assert!(!refused(None, Some(at(-60))));
}
