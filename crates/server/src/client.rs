//! The client that every command but `serve` asks the server through.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode, Url, redirect};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

use crate::cli::Remote;

/// How long a connection may take to stand.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long one request may take, its answer included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a command did not do what it was asked; each kind has an exit code of its own.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The server understood and said no, or something went wrong.
    Refused(String),
    /// What was typed makes no sense.
    Usage(String),
    /// There is no such thing.
    NotFound(String),
    /// The token is missing, wrong or has too few scopes.
    NotAllowed(String),
    /// No server answers.
    Unreachable(String),
}

impl Failure {
    /// Returns the exit code, as `stentor --help` lists them.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_) => 1,
            Self::Usage(_) => 2,
            Self::NotFound(_) => 3,
            Self::NotAllowed(_) => 4,
            Self::Unreachable(_) => 5,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Refused(why)
        | Self::Usage(why)
        | Self::NotFound(why)
        | Self::NotAllowed(why)
        | Self::Unreachable(why)) = self;
        f.write_str(why)
    }
}

impl std::error::Error for Failure {}

/// What the server answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The body as it came.
    pub(crate) text: String,
    /// The body as JSON; null when it is none.
    pub(crate) json: Value,
}

/// A server's address and the token for it.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    /// `Bearer …`, marked as sensitive.
    authorization: Option<HeaderValue>,
    on_behalf_of: Option<HeaderValue>,
}

/// Names the person for whom a token acts.
const ON_BEHALF_OF: &str = "x-stentor-on-behalf-of";

impl Client {
    /// Makes the client; fails when the address is no URL, or a file cannot be read.
    pub(crate) fn new(remote: &Remote) -> anyhow::Result<Self> {
        let wrong =
            || Failure::Usage(format!("`{}` is not an http:// or https:// address", remote.url));
        let mut base: Url = remote.url.parse().map_err(|_| wrong())?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(wrong().into());
        }
        // What stands behind a folder of a proxy stays there when paths are joined.
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let authorization = token(remote)?.map(|token| bearer(&token)).transpose()?;
        let http = http(remote.ca_file.as_deref())?;
        let client = Self { http, base, authorization, on_behalf_of: None };
        match &remote.on_behalf_of {
            Some(person) => client.acting_for(person),
            None => Ok(client),
        }
    }

    /// Returns the server's address, without a slash at the end.
    pub(crate) fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Returns this client with another token.
    pub(crate) fn with_token(self, token: &str) -> anyhow::Result<Self> {
        Ok(Self { authorization: Some(bearer(token)?), ..self })
    }

    /// Returns this client acting for a person of the plan.
    pub(crate) fn acting_for(self, person: &str) -> anyhow::Result<Self> {
        let wrong = || Failure::Usage(format!("`{person}` is no key of a person"));
        let person = HeaderValue::from_str(person).map_err(|_| wrong())?;
        Ok(Self { on_behalf_of: Some(person), ..self })
    }

    /// Reads `path`, relative to the address; pairs without a value are left out.
    pub(crate) async fn get(
        &self,
        path: &str,
        query: &[(&str, Option<String>)],
    ) -> Result<Answer, Failure> {
        let mut url = self.url(path)?;
        for (key, value) in query {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(key, value);
            }
        }
        self.send(Method::GET, url, "application/json", None).await
    }

    /// Reads `path` as text of the given type.
    pub(crate) async fn get_text(
        &self,
        path: &str,
        accept: &'static str,
    ) -> Result<String, Failure> {
        Ok(self.send(Method::GET, self.url(path)?, accept, None).await?.text)
    }

    /// Sends `body` to `path`.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.send(Method::POST, self.url(path)?, "application/json", Some(body)).await
    }

    /// Replaces what is at `path`.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.send(Method::PUT, self.url(path)?, "application/json", Some(body)).await
    }

    /// Removes what is at `path`.
    pub(crate) async fn delete(&self, path: &str) -> Result<Answer, Failure> {
        self.send(Method::DELETE, self.url(path)?, "application/json", None).await
    }

    fn url(&self, path: &str) -> Result<Url, Failure> {
        let path = path.trim_start_matches('/');
        self.base.join(path).map_err(|_| Failure::Usage(format!("`{path}` is not a path")))
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        accept: &'static str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let path = url.path().to_owned();
        let mut request = self.http.request(method, url).header(ACCEPT, accept);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        if let Some(person) = &self.on_behalf_of {
            request = request.header(ON_BEHALF_OF, person.clone());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let (status, location) = (response.status(), response.headers().get(LOCATION).cloned());
        let text = response.text().await.map_err(|error| self.unreachable(&error))?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(Answer { text, json });
        }
        if let Some(to) = location.as_ref().and_then(|to| to.to_str().ok())
            && status.is_redirection()
        {
            let base = self.base();
            return Err(Failure::Refused(format!("{base} sends us on to {to}: use that address")));
        }
        let answer = Answer { text, json };
        Err(self.refusal(status, &answer, &path))
    }

    /// Turns a refusal, usually `application/problem+json`, into a sentence.
    fn refusal(&self, status: StatusCode, Answer { text, json }: &Answer, path: &str) -> Failure {
        let said = ["/detail", "/title", "/message"]
            .iter()
            .find_map(|at| json.pointer(at).and_then(Value::as_str))
            .or_else(|| json.as_str())
            .map_or_else(|| first_line(text), str::to_owned);
        let field = json.pointer("/field").and_then(Value::as_str).unwrap_or_default();
        let why = match (said.is_empty(), field.is_empty()) {
            (true, _) => format!("the server answered {status}"),
            (false, true) => said,
            (false, false) => format!("{field}: {said}"),
        };
        match status {
            StatusCode::NOT_FOUND => Failure::NotFound(not_found(&why, path)),
            StatusCode::GONE => Failure::NotFound(why),
            StatusCode::UNAUTHORIZED if self.authorization.is_none() => Failure::NotAllowed(
                "the server wants an API token: set STENTOR_TOKEN, or give --token-file".to_owned(),
            ),
            StatusCode::UNAUTHORIZED => Failure::NotAllowed(format!(
                "{why} Put another one into STENTOR_TOKEN, or give --token-file"
            )),
            StatusCode::FORBIDDEN => Failure::NotAllowed(why),
            _ => Failure::Refused(why),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let base = self.base();
        if error.is_timeout() {
            return Failure::Unreachable(format!("{base} does not answer in time"));
        }
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        Failure::Unreachable(format!(
            "{base} cannot be reached: {cause}; --url or STENTOR_URL names the server"
        ))
    }
}

