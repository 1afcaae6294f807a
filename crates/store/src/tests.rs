//! Every test of the store runs on both engines.

mod db;
mod histories;
mod migrate;
mod readers;
mod records;
