use jiff::SignedDuration;
use stentor_domain::matchers::parse::matchers;
use stentor_domain::silence::{Draft, Silence};

use super::samples::{at, ids};
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
        comment: "works".into(),
        until_resolved: true,
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
