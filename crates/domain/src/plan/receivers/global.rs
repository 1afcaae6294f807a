//! `global:` of `alertmanager.yml`: what receivers share.

use jiff::SignedDuration;

use super::super::fields::Fields;
use super::super::findings::Findings;
use super::super::secret::Sources;
use super::super::{Settings, values};
use super::http::{HTTP, TLS};
use super::keys::{Group, Key, Scalar, Type, key, nothing};
use super::read::Reader;

/// The keys of `global`.
pub(in super::super) static GLOBAL: Group = Group { keys: KEYS, check: nothing };

const KEYS: &[Key] = &[
    key("resolve_timeout", Type::One(Scalar::Duration)).or("5m"),
    key("http_config", Type::Map(&HTTP)),
    key("smtp_from", Type::One(Scalar::Mail)),
    key("smtp_hello", Type::One(Scalar::Text)).or("localhost"),
    key("smtp_smarthost", Type::One(Scalar::Host)),
    key("smtp_auth_username", Type::One(Scalar::Text)),
    key("smtp_auth_password", Type::One(Scalar::Secret)).or_file("smtp_auth_password_file"),
    key("smtp_auth_secret", Type::One(Scalar::Secret)).or_file("smtp_auth_secret_file"),
    key("smtp_auth_identity", Type::One(Scalar::Text)),
    key("smtp_require_tls", Type::One(Scalar::Truth)).or("true"),
    key("smtp_tls_config", Type::Map(&TLS)),
    key("smtp_force_implicit_tls", Type::One(Scalar::Truth)),
    key("slack_api_url", Type::One(Scalar::SecretUrl)).or_file("slack_api_url_file"),
    key("slack_app_token", Type::One(Scalar::Secret)).or_file("slack_app_token_file"),
    key("slack_app_url", Type::One(Scalar::Url)).or("https://slack.com/api/chat.postMessage"),
    key("pagerduty_url", Type::One(Scalar::Url)).or("https://events.pagerduty.com/v2/enqueue"),
    key("opsgenie_api_url", Type::One(Scalar::Url)).or("https://api.opsgenie.com/"),
    key("opsgenie_api_key", Type::One(Scalar::Secret)).or_file("opsgenie_api_key_file"),
    key("wechat_api_url", Type::One(Scalar::Url)).or("https://qyapi.weixin.qq.com/cgi-bin/"),
    key("wechat_api_secret", Type::One(Scalar::Secret)).or_file("wechat_api_secret_file"),
    key("wechat_api_corp_id", Type::One(Scalar::Text)),
    key("victorops_api_url", Type::One(Scalar::Url))
        .or("https://alert.victorops.com/integrations/generic/20131114/alert/"),
    key("victorops_api_key", Type::One(Scalar::Secret)).or_file("victorops_api_key_file"),
    key("telegram_api_url", Type::One(Scalar::Url)).or("https://api.telegram.org"),
    key("telegram_bot_token", Type::One(Scalar::Secret)).or_file("telegram_bot_token_file"),
    key("webex_api_url", Type::One(Scalar::Url)).or("https://webexapis.com/v1/messages"),
    key("jira_api_url", Type::One(Scalar::Url)),
    key("rocketchat_api_url", Type::One(Scalar::Url)).or("https://open.rocket.chat/"),
    key("rocketchat_token", Type::One(Scalar::Secret)).or_file("rocketchat_token_file"),
    key("rocketchat_token_id", Type::One(Scalar::Secret)).or_file("rocketchat_token_id_file"),
    key("mattermost_webhook_url", Type::One(Scalar::SecretUrl))
        .or_file("mattermost_webhook_url_file"),
];

/// Defaults that receivers share.
pub(in super::super) struct Globals {
    /// How long an alert without an end stays firing.
    pub(in super::super) resolve_timeout: SignedDuration,
    /// By the keys of `global`.
    pub(super) settings: Settings,
    /// Keys under which something is written, be it right or wrong.
    pub(super) written: Vec<&'static str>,
}

impl Globals {
    /// Reads `global`.
    pub(in super::super) fn read(
        top: &mut Fields<'_>,
        sources: &Sources<'_>,
        out: &mut Findings<'_>,
    ) -> Self {
        let at = top.place("global");
        let mut globals = Self {
            resolve_timeout: SignedDuration::from_mins(5),
            settings: Settings::default(),
            written: Vec::new(),
        };
        let nothing = super::super::yaml::Node { at, kind: super::super::yaml::Kind::Null };
        let node = top.get("global").unwrap_or(&nothing);
        let Some(mut fields) = Fields::open(node, "`global`", at, out) else { return globals };
        let mut reader = Reader { sources, globals: None, texts: Vec::new() };
        reader.group(&mut fields, &GLOBAL, ("", &mut globals.settings), out);
        for key in KEYS {
            if fields.says(key.name) || key.file.is_some_and(|file| fields.says(file)) {
                globals.written.push(key.name);
            }
        }
        if let Some(timeout) = fields.text("resolve_timeout") {
            globals.resolve_timeout = values::duration(timeout).unwrap_or(globals.resolve_timeout);
        }
        globals.slack(&fields, out);
        fields.finish(out);
        globals
    }

    fn slack(&self, fields: &Fields<'_>, out: &mut Findings<'_>) {
        let written = |name| self.written.contains(&name);
        let differ = self.settings.get("slack_api_url") != self.settings.get("slack_app_url");
        if written("slack_app_token") && written("slack_api_url") && differ {
            let what = "both `slack_api_url` and `slack_app_token` are set";
            out.error(fields.place("slack_app_token"), what, "keep one of them");
        }
    }
}
