//! The HTTP face as its clients see it: the real router, engine and database, a clock that stands still.

mod access;
mod alertmanager;
mod alerts;
mod app;
mod browser;
mod documents;
mod history;
mod hostile;
mod incidents;
mod metrics;
mod pages;
mod records;
mod silences;
mod stand_in;

use app::TestApp;
