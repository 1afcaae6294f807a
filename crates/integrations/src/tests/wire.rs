//! What Alertmanager itself sends for the same alerts and the same settings: `testdata/<kind>/<case>.case` is what it
//! was given, `<case>.wire` what it sent. Compared field by field; what differs on purpose stands here.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Case, testdata};
use crate::outbound::{CHANNELS, Mail, Request, Response};

/// A request as it was captured.
#[derive(Deserialize)]
struct Sent {
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
    body: Value,
}

/// A mail as it was captured.
#[derive(Deserialize)]
struct Received {
    headers: BTreeMap<String, String>,
    parts: BTreeMap<String, String>,
}

#[test]
fn receivers_hear_what_alertmanager_tells_them() {
    let (mut compared, mut wrong) = (0, Vec::new());
    for channel in CHANNELS {
        for entry in fs::read_dir(testdata().join(channel.kind())).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "wire") {
                continue;
            }
            let wire = fs::read_to_string(&path).unwrap();
            let (source, wire) = wire.split_once('\n').unwrap();
            assert!(
                source.starts_with("# source: "),
                "{} does not name its source",
                path.display()
            );
            let case = fs::read(path.with_extension("case")).unwrap();
            let case: Case = serde_json::from_slice(&case).unwrap();
            let (requests, outcome) =
                case.play_with(channel.kind(), |request| Some(kind_answer(request)));
            let shown = path.display();
            match serde_json::from_str::<Vec<Sent>>(wire) {
                Ok(sent) => {
                    if requests.len() != sent.len() {
                        wrong.push(format!("{shown}: {} requests, {outcome:?}", requests.len()));
                    }
                    for (request, sent) in requests.iter().zip(&sent) {
                        let differs = differences(channel.kind(), request, sent);
                        wrong.extend(differs.into_iter().map(|what| format!("{shown}: {what}")));
                    }
                }
                Err(_) => {
                    let mails: Vec<Received> = serde_json::from_str(wire).unwrap();
                    let Request::Mail(mail) = &requests[0] else { panic!("no mail") };
                    // The page of the default template is our own; its text is compared elsewhere.
                    let own_page = !shown.to_string().contains("default");
                    let differs = mail_differences(mail, &mails[0], own_page);
                    wrong.extend(differs.into_iter().map(|what| format!("{shown}: {what}")));
                }
            }
            compared += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 60, "only {compared} captures");
}

/// Answers as the sink did while Alertmanager was captured.
fn kind_answer(request: &Request) -> Response {
    let Request::Http { url, .. } = request else {
        return Response::Mail { code: 250, text: "ok".to_owned() };
    };
    let body = match url {
        url if url.contains("gettoken") => r#"{"errcode":0,"access_token":"tok123"}"#,
        url if url.contains("slack") => "ok",
        _ => "{}",
    };
    Response::Http { status: 200, retry_after: None, body: body.to_owned() }
}

fn differences(kind: &str, request: &Request, sent: &Sent) -> Vec<String> {
    let Request::Http { method, url, headers, body, .. } = request else {
        return vec!["no HTTP request".to_owned()];
    };
    let mut wrong = Vec::new();
    let mut compare = |what: &str, ours: Value, theirs: Value| {
        if ours != theirs {
            wrong.push(format!("{what}\n  ours   {ours}\n  theirs {theirs}"));
        }
    };
    compare("method", json!(method), json!(sent.method));
    compare("address", mended(kind, address(url)), mended(kind, address(&sent.url)));
    for (name, value) in &sent.headers {
        let own = headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        // A request without a body says nothing of its kind.
        if sent.method != "GET" || name != "content-type" {
            compare(
                name,
                json!(own.map(|(_, own)| own.to_lowercase())),
                json!(value.to_lowercase()),
            );
        }
    }
    let body = String::from_utf8(body.clone()).unwrap();
    let (ours, theirs) = match sent.body.as_str() {
        Some(form) => (address(&format!("?{body}")), address(&format!("?{form}"))),
        None => (serde_json::from_str(&body).unwrap_or_default(), sent.body.clone()),
    };
    compare("body", mended(kind, ours), mended(kind, theirs));
    wrong
}

/// Returns an address as its path and the fields of its query.
fn address(url: &str) -> Value {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let fields: BTreeMap<String, String> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    // Amazon's library always writes the slash of an empty path, and an empty list of attributes.
    let fields: BTreeMap<_, _> =
        fields.into_iter().filter(|(name, _)| name != "MessageAttributes").collect();
    json!([path.trim_end_matches('/'), fields])
}

/// Takes away what differs on purpose, on both sides.
fn mended(kind: &str, mut body: Value) -> Value {
    if kind == "webhook" {
        // Since Alertmanager 0.32 it says why it comes.
        body.as_object_mut().map(|body| body.remove("notification_reason"));
    }
    if kind == "pushover" {
        // Since Alertmanager 0.26 the device is sent, empty when none is set.
        body.pointer_mut("/1").and_then(Value::as_object_mut).map(|fields| fields.remove("device"));
    }
    if kind == "discord" {
        // Since Alertmanager 0.26 texts are cut to what Discord takes.
        for (at, max) in [("/embeds/0/title", 256), ("/embeds/0/description", 4_096)] {
            let Some(Value::String(text)) = body.pointer_mut(at) else { continue };
            if text.chars().count() > max {
                *text = text.chars().take(max - 1).chain(['…']).collect();
            }
        }
    }
    if kind == "pagerduty" {
        // Since Alertmanager 0.29 details that are numbers are sent as numbers.
        for at in ["/details", "/payload/custom_details"] {
            for (_, value) in
                body.pointer_mut(at).and_then(Value::as_object_mut).into_iter().flatten()
            {
                if value.is_number() {
                    *value = json!(value.to_string());
                }
            }
        }
    }
    body
}

fn mail_differences(mail: &Mail, received: &Received, pages: bool) -> Vec<String> {
    let mut ours: BTreeMap<&str, String> =
        mail.headers.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    ours.insert("Subject", mail.subject.clone());
    ours.insert("X-MailFrom", bare(&mail.from));
    ours.insert("X-RcptTo", mail.to.iter().map(|to| bare(to)).collect::<Vec<_>>().join(", "));
    let mut wrong = Vec::new();
    for (name, value) in &received.headers {
        if ours.get(name.as_str()) != Some(value) {
            wrong.push(format!("{name}: {:?} instead of {value:?}", ours.get(name.as_str())));
        }
    }
    // The last line break belongs to the boundary of the parts.
    let parts = [("text/plain", &mail.text), ("text/html", &mail.html)];
    for (kind, ours) in parts {
        let theirs = received.parts.get(kind).map_or("", String::as_str);
        if kind == "text/html" && !pages {
            continue;
        }
        if ours.trim_end_matches('\n') != theirs.trim_end_matches('\n') {
            wrong.push(format!("{kind}\n  ours   {ours}\n  theirs {theirs}"));
        }
    }
    wrong
}

/// Returns an address without its name.
fn bare(address: &str) -> String {
    let bare = address.split_once('<').map_or(address, |(_, rest)| rest.trim_end_matches('>'));
    bare.to_owned()
}
