//! The configuration as the release that is spoken here reads it: what is newer is left out, so that amtool can work
//! with the rest, and what `global` has by default is written down.

use serde_json::{Map, Value};

use super::SECRET;

/// Sections of the file that came later.
const TOP: &[&str] = &["tracing", "event_recorder"];

/// Keys of `global` that came later.
const GLOBAL: &[&str] = &[
    "smtp_auth_secret_file",
    "smtp_tls_config",
    "smtp_force_implicit_tls",
    "slack_app_token",
    "slack_app_token_file",
    "slack_app_url",
    "wechat_api_secret_file",
    "telegram_bot_token",
    "telegram_bot_token_file",
    "jira_api_url",
    "rocketchat_api_url",
    "rocketchat_token",
    "rocketchat_token_file",
    "rocketchat_token_id",
    "rocketchat_token_id_file",
    "mattermost_webhook_url",
    "mattermost_webhook_url_file",
];

/// Kinds of receivers that came later, and what lists them by.
const RECEIVER: &[&str] = &[
    "labels",
    "incidentio_configs",
    "jira_configs",
    "mattermost_configs",
    "msteams_configs",
    "msteamsv2_configs",
    "rocketchat_configs",
];

/// Keys of the other kinds that came later.
const KEYS: &[(&str, &[&str])] = &[
    ("discord_configs", &["webhook_url_file", "content", "username", "avatar_url"]),
    ("email_configs", &["auth_secret_file", "force_implicit_tls", "threading"]),
    ("pagerduty_configs", &["timeout"]),
    ("pushover_configs", &["user_key_file", "token_file", "device", "ttl", "monospace"]),
    (
        "slack_configs",
        &["app_token", "app_token_file", "app_url", "message_text", "update_message", "timeout"],
    ),
    ("sns_configs", &["use_aws_http_client"]),
    ("telegram_configs", &["bot_token_file", "chat_id_file", "message_thread_id"]),
    ("webhook_configs", &["url_file", "timeout", "payload"]),
    ("wechat_configs", &["api_secret_file"]),
];

/// What a kind must have, be it written where the older release does not look.
const NEEDED: &[(&str, &str, Option<&str>)] = &[
    ("discord_configs", "webhook_url", None),
    ("pushover_configs", "user_key", None),
    ("pushover_configs", "token", None),
    ("slack_configs", "api_url", Some("slack_api_url")),
    ("telegram_configs", "bot_token", None),
    ("wechat_configs", "api_secret", Some("wechat_api_secret")),
];

/// Keys inside of `http_config` and its parts that came later.
const HTTP: &[&str] = &[
    "username_file",
    "ca",
    "cert",
    "key",
    "no_proxy",
    "proxy_from_environment",
    "proxy_connect_header",
    "http_headers",
];

/// What `global` has by default.
const DEFAULTS: &[(&str, &str)] = &[
    ("resolve_timeout", "5m"),
    ("smtp_hello", "localhost"),
    ("pagerduty_url", "https://events.pagerduty.com/v2/enqueue"),
    ("opsgenie_api_url", "https://api.opsgenie.com/"),
    ("wechat_api_url", "https://qyapi.weixin.qq.com/cgi-bin/"),
    ("victorops_api_url", "https://alert.victorops.com/integrations/generic/20131114/alert/"),
    ("telegram_api_url", "https://api.telegram.org"),
    ("webex_api_url", "https://webexapis.com/v1/messages"),
];

/// Leaves out what came later, and writes down the defaults of `global`.
pub(super) fn fit(root: &mut Value) {
    let Some(top) = root.as_object_mut() else { return };
    without(top, TOP);
    let global = top.entry("global").or_insert_with(|| Value::Object(Map::new()));
    if global.is_null() {
        *global = Value::Object(Map::new());
    }
    let mut shared: Vec<String> = Vec::new();
    if let Some(global) = global.as_object_mut() {
        without(global, GLOBAL);
        shared = global.keys().map(|key| key.trim_end_matches("_file").to_owned()).collect();
        http(global);
        defaults(global);
    }
    if let Some(route) = top.get_mut("route") {
        walk(route);
    }
    for rule in entries(top, "inhibit_rules") {
        rule.remove("name");
    }
    for receiver in entries(top, "receivers") {
        without(receiver, RECEIVER);
        for (section, value) in receiver.iter_mut() {
            let integrations = value.as_array_mut().into_iter().flatten();
            for integration in integrations.filter_map(Value::as_object_mut) {
                fit_integration(section, integration, &shared);
            }
        }
    }
}

fn fit_integration(section: &str, keys: &mut Map<String, Value>, shared: &[String]) {
    if let Some((_, newer)) = KEYS.iter().find(|(name, _)| *name == section) {
        without(keys, newer);
    }
    for (name, key, global) in NEEDED {
        let elsewhere = global.is_some_and(|global| shared.iter().any(|key| key == global))
            || keys.contains_key(&format!("{key}_file"));
        if *name == section && !keys.contains_key(*key) && !elsewhere {
            keys.insert((*key).to_owned(), SECRET.into());
        }
    }
    match section {
        "webhook_configs" if !keys.contains_key("url") => {
            keys.insert("url".to_owned(), format!("https://hidden.invalid/{SECRET}").into());
        }
        "telegram_configs" if !keys.contains_key("chat_id") => {
            keys.insert("chat_id".to_owned(), (-1).into());
        }
        "sns_configs" => {
            if let Some(keys) = keys.get_mut("sigv4").and_then(Value::as_object_mut) {
                without(keys, &["service", "use_fips_sts_endpoint"]);
            }
        }
        "pagerduty_configs" => texts(keys),
        _ => {}
    }
    http(keys);
}

/// Writes details that are no texts as JSON.
fn texts(keys: &mut Map<String, Value>) {
    let details = keys.get_mut("details").and_then(Value::as_object_mut);
    for value in details.into_iter().flat_map(Map::values_mut) {
        if value.is_array() || value.is_object() {
            *value = value.to_string().into();
        }
    }
}

fn http(keys: &mut Map<String, Value>) {
    for name in ["http_config", "tls_config"] {
        let Some(inside) = keys.get_mut(name).and_then(Value::as_object_mut) else { continue };
        without(inside, HTTP);
        http(inside);
        for part in ["basic_auth", "oauth2"] {
            if let Some(part) = inside.get_mut(part).and_then(Value::as_object_mut) {
                without(part, HTTP);
                http(part);
            }
        }
    }
}

fn defaults(global: &mut Map<String, Value>) {
    for (key, value) in DEFAULTS {
        global.entry(*key).or_insert_with(|| (*value).into());
    }
    global.entry("smtp_require_tls").or_insert(true.into());
    global.entry("http_config").or_insert_with(|| Value::Object(Map::new()));
}

fn walk(route: &mut Value) {
    let Some(keys) = route.as_object_mut() else { return };
    keys.remove("labels");
    keys.get_mut("routes").and_then(Value::as_array_mut).into_iter().flatten().for_each(walk);
}

pub(super) fn entries<'v>(
    top: &'v mut Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = &'v mut Map<String, Value>> {
    let list = top.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

fn without(keys: &mut Map<String, Value>, names: &[&str]) {
    keys.retain(|key, _| !names.contains(&key.as_str()));
}
