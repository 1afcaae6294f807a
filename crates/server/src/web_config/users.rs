//! `basic_auth_users`: names and bcrypt hashes.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use serde_saphyr::Spanned;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::file::Fault;

/// So many right passwords are remembered; then all are forgotten and looked at anew.
const REMEMBERED_MAX: usize = 1_000;

/// So many passwords are looked at at once: each costs a processor some 100 ms.
const CHECKS_MAX: usize = 2;

/// A hash that no password has, so that an unknown name takes as long as a known one.
const NOBODYS: &str = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi";

/// Who is let in.
pub(super) struct Users {
    hashes: BTreeMap<String, String>,
    /// Hashes of names and passwords that were right: bcrypt is slow on purpose, and a scraper asks often.
    right: Mutex<HashSet<[u8; 32]>>,
    checks: Semaphore,
}

impl Users {
    /// Checks the hashes; without users everybody is let in.
    pub(super) fn new(
        users: Option<&BTreeMap<String, Spanned<String>>>,
    ) -> Result<Option<Self>, Fault> {
        let Some(users) = users.filter(|users| !users.is_empty()) else { return Ok(None) };
        let mut hashes = BTreeMap::new();
        for (name, hash) in users {
            // Only whether the hash is one is asked.
            if bcrypt_parts(&hash.value).is_none() {
                let what = format!(
                    "the password of `{name}` is no bcrypt hash; make one with `htpasswd -nBC 10 {name}`"
                );
                return Err(Fault::of(hash, what));
            }
            hashes.insert(name.clone(), hash.value.clone());
        }
        let (right, checks) = (Mutex::default(), Semaphore::new(CHECKS_MAX));
        Ok(Some(Self { hashes, right, checks }))
    }

    /// Returns the refusal of a request without a right name and password, or takes them out of its headers.
    pub(super) async fn refuse(&self, headers: &mut HeaderMap) -> Option<Response> {
        let given = headers.get(header::AUTHORIZATION);
        let given = given.and_then(|value| value.to_str().ok()).unwrap_or("");
        let (scheme, rest) = given.split_once(' ').unwrap_or((given, ""));
        let login = basic(scheme, rest);
        if let Some((name, password)) = login
            && self.knows(&name, password).await
        {
            headers.remove(header::AUTHORIZATION);
            return None;
        }
        let mut refusal = (StatusCode::UNAUTHORIZED, "Unauthorized\n").into_response();
        refusal.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
        Some(refusal)
    }

    async fn knows(&self, name: &str, password: String) -> bool {
        let (hash, known) = match self.hashes.get(name) {
            Some(hash) => (hash.clone(), true),
            None => (NOBODYS.to_owned(), false),
        };
        let mut digest = Sha256::new();
        for part in [name, &hash, &password] {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        let key: [u8; 32] = digest.finalize().into();
        if self.right.lock().unwrap_or_else(PoisonError::into_inner).contains(&key) {
            return true;
        }
        let Ok(_turn) = self.checks.acquire().await else { return false };
        let check = tokio::task::spawn_blocking(move || bcrypt::verify(password, &hash));
        let right = known && matches!(check.await, Ok(Ok(true)));
        if right {
            let mut known = self.right.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= REMEMBERED_MAX {
                known.clear();
            }
            known.insert(key);
        }
        right
    }
}

/// Tells whether a request shows a token: `Authorization: Bearer …`.
pub(super) fn has_token(headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let parts = given.and_then(|given| given.split_once(' '));
    parts.is_some_and(|(scheme, rest)| {
        scheme.eq_ignore_ascii_case("bearer") && !rest.trim().is_empty()
    })
}

fn basic(scheme: &str, rest: &str) -> Option<(String, String)> {
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(rest.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// Returns the cost of a bcrypt hash; `None` when it is none.
fn bcrypt_parts(hash: &str) -> Option<u32> {
    let parts = hash.parse::<bcrypt::HashParts>().ok()?;
    Some(parts.get_cost())
}
