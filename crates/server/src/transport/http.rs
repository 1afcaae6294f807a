//! One HTTP request, one bounded answer.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Url};
use stentor_integrations::address::Blocked;
use stentor_integrations::http_config::{HttpConfig, Oauth2};
use stentor_integrations::outbound::Response;

use super::clients::{self, Clients, Way};
use super::guard::Guard;
use super::oauth2::{self, Tokens};

/// At most this much of an answer is read; what follows is dropped with the connection.
pub(super) const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// HTTP, with what is kept from one request to the next.
#[derive(Clone)]
pub(super) struct Http {
    guard: Arc<Guard>,
    clients: Clients,
    tokens: Tokens,
}

/// What is to be sent; as [`stentor_integrations::outbound::Request::Http`].
pub(super) struct Attempt {
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) timeout: Duration,
    pub(super) config: Arc<HttpConfig>,
}

impl Http {
    pub(super) fn new(guard: Arc<Guard>) -> Self {
        Self { clients: Clients::new(Arc::clone(&guard)), guard, tokens: Tokens::default() }
    }

    /// Closes the connections that are kept.
    pub(super) fn forget_connections(&self) {
        self.clients.forget();
    }

    /// Sends a request, with a token when its settings ask for one.
    pub(super) async fn send(&self, attempt: Attempt) -> Response {
        let config = Arc::clone(&attempt.config);
        let Some(oauth2) = &config.oauth2 else { return self.once(&attempt, None).await };
        let known = self.tokens.known(oauth2);
        let was_known = known.is_some();
        let token = match known {
            Some(token) => token,
            None => match self.token(oauth2, attempt.timeout).await {
                Ok(token) => token,
                Err(response) => return response,
            },
        };
        let response = self.once(&attempt, Some(&token)).await;
        if !matches!(response, Response::Http { status: 401, .. }) {
            return response;
        }
        // It may have been taken back before its end.
        self.tokens.forget(oauth2);
        match was_known {
            true => match self.token(oauth2, attempt.timeout).await {
                Ok(token) => self.once(&attempt, Some(&token)).await,
                Err(response) => response,
            },
            false => response,
        }
    }

    async fn once(&self, attempt: &Attempt, token: Option<&str>) -> Response {
        let Attempt { method, url, headers, body, timeout, config } = attempt;
        let Ok(url) = url.parse::<Url>() else {
            return blocked("the address is not a URL");
        };
        let Ok(method) = method.parse::<Method>() else {
            return blocked(format!("{method} is not an HTTP method"));
        };
        let way = Way {
            tls: config.tls.clone(),
            proxy: config.proxy.clone(),
            follow_redirects: config.follow_redirects,
        };
        let client = match self.client(way, &url) {
            Ok(client) => client,
            Err(why) => return blocked(why),
        };
        let mut request = client.request(method, url).timeout(*timeout).body(body.clone());
        for (name, value) in headers {
            if token.is_none() || !name.eq_ignore_ascii_case("authorization") {
                request = request.header(name, value);
            }
        }
        if let Some(token) = token {
            match HeaderValue::from_str(token) {
                Ok(token) => request = request.header(AUTHORIZATION, token),
                Err(_) => return blocked("the token is not a header's value"),
            }
        }
        answer(request).await
    }

    /// Asks for a token, in the header first and then in the body.
    async fn token(&self, oauth2: &Oauth2, timeout: Duration) -> Result<String, Response> {
        let url = oauth2.token_url.parse::<Url>();
        let url = url.map_err(|_| blocked("`token_url` is not a URL"))?;
        let client = self.client(oauth2::way(oauth2), &url).map_err(blocked)?;
        let ask =
            |in_body| answer(oauth2::request(&client, url.clone(), oauth2, (in_body, timeout)));
        let mut said = ask(false).await;
        if matches!(said, Response::Http { status: 400 | 401, .. }) {
            said = ask(true).await;
        }
        self.tokens.keep(oauth2, said)
    }

    /// Returns the client, after the addresses that are known by number are checked.
    fn client(&self, way: Way, url: &Url) -> Result<reqwest::Client, String> {
        let proxy = clients::proxy_url(&way.proxy);
        for url in proxy.iter().chain([url]) {
            self.guard.check_url(url).map_err(|refused| refused.to_string())?;
        }
        self.clients.of(way)
    }
}

fn blocked(why: impl Into<String>) -> Response {
    Response::Blocked { why: why.into() }
}

async fn answer(request: reqwest::RequestBuilder) -> Response {
    match request.send().await {
        Ok(answer) => read(answer).await,
        Err(error) => failed(&error.without_url()),
    }
}

/// Reads status and the beginning of the body; a body that breaks off does not undo the status.
async fn read(mut answer: reqwest::Response) -> Response {
    let status = answer.status().as_u16();
    let retry_after = retry_after(answer.headers());
    let mut body = Vec::new();
    while body.len() < ANSWER_BYTES_MAX
        && let Ok(Some(chunk)) = answer.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(ANSWER_BYTES_MAX);
    Response::Http { status, retry_after, body: String::from_utf8_lossy(&body).into_owned() }
}

fn failed(error: &reqwest::Error) -> Response {
    let mut whole = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref::<Blocked>() {
            return Response::Blocked { why: refused.to_string() };
        }
        let text = inner.to_string();
        if !whole.contains(&text) {
            whole.push_str(": ");
            whole.push_str(&text);
        }
        cause = inner.source();
    }
    if error.is_builder() {
        return Response::Blocked { why: whole };
    }
    Response::NoAnswer { why: whole, sent: !error.is_connect() }
}

/// Reads `Retry-After`: seconds, or a date, which is compared with the answer's own `Date` rather than our clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok();
    let after = text(RETRY_AFTER)?.trim();
    if let Ok(seconds) = after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp());
    date(after)?.duration_since(date(text(DATE)?)?).try_into().ok()
}
