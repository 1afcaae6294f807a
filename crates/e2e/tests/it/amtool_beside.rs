//! Every command of amtool says the same of Stentor as of its own server.

use std::path::Path;
use std::process::Command;

use stentor_e2e::differential::pair::Pair;
use stentor_e2e::process::{Ended, run};
use stentor_e2e::turn::beside;
use tempfile::TempDir;

pub(crate) const CONFIG: &str = r##"
global:
  resolve_timeout: 10m
  smtp_from: stentor@example.com
  smtp_smarthost: localhost:25
  slack_api_url: https://hooks.slack.example/T0/B0/secret
route:
  receiver: default
  group_by: [alertname, cluster]
  group_wait: 10m
  group_interval: 6m
  repeat_interval: 3h
  routes:
    - matchers: [team="infra"]
      receiver: infra
      continue: true
      routes:
        - { matchers: ['severity=~"critical|page"'], receiver: pager, group_by: ['...'] }
    - { match: { service: db }, receiver: infra }
    - { match_re: { service: 'web.*' }, receiver: default, mute_time_intervals: [nights] }
    - { matchers: [team!="", 'zone!~"x.+"'], receiver: pager, active_time_intervals: [nights] }
receivers:
  - name: default
    webhook_configs: [{ url: "http://127.0.0.1:9/hook", max_alerts: 3 }]
  - name: infra
    slack_configs: [{ channel: "#infra", title: '{{ .CommonLabels.alertname }}' }]
    email_configs: [{ to: infra@example.com, headers: { Subject: hello } }]
  - name: pager
    pagerduty_configs: [{ routing_key: secret }]
    opsgenie_configs: [{ api_key: secret }]
inhibit_rules:
  - source_matchers: [severity="critical"]
    target_matchers: [severity="warning"]
    equal: [alertname, cluster]
time_intervals:
  - name: nights
    time_intervals:
      - times: [{ start_time: "22:00", end_time: "24:00" }]
        weekdays: [monday:friday, sunday]
        days_of_month: ["1:5", "-3:-1"]
        months: [january:march, december]
        years: ["2020:2022"]
        location: Europe/Berlin
"##;

/// Commands in their order, as a shell would have them; `%ID` is the id that the last `silence add` printed.
/// Those that show the configuration are in `amtool_config_beside.rs`.
const COMMANDS: &str = r#"
alert
alert query
alert add DiskFull node=1 severity=critical cluster=a --annotation=summary=full --generator-url=http://x/y --start=2026-01-01T00:00:00Z --end=2100-01-01T00:00:00Z
alert add alertname=DiskFull node=2 severity=warning cluster=a --start=2026-01-01T00:00:00Z --end=2100-01-01T00:00:00Z
alert add team=infra service=db --start=2026-01-01T00:00:00Z --end=2100-01-01T00:00:00Z
alert add NoLabels --start=2026-01-02T00:00:00Z --end=2100-01-01T00:00:00Z
alert add Old --start=2026-01-01T00:00:00Z --end=2026-01-02T00:00:00Z
alert add
alert add 7=x
alert query
alert query --output=extended
alert query --output=json
alert query DiskFull
alert query DiskFull --inhibited
alert query --active
alert query --silenced
alert query --unprocessed
alert query --receiver=infra
alert query node=~1|2
alert query node=~(
alert query alertname=~"No.*"
alert query node= --output=extended
alert query alertname=DiskFull node!=1
alert query =
silence
silence query
silence add
silence add alertname=DiskFull --author=ana --comment=why --duration=2h
silence add node=9
silence add DiskFull node=9 --author=ana --comment=
silence add NoLabels --author=ana --comment=all --end=2100-01-01T00:00:00Z --start=2090-01-01T00:00:00Z
silence add x=~( --author=ana --comment=why
silence add x=y --author=ana --comment=why --duration=0s
silence add x=y --author=ana --comment=why --duration=nonsense
silence add a=b c=~d.* e!=f g!~h --author=bob --comment=four --duration=1d
silence query
silence query --output=extended
silence query -q alertname=DiskFull
silence query --created-by=ana
silence query --created-by=nobody
silence query --expired
silence query --within=3h
silence query --within=3h --expired
silence query a=b
silence query c=~d.*
silence query c=d
silence query --id=11111111-2222-4333-8444-555555555555
silence query %ID
silence update %ID --duration=3h --comment=changed
silence update %ID --end=2100-01-01T00:00:00Z --output=extended
silence update
silence update 11111111-2222-4333-8444-555555555555 --duration=1h
silence update no-uuid
silence query --output=extended
alert query --silenced --output=extended
silence expire %ID
silence expire %ID
silence expire no-uuid
silence expire
silence query
silence query --expired
silence import %SILENCES
silence import %BROKEN
silence import %NOTHING
silence query --created-by=importer
silence query --created-by=importer --output=extended
check-config %CONFIG
check-config %BROKEN
check-config %NOTHING
cluster show
cluster
config routes
config routes show
config routes test team=infra severity=critical
config routes test team=infra
config routes test service=db
config routes test service=webshop --verify.receivers=default
config routes test service=webshop --verify.receivers=infra
config routes test team=x zone=xy
config routes test team=x --tree
config routes test
config routes test --config.file=%CONFIG service=db
config routes show --config.file=%CONFIG
template render --template.glob=%TEMPLATES --template.text={{ template "own" . }}
template render --template.glob=%TEMPLATES --template.text={{ template "slack.default.title" . }}
"#;

/// The files that commands name.
pub(crate) struct Files(pub(crate) TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        let folder = TempDir::with_prefix("stentor-amtool-").expect("the test is right");
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("the test is right");
        };
        write("CONFIG", CONFIG);
        write("BROKEN", "route: [");
        write("TEMPLATES", r#"{{ define "own" }}{{ len .Alerts }} of {{ .Receiver }}{{ end }}"#);
        write(
            "SILENCES",
            r#"[{"matchers": [{"name": "i", "value": "j", "isRegex": false, "isEqual": true}],
                "startsAt": "2090-01-01T00:00:00.000Z", "endsAt": "2100-01-01T00:00:00.000Z",
                "createdBy": "importer", "comment": "from a file",
                "id": "11111111-2222-4333-8444-555555555555",
                "status": {"state": "pending"}, "updatedAt": "2026-01-01T00:00:00.000Z"},
               {"matchers": [{"name": "k", "value": "l.*", "isRegex": true, "isEqual": false}],
                "startsAt": "2091-01-01T00:00:00.000Z", "endsAt": "2100-01-01T00:00:00.000Z",
                "createdBy": "importer", "comment": "without an id"}]"#,
        );
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }
}

