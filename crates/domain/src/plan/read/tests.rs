use std::fmt::Write as _;

use jiff::SignedDuration;

use super::*;
use crate::escalation::Target;
use crate::routing::GroupBy;

mod bad;
mod mutated;
mod routes;

/// The environment and the files that the plans of these tests name.
pub(super) struct Known;

impl Secrets for Known {
    fn env(&self, name: &str) -> Option<String> {
        (name == "HOOK_TOKEN").then(|| "hook-secret".to_owned())
    }

    fn file(&self, path: &str) -> Result<String, String> {
        match path {
            "slack-url.txt" => Ok("https://hooks.slack.com/services/T/B/chat\n".to_owned()),
            "hook-url.txt" => Ok("https://hook.example.com/two\n".to_owned()),
            "smtp-password.txt" => Ok("smtp-secret\n".to_owned()),
            "empty.txt" => Ok("\n".to_owned()),
            _ => Err("no such file".to_owned()),
        }
    }
}

const STENTOR: &str = include_str!("../scenarios/good/stentor.yml");
const ALERTMANAGER: &str = include_str!("../scenarios/good/alertmanager.yml");

pub(super) fn files(stentor: &str, alertmanager: &str) -> BTreeMap<String, String> {
    let files = [
        ("stentor.yml", stentor),
        ("alertmanager.yml", alertmanager),
        ("runbooks/checkout.md", "# Checkout\n"),
    ];
    files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

/// Returns the problems' first lines; the rest is the line that they are about.
pub(super) fn first_lines(problems: &[Problem]) -> String {
    problems.iter().fold(String::new(), |mut all, problem| {
        let shown = problem.to_string();
        writeln!(all, "{}", shown.lines().next().unwrap_or_default()).unwrap();
        all
    })
}

#[track_caller]
fn good(stentor: &str, alertmanager: &str) -> Plan {
    read(&files(stentor, alertmanager), &Known)
        .unwrap_or_else(|problems| panic!("{}", first_lines(&problems)))
}

/// The least that `stentor.yml` may be.
const LEAST: &str = "people: { ana: { email: ana@example.com, notify: [mail] } }
channels: { mail: { kind: email, smarthost: 'smtp.example.com:25', from: s@example.com } }
fallback: [person:ana]
";
const LEAST_ROUTES: &str = "route: { receiver: team }\nreceivers: [{ name: team }]\n";

#[test]
fn a_good_plan_is_read_whole() {
    let plan = good(STENTOR, ALERTMANAGER);
    assert_eq!(first_lines(&plan.warnings), "");
    assert_eq!(plan.external_url.as_deref(), Some("https://stentor.example.com"));
    assert_eq!(plan.people["ana"].notify, ["mail", "chat"]);
    assert_eq!(plan.people["ana"].slack_id.as_deref(), Some("U123"));
    assert_eq!(plan.name_of("ben"), "Ben");
    let keys: Vec<&str> = plan.services.iter().map(|service| service.key.as_str()).collect();
    assert_eq!(keys, ["checkout", "database"]);
    assert_eq!(plan.services[1].matchers.to_string(), r#"{service="database"}"#);
    let policy = &plan.policies["platform"];
    assert_eq!((policy.repeats, policy.steps.len()), (2, 2));
    assert_eq!(policy.steps[0].targets[1], Target::Schedule("nights".into()));
    assert_eq!(policy.steps[0].wait, SignedDuration::from_mins(5));
    assert_eq!(plan.fallback, [Target::Person("ana".into())]);
    assert_eq!(plan.receivers["checkout"].escalate.as_deref(), Some("platform"));
    assert_eq!(plan.receivers["default"].escalate, None);
    assert_eq!(plan.resolve_timeout, SignedDuration::from_mins(5));
}

#[test]
fn channels_hold_their_settings_with_secrets_resolved_and_masked() {
    let plan = good(STENTOR, ALERTMANAGER);
    let hook = &plan.channels["hook"].settings;
    assert_eq!(hook.get("http_config.authorization.credentials"), "hook-secret");
    assert_eq!(
        plan.channels["chat"].settings.get("api_url"),
        "https://hooks.slack.com/services/T/B/chat"
    );
    assert_eq!(
        format!("{hook:?}"),
        r#"{"http_config.authorization.credentials": <secret>, "http_config.authorization.type": "Bearer", "url": <secret>}"#
    );
    let mail = &plan.channels["mail"];
    assert_eq!(mail.kind, "email");
    assert_eq!(mail.settings.get("tls"), "none");
}

#[test]
fn integrations_take_their_defaults_from_global() {
    let plan = good(STENTOR, ALERTMANAGER);
    let [slack, email] = [0, 1].map(|at| &plan.receivers["checkout"].integrations[at]);
    assert_eq!((slack.key().as_str(), slack.send_resolved), ("slack/0", false));
    assert_eq!(slack.settings.get("api_url"), "https://hooks.slack.com/services/T/B/x");
    assert_eq!(slack.settings.get("title"), "{{ .CommonAnnotations.summary }}");
    assert_eq!((email.key().as_str(), email.send_resolved), ("email/0", false));
    let shown = format!("{:?}", email.settings);
    assert_eq!(
        shown,
        r##"{"auth_password": <secret>, "auth_username": "alerts", "from": "alerts@example.com", "headers.Subject": "[checkout]", "headers.X-Team": "checkout", "hello": "localhost", "html": "{{ template \"email.default.html\" . }}", "require_tls": "true", "smarthost": "smtp.example.com:587", "tls": "starttls", "to": "checkout@example.com, boss@example.com"}"##
    );
    let hooks = &plan.receivers["hook"].integrations;
    assert_eq!(hooks[0].settings.get("http_config.basic_auth.password"), "hunter2");
    assert_eq!((hooks[0].alerts_max, hooks[0].send_resolved), (10, true));
    assert_eq!((hooks[1].key().as_str(), hooks[1].send_resolved), ("webhook/1", false));
    assert_eq!(hooks[1].settings.get("url"), "https://hook.example.com/two");
}

#[test]
fn the_least_plan_has_the_usual_severities() {
    let plan = good(LEAST, LEAST_ROUTES);
    let level = |word: &str| plan.severities.level(word).0;
    let table = [
        ("critical", 1),
        ("CRITICAL", 1),
        ("page", 1),
        ("P1", 1),
        ("Severity 1", 1),
        ("sev-1", 1),
        ("sev1", 1),
        ("emergency", 1),
        ("high", 2),
        ("error", 2),
        ("P2", 2),
        ("warning", 3),
        ("medium", 3),
        ("P3", 3),
        ("low", 4),
        ("info", 4),
        ("P4", 4),
        ("P5", 4),
        ("whatever", 3),
        ("", 3),
    ];
    for (word, wanted) in table {
        assert_eq!(level(word), wanted, "{word}");
    }
    let declares: Vec<bool> = plan.severities.ranks.iter().map(|r| r.declares_incident).collect();
    assert_eq!(declares, [true, true, false, false]);
    assert_eq!(plan.name_of("ana"), "ana");
}

#[test]
fn severities_count_from_the_worst_or_by_their_level() {
    let own = "default_severity: minor
severities:
  minor: { name: Minor, title: Small, level: 5, words: [p3] }
  major: { name: Major, title: Large, level: 2, declares_incident: yes }
";
    let plan = good(&format!("{LEAST}{own}"), LEAST_ROUTES);
    let levels: Vec<u8> = plan.severities.ranks.iter().map(|rank| rank.level.0).collect();
    assert_eq!(levels, [2, 5]);
    assert_eq!(plan.severities.level("P3").0, 5);
    assert_eq!(plan.severities.level("unknown").0, 5);
    assert_eq!(plan.severities.level("large").0, 2);
    assert!(plan.severities.ranks[0].declares_incident);
}

#[test]
fn a_weekly_start_moves_on_to_the_weekday_of_the_hand_over() {
    let plan = good(STENTOR, ALERTMANAGER);
    assert_eq!(plan.schedules["primary"].start.to_string(), "2026-01-12T09:00:00");
    assert_eq!(plan.schedules["nights"].start.to_string(), "2026-01-07T18:00:00");
    let monday = STENTOR.replace("start: 2026-01-07", "start: 2026-01-12");
    assert_eq!(
        good(&monday, ALERTMANAGER).schedules["primary"].start.to_string(),
        "2026-01-12T09:00:00"
    );
}

#[test]
fn the_same_files_are_the_same_revision() {
    let plan = good(LEAST, LEAST_ROUTES);
    assert_eq!(plan.digest, good(LEAST, LEAST_ROUTES).digest);
    assert_eq!(plan.digest.len(), 16);
    assert_ne!(plan.digest, good(&format!("{LEAST}\n"), LEAST_ROUTES).digest);
}

#[test]
fn anchors_and_merges_are_written_out_under_a_budget() {
    let anchors =
        "channels: { mail: { kind: email, smarthost: 'smtp.example.com:25', from: s@example.com } }
people:
  ana: &base { email: ana@example.com, notify: &way [mail] }
  ben: { <<: *base, email: ben@example.com }
  cho: { email: cho@example.com, notify: *way }
fallback: [person:ana]
";
    let plan = good(anchors, LEAST_ROUTES);
    assert_eq!(plan.people["ben"].email.as_deref(), Some("ben@example.com"));
    assert_eq!(plan.people["ben"].notify, ["mail"]);
    assert_eq!(plan.people["cho"].notify, ["mail"]);
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let before = format!("*a{}", level - 1);
        let line = vec![before; 9].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{line}]").unwrap();
    }
    let problems = read(&files(&bomb, LEAST_ROUTES), &Known).unwrap_err();
    assert!(problems[0].what.contains("more than 200,000 values"), "{}", problems[0]);
    let deep = "[".repeat(10_000);
    let problems = read(&files(&deep, LEAST_ROUTES), &Known).unwrap_err();
    assert_eq!(problems.len(), 1, "{}", first_lines(&problems));
}

