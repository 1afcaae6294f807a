//! Every kind of receiver that Debian's Alertmanager has hears the same from both, field by field.
//!
//! PagerDuty's version 1 and Pushover, whose addresses are fixed, are compared with captures in `integrations`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use stentor_e2e::differential::pair::Pair;
use stentor_e2e::mail::{Mail, MailServer};
use stentor_e2e::turn::beside;
use stentor_e2e::wait::until;
use stentor_e2e::wire::{Received, Wire};

/// What providers answer.
const ANSWERS: &[(&str, &str)] = &[
    ("/slack", "ok"),
    ("/wechat/gettoken", r#"{"errcode":0,"access_token":"T","expires_in":7200}"#),
    ("/wechat/", r#"{"errcode":0,"errmsg":"ok"}"#),
    ("/telegram", r#"{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1}}}"#),
    (
        "/sns",
        "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>",
    ),
];

/// Where each kind is heard when alerts fire, and when they resolve.
const FIRING: [&str; 10] = [
    "/webhook",
    "/slack",
    "/pagerduty",
    "/opsgenie/v2/alerts",
    "/victorops/key/team",
    "/wechat/message/send",
    "/sns",
    "/telegram/bot1:t/sendMessage",
    "/webex",
    "/discord",
];

/// `HTTP` and `SMTP` stand for ports.
const CONFIG: &str = r##"
route: { receiver: all, group_by: [alertname], group_wait: 1s, group_interval: 2s }
receivers:
  - name: all
    webhook_configs: [{ send_resolved: true, url: "http://127.0.0.1:HTTP/webhook", max_alerts: 1, http_config: { basic_auth: { username: u, password: p } } }]
    email_configs:
      - { send_resolved: true, to: "ana@example.com, Ben <ben@example.org>", from: am@example.com, smarthost: "127.0.0.1:SMTP", require_tls: false,
           headers: { Subject: "{{ .Status }} <&>", X-Team: "{{ .GroupLabels.alertname }}" },
           text: "{{ range .Alerts }}{{ .Labels.instance }} <&> {{ .Annotations.summary }};{{ end }}",
           html: "<p title=\"{{ .CommonLabels.severity }}\">{{ range .Alerts }}{{ .Annotations.summary }}<br>{{ end }}</p>" }
    slack_configs:
      - { send_resolved: true, api_url: "http://127.0.0.1:HTTP/slack", channel: "#{{ .CommonLabels.severity }}", fields: [{ title: A, value: "{{ len .Alerts }}" }] }
    pagerduty_configs:
      - { send_resolved: true, routing_key: k, url: "http://127.0.0.1:HTTP/pagerduty", severity: "{{ .CommonLabels.severity }}",
           details: { firing: "f {{ .Alerts.Firing | len }}", resolved: r, num_firing: "{{ .Alerts.Firing | len }}", num_resolved: "2" } }
    opsgenie_configs: [{ send_resolved: true, api_key: k, api_url: "http://127.0.0.1:HTTP/opsgenie/", tags: "a,b", responders: [{ type: teams, name: "x,y" }] }]
    victorops_configs: [{ send_resolved: true, api_key: key, api_url: "http://127.0.0.1:HTTP/victorops/", routing_key: team }]
    wechat_configs: [{ send_resolved: true, api_url: "http://127.0.0.1:HTTP/wechat/", api_secret: s, corp_id: c, to_party: "7", agent_id: "1" }]
    sns_configs:
      - { send_resolved: true, api_url: "http://127.0.0.1:HTTP/sns", topic_arn: "arn:aws:sns:us-east-2:1:t", attributes: { k: "{{ .Status }}" },
           sigv4: { region: us-east-2, access_key: a, secret_key: s } }
    telegram_configs: [{ send_resolved: true, api_url: "http://127.0.0.1:HTTP/telegram", bot_token: "1:t", chat_id: -42 }]
    webex_configs: [{ send_resolved: true, api_url: "http://127.0.0.1:HTTP/webex", room_id: r, http_config: { authorization: { credentials: w } } }]
    discord_configs: [{ send_resolved: true, webhook_url: "http://127.0.0.1:HTTP/discord" }]
"##;

/// `started` is later than the wait of a new group ago: the original tells an older one at once, and alone.
fn alert(instance: &str, started: &str, ends_at: &str) -> Value {
    json!({
        "labels": { "alertname": "DiskFull", "instance": instance, "severity": "critical" },
        "annotations": { "summary": format!("<disk> & \"{instance}\" größe"), "description": "a\nb" },
        "startsAt": started,
        "endsAt": ends_at,
        "generatorURL": "http://prom/graph?g0=<1>&b=2",
    })
}

#[test]
fn every_receiver_hears_the_same_from_both() {
    beside(async {
        let wire = Wire::start(ANSWERS).await;
        let mails = MailServer::start().await;
        let config = CONFIG.replace("HTTP", &wire.port.to_string());
        let pair = Pair::start(&config.replace("SMTP", &mails.port.to_string())).await;
        let ports = pair.both.each_ref().map(|side| side.url.rsplit(':').next().map(str::to_owned));
        // Whole milliseconds, as Prometheus sends them.
        let now =
            Timestamp::from_millisecond(Timestamp::now().as_millisecond()).expect("it is now");
        let (started, ended) =
            (now.to_string(), (now + SignedDuration::from_millis(1)).to_string());
        for (number, ends_at) in [(1, "2099-01-01T00:00:00Z"), (2, &*ended)] {
            let alerts = ["a", "b"].map(|instance| alert(instance, &started, ends_at));
            pair.accept("/api/v2/alerts", &json!(alerts)).await;
            until("every receiver has heard from both", 40, async || {
                let all = heard(&wire, &ports);
                let told = |ours: bool| {
                    FIRING.iter().all(|path| {
                        let path = if number == 2 && path.starts_with("/opsgenie") {
                            "/opsgenie"
                        } else {
                            path
                        };
                        let of = all
                            .iter()
                            .filter(|((who, at), _)| *who == ours && at.starts_with(path));
                        of.map(|(_, requests)| requests.len()).sum::<usize>() >= number
                    })
                };
                (told(true) && told(false) && mails.mails().len() >= 2 * number).then_some(())
            })
            .await;
        }
        let all = heard(&wire, &ports);
        for ((_, path), theirs) in all.iter().filter(|((ours, _), _)| !ours) {
            let ours =
                all.get(&(true, path.clone())).unwrap_or_else(|| panic!("nothing at {path}"));
            assert_eq!(ours, theirs, "{path}");
        }
        compare_mails(&mails.mails());
    });
}

/// Requests by who sent them and where to; the order of each place is kept.
fn heard(wire: &Wire, ports: &[Option<String>; 2]) -> BTreeMap<(bool, String), Vec<Value>> {
    let mut all: BTreeMap<(bool, String), Vec<Value>> = BTreeMap::new();
    for request in wire.received() {
        let path = request.path.split('?').next().unwrap_or_default().trim_end_matches('/');
        // The original keeps its token for two hours.
        if !path.ends_with("gettoken") {
            let key = (request.is_ours(), path.to_owned());
            all.entry(key).or_default().push(told(&request, ports));
        }
    }
    all
}

/// What a request says, without what differs on purpose.
fn told(request: &Received, ports: &[Option<String>; 2]) -> Value {
    let mut body = request.body.clone();
    for port in ports.iter().flatten() {
        body = body.replace(port, "PORT");
    }
    let mut body: Value = match serde_json::from_str(&body) {
        Ok(body) => body,
        Err(_) => body.split('&').filter(|field| *field != "MessageAttributes=").collect(),
    };
    // Since Alertmanager 0.32 a webhook says why it comes; since 0.29 PagerDuty's details may be numbers.
    body.as_object_mut().map(|body| body.remove("notification_reason"));
    let details = body.pointer_mut("/payload/custom_details").and_then(Value::as_object_mut);
    for (_, detail) in details.into_iter().flatten() {
        if detail.is_number() {
            *detail = Value::String(detail.to_string());
        }
    }
    let kind = request.headers.get("content-type").map(|kind| kind.to_lowercase());
    let authorization = request.headers.get("authorization");
    let authorization = authorization.filter(|value| !value.starts_with("AWS4"));
    json!([
        request.method,
        request.path.split_once('?').map(|(_, query)| query),
        kind,
        authorization,
        body
    ])
}

fn compare_mails(mails: &[Mail]) {
    let (ours, theirs): (Vec<&Mail>, Vec<&Mail>) =
        mails.iter().partition(|mail| mail.text.contains("Auto-Submitted"));
    assert_eq!((ours.len(), theirs.len()), (2, 2));
    let part = |mail: &Mail, from: &str, to: &str| {
        let text = format!("\n{}", mail.text);
        let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from}: {text}"));
        rest.split(to).next().unwrap_or_default().trim().to_owned()
    };
    for (ours, theirs) in ours.into_iter().zip(theirs) {
        assert_eq!((&ours.to, &ours.subject), (&theirs.to, &theirs.subject));
        let parts = [
            ("\nFrom: ", "\n"),
            ("\nTo: ", "\n"),
            ("\nX-Team: ", "\n"),
            ("<p ", "</p>"),
            ("a <&>", ";"),
        ];
        for (from, to) in parts {
            assert_eq!(part(ours, from, to), part(theirs, from, to), "{from}");
        }
    }
}
