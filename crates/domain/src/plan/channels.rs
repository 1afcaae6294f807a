//! `channels:` of `stentor.yml`: how messages leave.
//!
//! Settings are named as those of receivers in `alertmanager.yml`, so that one translation reads both.

use super::fields::{Fields, Word};
use super::findings::{Findings, Place};
use super::secret::{Sources, Value};
use super::yaml::Entry;
use super::{Channel, Settings, names, values};

/// The kinds of channels, as `integrations::outbound::CHANNELS` has them.
const KINDS: [&str; 3] = ["email", "slack", "webhook"];

/// Reads one channel; `None` when it has no kind that is known.
pub(super) fn read(
    entry: &Entry,
    sources: &Sources<'_>,
    out: &mut Findings<'_>,
) -> Option<Channel> {
    let name = format!("channel `{}`", entry.key);
    let mut fields = Fields::open(&entry.value, name, entry.at, out)?;
    let kind =
        fields.required("kind", "add `kind: email`, `kind: slack` or `kind: webhook`", out)?;
    let settings = match kind.text {
        "email" => email(&mut fields, sources, out),
        "slack" => slack(&mut fields, sources, out),
        "webhook" => webhook(&mut fields, sources, out),
        other => {
            let mend = names::mend(other, KINDS.into_iter(), "");
            out.error(kind.at, format!("`{other}` is no kind of channel"), mend);
            return None;
        }
    };
    fields.finish(out);
    Some(Channel { kind: kind.text.to_owned(), settings })
}

fn email(fields: &mut Fields<'_>, sources: &Sources<'_>, out: &mut Findings<'_>) -> Settings {
    let mut settings = Settings::default();
    if fields.has("smarthost") {
        let server = sources.smarthost(fields, "smarthost", out);
        settings.set("smarthost", server.unwrap_or_default(), false);
    } else {
        fields.missing(
            "smarthost",
            "add your mail server, as in `smarthost: smtp.example.com:587`",
            out,
        );
    }
    if fields.has("from") {
        let from = sources.text(fields, "from", out);
        let from = from.and_then(|from| out.check(from.at, values::email(&from.text)));
        settings.set("from", from.unwrap_or_default(), false);
    } else {
        fields.missing("from", "add the sender, as in `from: stentor@example.com`", out);
    }
    let tls = fields.word("tls", out);
    settings.set("tls", tls.map_or("starttls", |tls| tls_of(tls, out)), false);
    let username = sources.text(fields, "username", out);
    let password = sources.secret(fields, ("password", "password_file"), out);
    credentials(&mut settings, (username, password), fields, out);
    settings
}

fn tls_of<'n>(tls: Word<'n>, out: &mut Findings<'_>) -> &'n str {
    if !["starttls", "implicit", "none"].contains(&tls.text) {
        let what = format!("`tls` cannot be `{}`", tls.text);
        out.error(tls.at, what, "write `starttls`, `implicit` (port 465) or `none`");
    }
    tls.text
}

/// Adds a name and its password; one without the other is an error.
fn credentials(
    settings: &mut Settings,
    (name, password): (Option<Value>, Option<Value>),
    fields: &mut Fields<'_>,
    out: &mut Findings<'_>,
) {
    match (name, password) {
        (Some(name), Some(password)) => {
            settings.set("auth_username", name.text, false);
            settings.set("auth_password", password.text, true);
        }
        (Some(name), None) if !fields.has("password") && !fields.has("password_file") => {
            let what = "there is a `username` but no `password`";
            out.error(name.at, what, "add `password_file`, or remove the name");
        }
        (None, Some(password)) => {
            let what = "there is a `password` but no `username`";
            out.error(password.at, what, "add the name that it belongs to");
        }
        // A value that could not be read has had its own problem.
        (Some(_), None) | (None, None) => {}
    }
}

fn slack(fields: &mut Fields<'_>, sources: &Sources<'_>, out: &mut Findings<'_>) -> Settings {
    let mut settings = Settings::default();
    address(&mut settings, "api_url", (fields, sources), out);
    for key in ["channel", "username"] {
        if let Some(value) = sources.text(fields, key, out) {
            settings.set(key, value.text, false);
        }
    }
    settings
}

fn webhook(fields: &mut Fields<'_>, sources: &Sources<'_>, out: &mut Findings<'_>) -> Settings {
    let mut settings = Settings::default();
    address(&mut settings, "url", (fields, sources), out);
    if let Some(token) = sources.secret(fields, ("bearer_token", "bearer_token_file"), out) {
        settings.set("http_config.authorization.type", "Bearer", false);
        settings.set("http_config.authorization.credentials", token.text, true);
    }
    settings
}

fn address(
    settings: &mut Settings,
    name: &str,
    (fields, sources): (&mut Fields<'_>, &Sources<'_>),
    out: &mut Findings<'_>,
) {
    if !fields.has("url") && !fields.has("url_file") {
        fields.missing(
            "url",
            "add `url`, or `url_file` with the path of a file that holds it",
            out,
        );
        return;
    }
    if let Some(url) = sources.url(fields, ("url", "url_file"), out) {
        settings.set(name, url, true);
    }
}

/// Adds the warning that a password would travel in the clear, which it never does.
pub(super) fn warn_clear_password(settings: &Settings, at: Place, out: &mut Findings<'_>) {
    let host = settings.get("smarthost");
    let local = ["localhost:", "127.0.0.1:", "[::1]:"].iter().any(|own| host.starts_with(own));
    if settings.get("tls") == "none" && !settings.get("auth_password").is_empty() && !local {
        let what = "no password goes to another machine without TLS, so no mail will leave";
        out.warn(at, what, "use `starttls` or `implicit` TLS");
    }
}
