//! One request of a channel, with what the receiver's `http_config` adds to it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stentor_domain::plan::Settings;

use super::{ATTEMPT_TIMEOUT, Request, USER_AGENT, form, words};
use crate::http_config::{HttpConfig, below, without_number};

/// What a request says beside its body.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) settings: &'a Settings,
    pub(super) method: &'static str,
    pub(super) url: String,
    /// Headers of the channel's own; they come before those of `http_config`.
    pub(super) headers: Vec<(&'static str, String)>,
}

impl<'a> Call<'a> {
    /// A `POST` of JSON.
    pub(super) fn post(settings: &'a Settings, url: impl Into<String>) -> Self {
        let headers = vec![("Content-Type", "application/json".to_owned())];
        Self { settings, method: "POST", url: url.into(), headers }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Makes the request; `setting` is the name of the address's setting, for the error.
    pub(super) fn with(self, setting: &str, body: Vec<u8>) -> Result<Request, String> {
        let Self { settings, method, url, headers: own, .. } = self;
        if url.is_empty() {
            return Err(format!("`{setting}` is not set"));
        }
        if words::host_of(&url).is_none() {
            return Err(format!("`{setting}` is not an http:// or https:// address"));
        }
        let mut headers: Vec<(String, String)> =
            own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        headers.push(("User-Agent".to_owned(), USER_AGENT.to_owned()));
        let is_set = |headers: &[(String, String)], name: &str| {
            headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        for (name, value) in authorization(settings).into_iter().chain(added(settings)) {
            if !is_set(&headers, &name) {
                headers.push((name, value));
            }
        }
        let own = form::duration(settings.get("timeout")).filter(|timeout| !timeout.is_zero());
        let timeout = own.map_or(ATTEMPT_TIMEOUT, |own| own.min(TIMEOUT_MAX));
        let config = HttpConfig::of(settings).into();
        Ok(Request::Http { method, url, headers, body, timeout, config })
    }
}

/// No receiver's own `timeout` is longer: an attempt has to end before it counts as lost.
const TIMEOUT_MAX: Duration = Duration::from_secs(45);

/// Returns what proves who we are.
fn authorization(settings: &Settings) -> Option<(String, String)> {
    let header = |value| Some(("Authorization".to_owned(), value));
    let token = settings.get("http_config.authorization.credentials").trim();
    if !token.is_empty() {
        let kind = match settings.get("http_config.authorization.type").trim() {
            "" => "Bearer",
            kind => kind,
        };
        return header(format!("{kind} {token}"));
    }
    let user = settings.get("http_config.basic_auth.username");
    let password = settings.get("http_config.basic_auth.password");
    let pair = STANDARD.encode(format!("{user}:{password}"));
    if user.is_empty() && password.is_empty() { None } else { header(format!("Basic {pair}")) }
}

/// Returns the headers of `http_headers`: `http_headers.<name>.0` and so on.
fn added(settings: &Settings) -> Vec<(String, String)> {
    let all = below(settings, "http_config.http_headers.");
    all.map(|(key, value)| (without_number(key), value.trim().to_owned())).collect()
}
