use stentor_domain::group::GroupId;

use super::samples::{GROUP, GROUP_ID, assert_kept, at, group};
use crate::db::args;
use crate::error::Error;
use crate::groups::{self, Stored};
use crate::testing::on_each_engine;

#[test]
fn a_group_is_read_as_it_was_saved() {
    on_each_engine(|db| {
        assert!(groups::open(db, 7).unwrap().is_none());
        let mut saved = group(60);
        groups::save(db, 7, GROUP_ID, &mut saved).unwrap();
        assert_eq!(saved.version, 1);
        saved.it.receiver = "other".into();
        groups::save(db, 7, GROUP_ID, &mut saved).unwrap();
        let read = groups::open(db, 7).unwrap().unwrap();
        assert_eq!((read.number, read.id), (7, GROUP_ID));
        assert_eq!((read.saved.version, read.saved.it), (2, saved.it));
    });
}

#[test]
fn of_two_changes_of_a_group_one_is_a_conflict() {
    on_each_engine(|db| {
        let mut saved = group(60);
        groups::save(db, 7, GROUP_ID, &mut saved).unwrap();
        let mut stale = saved.clone();
        groups::save(db, 7, GROUP_ID, &mut saved).unwrap();
        assert!(matches!(groups::save(db, 7, GROUP_ID, &mut stale), Err(Error::Conflict)));
        assert!(matches!(groups::save(db, 7, GROUP_ID, &mut group(60)), Err(Error::Conflict)));
        assert!(matches!(groups::delete(db, 7, stale.version), Err(Error::Conflict)));
        groups::delete(db, 7, saved.version).unwrap();
        assert!(matches!(groups::save(db, 7, GROUP_ID, &mut saved), Err(Error::Conflict)));
        assert!(groups::open(db, 7).unwrap().is_none());
    });
}

#[test]
fn the_first_releases_group_is_read() {
    on_each_engine(|db| {
        let sql = "insert into groups (number, id, group_key, receiver, due_at, version, doc)
            values (7, $1, 'key', 'plain', null, 1, $2)";
        db.execute(sql, args![GROUP_ID.0.cast_signed(), GROUP]).unwrap();
        let read = groups::open(db, 7).unwrap().unwrap().saved.it;
        // How many of its alerts fire was written down once; it is counted now.
        let mut golden: serde_json::Value = super::samples::parse(GROUP);
        golden.as_object_mut().unwrap().remove("firing");
        assert_kept(&golden.to_string(), &read);
    });
}

#[test]
fn what_is_due_comes_earliest_first() {
    on_each_engine(|db| {
        assert_eq!(groups::next_due(db).unwrap(), None);
        for (number, flush) in [(3, 30), (1, 10), (9, 99), (2, 20)] {
            groups::save(db, number, GroupId(0), &mut group(flush)).unwrap();
        }
        let due = |found: Vec<Stored>| -> Vec<i64> { found.iter().map(|it| it.number).collect() };
        assert_eq!(due(groups::list_due(db, at(30), 9).unwrap()), [1, 2, 3]);
        assert_eq!(due(groups::list_due(db, at(30), 2).unwrap()), [1, 2]);
        assert_eq!(groups::next_due(db).unwrap(), Some(at(10)));
        assert!(groups::postpone_first(db, at(30), at(15)).unwrap().is_some());
        assert_eq!(groups::next_due(db).unwrap(), Some(at(15)));
        assert_eq!(groups::postpone_first(db, at(9), at(15)).unwrap(), None);
    });
}

#[test]
fn groups_are_listed_in_pieces_soonest_first() {
    on_each_engine(|db| {
        for (number, flush) in [(1, 30), (2, 10), (3, 20), (4, 20)] {
            groups::save(db, number, GroupId(u64::MAX), &mut group(flush)).unwrap();
        }
        let mut other = group(5);
        other.it.receiver = "other".into();
        groups::save(db, 5, GroupId(5), &mut other).unwrap();
        let receiver = group(0).it.receiver;
        let mut filter = groups::Filter { receiver, ..groups::Filter::default() };
        let mut seen = vec![];
        loop {
            let some = groups::list(db, &filter, 2).unwrap();
            let Some(last) = some.last() else { break };
            filter.after = Some((last.saved.it.flush_at, last.number));
            seen.extend(some.iter().map(|it| it.number));
        }
        assert_eq!(seen, [2, 3, 4, 1]);
        assert_eq!(groups::list(db, &groups::Filter::default(), 1).unwrap()[0].id, GroupId(5));
        assert_eq!(groups::count(db).unwrap(), 5);
    });
}
