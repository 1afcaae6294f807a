use super::*;
use crate::id::Ids;
use crate::labels::Labels;
use crate::tests::plan::plan;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
}

fn news(firing: usize, severity: &str) -> News {
    News {
        title: "DiskFull".into(),
        summary: vec![],
        severities: vec![severity.into()],
        labels: Labels::default(),
        firing,
        started_at: at(0),
        runbook: String::new(),
        fired: vec![],
    }
}

fn begin(plan: &Plan, policy: &str) -> (Page, Vec<Event>) {
    let id = PageId::new(&mut Ids::new(|| 7), at(0));
    let (news, by) = (news(1, "warning"), Actor::System);
    let draft = Draft { group: Some(GroupId(7)), policy: policy.into(), news, service: None, by };
    Page::begin(plan, id, draft, at(0))
}

/// Whom the events ask.
fn asked(events: &[Event]) -> Vec<&str> {
    let person = |event: &'_ Event| match event {
        Event::Paged { person, .. } => Some(person.clone()),
        Event::Triggered { .. }
        | Event::Updated { .. }
        | Event::StepEmpty { .. }
        | Event::Unreachable { .. }
        | Event::Exhausted
        | Event::Acknowledged { .. }
        | Event::Resolved { .. }
        | Event::Joined { .. } => None,
    };
    let names = ["ana", "ben", "cleo", "dora"];
    let all: Vec<PersonName> = events.iter().filter_map(person).collect();
    all.iter().map(|name| *names.iter().find(|it| *it == name).unwrap()).collect()
}

#[test]
fn a_policy_that_the_plan_has_lost_leaves_the_fallback() {
    let plan = plan();
    let (page, events) = begin(&plan, "no such policy");
    assert_eq!(asked(&events), ["dora"]);
    assert!(!events.contains(&Event::Exhausted), "there was no step to answer in");
    assert_eq!(page.due_at(), Some(at(15)));
}

#[test]
fn a_page_grows_worse_but_not_milder_by_itself() {
    let plan = plan();
    let (mut page, _) = begin(&plan, "plain");
    // (news, severity afterwards, whether it is told)
    let table = [
        ((1, "warning"), 3, false),
        ((2, "warning"), 3, true),
        ((2, "critical"), 1, true),
        ((2, "info"), 1, false),
        ((1, "no such word"), 1, true),
    ];
    for ((firing, severity), level, told) in table {
        let events = page.on_input(&plan, Input::News(news(firing, severity)), at(1)).unwrap();
        assert_eq!(page.severity, Level(level), "{severity}");
        assert_eq!(events == [Event::Updated { firing }], told, "{severity}");
    }
    assert_eq!(page.due_at(), Some(at(5)), "news do not disturb the escalation");
}

#[test]
fn only_the_last_step_can_be_hurried() {
    let plan = plan();
    let (mut page, _) = begin(&plan, "rounds");
    let unreachable = |page: &mut Page, person: &str, minute| {
        let delivery = DeliveryId::new(&mut Ids::new(|| 7), at(0));
        let input = Input::Unreachable { person: person.into(), delivery };
        page.on_input(&plan, input, at(minute)).unwrap()
    };
    assert_eq!(asked(&page.on_input(&plan, Input::Due, at(5)).unwrap()), ["ben"]);
    assert_eq!(asked(&unreachable(&mut page, "ana", 6)), [""; 0], "ben has just been asked");
    assert_eq!(asked(&unreachable(&mut page, "ben", 7)), ["ana"], "the second round begins");
    assert_eq!(asked(&unreachable(&mut page, "ana", 7)), ["ben"]);
    assert_eq!(asked(&unreachable(&mut page, "ben", 8)), ["cleo"]);
    assert_eq!(asked(&unreachable(&mut page, "cleo", 8)), [""; 0]);
    assert_eq!(page.due_at(), Some(at(23)));
    let by = Actor::Person("cleo".into());
    page.on_input(&plan, Input::Acknowledge { by }, at(9)).unwrap();
    assert_eq!(unreachable(&mut page, "cleo", 10), [Event::Unreachable { person: "cleo".into() }]);
    assert_eq!(page.due_at(), None);
}

#[test]
fn a_timer_that_is_early_does_nothing() {
    let plan = plan();
    let (mut page, _) = begin(&plan, "plain");
    assert_eq!(page.on_input(&plan, Input::Due, at(4)), Ok(vec![]));
    assert_eq!(page.due_at(), Some(at(5)));
}

#[test]
fn a_resolved_page_rests() {
    let plan = plan();
    let (mut page, _) = begin(&plan, "plain");
    let by = Actor::Person("ana".into());
    page.on_input(&plan, Input::Resolve { by: by.clone() }, at(1)).unwrap();
    assert_eq!(page.due_at(), None);
    let delivery = DeliveryId::new(&mut Ids::new(|| 7), at(0));
    let ignored = [
        Input::Due,
        Input::Cleared,
        Input::News(news(9, "critical")),
        Input::Unreachable { person: "ana".into(), delivery },
    ];
    let before = page.clone();
    for input in ignored {
        assert_eq!(page.on_input(&plan, input, at(9)), Ok(vec![]));
    }
    assert_eq!(page, before);
    for input in [Input::Acknowledge { by: by.clone() }, Input::Resolve { by }] {
        assert_eq!(page.on_input(&plan, input, at(9)), Err(Refusal::AlreadyResolved));
    }
}

#[test]
fn the_reader_is_told_who_is_next() {
    let plan = plan();
    let (mut page, _) = begin(&plan, "plain");
    let next = |page: &Page| {
        let (at, reached) = page.next(&plan).unwrap();
        (at, reached.into_iter().map(|reached| reached.person).collect::<Vec<_>>())
    };
    assert_eq!(next(&page), (at(5), vec!["ben".to_owned()]));
    page.on_input(&plan, Input::Due, at(5)).unwrap();
    assert_eq!(next(&page), (at(20), vec!["dora".to_owned()]));
    page.on_input(&plan, Input::Due, at(20)).unwrap();
    assert_eq!(next(&page), (at(35), vec!["dora".to_owned()]));
}
