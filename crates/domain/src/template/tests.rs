//! Templates, compared with what amtool makes of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::*;
use crate::labels::Labels;
use crate::message::{AlertView, AlertsMessage};

/// One template and its outcome.
struct Case {
    line: usize,
    html: bool,
    data: String,
    text: String,
    expected: Result<String, String>,
}

fn file(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/templates");
    fs::read_to_string(folder.join(name)).unwrap()
}

fn cases(name: &str) -> Vec<Case> {
    let text = file(name);
    let mut line = 1 + text.split("\n=== ").next().unwrap().matches('\n').count();
    let mut cases = Vec::new();
    for case in text.split("\n=== ").skip(1) {
        let (head, rest) = case.split_once('\n').unwrap();
        let (kind, data) = head.split_once(' ').unwrap();
        let (template, outcome) = rest.split_once("\n---").unwrap();
        let expected = match outcome.split_once('\n').unwrap() {
            ("", output) => Ok(output.to_owned()),
            (_, why) => Err(why.trim_end().to_owned()),
        };
        let (html, data, text) = (kind == "html", data.to_owned(), template.to_owned());
        line += 1;
        cases.push(Case { line, html, data, text, expected });
        line += case.matches('\n').count();
    }
    let last = cases.last_mut().unwrap();
    last.expected = last.expected.clone().map(|text| text.trim_end_matches('\n').to_owned());
    cases
}

fn labels(of: &serde_json::Value) -> Labels {
    let map = of.as_object().unwrap();
    map.iter().map(|(name, value)| (&**name, value.as_str().unwrap())).collect()
}

/// The message of a file, which amtool reads too.
fn message(name: &str) -> AlertsMessage {
    let read: serde_json::Value = serde_json::from_str(&file(&format!("{name}.json"))).unwrap();
    let text = |of: &serde_json::Value, key: &str| of[key].as_str().unwrap().to_owned();
    let alert = |alert: &serde_json::Value| AlertView {
        fingerprint: text(alert, "fingerprint").parse().unwrap(),
        firing: alert["status"] == "firing",
        labels: labels(&alert["labels"]),
        annotations: labels(&alert["annotations"]),
        starts_at: text(alert, "startsAt").parse().unwrap(),
        ends_at: text(alert, "endsAt").parse().unwrap(),
        generator_url: text(alert, "generatorURL"),
    };
    AlertsMessage {
        // The data has the name as Alertmanager gives it to templates: quoted already.
        receiver: text(&read, "receiver").replace('\\', ""),
        group_key: String::new(),
        group_labels: labels(&read["groupLabels"]),
        alerts: read["alerts"].as_array().unwrap().iter().map(alert).collect(),
        truncated: 0,
        external_url: text(&read, "externalURL"),
        reason: None,
        route_labels: Labels::default(),
        earlier: None,
    }
}

fn now() -> Timestamp {
    "2024-03-02T01:00:00Z".parse().unwrap()
}

fn data(name: &str) -> Data {
    let route = [("team", "storage")].into_iter().collect();
    Data::of(&message(name), "first notification", &route, now())
}

fn play(name: &str) {
    let templates = Templates::default();
    let data: BTreeMap<_, _> = ["mixed", "resolved"].map(|name| (name, data(name))).into();
    let mut wrong = Vec::new();
    for case in cases(name) {
        let data = &data[&*case.data];
        let found = match case.html {
            true => templates.html(&case.text, data),
            false => templates.text(&case.text, data),
        };
        if found != case.expected {
            let (line, text, expected) = (case.line, case.text, case.expected);
            wrong.push(format!("{name}:{line}: {text}\n  want {expected:?}\n  have {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn templates_print_what_amtool_prints() {
    play("amtool.txt");
}

#[test]
fn templates_print_what_later_versions_document() {
    play("newer.txt");
}
