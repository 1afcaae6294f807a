use stentor_domain::delivery::{Delivery, State};
use stentor_domain::group::GroupId;
use stentor_domain::id::{DeliveryId, PageId};

use super::samples::{
    DELIVERY, DELIVERY_TO_RECEIVER, GROUP_ID, assert_kept, at, delivery, ids, in_pieces, parse,
};
use crate::db::args;
use crate::deliveries::{self, Attempt, Filter, Lane};
use crate::document::Saved;
use crate::error::Error;
use crate::testing::on_each_engine;

#[test]
fn a_delivery_is_read_as_it_was_saved() {
    on_each_engine(|db| {
        for golden in [DELIVERY, DELIVERY_TO_RECEIVER] {
            let mut saved = Saved::new(parse::<Delivery>(golden));
            assert!(deliveries::open(db, saved.it.id).unwrap().is_none());
            deliveries::save(db, &mut saved).unwrap();
            (saved.it.state, saved.it.due_at) = (State::Sent, None);
            deliveries::save(db, &mut saved).unwrap();
            let read = deliveries::open(db, saved.it.id).unwrap().unwrap();
            assert_eq!((read.version, &read.it), (2, &saved.it));
            let mut stale = Saved { version: 1, it: read.it };
            assert!(matches!(deliveries::save(db, &mut stale), Err(Error::Conflict)));
        }
    });
}

#[test]
fn the_first_releases_deliveries_are_read() {
    on_each_engine(|db| {
        for golden in [DELIVERY, DELIVERY_TO_RECEIVER] {
            let id = parse::<Delivery>(golden).id;
            let sql = "insert into deliveries (id, channel, state, created_at, version, doc)
                values ($1, 'mail', 'queued', 0, 1, $2)";
            db.execute(sql, args![&id.to_string(), golden]).unwrap();
            let read = deliveries::open(db, id).unwrap().unwrap().it;
            assert_kept(golden, &read);
        }
    });
}

#[test]
fn a_list_in_pieces_has_no_gap_and_no_double() {
    on_each_engine(|db| {
        let ids = &mut ids();
        let mut made: Vec<(jiff::Timestamp, DeliveryId, bool)> = Vec::new();
        for second in [5, 1, 5, 3, 5, 3, 1, 5, 2] {
            let of_group = made.len().is_multiple_of(3);
            let mut saved = delivery(ids, second);
            if of_group {
                saved.it.about = parse::<Delivery>(DELIVERY_TO_RECEIVER).about;
            }
            deliveries::save(db, &mut saved).unwrap();
            made.push((saved.it.created_at, saved.it.id, of_group));
        }
        made.sort();
        made.reverse();
        let page: PageId = "page_01kdtw0000000000000000000a".parse().unwrap();
        let no_such_page = PageId::new(ids, at(0));
        let filter = |page, group| Filter { page, group, after: None };
        let table: [(Filter, &[bool]); 5] = [
            (filter(None, None), &[true, false]),
            (filter(Some(page), None), &[false]),
            (filter(None, Some(GROUP_ID)), &[true]),
            (filter(None, Some(GroupId(7))), &[]),
            (filter(Some(no_such_page), None), &[]),
        ];
        for (filter, kinds) in table {
            let wanted: Vec<DeliveryId> = made
                .iter()
                .filter(|(_, _, of_group)| kinds.contains(of_group))
                .map(|(_, id, _)| *id)
                .collect();
            for step in [1, 2, 99] {
                let read = in_pieces(step, |last: Option<&Delivery>, max| {
                    let after = last.map(|delivery| (delivery.created_at, delivery.id));
                    deliveries::list(db, &Filter { after, ..filter.clone() }, max).unwrap()
                });
                let read: Vec<DeliveryId> = read.iter().map(|delivery| delivery.id).collect();
                assert_eq!(read, wanted, "{filter:?} by {step}");
            }
        }
        let of_page = deliveries::of_page(db, page).unwrap();
        assert_eq!(of_page.len(), 6);
        assert!(of_page.is_sorted_by_key(|saved| (saved.it.created_at, saved.it.id)));
    });
}

#[test]
fn what_is_due_comes_earliest_first() {
    on_each_engine(|db| {
        assert_eq!(deliveries::next_due(db).unwrap(), None);
        let ids = &mut ids();
        for due in [Some(30), None, Some(10), Some(99), Some(20)] {
            let mut saved = delivery(ids, 0);
            saved.it.due_at = due.map(at);
            deliveries::save(db, &mut saved).unwrap();
        }
        let due = |found: Vec<Saved<Delivery>>| -> Vec<_> {
            found.iter().filter_map(|it| it.it.due_at).collect()
        };
        let mut people = |max| deliveries::list_due(db, Lane::People, at(30), max).unwrap();
        assert_eq!(due(people(9)), [at(10), at(20), at(30)]);
        assert_eq!(due(people(2)), [at(10), at(20)]);
        assert!(deliveries::list_due(db, Lane::Receivers, at(30), 9).unwrap().is_empty());
        assert_eq!(deliveries::next_due(db).unwrap(), Some(at(10)));
        assert!(deliveries::postpone_first(db, at(30), at(15)).unwrap().is_some());
        assert_eq!(deliveries::next_due(db).unwrap(), Some(at(15)));
        assert_eq!(deliveries::postpone_first(db, at(9), at(15)).unwrap(), None);
    });
}

