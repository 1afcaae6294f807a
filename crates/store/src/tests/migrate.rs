//! Migration: once, under a lock, never backwards.

use std::sync::Barrier;

use crate::db::{Db, args};
use crate::testing::on_each_database;
use crate::{alerts, groups};

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
                    assert!(steps(&mut db).is_sorted_by(|a, b| a + 1 == *b));
                });
            }
        });
    });
}

#[test]
fn alerts_of_a_release_before_numbers_get_them_in_the_order_of_arrival() {
    on_each_database(|url| {
        let mut db = Db::open(url).unwrap();
        for sql in [
            "drop table alerts",
            "create table alerts (fingerprint bigint primary key, name text not null,
                firing boolean not null, starts_at bigint not null, ends_at bigint not null,
                updated_at bigint not null, due_at bigint, group_ids text not null,
                doc text not null)",
            "delete from migrations where number = 7",
        ] {
            db.execute(sql, &[]).unwrap();
        }
        for (fingerprint, updated_at) in [(1i64, 30i64), (-2, 10), (3, 20)] {
            db.execute(
                "insert into alerts values ($1, 'Disk', true, 0, 99, $2, 99, '5,-6', $3)",
                args![fingerprint, updated_at, include_str!("golden/alert.json")],
            )
            .unwrap();
        }
        drop(db);
        let (mut db, mut found) = (Db::open(url).unwrap(), vec![]);
        alerts::each(&mut db, |record| {
            found.push((record.number, record.fingerprint.0.cast_signed(), record.groups.len()));
        })
        .unwrap();
        found.sort_unstable();
        assert_eq!(found, [(1, -2, 2), (2, 3, 2), (3, 1, 2)]);
    });
}

#[test]
fn groups_of_a_release_before_numbers_get_them_in_the_order_in_which_they_are_looked_at() {
    on_each_database(|url| {
        let mut db = Db::open(url).unwrap();
        for sql in [
            "drop table groups",
            "create table groups (id bigint primary key, group_key text not null,
                receiver text not null, due_at bigint, version bigint not null, doc text not null)",
            "create index groups_due on groups (due_at) where due_at is not null",
            "delete from migrations where number = 8",
        ] {
            db.execute(sql, &[]).unwrap();
        }
        for (id, due_at) in [(1i64, 30i64), (-2, 10), (3, 20)] {
            let sql = "insert into groups values ($1, 'key', 'plain', $2, 4, $3)";
            db.execute(sql, args![id, due_at, super::samples::GROUP]).unwrap();
        }
        drop(db);
        let (mut db, mut found) = (Db::open(url).unwrap(), vec![]);
        groups::each(&mut db, |it| found.push((it.number, it.id.0.cast_signed()))).unwrap();
        found.sort_unstable();
        assert_eq!(found, [(1, -2), (2, 3), (3, 1)]);
    });
}
