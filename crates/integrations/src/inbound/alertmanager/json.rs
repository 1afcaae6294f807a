//! The list of alerts as JSON, borrowed from the body where it can be.
//!
//! Keys are compared without case, a repeated object adds to the one before, and `null` is "not said":
//! that is how Go's decoder reads, and some senders rest on it.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{LABELS_PER_SIGNAL_MAX, SIGNALS_PER_BODY_MAX, instant};

/// The alerts of a body.
#[derive(Default)]
pub(super) struct List<'a> {
    /// The first [`SIGNALS_PER_BODY_MAX`] of them.
    pub(super) alerts: Vec<Raw<'a>>,
    /// How many there are.
    pub(super) count: usize,
}

/// One alert as written.
#[derive(Default)]
pub(super) struct Raw<'a> {
    pub(super) labels: Option<Pairs<'a>>,
    pub(super) annotations: Pairs<'a>,
    pub(super) starts_at: Option<Timestamp>,
    pub(super) ends_at: Option<Timestamp>,
    pub(super) generator_url: Cow<'a, str>,
}

/// A name and its value as written.
pub(super) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Names and values as written.
#[derive(Default)]
pub(super) struct Pairs<'a> {
    /// The first [`LABELS_PER_SIGNAL_MAX`] of them.
    pub(super) list: Vec<Pair<'a>>,
    /// How many there are.
    pub(super) count: usize,
}

/// Reads a body; the error says where and why.
pub(super) fn parse(body: &[u8]) -> Result<List<'_>, String> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let list = deserializer.deserialize_any(ListVisitor).map_err(|error| error.to_string())?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(list)
}

/// Returns `body` with U+FFFD in the place of broken UTF-8 and lone surrogates; `None` when nothing of it is broken.
pub(super) fn mended(body: &[u8]) -> Option<Vec<u8>> {
    let mut text = String::from_utf8_lossy(body).into_owned().into_bytes();
    let mut changed = text != body;
    let mut at = 0;
    while at < text.len() {
        if text[at] != b'\\' {
            at += 1;
            continue;
        }
        match (unit(&text, at), unit(&text, at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => at += 12,
            (Some(0xd800..=0xdfff), _) => {
                text[at..at + 6].copy_from_slice(br"\ufffd");
                changed = true;
                at += 6;
            }
            (_, _) => at += 2,
        }
    }
    changed.then_some(text)
}

/// Returns the UTF-16 unit that an escape at `at` stands for.
fn unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix(br"\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = List<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of alerts")
    }

    fn visit_unit<E: Error>(self) -> Result<List<'de>, E> {
        Ok(List::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<'de>, A::Error> {
        let mut list = List::default();
        while list.count < SIGNALS_PER_BODY_MAX {
            let count = list.count;
            let placed = |error| A::Error::custom(format!("alerts[{count}]: {error}"));
            let Some(raw) = seq.next_element_seed(RawSeed).map_err(placed)? else {
                return Ok(list);
            };
            list.alerts.push(raw);
            list.count += 1;
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            list.count += 1;
        }
        Ok(list)
    }
}

struct RawSeed;

impl<'de> DeserializeSeed<'de> for RawSeed {
    type Value = Raw<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RawSeed {
    type Value = Raw<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an alert")
    }

    fn visit_unit<E: Error>(self) -> Result<Raw<'de>, E> {
        Ok(Raw::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw<'de>, A::Error> {
        let mut raw = Raw::default();
        while let Some(key) = map.next_key_seed(Text("a key"))? {
            let key = key.unwrap_or_default();
            if key.eq_ignore_ascii_case("labels") {
                let mut pairs = raw.labels.take().unwrap_or_default();
                let said = map.next_value_seed(PairsSeed { into: &mut pairs, of: "labels" })?;
                raw.labels = said.then_some(pairs);
            } else if key.eq_ignore_ascii_case("annotations") {
                let into = &mut raw.annotations;
                map.next_value_seed(PairsSeed { into, of: "annotations" })?;
            } else if key.eq_ignore_ascii_case("startsAt") {
                raw.starts_at = map.next_value_seed(Instant("startsAt"))?;
            } else if key.eq_ignore_ascii_case("endsAt") {
                raw.ends_at = map.next_value_seed(Instant("endsAt"))?;
            } else if key.eq_ignore_ascii_case("generatorURL") {
                raw.generator_url = map.next_value_seed(Text("generatorURL"))?.unwrap_or_default();
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(raw)
    }
}

/// Adds to the pairs `into`; yields whether an object was there rather than `null`.
struct PairsSeed<'p, 'de> {
    into: &'p mut Pairs<'de>,
    of: &'static str,
}

impl<'de> DeserializeSeed<'de> for PairsSeed<'_, 'de> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PairsSeed<'_, 'de> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object for {}", self.of)
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while let Some(name) = map.next_key_seed(Text(self.of))? {
            let value = map.next_value_seed(Text(self.of))?.unwrap_or_default();
            if self.into.count < LABELS_PER_SIGNAL_MAX {
                self.into.list.push((name.unwrap_or_default(), value));
            }
            self.into.count += 1;
        }
        Ok(true)
    }
}

/// A text, `None` for `null`; holds what the text is of, for the error.
struct Text(&'static str);

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a string in {}", self.0)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }
}

/// An instant; holds which, for the error.
struct Instant(&'static str);

impl<'de> DeserializeSeed<'de> for Instant {
    type Value = Option<Timestamp>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let text = Text(self.0).deserialize(deserializer)?.unwrap_or_default();
        instant(&text).map_err(|why| D::Error::custom(format!("{}: {why}", self.0)))
    }
}
