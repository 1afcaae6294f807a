//! The same script against two Alertmanagers at once, and what each of them told.
//!
//! Scenarios are files of `crates/e2e/scenarios/`: [`scenario`] reads them. Those that need nothing of their own share
//! one pair of servers: [`config`] makes one configuration of them, in which each is a route of its own. [`play`] sends
//! the inputs, [`recorder`] notes what comes back and when, [`compare`] says where the two differ.
//! [`pair`] asks both the same things outside a scenario.

pub mod busy;
pub mod compare;
pub mod config;
pub mod contender;
pub mod pair;
pub mod play;
pub mod recorder;
pub mod run;
pub mod scenario;
