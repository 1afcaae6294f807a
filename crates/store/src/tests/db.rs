//! The facade: what one engine does, the other does too.

use jiff::Timestamp;

use crate::db::{Db, Row, Value, args};
use crate::error::Error;
use crate::testing::{TestDatabase, on_each_database, on_each_engine};

/// One line about an error, without the engine's words.
fn kind(error: &Error) -> &'static str {
    match error {
        Error::Conflict => "conflict",
        Error::Busy { .. } => "busy",
        Error::Full => "full",
        Error::Corrupt { .. } => "corrupt",
        Error::Sql { .. } => "sql",
    }
}

fn scratch(db: &mut Db) {
    db.execute(
        "create table scratch (id bigint primary key, label text, yes boolean, x double precision)",
        &[],
    )
    .unwrap();
}

fn put(db: &mut Db, id: i64) -> Result<u64, Error> {
    db.execute("insert into scratch (id) values ($1)", args![id])
}

fn count(db: &mut Db) -> i64 {
    db.query_one("select count(*) from scratch", &[], |row| row.int(0)).unwrap().unwrap()
}

#[test]
fn an_argument_goes_to_its_number_wherever_it_stands() {
    on_each_engine(|db| {
        scratch(db);
        db.execute("insert into scratch (label, id) values ($2, $1)", args![7_i64, "seven"])
            .unwrap();
        let changed = db
            .execute("update scratch set label = $2 where id = $1", args![7_i64, "$1 is 7"])
            .unwrap();
        assert_eq!(changed, 1);
        let sql = "select label, '$1' from scratch where id = $2 and label = $1 and id = $2";
        let found =
            db.query(sql, args!["$1 is 7", 7_i64], |row| Ok((row.text(0)?, row.text(1)?))).unwrap();
        assert_eq!(found, [("$1 is 7".to_owned(), "$1".to_owned())]);
    });
}

