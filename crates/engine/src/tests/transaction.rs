//! Batches, conflicts and versions.

use stentor_domain::incident;
use stentor_domain::review::Review;
use stentor_domain::severity::Level;
use stentor_store::reviews;

use super::*;
use crate::work::Work;

/// A house whose database refuses alerts called Bad.
fn poisoned() -> House {
    let mut house = House::new();
    let trigger = "create trigger poison before insert on alerts when new.doc like '%Bad%'
        begin select raise(abort, 'it is bad'); end";
    house.engine.db().execute(trigger, &[]).unwrap();
    house
}

#[test]
fn one_poisonous_input_does_not_spoil_its_batch() {
    let mut house = poisoned();
    let poison = firing("alertname=Bad instance=a", 0);
    let batch = [
        Input::Signals(vec![firing("alertname=Disk instance=a", 0)]),
        Input::Signals(vec![poison]),
        Input::Signals(vec![firing("alertname=Disk instance=b", 0)]),
    ];
    let answers = house.engine.step(&batch, at(0));
    let taken: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(taken, [true, false, true]);
    assert_eq!(house.count("alerts where doc like '%Disk%'"), 2);
    assert_eq!(house.count("alerts where 1 = 1"), 2);
}

#[test]
fn what_a_batch_was_refused_for_is_not_remembered_as_taken() {
    let mut house = poisoned();
    let both = vec![firing("alertname=Disk instance=a", 0), firing("alertname=Bad", 0)];
    assert!(house.engine.step(&[Input::Signals(both)], at(0))[0].is_err());
    house.fires("alertname=Disk instance=a", 1);
    assert_eq!(house.count("alerts where firing = true"), 1);
}

#[test]
fn a_row_that_somebody_else_changed_is_decided_on_again() {
    let (mut house, page) = House::paged("alertname=Disk team=pager");
    let mut rounds = 0;
    let input = page::Input::Acknowledge { by: ana() };
    // On this engine nobody else can write meanwhile; another node of PostgreSQL can.
    let answer = house.engine.transaction(at(60), |work: &mut Work<'_>| {
        rounds += 1;
        let mut saved = pages::open(work.db, page.id)?.unwrap();
        if rounds == 1 {
            // The first time the row has another version than the one that was read.
            saved.version += 1;
        }
        work.decide_page(saved, input.clone(), at(60)).and_then(|answer| {
            work.follow(at(60))?;
            Ok(answer)
        })
    });
    assert_eq!(rounds, 2);
    assert!(matches!(answer.unwrap(), Answer::Page(page) if page.acknowledged.is_some()));
    let acknowledged = |event: &&page::Event| matches!(event, page::Event::Acknowledged { .. });
    assert_eq!(house.events(&page).iter().filter(acknowledged).count(), 1);
}

#[test]
fn a_review_that_changed_meanwhile_is_not_overwritten() {
    let mut house = House::new();
    let draft = incident::Draft {
        title: "Odd".into(),
        severity: Level(2),
        service: None,
        page: None,
        by: ana(),
        commander: None,
        started_at: at(0),
    };
    let Answer::Incident(declared) = house.step(Input::Declare(draft), 0) else {
        panic!("an incident is declared");
    };
    let write = |summary: &str, version| Input::Review {
        incident: declared.id,
        version,
        review: Review { summary: summary.into(), ..Review::default() },
    };
    assert!(matches!(house.step(write("mine", 0), 1), Answer::Review(1)));
    assert!(matches!(house.step(write("yours", 0), 2), Answer::ReviewChanged));
    assert!(matches!(house.step(write("ours", 1), 3), Answer::Review(2)));
    assert_eq!(reviews::open(&mut house.db, declared.id).unwrap().it.summary, "ours");
}

#[test]
fn a_row_that_cannot_be_read_holds_up_no_other() {
    let mut house = House::new();
    house.fires("alertname=Disk team=pager", 0);
    house.fires("alertname=Memory team=pager", 0);
    for now in [30, 30, 30] {
        house.engine.due(at(now)).unwrap();
    }
    assert_eq!(house.count("pages where state = 'triggered'"), 2);
    for now in [200, 400] {
        house.fires("alertname=Disk team=pager", now);
        house.fires("alertname=Memory team=pager", now);
    }
    let spoil = "update pages set doc = '{' where id = (select min(id) from pages)";
    house.engine.db().execute(spoil, &[]).unwrap();
    let asked =
        |house: &mut House| house.count("timeline where kind = 'page' and body like '%\"paged\"%'");
    let before = asked(&mut house);
    // The next step of both is due; only one of the two can be decided.
    for _ in 0..4 {
        house.engine.due(at(400)).unwrap();
    }
    assert_eq!(asked(&mut house), before + 1);
    let put_off = house.engine.take_put_off();
    assert_eq!(put_off.len(), 1, "{put_off:?}");
    assert!(put_off[0].row.starts_with("Page page_"), "{put_off:?}");
    // It is tried again a minute later, and put off again.
    house.engine.due(at(461)).unwrap();
    assert_eq!(house.engine.take_put_off().len(), 1);
}

#[test]
fn a_delivery_that_cannot_be_read_holds_up_no_other() {
    let mut house = House::new();
    for name in ["Disk", "Memory", "Net"] {
        house.fires(&format!("alertname={name} team=pager"), 0);
    }
    house.engine.due(at(30)).unwrap();
    let spoil = "update deliveries set doc = '{' where id = (select min(id) from deliveries)";
    house.engine.db().execute(spoil, &[]).unwrap();
    let sent: usize = (0..4).map(|_| house.engine.lease(at(30), Room::of(64)).unwrap().len()).sum();
    assert_eq!(sent, 2);
    let put_off = house.engine.take_put_off();
    assert_eq!(put_off.len(), 1, "{put_off:?}");
    assert!(put_off[0].row.starts_with("Delivery dlv_"), "{put_off:?}");
}

#[test]
fn a_group_waits_for_its_ended_alerts_also_beside_a_row_that_cannot_be_read() {
    let mut house = House::new();
    for instance in ["a", "b", "c"] {
        house.fires(&format!("alertname=Disk team=pager instance={instance}"), 0);
    }
    house.fires("alertname=Memory team=pager", 0);
    house.engine.due(at(30)).unwrap();
    // Two of the three end at 240, the third goes on; the group is due at 330, and so is the spoilt page.
    house.fires("alertname=Disk team=pager instance=c", 200);
    house.fires("alertname=Memory team=pager", 200);
    let spoil = "update pages set doc = '{' where title like 'Memory%'";
    assert_eq!(house.engine.db().execute(spoil, &[]).unwrap(), 1);
    for _ in 0..9 {
        house.engine.due(at(330)).unwrap();
    }
    assert_eq!(house.engine.take_put_off().len(), 1);
    assert_eq!(house.count("pages where title like 'Disk%' and state = 'triggered'"), 1);
}
