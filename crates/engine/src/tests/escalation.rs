//! Pages and the incidents that they declare.

use stentor_domain::incident::Incident;
use stentor_store::incidents;

use super::*;

fn incidents_of(house: &mut House) -> Vec<Incident> {
    incidents::list(&mut house.db, &incidents::Filter::default(), 10).unwrap()
}

#[test]
fn a_bad_page_declares_an_incident_and_the_next_of_its_service_joins() {
    let mut house = House::new();
    house.fires("alertname=Disk team=pager service=shop severity=critical", 0);
    house.due(30);
    let declared = incidents_of(&mut house);
    assert_eq!((declared.len(), declared[0].pages.len()), (1, 1));
    house.fires("alertname=Slow team=pager service=shop severity=critical", 40);
    house.due(70);
    let pages_each: Vec<usize> =
        incidents_of(&mut house).iter().map(|incident| incident.pages.len()).collect();
    assert_eq!(pages_each, [2]);
}

#[test]
fn the_first_to_answer_takes_command() {
    let mut house = House::new();
    house.fires("alertname=Disk team=pager service=shop severity=critical", 0);
    house.due(30);
    let page = house.only_page();
    house.step(Input::Page(page.id, page::Input::Acknowledge { by: ana() }), 60);
    assert_eq!(incidents_of(&mut house)[0].commander(), Some(&ana()));
}

#[test]
fn steps_come_at_their_time_until_somebody_answers() {
    let (mut house, page) = House::paged("alertname=Disk team=pager");
    for now in [200, 329, 330, 500, 700, 900] {
        house.fires("alertname=Disk team=pager", now);
        house.due(now);
    }
    let steps: Vec<String> = house
        .events(&page)
        .iter()
        .filter_map(|event| {
            let page::Event::Paged { person, step, .. } = event else { return None };
            Some(format!("{person} {step}"))
        })
        .collect();
    assert_eq!(steps, ["ana 1", "ben 2"]);
    house.step(Input::Page(page.id, page::Input::Acknowledge { by: ana() }), 901);
    assert_eq!(house.only_page().escalation.next_at, None);
}
