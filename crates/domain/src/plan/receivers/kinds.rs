//! Every kind of integration with all of its keys, as Alertmanager 0.34 has them.

use super::http::{HTTP, TLS};
use super::keys::{Group, Key, KindOf, Scalar, Type, key, nothing, template};
use super::rules;

/// All kinds, by name.
pub(in super::super) static KINDS: [KindOf; 18] = [
    kind("discord", "discord_configs", true, DISCORD, nothing),
    kind("email", "email_configs", false, EMAIL, rules::email),
    kind("incidentio", "incidentio_configs", true, INCIDENTIO, rules::incidentio),
    kind("jira", "jira_configs", true, JIRA, nothing),
    kind("mattermost", "mattermost_configs", true, MATTERMOST, nothing),
    kind("msteams", "msteams_configs", true, MSTEAMS, nothing),
    kind("msteamsv2", "msteamsv2_configs", true, MSTEAMS_V2, nothing),
    kind("opsgenie", "opsgenie_configs", true, OPSGENIE, rules::slash),
    kind("pagerduty", "pagerduty_configs", true, PAGERDUTY, rules::pagerduty),
    kind("pushover", "pushover_configs", true, PUSHOVER, rules::pushover),
    kind("rocketchat", "rocketchat_configs", false, ROCKETCHAT, nothing),
    kind("slack", "slack_configs", false, SLACK, rules::slack),
    kind("sns", "sns_configs", true, SNS, rules::sns),
    kind("telegram", "telegram_configs", true, TELEGRAM, rules::telegram),
    kind("victorops", "victorops_configs", true, VICTOROPS, rules::victorops),
    kind("webex", "webex_configs", true, WEBEX, rules::webex),
    kind("webhook", "webhook_configs", true, WEBHOOK, nothing),
    kind("wechat", "wechat_configs", false, WECHAT, rules::slash),
];

const fn kind(
    name: &'static str,
    section: &'static str,
    send_resolved: bool,
    keys: &'static [Key],
    check: super::keys::Check,
) -> KindOf {
    KindOf { name, section, send_resolved, group: Group { keys, check } }
}

const HTTP_CONFIG: Key = key("http_config", Type::Map(&HTTP)).else_global("http_config");
const WEBHOOK_URL: Key =
    key("webhook_url", Type::One(Scalar::SecretUrl)).or_file("webhook_url_file").required();

const WEBHOOK: &[Key] = &[
    key("url", Type::One(Scalar::TemplateUrl)).or_file("url_file").required(),
    HTTP_CONFIG,
    key("max_alerts", Type::One(Scalar::Whole)),
    key("timeout", Type::One(Scalar::Timeout)),
    key("payload", Type::Tree),
];

const EMAIL: &[Key] = &[
    key("to", Type::One(Scalar::Mail)).required(),
    key("from", Type::One(Scalar::Mail)).else_global("smtp_from").required(),
    key("smarthost", Type::One(Scalar::Host)).else_global("smtp_smarthost").required(),
    key("hello", Type::One(Scalar::Text)).else_global("smtp_hello"),
    key("auth_username", Type::One(Scalar::Text)).else_global("smtp_auth_username"),
    key("auth_password", Type::One(Scalar::Secret))
        .or_file("auth_password_file")
        .else_global("smtp_auth_password"),
    key("auth_secret", Type::One(Scalar::Secret))
        .or_file("auth_secret_file")
        .else_global("smtp_auth_secret"),
    key("auth_identity", Type::One(Scalar::Text)).else_global("smtp_auth_identity"),
    key("require_tls", Type::One(Scalar::Truth)).else_global("smtp_require_tls"),
    key("force_implicit_tls", Type::One(Scalar::Truth)).else_global("smtp_force_implicit_tls"),
    key("tls_config", Type::Map(&TLS)).else_global("smtp_tls_config"),
    key("headers", Type::Templates),
    key("html", Type::One(Scalar::Html)).or("{{ template \"email.default.html\" . }}"),
    template("text"),
    key("threading", Type::Map(&THREADING)),
];

