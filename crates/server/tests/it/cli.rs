//! The commands that ask a server: what they send, what they print, how they end.

use std::net::{Ipv4Addr, TcpListener};

use serde_json::json;

use crate::fake::{Fake, ran, stentor};

const PAGE: &str = "page_01j9zk3v5c8m2q4r6s8t0v2w4x";

fn problem(status: u16, detail: &str) -> String {
    json!({ "type": "about:blank", "title": "-", "status": status, "detail": detail, "code": "-" })
        .to_string()
}

#[test]
fn each_kind_of_failure_has_its_exit_code_and_its_sentence() {
    let check = |status: u16, code: i32| {
        let fake = Fake::new(status, &problem(status, "It is resolved already."));
        let ran = fake.run(&["page", "ack", PAGE]);
        assert_eq!((ran.code, ran.err.as_str()), (code, "error: It is resolved already.\n"));
        assert_eq!(ran.out, "", "{status}");
    };
    check(409, 1);
    check(422, 1);
    check(503, 1);
    check(404, 3);
    check(410, 3);
    check(403, 4);
}

#[test]
fn what_is_typed_wrongly_ends_with_2() {
    let fake = Fake::new(200, "{}");
    for line in [
        &["page", "acknowledge"][..],
        &["page", "ack"],
        &["page", "list", "--state", "lost"],
        &["page", "list", "--limit", "0"],
        &["page", "list", "--token-file", "/nowhere/token"],
        &["page", "list", "--url", "ftp://example.com"],
        &["alert", "send", "alertname"],
        &["incident", "declare", "x", "--severity", "1", "--started-at", "yesterday"],
        &["postmortem", "edit", "7", "--section", "impact"],
        &["postmortem", "edit", "7", "--section", "impact", "--text", "x", "--file", "y"],
        &["completions", "tcsh"],
    ] {
        let ran = fake.run(line);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{line:?}: {}", ran.err);
    }
    assert_eq!(fake.asked(), []);
}

#[test]
fn a_server_that_is_not_there_ends_with_5() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let ran = ran(&mut stentor(&["page", "list", "--url", &url]));
    assert_eq!(ran.code, 5);
    let expected = format!("error: {url} cannot be reached: Connection refused");
    assert!(ran.err.starts_with(&expected), "{}", ran.err);
}

#[test]
fn without_a_token_the_way_to_give_one_is_said() {
    let fake = Fake::new(401, &problem(401, "Sign in."));
    let ran = fake.run(&["page", "list", "--token-file", "/dev/null"]);
    assert_eq!(ran.code, 4);
    assert_eq!(
        ran.err,
        "error: the server wants an API token: set STENTOR_TOKEN, or give --token-file\n"
    );
}

