//! The identifiers of the nouns that people see.
//!
//! An id is 48 bits of time and 80 random bits, written as a prefix and 26 letters of Crockford's base 32,
//! so ids of one kind sort by age and an id of another kind is refused where it is parsed.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where ids and secrets come from: random bits, from the system in production and from a seed in simulation.
pub struct Ids(Box<dyn FnMut() -> u64 + Send>);

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}

impl Ids {
    /// Draws from `source`, each call of which yields 64 fresh random bits.
    pub fn new(source: impl FnMut() -> u64 + Send + 'static) -> Self {
        Self(Box::new(source))
    }

    /// Returns 64 random bits.
    pub fn bits(&mut self) -> u64 {
        (self.0)()
    }

    /// Returns a number in `0..bound`; `bound` must not be 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits() % bound
    }

    /// Returns an unguessable text of 128 random bits, safe in a URL.
    pub fn secret(&mut self) -> String {
        encode(u128::from(self.bits()) << 64 | u128::from(self.bits()))
    }

    /// Returns a random UUID (version 4), as Alertmanager's clients expect of a silence's id.
    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.bits(), self.bits());
        let high = high & 0xffff_ffff_ffff_0fff | 0x4000;
        let low = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
        let (head, tail) = (format!("{high:016x}"), format!("{low:016x}"));
        format!("{}-{}-{}-{}-{}", &head[..8], &head[8..12], &head[12..], &tail[..4], &tail[4..])
    }

    fn at(&mut self, now: Timestamp) -> u128 {
        let millis = u128::try_from(now.as_millisecond()).unwrap_or(0) & 0xffff_ffff_ffff;
        let random = u128::from(self.bits()) << 16 | u128::from(self.bits() & 0xffff);
        millis << 80 | random
    }
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn encode(value: u128) -> String {
    (0..26).rev().map(|i| char::from(ALPHABET[(value >> (i * 5) & 31) as usize])).collect()
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != 26 {
        return None;
    }
    text.bytes().try_fold(0u128, |value, byte| {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        value.checked_mul(32)?.checked_add(digit as u128)
    })
}

/// The text is not an id of the kind that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnId {
    /// What was expected, for example `inc_…`.
    pub expected: &'static str,
}

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id that starts with {}_ is expected", self.expected)
    }
}

macro_rules! ids {
    ($($(#[doc = $doc:literal])+ $name:ident = $prefix:literal,)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// Makes a new id that sorts after those made before `now`.
            pub fn new(ids: &mut Ids, now: Timestamp) -> Self {
                Self(ids.at(now))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let value = text.strip_prefix(concat!($prefix, "_")).and_then(decode);
                value.map(Self).ok_or(NotAnId { expected: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// Somebody who can sign in.
    AccountId = "acc",
    /// One message to one address over one channel.
    DeliveryId = "dlv",
    /// The coordinated response to one or more pages.
    IncidentId = "inc",
    /// A request that people act on a group.
    PageId = "page",
    /// A secret that lets a program use the API.
    TokenId = "tok",
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> Ids {
        let mut next = 0u64;
        Ids::new(move || {
            next = next.wrapping_add(0x9e37_79b9_7f4a_7c15);
            next
        })
    }

    #[test]
    fn an_id_survives_its_text_and_sorts_by_age() {
        let mut ids = ids();
        let early = PageId::new(&mut ids, Timestamp::from_second(1_000).unwrap());
        let late = PageId::new(&mut ids, Timestamp::from_second(1_001).unwrap());
        assert_eq!(early.to_string().parse(), Ok(early));
        assert!(early < late && early.to_string() < late.to_string());
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let page = PageId::new(&mut ids(), Timestamp::UNIX_EPOCH).to_string();
        assert_eq!(page.parse::<IncidentId>(), Err(NotAnId { expected: "inc" }));
        assert!("page_short".parse::<PageId>().is_err());
        assert!("page_zzzzzzzzzzzzzzzzzzzzzzzzzz".parse::<PageId>().is_err());
    }
}
