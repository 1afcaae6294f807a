//! What the keys of one integration must be to each other.

use std::collections::BTreeMap;

use super::super::Settings;
use super::super::channels::warn_clear_password;
use super::super::fields::Fields;
use super::super::findings::Findings;

/// Mail: one header of each name, and how the connection is protected.
pub(super) fn email(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    _: &str,
    out: &mut Findings<'_>,
) {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for entry in fields.map("headers", out) {
        let name = canonical(&entry.key);
        if let Some(value) = settings.0.remove(&format!("headers.{}", entry.key)) {
            settings.0.insert(format!("headers.{name}"), value);
        }
        let first = known.insert(name.clone(), entry.key.clone());
        if let Some(first) = first {
            let what = format!("the headers `{first}` and `{}` are the same one", entry.key);
            out.error(entry.at, what, "remove one of them");
        }
    }
    if settings.get("threading.enabled") == "true" {
        for name in ["References", "In-Reply-To"] {
            if known.contains_key(name) {
                let what = format!("`threading` writes the header `{name}` itself");
                out.error(fields.place("threading"), what, "remove the header, or the threading");
            }
        }
    }
    if !settings.0.contains_key("headers.Subject") {
        settings.set("headers.Subject", "{{ template \"email.default.subject\" . }}", false);
    }
    let implicit = match settings.get("force_implicit_tls") {
        "" => settings.get("smarthost").ends_with(":465"),
        word => word == "true",
    };
    let tls = match (implicit, settings.get("require_tls")) {
        (true, _) => "implicit",
        (false, "false") => "none",
        (false, _) => "starttls",
    };
    settings.set("tls", tls, false);
    warn_clear_password(settings, fields.at, out);
}

/// Writes a header's name as Go does: `x-team` is `X-Team`.
fn canonical(name: &str) -> String {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if !name.chars().all(token) {
        return name.to_owned();
    }
    let mut upper = true;
    let letter = |c: char| {
        let letter = if upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        upper = c == '-';
        letter
    };
    name.chars().map(letter).collect()
}

/// Threads are by day, or go on.
pub(super) fn threading(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    prefix: &str,
    out: &mut Findings<'_>,
) {
    let by = settings.get(&format!("{prefix}thread_by_date"));
    let enabled = settings.get(&format!("{prefix}enabled")) == "true";
    if enabled && !["none", "daily"].contains(&by) {
        let what = format!("`thread_by_date` cannot be `{by}`");
        out.error(fields.place("thread_by_date"), what, "write `none` or `daily`");
    }
}

/// The address that messages by an app's token go to.
const SLACK_API: &str = "https://slack.com/api/chat.postMessage";

/// Slack: a webhook's address, or the token of an app.
pub(super) fn slack(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    _: &str,
    out: &mut Findings<'_>,
) {
    let own_url = fields.has("api_url") || fields.has("api_url_file");
    let own_token = fields.has("app_token") || fields.has("app_token_file");
    let own_http = fields.has("http_config");
    if own_url && own_token {
        let what = "both `api_url` and `app_token` are set";
        out.error(fields.place("app_token"), what, "keep one of them");
    }
    let updates = settings.get("update_message") == "true";
    let authorized = settings.0.contains_key("http_config.authorization.type");
    // The token of `global` stands back when something of the receiver's own takes its place.
    let stands_back = fields.has("api_url") || (own_http && authorized);
    if !own_token && stands_back {
        settings.0.remove("app_token");
    }
    let token = settings.0.remove("app_token").filter(|token| !token.value.is_empty());
    if let Some(token) = token {
        if authorized {
            let what = "the app's token is the authorization already";
            let at = fields.place("http_config");
            out.error(at, what, "remove `authorization` from `http_config`, or the token");
        }
        settings.set("http_config.authorization.type", "Bearer", false);
        settings.set("http_config.authorization.credentials", token.value, true);
        let url = settings.get("app_url").to_owned();
        settings.set("api_url", url, true);
    } else if !own_url && !own_token && !settings.0.contains_key("api_url") {
        let mend = "add it here, or `slack_api_url` under `global`";
        fields.missing("api_url", mend, out);
    }
    settings.0.remove("app_url");
    if updates && settings.get("api_url") != SLACK_API && !settings.get("api_url").is_empty() {
        let what = "only a bot can change its messages: `update_message` needs its address";
        let mend = format!("set `api_url` to `{SLACK_API}`, or `app_token`");
        out.error(fields.place("update_message"), what, mend);
    }
}

