//! Migration: once, under a lock, never backwards.

use std::sync::Barrier;

use crate::db::Db;
use crate::testing::on_each_database;

fn steps(db: &mut Db) -> Vec<i64> {
    db.query("select number from migrations order by number", &[], |row| row.int(0)).unwrap()
}

#[test]
fn a_database_is_migrated_once() {
    on_each_database(|url| {
        let first = steps(&mut Db::open(url).unwrap());
        let mut db = Db::open(url).unwrap();
        assert_eq!(steps(&mut db), first);
        assert_eq!(first, (1..=first.len() as i64).collect::<Vec<_>>());
    });
}

#[test]
fn a_database_of_a_newer_release_is_refused_with_the_way_out() {
    on_each_database(|url| {
        let mut db = Db::open(url).unwrap();
        db.execute("insert into migrations (number, name) values (9999, 'later')", &[]).unwrap();
        let error = Db::open(url).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("step 9999 by a newer release"), "{source}");
        assert!(source.contains("restore a backup"), "{source}");
    });
}

#[test]
fn nodes_that_start_together_migrate_once() {
    on_each_database(|url| {
        let nodes = 4;
        let barrier = Barrier::new(nodes);
        std::thread::scope(|scope| {
            for _ in 0..nodes {
                scope.spawn(|| {
                    barrier.wait();
                    let mut db = Db::open(url).unwrap();
                    assert_eq!(steps(&mut db), [1, 2, 3, 4, 5, 6]);
                });
            }
        });
    });
}
