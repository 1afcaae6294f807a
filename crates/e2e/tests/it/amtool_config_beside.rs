//! amtool shows the same configuration of Stentor as of its own server: every value, with the defaults of both.

use serde_json::{Value, json};
use stentor_e2e::differential::pair::Pair;
use stentor_e2e::turn::beside;
use tempfile::TempDir;

use crate::amtool_beside::{CONFIG, amtool};

/// One integration of every kind, matchers and intervals in odd forms, and much that is left out.
const WHOLE: &str = r##"
global:
  smtp_from: a@example.com
  smtp_smarthost: localhost:25
  smtp_auth_username: u
  smtp_auth_password: p
  slack_api_url: https://hooks.slack.example/T0/B0/secret
  opsgenie_api_key: k
  victorops_api_key: v
  wechat_api_secret: s
  wechat_api_corp_id: c
  http_config: { basic_auth: { username: a, password: b } }
route:
  receiver: all
  routes:
  - matchers: ['a = b', '{c="d",e=~f}' , "g!=\"\""]
    routes: [{ matchers: [] }]
receivers:
  - name: all
    webhook_configs: [{ url: "http://127.0.0.1:9/hook" }]
    slack_configs: [{}]
    email_configs: [{ to: infra@example.com, headers: { x-team: infra } }]
    pagerduty_configs: [{ routing_key: secret, details: { firing: x, more: z } }]
    opsgenie_configs: [{}]
    victorops_configs: [{ routing_key: r }]
    pushover_configs: [{ user_key: u, token: t }]
    wechat_configs: [{}]
    sns_configs: [{ topic_arn: t, sigv4: { region: r } }]
    telegram_configs: [{ bot_token: t, chat_id: 5 }]
    webex_configs: [{ room_id: r, http_config: { authorization: { credentials: t } } }]
    discord_configs: [{ webhook_url: http://127.0.0.1:9/d }]
inhibit_rules:
  - source_match: { a: b }
    target_match_re: { c: d.* }
mute_time_intervals:
- name: m
  time_intervals:
  - weekdays: ['monday:friday', saturday]
    months: [may, "1:3"]
    days_of_month: ['5']
    years: ['2020']
    times: [{ start_time: 00:00, end_time: "12:00" }]
"##;

/// Reads what `config show` prints.
fn read(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Puts in what Stentor shows otherwise on purpose: a webhook's address may be a secret, as it is in later releases, and so
/// may whatever is called a key; and what later releases have by default.
fn as_ours(mut original: Value) -> Value {
    let receivers = original["receivers"].as_array_mut().into_iter().flatten();
    for integration in receivers.filter_map(Value::as_object_mut) {
        let mut each = |section: &str, mend: &dyn Fn(&mut Value)| {
            let list = integration.get_mut(section).and_then(Value::as_array_mut);
            list.into_iter().flatten().for_each(mend);
        };
        each("webhook_configs", &|keys| keys["url"] = json!("http://127.0.0.1:9/<secret>"));
        each("slack_configs", &|keys| {
            keys["color"] = json!("{{ template \"slack.default.color\" . }}");
        });
        each("victorops_configs", &|keys| keys["routing_key"] = json!("<secret>"));
        each("pagerduty_configs", &|keys| {
            keys["severity"] = json!("error");
            for (part, older) in [("firing", ".Alerts.Firing"), ("resolved", ".Alerts.Resolved")] {
                let shown = &mut keys["details"][part];
                let default = format!("{{{{ template \"pagerduty.default.instances\" {older} }}}}");
                if *shown == json!(default) {
                    *shown = json!(format!("{{{{ {older} | toJson }}}}"));
                }
            }
        });
    }
    original
}

#[test]
fn amtool_shows_the_same_configuration_of_both() {
    beside(async {
        let home = TempDir::with_prefix("stentor-amtool-").expect("the test is right");
        for config in [CONFIG, WHOLE] {
            let pair = Pair::start(config).await;
            let say = |args: &[&str]| {
                let args: Vec<String> = args.iter().map(|word| (*word).to_owned()).collect();
                [0, 1].map(|which| amtool(&pair.both[which].url, home.path(), &args))
            };
            let shown = say(&["config", "show"]);
            let [original, ours] = [&shown[0].out, &shown[1].out].map(|text| read(text));
            let original = as_ours(original);
            assert_eq!(ours, original, "\n{}\n--- stentor\n{}", shown[0].out, shown[1].out);
            assert_eq!(say(&["config"])[1].out, shown[1].out);

            let [original, ours] = say(&["config", "show", "--output=json"])
                .map(|ended| serde_json::from_str::<Value>(&ended.out).expect("it is JSON"));
            let config = |status: &Value| read(status["config"]["original"].as_str().unwrap());
            assert_eq!(config(&ours), as_ours(config(&original)));
            assert_eq!(ours["cluster"], original["cluster"]);
            let names = |value: &Value| -> Vec<String> {
                let mut names: Vec<_> = value.as_object().into_iter().flatten().collect();
                names.sort_by_key(|(name, _)| *name);
                names.into_iter().map(|(name, _)| name.clone()).collect()
            };
            assert_eq!(names(&ours), names(&original));
            assert_eq!(names(&ours["versionInfo"]), names(&original["versionInfo"]));

            // It prints where in its memory values are, and none of these.
            let [original, ours] = say(&["config", "show", "--output=extended"]).map(|ended| {
                let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
                let lines = ended.out.lines().map(first);
                (ended.code, lines.filter(|word| !is_of_the_file(word)).collect::<Vec<_>>())
            });
            assert_eq!(ours, original);
        }
    });
}

/// Tells whether a line is of the configuration itself, which is compared above, or has an address of the memory.
fn is_of_the_file(word: &Option<String>) -> bool {
    word.as_deref().is_none_or(|word| word.ends_with(':') || word.starts_with(['-', '0']))
}

#[test]
fn amtool_quotes_why_a_receiver_is_no_pattern() {
    beside(async {
        let pair = Pair::start(CONFIG).await;
        let home = TempDir::with_prefix("stentor-amtool-").expect("the test is right");
        let args = ["alert", "query", "--receiver=("].map(str::to_owned);
        let [original, ours] =
            [0, 1].map(|which| amtool(&pair.both[which].url, home.path(), &args));
        let refused = "amtool: error: [GET /alerts][400] getAlertsBadRequest  \
                       failed to parse receiver param: ";
        let why = |ended: &stentor_e2e::process::Ended| {
            assert_eq!(ended.code, 1);
            ended.err.trim().strip_prefix(refused).map(str::to_owned)
        };
        assert!(why(&original).is_some(), "{original:?}");
        // What is wrong with it is said in each one's own words.
        let own = "the pattern \"(\" is no regular expression: unclosed group";
        assert_eq!(why(&ours).as_deref(), Some(own));
    });
}