/// A Slack button opens an address, or has a name.
pub(super) fn slack_action(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    prefix: &str,
    out: &mut Findings<'_>,
) {
    let set = |name: &str| !settings.get(&format!("{prefix}{name}")).is_empty();
    if set("url") {
        let unused = [format!("{prefix}name"), format!("{prefix}value")];
        settings.0.retain(|name, _| {
            !unused.contains(name) && !name.starts_with(&format!("{prefix}confirm."))
        });
    } else if !set("name") {
        fields.missing("url", "add `url` for a link, or `name` for a button", out);
    }
}

/// What PagerDuty is told of a group beside the user's own details.
const DETAILS: [(&str, &str); 4] = [
    ("firing", "{{ .Alerts.Firing | toJson }}"),
    ("resolved", "{{ .Alerts.Resolved | toJson }}"),
    ("num_firing", "{{ .Alerts.Firing | len }}"),
    ("num_resolved", "{{ .Alerts.Resolved | len }}"),
];

/// PagerDuty: a key of one of its two interfaces.
pub(super) fn pagerduty(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    _: &str,
    out: &mut Findings<'_>,
) {
    let keys = ["routing_key", "routing_key_file", "service_key", "service_key_file"];
    if !keys.into_iter().any(|key| fields.has(key) && fields.text(key) != Some("")) {
        let mend = "add it, or `service_key` for the older interface; or a file, as in \
                    `routing_key_file`";
        fields.missing("routing_key", mend, out);
    }
    for (name, value) in DETAILS {
        let name = format!("details.{name}");
        if !settings.0.contains_key(&name) {
            settings.set(&name, value, false);
        }
    }
    if settings.get("source").is_empty() {
        let client = settings.get("client").to_owned();
        settings.set("source", client, false);
    }
}

/// Opsgenie's and WeChat's addresses are followed by a path.
pub(super) fn slash(_: &mut Fields<'_>, settings: &mut Settings, _: &str, _: &mut Findings<'_>) {
    let url = settings.get("api_url").to_owned();
    if !url.is_empty() && !url.ends_with('/') && !url.contains('?') {
        settings.set("api_url", format!("{url}/"), false);
    }
}

const RESPONDERS: [&str; 5] = ["team", "teams", "user", "escalation", "schedule"];

/// Somebody whom Opsgenie is to ask.
pub(super) fn opsgenie_responder(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    prefix: &str,
    out: &mut Findings<'_>,
) {
    let set = |name: &str| !settings.get(&format!("{prefix}{name}")).is_empty();
    if !["id", "name", "username"].into_iter().any(set) {
        fields.missing("name", "add it, or `id` or `username`", out);
    }
    let name = format!("{prefix}type");
    let kind = settings.get(&name).to_owned();
    if kind.contains("{{") {
        return;
    }
    let kind = kind.to_lowercase();
    if !RESPONDERS.contains(&kind.as_str()) {
        let what = format!("a responder cannot be of the type `{kind}`");
        let mend = "write `team`, `teams`, `user`, `escalation` or `schedule`";
        out.error(fields.place("type"), what, mend);
    }
    settings.set(&name, kind, false);
}

/// Names of fields that an event of VictorOps has anyway.
const RESERVED: [&str; 7] = [
    "routing_key",
    "message_type",
    "state_message",
    "entity_display_name",
    "monitoring_tool",
    "entity_id",
    "entity_state",
];

