//! What goes into a statement and what comes out of it.

use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::types::ValueRef;

use crate::error::Error;

/// One argument of a statement.
///
/// An instant is an `Int` of microseconds since 1970, UTC. SQLite stores a `Real` that is not a
/// number as null.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// No value; fits a column of any type.
    Null,
    /// A `bigint`.
    Int(i64),
    /// A `text`; a NUL character in it is refused.
    Text(&'a str),
    /// A `boolean`.
    Bool(bool),
    /// A `double precision`.
    Real(f64),
    /// A blob.
    Blob(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Value::Int(value.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Value::Real(value)
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(value: Timestamp) -> Self {
        Value::Int(value.as_microsecond())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Value::Text(value)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Value::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Value::Blob(value)
    }
}

impl<'a, T> From<Option<T>> for Value<'a>
where
    Value<'a>: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Value::from)
    }
}

/// One row of a result; columns are counted from 0.
///
/// Each getter returns `Corrupt` when the column holds another type, or null where none is
/// expected.
#[derive(Debug)]
pub struct Row<'r>(pub(super) EngineRow<'r>);

#[derive(Debug)]
pub(super) enum EngineRow<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r ::postgres::Row),
}

impl Row<'_> {
    /// A `bigint`.
    pub fn int(&self, column: usize) -> Result<i64, Error> {
        self.opt_int(column)?.ok_or_else(|| self.corrupt(column, "is null"))
    }

    /// A `text`.
    pub fn text(&self, column: usize) -> Result<String, Error> {
        self.text_ref(column).map(str::to_owned)
    }

    /// A `text`, without a copy.
    pub fn text_ref(&self, column: usize) -> Result<&str, Error> {
        self.opt_text_ref(column)?.ok_or_else(|| self.corrupt(column, "is null"))
    }

    /// A `boolean`.
    pub fn bool(&self, column: usize) -> Result<bool, Error> {
        self.opt_bool(column)?.ok_or_else(|| self.corrupt(column, "is null"))
    }

    /// A `double precision`.
    pub fn real(&self, column: usize) -> Result<f64, Error> {
        self.opt_real(column)?.ok_or_else(|| self.corrupt(column, "is null"))
    }

    /// A blob.
    pub fn blob(&self, column: usize) -> Result<Vec<u8>, Error> {
        self.opt_blob(column)?.ok_or_else(|| self.corrupt(column, "is null"))
    }

    /// An instant, stored as a `bigint` of microseconds since 1970, UTC.
    pub fn time(&self, column: usize) -> Result<Timestamp, Error> {
        self.opt_time(column)?.ok_or_else(|| self.corrupt(column, "is null"))
    }

    /// A `bigint` or null.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, Error> {
        match self.0 {
            EngineRow::Sqlite(row) => match self.sqlite(row, column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Integer(value) => Ok(Some(value)),
                other @ (ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_)) => {
                    Err(self.mismatch(column, other, "a bigint"))
                }
            },
            // A literal is an `integer` in PostgreSQL: `select 1`.
            EngineRow::Postgres(row) => match row.try_get::<_, Option<i64>>(column) {
                Ok(value) => Ok(value),
                Err(error) => match row.try_get::<_, Option<i32>>(column) {
                    Ok(value) => Ok(value.map(i64::from)),
                    Err(_) => Err(self.corrupt(column, error)),
                },
            },
        }
    }

    /// A `text` or null.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>, Error> {
        Ok(self.opt_text_ref(column)?.map(str::to_owned))
    }

    /// A `text` or null, without a copy.
    pub fn opt_text_ref(&self, column: usize) -> Result<Option<&str>, Error> {
        match self.0 {
            EngineRow::Sqlite(row) => match self.sqlite(row, column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Text(text) => match std::str::from_utf8(text) {
                    Ok(text) => Ok(Some(text)),
                    Err(error) => Err(self.corrupt(column, error)),
                },
                other @ (ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_)) => {
                    Err(self.mismatch(column, other, "a text"))
                }
            },
            EngineRow::Postgres(row) => {
                row.try_get(column).map_err(|error| self.corrupt(column, error))
            }
        }
    }

    /// A `boolean` or null.
    pub fn opt_bool(&self, column: usize) -> Result<Option<bool>, Error> {
        match self.0 {
            EngineRow::Sqlite(row) => match self.sqlite(row, column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Integer(0) => Ok(Some(false)),
                ValueRef::Integer(1) => Ok(Some(true)),
                other @ (ValueRef::Integer(_)
                | ValueRef::Real(_)
                | ValueRef::Text(_)
                | ValueRef::Blob(_)) => Err(self.mismatch(column, other, "a boolean")),
            },
            EngineRow::Postgres(row) => {
                row.try_get(column).map_err(|error| self.corrupt(column, error))
            }
        }
    }

    /// A `double precision` or null.
    pub fn opt_real(&self, column: usize) -> Result<Option<f64>, Error> {
        match self.0 {
            EngineRow::Sqlite(row) => match self.sqlite(row, column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Real(value) => Ok(Some(value)),
                other @ (ValueRef::Integer(_) | ValueRef::Text(_) | ValueRef::Blob(_)) => {
                    Err(self.mismatch(column, other, "a double precision"))
                }
            },
            EngineRow::Postgres(row) => {
                row.try_get(column).map_err(|error| self.corrupt(column, error))
            }
        }
    }

    /// A blob or null.
    pub fn opt_blob(&self, column: usize) -> Result<Option<Vec<u8>>, Error> {
        match self.0 {
            EngineRow::Sqlite(row) => match self.sqlite(row, column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Blob(value) => Ok(Some(value.to_vec())),
                other @ (ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_)) => {
                    Err(self.mismatch(column, other, "a blob"))
                }
            },
            EngineRow::Postgres(row) => {
                row.try_get(column).map_err(|error| self.corrupt(column, error))
            }
        }
    }

    /// An instant or null.
    pub fn opt_time(&self, column: usize) -> Result<Option<Timestamp>, Error> {
        self.opt_int(column)?
            .map(Timestamp::from_microsecond)
            .transpose()
            .map_err(|error| self.corrupt(column, error))
    }

    /// A `text` in the form that `T` writes and reads: an id, a state.
    pub fn parsed<T: FromStr<Err: ToString>>(&self, column: usize) -> Result<T, Error> {
        self.text_ref(column)?.parse().map_err(|why: T::Err| self.corrupt(column, why.to_string()))
    }

    /// A `text` in the form that `T` writes and reads, or null.
    pub fn opt_parsed<T: FromStr<Err: ToString>>(&self, column: usize) -> Result<Option<T>, Error> {
        let text = self.opt_text_ref(column)?;
        text.map(str::parse)
            .transpose()
            .map_err(|why: T::Err| self.corrupt(column, why.to_string()))
    }

    fn sqlite<'a>(&self, row: &'a rusqlite::Row<'a>, column: usize) -> Result<ValueRef<'a>, Error> {
        row.get_ref(column).map_err(|error| self.corrupt(column, error))
    }

    fn mismatch(&self, column: usize, found: ValueRef<'_>, wanted: &str) -> Error {
        self.corrupt(column, format!("holds a value of type {}, not {wanted}", found.data_type()))
    }

    fn corrupt(&self, column: usize, why: impl ToString) -> Error {
        let name = match self.0 {
            EngineRow::Sqlite(row) => row.as_ref().column_name(column).ok(),
            EngineRow::Postgres(row) => row.columns().get(column).map(::postgres::Column::name),
        };
        let name = name.map_or_else(|| column.to_string(), str::to_owned);
        Error::Corrupt { table: "column", id: name, why: why.to_string() }
    }
}
