use std::collections::BTreeMap;

use super::*;
use crate::id::{Ids, IncidentId};
use crate::page::Actor;
use crate::severity::Level;
use crate::tests::plan::plan;
use crate::timeline::{AlertEvent, Subject};

fn at(clock: &str) -> Timestamp {
    let text = if clock.contains('T') { clock.to_owned() } else { format!("2025-06-02T{clock}") };
    format!("{text}:00Z").parse().unwrap()
}

fn incident() -> Incident {
    Incident {
        id: IncidentId::new(&mut Ids::new(|| 7), at("10:04")),
        number: 7,
        title: "Checkout API Outage".into(),
        severity: Level(1),
        service: Some("shop".into()),
        state: incident::State::Resolved,
        roles: BTreeMap::new(),
        pages: vec![],
        started_at: at("10:04"),
        declared_at: at("10:05"),
        declared_by: Actor::System,
        resolved_at: Some(at("10:55")),
        revision: String::new(),
    }
}

fn entry(seq: i64, happened_at: Timestamp, what: What) -> Entry {
    let subject = Subject::Incident(incident().id);
    Entry { seq, subject, happened_at, recorded_at: at("11:00"), what }
}

fn note(seq: i64, clock: &str, kind: NoteKind, text: &str) -> Entry {
    let by = Actor::Person("ana".into());
    let noted = incident::Event::Noted { by, kind, text: text.into() };
    entry(seq, at(clock), What::Incident(noted))
}

fn notes(of: &[(&str, &str)]) -> Vec<Entry> {
    let entry = |(seq, (clock, text)): (i64, &(&str, &str))| note(seq, clock, NoteKind::Note, text);
    (1..).zip(of).map(entry).collect()
}

fn timeline_of(entries: &[Entry]) -> String {
    let document = Review::default().document(&plan(), &incident(), entries);
    document.split_once("## Timeline\n\n").unwrap().1.to_owned()
}

#[test]
fn the_document_has_the_shape_of_the_sample() {
    let review = Review {
        summary: "On June 2nd, from 10:04–10:55 UTC, our Checkout API experienced elevated error rates due to DB connection pool exhaustion.".into(),
        impact: "- 30% of users were unable to place orders\n- Average response times spiked to 5s+".into(),
        root_cause: "Misconfigured connection limits in production RDS settings.".into(),
        resolution: "Increased pool size, scaled up replicas, redeployed service.".into(),
        action_items: items_from("- [x] Add connection pool alerts\n- [] Auto-scale RDS based on usage"),
    };
    // Recorded out of order: the table is by when it happened.
    let mut entries = notes(&[
        ("10:10", "Engineers joined call"),
        ("10:04", "Alert triggered"),
        ("10:30", "RCA identified"),
        ("10:50", "Fix applied"),
        ("10:55", "Issue resolved"),
    ]);
    let expected = "\
# Post-Incident Review: Checkout API Outage (2025-06-02)

## Summary

On June 2nd, from 10:04–10:55 UTC, our Checkout API experienced elevated error rates due to DB connection pool exhaustion.

## Impact

- 30% of users were unable to place orders
- Average response times spiked to 5s+

## Root Cause

Misconfigured connection limits in production RDS settings.

## Resolution

Increased pool size, scaled up replicas, redeployed service.

## Action Items

- [x] Add connection pool alerts
- [ ] Auto-scale RDS based on usage

## Timeline

| Time (UTC) | Event |
|-----|-----|
| 10:04 | Alert triggered |
| 10:10 | Engineers joined call |
| 10:30 | RCA identified |
| 10:50 | Fix applied |
| 10:55 | Issue resolved |
";
    assert_eq!(review.document(&plan(), &incident(), &entries), expected);
    // What happens later reaches the generated parts alone.
    entries.push(note(9, "10:57", NoteKind::Decision, "Limits are reviewed"));
    entries.push(note(10, "10:58", NoteKind::Action, "Limits raised"));
    let later = "| 10:57 | Limits are reviewed |\n| 10:58 | Limits raised |\n";
    assert_eq!(review.document(&plan(), &incident(), &entries), format!("{expected}{later}"));
}

#[test]
fn what_nobody_wrote_is_generated_from_the_facts() {
    let entries = [
        note(1, "10:30", NoteKind::Decision, "The pool\nis too small"),
        note(2, "10:50", NoteKind::Action, "Raised the pool"),
    ];
    let blank = Review { summary: " \n".into(), ..Review::default() };
    let sections = blank.sections(&plan(), &incident(), &entries);
    let summary = "On June 2nd, from 10:04–10:55 UTC, our Shop was affected: Checkout API Outage.";
    assert_eq!(sections.summary, summary);
    let impact = "- Severity: Sev-1 (Critical)\n- Service: Shop\n- Duration: 51 min";
    assert_eq!(sections.impact, impact);
    assert_eq!(sections.root_cause, "- The pool is too small");
    assert_eq!(sections.resolution, "- Raised the pool");
    assert_eq!(sections.action_items, "- [ ] Agree on action items");
    let empty = blank.sections(&plan(), &incident(), &[]);
    assert_eq!(empty.root_cause, "_The root cause is not written yet._");
    assert_eq!(empty.resolution, "_The resolution is not written yet._");
}