#[test]
fn the_token_comes_from_the_environment_and_a_file_wins() {
    let fake = Fake::new(200, r#"{"items":[],"next":null}"#);
    assert_eq!(fake.run(&["page", "list"]).code, 0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "stentor_other\n").unwrap();
    fake.run(&["page", "list", "--token-file", file.to_str().unwrap(), "--as", "bob"]);
    let asked = fake.asked();
    assert_eq!(asked[0].authorization.as_deref(), Some("Bearer stentor_secret"));
    assert_eq!(asked[1].authorization.as_deref(), Some("Bearer stentor_other"));
    assert_eq!((&asked[0].on_behalf_of, asked[1].on_behalf_of.as_deref()), (&None, Some("bob")));
}

#[test]
fn a_refused_field_is_named() {
    let body = json!({ "detail": "The plan knows no severity `x`.", "field": "severity" });
    let ran = Fake::new(422, &body.to_string()).run(&["incident", "severity", "7", "x"]);
    assert_eq!(ran.err, "error: severity: The plan knows no severity `x`.\n");
}

#[test]
fn a_redirect_is_not_followed_and_the_token_stays() {
    // Without a Location it is a plain failure; the text of other servers is shown in part.
    let ran = Fake::new(302, "<html>moved").run(&["page", "list"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, "error: <html>moved\n"));
}

#[test]
fn a_list_is_a_table_or_the_answer_as_it_is() {
    let answer = json!({
        "items": [{
            "id": PAGE, "state": "triggered", "title": "Errors \u{1b}[31m(checkout)",
            "severity": { "level": 1, "name": "Sev-1", "title": "Critical" },
            "triggered_at": "2025-06-02T10:04:00.000000Z",
        }],
        "next": "abc",
    })
    .to_string();
    let fake = Fake::new(200, &answer);
    let table = fake.run(&["page", "list", "--state", "triggered", "--limit", "1"]);
    let expected = format!(
        "\
STATE      SEVERITY  TRIGGERED             PAGE                             TITLE
triggered  Sev-1     2025-06-02 10:04:00Z  {PAGE}  Errors  [31m(checkout)
"
    );
    assert_eq!((table.code, table.out.as_str()), (0, expected.as_str()));
    assert_eq!(table.err, "there are more: --limit shows up to 500\n");
    assert_eq!(fake.asked()[0].line, "GET /api/v1/pages?limit=1&state=triggered");
    let json = fake.run(&["page", "list", "--output", "json"]);
    assert_eq!((json.out, json.err), (format!("{answer}\n"), String::new()));
}

#[test]
fn a_signal_is_sent_as_prometheus_sends_it() {
    let fake = Fake::new(200, "");
    let ran = fake.run(&[
        "alert",
        "send",
        "alertname=DiskFull",
        "expr=a=b",
        "--annotation",
        "summary=The disk is full",
        "--starts-at",
        "2025-06-02T12:04+02:00",
        "--ends-at",
        "2025-06-02T10:55Z",
    ]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "Accepted: the alert fires.\n"));
    let asked = fake.asked().remove(0);
    assert_eq!(asked.line, "POST /api/v2/alerts");
    let expected = json!([{
        "labels": { "alertname": "DiskFull", "expr": "a=b" },
        "annotations": { "summary": "The disk is full" },
        "startsAt": "2025-06-02T10:04:00Z",
        "endsAt": "2025-06-02T10:55:00Z",
    }]);
    assert_eq!(asked.body, expected);
    fake.run(&["alert", "send", "alertname=DiskFull", "--resolve"]);
    assert!(fake.asked()[1].body[0]["endsAt"].is_string());
}

#[test]
fn what_a_person_types_as_an_id_stays_one_part_of_the_path() {
    let fake = Fake::new(404, &problem(404, "There is no such page."));
    assert_eq!(fake.run(&["page", "show", "../tokens?x=1"]).code, 3);
    assert_eq!(fake.asked()[0].line, "GET /api/v1/pages/..%2Ftokens%3Fx%3D1");
}

#[test]
fn what_is_missing_or_not_allowed_is_named_with_the_mend() {
    let missing = |noun: &str| Fake::new(404, &problem(404, &format!("There is no such {noun}.")));
    let ran = missing("silence").run(&["silence", "expire", "12bc"]);
    let why = "There is no such silence: 12bc; `stentor silence list` shows those that there are";
    assert_eq!((ran.code, ran.err), (3, format!("error: {why}\n")));
    let ran = missing("receiver").run(&["receiver", "test", "nobody"]);
    assert_eq!((ran.code, ran.err.as_str()), (3, "error: There is no such receiver: nobody\n"));
    let ran = Fake::new(401, &problem(401, "The token is not known.")).run(&["silence", "list"]);
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("Put another one into STENTOR_TOKEN"), "{}", ran.err);
}

#[test]
fn work_on_an_incident_is_sent_with_its_times() {
    let fake = Fake::new(200, r#"{"name":"INC-7","severity":{"name":"Sev-2"}}"#);
    let run = |line: &[&str]| {
        let ran = fake.run(line);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out
    };
    let at = ["--at", "2025-06-02T10:04Z"];
    assert_eq!(
        run(&["incident", "declare", "Outage", "--severity", "sev1", "--service", "checkout"]),
        "Declared: INC-7\n"
    );
    run(&["incident", "decision", "7", "Raise the limit", at[0], at[1]]);
    run(&["incident", "state", "INC-7", "resolved", at[0], at[1]]);
    assert_eq!(run(&["incident", "severity", "7", "sev2"]), "The incident is Sev-2.\n");
    run(&["incident", "role", "7", "commander", "bob"]);
    let asked: Vec<_> = fake.asked().into_iter().map(|one| (one.line, one.body)).collect();
    let when = "2025-06-02T10:04:00Z";
    let expected = [
        (
            "POST /api/v1/incidents",
            json!({ "title": "Outage", "severity": "sev1", "service": "checkout" }),
        ),
        (
            "POST /api/v1/incidents/7/timeline",
            json!({ "kind": "decision", "text": "Raise the limit", "happened_at": when }),
        ),
        ("POST /api/v1/incidents/INC-7/state", json!({ "state": "resolved", "happened_at": when })),
        ("POST /api/v1/incidents/7/severity", json!({ "severity": "sev2" })),
        ("POST /api/v1/incidents/7/roles", json!({ "role": "commander", "to": "bob" })),
    ];
    assert_eq!(asked, expected.map(|(line, body)| (line.to_owned(), body)));
}

#[test]
fn a_new_tokens_secret_stands_alone_on_the_standard_output() {
    let fake = Fake::new(201, r#"{"id":"tok_1","secret":"stentor_new"}"#);
    let ran = fake.run(&["token", "create", "ci", "--scope", "read", "--scope", "ingest"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "stentor_new\n"));
    assert_eq!(fake.asked()[0].body, json!({ "name": "ci", "scopes": ["read", "ingest"] }));
}

#[test]
fn version_and_completions_need_no_server() {
    let version = ran(&mut stentor(&["version"]));
    assert_eq!(
        (version.code, version.out),
        (0, format!("stentor {}\n", env!("CARGO_PKG_VERSION")))
    );
    for shell in ["bash", "zsh", "fish"] {
        let script = ran(&mut stentor(&["completions", shell]));
        assert_eq!(script.code, 0);
        assert!(script.out.contains("postmortem"), "{shell}");
    }
}
