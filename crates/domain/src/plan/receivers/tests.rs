use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::read::{Secrets, alertmanager_alone};
use super::super::{Plan, Problem};
use super::keys::{Group, Scalar, Type};
use super::{global, kinds};

const CONFIGS: &str = include_str!("../scenarios/configs.txt");

/// Has the frame of a certificate.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----";

/// Every file holds the same word; a number where one is asked for.
struct Files;

impl Secrets for Files {
    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, path: &str) -> Result<String, String> {
        match path {
            "missing" => Err("no such file".to_owned()),
            "b" => Ok("-100\n".to_owned()),
            "ca" => Ok(CERTIFICATE.to_owned()),
            _ => Ok("https://from-a-file.example/\n".to_owned()),
        }
    }
}

fn read(text: &str) -> Result<Plan, Vec<Problem>> {
    let files = BTreeMap::from([
        ("alertmanager.yml".to_owned(), text.to_owned()),
        ("a.tmpl".to_owned(), "{{ define \"a\" }}a{{ end }}".to_owned()),
    ]);
    alertmanager_alone(&files, &Files)
}

/// Writes a case of the table out as a whole file.
fn whole(place: &str, yaml: &str) -> String {
    let routes = "route: { receiver: r }\n";
    let receiver = |inside: &str| format!("receivers: [{{ name: r, {inside} }}]\n");
    match place {
        "file" => yaml.to_owned(),
        "top" if yaml.starts_with('{') => {
            let inner = yaml.trim_start_matches('{').trim_end_matches('}');
            format!("{{ {inner}, receivers: [{{ name: r }}] }}")
        }
        "top" => format!("{yaml}\nreceivers: [{{ name: r }}]\n"),
        "recv" => format!("{routes}{}", receiver(yaml)),
        "hook" => format!("{routes}{}", receiver(&format!("webhook_configs: [{yaml}]"))),
        "http" => {
            let hook =
                format!("webhook_configs: [{{ url: 'http://a.example/', http_config: {yaml} }}]");
            format!("{routes}{}", receiver(&hook))
        }
        "glob" => format!("global: {{ {yaml} }}\n{routes}receivers: [{{ name: r }}]\n"),
        "route" => format!(
            "time_intervals: [{{ name: t, time_intervals: [] }}, {{ name: u, time_intervals: [] }}]\n\
             route: {{ receiver: r, routes: [{yaml}] }}\nreceivers: [{{ name: r }}]\n"
        ),
        "span" => format!(
            "time_intervals: [{{ name: t, time_intervals: [{yaml}] }}]\n{routes}receivers: [{{ name: r }}]\n"
        ),
        "rule" => format!("inhibit_rules: [{yaml}]\n{routes}receivers: [{{ name: r }}]\n"),
        other => panic!("no place is called {other}"),
    }
}

#[test]
fn files_are_accepted_and_refused_as_by_the_original() {
    let mut count = 0;
    let mut wrong = String::new();
    for line in CONFIGS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [verdict, _, place, yaml] =
            <[&str; 4]>::try_from(line.splitn(4, ' ').collect::<Vec<_>>()).unwrap();
        let found = read(&whole(place, yaml));
        if found.is_ok() != (verdict == "ok") {
            writeln!(wrong, "{line}").unwrap();
            for problem in found.err().into_iter().flatten() {
                writeln!(wrong, "    {}", problem.to_string().lines().next().unwrap()).unwrap();
            }
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count >= 120, "{count}");
}

#[track_caller]
fn settings(inside: &str) -> String {
    let plan = read(&whole("recv", inside)).unwrap_or_else(|problems| panic!("{problems:?}"));
    let settings = &plan.receivers["r"].integrations[0].settings;
    settings.0.iter().fold(String::new(), |mut all, (key, setting)| {
        let secret = if setting.secret { " (secret)" } else { "" };
        writeln!(all, "{key} = {}{secret}", setting.value).unwrap();
        all
    })
}