static THREADING: Group = Group {
    keys: &[
        key("enabled", Type::One(Scalar::Truth)),
        key("thread_by_date", Type::One(Scalar::Text)),
    ],
    check: rules::threading,
};

const SLACK: &[Key] = &[
    key("api_url", Type::One(Scalar::SecretUrl))
        .or_file("api_url_file")
        .else_global("slack_api_url"),
    key("app_token", Type::One(Scalar::Secret))
        .or_file("app_token_file")
        .else_global("slack_app_token"),
    key("app_url", Type::One(Scalar::Url)).else_global("slack_app_url"),
    HTTP_CONFIG,
    template("channel"),
    template("username").or("{{ template \"slack.default.username\" . }}"),
    template("color").or("{{ template \"slack.default.color\" . }}"),
    template("title").or("{{ template \"slack.default.title\" . }}"),
    template("title_link").or("{{ template \"slack.default.titlelink\" . }}"),
    template("pretext").or("{{ template \"slack.default.pretext\" . }}"),
    template("text").or("{{ template \"slack.default.text\" . }}"),
    template("message_text"),
    key("fields", Type::Maps(&SLACK_FIELD)),
    key("short_fields", Type::One(Scalar::Truth)),
    template("footer").or("{{ template \"slack.default.footer\" . }}"),
    template("fallback").or("{{ template \"slack.default.fallback\" . }}"),
    template("callback_id").or("{{ template \"slack.default.callbackid\" . }}"),
    template("icon_emoji").or("{{ template \"slack.default.iconemoji\" . }}"),
    template("icon_url").or("{{ template \"slack.default.iconurl\" . }}"),
    template("image_url"),
    template("thumb_url"),
    key("link_names", Type::One(Scalar::Truth)),
    key("mrkdwn_in", Type::List),
    key("actions", Type::Maps(&SLACK_ACTION)),
    key("update_message", Type::One(Scalar::Truth)),
    key("timeout", Type::One(Scalar::Timeout)),
];

static SLACK_FIELD: Group = Group {
    keys: &[
        template("title").required(),
        template("value").required(),
        key("short", Type::One(Scalar::Truth)),
    ],
    check: nothing,
};

static SLACK_ACTION: Group = Group {
    keys: &[
        template("type").required(),
        template("text").required(),
        template("url"),
        template("style"),
        template("name"),
        template("value"),
        key("confirm", Type::Map(&SLACK_CONFIRM)),
    ],
    check: rules::slack_action,
};

static SLACK_CONFIRM: Group = Group {
    keys: &[
        template("text").required(),
        template("title"),
        template("ok_text"),
        template("dismiss_text"),
    ],
    check: nothing,
};

const PAGERDUTY: &[Key] = &[
    key("routing_key", Type::One(Scalar::Secret)).or_file("routing_key_file"),
    key("service_key", Type::One(Scalar::Secret)).or_file("service_key_file"),
    key("url", Type::One(Scalar::Url)).else_global("pagerduty_url"),
    HTTP_CONFIG,
    template("client").or("{{ template \"pagerduty.default.client\" . }}"),
    template("client_url").or("{{ template \"pagerduty.default.clientURL\" . }}"),
    template("description").or("{{ template \"pagerduty.default.description\" .}}"),
    key("details", Type::Tree),
    key("images", Type::Maps(&PAGERDUTY_IMAGE)),
    key("links", Type::Maps(&PAGERDUTY_LINK)),
    template("source"),
    template("severity").or("error"),
    template("class"),
    template("component"),
    template("group"),
    key("timeout", Type::One(Scalar::Timeout)),
];

static PAGERDUTY_IMAGE: Group =
    Group { keys: &[template("src"), template("alt"), template("href")], check: nothing };

static PAGERDUTY_LINK: Group =
    Group { keys: &[template("href"), template("text")], check: nothing };

