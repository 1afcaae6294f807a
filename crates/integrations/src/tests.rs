//! Real payloads in, expected signals and requests out: one `testdata/<kind>/<case>.json` and `.out` a case.
//!
//! The first line of each `.out` names the payload's source. `UPDATE=1` rewrites the rest.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use stentor_domain::delivery::Outcome;
use stentor_domain::message::Message;
use stentor_domain::plan::Settings;
use stentor_domain::template::Templates;

use crate::inbound::alertmanager::{
    LABELS_PER_SIGNAL_MAX, NAME_BYTES_MAX, SIGNALS_PER_BODY_MAX, VALUE_BYTES_MAX, read,
};
use crate::inbound::{Malformed, Read, SENDERS};
use crate::outbound::{self, CHANNELS, Context, Mail, Request, Response, Step};

mod defaults;
mod docs;
mod hostile;
mod outcomes;
mod wire;

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// Runs `render` over each case of a kind; there must be one, and each `.out` must name its source.
fn check_cases(kind: &str, render: impl Fn(&[u8]) -> String) {
    let mut paths: Vec<_> = fs::read_dir(testdata().join(kind))
        .unwrap_or_else(|_| panic!("testdata/{kind} is missing"))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no case in testdata/{kind}");
    let mut wrong = Vec::new();
    for path in paths {
        let out = path.with_extension("out");
        let expected = fs::read_to_string(&out).unwrap_or_default();
        let (source, _) = expected.split_once('\n').unwrap_or_default();
        assert!(source.starts_with("# source: "), "{} does not name its source", out.display());
        let actual = format!("{source}\n{}", render(&fs::read(&path).unwrap()));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&out, &actual).unwrap();
        } else if actual != expected {
            wrong.push(format!("{}\n{actual}", out.display()));
        }
    }
    assert!(wrong.is_empty(), "differs (UPDATE=1 rewrites):\n{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_testdata_belongs_to_a_sender_or_a_channel() {
    let kinds: BTreeSet<String> = SENDERS
        .iter()
        .map(|sender| sender.kind().to_owned())
        .chain(CHANNELS.iter().map(|channel| channel.kind().to_owned()))
        .collect();
    let folders = fs::read_dir(testdata()).unwrap();
    let folders: BTreeSet<String> =
        folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(kinds, folders);
}

#[test]
fn bodies_of_senders_become_signals_or_refusals() {
    for sender in SENDERS {
        check_cases(sender.kind(), |body| match sender.read(body) {
            Ok(reads) => shown(&reads),
            Err(refused) => answer(&refused),
        });
    }
}

fn shown(reads: &[Read]) -> String {
    let mut out = String::new();
    for read in reads {
        match read {
            Read::Refused(why) => writeln!(out, "refused: {why}").unwrap(),
            Read::Signal(signal) => {
                writeln!(out, "signal {}", signal.labels).unwrap();
                if !signal.annotations.is_empty() {
                    writeln!(out, "  annotations {}", signal.annotations).unwrap();
                }
                if let Some(at) = signal.starts_at {
                    writeln!(out, "  starts_at {at}").unwrap();
                }
                if let Some(at) = signal.ends_at {
                    writeln!(out, "  ends_at {at}").unwrap();
                }
                if !signal.generator_url.is_empty() {
                    writeln!(out, "  generator_url {}", signal.generator_url).unwrap();
                }
            }
        }
    }
    match Malformed::of(reads) {
        None => out.push_str("answer 200\n"),
        Some(refused) => out.push_str(&answer(&refused)),
    }
    out
}

fn answer(refused: &Malformed) -> String {
    let body = String::from_utf8(refused.body()).unwrap();
    let at = if refused.at.is_empty() { String::new() } else { format!("\nat {}", refused.at) };
    format!("answer {} {}{at}\n", refused.status, body.trim_end())
}

/// A case of a channel.
#[derive(Deserialize)]
struct Case {
    settings: std::collections::BTreeMap<String, String>,
    delivery: String,
    message: Message,
    /// What the provider answers, in order; without any only the first request is shown.
    #[serde(default)]
    answers: Vec<Answer>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Http { status: u16, body: String },
    None { no_answer: String },
}

