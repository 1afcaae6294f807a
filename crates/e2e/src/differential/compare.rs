//! Where what was told differs: from what is expected, and between the two sides.

use std::collections::BTreeMap;

use serde_json::Value;

use super::config;
use super::recorder::Heard;
use super::scenario::{Expected, Scenario, Who};

/// Two moments further apart than this are two moments, in milliseconds.
pub const APART_MS_MAX: i64 = 150;

/// A notification of a scenario.
#[derive(Clone, Debug)]
pub struct Told {
    /// When, in milliseconds after the scenario began.
    pub at_ms: i64,
    /// Who is told of which group what, in short: `hook :{alertname="A"} firing: A(node=1) ~A(node=2)`. An alert with
    /// `~` is resolved; an answer other than 200 stands at the end.
    pub text: String,
    /// The whole message, without what each server says of itself.
    pub body: Value,
}

/// Returns a webhook as a notification of its scenario.
pub fn told(scenario: &Scenario, heard: &Heard, at_ms: i64) -> Told {
    let mut body = heard.body.clone();
    let receiver = heard.path.rsplit('/').next().unwrap_or_default();
    let key = short(body["groupKey"].as_str().unwrap_or_default(), scenario);
    let status = body["status"].as_str().unwrap_or_default();
    let mut text = format!("{receiver} {key} {status}:");
    for alert in body["alerts"].as_array().into_iter().flatten() {
        text.push(' ');
        text.push_str(&of_alert(alert));
    }
    if body["truncatedAlerts"] != 0 {
        text.push_str(&format!(" (and {} more)", body["truncatedAlerts"]));
    }
    if heard.status != 200 {
        text.push_str(&format!(" => {}", heard.status));
    }
    if let Some(body) = body.as_object_mut() {
        body.remove("externalURL");
        // Debian's release does not have it yet.
        body.remove("notification_reason");
    }
    Told { at_ms, text, body }
}

/// Leaves out of a group's key what all keys of a scenario have, and its spaces.
fn short(key: &str, scenario: &Scenario) -> String {
    let only = config::only(&scenario.name);
    let key = key.trim_start_matches("{}");
    let key = key.strip_prefix(&format!("/{{{only}}}")).unwrap_or(key);
    let key = key.replace(&format!(", {only}"), "").replace(&format!("{only}, "), "");
    key.replace(&only, "").replace(", ", ",").replace(' ', "_")
}

fn of_alert(alert: &Value) -> String {
    let labels = alert["labels"].as_object().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().replace(' ', "_");
    let name = labels.get("alertname").map(text).unwrap_or_default();
    let others =
        labels.iter().filter(|(name, _)| !["alertname", "scenario"].contains(&name.as_str()));
    let mut others: Vec<String> =
        others.map(|(name, value)| format!("{name}={}", text(value))).collect();
    others.sort();
    let resolved = if alert["status"] == "resolved" { "~" } else { "" };
    format!("{resolved}{name}({})", others.join(","))
}

/// Returns a scenario that expects what was told.
pub fn expecting(scenario: &Scenario, told: &[Told]) -> Scenario {
    let both =
        |told: &Told| Expected { who: Who::Both, at_ms: told.at_ms, text: told.text.clone() };
    Scenario { expected: told.iter().map(both).collect(), ..scenario.clone() }
}

/// Who is told of which group: within it, messages have an order.
fn sequence(text: &str) -> &str {
    let mut spaces = text.match_indices(' ').map(|(at, _)| at);
    spaces.nth(1).map_or(text, |end| &text[..end])
}

fn by_sequence<T>(all: &[T], text: impl Fn(&T) -> &str) -> BTreeMap<&str, Vec<&T>> {
    let mut sequences = BTreeMap::<_, Vec<_>>::new();
    for one in all {
        sequences.entry(sequence(text(one))).or_default().push(one);
    }
    sequences
}

