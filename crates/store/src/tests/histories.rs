//! What only grows: the audit log and the plan's revisions.

use jiff::Timestamp;

use crate::audit::{self, Deed};
use crate::db::Db;
use crate::plan_revisions::{self, Revision};
use crate::testing::on_each_engine;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

#[test]
fn the_audit_log_is_read_backwards_in_pieces() {
    on_each_engine(|db| {
        for (second, object) in [(1, "acc_1"), (2, "acc_2"), (3, "acc_1"), (4, "acc_1")] {
            let deed =
                Deed { at: at(second), actor: "ana", action: "disable", object, detail: "left" };
            audit::append(db, &deed).unwrap();
        }
        let times = |entries: &[audit::Entry]| -> Vec<i64> {
            entries.iter().map(|entry| entry.at.duration_since(at(0)).as_secs()).collect()
        };
        let first = audit::list(db, None, 3).unwrap();
        assert_eq!(times(&first), [4, 3, 2]);
        assert_eq!((&*first[0].actor, &*first[0].object), ("ana", "acc_1"));
        assert_eq!((&*first[0].action, &*first[0].detail), ("disable", "left"));
        let rest = audit::list(db, Some(first[2].seq), 3).unwrap();
        assert_eq!(times(&rest), [1]);
        let of_one = audit::list_of(db, "acc_1", Some(first[0].seq), 9).unwrap();
        assert_eq!(times(&of_one), [3, 1]);
    });
}

fn append(db: &mut Db, digest: &str) -> i64 {
    let applied_at = at(1);
    let revision =
        Revision { digest, applied_at, author: "ana", files: "{\"a\":\"b\"}", problems: "[]" };
    plan_revisions::append(db, &revision).unwrap()
}

#[test]
fn a_plan_is_stored_when_it_differs_from_the_newest() {
    on_each_engine(|db| {
        assert_eq!(plan_revisions::newest(db).unwrap(), None);
        assert_eq!(append(db, "x"), 1);
        assert_eq!(append(db, "x"), 1);
        assert_eq!(append(db, "y"), 2);
        // Going back to an earlier plan is a revision of its own.
        assert_eq!(append(db, "x"), 3);
        let newest = plan_revisions::newest(db).unwrap().unwrap();
        assert_eq!((newest.number, &*newest.digest, &*newest.files), (3, "x", "{\"a\":\"b\"}"));
        assert_eq!((&*newest.author, &*newest.problems), ("ana", "[]"));
        let numbers = |headings: Vec<plan_revisions::Heading>| -> Vec<i64> {
            headings.iter().map(|heading| heading.number).collect()
        };
        assert_eq!(numbers(plan_revisions::list(db, None, 2).unwrap()), [3, 2]);
        assert_eq!(numbers(plan_revisions::list(db, Some(2), 2).unwrap()), [1]);
    });
}