#[test]
fn only_the_first_document_is_read_and_another_one_is_warned_of() {
    let first = whole("recv", "webhook_configs: []");
    for (rest, warnings) in
        [("", 0), ("---\n", 0), ("...\n", 0), ("---\nfoo: bar\n", 1), ("---\n: [ bad", 1)]
    {
        let plan = read(&format!("---\n{first}{rest}")).unwrap();
        assert_eq!(plan.warnings.len(), warnings, "{rest} {:?}", plan.warnings);
    }
    assert!(read(&format!("---\n---\n{first}")).is_err());
}

#[test]
fn what_is_empty_is_not_given_and_numbers_are_kept_in_digits() {
    for (inside, kept) in [
        (
            "webhook_configs: [{ url: 'http://a/', http_config: { proxy_url: '' } }]",
            "url = http://a/ (secret)\n",
        ),
        (
            "webhook_configs: [{ url: 'http://a/', http_config: { basic_auth: { username: a, password: '', password_file: b } } }]",
            "http_config.basic_auth.password = -100 (secret)\n",
        ),
        ("telegram_configs: [{ bot_token: t, chat_id: -0x10 }]", "chat_id = -16\n"),
    ] {
        let all = settings(inside);
        assert!(all.contains(kept) && !all.contains("proxy_url"), "{all}");
    }
    let plan = read(&whole("hook", "{ url: 'http://a/', max_alerts: 1_0 }")).unwrap();
    assert_eq!(plan.receivers["r"].integrations[0].alerts_max, 10);
}

#[test]
fn every_kind_has_the_defaults_of_the_original() {
    let least = [
        ("discord", "webhook_url: 'https://a.example/'"),
        ("email", "to: a@example.com, from: b@example.com, smarthost: 'a.example:25'"),
        ("incidentio", "url: 'https://a.example/'"),
        ("jira", "api_url: 'https://a.example/', project: p, issue_type: Bug"),
        ("mattermost", "webhook_url: 'https://a.example/'"),
        ("msteams", "webhook_url: 'https://a.example/'"),
        ("msteamsv2", "webhook_url: 'https://a.example/'"),
        ("opsgenie", "api_key: k"),
        ("pagerduty", "routing_key: k"),
        ("pushover", "user_key: k, token: t"),
        ("rocketchat", "token: t, token_id: i"),
        ("slack", "api_url: 'https://a.example/'"),
        ("sns", "topic_arn: t"),
        ("telegram", "bot_token: t, chat_id: 1"),
        ("victorops", "api_key: k, routing_key: r"),
        ("webex", "room_id: r, http_config: { authorization: { credentials: t } }"),
        ("webhook", "url: 'https://a.example/'"),
        ("wechat", "api_secret: s, corp_id: c"),
    ];
    assert_eq!(least.len(), kinds::KINDS.len());
    let all = least.iter().fold(String::new(), |mut all, (kind, keys)| {
        write!(all, "# {kind}\n{}\n", settings(&format!("{kind}_configs: [{{ {keys} }}]")))
            .unwrap();
        all
    });
    insta::assert_snapshot!(all);
}