impl Case {
    /// Plays an attempt: every request, and what came of it unless an answer is missing.
    fn play(&self, kind: &str) -> (Vec<Request>, Option<Outcome>) {
        let mut answers = self.answers.iter();
        let played = self.play_with(kind, |_| {
            Some(match answers.next()? {
                Answer::None { no_answer } => {
                    Response::NoAnswer { why: no_answer.clone(), sent: false }
                }
                Answer::Http { status, body } => {
                    Response::Http { status: *status, retry_after: None, body: body.clone() }
                }
            })
        });
        assert_eq!(answers.len(), 0, "answers that nobody asked for");
        played
    }

    /// Plays an attempt against somebody who answers.
    fn play_with(
        &self,
        kind: &str,
        mut answer: impl FnMut(&Request) -> Option<Response>,
    ) -> (Vec<Request>, Option<Outcome>) {
        let mut settings = Settings::default();
        for (name, value) in &self.settings {
            settings.set(name, value, false);
        }
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let templates = Templates::default();
        let context = Context::new(&self.message, &templates, &self.delivery, now);
        let channel = outbound::find(kind).unwrap();
        let (mut requests, mut answers) = (vec![], vec![]);
        loop {
            match channel.next(&settings, &self.message, &context, &answers) {
                Step::Done(outcome) => return (requests, Some(outcome)),
                Step::Send(request) => {
                    let said = answer(&request);
                    requests.push(request);
                    match said {
                        Some(said) => answers.push(said),
                        None => return (requests, None),
                    }
                }
            }
        }
    }
}

fn request(kind: &str, case: &[u8]) -> Request {
    let case: Case = serde_json::from_slice(case).unwrap();
    case.play(kind).0.remove(0)
}

#[test]
fn messages_become_requests() {
    for channel in CHANNELS {
        check_cases(channel.kind(), |case| {
            let case: Case = serde_json::from_slice(case).unwrap();
            let (requests, outcome) = case.play(channel.kind());
            let mut shown: Vec<String> = requests.into_iter().map(shown_request).collect();
            shown.extend(outcome.map(|outcome| match outcome {
                Outcome::Sent { detail, receipt: None } => format!("sent: {detail}\n"),
                Outcome::Sent { detail, receipt: Some(receipt) } => {
                    format!("sent: {detail}\nknown as: {receipt}\n")
                }
                Outcome::Refused { why } => format!("refused: {why}\n"),
                Outcome::Retry { after: None, why } => format!("again: {why}\n"),
                Outcome::Retry { after: Some(after), why } => format!("again in {after}: {why}\n"),
            }));
            shown.join("\n")
        });
    }
}

fn shown_request(request: Request) -> String {
    match request {
        Request::Http { method, url, headers, body, timeout, .. } => {
            let mut out = format!("{method} {url}\n");
            for (name, value) in headers {
                writeln!(out, "{name}: {value}").unwrap();
            }
            writeln!(out, "timeout: {} s\n", timeout.as_secs()).unwrap();
            out + &String::from_utf8(body).unwrap()
        }
        Request::Mail(mail) => {
            let Mail { smarthost, hello, tls, .. } = &*mail;
            let mut out = format!("smarthost: {smarthost} ({tls:?}), hello {hello}\n");
            if let Some(login) = &mail.login {
                writeln!(out, "login: {} / {:?}", login.username, login.password).unwrap();
            }
            writeln!(out, "From: {}\nTo: {}", mail.from, mail.to.join(", ")).unwrap();
            writeln!(out, "Subject: {}", mail.subject).unwrap();
            for (name, value) in &mail.headers {
                writeln!(out, "{name}: {value}").unwrap();
            }
            out + "\n" + &mail.text + "\n" + &mail.html
        }
    }
}

#[test]
fn a_webhook_equals_alertmanagers_byte_for_byte() {
    let mut compared = 0;
    for entry in fs::read_dir(testdata().join("webhook")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "captured") {
            continue;
        }
        let captured = fs::read_to_string(&path).unwrap();
        let case = fs::read(path.with_extension("json")).unwrap();
        let Request::Http { body, .. } = request("webhook", &case) else { panic!("no request") };
        assert_eq!(String::from_utf8(body).unwrap(), captured, "{}", path.display());
        compared += 1;
    }
    assert!(compared >= 4, "only {compared} captured webhooks");
}