/// Returns what was told otherwise or at another time than a scenario expects of one side, a line each.
pub fn unexpected(scenario: &Scenario, who: Who, all: &[Told], allowance_ms: i64) -> Vec<String> {
    let apart_ms_max = APART_MS_MAX + allowance_ms + scenario.jitter_ms;
    let of_side = |expected: &&Expected| expected.who == who || expected.who == Who::Both;
    let expected: Vec<Expected> = scenario.expected.iter().filter(of_side).cloned().collect();
    let wanted = by_sequence(&expected, |expected| &expected.text);
    let got = by_sequence(all, |told| &told.text);
    let mut problems = vec![];
    let keys: std::collections::BTreeSet<_> = wanted.keys().chain(got.keys()).collect();
    for key in keys {
        let (wanted, got) = (wanted.get(*key), got.get(*key));
        let (wanted, got) = (wanted.map_or(&[][..], |all| all), got.map_or(&[][..], |all| all));
        for at in 0..wanted.len().max(got.len()) {
            problems.extend(match (wanted.get(at), got.get(at)) {
                (Some(wanted), Some(got)) if wanted.text != got.text => Some(format!(
                    "expected {} {}\n       told {} {}",
                    seconds(wanted.at_ms),
                    wanted.text,
                    seconds(got.at_ms),
                    got.text
                )),
                (Some(wanted), Some(got)) => {
                    let apart_ms = got.at_ms - wanted.at_ms;
                    (apart_ms.abs() > apart_ms_max)
                        .then(|| format!("{apart_ms} ms off: {} {}", seconds(got.at_ms), got.text))
                }
                (Some(wanted), None) => {
                    Some(format!("not told: {} {}", seconds(wanted.at_ms), wanted.text))
                }
                (None, Some(got)) => {
                    Some(format!("told besides: {} {}", seconds(got.at_ms), got.text))
                }
                (None, None) => None,
            });
        }
    }
    problems
}

/// Returns where the messages that both sides have to tell differ in content or in time, a line each.
pub fn differences(
    scenario: &Scenario,
    original: &[Told],
    ours: &[Told],
    allowance_ms: i64,
) -> Vec<String> {
    let apart_ms_max = APART_MS_MAX + allowance_ms + scenario.jitter_ms;
    let mut left: Vec<&Told> = ours.iter().collect();
    let mut problems = vec![];
    let both = scenario.expected.iter().filter(|expected| expected.who == Who::Both);
    let mut texts: Vec<&str> = both.map(|expected| expected.text.as_str()).collect();
    for told in original {
        let Some(place) = texts.iter().position(|text| *text == told.text) else {
            continue;
        };
        texts.remove(place);
        let near = |other: &&Told| {
            other.text == told.text && (other.at_ms - told.at_ms).abs() <= apart_ms_max
        };
        let Some(place) = left.iter().position(near) else {
            let at = seconds(told.at_ms);
            problems.push(format!("the original alone told in time: {at} {}", told.text));
            continue;
        };
        let other = left.remove(place);
        let mut wanted = told.body.clone();
        let mut got = other.body.clone();
        if scenario.is_server_timed {
            without_times(&mut wanted);
            without_times(&mut got);
        }
        if wanted != got {
            problems.push(format!("{}\n  original {wanted}\n      ours {got}", told.text));
        }
    }
    problems
}

fn without_times(body: &mut Value) {
    for alert in body["alerts"].as_array_mut().into_iter().flatten() {
        for key in ["startsAt", "endsAt"] {
            if !alert[key].as_str().unwrap_or_default().starts_with("0001-") {
                alert[key] = Value::from("set by the server");
            }
        }
    }
}

/// Writes milliseconds as seconds with two decimals.
pub fn seconds(ms: i64) -> String {
    let tens = (ms + 5).div_euclid(10);
    format!("{}.{:02}", tens / 100, tens.rem_euclid(100))
}