#[test]
fn settings_are_named_by_their_path() {
    let shown = settings(
        "slack_configs: [{ api_url_file: x, title: '', fields: [{ title: a, value: b, short: true }],
            actions: [{ type: button, text: t, url: u, name: n, confirm: { text: c } }], mrkdwn_in: [text],
            http_config: { bearer_token: tok, tls_config: { ca_file: ca }, proxy_url: 'http://p.example',
                http_headers: { X-A: { values: [one], secrets: [two], files: [three] } },
                proxy_connect_header: { X-P: [four] } } }]",
    );
    for line in [
        "api_url = https://from-a-file.example/ (secret)",
        "title = ",
        "fields.0.title = a",
        "fields.0.short = true",
        "actions.0.url = u",
        "mrkdwn_in.0 = text",
        "http_config.authorization.type = Bearer",
        "http_config.authorization.credentials = tok (secret)",
        "http_config.tls_config.ca = -----BEGIN CERTIFICATE-----",
        "http_config.http_headers.X-A.0 = one",
        "http_config.http_headers.X-A.1 = two (secret)",
        "http_config.http_headers.X-A.2 = https://from-a-file.example/ (secret)",
        "http_config.proxy_connect_header.X-P.0 = four (secret)",
        "http_config.proxy_url = http://p.example (secret)",
    ] {
        assert!(shown.lines().any(|found| found == line), "{line}\n{shown}");
    }
    assert!(!shown.contains("actions.0.name") && !shown.contains("confirm"), "{shown}");
    let app = settings("slack_configs: [{ app_token: tok }]");
    assert!(app.contains("api_url = https://slack.com/api/chat.postMessage"), "{app}");
    assert!(app.contains("http_config.authorization.credentials = tok (secret)"), "{app}");
    let trees = settings(
        "pagerduty_configs: [{ routing_key: k, details: { firing: f, n: 5, deep: { a: ['{{ .X }}', 1, yes, ~] } } }]",
    );
    for line in
        ["details.firing = f", "details.n = 5", r#"details.deep = {"a":["{{ .X }}",1,true,null]}"#]
    {
        assert!(trees.lines().any(|found| found == line), "{line}\n{trees}");
    }
    let mail = settings(
        "email_configs: [{ to: a@example.com, from: b@example.com, smarthost: 'a.example:465', headers: { x-team: t, SUBJECT: s } }]",
    );
    for line in
        ["headers.Subject = s", "headers.X-Team = t", "tls = implicit", "require_tls = true"]
    {
        assert!(mail.lines().any(|found| found == line), "{line}\n{mail}");
    }
}

#[test]
fn what_a_receiver_leaves_out_comes_from_global() {
    let text = "global:
  resolve_timeout: 7m
  http_config: { basic_auth: { username: u, password: p } }
  opsgenie_api_url: https://opsgenie.example/api
  opsgenie_api_key_file: key
  telegram_bot_token: tok
route: { receiver: r }
receivers:
  - name: r
    opsgenie_configs: [{}, { api_key: own, http_config: {} }]
    telegram_configs: [{ chat_id: 5 }]
    webhook_configs: [{ url_file: missing }]
";
    let plan = read(text).unwrap();
    assert_eq!(plan.resolve_timeout, jiff::SignedDuration::from_mins(7));
    let [first, own, telegram, hook] = plan.receivers["r"].integrations.as_slice() else {
        panic!()
    };
    assert_eq!(first.settings.get("api_key"), "https://from-a-file.example/");
    assert_eq!(first.settings.get("api_url"), "https://opsgenie.example/api/");
    assert_eq!(first.settings.get("http_config.basic_auth.password"), "p");
    assert_eq!(own.settings.get("api_key"), "own");
    assert_eq!(own.settings.get("http_config.basic_auth.password"), "");
    assert_eq!(telegram.settings.get("bot_token"), "tok");
    assert_eq!(hook.settings.get("url"), "");
    assert_eq!(plan.warnings.len(), 1, "{:?}", plan.warnings);
    assert!(plan.warnings[0].what.starts_with("the file `missing` cannot be read"));
    assert!(plan.outbound_allow.contains(&"0.0.0.0/0".to_owned()));
}

#[test]
fn a_template_file_that_cannot_be_read_is_named_with_its_line() {
    let text = "templates: ['*.tmpl']\nroute: { receiver: r }\nreceivers: [{ name: r }]\n";
    let broken = "{{ define \"a\" }}\n{{ .x | }\n{{ end }}".to_owned();
    let files = [("alertmanager.yml".to_owned(), text.to_owned()), ("b.tmpl".to_owned(), broken)];
    let problems = alertmanager_alone(&files.into(), &Files).unwrap_err();
    assert_eq!(problems.len(), 1);
    let expected = "the template file b.tmpl:2: unexpected \"}\" in command";
    assert_eq!(problems[0].what, expected);
}

