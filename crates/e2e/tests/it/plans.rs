//! The plans that the tests run under.

/// Alice is on call, Bob is asked when she does not answer; mails go to the SMTP server on `smtp_port`.
///
/// `today` is the current day in UTC: Alice's week began yesterday, so that no hand-over falls into the test.
pub(crate) fn paging(smtp_port: u16, today: jiff::civil::Date) -> String {
    let start = today.yesterday().expect("there was a day before");
    let weekday = start.strftime("%A");
    format!(
        r#"
outbound:
  allow: ["127.0.0.0/8", "::1/128"]
channels:
  mail:
    kind: email
    smarthost: 127.0.0.1:{smtp_port}
    from: Stentor <stentor@example.com>
    tls: none
people:
  alice: {{ name: Alice Ops, email: alice@example.com, notify: [mail] }}
  bob: {{ name: Bob Okoye, email: bob@example.com, notify: [mail] }}
teams:
  platform: {{ name: Platform, members: [alice, bob] }}
services:
  hosts:
    name: Hosts
    owner: platform
    matchers: ['job="node"']
schedules:
  primary:
    zone: UTC
    rotation: weekly
    handover: {weekday} 00:00
    start: {start}
    members: [alice, bob]
escalation_policies:
  platform:
    steps:
      - {{ notify: [schedule:primary], wait: 10m }}
      - {{ notify: [person:bob], wait: 10m }}
receivers:
  platform: {{ escalate: platform }}
fallback: [person:bob]
"#
    )
}

/// Routes every alert to those who are paged, fast.
pub(crate) const TO_PLATFORM: &str = r#"
route:
  receiver: platform
  group_by: [alertname, instance]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 4h
receivers:
  - name: platform
"#;

/// Nobody is paged; there is somebody because a plan without a fallback is refused.
pub(crate) const NOBODY_PAGED: &str = r#"
outbound:
  allow: ["127.0.0.0/8"]
channels:
  hook: { kind: webhook, url: "http://127.0.0.1:9/" }
people:
  alice: { name: Alice Ops, notify: [hook] }
fallback: [person:alice]
"#;

/// Routes every alert to a webhook on `port`, each name a group of its own: at once, or a little later when it has the
/// label `late`.
pub(crate) fn to_webhook(port: u16) -> String {
    format!(
        r#"
route:
  receiver: sink
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1h
  repeat_interval: 4h
  routes:
    - matchers: ['late!=""']
      group_wait: 200ms
receivers:
  - name: sink
    webhook_configs:
      - url: http://127.0.0.1:{port}/
"#
    )
}

/// Returns the current day in UTC.
pub(crate) fn today() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}
