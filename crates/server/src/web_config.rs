//! `--web.config.file`: certificates, users and headers, in the format of Prometheus' exporters.
//!
//! The file and what it names are looked at with each new connection and taken anew when they have changed. A new one
//! that is bad is reported, and the old one stays in force.

mod file;
mod tls;
mod users;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use anyhow::Context as _;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;

use self::users::Users;

/// Who is let in, and how; shared by everything that listens.
#[derive(Clone)]
pub(crate) struct Door(Arc<State>);

struct State {
    /// Without a file everything is as if it were empty.
    file: Option<PathBuf>,
    seen: Mutex<Vec<Stamp>>,
    now: RwLock<Rules>,
}

/// What the file says.
#[derive(Clone, Default)]
struct Rules {
    tls: Option<Arc<ServerConfig>>,
    users: Option<Arc<Users>>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The files that were read, this one first.
    files: Vec<PathBuf>,
}

/// By which it is seen that a file has changed: path, time and length.
type Stamp = (PathBuf, Option<(SystemTime, u64)>);

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Door")
    }
}

impl Door {
    /// Reads the file. Fails with every place in it that is wrong; without a file everybody is let in.
    pub(crate) fn open(file: Option<&Path>) -> anyhow::Result<Self> {
        let file = file.filter(|file| !file.as_os_str().is_empty());
        let rules = match file {
            Some(file) => read(file)?,
            None => Rules::default(),
        };
        let seen = Mutex::new(stamps(&rules.files));
        Ok(Self(Arc::new(State { file: file.map(Path::to_owned), seen, now: RwLock::new(rules) })))
    }

    fn rules(&self) -> Rules {
        self.0.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells whether connections are encrypted.
    pub(crate) fn has_tls(&self) -> bool {
        self.0.now.read().unwrap_or_else(PoisonError::into_inner).tls.is_some()
    }

    /// Returns what links start with when nobody has said it.
    pub(crate) fn url(&self, listen: SocketAddr) -> String {
        let scheme = if self.has_tls() { "https" } else { "http" };
        match listen.ip().is_loopback() || listen.ip().is_unspecified() {
            true => format!("{scheme}://localhost:{}", listen.port()),
            false => format!("{scheme}://{listen}"),
        }
    }

    /// Returns what encrypts the next connection, if anything does.
    pub(crate) fn acceptor(&self) -> Option<TlsAcceptor> {
        self.look_again(false);
        self.0.now.read().unwrap_or_else(PoisonError::into_inner).tls.clone().map(TlsAcceptor::from)
    }

    /// Takes the file anew if it, or a certificate that it names, has changed; or in any case.
    pub(crate) fn look_again(&self, in_any_case: bool) {
        let Some(file) = &self.0.file else { return };
        let files = {
            let now = self.0.now.read().unwrap_or_else(PoisonError::into_inner);
            now.files.clone()
        };
        let found = stamps(&files);
        {
            let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *seen == found && !in_any_case {
                return;
            }
            *seen = found;
        }
        match read(file) {
            Ok(rules) => {
                let had_tls = self.has_tls();
                if had_tls != rules.tls.is_some() {
                    tracing::warn!("TLS is switched on and off at the next start only");
                    return;
                }
                let files = stamps(&rules.files);
                *self.0.now.write().unwrap_or_else(PoisonError::into_inner) = rules;
                *self.0.seen.lock().unwrap_or_else(PoisonError::into_inner) = files;
                tracing::info!(file = %file.display(), "certificates and users are read again");
            }
            Err(error) => {
                tracing::error!("{error:#}; the old certificates and users stay in force");
            }
        }
    }

    /// Puts users and headers before everything that `router` answers. `tokens`: requests with a token pass, which
    /// `router` looks at itself; it must refuse those that it does not know.
    pub(crate) fn guard(&self, router: Router, tokens: bool) -> Router {
        if self.0.file.is_none() {
            return router;
        }
        let door = self.clone();
        router.layer(middleware::from_fn(move |request: Request, next| {
            let passes = tokens && users::has_token(request.headers());
            pass(door.clone(), passes, request, next)
        }))
    }
}

async fn pass(door: Door, passes: bool, mut request: Request, next: Next) -> Response {
    let Rules { users, headers, .. } = door.rules();
    let refused = match users {
        Some(users) if !passes => users.refuse(request.headers_mut()).await,
        Some(_) | None => None,
    };
    let mut response = match refused {
        Some(refusal) => refusal,
        None => next.run(request).await,
    };
    for (name, value) in headers {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Tells whether the file switches TLS on; a bad file is refused later, with its reasons.
pub(crate) fn has_tls(file: &Path) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    file::read(&text).is_ok_and(|file| file.tls_server_config.is_some())
}

fn read(path: &Path) -> anyhow::Result<Rules> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let file = file::read(&text).map_err(|why| anyhow::anyhow!("{name}:{why}"))?;
    let fault = |fault: file::Fault| anyhow::anyhow!("{name}:{fault}");
    // Paths in it count from its own folder.
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let mut files = vec![path.to_owned()];
    let tls = match &file.tls_server_config {
        Some(settings) => Some(tls::config(settings, folder, &mut files).map_err(fault)?),
        None => None,
    };
    let users = Users::new(file.basic_auth_users.as_ref()).map_err(fault)?.map(Arc::new);
    let headers = file.http_server_config.unwrap_or_default().headers().map_err(fault)?;
    Ok(Rules { tls, users, headers, files })
}

fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    let stamp = |path: &PathBuf| {
        let about = std::fs::metadata(path).ok();
        let at = about.and_then(|about| Some((about.modified().ok()?, about.len())));
        (path.clone(), at)
    };
    files.iter().map(stamp).collect()
}

#[cfg(test)]
mod tests;