#[test]
fn text_cannot_break_the_table_or_the_heading() {
    // (text, the cell)
    let table = [
        ("a | b", r"a \| b"),
        ("a\n| 10:00 | forged |\n## Heading", r"a \| 10:00 \| forged \| ## Heading"),
        ("a\r\n\tb\u{b}c\u{85}d\u{2028}e", "a b c d e"),
        (r"C:\dir \| x \\| y\", r"C:\\dir \\\| x \\\\\| y\\"),
        ("# no heading", "# no heading"),
        ("```", "```"),
    ];
    for (text, cell) in table {
        let expected = format!("| Time (UTC) | Event |\n|-----|-----|\n| 10:30 | {cell} |\n");
        assert_eq!(timeline_of(&notes(&[("10:30", text)])), expected, "{text:?}");
    }
    let titled = Incident { title: "Down\n## Summary\n\nfine".into(), ..incident() };
    let document = Review::default().document(&plan(), &titled, &[]);
    let first = "# Post-Incident Review: Down ## Summary fine (2025-06-02)\n\n## Summary\n\nOn";
    assert!(document.starts_with(first), "{document}");
}

#[test]
fn an_incident_over_several_days_shows_dates() {
    let entries = notes(&[("10:30", "before midnight"), ("2025-06-03T00:10", "after it")]);
    let rows = "| 2025-06-02 10:30 | before midnight |\n| 2025-06-03 00:10 | after it |\n";
    assert_eq!(timeline_of(&entries), format!("| Time (UTC) | Event |\n|-----|-----|\n{rows}"));
    let long = Incident { resolved_at: Some(at("2025-06-03T00:10")), service: None, ..incident() };
    let sections = Review::default().sections(&plan(), &long, &[]);
    let summary = "On June 2nd, from 10:04 UTC until 2025-06-03 00:10 UTC: Checkout API Outage.";
    assert_eq!(sections.summary, summary);
    assert_eq!(sections.impact, "- Severity: Sev-1 (Critical)\n- Duration: 846 min");
    let open = Incident { resolved_at: None, ..incident() };
    let sections = Review::default().sections(&plan(), &open, &[]);
    assert!(sections.summary.starts_with("On June 2nd, since 10:04 UTC, our Shop"));
}

#[test]
fn the_timeline_leaves_the_machinery_out() {
    let (channel, to) = (String::from("mail"), String::from("ana"));
    let sent = delivery::Event::Sent { channel: channel.clone(), to: to.clone() };
    let failed = delivery::Event::Failed { channel, to, why: "503".into() };
    let entries = [
        entry(1, at("10:04"), What::Alert(AlertEvent::Fired { name: "Down".into() })),
        entry(2, at("10:05"), What::Delivery(sent)),
        entry(3, at("10:05"), What::Delivery(failed)),
        entry(4, at("10:06"), What::Page(page::Event::Updated { firing: 2 })),
        entry(5, at("10:07"), What::Page(page::Event::Resolved { by: Actor::System })),
    ];
    let rows = "| 10:04 | Alert Down fired |\n| 10:05 | Could not reach Ana over mail: 503 |\n\
                | 10:07 | Page resolved: no alert fires any more |\n";
    assert_eq!(timeline_of(&entries), format!("| Time (UTC) | Event |\n|-----|-----|\n{rows}"));
}

#[test]
fn action_items_survive_their_text() {
    let table = [
        ("- [x] done", true, "done"),
        ("* [X] done", true, "done"),
        ("- [ ] open", false, "open"),
        ("- [] open", false, "open"),
        ("[x]done", true, "done"),
        ("plain words", false, "plain words"),
        ("  - indented", false, "indented"),
        ("--dry-run must be the default", false, "--dry-run must be the default"),
        ("**bold** words", false, "**bold** words"),
        ("- é", false, "é"),
    ];
    for (line, done, text) in table {
        let items = items_from(line);
        assert_eq!(items, [ActionItem { done, text: text.into() }], "{line}");
        assert_eq!(items_from(&items_text(&items)), items, "{line}");
    }
    assert_eq!(items_from("\n- [ ]\n-\n  \n"), []);
}

#[test]
fn days_are_spoken_as_in_english() {
    let said = [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30, 31].map(ordinal).join(" ");
    assert_eq!(said, "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 23rd 30th 31st");
}
