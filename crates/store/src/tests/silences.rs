use jiff::{SignedDuration, Timestamp};
use stentor_domain::matchers::parse::matchers;
use stentor_domain::silence::{Draft, Every, Repeats, Silence};

use super::samples::{at, ids};
use crate::db::Db;
use crate::document::Saved;
use crate::error::Error;
use crate::silences;
use crate::testing::on_each_engine;

const KEPT: SignedDuration = SignedDuration::from_secs(100);

fn silence(until: i64) -> Silence {
    let draft = Draft {
        id: None,
        matchers: matchers(r#"node="a",job=~"x|y""#).unwrap(),
        starts_at: at(0),
        ends_at: at(until),
        created_by: "ana".into(),
        by: None,
        comment: "works".into(),
        until_resolved: Some(true),
        repeats: None,
    };
    let mut drawn = ids();
    (0..until).for_each(|_| {
        drawn.bits();
    });
    Silence::set(None, draft, &mut drawn, at(0)).unwrap().now
}

#[test]
fn a_silence_is_read_as_it_was_saved_and_saved_by_one() {
    on_each_engine(|db| {
        let mut saved = Saved::new(silence(10));
        silences::save(db, &mut saved, KEPT).unwrap();
        let id = saved.it.id.clone();
        let mut read = silences::open(db, &id).unwrap().unwrap();
        assert!(read.it.matchers.same_as(&saved.it.matchers));
        assert_eq!((read.version, &read.it.log), (saved.version, &saved.it.log));
        read.it.expire("ben".into(), at(5));
        silences::save(db, &mut read, KEPT).unwrap();
        let late = silences::save(db, &mut saved, KEPT);
        assert!(matches!(late, Err(Error::Conflict)));
        let mut seen = vec![];
        silences::each(db, |silence| seen.push(silence.ends_at)).unwrap();
        assert_eq!(seen, [at(5)]);
        assert!(matches!(silences::delete(db, &id, 1), Err(Error::Conflict)));
        silences::delete(db, &id, 2).unwrap();
        assert!(silences::open(db, &id).unwrap().is_none());
    });
}

#[test]
fn what_is_due_comes_earliest_first() {
    on_each_engine(|db| {
        assert_eq!(silences::next_due(db).unwrap(), None);
        for until in [30, 10, 20] {
            silences::save(db, &mut Saved::new(silence(until)), KEPT).unwrap();
        }
        let due = silences::list_due(db, at(120), 9).unwrap();
        let ends: Vec<_> = due.iter().map(|saved| saved.it.ends_at).collect();
        assert_eq!(ends, [at(10), at(20)]);
        assert_eq!(silences::next_due(db).unwrap(), Some(at(110)));
        assert!(silences::postpone_first(db, at(120), at(115)).unwrap().is_some());
        assert_eq!(silences::next_due(db).unwrap(), Some(at(115)));
    });
}

#[test]
fn a_shorter_time_holds_for_what_was_saved_before_too() {
    on_each_engine(|db| {
        let mut again = silence(40);
        again.repeats = Some(Repeats::new(Every::Day, "UTC".into()));
        for it in [silence(10), silence(20), again] {
            silences::save(db, &mut Saved::new(it), KEPT).unwrap();
        }
        let due = |db: &mut Db, kept: SignedDuration| -> Vec<Timestamp> {
            silences::keep_at_most(db, kept).unwrap();
            let sql = "select due_at from silences order by due_at";
            db.query(sql, &[], |row| row.time(0)).unwrap()
        };
        assert_eq!(due(db, SignedDuration::MAX), [at(40), at(110), at(120)]);
        assert_eq!(due(db, KEPT), [at(40), at(110), at(120)]);
        assert_eq!(due(db, SignedDuration::from_secs(5)), [at(15), at(25), at(40)]);
        assert_eq!(due(db, KEPT), [at(15), at(25), at(40)]);
    });
}