#[test]
fn secrets_show_neither_in_problems_nor_in_their_lines() {
    let wrong = STENTOR.replace("bearer_token: \"${HOOK_TOKEN}\"", "bearer_tokne: hunter2");
    let problems = read(&files(&wrong, ALERTMANAGER), &Known).unwrap_err();
    let shown = problems[0].to_string();
    assert!(shown.contains("did you mean `bearer_token`?"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    let url = "people: { ana: { notify: [chat] } }\nchannels: { chat: { kind: slack, url: 'hooks.slack.com/T/B/hunter2' } }\nfallback: [person:ana]\n";
    let problems = read(&files(url, LEAST_ROUTES), &Known).unwrap_err();
    assert!(!problems[0].to_string().contains("hunter2"), "{}", problems[0]);
}

#[test]
fn a_file_that_is_missing_or_empty_says_how_to_start_one() {
    let problems = read(&BTreeMap::new(), &Known).unwrap_err();
    assert_eq!(
        first_lines(&problems),
        "alertmanager.yml: the file is missing; copy the one of your Alertmanager, or start with `route: { receiver: team }` and `receivers: [{ name: team }]`\n\
         stentor.yml: the file is missing; start one with `people:`, `channels:` and `fallback:`, as `examples/plan/stentor.yml` does\n"
    );
    let problems = read(&files("# nothing\n", LEAST_ROUTES), &Known).unwrap_err();
    assert_eq!(
        first_lines(&problems),
        "stentor.yml: the file is empty; write the plan into it: `examples/plan` shows how\n"
    );
}

#[test]
fn a_guides_sample_says_what_is_missing_in_it() {
    let sample = "receivers:
- name: 'slack-notifications'
  slack_configs:
  - api_url: '<your-slack-webhook-url>'
    channel: '#alerts'
    title: '{{ .CommonAnnotations.summary }}'
    text: '{{ range .Alerts }}{{ .Annotations.description }}\\n{{ end }}'
";
    let problems = read(&files(LEAST, sample), &Known).unwrap_err();
    let wanted = "\
alertmanager.yml: the file has no `route`; add one, as in `route: { receiver: team }`
alertmanager.yml:4:14: `api_url` is still a placeholder; put the real address there, or name a file that holds it under `api_url_file`
";
    assert_eq!(first_lines(&problems), wanted);
    assert!(
        problems[1]
            .to_string()
            .ends_with("  |   - api_url: '<your-slack-webhook-url>'\n  |              ^")
    );
    // With its closing quote left out, as it is often printed.
    let open = sample.replace("{{ end }}'", "{{ end }}");
    let problems = read(&files(LEAST, &open), &Known).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].what.starts_with("this is not YAML"), "{}", problems[0]);
}

