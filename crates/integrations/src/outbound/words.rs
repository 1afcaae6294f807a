//! Words that several channels share.

use std::borrow::Cow;

use jiff::Timestamp;
use stentor_domain::labels::Labels;
use stentor_domain::message::{AlertView, AlertsMessage, Message, Purpose};

/// At most this many letters of a provider's answer are kept in a delivery's record.
const SAID_LETTERS_MAX: usize = 300;

/// Returns `text` in one line: every run of white space and control characters is one space.
pub(super) fn line(text: &str) -> String {
    let gap = |letter: char| letter.is_whitespace() || letter.is_control();
    text.split(gap).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Returns a provider's answer in one line, shortened.
pub(super) fn said(status: &str, body: &str) -> String {
    let body: String = body.chars().take(SAID_LETTERS_MAX).collect();
    let body = line(&body);
    if body.is_empty() { status.to_owned() } else { format!("{status}: {body}") }
}

/// Returns host and port of an `http` or `https` URL; `None` for any other text.
pub(super) fn host_of(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let authority = &rest[..rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())];
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let clean = !url.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    (clean && !host.is_empty()).then_some(host)
}

/// Tells whether a text may become a link: anybody can write `javascript:` into a label.
pub(super) fn is_link(url: &str) -> bool {
    host_of(url).is_some()
}

/// Returns a message as one about alerts, for receivers that know nothing else: a page or a trial is a single alert.
pub(super) fn alerts_of(message: &Message, now: Timestamp) -> Cow<'_, AlertsMessage> {
    let pairs = |pairs: &[(&str, &str)]| -> Labels {
        pairs.iter().copied().filter(|(_, value)| !value.is_empty()).collect()
    };
    let only = |alert: AlertView, (receiver, key): (&str, String), external_url: &str| {
        Cow::Owned(AlertsMessage {
            receiver: receiver.to_owned(),
            group_key: key,
            group_labels: pairs(&[("alertname", alert.labels.get("alertname"))]),
            alerts: vec![alert],
            truncated: 0,
            external_url: external_url.to_owned(),
            reason: None,
            route_labels: Labels::default(),
            earlier: None,
        })
    };
    match message {
        Message::Alerts(alerts) => Cow::Borrowed(alerts),
        Message::Page(page) => {
            let labels = pairs(&[
                ("alertname", &page.title),
                ("service", &page.service),
                ("severity", &page.severity),
            ]);
            let annotations = pairs(&[
                ("summary", &page.summary.join("\n")),
                ("why", &page.why),
                ("runbook_url", &page.runbook),
                ("answer_url", &page.answer_url),
            ]);
            let alert = AlertView {
                fingerprint: labels.fingerprint(),
                firing: page.purpose == Purpose::Act,
                labels,
                annotations,
                starts_at: page.triggered_at,
                ends_at: now,
                generator_url: page.page_url.clone(),
            };
            let home = page.page_url.split_once("/pages/").map_or("", |(home, _)| home);
            only(alert, (&page.person, page.page.to_string()), home)
        }
        Message::Test(test) => {
            let labels = pairs(&[("alertname", "Test"), ("channel", &test.channel)]);
            let summary = format!("A test, asked for by {}. Nothing needs to be done.", test.by);
            let alert = AlertView {
                fingerprint: labels.fingerprint(),
                firing: true,
                annotations: pairs(&[("summary", &summary)]),
                labels,
                starts_at: now,
                ends_at: now,
                generator_url: test.external_url.clone(),
            };
            only(alert, (&test.channel, format!("test/{}", test.channel)), &test.external_url)
        }
    }
}

/// Returns an instant for people, `2026-11-23 07:31 UTC`.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Returns the headline of a group as Alertmanager's default templates have it:
/// `[FIRING:2] DiskFull (critical eu)`, `[RESOLVED] DiskFull`.
pub(super) fn headline(message: &AlertsMessage) -> String {
    let firing = message.alerts.iter().filter(|alert| alert.firing).count();
    let status = match firing {
        0 => "[RESOLVED]".to_owned(),
        count => format!("[FIRING:{count}]"),
    };
    let common = message.common_labels();
    let name = message.group_labels.get("alertname");
    let group = message.group_labels.iter().filter(|(key, _)| *key != "alertname");
    let mut words = vec![status.as_str()];
    words.extend((!name.is_empty()).then_some(name));
    words.extend(group.map(|(_, value)| value));
    let more: Vec<&str> = common
        .iter()
        .filter(|(key, _)| message.group_labels.get(key).is_empty())
        .map(|(_, value)| value)
        .collect();
    let more = more.join(" ");
    let tail = if more.is_empty() { String::new() } else { format!(" ({more})") };
    line(&format!("{}{tail}", words.join(" ")))
}

/// Returns what one alert is about, in one line: its summary, else its description, else its labels.
pub(super) fn summary(alert: &AlertView) -> String {
    let said = ["summary", "description", "message"]
        .iter()
        .map(|name| alert.annotations.get(name))
        .find(|text| !text.is_empty());
    said.map_or_else(|| alert.labels.to_string(), line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_and_https_are_links() {
        for url in ["http://a", "https://a:1/x?y#z", "HTTPS://A/", "http://u:p@h/"] {
            assert!(is_link(url), "{url}");
        }
        for url in
            ["", "javascript:alert(1)", "/x", "http://", "ftp://a/", "https:///x", "http://a b/"]
        {
            assert!(!is_link(url), "{url}");
        }
        assert_eq!(host_of("http://u:p@h:1/x"), Some("h:1"));
    }

    #[test]
    fn an_answer_is_one_short_line() {
        assert_eq!(said("HTTP 500", " a\r\n\tb\0c "), "HTTP 500: a b c");
        assert_eq!(said("HTTP 204", "\n"), "HTTP 204");
        assert_eq!(said("HTTP 200", &"é".repeat(1_000)).chars().count(), 310);
    }
}
