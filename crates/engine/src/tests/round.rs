//! Rounds: input, flush and lease in one transaction.

use super::*;
use stentor_store::error::Error;

use crate::Round;

/// Groups that do not wait.
fn at_once() -> House {
    House::with(plan(&[("group_wait: 30s", "group_wait: 0s")]))
}

fn fires(name: &str) -> Input {
    Input::Signals(vec![firing(&format!("alertname={name}"), 0)])
}

/// Plays a round, and returns what is to be sent too.
fn round(house: &mut House, inputs: &[Input], room: usize) -> (Round, Vec<Job>) {
    round_at(house, inputs, room, 0)
}

fn round_at(house: &mut House, inputs: &[Input], room: usize, now: i64) -> (Round, Vec<Job>) {
    let mut jobs = vec![];
    let round = house.engine.round(inputs, Room::of(room), at(now), &mut |job| jobs.push(job));
    (round, jobs)
}

/// A house that has sent a message already.
fn sending() -> House {
    let mut house = at_once();
    assert_eq!(round(&mut house, &[fires("First")], 10).1.len(), 1);
    house
}

/// From now on no transaction that brings an alert can be committed.
fn break_commits(house: &mut House) {
    let script = [
        "create table stones (id bigint primary key)",
        "create table broken (of bigint references stones (id) deferrable initially deferred)",
        "create trigger breaks after insert on alerts begin insert into broken values (1); end",
    ];
    for sql in script {
        house.engine.db().execute(sql, &[]).unwrap();
    }
}

#[test]
fn a_message_leaves_in_the_round_of_its_signal() {
    let mut house = at_once();
    let (round, jobs) = round(&mut house, &[fires("Disk")], 10);
    assert!(matches!(round.answers[..], [Ok(Answer::Done)]));
    assert_eq!(jobs.len(), 1);
    assert_eq!(house.delivery(jobs[0].delivery).attempts, 1, "the attempt is on disk");
    assert_eq!(round.next.unwrap(), house.engine.next_due().unwrap());
}

#[test]
fn a_round_without_room_leaves_the_message_for_later() {
    let mut house = at_once();
    let (first, jobs) = round(&mut house, &[fires("Disk")], 0);
    assert_eq!(jobs.len(), 0);
    assert_eq!(first.next.unwrap(), Some(at(0)), "it is due already");
    assert_eq!(round(&mut house, &[], 10).1.len(), 1);
}

#[test]
fn what_spoils_a_round_spoils_nothing_but_itself() {
    let mut house = at_once();
    let trigger = "create trigger poison before insert on alerts when new.doc like '%Bad%'
        begin select raise(abort, 'it is bad'); end";
    house.engine.db().execute(trigger, &[]).unwrap();
    let (round, jobs) = round(&mut house, &[fires("Bad"), fires("Disk")], 10);
    assert!(matches!(round.answers[..], [Err(_), Ok(Answer::Done)]));
    assert_eq!(jobs.len(), 1);
    assert_eq!(house.count("alerts where 1 = 1"), 1);
}

#[test]
fn beside_what_somebody_waits_for_only_few_groups_are_decided() {
    let mut house = at_once();
    let all: Vec<_> = (0..100).map(|at| firing(&format!("alertname=A{at}"), 0)).collect();
    let (first, jobs) = round(&mut house, &[Input::Signals(all)], 1_000);
    assert_eq!(jobs.len(), 8, "of those that begin with it");
    assert_eq!(first.next.unwrap(), Some(at(0)));
    assert_eq!(round(&mut house, &[fires("A0")], 1_000).1.len(), 8, "and of those that wait");
    assert_eq!(round(&mut house, &[], 1_000).1.len(), 8, "while more may come");
    assert_eq!(round_at(&mut house, &[], 1_000, 1).1.len(), 76, "then the rest");
}

#[test]
fn a_groups_message_leaves_while_the_disk_is_writing_and_a_page_when_it_has_written() {
    for (labels, written) in [("alertname=Disk", false), ("alertname=Disk team=pager", true)] {
        let mut house = sending();
        let House { engine, db, .. } = &mut house;
        let mut on_disk = vec![];
        let input = Input::Signals(vec![firing(labels, 0)]);
        engine.round(&[input], Room::of(10), at(0), &mut |job| {
            on_disk.push(deliveries::open(db, job.delivery).unwrap().is_some());
        });
        assert_eq!(on_disk, [written], "{labels}");
    }
}

#[test]
fn when_the_disk_is_full_everybody_hears_of_it_and_nothing_is_tried_alone() {
    let mut house = at_once();
    house.engine.db().query("pragma max_page_count = 1", &[], |_| Ok(())).unwrap();
    let long = "x".repeat(1 << 20);
    let inputs = [fires("Disk"), fires(&format!("A{long}")), fires("Net")];
    let (told, jobs) = round(&mut house, &inputs, 10);
    assert!(told.answers.iter().all(|answer| matches!(answer, Err(Error::Full))), "{told:?}");
    assert!(matches!(told.next, Err(Error::Full)));
    assert_eq!((jobs.len(), house.count("alerts where 1 = 1")), (0, 0));
}

#[test]
fn what_waited_longer_is_told_before_what_comes_now() {
    let mut house = at_once();
    let all: Vec<_> = (0..20).map(|at| firing(&format!("alertname=A{at}"), 0)).collect();
    round(&mut house, &[Input::Signals(all)], 1_000);
    // Eight were told; what comes now has to wait for the twelve.
    for _ in 0..2 {
        let late = (0..9).map(|at| firing(&format!("alertname=B{at}"), 0)).collect();
        round(&mut house, &[Input::Signals(late)], 1_000);
    }
    let of = |name: &str| format!("deliveries where doc like '%\"alertname\":\"{name}%'");
    assert_eq!((house.count(&of("A")), house.count(&of("B"))), (20, 4));
}

#[test]
fn after_a_commit_that_failed_no_message_leaves_before_its_own() {
    let mut house = sending();
    break_commits(&mut house);
    let (first, jobs) = round(&mut house, &[fires("Disk")], 10);
    assert!(matches!(first.answers[..], [Err(_)]));
    assert_eq!(jobs.len(), 1, "it left already");
    for _ in 0..3 {
        let (next, jobs) = round(&mut house, &[fires("Disk")], 10);
        assert!(matches!(next.answers[..], [Err(_)]));
        assert_eq!(jobs.len(), 0);
    }
    house.engine.db().execute("drop trigger breaks", &[]).unwrap();
    let (mended, jobs) = round(&mut house, &[fires("Disk")], 10);
    assert!(matches!(mended.answers[..], [Ok(Answer::Done)]));
    assert_eq!(jobs.len(), 1, "a duplicate beats silence");
}

#[test]
fn the_outcome_of_a_message_that_was_never_saved_changes_nothing() {
    let mut house = sending();
    break_commits(&mut house);
    let (_, jobs) = round(&mut house, &[fires("Disk")], 10);
    let outcome = Input::Outcome { delivery: jobs[0].delivery, attempt: 1, outcome: sent() };
    let (told, jobs) = round(&mut house, &[outcome], 10);
    assert!(matches!(told.answers[..], [Ok(Answer::NotFound)]));
    assert_eq!(jobs.len(), 0);
}