pub(crate) fn amtool(url: &str, home: &Path, args: &[String]) -> Ended {
    let mut command = Command::new("/usr/bin/amtool");
    command.env("HOME", home).env("USER", "tester");
    command.arg(format!("--alertmanager.url={url}")).args(args);
    run(&mut command, "prometheus-alertmanager")
}

/// Reads a line of [`COMMANDS`]; a word that begins with `--template.text=` is the rest of it.
fn words(line: &str, files: &Files, id: &str) -> Vec<String> {
    let (line, text) = match line.split_once("--template.text=") {
        Some((line, text)) => (line, Some(format!("--template.text={text}"))),
        None => (line, None),
    };
    let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    for word in &mut words {
        *word = word.replace("%ID", id);
        for name in ["SILENCES", "BROKEN", "NOTHING", "CONFIG", "TEMPLATES"] {
            *word = word.replace(&format!("%{name}"), &files.path(name));
        }
    }
    words.extend(text);
    words
}

/// Writes ids, addresses and times of these days in one way.
fn plain(ended: &Ended, url: &str, days: &[String; 2]) -> String {
    let address = url.trim_start_matches("http://");
    let text = format!("{}\n{}{}", ended.code, ended.out, ended.err).replace(address, "ADDRESS");
    let mut plain = String::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some(at) = days.iter().filter_map(|day| rest.find(day)).min() {
            plain.push_str(&rest[..at]);
            plain.push_str("TODAY");
            // Up to the end of the time of the day, as amtool writes it in its various ways.
            let time = |letter: char| letter.is_ascii_digit() || "-:.TZ ".contains(letter);
            rest = rest[at..].trim_start_matches(time);
        }
        plain.push_str(rest);
        plain.push('\n');
    }
    without_ids(&plain)
}

/// Replaces every uuid.
fn without_ids(text: &str) -> String {
    let is_id = |word: &str| {
        word.len() == 36
            && word.matches('-').count() == 4
            && word.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-')
    };
    let mut out = String::new();
    let mut at = 0;
    while at < text.len() {
        match text.get(at..at + 36) {
            Some(word) if is_id(word) => {
                out.push_str("ID");
                at += 36;
            }
            _ => {
                let letter = text[at..].chars().next().expect("it is not the end");
                out.push(letter);
                at += letter.len_utf8();
            }
        }
    }
    out
}

#[test]
fn amtool_says_the_same_of_both() {
    beside(async {
        let pair = Pair::start(CONFIG).await;
        let files = Files::new();
        let now = jiff::Timestamp::now();
        let tomorrow = now + jiff::SignedDuration::from_hours(24);
        let days = [now, tomorrow].map(|day| day.strftime("%Y-%m-%d").to_string());
        let mut ids = [String::new(), String::new()];
        let mut wrong = vec![];
        let mut count = 0;
        for line in COMMANDS.lines().filter(|line| !line.is_empty()) {
            count += 1;
            let mut said = vec![];
            for (server, id) in pair.both.iter().zip(&mut ids) {
                let words = words(line, &files, id);
                let ended = amtool(&server.url, files.0.path(), &words);
                if line.starts_with("silence add") && ended.code == 0 {
                    *id = ended.out.trim().to_owned();
                }
                let plain = plain(&ended, &server.url, &days);
                said.push(plain);
            }
            if said[0] != said[1] {
                wrong.push(format!(
                    "amtool {line}\n--- original\n{}--- stentor\n{}",
                    said[0], said[1]
                ));
            }
        }
        assert!(count > 75, "{count} commands");
        assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
    });
}
