//! What is over is kept as long as was said, and then goes.

use stentor_domain::delivery::{About, State};
use stentor_domain::message::Message;
use stentor_domain::silence::Draft;
use stentor_store::document::Saved;
use stentor_store::testing::TestDatabase;

use super::*;
use crate::{Retention, SilenceInput};

const DAY: i64 = 24 * 3_600;

/// One instant before `second`.
fn just_before(second: i64) -> Timestamp {
    at(second) - SignedDuration::from_micros(1)
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// Lets an alert fire and resolve, and its receiver hear of both.
fn told(house: &mut House) {
    house.fires("alertname=Disk", 0);
    house.due(30);
    let first = house.lease(30).remove(0);
    house.outcome(&first, sent(), 31);
    house.step(Input::Signals(vec![resolved("alertname=Disk", 60)]), 60);
    house.due(330);
    let last = house.lease(330).remove(0);
    house.outcome(&last, sent(), 331);
}

#[test]
fn history_goes_at_the_very_instant_at_which_it_is_too_old() {
    let mut house = House::new();
    told(&mut house);
    for (now, episodes, deliveries) in [
        (just_before(90 * DAY + 30), 1, 2),
        (at(90 * DAY + 30), 1, 1),
        // A minute has to pass before the next look.
        (just_before(90 * DAY + 90), 1, 1),
        (at(90 * DAY + 90), 0, 1),
        (just_before(90 * DAY + 330), 0, 1),
        (at(90 * DAY + 330), 0, 0),
    ] {
        house.engine.due(now).unwrap();
        let found = (house.count("episodes"), house.count("deliveries"));
        assert_eq!(found, (episodes, deliveries), "at {now}");
        assert_eq!(house.count("attempts"), deliveries, "at {now}");
    }
}

#[test]
fn the_engine_asks_to_be_asked_when_history_is_too_old() {
    let mut house = House::new();
    told(&mut house);
    // The group has nothing more to say, and the alert is kept for five days.
    house.due(630);
    house.due(6 * DAY);
    assert_eq!(house.engine.next_due().unwrap(), Some(at(90 * DAY + 30)));
    house.due(90 * DAY + 30);
    assert_eq!(house.engine.next_due().unwrap(), Some(at(90 * DAY + 90)));
    house.due(91 * DAY);
    assert_eq!(house.engine.next_due().unwrap(), Some(at(181 * DAY)));
}

#[test]
fn a_shorter_retention_holds_for_what_was_there_before_it() {
    let mut house = House::new();
    told(&mut house);
    house.due(DAY);
    let retention = Retention { history: hours(2), ..Retention::default() };
    house.engine.keep(retention, at(DAY)).unwrap();
    assert_eq!(house.engine.next_due().unwrap(), Some(at(DAY)));
    house.due(DAY);
    assert_eq!((house.count("episodes"), house.count("deliveries")), (0, 0));
}

#[test]
fn history_that_is_kept_for_ever_never_goes() {
    let mut house = House::new();
    told(&mut house);
    let history = SignedDuration::MAX;
    house.engine.keep(Retention { history, ..Retention::default() }, at(400)).unwrap();
    house.due(100_000 * DAY);
    assert_eq!((house.count("episodes"), house.count("deliveries")), (1, 2));
}

#[test]
fn what_is_still_to_be_sent_never_goes() {
    let mut house = House::new();
    house.fires("alertname=Disk", 0);
    house.due(30);
    let history = SignedDuration::ZERO;
    house.engine.keep(Retention { history, ..Retention::default() }, at(31)).unwrap();
    house.due(31);
    assert_eq!(house.count("deliveries"), 1);
    let job = house.lease(32).remove(0);
    house.due(91);
    assert_eq!(house.delivery(job.delivery).state, State::Sending);
    house.outcome(&job, Outcome::Retry { after: None, why: "503".into() }, 92);
    house.due(152);
    assert_eq!(house.delivery(job.delivery).state, State::Queued);
    let job = house.lease(153).remove(0);
    house.outcome(&job, sent(), 154);
    house.due(212);
    assert_eq!((house.count("deliveries"), house.count("attempts")), (0, 0));
}

#[test]
fn what_the_receiver_was_told_stays_known_when_the_message_is_forgotten() {
    let mut house = House::new();
    house.fires("alertname=Disk", 0);
    house.due(30);
    let job = house.lease(30).remove(0);
    house.outcome(&job, sent(), 31);
    let history = SignedDuration::from_mins(2);
    house.engine.keep(Retention { history, ..Retention::default() }, at(40)).unwrap();
    house.fires("alertname=Disk", 200);
    house.due(330);
    assert_eq!(house.count("deliveries"), 0);
    // Nothing is new, and the repeat interval is an hour.
    assert!(house.lease(330).is_empty());
}

#[test]
fn a_page_keeps_its_deliveries() {
    let (mut house, page) = House::paged("alertname=Disk team=pager");
    let job = house.lease(30).remove(0);
    house.outcome(&job, sent(), 31);
    house.step(Input::Page(page.id, page::Input::Resolve { by: ana() }), 60);
    house.step(Input::Signals(vec![resolved("alertname=Disk team=pager", 90)]), 90);
    let entries = house.count("timeline");
    house.due(400 * DAY);
    assert_eq!(house.count("episodes"), 0);
    assert_eq!(house.delivery(job.delivery).state, State::Sent);
    assert_eq!((house.count("attempts"), house.count("timeline")), (1, entries));
}

/// Saves messages that were sent at the beginning.
fn send(db: &mut Db, count: u64) {
    let mut ids = ids(7);
    db.transaction(|db| {
        for _ in 0..count {
            let about = About::Test { channel: "hook".into() };
            let message = stentor_domain::message::TestMessage {
                channel: "hook".into(),
                by: "ana".into(),
                external_url: String::new(),
            };
            let id = DeliveryId::new(&mut ids, at(0));
            let mut delivery = Delivery::new(id, about, Message::Test(message), at(0));
            (delivery.state, delivery.due_at) = (State::Sent, None);
            deliveries::save(db, &mut Saved::new(delivery))?;
            deliveries::begin_attempt(db, id, 1, at(0))?;
        }
        Ok::<(), stentor_store::error::Error>(())
    })
    .unwrap();
}

#[test]
fn it_goes_in_portions_on_either_engine() {
    for database in [TestDatabase::sqlite(), TestDatabase::postgres()] {
        let mut db = Db::open(database.url()).unwrap();
        send(&mut db, 2_001);
        let mut engine = Engine::open(db, plan(&[]), "https://s", ids(1), at(0)).unwrap();
        let left = |engine: &mut Engine| {
            let sql = "select (select count(*) from deliveries), (select count(*) from attempts)";
            engine.db().query_one(sql, &[], |row| Ok((row.int(0)?, row.int(1)?))).unwrap().unwrap()
        };
        let begin = 90 * DAY;
        for (now, expected) in [(0, 1_001), (9, 1_001), (10, 1), (19, 1), (20, 0)] {
            engine.due(at(begin + now)).unwrap();
            assert_eq!(left(&mut engine), (expected, expected), "{now} s later");
        }
        assert_eq!(engine.next_due().unwrap(), Some(at(2 * begin + 20)));
    }
}

fn silence(until: i64) -> Draft {
    Draft {
        id: None,
        matchers: stentor_domain::matchers::parse::matchers("alertname=Disk").unwrap(),
        starts_at: at(0),
        ends_at: at(until),
        created_by: "ana".into(),
        by: None,
        comment: "works".into(),
        until_resolved: None,
        repeats: None,
    }
}

#[test]
fn a_silence_goes_at_the_very_instant_at_which_it_was_kept_long_enough() {
    // What is asked for before, and after a silence is made; how long it is kept then.
    for (before, after, kept) in
        [(120, 120, 120), (120, 1, 1), (1, 120, 120), (1, 0, 0), (0, 120, 120)]
    {
        let mut house = House::new();
        let keep = |hours_: i64| Retention { silences: hours(hours_), ..Retention::default() };
        house.engine.keep(keep(before), at(0)).unwrap();
        let Answer::Silence(made) = house.step(Input::SetSilence(silence(3_600)), 0) else {
            panic!("it is made");
        };
        house.engine.keep(keep(after), at(60)).unwrap();
        let by = "ana".to_owned();
        house.step(Input::Silence(made.id.clone(), SilenceInput::Expire { by }), 600);
        let end = 600 + kept * 3_600;
        for (now, left) in [(just_before(end), 1), (at(end), 0)] {
            house.engine.due(now).unwrap();
            assert_eq!(house.count("silences"), left, "{before} {after} at {now}");
        }
    }
}

#[test]
fn a_silence_that_is_over_already_is_kept_by_what_is_said_later() {
    for (before, after, kept) in [(120, 1, 1), (1, 120, 120)] {
        let mut house = House::new();
        let keep = |hours_: i64| Retention { silences: hours(hours_), ..Retention::default() };
        house.engine.keep(keep(before), at(0)).unwrap();
        house.step(Input::SetSilence(silence(600)), 0);
        house.due(1_000);
        house.engine.keep(keep(after), at(1_000)).unwrap();
        let end = 600 + kept * 3_600;
        for (now, left) in [(just_before(end), 1), (at(end), 0)] {
            house.engine.due(now).unwrap();
            assert_eq!(house.count("silences"), left, "{before} {after} at {now}");
        }
    }
}
