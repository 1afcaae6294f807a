//! Tables of cases, answered by the original and by Stentor: matchers, routes, inhibition, silences, merging.
//!
//! A case is a line; both servers have the same alerts, and what they say of each is compared.

use serde_json::{Value, json};
use stentor_e2e::differential::pair::{Call, Pair};
use stentor_e2e::turn::beside;

/// Matchers as a filter of alerts writes them, one a line. Both servers have to find the same alerts, or refuse.
const FILTERS: &str = include_str!("tables/filters.txt");

/// What the filters choose from: labels, one alert a line.
const FILTERED: &str = include_str!("tables/filtered.txt");

/// A routing tree with every way to match.
const ROUTES: &str = include_str!("tables/routes.yml");

/// Alerts to route, inhibit and silence, one a line.
const ROUTED: &str = include_str!("tables/routed.txt");

/// Silences, one a line: matchers, separated by blanks.
const SILENCES: &str = include_str!("tables/silences.txt");

/// Messages about one alert, one case a line: `start end annotation`, separated by `|`, in minutes from a fixed time.
const MERGES: &str = include_str!("tables/merges.txt");

/// The cases of a table.
fn cases(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with("# "))
}

/// Reads `name=value name=value`; `_` in a value is a blank.
fn labels(line: &str) -> Value {
    let pair = |word: &str| {
        let (name, value) = word.split_once('=').expect("a label has a value");
        (name.to_owned(), value.replace('_', " "))
    };
    line.split_whitespace().map(pair).collect()
}

