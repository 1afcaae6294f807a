//! `receivers:` and `global:` of `alertmanager.yml`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::channels::{credentials, warn_clear_password};
use super::fields::{self, Fields, Word};
use super::findings::{Findings, Place};
use super::secret::Sources;
use super::yaml::{Kind, Node, Style};
use super::{Integration, Receiver, Settings, values};

/// Defaults that receivers share.
pub(super) struct Globals {
    pub(super) resolve_timeout: SignedDuration,
    /// Mail settings by their name in a channel.
    smtp: Settings,
    slack_url: Option<String>,
    /// Whether that is written, be it right or wrong.
    has_slack_url: bool,
    http: Settings,
}

/// Keys of `global` that only matter to receivers which are not supported yet.
const UNSUPPORTED_GLOBALS: &[&str] = &[
    "smtp_auth_secret",
    "smtp_auth_secret_file",
    "smtp_auth_identity",
    "smtp_tls_config",
    "slack_app_token",
    "slack_app_token_file",
    "slack_app_url",
    "pagerduty_url",
    "opsgenie_api_url",
    "opsgenie_api_key",
    "opsgenie_api_key_file",
    "wechat_api_url",
    "wechat_api_secret",
    "wechat_api_secret_file",
    "wechat_api_corp_id",
    "victorops_api_url",
    "victorops_api_key",
    "victorops_api_key_file",
    "telegram_api_url",
    "telegram_bot_token",
    "telegram_bot_token_file",
    "webex_api_url",
    "jira_api_url",
    "rocketchat_api_url",
    "rocketchat_token",
    "rocketchat_token_file",
    "rocketchat_token_id",
    "rocketchat_token_id_file",
    "mattermost_webhook_url",
    "mattermost_webhook_url_file",
];
const UNSUPPORTED_RECEIVERS: &[&str] = &[
    "discord_configs",
    "incidentio_configs",
    "jira_configs",
    "mattermost_configs",
    "msteams_configs",
    "msteamsv2_configs",
    "opsgenie_configs",
    "pagerduty_configs",
    "pushover_configs",
    "rocketchat_configs",
    "sns_configs",
    "telegram_configs",
    "victorops_configs",
    "webex_configs",
    "wechat_configs",
];

impl Globals {
    /// Reads `global`.
    pub(super) fn read(
        top: &mut Fields<'_>,
        sources: &Sources<'_>,
        out: &mut Findings<'_>,
    ) -> Self {
        let mut globals = Self {
            resolve_timeout: SignedDuration::from_mins(5),
            smtp: Settings::default(),
            slack_url: None,
            has_slack_url: false,
            http: Settings::default(),
        };
        globals.smtp.set("hello", "localhost", false);
        let at = top.place("global");
        let Some(node) = top.get("global") else { return globals };
        let Some(mut fields) = Fields::open(node, "`global`", at, out) else { return globals };
        if let Some(timeout) = fields.parsed("resolve_timeout", values::duration, out) {
            globals.resolve_timeout = timeout;
        }
        let names = Smtp {
            from: "smtp_from",
            hello: "smtp_hello",
            smarthost: "smtp_smarthost",
            username: "smtp_auth_username",
            password: ("smtp_auth_password", "smtp_auth_password_file"),
            require_tls: "smtp_require_tls",
            implicit_tls: "smtp_force_implicit_tls",
        };
        names.read(&mut fields, &mut globals.smtp, sources, out);
        globals.slack_url = sources.url(&mut fields, ("slack_api_url", "slack_api_url_file"), out);
        globals.has_slack_url = fields.has("slack_api_url") || fields.has("slack_api_url_file");
        globals.http = http(&mut fields, sources, out);
        fields.refuse(UNSUPPORTED_GLOBALS, out);
        fields.finish(out);
        globals
    }
}

/// How the mail settings are called, in `global` and in a receiver.
struct Smtp {
    from: &'static str,
    hello: &'static str,
    smarthost: &'static str,
    username: &'static str,
    password: (&'static str, &'static str),
    require_tls: &'static str,
    implicit_tls: &'static str,
}

