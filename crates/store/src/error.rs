//! What can go wrong in the store, as far as a caller branches on it.

use std::error::Error as StdError;

/// A failure of the store.
///
/// `Conflict` means decide again, `Busy` means try again later, `Full` means that nothing can be
/// accepted until an operator acts; everything else goes up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else was first: a row has changed since it was read, a unique key is taken, or
    /// the engine gave up one of two transactions. Load and decide again.
    #[error("somebody else changed the record first")]
    Conflict,
    /// The database cannot answer now: it is locked, overloaded, restarting or out of reach.
    #[error("the database is busy: {why}")]
    Busy {
        /// The engine's own words.
        why: String,
    },
    /// The disk of the database is full.
    #[error("the disk of the database is full")]
    Full,
    /// A stored row does not hold what this release can read.
    #[error("{table} {id} cannot be read: {why}")]
    Corrupt {
        /// The table, or `column` when only the column of a result is known.
        table: &'static str,
        /// The row's id, or the column's name.
        id: String,
        /// What is wrong with it.
        why: String,
    },
    /// Anything else that the engine refused.
    #[error("cannot {doing}")]
    Sql {
        /// What was tried: mostly the statement's text, which never holds a value.
        doing: String,
        /// The engine's error.
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl Error {
    /// Says the same once more to another who asked, of a database that is away or full.
    #[must_use]
    pub fn away(&self) -> Error {
        match self {
            Error::Full => Error::Full,
            Error::Busy { why } => Error::Busy { why: why.clone() },
            Error::Conflict | Error::Corrupt { .. } | Error::Sql { .. } => {
                Error::Busy { why: self.to_string() }
            }
        }
    }

    /// Names the row that could not be read; leaves every other error as it is.
    ///
    /// A column that cannot be read knows its own name only; the caller knows the table and id.
    #[must_use]
    pub fn at(self, table: &'static str, id: &str) -> Error {
        match self {
            Error::Corrupt { table: "column", id: column, why } => {
                Error::Corrupt { table, id: id.to_owned(), why: format!("{column} {why}") }
            }
            other @ (Error::Conflict
            | Error::Busy { .. }
            | Error::Full
            | Error::Corrupt { .. }
            | Error::Sql { .. }) => other,
        }
    }

    /// A row of `table` that this release cannot read, and `why`.
    pub fn corrupt(table: &'static str, id: &str, why: impl ToString) -> Error {
        Error::Corrupt { table, id: id.to_owned(), why: why.to_string() }
    }

    pub(crate) fn sql(doing: &str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        Error::Sql { doing: doing.to_owned(), source: source.into() }
    }
}