/// VictorOps: own fields have names of their own.
pub(super) fn victorops(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    prefix: &str,
    out: &mut Findings<'_>,
) {
    for entry in fields.map("custom_fields", out) {
        if RESERVED.contains(&entry.key.as_str()) {
            let what = format!("`{}` is a field that every event has", entry.key);
            out.error(entry.at, what, "give your own field another name");
        }
    }
    slash(fields, settings, prefix, out);
}

/// Pushover: one way to write a message.
pub(super) fn pushover(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    _: &str,
    out: &mut Findings<'_>,
) {
    if settings.get("html") == "true" && settings.get("monospace") == "true" {
        let what = "both `html` and `monospace` are set";
        out.error(fields.place("monospace"), what, "keep one of them");
    }
}

/// SNS: one target. As in the original, all three at once pass as well.
pub(super) fn sns(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    _: &str,
    out: &mut Findings<'_>,
) {
    let targets = ["topic_arn", "phone_number", "target_arn"];
    let given: Vec<&str> =
        targets.into_iter().filter(|key| !settings.get(key).is_empty()).collect();
    match given.as_slice() {
        [] => {
            let mend = "add it, or `phone_number` or `target_arn`";
            fields.missing("topic_arn", mend, out);
        }
        [first, second] => {
            let what = format!("both `{first}` and `{second}` are set");
            out.error(fields.place(second), what, "keep one of them");
        }
        _ => {}
    }
}

/// A key of AWS and its secret come together.
pub(super) fn sigv4(fields: &mut Fields<'_>, _: &mut Settings, _: &str, out: &mut Findings<'_>) {
    let set = |fields: &mut Fields<'_>, key| fields.text(key).is_some_and(|text| !text.is_empty());
    match (set(fields, "access_key"), set(fields, "secret_key")) {
        (true, false) => fields.missing("secret_key", "add the one of `access_key`", out),
        (false, true) => fields.missing("access_key", "add the one of `secret_key`", out),
        (true, true) | (false, false) => {}
    }
}

/// Telegram: no chat has the number 0.
pub(super) fn telegram(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    _: &str,
    out: &mut Findings<'_>,
) {
    if settings.get("chat_id").trim().parse() == Ok(0) {
        let what = "no chat has the number 0";
        out.error(fields.place("chat_id"), what, "write the number of the chat");
    }
}

/// Webex: the receiver's own way to prove who it is.
pub(super) fn webex(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    _: &str,
    out: &mut Findings<'_>,
) {
    let own = fields.has("http_config");
    if !own || !settings.0.contains_key("http_config.authorization.type") {
        let what = "this webex integration has no token of its bot";
        let mend = "add `http_config: { authorization: { credentials: TOKEN } }`";
        out.error(fields.place("http_config"), what, mend);
    }
}

/// incident.io: its token once.
pub(super) fn incidentio(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    _: &str,
    out: &mut Findings<'_>,
) {
    let token = fields.has("alert_source_token") || fields.has("alert_source_token_file");
    let own = fields.has("http_config");
    let authorized = own && settings.0.contains_key("http_config.authorization.type");
    if token && authorized {
        let what = "both `alert_source_token` and an authorization are set";
        out.error(fields.place("http_config"), what, "keep one of them");
    }
    if own && !token && !authorized {
        let mend = "add it, or `authorization` to `http_config`";
        fields.missing("alert_source_token", mend, out);
    }
}

/// Rocket.Chat: names of a button's keys as the original reads them, and as they are known.
const SPELLINGS: [(&str, &str); 5] = [
    ("imageurl", "image_url"),
    ("iswebview", "is_webview"),
    ("webviewheightratio", "webview_height_ratio"),
    ("msginchatwindow", "msg_in_chat_window"),
    ("msgprocessingtype", "msg_processing_type"),
];

/// A Rocket.Chat button: each key has two spellings.
pub(super) fn rocketchat_action(
    _: &mut Fields<'_>,
    settings: &mut Settings,
    prefix: &str,
    _: &mut Findings<'_>,
) {
    for (short, long) in SPELLINGS {
        if let Some(value) = settings.0.remove(&format!("{prefix}{short}")) {
            settings.0.insert(format!("{prefix}{long}"), value);
        }
    }
}