#[test]
fn the_example_plan_is_good() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/plan");
    let mut files = BTreeMap::new();
    for path in EXAMPLE {
        let text = std::fs::read_to_string(format!("{root}/{path}")).unwrap();
        files.insert((*path).to_owned(), text);
    }
    let plan = read(&files, &Known).unwrap_or_else(|problems| panic!("{}", first_lines(&problems)));
    assert_eq!(first_lines(&plan.warnings), "");
    let alert = [("alertname", "InstanceDown"), ("severity", "critical"), ("job", "node")];
    let alert = alert.into_iter().collect();
    let at = plan.routes.find(&alert)[0];
    let receiver = &plan.receivers[&plan.routes.nodes[at].receiver];
    assert_eq!(receiver.escalate.as_deref(), Some("platform"));
    assert!(plan.severities.rank(plan.severities.level("critical")).declares_incident);
}

const EXAMPLE: &[&str] = &[
    "stentor.yml",
    "alertmanager.yml",
    "incident-response-plan.md",
    "rules/alerts.yml",
    "runbooks/checkout-errors.md",
    "runbooks/database-outage.md",
    "runbooks/high-cpu.md",
];

#[test]
fn what_is_legal_and_doubtful_is_a_warning() {
    let doubtful = "people: { ana: { email: ana@example.com, notify: [mail] } }
channels: { mail: { kind: email, smarthost: 'smtp.example.com:25', from: s@example.com, tls: none, username: a, password: b } }
services:
  web: { depends_on: [api] }
  api: { depends_on: [db], matchers: [\"job='api'\"] }
  db: { depends_on: [web, db] }
schedules:
  primary: { zone: UTC, rotation: daily, handover: '09:00', start: 2026-01-01, members: [ana] }
  spare: { zone: UTC, rotation: daily, handover: '09:00', start: 2026-01-01, members: [ana] }
escalation_policies:
  team: { steps: [{ notify: [person:ana], wait: 5m }] }
fallback: [schedule:primary]
";
    let routes = "route:
  receiver: team
  routes: [{ receiver: team }, { matchers: ['a=b'], receiver: team }]
receivers:
  - name: team
    slack_configs: [{ api_url: 'https://hooks.slack.com/x', text: '{{ with .A }}\\n{{ end }}' }]
";
    let plan = good(doubtful, routes);
    let wanted = "\
alertmanager.yml:3:32: no alert ever comes here: a route above takes them all; give the one above matchers or `continue: true`, or move it to the end
alertmanager.yml:6:67: `\\n` in `text` means these two signs, not a line break; use double quotes round the text, or a block with `|`
stentor.yml:2:13: no password goes to another machine without TLS, so no mail will leave; use `starttls` or `implicit` TLS
stentor.yml:4:3: services need each other in a circle: web → api → db → web; remove the `depends_on` that points back
stentor.yml:5:39: the single quotes belong to the value that `job` is compared with; use double quotes inside of the matcher
stentor.yml:6:3: services need each other in a circle: db → db; remove the `depends_on` that points back
stentor.yml:9:3: no escalation policy uses schedule `spare`; name it in a step, as in `schedule:spare`, or remove it
stentor.yml:11:3: no alert pages anybody: no receiver escalates; add `receivers: { NAME: { escalate: POLICY } }`
stentor.yml:11:3: no receiver and no service uses escalation policy `team`; name it under `escalate`, or remove it
stentor.yml:12:1: the fallback names schedules only: nobody is reached while they are empty; add a person, as in `person:ana`
";
    assert_eq!(first_lines(&plan.warnings), wanted);
}
