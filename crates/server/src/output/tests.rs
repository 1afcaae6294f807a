//! Tables and cells.

use serde_json::json;

use super::*;

const COLUMNS: &[Column] = &[("STATE", "/state"), ("SEVERITY", "/severity"), ("TITLE", "/title")];

#[test]
fn columns_are_as_wide_as_their_widest_cell() {
    let items = [
        json!({ "state": "triggered", "severity": { "level": 1, "name": "Sev-1" }, "title": "Größe" }),
        json!({ "state": "resolved", "severity": null, "title": "a longer title" }),
    ];
    let expected = "\
STATE      SEVERITY  TITLE
triggered  Sev-1     Größe
resolved   -         a longer title
";
    assert_eq!(table(COLUMNS, &items, Style::Plain), expected);
}

#[test]
fn a_column_that_is_not_the_last_has_an_end() {
    let long = "x".repeat(COLUMN_MAX + 1);
    let items = [json!({ "state": long, "severity": "y".repeat(COLUMN_MAX), "title": long })];
    let shown = table(COLUMNS, &items, Style::Plain);
    let row = shown.lines().nth(1).unwrap();
    let (state, rest) = row.split_once("  ").unwrap();
    assert_eq!(state, format!("{}…", "x".repeat(COLUMN_MAX - 1)));
    assert_eq!(rest, format!("{}  {long}", "y".repeat(COLUMN_MAX)));
}

#[test]
fn fields_without_a_value_are_left_out_and_the_others_are_aligned() {
    let item = json!({ "state": "open", "severity": "", "title": "Checkout" });
    let expected = "STATE  open\nTITLE  Checkout\n";
    assert_eq!(lines(COLUMNS, &item, Style::Plain), expected);
    let coloured = "\x1b[2mSTATE\x1b[0m  open\n\x1b[2mTITLE\x1b[0m  Checkout\n";
    assert_eq!(lines(COLUMNS, &item, Style::Coloured), coloured);
}

#[test]
fn values_are_shown_as_people_read_them() {
    let check = |value: Value, expected: &str| assert_eq!(cell(Some(&value)), expected);
    check(json!("2025-06-02T10:04:05.000000Z"), "2025-06-02 10:04:05Z");
    check(json!("2025-06-02 is no instant, nor is Z"), "2025-06-02 is no instant, nor is Z");
    check(json!({ "job": "checkout", "alertname": "Errors" }), "job=checkout alertname=Errors");
    check(json!({ "person": "bob", "name": "Bob Okoye" }), "Bob Okoye");
    check(json!(["read", "respond"]), "read, respond");
    check(json!(true), "yes");
    check(json!([]), "-");
    check(json!(null), "-");
}

#[test]
fn what_comes_from_outside_cannot_steer_the_terminal() {
    let hostile = json!("\x1b[2J\x1b]0;owned\x07 title\r\nsecond");
    assert_eq!(cell(Some(&hostile)), " [2J ]0;owned  title  second");
    assert_eq!(clean_lines("# Title\n\x1b[31mred\t!\r\n"), "# Title\n[31mred\t!\n");
}
