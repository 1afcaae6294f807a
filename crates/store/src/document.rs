//! Rows of nouns: columns for what is filtered by, one JSON document for the rest, and a version.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// A row as it was read, with the version it had. Version 0 = not saved yet.
#[derive(Clone, Debug)]
pub struct Saved<T> {
    /// What the row had when it was read; the next save must find the same.
    pub version: i64,
    /// The noun.
    pub it: T,
}

impl<T> Saved<T> {
    /// Wraps a noun that no row holds yet.
    pub fn new(it: T) -> Self {
        Self { version: 0, it }
    }
}

/// Most documents are not longer.
const USUAL_BYTES: usize = 1024;

pub(crate) fn write<T: Serialize>(it: &T) -> String {
    let mut text = Vec::with_capacity(USUAL_BYTES);
    serde_json::to_writer(&mut text, it).expect("a noun is plain data with text keys");
    String::from_utf8(text).expect("JSON is text")
}

pub(crate) fn read<T: DeserializeOwned>(
    table: &'static str,
    id: &str,
    text: &str,
) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::corrupt(table, id, error))
}

/// Turns "no row had that version" into a conflict.
pub(crate) fn exactly_one(changed: u64) -> Result<(), Error> {
    if changed == 1 { Ok(()) } else { Err(Error::Conflict) }
}