#[test]
fn templates_are_found_by_their_patterns_in_order() {
    let text = "templates: ['*.tmpl', './a.tmpl', 'b*']\nroute: { receiver: r }\nreceivers: [{ name: r }]\n";
    let plan = read(text).unwrap();
    assert!(plan.templates.names().any(|name| name == "a.tmpl"));
    assert!(plan.warnings[0].what.contains("no file is called `b*`"));
}

/// Writes down the kinds, their keys and their defaults for the manual.
#[test]
fn the_manual_has_every_key() {
    let mut text = HEAD.to_owned();
    rows(&mut text, "", &global::GLOBAL);
    for kind in &kinds::KINDS {
        let resolved = if kind.send_resolved { "true" } else { "false" };
        write!(
            text,
            "\n## `{}`\n\n`send_resolved` is `{resolved}` by default.\n\n{TABLE}",
            kind.section
        )
        .unwrap();
        rows(&mut text, "", &kind.group);
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/alertmanager-yml.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text, "UPDATE=1 writes it anew");
}

const HEAD: &str = include_str!("../scenarios/alertmanager-yml.md");
const TABLE: &str = "| key | what | default |\n|---|---|---|\n";

fn rows(text: &mut String, prefix: &str, group: &Group) {
    for key in group.keys {
        let name = format!("{prefix}{}", key.name);
        let file = key.file.map(|file| format!(", or `{prefix}{file}`")).unwrap_or_default();
        let default = match (key.global, key.default) {
            (Some(global), _) => format!("`{global}` of `global`"),
            (None, Some(default)) => format!("`{default}`"),
            (None, None) if key.required => "required".to_owned(),
            (None, None) => String::new(),
        };
        let (what, inner) = word(key.kind);
        writeln!(text, "| `{name}`{file} | {what} | {default} |").unwrap();
        let Some(inner) = inner else { continue };
        if ["http_config", "tls_config", "smtp_tls_config"].contains(&key.name)
            && prefix.is_empty()
            && key.global.is_some()
        {
            continue;
        }
        let dot = if matches!(key.kind, Type::Maps(_)) { "[]." } else { "." };
        rows(text, &format!("{name}{dot}"), inner);
    }
}

fn word(kind: Type) -> (String, Option<&'static Group>) {
    let plain = match kind {
        Type::One(Scalar::Text) => "text",
        Type::One(Scalar::Template) => "template",
        Type::One(Scalar::Html) => "HTML template",
        Type::One(Scalar::Secret) => "secret",
        Type::One(Scalar::Url) => "address",
        Type::One(Scalar::SecretUrl) => "secret address",
        Type::One(Scalar::TemplateUrl) => "secret address, may have templates",
        Type::One(Scalar::Proxy) => "secret address",
        Type::One(Scalar::Host) => "`host:port`",
        Type::One(Scalar::Mail) => "mail addresses, may have templates",
        Type::One(Scalar::Truth) => "`true` or `false`",
        Type::One(Scalar::Whole) | Type::One(Scalar::Integer) => "whole number",
        Type::One(Scalar::Duration) => "duration, `1h30m`",
        Type::One(Scalar::GoDuration) | Type::One(Scalar::Timeout) => "duration, `1m30s`",
        Type::Texts => "map of texts",
        Type::Templates => "map of templates",
        Type::List => "list of texts",
        Type::TemplateList => "list of templates",
        Type::Tree => "anything, may have templates",
        Type::Headers => "map of headers to `values`, `secrets`, `files`",
        Type::ProxyHeaders => "map of headers to lists of secrets",
        Type::One(Scalar::Word(words)) => {
            let shown: Vec<String> = words
                .iter()
                .filter(|word| !word.is_empty())
                .map(|word| format!("`{word}`"))
                .collect();
            return (shown.join(", "), None);
        }
        Type::Map(group) => return ("map".to_owned(), Some(group)),
        Type::Maps(group) => return ("list of maps".to_owned(), Some(group)),
        Type::TemplateOr(group) => return ("template, or a map".to_owned(), Some(group)),
        Type::ListOr(group) => return ("list of templates, or a map".to_owned(), Some(group)),
    };
    (plain.to_owned(), None)
}