const OPSGENIE: &[Key] = &[
    key("api_key", Type::One(Scalar::Secret))
        .or_file("api_key_file")
        .else_global("opsgenie_api_key")
        .required(),
    key("api_url", Type::One(Scalar::Url)).else_global("opsgenie_api_url"),
    HTTP_CONFIG,
    template("message").or("{{ template \"opsgenie.default.message\" . }}"),
    template("description").or("{{ template \"opsgenie.default.description\" . }}"),
    template("source").or("{{ template \"opsgenie.default.source\" . }}"),
    key("details", Type::Templates),
    template("entity"),
    key("responders", Type::Maps(&OPSGENIE_RESPONDER)),
    template("actions"),
    template("tags"),
    template("note"),
    template("priority"),
    key("update_alerts", Type::One(Scalar::Truth)),
];

static OPSGENIE_RESPONDER: Group = Group {
    keys: &[template("id"), template("name"), template("username"), template("type")],
    check: rules::opsgenie_responder,
};

const VICTOROPS: &[Key] = &[
    key("api_key", Type::One(Scalar::Secret))
        .or_file("api_key_file")
        .else_global("victorops_api_key")
        .required(),
    key("api_url", Type::One(Scalar::Url)).else_global("victorops_api_url"),
    HTTP_CONFIG,
    template("routing_key").required(),
    template("message_type").or("CRITICAL"),
    template("state_message").or("{{ template \"victorops.default.state_message\" . }}"),
    template("entity_display_name")
        .or("{{ template \"victorops.default.entity_display_name\" . }}"),
    template("monitoring_tool").or("{{ template \"victorops.default.monitoring_tool\" . }}"),
    key("custom_fields", Type::Templates),
];

const PUSHOVER: &[Key] = &[
    key("user_key", Type::One(Scalar::Secret)).or_file("user_key_file").required(),
    key("token", Type::One(Scalar::Secret)).or_file("token_file").required(),
    HTTP_CONFIG,
    template("title").or("{{ template \"pushover.default.title\" . }}"),
    template("message").or("{{ template \"pushover.default.message\" . }}"),
    template("url").or("{{ template \"pushover.default.url\" . }}"),
    template("url_title"),
    template("device"),
    template("sound"),
    template("priority").or("{{ if eq .Status \"firing\" }}2{{ else }}0{{ end }}"),
    key("retry", Type::One(Scalar::GoDuration)).or("1m"),
    key("expire", Type::One(Scalar::GoDuration)).or("1h"),
    key("ttl", Type::One(Scalar::GoDuration)),
    key("html", Type::One(Scalar::Truth)),
    key("monospace", Type::One(Scalar::Truth)),
];

const WECHAT: &[Key] = &[
    key("api_secret", Type::One(Scalar::Secret))
        .or_file("api_secret_file")
        .else_global("wechat_api_secret")
        .required(),
    key("corp_id", Type::One(Scalar::Template)).else_global("wechat_api_corp_id").required(),
    key("api_url", Type::One(Scalar::Url)).else_global("wechat_api_url"),
    HTTP_CONFIG,
    template("message").or("{{ template \"wechat.default.message\" . }}"),
    template("to_user").or("{{ template \"wechat.default.to_user\" . }}"),
    template("to_party").or("{{ template \"wechat.default.to_party\" . }}"),
    template("to_tag").or("{{ template \"wechat.default.to_tag\" . }}"),
    template("agent_id").or("{{ template \"wechat.default.agent_id\" . }}"),
    key("message_type", Type::One(Scalar::Word(&["", "text", "markdown"]))).or("text"),
];

const SNS: &[Key] = &[
    template("api_url"),
    key("sigv4", Type::Map(&SIGV4)),
    HTTP_CONFIG,
    template("topic_arn"),
    template("phone_number"),
    template("target_arn"),
    template("subject").or("{{ template \"sns.default.subject\" . }}"),
    template("message").or("{{ template \"sns.default.message\" . }}"),
    key("attributes", Type::Templates),
    key("use_aws_http_client", Type::One(Scalar::Truth)),
];

static SIGV4: Group = Group {
    keys: &[
        key("region", Type::One(Scalar::Text)),
        key("access_key", Type::One(Scalar::Text)),
        key("secret_key", Type::One(Scalar::Secret)),
        key("profile", Type::One(Scalar::Text)),
        key("role_arn", Type::One(Scalar::Text)),
        key("service", Type::One(Scalar::Text)),
        key("use_fips_sts_endpoint", Type::One(Scalar::Truth)),
    ],
    check: rules::sigv4,
};