#[test]
fn an_attempt_without_an_outcome_is_unknown_once_the_next_begins() {
    on_each_engine(|db| {
        let ids = &mut ids();
        let (id, other) = (DeliveryId::new(ids, at(0)), DeliveryId::new(ids, at(0)));
        let attempt =
            |number, started, finished: Option<i64>, outcome: &str, detail: &str| Attempt {
                number,
                started_at: at(started),
                finished_at: finished.map(at),
                outcome: outcome.into(),
                detail: detail.into(),
            };
        deliveries::begin_attempt(db, other, 1, at(0)).unwrap();
        deliveries::begin_attempt(db, id, 1, at(0)).unwrap();
        deliveries::finish_attempt(db, id, 1, ("retry", "503"), at(1)).unwrap();
        deliveries::begin_attempt(db, id, 2, at(4)).unwrap();
        let first = attempt(1, 0, Some(1), "retry", "503");
        let running = attempt(2, 4, None, "", "");
        assert_eq!(deliveries::attempts_of(db, id).unwrap(), [first.clone(), running]);
        deliveries::begin_attempt(db, id, 3, at(64)).unwrap();
        let unknown = attempt(2, 4, None, "unknown", "no outcome was recorded; sent again");
        let running = attempt(3, 64, None, "", "");
        assert_eq!(
            deliveries::attempts_of(db, id).unwrap(),
            [first.clone(), unknown, running.clone()]
        );
        // The answer comes late: it is still the answer to that attempt.
        deliveries::finish_attempt(db, id, 2, ("sent", "250 OK"), at(65)).unwrap();
        let late = attempt(2, 4, Some(65), "sent", "250 OK");
        assert_eq!(deliveries::attempts_of(db, id).unwrap(), [first, late, running]);
        assert_eq!(deliveries::attempts_of(db, other).unwrap(), [attempt(1, 0, None, "", "")]);
        assert!(matches!(deliveries::begin_attempt(db, id, 3, at(99)), Err(Error::Conflict)));
    });
}

#[test]
fn the_deliveries_of_a_group_are_found_by_their_time() {
    on_each_engine(|db| {
        let ids = &mut ids();
        for second in [5, 1, 3, 9] {
            let mut saved = delivery(ids, second);
            saved.it.about = parse::<Delivery>(DELIVERY_TO_RECEIVER).about;
            deliveries::save(db, &mut saved).unwrap();
        }
        deliveries::save(db, &mut delivery(ids, 3)).unwrap();
        let mut found = |from, until, max| -> Vec<jiff::Timestamp> {
            let span = (at(from), at(until));
            let sent = deliveries::of_group_between(db, GROUP_ID, span, max).unwrap();
            sent.into_iter().map(|delivery| delivery.created_at).collect()
        };
        assert_eq!(found(1, 9, 10), [at(1), at(3), at(5)]);
        assert_eq!(found(2, 10, 2), [at(3), at(5)]);
        let none = (at(0), at(10));
        assert!(deliveries::of_group_between(db, GroupId(1), none, 9).unwrap().is_empty());
    });
}

#[test]
fn what_is_about_no_page_is_forgotten_by_age_with_its_attempts() {
    on_each_engine(|db| {
        let ids = &mut ids();
        let about = parse::<Delivery>(DELIVERY_TO_RECEIVER).about;
        // A page's own, one that waits still, and four to a receiver.
        let mut made = vec![];
        for (second, of_page, waits) in [
            (1, true, false),
            (1, false, true),
            (2, false, false),
            (3, false, false),
            (3, false, false),
            (4, false, false),
        ] {
            let mut saved = delivery(ids, second);
            if !of_page {
                saved.it.about = about.clone();
            }
            if !waits {
                (saved.it.state, saved.it.due_at) = (State::Sent, None);
            }
            deliveries::save(db, &mut saved).unwrap();
            deliveries::begin_attempt(db, saved.it.id, 1, at(second)).unwrap();
            made.push(saved.it.id);
        }
        let left = |db: &mut crate::db::Db| -> Vec<bool> {
            let tried = |id: &DeliveryId| deliveries::attempts_of(db, *id).unwrap().len() == 1;
            let tried: Vec<bool> = made.iter().map(tried).collect();
            let there = |id: &DeliveryId| deliveries::open(db, *id).unwrap().is_some();
            assert_eq!(made.iter().map(there).collect::<Vec<_>>(), tried);
            tried
        };
        let just_before = at(2) - jiff::SignedDuration::from_micros(1);
        assert_eq!(deliveries::oldest(db).unwrap(), Some(at(1)));
        assert_eq!(deliveries::forget(db, just_before, 9).unwrap(), 0);
        assert_eq!(deliveries::forget(db, at(2), 9).unwrap(), 1);
        assert_eq!(left(db), [true, true, false, true, true, true]);
        assert_eq!(deliveries::forget(db, at(4), 1).unwrap(), 1);
        assert_eq!(left(db)[2..].iter().filter(|left| **left).count(), 2);
        assert_eq!(deliveries::forget(db, at(4), 9).unwrap(), 2);
        assert_eq!(deliveries::forget(db, at(9), 9).unwrap(), 0);
        assert_eq!(left(db), [true, true, false, false, false, false]);
        assert_eq!(deliveries::oldest(db).unwrap(), Some(at(1)));
    });
}
