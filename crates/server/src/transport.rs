//! The one client that talks to the outside world: every message leaves through here.
//!
//! It guards what it connects to: names are resolved once, each address is checked against the rules of
//! [`stentor_integrations::address`], and only a checked address is connected to, so a name cannot change its mind
//! in between. Redirects are followed when a receiver's settings say so, each hop by the same rules; a proxy is used
//! only when they name one or say that the environment may. A connection is kept for the
//! next message until the rules change, answers are read up to a limit and every attempt ends in time.

mod clients;
mod guard;
mod http;
mod oauth2;
mod smtp;
#[cfg(test)]
mod tests;
mod tls;

use std::fmt;
use std::sync::Arc;

use stentor_integrations::address::Allow;
use stentor_integrations::outbound::{Request, Response};

use self::guard::Guard;

/// Sends requests, and refuses addresses that the plan does not allow.
#[derive(Clone)]
pub(crate) struct Transport {
    guard: Guard,
    http: http::Http,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

impl Transport {
    /// Makes the client; `outbound_allow` are the plan's address ranges, the error names the first that is none.
    pub(crate) fn new(outbound_allow: &[String]) -> Result<Self, String> {
        let guard = Guard::new(Allow::new(outbound_allow)?);
        let http = http::Http::new(Arc::new(guard.clone()));
        Ok(Self { guard, http })
    }

    /// Takes the ranges of a new plan; requests that begin from now on are checked against them.
    pub(crate) fn set_allow(&self, outbound_allow: &[String]) -> Result<(), String> {
        self.guard.set(Allow::new(outbound_allow)?);
        self.http.forget_connections();
        Ok(())
    }

    /// Sends one request and waits for its answer, at most for the request's time. Never fails: whatever goes wrong
    /// is a [`Response`].
    pub(crate) async fn send(&self, request: Request) -> Response {
        match request {
            Request::Http { method, url, headers, body, timeout, config } => {
                self.http.send(http::Attempt { method, url, headers, body, timeout, config }).await
            }
            Request::Mail(mail) => smtp::send(&self.guard, *mail).await,
        }
    }
}
