//! `stentor silence`, `alert why`, `plan route`, `receiver test`: what they ask and what they print.

use serde_json::json;

use crate::fake::{Fake, ran, stentor};

/// Answers as a server on which one alert fires; `labels` are names that a firing alert has.
fn server(labels: &'static [&'static str]) -> Fake {
    Fake::answering(move |line| {
        let body = match line {
            "POST /api/v1/silences/preview" => json!({ "hits": labels.len(), "alerts": [] }),
            "POST /api/v1/silences" => {
                json!({ "id": "12bc781c", "ends_at": "2026-01-05T10:00:00.000000Z" })
            }
            _ => json!({ "detail": "unexpected" }),
        };
        (200, body.to_string())
    })
}

#[test]
fn the_classic_mistake_is_understood_and_said() {
    let fake = server(&[]);
    let words = ["silence", "add", "alertname=HighCPUUsage", "instance=server01", "duration=2h"];
    let ran = fake.run(&words);
    assert_eq!((ran.code, ran.out.as_str()), (0, "12bc781c\n"), "{}", ran.err);
    assert_eq!(
        ran.err,
        "`duration=2h` is taken as --duration 2h: no firing alert has a label `duration`.\n\
         warning: it matches no firing alert now; look at the matchers again\n\
         Silenced until 2026-01-05 10:00:00Z.\n"
    );
    let asked = fake.asked();
    let matchers = json!(["alertname=\"HighCPUUsage\"", "instance=\"server01\""]);
    assert_eq!(asked[0].body, json!({ "matchers": ["duration!=\"\""] }));
    assert_eq!(asked.last().unwrap().body, json!({ "matchers": matchers, "duration": "2h" }));
}