const TELEGRAM: &[Key] = &[
    key("bot_token", Type::One(Scalar::Secret))
        .or_file("bot_token_file")
        .else_global("telegram_bot_token")
        .required(),
    key("api_url", Type::One(Scalar::Url)).else_global("telegram_api_url"),
    HTTP_CONFIG,
    key("chat_id", Type::One(Scalar::Integer)).or_file("chat_id_file").required(),
    key("message_thread_id", Type::One(Scalar::Integer)),
    template("message").or("{{ template \"telegram.default.message\" . }}"),
    key("disable_notifications", Type::One(Scalar::Truth)),
    key("parse_mode", Type::One(Scalar::Word(&["", "HTML", "Markdown", "MarkdownV2"]))).or("HTML"),
];

const WEBEX: &[Key] = &[
    key("api_url", Type::One(Scalar::Url)).else_global("webex_api_url"),
    HTTP_CONFIG,
    template("message").or("{{ template \"webex.default.message\" . }}"),
    template("room_id").required(),
];

const DISCORD: &[Key] = &[
    WEBHOOK_URL,
    HTTP_CONFIG,
    template("content"),
    template("title").or("{{ template \"discord.default.title\" . }}"),
    template("message").or("{{ template \"discord.default.message\" . }}"),
    key("username", Type::One(Scalar::Text)),
    key("avatar_url", Type::One(Scalar::Text)),
];

const MSTEAMS: &[Key] = &[
    WEBHOOK_URL,
    HTTP_CONFIG,
    template("title").or("{{ template \"msteams.default.title\" . }}"),
    template("summary").or("{{ template \"msteams.default.summary\" . }}"),
    template("text").or("{{ template \"msteams.default.text\" . }}"),
];

const MSTEAMS_V2: &[Key] = &[
    WEBHOOK_URL,
    HTTP_CONFIG,
    template("title").or("{{ template \"msteamsv2.default.title\" . }}"),
    template("text").or("{{ template \"msteamsv2.default.text\" . }}"),
];

const JIRA: &[Key] = &[
    key("api_url", Type::One(Scalar::Url)).else_global("jira_api_url").required(),
    key("api_type", Type::One(Scalar::Word(&["auto", "cloud", "datacenter"]))).or("auto"),
    HTTP_CONFIG,
    template("project").required(),
    key("summary", Type::TemplateOr(&JIRA_FIELD)).or("{{ template \"jira.default.summary\" . }}"),
    key("description", Type::TemplateOr(&JIRA_FIELD))
        .or("{{ template \"jira.default.description\" . }}"),
    key("labels", Type::ListOr(&JIRA_LABELS)),
    template("priority").or("{{ template \"jira.default.priority\" . }}"),
    template("issue_type").required(),
    template("reopen_transition"),
    template("resolve_transition"),
    template("wont_fix_resolution"),
    key("reopen_duration", Type::One(Scalar::Duration)),
    key("fields", Type::Tree),
];

static JIRA_FIELD: Group = Group {
    keys: &[template("template"), key("enable_update", Type::One(Scalar::Truth))],
    check: nothing,
};

static JIRA_LABELS: Group = Group {
    keys: &[
        key("values", Type::TemplateList),
        key("enable_update", Type::One(Scalar::Truth)),
        key("update_mode", Type::One(Scalar::Word(&["", "replace", "merge"]))),
    ],
    check: nothing,
};

