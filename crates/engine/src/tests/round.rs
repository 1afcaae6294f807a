//! Rounds: input, flush and lease in one transaction.

use super::*;

/// Groups that do not wait.
fn at_once() -> House {
    House::with(plan(&[("group_wait: 30s", "group_wait: 0s")]))
}

fn fires(name: &str) -> Input {
    Input::Signals(vec![firing(&format!("alertname={name}"), 0)])
}

#[test]
fn a_message_leaves_in_the_round_of_its_signal() {
    let mut house = at_once();
    let round = house.engine.round(&[fires("Disk")], 10, at(0));
    assert!(matches!(round.answers[..], [Ok(Answer::Done)]));
    let jobs = round.jobs.unwrap();
    assert_eq!(jobs.len(), 1);
    assert_eq!(house.delivery(jobs[0].delivery).attempts, 1, "the attempt is on disk");
    assert_eq!(round.next.unwrap(), house.engine.next_due().unwrap());
}

#[test]
fn a_round_without_room_leaves_the_message_for_later() {
    let mut house = at_once();
    let round = house.engine.round(&[fires("Disk")], 0, at(0));
    assert_eq!(round.jobs.unwrap().len(), 0);
    assert_eq!(round.next.unwrap(), Some(at(0)), "it is due already");
    assert_eq!(house.engine.round(&[], 10, at(0)).jobs.unwrap().len(), 1);
}

#[test]
fn what_spoils_a_round_spoils_nothing_but_itself() {
    let mut house = at_once();
    let trigger = "create trigger poison before insert on alerts when new.doc like '%Bad%'
        begin select raise(abort, 'it is bad'); end";
    house.engine.db().execute(trigger, &[]).unwrap();
    let round = house.engine.round(&[fires("Bad"), fires("Disk")], 10, at(0));
    assert!(matches!(round.answers[..], [Err(_), Ok(Answer::Done)]));
    assert_eq!(round.jobs.unwrap().len(), 1);
    assert_eq!(house.count("alerts where 1 = 1"), 1);
}

#[test]
fn beside_what_somebody_waits_for_only_few_groups_are_decided() {
    let mut house = at_once();
    let all: Vec<_> = (0..100).map(|at| firing(&format!("alertname=A{at}"), 0)).collect();
    let round = house.engine.round(&[Input::Signals(all)], 1_000, at(0));
    assert_eq!(round.jobs.unwrap().len(), 32, "of those that begin with it");
    assert_eq!(round.next.unwrap(), Some(at(0)));
    let jobs = house.engine.round(&[fires("A0")], 1_000, at(0)).jobs.unwrap();
    assert_eq!(jobs.len(), 32, "and of those that wait");
    assert_eq!(house.engine.round(&[], 1_000, at(0)).jobs.unwrap().len(), 36, "then the rest");
}
