//! The file as it is written, checked strictly: an unknown key is an error, and every error has its place.

use std::collections::BTreeMap;
use std::fmt;

use axum::http::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_saphyr::Spanned;

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) tls_server_config: Option<Spanned<Tls>>,
    pub(super) http_server_config: Option<Http>,
    pub(super) basic_auth_users: Option<BTreeMap<String, Spanned<String>>>,
}

/// `tls_server_config`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tls {
    pub(super) cert: Option<Spanned<String>>,
    pub(super) cert_file: Option<Spanned<String>>,
    pub(super) key: Option<Spanned<String>>,
    pub(super) key_file: Option<Spanned<String>>,
    pub(super) client_ca: Option<Spanned<String>>,
    pub(super) client_ca_file: Option<Spanned<String>>,
    pub(super) client_auth_type: Option<Spanned<String>>,
    pub(super) client_allowed_sans: Option<Spanned<Vec<String>>>,
    pub(super) min_version: Option<Spanned<String>>,
    pub(super) max_version: Option<Spanned<String>>,
    pub(super) cipher_suites: Option<Spanned<Vec<String>>>,
    pub(super) curve_preferences: Option<Spanned<Vec<String>>>,
    #[expect(
        dead_code,
        reason = "taken as the original does: the client's order is never asked for"
    )]
    pub(super) prefer_server_cipher_suites: Option<bool>,
}

/// `http_server_config`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Http {
    #[expect(dead_code, reason = "taken; this server speaks HTTP/1.1, which every client does")]
    pub(super) http2: Option<bool>,
    pub(super) headers: Option<BTreeMap<String, Spanned<String>>>,
}

/// What is wrong, and where: line and column from 1, or 0 for the file as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: (u64, u64),
    pub(super) what: String,
}

impl Fault {
    /// Makes one for a value.
    pub(super) fn of<T>(value: &Spanned<T>, what: impl Into<String>) -> Self {
        Self { at: (value.referenced.line(), value.referenced.column()), what: what.into() }
    }
}

/// Goes behind the file's name and a colon.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at: (line, column), what } = self;
        match line {
            0 => write!(f, " {what}"),
            _ => write!(f, "{line}:{column}: {what}"),
        }
    }
}

/// Headers that may be set: the original takes no other.
const HEADERS: [&str; 5] = [
    "content-security-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "x-xss-protection",
];

/// Reads the file; an empty one says nothing.
pub(super) fn read(text: &str) -> Result<File, Fault> {
    let file: Option<File> = serde_saphyr::from_str(text).map_err(|error| {
        let at = error.location().map_or((0, 0), |at| (at.line(), at.column()));
        let whole = error.without_snippet().to_string();
        let what = whole.lines().next().unwrap_or_default();
        Fault { at, what: what.split(" at line ").next().unwrap_or(what).to_owned() }
    })?;
    Ok(file.unwrap_or_default())
}

impl Http {
    /// Returns the headers of every answer.
    pub(super) fn headers(self) -> Result<Vec<(HeaderName, HeaderValue)>, Fault> {
        let mut headers = Vec::new();
        for (name, value) in self.headers.unwrap_or_default() {
            let known = HEADERS.contains(&name.to_ascii_lowercase().as_str());
            let name = name.parse::<HeaderName>().ok().filter(|_| known).ok_or_else(|| {
                let what = format!("`{name}` cannot be set; there are {}", HEADERS.join(", "));
                Fault::of(&value, what)
            })?;
            let value = value
                .value
                .parse()
                .map_err(|_| Fault::of(&value, format!("no header `{name}` can hold this")))?;
            headers.push((name, value));
        }
        Ok(headers)
    }
}
