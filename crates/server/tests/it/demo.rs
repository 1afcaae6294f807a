//! `stentor demo` on a real server of its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::fake::{Fake, ran, stentor};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/plan");

/// Returns an address at which nobody listens just now.
fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

#[test]
fn the_outage_is_played_to_its_postmortem_and_the_server_is_gone() {
    let temporary = tempfile::tempdir().unwrap();
    let url = format!("http://{}", free());
    let mut demo = stentor(&["demo", "--fast", "--exit", "--url", &url, "--plan", EXAMPLE]);
    let ran = ran(demo.env("TMPDIR", temporary.path()));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("The page has resolved by itself."), "{}", ran.err);
    assert!(ran.err.contains("The postmortem is written"), "{}", ran.err);
    assert!(ran.out.contains("/setup?token="), "{}", ran.out);
    assert!(ran.out.contains("INC-1 is over. Look at:\n"), "{}", ran.out);
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
    assert!(TcpListener::bind(url.trim_start_matches("http://")).is_ok());
}

#[test]
fn a_plan_that_pages_nobody_is_said_to() {
    let plan = tempfile::tempdir().unwrap();
    let team = "people:\n  ana: { name: Ana, email: ana@example.com, notify: [mail] }\n\
                channels:\n  mail: { kind: email, smarthost: 'mail.example.com:25', from: a@example.com, tls: none }\n\
                fallback: [person:ana]\n";
    std::fs::write(plan.path().join("stentor.yml"), team).unwrap();
    let routing = "route: { receiver: team }\nreceivers: [{ name: team }]\n";
    std::fs::write(plan.path().join("alertmanager.yml"), routing).unwrap();
    let url = format!("http://{}", free());
    let mut demo = stentor(&["demo", "--fast", "--exit", "--url", &url, "--plan"]);
    let ran = ran(demo.arg(plan.path()));
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.err.contains("the alerts were accepted and page nobody"), "{}", ran.err);
}

#[test]
fn a_token_that_may_not_answer_pages_sends_no_alert() {
    let fake = Fake::new(200, r#"{"kind":"token","scopes":["read","ingest"]}"#);
    let ran = fake.run(&["demo", "--fast"]);
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("the demo needs respond and ingest"), "{}", ran.err);
    let lines: Vec<String> = fake.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(lines, ["GET /-/healthy", "GET /api/v1/me"]);
}

#[test]
fn what_cannot_be_started_is_said_to() {
    let url = format!("http://{}", free());
    let no_plan = ran(&mut stentor(&["demo", "--url", &url, "--plan", "/nowhere"]));
    assert_eq!(no_plan.code, 2);
    assert!(no_plan.err.contains("there is no plan in /nowhere"), "{}", no_plan.err);
    let folder = tempfile::tempdir().unwrap();
    let empty = ran(stentor(&["demo", "--url", &url, "--plan"]).arg(folder.path()));
    assert_eq!(empty.code, 1);
    assert!(empty.err.contains("the server ended"), "{}", empty.err);
}
