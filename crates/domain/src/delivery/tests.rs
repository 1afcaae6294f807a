use super::*;
use crate::id::Ids;
use crate::message::TestMessage;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
}

fn delivery(about: About) -> Delivery {
    let words =
        TestMessage { channel: "mail".into(), by: "ana".into(), external_url: String::new() };
    Delivery::new(DeliveryId::new(&mut Ids::new(|| 7), at(0)), about, Message::Test(words), at(0))
}

fn to_ana(purpose: Purpose) -> Delivery {
    let page = PageId::new(&mut Ids::new(|| 7), at(0));
    let (person, channel) = ("ana".into(), "mail".into());
    delivery(About::Person { page, person, channel, rest: vec![], purpose })
}

fn to_hook() -> Delivery {
    let (receiver, kind) = ("hook".into(), "webhook".into());
    delivery(About::Receiver { group: GroupId(7), receiver, kind, index: 0 })
}

fn retry(attempt: u32, after: Option<SignedDuration>) -> Input {
    Input::Outcome { attempt, outcome: Outcome::Retry { after, why: "503".into() } }
}

fn sent(attempt: u32) -> Input {
    Input::Outcome { attempt, outcome: Outcome::sent("250 OK") }
}

fn begins(delivery: &mut Delivery, now: Timestamp) -> bool {
    let (begins, events) = delivery.begin_attempt(now);
    assert!(!begins || events.is_empty());
    begins
}

/// Whether the events are one failure, and why.
fn failure(events: &[Event]) -> Option<&str> {
    match events {
        [Event::Failed { why, .. }] => Some(why),
        [] | [Event::Sent { .. }] | [_, _, ..] => None,
    }
}

#[test]
fn waits_grow_up_to_a_minute_within_the_jitter() {
    let grown = |attempt: u32, first: f64, factor: f64| {
        (first * factor.powi(attempt.cast_signed() - 1)).min(60_000.0)
    };
    for (jitter, person, receiver) in
        [(0, 0.8, 0.5), (500, 1.0, 1.0), (1000, 1.2, 1.5), (u64::MAX, 1.2, 1.5)]
    {
        for (mut delivery, first, factor, spread, attempts) in [
            (to_ana(Purpose::Act), 3_000.0, 2.0, person, ATTEMPTS_MAX - 1),
            (to_hook(), 500.0, 1.5, receiver, 16),
        ] {
            let mut now = at(0);
            for attempt in 1..=attempts {
                assert!(begins(&mut delivery, now));
                assert_eq!(delivery.on_input(retry(attempt, None), jitter, now), []);
                assert_eq!(delivery.state, State::Queued);
                let due = delivery.due_at.unwrap();
                let waited = due.duration_since(now).as_secs_f64() * 1000.0;
                assert!((waited - grown(attempt, first, factor) * spread).abs() < 1.0, "{attempt}");
                now = due;
            }
        }
    }
}

#[test]
fn a_person_is_tried_four_times_over_one_channel() {
    let mut delivery = to_ana(Purpose::Act);
    for attempt in 1..ATTEMPTS_MAX {
        let now = delivery.due_at.unwrap();
        assert!(begins(&mut delivery, now));
        assert_eq!(delivery.on_input(retry(attempt, None), 500, now), []);
    }
    let now = delivery.due_at.unwrap();
    assert!(begins(&mut delivery, now));
    assert_eq!(failure(&delivery.on_input(retry(4, None), 500, now)), Some("503"));
    assert_eq!((delivery.state, delivery.due_at, &*delivery.detail), (State::Failed, None, "503"));
}

#[test]
fn what_a_provider_asks_for_is_granted_within_limits() {
    let seconds = SignedDuration::from_secs;
    // (whose, expires after, asked for, due after; `None` = given up)
    let table: [(Delivery, Option<i64>, SignedDuration, Option<i64>); 10] = [
        (to_ana(Purpose::Act), None, seconds(1), Some(3)),
        (to_ana(Purpose::Act), None, seconds(60), Some(60)),
        (to_ana(Purpose::Act), None, seconds(61), None),
        (to_ana(Purpose::Resolved), None, seconds(61), None),
        (to_ana(Purpose::Act), None, SignedDuration::MAX, None),
        (to_ana(Purpose::Act), None, SignedDuration::MIN, Some(3)),
        (to_hook(), Some(300), seconds(299), Some(299)),
        (to_hook(), Some(300), seconds(300), None),
        (to_hook(), Some(300), SignedDuration::MAX, None),
        (to_hook(), None, SignedDuration::MAX, None),
    ];
    for (mut delivery, expires, after, due) in table {
        delivery.expires_at = expires.map(|seconds| at(seconds * 1000));
        assert!(begins(&mut delivery, at(0)));
        let events = delivery.on_input(retry(1, Some(after)), 500, at(0));
        assert_eq!(delivery.due_at, due.map(|seconds| at(seconds * 1000)), "{after:?}");
        assert_eq!(failure(&events).is_some(), due.is_none(), "{after:?}");
    }
}

