//! Lists: a bounded number of items, and a cursor to what follows.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error as _};
use stentor_domain::labels::Fingerprint;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// How many items a list has when nobody asks for another number.
const LIMIT_DEFAULT: u32 = 50;

/// How many items a list has at most.
const LIMIT_MAX: u32 = 500;

/// Some items, in the order of the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T: ToSchema> {
    /// At most as many as `limit` asked for.
    pub(crate) items: Vec<T>,
    /// What to send as `after` to see the items that follow; null at the end.
    pub(crate) next: Option<String>,
}

impl<T: ToSchema> List<T> {
    /// Makes a list of `found`, for which one item more than `limit` was looked for; `cursor` is the place of the
    /// last one shown, and `show` turns a row into an item.
    pub(crate) fn of<R, C: Cursor>(
        mut found: Vec<R>,
        limit: Limit,
        cursor: impl Fn(&R) -> C,
        show: impl FnMut(R) -> T,
    ) -> Self {
        let more = found.len() > limit.rows();
        found.truncate(limit.rows());
        let next = if more { found.last().map(|last| seal(&cursor(last))) } else { None };
        Self { items: found.into_iter().map(show).collect(), next }
    }
}

impl<T: ToSchema> List<T> {
    /// Has a list that seems to be at its end go on behind `place`.
    pub(crate) fn or_behind<C: Cursor>(mut self, place: Option<&C>) -> Self {
        self.next = self.next.or_else(|| place.map(seal));
        self
    }
}

/// How many items are wanted: 1 to 500, 50 unless said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(u32);

impl Default for Limit {
    fn default() -> Self {
        Self(LIMIT_DEFAULT)
    }
}

impl Limit {
    /// Returns the number of items to show.
    pub(crate) fn rows(self) -> usize {
        self.0 as usize
    }

    /// Returns the number of rows to look for: one more, to know whether anything follows.
    pub(crate) fn probe(self) -> u32 {
        self.0 + 1
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wanted = u32::deserialize(deserializer)?;
        if !(1..=LIMIT_MAX).contains(&wanted) {
            return Err(D::Error::custom(format!("a number from 1 to {LIMIT_MAX} is expected")));
        }
        Ok(Self(wanted))
    }
}

impl PartialSchema for Limit {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().schema_type(Type::Integer);
        object.minimum(Some(1)).maximum(Some(LIMIT_MAX)).default(Some(LIMIT_DEFAULT.into())).into()
    }
}

impl ToSchema for Limit {}

/// A place in a list, as text.
pub(crate) trait Cursor: Sized {
    /// Writes it.
    fn write(&self) -> String;

    /// Reads it; `None` for what is no such place.
    fn read(text: &str) -> Option<Self>;
}

/// The `after` of a request: the place behind which the list goes on.
#[derive(Clone, Debug)]
pub(crate) struct After<C>(pub(crate) C);

impl<'de, C: Cursor> Deserialize<'de> for After<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sealed = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let place = text.and_then(|text| C::read(&text));
        place.map(Self).ok_or_else(|| D::Error::custom("it is no `next` of this list"))
    }
}

fn seal<C: Cursor>(cursor: &C) -> String {
    URL_SAFE_NO_PAD.encode(cursor.write())
}

/// The time and the id of a row, for lists with the newest first.
impl<I: FromStr + ToString> Cursor for (Timestamp, I) {
    fn write(&self) -> String {
        format!("{} {}", self.0.as_microsecond(), self.1.to_string())
    }

    fn read(text: &str) -> Option<Self> {
        let (at, id) = text.split_once(' ')?;
        let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
        Some((at, id.parse().ok()?))
    }
}

impl Cursor for Timestamp {
    fn write(&self) -> String {
        format!("at {}", self.as_microsecond())
    }

    fn read(text: &str) -> Option<Self> {
        Self::from_microsecond(text.strip_prefix("at ")?.parse().ok()?).ok()
    }
}

impl Cursor for Fingerprint {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// The number of a revision.
impl Cursor for i64 {
    fn write(&self) -> String {
        format!("#{self}")
    }

    fn read(text: &str) -> Option<Self> {
        text.strip_prefix('#')?.parse().ok()
    }
}

/// A key of the plan, or a login.
impl Cursor for String {
    fn write(&self) -> String {
        format!("={self}")
    }

    fn read(text: &str) -> Option<Self> {
        let key = text.strip_prefix('=')?;
        (!key.contains('\0')).then(|| key.to_owned())
    }
}
