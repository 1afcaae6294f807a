//! How often somebody may guess a password. In memory: a restart forgives, and several nodes count for themselves.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use jiff::{SignedDuration, Timestamp};

use crate::error::Error;

/// So many guesses at one login from one address are free within [`WINDOW`].
const GUESSES_PER_LOGIN_MAX: u32 = 5;

/// So many guesses at any login from one address are free within [`WINDOW`].
const GUESSES_PER_ADDRESS_MAX: u32 = 30;

/// After this time the count begins anew.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// So many counts are kept; the oldest one is forgotten for a new one.
const COUNTS_MAX: usize = 10_000;

/// Counts guesses by address, and by address and login.
#[derive(Debug, Default)]
pub(super) struct Guesses(Mutex<HashMap<String, Count>>);

#[derive(Clone, Copy, Debug)]
struct Count {
    began_at: Timestamp,
    guesses: u32,
}

impl Guesses {
    /// Counts a guess before it is looked at, so that many at once are not free; 429 when it is one too many.
    pub(super) fn count(&self, from: &str, login: &str, now: Timestamp) -> Result<(), Error> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let limits =
            [(from.to_owned(), GUESSES_PER_ADDRESS_MAX), (key(from, login), GUESSES_PER_LOGIN_MAX)];
        for (key, max) in limits {
            let count = take(&mut counts, key, now);
            if count.guesses >= max {
                let rest = (count.began_at + WINDOW).duration_since(now).as_secs().max(1);
                let why = "Too many attempts to sign in. Wait some minutes.";
                return Err(Error::too_many(why, u32::try_from(rest).unwrap_or(1)));
            }
            count.guesses += 1;
        }
        Ok(())
    }

    /// Forgets the guesses at a login whose password was right.
    pub(super) fn forgive(&self, from: &str, login: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.remove(&key(from, login));
        if let Some(count) = counts.get_mut(from) {
            count.guesses = count.guesses.saturating_sub(1);
        }
    }
}

fn key(from: &str, login: &str) -> String {
    format!("{from} {login}")
}

fn take(counts: &mut HashMap<String, Count>, key: String, now: Timestamp) -> &mut Count {
    let is_over = |count: &Count| now.duration_since(count.began_at) >= WINDOW;
    if counts.len() >= COUNTS_MAX && !counts.contains_key(&key) {
        counts.retain(|_, count| !is_over(count));
    }
    if counts.len() >= COUNTS_MAX && !counts.contains_key(&key) {
        let oldest = counts.iter().min_by_key(|(_, count)| count.began_at);
        if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
            counts.remove(&oldest);
        }
    }
    let fresh = Count { began_at: now, guesses: 0 };
    let count = counts.entry(key).or_insert(fresh);
    if is_over(count) {
        *count = fresh;
    }
    count
}

/// The address that a request comes from, as guesses are counted: an IPv6 network counts as one.
///
/// A proxy on this machine is believed when it says for whom it speaks; nobody else is.
#[derive(Debug)]
pub(super) struct From(pub(super) String);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(address(peer.map(|ConnectInfo(peer)| peer.ip()), &parts.headers)))
    }
}

fn address(peer: Option<IpAddr>, headers: &HeaderMap) -> String {
    let Some(peer) = peer.map(|peer| peer.to_canonical()) else { return "unknown".to_owned() };
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
    let forwarded = forwarded.and_then(|value| value.to_str().ok());
    let last = forwarded.and_then(|list| list.rsplit(',').next()).map(str::trim);
    let client = last.and_then(|text| text.parse::<IpAddr>().ok());
    match client.filter(|_| peer.is_loopback()).unwrap_or(peer).to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_sixth_guess_within_five_minutes_has_to_wait() {
        let guesses = Guesses::default();
        for _ in 0..GUESSES_PER_LOGIN_MAX {
            guesses.count("a", "ana", at(0)).unwrap();
        }
        let refused = guesses.count("a", "ana", at(60)).unwrap_err();
        assert_eq!(refused.retry_after_s, Some(240));
        guesses.count("a", "ben", at(60)).unwrap();
        guesses.count("b", "ana", at(60)).unwrap();
        guesses.count("a", "ana", at(300)).unwrap();
    }

    #[test]
    fn one_address_cannot_try_every_login() {
        let guesses = Guesses::default();
        for guess in 0..GUESSES_PER_ADDRESS_MAX {
            guesses.count("a", &format!("login{guess}"), at(0)).unwrap();
        }
        assert!(guesses.count("a", "another", at(0)).is_err());
    }

    #[test]
    fn the_map_stays_bounded() {
        let guesses = Guesses::default();
        for guess in 0..COUNTS_MAX {
            guesses.count(&format!("address{guess}"), "ana", at(guess as i64 / 1000)).unwrap();
        }
        assert!(guesses.0.lock().unwrap().len() <= COUNTS_MAX);
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "6.6.6.6, 192.0.2.7".parse().unwrap());
        let from = |peer: &str| address(peer.parse().ok(), &headers);
        assert_eq!(from("127.0.0.1"), "192.0.2.7");
        assert_eq!(from("198.51.100.1"), "198.51.100.1");
        assert_eq!(from("2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
    }
}