#[test]
fn a_label_of_that_name_stays_a_matcher() {
    let fake = server(&["duration"]);
    let ran = fake.run(&["silence", "add", "HighCPUUsage", "duration=2h", "--comment", "why"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let matchers = json!(["alertname=\"HighCPUUsage\"", "duration=\"2h\""]);
    let expected = json!({ "matchers": matchers, "duration": "1h", "comment": "why" });
    assert_eq!(fake.asked().last().unwrap().body, expected);
}

#[test]
fn a_silence_without_an_alert_or_with_a_bad_word_is_wrong_usage() {
    let fake = server(&[]);
    for words in [
        &["silence", "add"][..],
        &["silence", "add", "a=1", "bare"],
        &["silence", "add", "duration=1h"],
        &["silence", "add", "a=1", "--duration", "1h", "--until", "2027-01-01T00:00Z"],
        &["silence", "add", "a=1", "--every", "day"],
        &["silence", "extend", "x"],
        &["silence", "extend", "x", "--duration", "1h", "--until", "2027-01-01T00:00Z"],
        &["silence", "extend", "x", "--duration", "long"],
        &["silence", "add", "a=1", "--duration", "2x"],
        &["silence", "add", "a=1", "duration=2x"],
        &["silence", "add", "a=1", "--every", "day", "--zone", "Mars/Olympus"],
        &["silence", "list", "--filter", "a=~("],
        &["alert", "list", "--filter", "a=~("],
        &["alert", "why", "DiskFull", "bare"],
        &["alert", "history", "a=~("],
        &["plan", "route", "team"],
        &["alert", "why"],
    ] {
        let ran = fake.run(words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}: {}", ran.err);
    }
}

#[test]
fn wrong_usage_asks_the_server_nothing_and_says_what_is_right() {
    let fake = server(&[]);
    for (words, mend) in [
        (&["silence", "add", "a=1", "--duration", "2x"][..], "as in `30s`, `5m`, `1h30m` or `2w`"),
        (&["silence", "add", "a=1", "--every", "day", "--zone", "X"], "as in Europe/Berlin"),
        (&["silence", "extend", "x"], "<--duration <DURATION>|--until <TIME>>"),
        (&["alert", "why", "Disk", "bare"], "`bare` is no matcher"),
    ] {
        let ran = fake.run(words);
        assert!(ran.err.contains(mend), "{words:?}: {}", ran.err);
    }
    assert!(fake.asked().is_empty());
    let ran = fake.run(&["silence", "add", "a=1", "duration=2x"]);
    let mend = "For a label of that name write duration=~2x";
    assert!(ran.err.contains("`duration=2x` is taken as --duration") && ran.err.contains(mend));
    let lines: Vec<String> = fake.asked().into_iter().map(|it| it.line).collect();
    assert_eq!(lines, ["POST /api/v1/silences/preview"], "nothing was made");
}

#[test]
fn an_explanation_is_read_from_top_to_bottom() {
    let trace = json!({
        "fingerprint": "980a6a0e0facf311", "labels": { "alertname": "A" },
        "known": true, "firing": true, "inhibited_by": null,
        "silenced_by": [{ "id": "12bc", "ends_at": "2026-01-05T10:00:00.000000Z",
            "created_by": "ana", "comment": "upgrade" }],
        "routes": [{ "path": ["{}", "{team=\"a\"}"], "line": 7, "receiver": "hook",
            "group": "{}/{team=\"a\"}:{}", "group_exists": false, "muted_by": ["nights"],
            "policy": "web", "pages": [{ "name": "Ana", "why": "on call" }],
            "integrations": [{ "name": "webhook/0", "why": "silenced by 12bc" }] }],
    });
    let ran = Fake::new(200, &trace.to_string()).run(&["alert", "why", "980a6a0e0facf311"]);
    assert_eq!(
        ran.out,
        "alertname=A\n980a6a0e0facf311 fires\n\
         silenced by 12bc until 2026-01-05 10:00:00Z (ana: upgrade)\n\n\
         route {} > {team=\"a\"} (line 7)\n  receiver hook\n\
         \x20 group {}/{team=\"a\"}:{}, does not exist yet\n  muted by nights\n\
         \x20 webhook/0: silenced by 12bc\n  pages by the policy web\n    Ana: on call\n"
    );
}

#[test]
fn labels_are_tried_out_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("am.yml");
    let text = "\
route:
  receiver: all
  routes:
    - { matchers: [team = a], receiver: a, continue: true }
    - { matchers: [node = b], receiver: b }
receivers: [{ name: all }, { name: a }, { name: b }]
";
    std::fs::write(&file, text).unwrap();
    let ran =
        ran(&mut stentor(&["plan", "route", "--plan", file.to_str().unwrap(), "team=a", "node=b"]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.starts_with("a,b\n"), "{}", ran.out);
    assert!(ran.out.contains("route {} > {team=\"a\"} (line 4)\n  receiver a\n"), "{}", ran.out);
}

#[test]
fn a_receiver_that_did_not_get_its_test_ends_with_1() {
    let fake = Fake::answering(|line| {
        let body = match line.starts_with("POST") {
            true => json!({ "deliveries": ["dlv_1"] }),
            false => {
                json!({ "id": "dlv_1", "channel": "webhook", "state": "failed", "detail": "404" })
            }
        };
        (200, body.to_string())
    });
    let ran = fake.run(&["receiver", "test", "hook", "--label", "team=a"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("webhook  failed  dlv_1     404"), "{}", ran.out);
    assert_eq!(fake.asked()[0].body, json!({ "labels": { "team": "a" } }));
}

#[test]
fn an_import_without_files_says_where_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let ran = ran(&mut stentor(&["import", "alertmanager", "--storage.path", path]));
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("neither silences nor nflog"), "{}", ran.err);
    std::fs::write(folder.path().join("nflog"), [0xff, 0xff]).unwrap();
    let ran = crate::fake::ran(&mut stentor(&["import", "alertmanager", "--storage.path", path]));
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.err.contains("nothing was imported"), "{}", ran.err);
}
