//! Label sets: what an alert is known by.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use stentor_go::quote::quoted;
use xxhash_rust::xxh64::xxh64;

/// Name and value pairs, sorted by name, each name once, no value empty.
///
/// Used for labels (the identity of an alert or a group) and for annotations (which may be empty texts in
/// other products; an empty one says nothing and is left out here too).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(Box<[(Box<str>, Box<str>)]>);

impl Labels {
    /// Returns the value of `name`, or the empty text: a missing label and an empty one are the same.
    pub fn get(&self, name: &str) -> &str {
        self.0.binary_search_by(|(key, _)| (**key).cmp(name)).map_or("", |at| &self.0[at].1)
    }

    /// Iterates over name and value in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Tells whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of pairs.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the identity of this label set, equal to Prometheus' and Alertmanager's for the same labels.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hash = Fnv::new();
        for (name, value) in self.iter() {
            hash.write(name.as_bytes()).write(&[0xff]).write(value.as_bytes()).write(&[0xff]);
        }
        Fingerprint(hash.finish())
    }

    /// Compares as Prometheus does: by the number of labels, then by the first that differs; of two sets with other names,
    /// the one that lacks the first of them comes first. Source: Prometheus `model.LabelSet.Before`.
    pub fn compare(&self, other: &Self) -> Ordering {
        let differing = || {
            let mut pairs = self.iter().zip(other.iter());
            let ((a_name, a_value), (b_name, b_value)) = pairs.find(|(a, b)| a != b)?;
            Some(b_name.cmp(a_name).then_with(|| a_value.cmp(b_value)))
        };
        self.len().cmp(&other.len()).then_with(|| differing().unwrap_or(Ordering::Equal))
    }

    /// Returns the hash by which Alertmanager's notification log knows this label set: xxhash64 over the bytes of
    /// [`Labels::fingerprint`].
    pub fn xxhash64(&self) -> u64 {
        let mut bytes = Vec::new();
        for (name, value) in self.iter() {
            for text in [name, value] {
                bytes.extend_from_slice(text.as_bytes());
                bytes.push(0xff);
            }
        }
        xxh64(&bytes, 0)
    }

    /// Returns the pairs that are equal in every one of `sets`; empty when there is no set.
    pub fn common<'a>(mut sets: impl Iterator<Item = &'a Labels>) -> Labels {
        let Some(first) = sets.next() else { return Labels::default() };
        let mut pairs: Vec<_> = first.iter().collect();
        for set in sets {
            pairs.retain(|(name, value)| set.get(name) == *value);
        }
        pairs.into_iter().collect()
    }
}

impl<N: Into<Box<str>>, V: Into<Box<str>>> FromIterator<(N, V)> for Labels {
    /// Sorts, drops pairs with an empty value, and lets the last of several equal names win.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut sorted: Vec<(Box<str>, Box<str>)> =
            pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        sorted.reverse();
        sorted.dedup_by(|later, earlier| later.0 == earlier.0);
        sorted.reverse();
        sorted.retain(|(_, value)| !value.is_empty());
        Self(sorted.into())
    }
}

/// As Prometheus writes it: `{alertname="DiskFull", node="a"}`.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (at, (name, value)) in self.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{name}={}", quoted(value))?;
        }
        f.write_str("}")
    }
}

impl Serialize for Labels {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(BTreeMap::<Box<str>, Box<str>>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// The identity of an alert: FNV-1a (64 bits) over its sorted labels, written as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u64);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Fingerprint {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u64::from_str_radix(text, 16) {
            Ok(value) if digits => Ok(Self(value)),
            Ok(_) | Err(_) => Err("a fingerprint is 16 hexadecimal digits"),
        }
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// FNV-1a with 64 bits, the stable hash behind every identity that is stored.
#[derive(Clone, Copy, Debug)]
pub struct Fnv(u64);

impl Fnv {
    /// Starts from the offset basis.
    #[expect(clippy::new_without_default, reason = "a hash that starts from nothing reads wrong")]
    pub fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Feeds `bytes`.
    pub fn write(&mut self, bytes: &[u8]) -> &mut Self {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self
    }

    /// Returns the hash of everything fed so far.
    pub fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().copied().collect()
    }

    #[test]
    fn a_fingerprint_equals_alertmanagers() {
        // The value that Alertmanager 0.25 and 0.33 show for these labels.
        let set = labels(&[("node", "bar"), ("alertname", "foo")]);
        assert_eq!(set.fingerprint().to_string(), "980a6a0e0facf311");
        assert_eq!("980a6a0e0facf311".parse(), Ok(set.fingerprint()));
    }

    #[test]
    fn an_empty_value_is_no_label_and_the_last_of_equal_names_wins() {
        let set = labels(&[("b", "1"), ("a", "x"), ("b", "2"), ("c", "")]);
        assert_eq!(set.to_string(), r#"{a="x", b="2"}"#);
        assert_eq!(set.get("c"), "");
        assert_eq!(labels(&[("b", "1"), ("b", "")]).len(), 0);
    }

    #[test]
    fn common_labels_are_those_equal_in_every_set() {
        let sets = [labels(&[("a", "1"), ("b", "2")]), labels(&[("a", "1"), ("b", "3")])];
        assert_eq!(Labels::common(sets.iter()).to_string(), r#"{a="1"}"#);
        assert!(Labels::common([].iter()).is_empty());
    }

    #[test]
    fn only_sixteen_hexadecimal_digits_are_a_fingerprint() {
        for bad in
            ["", "980a6a0e0facf31", "980a6a0e0facf3110", "+80a6a0e0facf311", "zz0a6a0e0facf311"]
        {
            assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
        }
    }
}
