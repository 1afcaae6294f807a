//! All SQL of Stentor: one text for SQLite and PostgreSQL.
//!
//! [`db`] alone knows that there are two engines. Every other file is the one home of its tables.

pub mod db;
pub mod error;
mod migrate;
pub mod readers;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

#[cfg(test)]
mod tests;