impl Smtp {
    fn read(
        &self,
        fields: &mut Fields<'_>,
        settings: &mut Settings,
        sources: &Sources<'_>,
        out: &mut Findings<'_>,
    ) {
        if let Some(server) = sources.smarthost(fields, self.smarthost, out) {
            settings.set("smarthost", server, false);
        }
        for (key, name) in [(self.from, "from"), (self.hello, "hello"), (self.username, "username")]
        {
            if let Some(value) = sources.text(fields, key, out) {
                if name == "from" {
                    out.check(value.at, values::email(&value.text));
                }
                settings.set(name, value.text, false);
            }
        }
        if let Some(password) = sources.secret(fields, self.password, out) {
            settings.set("password", password.text, true);
        }
        if fields.has(self.implicit_tls) {
            let implicit = fields.truth(self.implicit_tls, false, out);
            settings.set("implicit", if implicit { "true" } else { "false" }, false);
        }
        if fields.has(self.require_tls) {
            let required = fields.truth(self.require_tls, true, out);
            settings.set("required", if required { "true" } else { "false" }, false);
        }
    }
}

/// Reads the receivers by name.
pub(super) fn read(
    top: &mut Fields<'_>,
    globals: &Globals,
    sources: &Sources<'_>,
    out: &mut Findings<'_>,
) -> BTreeMap<String, Receiver> {
    let mut receivers = BTreeMap::new();
    for node in top.list("receivers", out) {
        let Some(mut fields) = Fields::open(node, "this receiver", node.at, out) else { continue };
        let Some(name) = fields.required("name", "add one, as in `name: team`", out) else {
            continue;
        };
        if name.text.is_empty() {
            out.error(name.at, "a receiver's name cannot be empty", "give it one");
        }
        let mut integrations: Vec<(Place, Integration)> = Vec::new();
        for kind in ["webhook", "email", "slack"] {
            let key = match kind {
                "webhook" => "webhook_configs",
                "email" => "email_configs",
                _ => "slack_configs",
            };
            for (index, node) in fields.list(key, out).iter().enumerate() {
                let read = integration(kind, index, node, (globals, sources), out);
                integrations.extend(read.map(|read| (node.at, read)));
            }
        }
        fields.refuse(UNSUPPORTED_RECEIVERS, out);
        fields.finish(out);
        integrations.sort_by_key(|(at, _)| *at);
        let integrations = integrations.into_iter().map(|(_, integration)| integration).collect();
        let name = name.text.to_owned();
        let receiver = Receiver { name: name.clone(), integrations, escalate: None };
        if receivers.insert(name.clone(), receiver).is_some() {
            out.error(
                node.at,
                format!("two receivers are called `{name}`"),
                "rename or remove one of them",
            );
        }
    }
    receivers
}