/// Says which thing there is not, and what lists those that there are.
fn not_found(said: &str, path: &str) -> String {
    let (_, thing) = path.split_once("/api/v1/").unwrap_or_default();
    let mut parts = thing.split('/');
    let (Some(noun), Some(id)) = (parts.next(), parts.next()) else { return said.to_owned() };
    if !said.starts_with("There is no such") {
        return said.to_owned();
    }
    let said = said.trim_end_matches('.');
    let Some(list) = ["alert", "silence", "page", "incident", "token"]
        .into_iter()
        .find(|known| noun.strip_suffix('s') == Some(known))
    else {
        return format!("{said}: {id}");
    };
    format!("{said}: {id}; `stentor {list} list` shows those that there are")
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(200).collect()
}

fn bearer(token: &str) -> anyhow::Result<HeaderValue> {
    let header = HeaderValue::from_str(&format!("Bearer {token}"));
    let mut header = header
        .map_err(|_| Failure::Usage("the API token has signs that no token has".to_owned()))?;
    header.set_sensitive(true);
    Ok(header)
}

/// Returns the token: the file wins over the environment, an empty one is none.
fn token(remote: &Remote) -> anyhow::Result<Option<String>> {
    let token = match &remote.token_file {
        Some(path) => std::fs::read_to_string(path).map_err(|error| {
            Failure::Usage(format!("the token file {} cannot be read: {error}", path.display()))
        })?,
        None => remote.token.clone().unwrap_or_default(),
    };
    let token = token.trim();
    Ok(if token.is_empty() { None } else { Some(token.to_owned()) })
}

fn http(ca_file: Option<&Path>) -> anyhow::Result<reqwest::Client> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = ca_file {
        let certificates = CertificateDer::pem_file_iter(path)
            .with_context(|| format!("read the certificates in {}", path.display()))?;
        for certificate in certificates {
            let certificate = certificate.with_context(|| format!("read {}", path.display()))?;
            roots.add(certificate).with_context(|| format!("take {}", path.display()))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .user_agent(concat!("stentor/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(tls)
        // The token is for the server that was named, so neither a redirect nor a proxy is given it.
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        .build()
        .context("make the HTTP client")
}
