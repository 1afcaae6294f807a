//! Texts and instants that people send: bounded, or refused.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};
use stentor_domain::{incident, review};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// One line of 1 to `MAX` characters, without white space round it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line<const MAX: usize>(pub(crate) String);

/// Any number of lines of at most `MAX` bytes together; may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prose<const MAX: usize>(pub(crate) String);

/// What a page or an incident is called.
pub(crate) type Title = Line<200>;
/// What a token, an account or a person is called.
pub(crate) type Name = Line<100>;
/// A key of the plan.
pub(crate) type Key = Line<128>;
/// A word of a vocabulary, or a login.
pub(crate) type Word = Line<64>;
/// A mail address.
pub(crate) type Email = Line<254>;
/// The value of a label.
pub(crate) type LabelValue = Line<1024>;
/// What must change.
pub(crate) type ItemText = Line<1000>;
/// What those who are asked to act need to know.
pub(crate) type Details = Prose<4096>;
/// An entry of a timeline.
pub(crate) type NoteText = Prose<{ incident::TEXT_LENGTH_MAX }>;
/// A section of a review.
pub(crate) type Section = Prose<{ review::SECTION_LENGTH_MAX }>;

impl<'de, const MAX: usize> Deserialize<'de> for Line<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let line = text.trim();
        let length = line.chars().count();
        if line.is_empty() {
            return Err(D::Error::custom("it is empty"));
        }
        if length > MAX {
            return Err(D::Error::custom(format!("it has {length} characters, more than {MAX}")));
        }
        if line.chars().any(char::is_control) {
            return Err(D::Error::custom("it has to be one line, without control characters"));
        }
        Ok(Self(line.to_owned()))
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Prose<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.len() > MAX {
            let why = format!("it has {} bytes, more than {MAX}", text.len());
            return Err(D::Error::custom(why));
        }
        Ok(Self(text))
    }
}

impl<const MAX: usize> Serialize for Line<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<const MAX: usize> PartialSchema for Line<MAX> {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().schema_type(Type::String);
        let help = "One line, without control characters.";
        object.min_length(Some(1)).max_length(Some(MAX)).description(Some(help)).into()
    }
}

impl<const MAX: usize> ToSchema for Line<MAX> {
    fn name() -> Cow<'static, str> {
        format!("Line{MAX}").into()
    }
}

impl<const MAX: usize> PartialSchema for Prose<MAX> {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().schema_type(Type::String).max_length(Some(MAX));
        object.description(Some("Any number of lines; the length counts bytes.")).into()
    }
}

impl<const MAX: usize> ToSchema for Prose<MAX> {
    fn name() -> Cow<'static, str> {
        format!("Prose{MAX}").into()
    }
}

/// An instant: RFC 3339, written in UTC with microseconds, `2026-01-05T09:00:00.000000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(pub(crate) Timestamp);

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.6}", self.0))
    }
}

/// Takes any offset; an instant before 1970 is a mistake.
impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || D::Error::custom("an instant such as 2026-01-05T09:00:00Z is expected");
        let at: Timestamp = text.parse().map_err(|_| wrong())?;
        let whole = Timestamp::from_microsecond(at.as_microsecond()).map_err(|_| wrong())?;
        if whole < Timestamp::UNIX_EPOCH {
            return Err(D::Error::custom("it lies before 1970"));
        }
        Ok(Self(whole))
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(format))
            .description(Some("RFC 3339; written in UTC with microseconds."))
            .into()
    }
}

impl ToSchema for Time {}