async fn fire(pair: &Pair, table: &str) {
    let alerts: Vec<Value> = cases(table)
        .map(|line| {
            json!({ "labels": labels(line), "startsAt": "2026-01-01T00:00:00Z",
                    "endsAt": "2100-01-01T00:00:00Z" })
        })
        .collect();
    pair.accept("/api/v2/alerts", &json!(alerts)).await;
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Returns the value at a key of each alert, by its labels, sorted.
fn by_labels(alerts: &Value, key: impl Fn(&Value) -> Value) -> Vec<(String, Value)> {
    let alerts = alerts.as_array().expect("a list of alerts");
    let mut all: Vec<_> =
        alerts.iter().map(|alert| (written(&alert["labels"]), key(alert))).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

fn written(labels: &Value) -> String {
    let labels = labels.as_object().expect("labels are an object");
    let mut words: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
        .collect();
    words.sort();
    words.join(" ")
}

/// Compares two lists of the same alerts, line by line.
fn compared(what: &str, original: &[(String, Value)], ours: &[(String, Value)]) -> Vec<String> {
    let mut wrong = vec![];
    if original.len() != ours.len() {
        wrong.push(format!("{what}: {} alerts against {}", original.len(), ours.len()));
    }
    for ((labels, original), (_, ours)) in original.iter().zip(ours) {
        if original != ours {
            wrong.push(format!("{what} of {labels}\n  original {original}\n  stentor  {ours}"));
        }
    }
    wrong
}

#[test]
fn a_filter_finds_the_same_alerts() {
    beside(async {
        let pair =
            Pair::start("route: { receiver: r, group_wait: 10m }\nreceivers: [{ name: r }]\n");
        let pair = pair.await;
        fire(&pair, FILTERED).await;
        let mut wrong = vec![];
        let mut count = 0;
        for line in cases(FILTERS) {
            count += 1;
            // A line that begins with `later` is taken by later releases alone.
            let (filter, is_later) =
                line.strip_prefix("later ").map_or((line, false), |filter| (filter, true));
            let path = format!("/api/v2/alerts?filter={}", encoded(filter));
            let replies = pair.ask(&Call::get(&path)).await;
            let [original, ours] = replies.map(|reply| match reply.status {
                200 => {
                    let found = by_labels(&reply.json(), |_| Value::Null).into_iter();
                    found.map(|(labels, _)| labels).collect::<Vec<_>>().join("; ")
                }
                status => format!("{status}"),
            });
            if (original == ours) == is_later {
                wrong.push(format!("{line}\n  original {original}\n  stentor  {ours}"));
            }
        }
        assert!(count >= 100, "{count} filters");
        assert!(wrong.is_empty(), "{} of {count}\n{}", wrong.len(), wrong.join("\n"));
    });
}

#[test]
fn an_alert_goes_to_the_same_receivers_and_is_held_back_by_the_same() {
    beside(async {
        let pair = Pair::start(ROUTES).await;
        for line in cases(SILENCES) {
            let matchers: Vec<Value> = line.split_whitespace().map(matcher).collect();
            let silence = json!({
                "matchers": matchers, "startsAt": "2026-01-01T00:00:00Z", "createdBy": "table",
                "endsAt": "2100-01-01T00:00:00Z", "comment": line,
            });
            pair.accept("/api/v2/silences", &silence).await;
        }
        fire(&pair, ROUTED).await;
        let comments = pair.ask(&Call::get("/api/v2/silences")).await.map(|reply| reply.json());
        let [original, ours] = pair.ask(&Call::get("/api/v2/alerts")).await.map(|r| r.json());
        let count = cases(ROUTED).count();
        assert!(count >= 60, "{count} alerts");
        let mut wrong = vec![];
        for key in ["receivers", "fingerprint"] {
            let of = |all: &Value| by_labels(all, |alert| alert[key].clone());
            wrong.extend(compared(key, &of(&original), &of(&ours)));
        }
        for key in ["state", "inhibitedBy"] {
            let of = |all: &Value| by_labels(all, |alert| alert["status"][key].clone());
            wrong.extend(compared(key, &of(&original), &of(&ours)));
        }
        let by = |all: &Value, silences: &Value| {
            by_labels(all, |alert| json!(silenced_by(&alert["status"]["silencedBy"], silences)))
        };
        let silenced = (by(&original, &comments[0]), by(&ours, &comments[1]));
        wrong.extend(compared("silencedBy", &silenced.0, &silenced.1));
        let groups = pair.ask(&Call::get("/api/v2/alerts/groups")).await.map(|r| groups(&r.json()));
        if groups[0] != groups[1] {
            let missing = groups[0].iter().filter(|group| !groups[1].contains(group));
            let besides = groups[1].iter().filter(|group| !groups[0].contains(group));
            wrong.extend(missing.map(|group| format!("no group {group}")));
            wrong.extend(besides.map(|group| format!("a group besides {group}")));
        }
        assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    });
}

/// Returns the comments of silences, sorted: their ids are each server's own.
fn silenced_by(ids: &Value, silences: &Value) -> Vec<String> {
    let silences = silences.as_array().expect("a list of silences");
    let comment = |id: &Value| {
        let silence = silences.iter().find(|silence| silence["id"] == *id);
        silence.and_then(|silence| silence["comment"].as_str()).unwrap_or("unknown").to_owned()
    };
    let mut comments: Vec<String> =
        ids.as_array().expect("a list of ids").iter().map(comment).collect();
    comments.sort();
    comments
}

/// Writes each group in a line, in their order.
fn groups(all: &Value) -> Vec<String> {
    let group = |group: &Value| {
        let alerts = by_labels(&group["alerts"], |_| Value::Null);
        let alerts: Vec<String> = alerts.into_iter().map(|(labels, _)| labels).collect();
        let receiver = group["receiver"]["name"].as_str().unwrap_or_default();
        format!("{receiver} {}: {}", written(&group["labels"]), alerts.join("; "))
    };
    all.as_array().expect("a list of groups").iter().map(group).collect()
}

/// Reads a matcher as the API has it.
fn matcher(text: &str) -> Value {
    let operators =
        [("!~", true, false), ("=~", true, true), ("!=", false, false), ("=", false, true)];
    let found = operators.iter().find_map(|(operator, is_regex, is_equal)| {
        let (name, value) = text.split_once(operator)?;
        Some(json!({ "name": name, "value": value, "isRegex": is_regex, "isEqual": is_equal }))
    });
    found.unwrap_or_else(|| panic!("no matcher: {text}"))
}

#[test]
fn messages_about_one_alert_are_merged_alike() {
    beside(async {
        let pair =
            Pair::start("route: { receiver: r, group_wait: 10m }\nreceivers: [{ name: r }]\n");
        let pair = pair.await;
        let now = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second())
            .expect("the test is right");
        let minutes = |text: &str| {
            let minutes: i64 = text.parse().expect("minutes");
            json!((now + jiff::SignedDuration::from_mins(minutes)).to_string())
        };
        let table: Vec<&str> = cases(MERGES).collect();
        assert!(table.len() >= 40, "{} cases", table.len());
        let longest = table.iter().map(|case| case.split('|').count()).max().unwrap_or(0);
        for at in 0..longest {
            let mut alerts = vec![];
            for (number, case) in table.iter().enumerate() {
                let Some(message) = case.split('|').nth(at) else { continue };
                let words: Vec<&str> = message.split_whitespace().collect();
                let [start, end, note] = words[..] else { panic!("no message: {message}") };
                let mut alert = json!({
                    "labels": { "alertname": "Merged", "case": number.to_string() },
                    "annotations": { "note": note },
                    "generatorURL": format!("http://prometheus.example/{note}"),
                });
                for (key, value) in [("startsAt", start), ("endsAt", end)] {
                    if value != "none" {
                        alert[key] = minutes(value);
                    }
                }
                alerts.push(alert);
            }
            pair.accept("/api/v2/alerts", &json!(alerts)).await;
        }
        let replies = pair.ask(&Call::get("/api/v2/alerts")).await;
        let told = |all: &Value| {
            by_labels(all, |alert| {
                // What a server set itself differs by less than a minute.
                let time = |key: &str| rounded(&alert[key]);
                json!([
                    time("startsAt"),
                    time("endsAt"),
                    alert["annotations"],
                    alert["generatorURL"]
                ])
            })
        };
        let [original, ours] = replies.map(|reply| told(&reply.json()));
        let mut wrong = compared("the merger", &original, &ours);
        for line in &mut wrong {
            let case = line.split("case=").nth(1).and_then(|rest| rest.split('\n').next());
            let case = case.and_then(|case| case.parse::<usize>().ok());
            line.push_str(&format!("\n  {}", case.map_or("", |case| table[case])));
        }
        assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    });
}

/// Rounds an instant to half a minute.
fn rounded(time: &Value) -> i64 {
    let time: jiff::Timestamp = time.as_str().expect("an instant").parse().expect("an instant");
    (time.as_second() + 15).div_euclid(30)
}