#[test]
fn an_expired_message_is_not_sent() {
    let mut delivery = to_hook();
    delivery.expires_at = Some(at(10_000));
    let (begins, events) = delivery.begin_attempt(at(10_000));
    assert!(!begins);
    assert_eq!(failure(&events), Some("too late to be worth sending"));
    assert_eq!(delivery.attempts, 0);
}

#[test]
fn an_attempt_without_an_outcome_is_made_again() {
    let mut delivery = to_ana(Purpose::Act);
    assert!(begins(&mut delivery, at(0)));
    assert!(!begins(&mut delivery, at(59_999)), "the first attempt still runs");
    assert!(begins(&mut delivery, at(60_000)));
    assert_eq!((delivery.attempts, delivery.state), (2, State::Sending));
    // What the first attempt failed of is history; the second still runs.
    assert_eq!(delivery.on_input(retry(1, None), 500, at(61_000)), []);
    let refused = Outcome::Refused { why: "no such address".into() };
    let late = Input::Outcome { attempt: 1, outcome: refused };
    assert_eq!(delivery.on_input(late, 500, at(61_000)), []);
    assert_eq!((delivery.state, delivery.due_at), (State::Sending, Some(at(120_000))));
    // That it arrived after all is not.
    let events = delivery.on_input(sent(1), 500, at(62_000));
    assert_eq!(events, [Event::Sent { channel: "mail".into(), to: "ana".into() }]);
    assert_eq!((delivery.state, delivery.due_at), (State::Sent, None));
    assert_eq!(delivery.on_input(sent(2), 500, at(63_000)), [], "it is told once");
}

#[test]
fn attempts_that_nobody_answers_for_come_to_an_end() {
    let mut delivery = to_ana(Purpose::Act);
    for _ in 0..ATTEMPTS_MAX {
        let now = delivery.due_at.unwrap();
        assert!(begins(&mut delivery, now));
    }
    let (begins, events) = delivery.begin_attempt(delivery.due_at.unwrap());
    assert!(!begins);
    assert_eq!(failure(&events), Some("no outcome was recorded"));
}

#[test]
fn a_refusal_is_final() {
    let mut delivery = to_hook();
    assert!(begins(&mut delivery, at(0)));
    let outcome = Outcome::Refused { why: "404".into() };
    let events = delivery.on_input(Input::Outcome { attempt: 1, outcome }, 500, at(1));
    assert_eq!(failure(&events), Some("404"));
    assert!(!begins(&mut delivery, at(100_000)));
}

#[test]
fn a_cancelled_message_stays_cancelled() {
    for running in [false, true] {
        let mut delivery = to_ana(Purpose::Act);
        assert!(!running || begins(&mut delivery, at(0)));
        assert_eq!(delivery.on_input(Input::Cancel, 500, at(1)), []);
        assert_eq!((delivery.state, delivery.due_at), (State::Cancelled, None));
        assert!(!begins(&mut delivery, at(100_000)));
        assert_eq!(delivery.on_input(sent(1), 500, at(2)), []);
        assert_eq!(delivery.on_input(retry(1, None), 500, at(2)), []);
        assert_eq!(delivery.state, State::Cancelled);
    }
    let mut delivery = to_ana(Purpose::Act);
    assert!(begins(&mut delivery, at(0)));
    assert_eq!(delivery.on_input(sent(1), 500, at(1)).len(), 1);
    assert_eq!(delivery.on_input(Input::Cancel, 500, at(2)), []);
    assert_eq!(delivery.state, State::Sent);
}

#[test]
fn a_channels_trial_is_one_attempt() {
    let mut delivery = delivery(About::Test { channel: "mail".into() });
    assert!(begins(&mut delivery, at(0)));
    assert_eq!(failure(&delivery.on_input(retry(1, None), 500, at(1))), Some("503"));
}
