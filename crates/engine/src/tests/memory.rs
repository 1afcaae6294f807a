//! What is remembered of alerts, and what a restart makes of it.

use stentor_store::testing::TestDatabase;

use super::*;

fn count_firing(db: &mut Db) -> i64 {
    let sql = "select count(*) from alerts where firing = true";
    db.query_one(sql, &[], |row| row.int(0)).unwrap().unwrap()
}

const DISK: &str = "alertname=Disk instance=a";

fn stored_end(house: &mut House) -> (Timestamp, Timestamp) {
    let sql = "select ends_at, updated_at from alerts";
    house.db.query_one(sql, &[], |row| Ok((row.time(0)?, row.time(1)?))).unwrap().unwrap()
}

/// A number that SQLite changes whenever another connection has written.
fn version_of_data(house: &mut House) -> i64 {
    house.db.query_one("pragma data_version", &[], |row| row.int(0)).unwrap().unwrap()
}

#[test]
fn an_unchanged_repetition_writes_nothing() {
    let mut house = House::new();
    house.fires(DISK, 0);
    let before = version_of_data(&mut house);
    for now in [1, 10, 29] {
        house.fires(DISK, now);
    }
    assert_eq!(version_of_data(&mut house), before);
    let changed = Signal { generator_url: "https://other".into(), ..firing(DISK, 29) };
    house.step(Input::Signals(vec![changed]), 29);
    assert_ne!(version_of_data(&mut house), before);
}

#[test]
fn the_deadline_on_disk_moves_every_thirty_seconds_at_most() {
    let mut house = House::new();
    house.fires(DISK, 0);
    let four_minutes = |now| at(now + 240);
    for (now, saved_at) in [(15, 0), (29, 0), (30, 30), (45, 30), (59, 30), (60, 60)] {
        house.fires(DISK, now);
        assert_eq!(stored_end(&mut house), (four_minutes(saved_at), at(saved_at)), "at {now}");
    }
}

#[test]
fn an_alert_ends_when_its_sender_falls_silent_counted_from_the_last_repetition() {
    let mut house = House::new();
    house.fires(DISK, 0);
    house.fires(DISK, 20);
    house.due(241);
    assert_eq!(house.count("alerts where firing = true"), 1);
    house.due(260);
    assert_eq!(house.count("alerts where firing = true"), 0);
}

#[test]
fn a_restart_gives_firing_alerts_two_minutes() {
    let mut house = House::new();
    house.fires(DISK, 0);
    let mut house = house.restart(1_000);
    house.due(1_119);
    assert_eq!(house.count("alerts where firing = true"), 1);
    house.due(1_120);
    assert_eq!(house.count("alerts where firing = true"), 0);
}

#[test]
fn an_alert_that_resolves_and_fires_again_in_one_request_fires() {
    let mut house = House::new();
    house.fires(DISK, 0);
    let again = Signal { starts_at: Some(at(60)), ..firing(DISK, 60) };
    house.step(Input::Signals(vec![resolved(DISK, 60), again]), 60);
    assert_eq!(house.count("alerts where firing = true"), 1);
}

/// Ends every other connection to the database.
fn end_others(db: &mut Db) {
    let sql = "select pg_terminate_backend(pid, 5000) from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid()";
    db.query(sql, &[], |_| Ok(())).unwrap();
}

#[test]
fn what_another_owner_decided_while_the_connection_was_lost_is_learnt() {
    let database = TestDatabase::postgres();
    let open = || Db::open(database.url()).unwrap();
    let engine = |seed| Engine::open(open(), plan(&[]), "https://s", ids(seed), at(0)).unwrap();
    let (mut first, mut other) = (engine(1), open());
    let signals = |signal: &Signal| [Input::Signals(vec![signal.clone()])];
    assert!(first.step(&signals(&firing(DISK, 0)), at(0))[0].is_ok());

    end_others(&mut other);
    assert!(engine(2).step(&signals(&resolved(DISK, 30)), at(30))[0].is_ok());

    let again = Signal { starts_at: Some(at(60)), ..firing(DISK, 60) };
    let taken = (0..3).any(|_| first.step(&signals(&again), at(60))[0].is_ok());
    assert!(taken);
    assert_eq!(count_firing(&mut other), 1);
}

#[test]
fn nothing_resolves_because_the_database_was_away() {
    let database = TestDatabase::postgres();
    let open = || Db::open(database.url()).unwrap();
    let (mut engine, mut other) =
        (Engine::open(open(), plan(&[]), "https://s", ids(1), at(0)).unwrap(), open());
    let signals = [Input::Signals(vec![firing(DISK, 0)])];
    assert!(engine.step(&signals, at(0))[0].is_ok());

    end_others(&mut other);
    let mut due = |now| (0..3).any(|_| engine.due(at(now)).is_ok());
    assert!(due(1_000) && due(1_119));
    assert_eq!(count_firing(&mut other), 1);
    assert!(due(1_120));
    assert_eq!(count_firing(&mut other), 0);
}

#[test]
fn nothing_resolves_because_the_disk_was_full() {
    let mut house = House::new();
    house.fires(DISK, 0);
    let limit = |house: &mut House, pages: i64| {
        let sql = format!("pragma max_page_count = {pages}");
        house.engine.db().query(&sql, &[], |_| Ok(())).unwrap();
    };
    limit(&mut house, 1);
    let many: Vec<_> =
        (0..1_000).map(|n| firing(&format!("alertname=Disk instance={n}"), 100)).collect();
    let refused = house.engine.step(&[Input::Signals(many)], at(100)).remove(0);
    assert!(matches!(refused, Err(stentor_store::error::Error::Full)), "{refused:?}");

    limit(&mut house, 1_000_000);
    house.due(1_000);
    assert_eq!(house.count("alerts where firing = true"), 1);
    house.due(1_120);
    assert_eq!(house.count("alerts where firing = true"), 0);
}