#[test]
fn a_mail_and_a_chat_message_keep_secrets_and_strangers_out() {
    for kind in ["email", "slack", "webhook"] {
        let case = fs::read(testdata().join(kind).join("page.json")).unwrap();
        let shown = format!("{:?}", request(kind, &case));
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    let case = fs::read(testdata().join("email/page_hostile.json")).unwrap();
    let Request::Mail(mail) = request("email", &case) else { panic!("no mail") };
    let values = mail.headers.iter().map(|(_, value)| value.as_str());
    for value in values.chain([mail.subject.as_str(), mail.from.as_str()]) {
        assert!(!value.contains(['\r', '\n']), "{value:?}");
    }
    for bad in ["<script", "<img", "href=\"javascript", "<link", "url("] {
        assert!(!mail.html.contains(bad), "{bad} in {}", mail.html);
    }
    let case = fs::read(testdata().join("slack/page_hostile.json")).unwrap();
    let Request::Http { body, .. } = request("slack", &case) else { panic!("no request") };
    let post: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let text = format!("{}{}", post["text"], post["attachments"][0]["text"]);
    for bad in ["<!", "<@", "<https://evil", "<javascript"] {
        assert!(!text.contains(bad), "{bad} in {text}");
    }
}

/// Returns a body with one alert, whose `labels` are made by `label` for each number.
fn body_of(alerts: usize, labels: usize, label: impl Fn(usize) -> String) -> Vec<u8> {
    let labels: Vec<String> = (0..labels).map(label).collect();
    let alert = format!("{{\"labels\":{{{}}}}}", labels.join(","));
    format!("[{}]", vec![alert; alerts].join(",")).into_bytes()
}

#[test]
fn what_is_at_a_limit_passes_and_what_is_over_it_is_refused_whole() {
    let short = |n: usize| format!("\"l{n}\":\"v\"");
    let refused = |body: &[u8]| match &read(body).unwrap()[..] {
        [Read::Refused(why)] => why.clone(),
        other => panic!("not refused: {other:?}"),
    };
    let passes = |body: &[u8]| matches!(read(body).unwrap()[..], [Read::Signal(_)]);

    assert_eq!(read(&body_of(SIGNALS_PER_BODY_MAX, 1, short)).unwrap().len(), SIGNALS_PER_BODY_MAX);
    let over = read(&body_of(SIGNALS_PER_BODY_MAX + 1, 1, short)).unwrap_err();
    assert_eq!((over.status, over.at.as_str()), (413, "alerts"));
    assert!(
        over.why.starts_with("10001 alerts in one request are more than 10000"),
        "{}",
        over.why
    );

    assert!(passes(&body_of(1, LABELS_PER_SIGNAL_MAX, short)));
    let why = refused(&body_of(1, 1_000_000, short));
    assert_eq!(why, "invalid label set: 1000000 are more than 256");

    let name = |bytes: usize| move |_: usize| format!("\"{}\":\"v\"", "n".repeat(bytes));
    assert!(passes(&body_of(1, 1, name(NAME_BYTES_MAX))));
    let why = refused(&body_of(1, 1, name(NAME_BYTES_MAX + 1)));
    assert_eq!(why, "invalid label set: a name has more than 1024 bytes");

    let value = |bytes: usize| move |_: usize| format!("\"a\":\"{}\"", "v".repeat(bytes));
    assert!(passes(&body_of(1, 1, value(VALUE_BYTES_MAX))));
    let why = refused(&body_of(1, 1, value(VALUE_BYTES_MAX + 1)));
    assert_eq!(why, "label \"a\" has more than 65536 bytes");
}

#[test]
fn a_body_cut_anywhere_is_refused() {
    let whole =
        fs::read(testdata().join("alertmanager/prometheus_firing_and_resolved.json")).unwrap();
    for end in 1..whole.len() {
        let refused = read(&whole[..end]).unwrap_err();
        assert_eq!(refused.status, 400, "cut at {end}");
    }
    assert_eq!(read(&whole).unwrap().len(), 2);
}

#[test]
fn an_answer_means_the_same_for_every_channel() {
    let answer = Response::Http { status: 200, retry_after: None, body: "ok".to_owned() };
    for channel in CHANNELS {
        let expected = Outcome::sent("HTTP 200: ok");
        assert_eq!(channel.outcome(&answer), expected, "{}", channel.kind());
    }
}
