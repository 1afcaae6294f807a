//! The plan's defaults and the default templates fit each other: a receiver with no more than it needs can be told.

use std::collections::BTreeMap;

use stentor_domain::message::Message;
use stentor_domain::plan::read::{Secrets, alertmanager_alone};
use stentor_domain::template::Templates;

use super::testdata;
use crate::outbound::{self, CHANNELS, Context, Step};

struct NoSecrets;

impl Secrets for NoSecrets {
    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, path: &str) -> Result<String, String> {
        Err(format!("there is no {path}"))
    }
}

const RECEIVERS: &str = r##"
route: { receiver: all }
receivers:
  - name: all
    discord_configs: [{ webhook_url: "https://a.example/" }]
    email_configs: [{ to: a@example.com, from: b@example.com, smarthost: "a.example:25" }]
    incidentio_configs: [{ url: "https://a.example/", alert_source_token: t }]
    jira_configs: [{ api_url: "https://a.example/", project: p, issue_type: Bug }]
    mattermost_configs: [{ webhook_url: "https://a.example/" }]
    msteams_configs: [{ webhook_url: "https://a.example/" }]
    msteamsv2_configs: [{ webhook_url: "https://a.example/" }]
    opsgenie_configs: [{ api_key: k }]
    pagerduty_configs: [{ routing_key: k }]
    pushover_configs: [{ user_key: u, token: t }]
    rocketchat_configs: [{ token: t, token_id: i }]
    slack_configs: [{ api_url: "https://a.example/" }]
    sns_configs: [{ topic_arn: t, sigv4: { region: r, access_key: a, secret_key: s } }]
    telegram_configs: [{ bot_token: t, chat_id: 1 }]
    victorops_configs: [{ api_key: k, routing_key: r }]
    webex_configs: [{ room_id: r, http_config: { authorization: { credentials: t } } }]
    webhook_configs: [{ url: "https://a.example/" }]
    wechat_configs: [{ corp_id: c, api_secret: s }]
"##;

#[test]
fn every_kind_can_be_told_with_its_defaults() {
    let files = BTreeMap::from([("alertmanager.yml".to_owned(), RECEIVERS.to_owned())]);
    let plan = alertmanager_alone(&files, &NoSecrets).unwrap();
    let case = std::fs::read(testdata().join("webhook/alerts_firing.json")).unwrap();
    let case: serde_json::Value = serde_json::from_slice(&case).unwrap();
    let message: Message = serde_json::from_value(case["message"].clone()).unwrap();
    let integrations = &plan.receivers["all"].integrations;
    assert_eq!(integrations.len(), CHANNELS.len());
    let templates = Templates::default();
    for integration in integrations {
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let context = Context::new(&message, &templates, "dlv_1", now);
        let channel = outbound::find(&integration.kind).unwrap();
        for (key, setting) in &integration.settings.0 {
            let filled = context.text(&setting.value);
            assert!(filled.is_ok(), "{} {key}: {filled:?}", integration.kind);
        }
        match channel.next(&integration.settings, &message, &context, &[]) {
            Step::Send(_) => {}
            Step::Done(outcome) => panic!("{}: {outcome:?}", integration.kind),
        }
    }
}
