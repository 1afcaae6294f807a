//! Tokens by client credentials, RFC 6749 section 4.4, kept until they run out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Url};
use serde_json::Value;
use stentor_integrations::http_config::Oauth2;
use stentor_integrations::outbound::Response;

use super::clients::Way;
use crate::clock;

/// A token is asked for anew so long before it runs out.
const BEFORE_ITS_END: SignedDuration = SignedDuration::from_secs(10);

/// So many tokens are kept; when one more comes all are dropped.
const TOKENS_MAX: usize = 256;

/// Tokens by what they are asked for with.
#[derive(Clone, Default)]
pub(super) struct Tokens(Arc<Mutex<HashMap<Oauth2, Token>>>);

#[derive(Clone)]
struct Token {
    header: String,
    /// `None` = whoever gave it does not say.
    ends_at: Option<Timestamp>,
}

impl Tokens {
    /// Returns the `Authorization` that is still good.
    pub(super) fn known(&self, oauth2: &Oauth2) -> Option<String> {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let token = tokens.get(oauth2)?;
        let good = token.ends_at.is_none_or(|end| clock::now() < end);
        good.then(|| token.header.clone())
    }

    /// Forgets a token that was not taken.
    pub(super) fn forget(&self, oauth2: &Oauth2) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(oauth2);
    }

    /// Reads an answer and keeps its token; anything else is what the whole attempt came to.
    pub(super) fn keep(&self, oauth2: &Oauth2, answer: Response) -> Result<String, Response> {
        let Response::Http { status: 200..=299, body, .. } = &answer else { return Err(answer) };
        let said: Value = serde_json::from_str(body).unwrap_or_default();
        let Some(token) = said["access_token"].as_str() else {
            let why = "the answer of `token_url` holds no access_token".to_owned();
            return Err(Response::NoAnswer { why, sent: false });
        };
        let kind = match said["token_type"].as_str() {
            None | Some("" | "bearer") => "Bearer",
            Some(kind) => kind,
        };
        let header = format!("{kind} {token}");
        let seconds = said["expires_in"].as_i64().filter(|seconds| *seconds > 0);
        let lasts = seconds.map(|seconds| SignedDuration::from_secs(seconds) - BEFORE_ITS_END);
        let ends_at = lasts.and_then(|lasts| clock::now().checked_add(lasts).ok());
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= TOKENS_MAX {
            tokens.clear();
        }
        tokens.insert(oauth2.clone(), Token { header: header.clone(), ends_at });
        Ok(header)
    }
}

/// Returns how the connection to the token's address is made.
pub(super) fn way(oauth2: &Oauth2) -> Way {
    Way { tls: oauth2.tls.clone(), proxy: oauth2.proxy.clone(), follow_redirects: true }
}

/// Makes the request for a token. Not every server takes the credentials in the header; `in_body` is the other way.
pub(super) fn request(
    client: &Client,
    url: Url,
    oauth2: &Oauth2,
    (in_body, timeout): (bool, Duration),
) -> reqwest::RequestBuilder {
    let secret = oauth2.client_secret.reveal();
    let mut form = vec![("grant_type", "client_credentials")];
    let scopes = oauth2.scopes.join(" ");
    if !scopes.is_empty() {
        form.push(("scope", &scopes));
    }
    form.extend(oauth2.endpoint_params.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    if in_body {
        form.extend([("client_id", oauth2.client_id.as_str()), ("client_secret", secret)]);
    }
    let mut body = Url::parse("http://form/").expect("a constant");
    body.query_pairs_mut().extend_pairs(form);
    let request = client
        .post(url)
        .timeout(timeout)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(body.query().unwrap_or_default().to_owned());
    match in_body {
        true => request,
        // RFC 6749 section 2.3.1: both are written as in a form first.
        false => request.basic_auth(form_encoded(&oauth2.client_id), Some(form_encoded(secret))),
    }
}

/// Writes a text as a form has it.
fn form_encoded(text: &str) -> String {
    let mut form = Url::parse("http://form/").expect("a constant");
    form.query_pairs_mut().append_key_only(text);
    form.query().unwrap_or_default().to_owned()
}
