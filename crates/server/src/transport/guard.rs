//! Names to addresses, and only those that may be reached.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use stentor_integrations::address::{Allow, Blocked};

/// The ranges that the plan in force allows, shared by all clients.
#[derive(Clone)]
pub(super) struct Guard(Arc<RwLock<Allow>>);

/// Why there is no address to connect to.
pub(super) enum NoAddress {
    /// The only addresses are forbidden.
    Blocked(Blocked),
    /// The name is not known, or nobody could be asked.
    Unresolved(String),
}

impl Guard {
    pub(super) fn new(allow: Allow) -> Self {
        Self(Arc::new(RwLock::new(allow)))
    }

    pub(super) fn set(&self, allow: Allow) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = allow;
    }

    pub(super) fn check(&self, ip: IpAddr) -> Result<(), Blocked> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).check(ip)
    }

    /// Checks an address that stands in a URL as a number, which is never resolved. The parser has already brought
    /// decimal, octal, hexadecimal and short forms to the usual one; a name passes here.
    pub(super) fn check_url(&self, url: &Url) -> Result<(), Blocked> {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        host.parse::<IpAddr>().map_or(Ok(()), |ip| self.check(ip))
    }

    /// Resolves `host`, a name or an address without brackets; never empty, every address checked.
    pub(super) async fn resolve(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, NoAddress> {
        let unresolved = |error: std::io::Error| {
            NoAddress::Unresolved(format!("the name {host} cannot be resolved: {error}"))
        };
        let found = tokio::net::lookup_host((host, port)).await.map_err(unresolved)?;
        let mut blocked = None;
        let mut addresses = Vec::new();
        for address in found {
            match self.check(address.ip()) {
                Ok(()) => addresses.push(address),
                Err(refused) => blocked = Some(refused),
            }
        }
        match blocked {
            _ if !addresses.is_empty() => Ok(addresses),
            Some(refused) => Err(NoAddress::Blocked(refused)),
            None => Err(NoAddress::Unresolved(format!("the name {host} has no address"))),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            match Guard::resolve(&guard, name.as_str(), 0).await {
                Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
                Err(NoAddress::Blocked(refused)) => {
                    Err(Box::new(refused) as Box<dyn Error + Send + Sync>)
                }
                Err(NoAddress::Unresolved(why)) => Err(why.into()),
            }
        })
    }
}
