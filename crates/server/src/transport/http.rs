//! One HTTP request, one bounded answer.

use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, Url, redirect};
use rustls::{ClientConfig, RootCertStore};
use stentor_integrations::address::Blocked;
use stentor_integrations::outbound::Response;

use super::guard::Guard;

/// How long a connection may take to stand, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// At most this much of an answer is read; what follows is dropped with the connection.
pub(super) const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// The HTTP client.
#[derive(Clone)]
pub(super) struct Http(Client);

/// What is to be sent; as [`stentor_integrations::outbound::Request::Http`].
pub(super) struct Attempt {
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) timeout: Duration,
}

impl Http {
    pub(super) fn new(guard: Arc<Guard>) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring supports the default versions of TLS")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(guard)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            // A kept connection would outlive the rules that its address was checked by.
            .pool_max_idle_per_host(0)
            .build()
            .expect("every setting is a constant");
        Self(client)
    }

    pub(super) async fn send(&self, guard: &Guard, attempt: Attempt) -> Response {
        let Attempt { method, url, headers, body, timeout } = attempt;
        let blocked = |why: String| Response::Blocked { why };
        let Ok(url) = url.parse::<Url>() else {
            return blocked("the address is not a URL".to_owned());
        };
        // A name is checked when it is resolved; an address in the URL is never resolved. The parser has already
        // brought decimal, octal, hexadecimal and short forms to the usual one.
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        if let Ok(ip) = host.parse::<IpAddr>()
            && let Err(refused) = guard.check(ip)
        {
            return blocked(refused.to_string());
        }
        let Ok(method) = method.parse::<Method>() else {
            return blocked(format!("{method} is not an HTTP method"));
        };
        let mut request = self.0.request(method, url).timeout(timeout).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        match request.send().await {
            Ok(answer) => read(answer).await,
            Err(error) => failed(&error.without_url()),
        }
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
