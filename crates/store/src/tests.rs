//! Every test of the store runs on both engines.

mod alerts;
mod db;
mod deliveries;
mod episodes;
mod groups;
mod histories;
mod imported;
mod incidents;
mod migrate;
mod pages;
mod readers;
mod records;
mod reviews;
mod samples;
mod silences;
mod timeline;
