//! What was done is counted, and what was rolled back is not.

use stentor_domain::silence::Draft;

use super::*;
use crate::{LeftOut, Tally};

fn flushed(house: &mut House, now: i64) -> Tally {
    house.engine.take_tally();
    house.due(now);
    house.engine.take_tally()
}

/// A house whose route has the intervals that `edit` names.
fn on_a_route_with(edit: &str) -> House {
    let intervals = "\ntime_intervals:\n  - { name: always, time_intervals: [{ years: ['2000:2100'] }] }\
                     \n  - { name: never, time_intervals: [{ years: ['1999'] }] }\nreceivers:";
    let rules = "inhibit_rules:\n  - { source_matchers: [grave=yes], target_matchers: [grave=no] }\nreceivers:";
    let intervals = intervals.replace("receivers:", rules);
    let matchers = "{ matchers: ['team=\"pager\"'], receiver: pager }";
    let route = format!("{{ matchers: ['team=\"a\"'], receiver: hooks, {edit} }}");
    House::with(plan(&[
        ("\nreceivers:\n  - name", &format!("{intervals}\n  - name")),
        (matchers, &route),
    ]))
}

#[test]
fn what_a_flush_leaves_out_is_counted_under_the_first_that_kept_it_back() {
    let none = LeftOut::default();
    for (edit, expected) in [
        ("group_wait: 30s", LeftOut { inhibited: 1, silenced: 1, ..none }),
        ("mute_time_intervals: [always]", LeftOut { inhibited: 1, muted: 2, ..none }),
        ("active_time_intervals: [never]", LeftOut { inhibited: 1, inactive: 2, ..none }),
        (
            "active_time_intervals: [always], mute_time_intervals: [always]",
            LeftOut { inhibited: 1, muted: 2, ..none },
        ),
    ] {
        let mut house = on_a_route_with(edit);
        house.fires("alertname=Source grave=yes", 0);
        for instance in ["1 grave=no", "2", "3"] {
            house.fires(&format!("alertname=Disk team=a instance={instance}"), 0);
        }
        // It hits the inhibited one as well.
        let matchers = "instance=~\"1|2\"";
        let draft = Draft {
            id: None,
            matchers: stentor_domain::matchers::parse::matchers(matchers).unwrap(),
            starts_at: at(0),
            ends_at: at(900),
            created_by: "ana".into(),
            by: None,
            comment: "works".into(),
            until_resolved: None,
            repeats: None,
        };
        house.step(Input::SetSilence(draft), 1);
        let tally = flushed(&mut house, 30);
        assert_eq!(tally.left_out, expected, "{edit}");
        assert_eq!((tally.flushes, tally.asked), (2, 4), "{edit}");
        let told = if edit.starts_with("group") { 2 } else { 1 };
        assert_eq!(tally.looked_up, told, "{edit}");
    }
}

#[test]
fn a_message_is_given_up_once_however_it_comes_to_that() {
    // Refused, too late after an attempt, and too late for any.
    for case in ["refused", "late", "never"] {
        let mut house = House::new();
        house.fires("alertname=Disk", 0);
        house.due(30);
        house.engine.take_tally();
        match case {
            "never" => assert!(house.lease(400).is_empty()),
            _ => {
                let job = house.lease(30).remove(0);
                let why = "503".to_owned();
                let late = Outcome::Retry { after: Some(SignedDuration::from_hours(1)), why };
                house.outcome(&job, if case == "late" { late } else { refused() }, 31);
            }
        }
        assert_eq!(house.engine.take_tally().given_up, ["webhook"], "{case}");
        assert!(house.engine.take_tally().given_up.is_empty());
    }
}

#[test]
fn what_was_written_and_taken_in_is_counted() {
    let mut house = House::new();
    house.engine.take_tally();
    house.step(Input::Signals(vec![firing("a=b", 0), firing("a=c", 0)]), 0);
    let tally = house.engine.take_tally();
    assert_eq!((tally.signals, tally.groups_written), (2, 1));
    house.due(1);
    let tally = house.engine.take_tally();
    assert_eq!((tally.history_looks, tally.history_failures, tally.flushes), (1, 0, 0));
    house.step(Input::Signals(vec![firing("a=b", 2)]), 2);
    assert_eq!(house.engine.take_tally(), Tally { signals: 1, ..Tally::default() });
}
