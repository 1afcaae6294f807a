//! Label sets: what an alert is known by.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use stentor_go::quote::quoted;
use xxhash_rust::xxh64::xxh64;

/// Name and value pairs, sorted by name, each name once.
///
/// Used for labels (the identity of an alert or a group), of which none is empty, and for annotations, which may be
/// empty texts: [`Labels::with_empty`] keeps those.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Labels {
    /// Names and values one behind the other: there are many label sets, and each is read and dropped as one piece.
    text: Box<str>,
    /// Where in `text` each name, and each value, ends.
    ends: Box<[(u32, u32)]>,
}

impl Labels {
    /// Returns the value of `name`, or the empty text: a missing label and an empty one are the same.
    pub fn get(&self, name: &str) -> &str {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            let (found, value) = self.pair(middle);
            match found.cmp(name) {
                Ordering::Equal => return value,
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        ""
    }

    /// Returns name and value of the pair at `at`.
    fn pair(&self, at: usize) -> (&str, &str) {
        let begin = at.checked_sub(1).map_or(0, |before| self.ends[before].1 as usize);
        let (name, value) = self.ends[at];
        let (name, value) = (name as usize, value as usize);
        (&self.text[begin..name], &self.text[name..value])
    }

    /// Iterates over name and value in the order of the names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> + Clone {
        (0..self.len()).map(|at| self.pair(at))
    }

    /// Tells whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns the number of pairs.
    pub fn len(&self) -> usize {
        self.ends.len()
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
        Self::with_empty(pairs)
    }

    /// Makes annotations of `pairs`: an empty one is kept. The last of several equal names wins.
    ///
    /// Panics when the texts have four gigabytes together.
    pub fn with_empty<N: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        Self::made(pairs.into_iter().collect(), |_| true)
    }

    /// Sorts, and keeps the last value of each name if it is wanted.
    fn made<N: AsRef<str>, V: AsRef<str>>(
        mut sorted: Vec<(N, V)>,
        wanted: impl Fn(&str) -> bool,
    ) -> Self {
        sorted.sort_by(|(a, _), (b, _)| a.as_ref().cmp(b.as_ref()));
        let length = sorted.iter().map(|(name, value)| name.as_ref().len() + value.as_ref().len());
        let mut text = String::with_capacity(length.sum());
        let mut ends = Vec::with_capacity(sorted.len());
        let end = |text: &str| u32::try_from(text.len()).expect("labels have less than 4 GiB");
        for (at, (name, value)) in sorted.iter().enumerate() {
            let (name, value) = (name.as_ref(), value.as_ref());
            let is_last = sorted.get(at + 1).is_none_or(|(next, _)| next.as_ref() != name);
            if is_last && wanted(value) {
                text.push_str(name);
                let name_end = end(&text);
                text.push_str(value);
                ends.push((name_end, end(&text)));
            }
        }
        Self { text: text.into(), ends: ends.into() }
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Labels {
    /// Makes labels of `pairs`: an empty one is none. The last of several equal names wins.
    ///
    /// Panics when the texts have four gigabytes together.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self::made(pairs.into_iter().collect(), |value| !value.is_empty())
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Labels {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
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
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Labels;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names and values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
                let mut pairs: Vec<(Text<'de>, Text<'de>)> = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                // What is written was labels or annotations: the labels of a document have no empty value.
                Ok(Labels::with_empty(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// A text that is borrowed where it can be.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        &self.0
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
        let text = Cow::<'de, str>::deserialize(deserializer)?;
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
    fn an_empty_annotation_is_kept_also_in_a_document_and_where_all_share_it() {
        let set = Labels::with_empty([("s", "x"), ("e", "")]);
        let written = serde_json::to_string(&set).unwrap();
        assert_eq!(written, r#"{"e":"","s":"x"}"#);
        assert_eq!(serde_json::from_str::<Labels>(&written).unwrap(), set);
        assert_eq!(Labels::common([&set, &set].into_iter()), set);
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
