//! Instants in words, and drawings in per cent.

use jiff::Timestamp;

use crate::pages::{
    chart::StripChart,
    incident::IncidentShow,
    oncall::OncallList,
    time::{Form, Said, When, ago, clock, distance, moment},
};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a well-formed instant")
}

#[test]
fn an_instant_says_as_much_of_its_date_as_is_needed() {
    let now = at("2025-06-02T10:34:00Z");
    assert_eq!(clock(at("2025-06-02T10:04:00Z"), now), "10:04 UTC");
    assert_eq!(clock(at("2025-06-01T22:12:00Z"), now), "1 Jun 22:12 UTC");
    assert_eq!(clock(at("2024-12-31T23:59:00Z"), now), "31 Dec 2024 23:59 UTC");
}

#[test]
fn distances_have_at_most_two_units() {
    let now = at("2025-06-02T10:34:00Z");
    assert_eq!(ago(at("2025-06-02T10:33:55Z"), now), "just now");
    assert_eq!(ago(now, now), "just now");
    assert_eq!(ago(at("2025-06-02T10:34:05Z"), now), "in a few seconds");
    assert_eq!(ago(at("2025-06-02T10:34:10Z"), now), "in 10 s");
    assert_eq!(ago(at("2025-06-02T10:33:20Z"), now), "40 s ago");
    assert_eq!(ago(at("2025-06-02T10:38:00Z"), now), "in 4 min");
    assert_eq!(distance(at("2025-06-02T08:29:00Z"), now), "2 h 5 min");
    assert_eq!(distance(at("2025-05-30T10:34:00Z"), now), "3 d");
}

#[test]
fn a_time_element_carries_the_instant_for_machines_and_the_distance_for_people() {
    let when = When::new(at("2025-06-02T10:04:31Z"), at("2025-06-02T10:12:31Z"), Form::Clock);
    assert_eq!(
        when.to_string(),
        "<time datetime=\"2025-06-02T10:04:31Z\" \
         title=\"Mon 2 Jun 2025 10:04:31 UTC, 8 min ago\">10:04 UTC</time>"
    );
}

#[test]
fn the_instants_of_a_sentence_are_time_elements_and_the_rest_is_escaped() {
    let now = at("2025-06-02T10:12:31Z");
    let said = |text: &str| Said::new(text, now).to_string();
    let html = said("<b>Zoë</b> told at 2025-06-02 10:04:31Z; again at 2025-06-03 00:00:00Z");
    assert!(
        html.starts_with(
            "&#60;b&#62;Zoë&#60;/b&#62; told at <time datetime=\"2025-06-02T10:04:31Z\""
        ),
        "{html}"
    );
    assert!(html.contains(">10:04 UTC</time>; again at <time "), "{html}");
    assert!(html.ends_with(">3 Jun 00:00 UTC</time>"), "{html}");
    for plain in [
        "",
        "Z",
        "éééééééééZ",
        "2025-06-02 10:04Z",
        "2025-13-02 10:04:31Z",
        "x2025-06-02T10:04:31Z",
    ] {
        assert_eq!(said(plain), plain);
    }
    assert_eq!(said(&moment(now)).matches("<time").count(), 1);
}

#[test]
fn a_strip_chart_keeps_every_entry_inside_the_drawing() {
    let chart = IncidentShow::sample().chart.expect("the sample has entries");
    let dots: Vec<f64> = chart.lanes.iter().flat_map(|lane| &lane.dots).map(|dot| dot.x).collect();
    assert_eq!(dots.len(), IncidentShow::sample().timeline.len());
    assert!(dots.iter().all(|x| (0.0..=100.0).contains(x)), "{dots:?}");
    let words: Vec<&str> = chart.ticks.iter().map(|tick| tick.text.as_str()).collect();
    assert_eq!(words, ["10:10", "10:20", "10:30"]);
}

#[test]
fn a_strip_chart_of_one_entry_is_not_drawn() {
    let timeline = IncidentShow::empty().timeline;
    let end = timeline[0].happened_at;
    assert!(StripChart::draw(&timeline, &[], end).is_none());
}

#[test]
fn a_week_bar_cuts_shifts_at_its_edges() {
    let schedule = OncallList::sample().schedules.remove(0);
    let last = schedule.week.spans.last().expect("the sample has shifts");
    assert!(last.x + last.width <= 100.0);
    assert_eq!(schedule.week.ticks.len(), 6);
}