#[test]
fn more_than_nine_arguments_keep_their_places() {
    on_each_engine(|db| {
        let sql = "select cast($11 as bigint), cast($1 as bigint), cast($2 as bigint),
            cast($3 as bigint), cast($4 as bigint), cast($5 as bigint), cast($6 as bigint),
            cast($7 as bigint), cast($8 as bigint), cast($9 as bigint), cast($10 as bigint)";
        let numbers: Vec<Value<'_>> = (1..=11_i64).map(Value::from).collect();
        let read = |row: &Row<'_>| (0..11).map(|column| row.int(column)).collect();
        let found: Vec<i64> = db.query_one(sql, &numbers, read).unwrap().unwrap();
        assert_eq!(found, [11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });
}

#[test]
fn every_type_comes_back_as_it_went_in() {
    on_each_database(|url| {
        let blob = if url.starts_with("sqlite:") { "blob" } else { "bytea" };
        let mut db = Db::open(url).unwrap();
        let table = format!(
            "create table kinds (i bigint, t text, b boolean, r double precision, x {blob}, at bigint)"
        );
        db.execute(&table, &[]).unwrap();
        let at: Timestamp = "2026-11-23T07:24:26.123456Z".parse().unwrap();
        let insert = "insert into kinds (i, t, b, r, x, at) values ($1, $2, $3, $4, $5, $6)";
        let bytes: &[u8] = &[0, 255, 10];
        db.execute(insert, args![i64::MIN, "žluťoučký \u{1f4df}", true, 0.1, bytes, at]).unwrap();
        let found = db.query_one("select i, t, b, r, x, at from kinds", &[], |row| {
            assert_eq!(row.int(0)?, i64::MIN);
            assert_eq!(row.text(1)?, "žluťoučký \u{1f4df}");
            assert!(row.bool(2)?);
            assert!((row.real(3)? - 0.1).abs() < f64::EPSILON);
            assert_eq!(row.blob(4)?, bytes);
            assert_eq!(row.time(5)?, at);
            Ok(())
        });
        assert!(found.unwrap().is_some());
    });
}

#[test]
fn null_fits_every_type_and_is_read_as_none() {
    on_each_database(|url| {
        let blob = if url.starts_with("sqlite:") { "blob" } else { "bytea" };
        let mut db = Db::open(url).unwrap();
        let table = format!(
            "create table kinds (i bigint, t text, b boolean, r double precision, x {blob})"
        );
        db.execute(&table, &[]).unwrap();
        let insert = "insert into kinds (i, t, b, r, x) values ($1, $2, $3, $4, $5)";
        let nothing: Option<&str> = None;
        db.execute(insert, args![None::<i64>, nothing, None::<bool>, None::<f64>, Value::Null])
            .unwrap();
        let found = db.query_one("select i, t, b, r, x from kinds", &[], |row| {
            assert_eq!(row.opt_int(0)?, None);
            assert_eq!(row.opt_time(0)?, None);
            assert_eq!(row.opt_text(1)?, None);
            assert_eq!(row.opt_bool(2)?, None);
            assert_eq!(row.opt_real(3)?, None);
            assert_eq!(row.opt_blob(4)?, None);
            assert_eq!(kind(&row.int(0).unwrap_err()), "corrupt");
            Ok(())
        });
        assert!(found.unwrap().is_some());
    });
}

#[test]
fn a_column_of_another_type_is_corrupt_and_says_which() {
    on_each_engine(|db| {
        scratch(db);
        db.execute("insert into scratch (id, label) values (1, 'one')", &[]).unwrap();
        let error =
            db.query("select label from scratch", &[], |row| row.int(0)).unwrap_err().at("t", "1");
        assert_eq!(kind(&error), "corrupt");
        assert!(error.to_string().starts_with("t 1 cannot be read: label "), "{error}");
    });
}

#[test]
fn a_wrong_number_of_arguments_is_refused() {
    on_each_engine(|db| {
        scratch(db);
        let numbers = args![1_i64, 2_i64];
        for wrong in [&numbers[..0], numbers] {
            let error = db.execute("insert into scratch (id) values ($1)", wrong).unwrap_err();
            assert_eq!(kind(&error), "sql");
        }
        assert_eq!(count(db), 0);
    });
}

#[test]
fn a_nul_character_is_refused() {
    on_each_engine(|db| {
        scratch(db);
        let error = db.execute("insert into scratch (id, label) values (1, $1)", args!["a\0b"]);
        assert_eq!(kind(&error.unwrap_err()), "sql");
        assert_eq!(count(db), 0);
    });
}

#[test]
fn a_taken_key_is_a_conflict() {
    on_each_engine(|db| {
        scratch(db);
        db.execute("create unique index labels on scratch (label)", &[]).unwrap();
        db.execute("insert into scratch (id, label) values (1, 'one')", &[]).unwrap();
        assert_eq!(kind(&put(db, 1).unwrap_err()), "conflict");
        let again = db.execute("insert into scratch (id, label) values (2, 'one')", &[]);
        assert_eq!(kind(&again.unwrap_err()), "conflict");
    });
}

#[test]
fn a_missing_value_is_not_a_conflict() {
    on_each_engine(|db| {
        let error = db.execute("insert into settings (name) values ('x')", &[]).unwrap_err();
        assert_eq!(kind(&error), "sql");
    });
}

#[test]
fn more_statements_than_are_kept_still_run() {
    on_each_engine(|db| {
        for n in 0..1100_i64 {
            let sql = format!("select cast($1 as bigint) + {}", n % 550);
            let found = db.query_one(&sql, args![n], |row| row.int(0)).unwrap();
            assert_eq!(found, Some(n + n % 550));
        }
    });
}

#[test]
fn a_rollback_undoes_and_a_commit_keeps() {
    on_each_engine(|db| {
        scratch(db);
        db.begin().unwrap();
        put(db, 1).unwrap();
        db.rollback().unwrap();
        assert_eq!(count(db), 0);
        db.begin().unwrap();
        put(db, 2).unwrap();
        db.commit().unwrap();
        assert_eq!(count(db), 1);
        assert_eq!(kind(&db.commit().unwrap_err()), "sql");
    });
}

#[test]
fn a_transaction_left_open_is_rolled_back_by_the_next() {
    on_each_engine(|db| {
        scratch(db);
        db.begin().unwrap();
        put(db, 1).unwrap();
        db.begin().unwrap();
        db.commit().unwrap();
        assert_eq!(count(db), 0);
    });
}

#[test]
fn a_failed_statement_spoils_its_transaction() {
    on_each_engine(|db| {
        scratch(db);
        put(db, 1).unwrap();
        db.begin().unwrap();
        put(db, 2).unwrap();
        assert_eq!(kind(&put(db, 1).unwrap_err()), "conflict");
        assert_eq!(kind(&put(db, 3).unwrap_err()), "sql");
        assert_eq!(kind(&db.commit().unwrap_err()), "sql");
        assert_eq!(count(db), 1);
    });
}

#[test]
fn a_row_that_cannot_be_read_does_not_spoil_its_transaction() {
    on_each_engine(|db| {
        scratch(db);
        db.begin().unwrap();
        db.execute("insert into scratch (id, label) values (1, 'one')", &[]).unwrap();
        db.query("select label from scratch", &[], |row| row.int(0)).unwrap_err();
        put(db, 2).unwrap();
        db.commit().unwrap();
        assert_eq!(count(db), 2);
    });
}

#[test]
fn work_that_fails_is_rolled_back_and_its_error_returned() {
    on_each_engine(|db| {
        scratch(db);
        let error = db.transaction(|db| {
            put(db, 1)?;
            put(db, 1)
        });
        assert_eq!(kind(&error.unwrap_err()), "conflict");
        db.transaction(|db| put(db, 2)).unwrap();
        assert_eq!(count(db), 1);
    });
}

#[test]
fn histories_number_their_entries_and_refuse_changes() {
    on_each_engine(|db| {
        for (table, columns, values) in [
            (
                "timeline",
                "noun, noun_id, happened_at, recorded_at, kind, body",
                "'incident', 'inc_1', 1, 2, 'note', 'x'",
            ),
            ("audit", "at, actor, action, object, detail", "1, 'ana', 'sign in', '', ''"),
        ] {
            let insert = format!("insert into {table} ({columns}) values ({values}) returning seq");
            for wanted in [1, 2] {
                assert_eq!(db.query_one(&insert, &[], |row| row.int(0)).unwrap(), Some(wanted));
            }
            for change in ["delete from {}", "update {} set seq = 9"] {
                let error = db.execute(&change.replace("{}", table), &[]).unwrap_err();
                assert_eq!(kind(&error), "sql", "{change}");
            }
            let left = db.query(&format!("select seq from {table}"), &[], |row| row.int(0));
            assert_eq!(left.unwrap(), [1, 2]);
        }
    });
}

#[test]
fn a_full_disk_is_told_apart_and_undone() {
    let database = TestDatabase::sqlite();
    let mut db = Db::open(database.url()).unwrap();
    scratch(&mut db);
    let pages = db.query_one("pragma page_count", &[], |row| row.int(0)).unwrap().unwrap();
    db.query(&format!("pragma max_page_count = {pages}"), &[], |_| Ok(())).unwrap();
    let long = "x".repeat(100_000);
    let insert = "insert into scratch (id, label) values ($1, $2)";
    db.begin().unwrap();
    put(&mut db, 1).unwrap();
    assert_eq!(kind(&db.execute(insert, args![2_i64, &long]).unwrap_err()), "full");
    db.rollback().unwrap();
    assert_eq!(count(&mut db), 0);
    put(&mut db, 3).unwrap();
}

#[test]
fn a_locked_file_is_busy_and_free_afterwards() {
    let database = TestDatabase::sqlite();
    let mut one = Db::open(database.url()).unwrap();
    let mut two = Db::open(database.url()).unwrap();
    two.query("pragma busy_timeout = 0", &[], |_| Ok(())).unwrap();
    one.begin().unwrap();
    assert_eq!(kind(&two.begin().unwrap_err()), "busy");
    one.commit().unwrap();
    two.begin().unwrap();
}

/// Ends every other connection to the database that `db` uses.
fn end_others(url: &str) {
    let mut killer = Db::connect(url, false).unwrap();
    killer
        .query(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()",
            &[],
            |_| Ok(()),
        )
        .unwrap();
}

#[test]
fn a_lost_connection_is_busy_once_and_then_opened_again() {
    let database = TestDatabase::postgres();
    let mut db = Db::open(database.url()).unwrap();
    scratch(&mut db);
    end_others(database.url());
    assert_eq!(db.opened(), 1);
    assert_eq!(kind(&put(&mut db, 1).unwrap_err()), "busy");
    put(&mut db, 2).unwrap();
    assert_eq!(db.opened(), 2);
    assert_eq!(count(&mut db), 1);
}

#[test]
fn a_transaction_never_goes_on_over_a_new_connection() {
    let database = TestDatabase::postgres();
    let mut db = Db::open(database.url()).unwrap();
    scratch(&mut db);
    db.begin().unwrap();
    put(&mut db, 1).unwrap();
    end_others(database.url());
    assert_eq!(kind(&put(&mut db, 2).unwrap_err()), "busy");
    assert_eq!(kind(&put(&mut db, 3).unwrap_err()), "sql");
    assert_eq!(kind(&db.commit().unwrap_err()), "sql");
    db.transaction(|db| put(db, 4)).unwrap();
    assert_eq!(count(&mut db), 1);

    db.begin().unwrap();
    put(&mut db, 5).unwrap();
    end_others(database.url());
    assert_eq!(kind(&db.commit().unwrap_err()), "busy");
    assert_eq!(count(&mut db), 1);
}

#[test]
fn a_statement_that_another_node_has_made_stale_is_busy_once() {
    let database = TestDatabase::postgres();
    let mut db = Db::open(database.url()).unwrap();
    scratch(&mut db);
    put(&mut db, 1).unwrap();
    let all = |db: &mut Db| db.query("select * from scratch", &[], |row| row.int(0));
    all(&mut db).unwrap();
    let mut other = Db::open(database.url()).unwrap();
    other.execute("alter table scratch add column more text", &[]).unwrap();
    assert_eq!(kind(&all(&mut db).unwrap_err()), "busy");
    assert_eq!(all(&mut db).unwrap(), [1]);
}

#[test]
fn nodes_that_deadlock_get_a_conflict() {
    let database = TestDatabase::postgres();
    let mut one = Db::open(database.url()).unwrap();
    scratch(&mut one);
    let mut two = Db::open(database.url()).unwrap();
    for id in [1, 2] {
        put(&mut one, id).unwrap();
    }
    let touch =
        |db: &mut Db, id: i64| db.execute("update scratch set x = 1 where id = $1", args![id]);
    one.begin().unwrap();
    two.begin().unwrap();
    touch(&mut one, 1).unwrap();
    touch(&mut two, 2).unwrap();
    let (first, second) = std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let result = touch(&mut two, 1);
            two.rollback().unwrap();
            result
        });
        let result = touch(&mut one, 2);
        one.rollback().unwrap();
        (result, other.join().unwrap())
    });
    let failures: Vec<_> = [first, second].into_iter().filter_map(Result::err).collect();
    assert_eq!(failures.iter().map(kind).collect::<Vec<_>>(), ["conflict"]);
}

#[test]
fn a_server_that_is_not_there_is_busy() {
    // Port 1 of the loopback interface: nothing listens there.
    let error = Db::open("postgres://nobody@127.0.0.1:1/none").unwrap_err();
    assert_eq!(kind(&error), "busy");
}

#[test]
fn a_url_of_neither_engine_is_refused_without_repeating_it() {
    let error = Db::open("mysql://root:secret@localhost/x").unwrap_err();
    assert_eq!(kind(&error), "sql");
    assert!(!format!("{error:?}").contains("secret"));
}

#[test]
fn a_database_has_one_owner_until_that_one_is_gone() {
    on_each_database(|url| {
        let first = Db::open_as_owner(url).unwrap();
        assert!(first.is_some());
        assert!(Db::open_as_owner(url).unwrap().is_none());
        drop(first);
        // PostgreSQL frees the lock when it notices that the connection is closed.
        assert!((0..1_000).any(|_| Db::open_as_owner(url).unwrap().is_some()));
    });
}
