//! From a due delivery to its outcome.

use stentor_store::deliveries::attempts_of;

use super::*;

#[test]
fn a_lease_hands_a_job_out_once_and_again_when_it_has_run_out() {
    let (mut house, _) = House::paged("alertname=Disk team=pager");
    let first = house.lease(30);
    assert_eq!((first.len(), first[0].attempt), (1, 1));
    assert!(house.lease(31).is_empty());
    assert!(house.lease(89).is_empty());
    let again = house.lease(90);
    assert_eq!((again.len(), again[0].delivery, again[0].attempt), (1, first[0].delivery, 2));
    let attempts = attempts_of(&mut house.db, first[0].delivery).unwrap();
    let outcomes: Vec<&str> = attempts.iter().map(|attempt| attempt.outcome.as_str()).collect();
    assert_eq!(outcomes, ["unknown", ""]);
    // The outcome of the first comes late, and is good news all the same.
    house.outcome(&first[0], sent(), 91);
    assert_eq!(house.delivery(first[0].delivery).state.word(), "sent");
}

#[test]
fn a_restart_sends_again_at_once_what_was_on_its_way() {
    let (mut house, _) = House::paged("alertname=Disk team=pager");
    let first = house.lease(30);
    let mut house = house.restart(32);
    let again = house.lease(32);
    assert_eq!((again.len(), again[0].delivery, again[0].attempt), (1, first[0].delivery, 2));
}

#[test]
fn a_failing_channel_is_followed_by_the_next() {
    let (mut house, page) = House::paged("alertname=Disk team=pager");
    let hook = house.lease(30).remove(0);
    assert_eq!(hook.kind, "webhook");
    house.outcome(&hook, refused(), 31);
    let mail = house.lease(31);
    assert_eq!((mail.len(), mail[0].kind.as_str()), (1, "email"));
    house.outcome(&mail[0], sent(), 32);
    // Ana was reached: the next step keeps its time.
    assert_eq!(house.only_page().escalation.next_at, Some(at(330)));
    assert_eq!(house.events(&page).len(), 2);
}

#[test]
fn a_person_without_a_working_channel_is_passed_over_at_once() {
    let (mut house, page) = House::paged("alertname=Disk team=pager");
    for now in [31, 32] {
        let job = house.lease(now).remove(0);
        house.outcome(&job, refused(), now);
    }
    let events = house.events(&page);
    let [.., page::Event::Unreachable { person: gone }, page::Event::Paged { person, step, .. }] =
        events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!((gone.as_str(), person.as_str(), *step), ("ana", "ben", 2));
    let job = house.lease(32).remove(0);
    assert_eq!(house.delivery(job.delivery).to(), "ben");
}

#[test]
fn an_acknowledge_cancels_what_has_not_been_sent() {
    let (mut house, page) = House::paged("alertname=Disk team=pager");
    house.step(Input::Page(page.id, page::Input::Acknowledge { by: ana() }), 30);
    assert!(house.lease(30).is_empty());
    assert_eq!(house.count("deliveries where state = 'cancelled'"), 1);
    // Ana was never asked, so nobody tells her that it is over.
    let over = Input::Signals(vec![resolved("alertname=Disk team=pager", 40)]);
    house.step(over, 40);
    assert!(house.lease(400).is_empty());
}

#[test]
fn receivers_that_hang_do_not_keep_people_from_being_asked() {
    let mut house = House::new();
    house.fires("alertname=Disk", 0);
    house.due(30);
    house.fires("alertname=Net team=pager", 31);
    house.due(61);
    let jobs = house.engine.lease(at(61), Room { all: 5, receivers: 0 }).unwrap();
    assert_eq!(
        jobs.iter().map(Job::to).collect::<Vec<_>>(),
        ["ana"],
        "though a receiver's waits longer"
    );
    let jobs = house.lease(61);
    assert_eq!(jobs.iter().map(Job::to).collect::<Vec<_>>(), ["hooks"]);
}
