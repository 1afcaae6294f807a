//! Every test of the store runs on both engines.

mod db;
mod migrate;
mod readers;