const ROCKETCHAT: &[Key] = &[
    key("api_url", Type::One(Scalar::Url)).else_global("rocketchat_api_url"),
    key("token", Type::One(Scalar::Secret))
        .or_file("token_file")
        .else_global("rocketchat_token")
        .required(),
    key("token_id", Type::One(Scalar::Secret))
        .or_file("token_id_file")
        .else_global("rocketchat_token_id")
        .required(),
    HTTP_CONFIG,
    template("channel"),
    template("color").or("{{ if eq .Status \"firing\" }}red{{ else }}green{{ end }}"),
    template("title").or("{{ template \"rocketchat.default.title\" . }}"),
    template("title_link").or("{{ template \"rocketchat.default.titlelink\" . }}"),
    template("text").or("{{ template \"rocketchat.default.text\" . }}"),
    key("fields", Type::Maps(&ROCKETCHAT_FIELD)),
    key("short_fields", Type::One(Scalar::Truth)),
    template("emoji").or("{{ template \"rocketchat.default.emoji\" . }}"),
    template("icon_url").or("{{ template \"rocketchat.default.iconurl\" . }}"),
    template("image_url"),
    template("thumb_url"),
    key("link_names", Type::One(Scalar::Truth)),
    key("actions", Type::Maps(&ROCKETCHAT_ACTION)),
];

static ROCKETCHAT_FIELD: Group = Group {
    keys: &[key("short", Type::One(Scalar::Truth)), template("title"), template("value")],
    check: nothing,
};

static ROCKETCHAT_ACTION: Group = Group {
    keys: &[
        template("type"),
        template("text"),
        template("url"),
        template("image_url"),
        template("imageurl"),
        key("is_webview", Type::One(Scalar::Truth)),
        key("iswebview", Type::One(Scalar::Truth)),
        template("webview_height_ratio"),
        template("webviewheightratio"),
        template("msg"),
        key("msg_in_chat_window", Type::One(Scalar::Truth)),
        key("msginchatwindow", Type::One(Scalar::Truth)),
        template("msg_processing_type"),
        template("msgprocessingtype"),
    ],
    check: rules::rocketchat_action,
};

const INCIDENTIO: &[Key] = &[
    key("url", Type::One(Scalar::Url)).or_file("url_file").required(),
    key("alert_source_token", Type::One(Scalar::Secret)).or_file("alert_source_token_file"),
    HTTP_CONFIG,
    key("max_alerts", Type::One(Scalar::Whole)),
    key("timeout", Type::One(Scalar::Timeout)),
];

const MATTERMOST: &[Key] = &[
    key("webhook_url", Type::One(Scalar::SecretUrl))
        .or_file("webhook_url_file")
        .else_global("mattermost_webhook_url")
        .required(),
    HTTP_CONFIG,
    template("channel"),
    template("username").or("{{ template \"mattermost.default.username\" . }}"),
    template("text").or("{{ template \"mattermost.default.text\" . }}"),
    template("fallback").or("{{ template \"mattermost.default.fallback\" . }}"),
    template("color").or("{{ template \"mattermost.default.color\" . }}"),
    template("pretext"),
    template("author_name"),
    template("author_link"),
    template("author_icon"),
    template("title").or("{{ template \"mattermost.default.title\" . }}"),
    template("title_link").or("{{ template \"mattermost.default.titlelink\" . }}"),
    key("fields", Type::Maps(&SLACK_FIELD)),
    template("thumb_url"),
    template("footer"),
    template("footer_icon"),
    template("image_url"),
    template("icon_url"),
    template("icon_emoji"),
    key("attachments", Type::Maps(&MATTERMOST_ATTACHMENT)),
    key("type", Type::One(Scalar::Text)),
    key("props", Type::Map(&MATTERMOST_PROPS)),
    key("priority", Type::Map(&MATTERMOST_PRIORITY)),
];

static MATTERMOST_ATTACHMENT: Group = Group {
    keys: &[
        template("fallback"),
        template("color"),
        template("pretext"),
        template("text"),
        template("author_name"),
        template("author_link"),
        template("author_icon"),
        template("title"),
        template("title_link"),
        key("fields", Type::Maps(&SLACK_FIELD)),
        template("thumb_url"),
        template("footer"),
        template("footer_icon"),
        template("image_url"),
    ],
    check: nothing,
};

static MATTERMOST_PROPS: Group = Group { keys: &[template("card")], check: nothing };

static MATTERMOST_PRIORITY: Group = Group {
    keys: &[
        template("priority"),
        key("requested_ack", Type::One(Scalar::Truth)),
        key("persistent_notifications", Type::One(Scalar::Truth)),
    ],
    check: nothing,
};
