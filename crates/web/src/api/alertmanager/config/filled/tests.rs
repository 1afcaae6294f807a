use std::collections::BTreeMap;

use stentor_domain::plan::read::{Secrets, alertmanager_alone};

use super::*;

struct Nothing;

impl Secrets for Nothing {
    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Err("there is no such file".into())
    }
}

/// One integration of every kind with what it cannot do without.
const BARE: &str = "
global: { smtp_from: a@example.com, smtp_smarthost: 'a.example:25' }
route: { receiver: r }
receivers:
  - name: r
    discord_configs: [{ webhook_url: 'https://a.example/' }]
    email_configs: [{ to: a@example.com }]
    opsgenie_configs: [{ api_key: k }]
    pagerduty_configs: [{ routing_key: k }]
    pushover_configs: [{ user_key: k, token: t }]
    slack_configs: [{ api_url: 'https://a.example/' }]
    sns_configs: [{ topic_arn: t, sigv4: { region: r } }]
    telegram_configs: [{ bot_token: t, chat_id: 1 }]
    victorops_configs: [{ api_key: k, routing_key: r }]
    webex_configs: [{ room_id: r, http_config: { authorization: { credentials: t } } }]
    webhook_configs: [{ url: 'https://a.example/' }]
    wechat_configs: [{ api_secret: s, corp_id: c }]
";

#[test]
fn what_is_shown_is_what_integrations_go_by() {
    let files: BTreeMap<String, String> = [("alertmanager.yml".into(), BARE.into())].into();
    let plan = alertmanager_alone(&files, &Nothing).unwrap();
    let integrations = &plan.receivers["r"].integrations;
    assert_eq!(integrations.len(), DEFAULTS.len());
    for one in integrations {
        let section = format!("{}_configs", one.kind);
        let Value::Object(defaults) = &DEFAULTS[&section] else { panic!("{section}") };
        assert_eq!(defaults["send_resolved"], one.send_resolved, "{section}");
        for (key, value) in defaults {
            if let Some(parts) = value.as_object() {
                for (part, value) in parts {
                    let used = one.settings.get(&format!("{key}.{part}"));
                    assert_eq!(value.as_str(), Some(used), "{section} {key} {part}");
                }
            }
            // Lengths of time are kept in another form.
            let lasts = ["retry", "expire"].contains(&key.as_str());
            if let Some(text) = value.as_str().filter(|_| !lasts) {
                assert_eq!(text, one.settings.get(key), "{section} {key}");
            }
        }
    }
}

fn filled(yaml: &str) -> Value {
    let mut top: Keys = serde_saphyr::from_str(yaml).unwrap();
    fill(&mut top);
    top.into()
}

#[test]
fn matchers_months_and_headers_have_one_form() {
    let all = filled(
        "route: { matchers: ['{a = b, c=~d}', 'e!=\"\"'], routes: [{ matchers: [] }] }\n\
         time_intervals: [{ time_intervals: [{ months: [may, 'January:3'], years: [2030] }] }]\n\
         receivers: [{ email_configs: [{ to: a, from: b, headers: { x-team: c } }] }]",
    );
    let route = &all["route"];
    assert_eq!(route["matchers"], serde_json::json!(["a=\"b\"", "c=~\"d\"", "e!=\"\""]));
    assert_eq!(route["routes"], serde_json::json!([{ "continue": false }]));
    let interval = &all["time_intervals"][0]["time_intervals"][0];
    assert_eq!(*interval, serde_json::json!({ "months": ["5", "1:3"], "years": ["2030"] }));
    let headers = &all["receivers"][0]["email_configs"][0]["headers"];
    let subject = "{{ template \"email.default.subject\" . }}";
    let expected = serde_json::json!({ "X-Team": "c", "From": "b", "To": "a", "Subject": subject });
    assert_eq!(*headers, expected);
}
