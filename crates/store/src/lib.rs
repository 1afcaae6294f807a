//! All SQL of Stentor: one text for SQLite and PostgreSQL.
//!
//! [`db`] alone knows that there are two engines. Every other file is the one home of its tables.

pub mod accounts;
pub mod alerts;
pub mod audit;
pub mod db;
pub mod deliveries;
pub mod document;
pub mod episodes;
pub mod error;
pub mod groups;
pub mod imported;
pub mod incidents;
pub mod invites;
mod migrate;
pub mod pages;
pub mod plan_revisions;
pub mod readers;
pub mod reviews;
pub mod sessions;
pub mod settings;
pub mod silences;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod timeline;
pub mod tokens;

#[cfg(test)]
mod tests;
