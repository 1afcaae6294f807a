//! Groups: what a new plan moves, and when they go.

use stentor_domain::matchers::parse;
use stentor_domain::silence::Draft;
use stentor_domain::timeline::AlertEvent;

use super::*;

const DISK: &str = "alertname=Disk team=pager";

#[test]
fn a_group_goes_when_everybody_has_heard_of_its_end() {
    let mut house = House::new();
    house.fires("alertname=Disk", 0);
    house.due(30);
    let job = house.lease(30).remove(0);
    house.outcome(&job, sent(), 31);
    house.step(Input::Signals(vec![resolved("alertname=Disk", 60)]), 60);
    house.due(330);
    assert_eq!(house.count("groups where 1 = 1"), 1);
    let job = house.lease(330).remove(0);
    house.outcome(&job, sent(), 331);
    assert_eq!(house.count("groups where 1 = 1"), 0);
    assert_eq!(house.count("alerts where group_ids <> ''"), 0);
}

#[test]
fn an_open_page_hears_of_the_end_although_a_new_plan_routes_elsewhere() {
    let (mut house, page) = House::paged(DISK);
    let elsewhere = plan(&[("team=\"pager\"", "team=\"nobody\"")]);
    house.engine.apply(elsewhere, at(60)).unwrap();
    assert_eq!(house.count("alerts where group_ids like '%,%'"), 1);
    house.step(Input::Signals(vec![resolved(DISK, 90)]), 90);
    assert!(matches!(
        house.events(&page).last(),
        Some(page::Event::Resolved { by: Actor::System })
    ));
}

#[test]
fn an_alert_leaves_a_group_that_nobody_was_paged_for() {
    let mut house = House::new();
    house.fires(DISK, 0);
    let elsewhere = plan(&[("team=\"pager\"", "team=\"nobody\"")]);
    house.engine.apply(elsewhere, at(10)).unwrap();
    assert_eq!(house.count("groups where 1 = 1"), 1);
    house.due(40);
    assert_eq!(house.lease(40)[0].kind, "webhook");
    assert_eq!(house.count("pages where 1 = 1"), 0);
}

#[test]
fn the_new_receiver_of_a_route_hears_what_the_old_one_knew() {
    let mut house = House::new();
    house.fires("alertname=Disk", 0);
    house.due(30);
    let job = house.lease(30).remove(0);
    house.outcome(&job, sent(), 31);
    let renamed = plan(&[("receiver: hooks", "receiver: others"), ("name: hooks", "name: others")]);
    house.engine.apply(renamed, at(60)).unwrap();
    house.fires("alertname=Disk", 200);
    house.due(330);
    assert_eq!(house.lease(330).len(), 1);
}

#[test]
fn a_page_hears_of_an_alert_that_was_silenced_when_it_began() {
    let mut house = House::new();
    let draft = Draft {
        id: None,
        matchers: parse::matchers("instance=b").unwrap(),
        starts_at: at(0),
        ends_at: at(60),
        created_by: "ana".into(),
        by: None,
        comment: "known".into(),
        until_resolved: None,
        repeats: None,
    };
    house.step(Input::SetSilence(draft), 0);
    let both = ["a", "b"].map(|it| firing(&format!("{DISK} instance={it}"), 320));
    house.step(Input::Signals(both.to_vec()), 1);
    house.due(31);
    let page = house.only_page();
    let mentioned = |house: &mut House| {
        let entries = timeline::of(&mut house.db, &[Subject::Page(page.id)]).unwrap();
        let fired = entries.into_iter().filter_map(|entry| match entry.what {
            What::Alert(AlertEvent::Fired { name }) => Some(name.contains("instance=b")),
            What::Alert(_) | What::Page(_) | What::Delivery(_) | What::Incident(_) => None,
        });
        fired.collect::<Vec<_>>()
    };
    assert_eq!(mentioned(&mut house), [false]);
    house.due(331);
    assert_eq!(mentioned(&mut house), [false, true]);
    house.due(4_000);
    assert_eq!(mentioned(&mut house), [false, true], "nothing is said twice");
}