fn integration(
    kind: &str,
    index: usize,
    node: &Node,
    (globals, sources): (&Globals, &Sources<'_>),
    out: &mut Findings<'_>,
) -> Option<Integration> {
    let mut fields = Fields::open(node, format!("this {kind} integration"), node.at, out)?;
    let send_resolved = fields.truth("send_resolved", kind == "webhook", out);
    let mut alerts_max = 0;
    let settings = match kind {
        "webhook" => {
            alerts_max = fields.number("max_alerts", u32::MAX, out).unwrap_or(0);
            webhook(&mut fields, globals, sources, out)
        }
        "email" => email(&mut fields, globals, sources, out),
        _ => slack(&mut fields, globals, sources, out),
    };
    fields.finish(out);
    let alerts_max = usize::try_from(alerts_max).unwrap_or(usize::MAX);
    Some(Integration { kind: kind.to_owned(), index, send_resolved, alerts_max, settings })
}

fn webhook(
    fields: &mut Fields<'_>,
    globals: &Globals,
    sources: &Sources<'_>,
    out: &mut Findings<'_>,
) -> Settings {
    let mut settings = http_of(fields, globals, sources, out);
    if !fields.has("url") && !fields.has("url_file") {
        fields.missing(
            "url",
            "add `url`, or `url_file` with the path of a file that holds it",
            out,
        );
    }
    if let Some(url) = sources.url(fields, ("url", "url_file"), out) {
        settings.set("url", url, true);
    }
    fields.refuse(&["timeout", "payload"], out);
    settings
}

fn slack(
    fields: &mut Fields<'_>,
    globals: &Globals,
    sources: &Sources<'_>,
    out: &mut Findings<'_>,
) -> Settings {
    let mut settings = Settings::default();
    if globals.http != settings {
        let what = "the `http_config` under `global` is not supported for Slack yet";
        out.error(fields.at, what, "move it to the webhooks that need it");
    }
    let own = fields.has("api_url") || fields.has("api_url_file");
    let url = sources.url(fields, ("api_url", "api_url_file"), out);
    if !own && !globals.has_slack_url {
        fields.missing("api_url", "add it here, or `slack_api_url` under `global`", out);
    }
    if let Some(url) = url.or_else(|| globals.slack_url.clone().filter(|_| !own)) {
        settings.set("url", url, true);
    }
    texts(fields, &mut settings, SLACK_TEXTS, out);
    fields.refuse(
        &[
            "http_config",
            "fields",
            "actions",
            "short_fields",
            "link_names",
            "mrkdwn_in",
            "app_token",
            "app_token_file",
            "app_url",
            "message_text",
            "update_message",
            "timeout",
        ],
        out,
    );
    settings
}

const SLACK_TEXTS: &[&str] = &[
    "channel",
    "username",
    "title",
    "title_link",
    "pretext",
    "text",
    "fallback",
    "color",
    "footer",
    "callback_id",
    "icon_emoji",
    "icon_url",
    "image_url",
    "thumb_url",
];

fn email(
    fields: &mut Fields<'_>,
    globals: &Globals,
    sources: &Sources<'_>,
    out: &mut Findings<'_>,
) -> Settings {
    let mut settings = globals.smtp.clone();
    let names = Smtp {
        from: "from",
        hello: "hello",
        smarthost: "smarthost",
        username: "auth_username",
        password: ("auth_password", "auth_password_file"),
        require_tls: "require_tls",
        implicit_tls: "force_implicit_tls",
    };
    names.read(fields, &mut settings, sources, out);
    tls(&mut settings);
    for (key, global) in [("smarthost", "smtp_smarthost"), ("from", "smtp_from")] {
        if settings.get(key).is_empty() && !fields.has(key) {
            fields.missing(key, &format!("add it here, or `{global}` under `global`"), out);
        }
    }
    match fields.required("to", "add the address that mail goes to", out) {
        Some(to) if to.text.contains("{{") => refuse_template("to", to, out),
        Some(to) => {
            for address in to.text.split(',') {
                out.check(to.at, values::email(address.trim()));
            }
            settings.set("to", to.text, false);
        }
        None => {}
    }
    for entry in fields.map("headers", out) {
        let Some(value) = fields::word(&entry.value, &format!("`{}`", entry.key), out) else {
            continue;
        };
        warn_unused(&entry.key, value, out);
        let name = entry.key.to_ascii_lowercase();
        let name = if name == "subject" { name } else { format!("header.{}", entry.key) };
        settings.set(&name, value.text, false);
    }
    texts(fields, &mut settings, &["html", "text"], out);
    fields.refuse(
        &["auth_secret", "auth_secret_file", "auth_identity", "tls_config", "threading"],
        out,
    );
    warn_clear_password(&settings, fields.at, out);
    settings
}

/// Turns the original's two switches and port 465 into one setting.
fn tls(settings: &mut Settings) {
    let implicit = match settings.get("implicit") {
        "" => settings.get("smarthost").ends_with(":465"),
        word => word == "true",
    };
    let tls = match (implicit, settings.get("required")) {
        (true, _) => "implicit",
        (false, "false") => "none",
        (false, _) => "starttls",
    };
    settings.0.remove("implicit");
    settings.0.remove("required");
    settings.set("tls", tls, false);
}

/// Keeps texts as they are written.
fn texts(
    fields: &mut Fields<'_>,
    settings: &mut Settings,
    keys: &[&'static str],
    out: &mut Findings<'_>,
) {
    for key in keys {
        if let Some(word) = fields.word(key, out) {
            if !["channel", "username"].contains(key) {
                warn_unused(key, word, out);
            } else if word.text.contains("{{") {
                refuse_template(key, word, out);
            }
            settings.set(key, word.text, false);
        }
    }
}

/// Refuses a template where it decides who is told.
fn refuse_template(key: &str, word: Word<'_>, out: &mut Findings<'_>) {
    let what = format!("a template in `{key}` is not supported yet");
    out.error(word.at, what, "write what it should come to");
}

/// Warns of a wording that is kept, checked, and not sent yet.
fn warn_unused(key: &str, word: Word<'_>, out: &mut Findings<'_>) {
    let what = format!("`{key}` is not used yet: messages have Stentor's own words");
    out.warn(word.at, what, "leave it for Alertmanager, or remove it");
    if word.style != Style::Other && word.text.contains("\\n") {
        let what = format!("`\\n` in `{key}` means these two signs, not a line break");
        out.warn(word.at, what, "use double quotes round the text, or a block with `|`");
    }
}

/// Reads `http_config` of an integration; it replaces the global one whole.
fn http_of(
    fields: &mut Fields<'_>,
    globals: &Globals,
    sources: &Sources<'_>,
    out: &mut Findings<'_>,
) -> Settings {
    if fields.has("http_config") { http(fields, sources, out) } else { globals.http.clone() }
}

fn http(fields: &mut Fields<'_>, sources: &Sources<'_>, out: &mut Findings<'_>) -> Settings {
    let mut settings = Settings::default();
    let at = fields.place("http_config");
    let Some(node) = fields.get("http_config") else { return settings };
    let Some(mut http) = Fields::open(node, "`http_config`", at, out) else { return settings };
    let ways = ["basic_auth", "authorization", "bearer_token", "bearer_token_file"];
    let given: BTreeSet<&str> = ways.into_iter().filter(|way| http.has(way)).collect();
    if given.len() > 1 {
        let names: Vec<String> = given.iter().map(|way| format!("`{way}`")).collect();
        out.error(at, format!("`http_config` has {}", names.join(" and ")), "keep one of them");
    }
    if let Some(token) = sources.secret(&mut http, ("bearer_token", "bearer_token_file"), out) {
        settings.set("bearer_token", token.text, true);
    }
    if let Some(mut auth) = inner(&mut http, "authorization", out) {
        let kind = auth.word("type", out);
        if let Some(kind) = kind.filter(|kind| !kind.text.eq_ignore_ascii_case("bearer")) {
            let what = format!("the authorization type `{}` is not supported yet", kind.text);
            out.error(kind.at, what, "use `Bearer` or `basic_auth`");
        }
        let token = sources.secret(&mut auth, ("credentials", "credentials_file"), out);
        if let Some(token) = token {
            settings.set("bearer_token", token.text, true);
        }
        auth.finish(out);
    }
    if let Some(mut auth) = inner(&mut http, "basic_auth", out) {
        let name = sources.secret(&mut auth, ("username", "username_file"), out);
        let password = sources.secret(&mut auth, ("password", "password_file"), out);
        credentials(
            &mut settings,
            ("basic_username", name),
            ("basic_password", password),
            &mut auth,
            out,
        );
        auth.finish(out);
    }
    http.refuse(
        &[
            "oauth2",
            "tls_config",
            "proxy_url",
            "no_proxy",
            "proxy_from_environment",
            "proxy_connect_header",
            "follow_redirects",
            "enable_http2",
            "http_headers",
        ],
        out,
    );
    http.finish(out);
    settings
}

fn inner<'n>(
    fields: &mut Fields<'n>,
    key: &'static str,
    out: &mut Findings<'_>,
) -> Option<Fields<'n>> {
    let at = fields.place(key);
    let node = fields.get(key)?;
    if matches!(node.kind, Kind::Null) {
        return None;
    }
    Fields::open(node, format!("`{key}`"), at, out)
}
