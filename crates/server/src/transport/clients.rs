//! HTTP clients, one for each way that connections are made.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, NoProxy, Url, redirect};
use stentor_integrations::http_config::{Proxy, TlsConfig};

use super::guard::Guard;
use super::tls;

/// How long a connection may take to stand, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection is kept for the next message this long; longer ones are closed by the other side while a message is
/// on its way.
const IDLE_MAX: Duration = Duration::from_secs(20);

/// So many connections are kept to one host.
const IDLE_PER_HOST_MAX: usize = 8;

/// So many redirects are followed, as Go does it.
const REDIRECTS_MAX: usize = 10;

/// So many clients are kept; when one more is needed all are dropped, because plans have changed often by then.
const CLIENTS_MAX: usize = 256;

/// What a client is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Way {
    pub(super) tls: TlsConfig,
    pub(super) proxy: Proxy,
    pub(super) follow_redirects: bool,
}

/// Clients by their way.
#[derive(Clone)]
pub(super) struct Clients {
    guard: Arc<Guard>,
    made: Arc<Mutex<HashMap<Way, Client>>>,
}

impl Clients {
    pub(super) fn new(guard: Arc<Guard>) -> Self {
        Self { guard, made: Arc::default() }
    }

    /// Returns the client for this way; the error names the setting that cannot be used.
    pub(super) fn of(&self, way: Way) -> Result<Client, String> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.get(&way) {
            return Ok(client.clone());
        }
        let client = self.make(&way)?;
        if made.len() >= CLIENTS_MAX {
            made.clear();
        }
        made.insert(way, client.clone());
        Ok(client)
    }

    /// Closes what is kept: a connection must not outlive the rules that its address was checked by.
    pub(super) fn forget(&self) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn make(&self, way: &Way) -> Result<Client, String> {
        let builder = Client::builder()
            .tls_backend_preconfigured(tls::client_config(&way.tls)?)
            .dns_resolver(Arc::clone(&self.guard))
            .redirect(self.redirects(way.follow_redirects))
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(IDLE_PER_HOST_MAX);
        let builder = match (way.proxy.url.is_empty(), way.proxy.from_environment) {
            (false, _) => builder.proxy(proxy(&way.proxy)?),
            (true, true) => builder,
            (true, false) => builder.no_proxy(),
        };
        builder.build().map_err(|error| format!("no connection can be made: {error}"))
    }

    /// Follows redirects to addresses that may be reached. Names are checked when they are resolved, as ever.
    fn redirects(&self, follow: bool) -> redirect::Policy {
        if !follow {
            return redirect::Policy::none();
        }
        let guard = Arc::clone(&self.guard);
        redirect::Policy::custom(move |attempt| {
            if attempt.previous().len() > REDIRECTS_MAX {
                return attempt.stop();
            }
            match guard.check_url(attempt.url()) {
                Ok(()) => attempt.follow(),
                Err(refused) => attempt.error(refused),
            }
        })
    }
}

fn proxy(proxy: &Proxy) -> Result<reqwest::Proxy, String> {
    let bad = |_| "`proxy_url` is not the address of a proxy".to_owned();
    let mut headers = HeaderMap::new();
    for (name, value) in &proxy.connect_headers {
        let bad = || format!("`proxy_connect_header` has a header that is none: {name}");
        let value = HeaderValue::from_str(value.reveal()).map_err(|_| bad())?;
        headers.append(HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?, value);
    }
    let made = reqwest::Proxy::all(proxy.url.reveal()).map_err(bad)?;
    Ok(made.no_proxy(NoProxy::from_string(&proxy.no_proxy)).headers(headers))
}

/// Returns the address of a way's own proxy.
pub(super) fn proxy_url(proxy: &Proxy) -> Option<Url> {
    proxy.url.reveal().parse().ok()
}
