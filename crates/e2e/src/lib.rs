//! The harness of the end-to-end tests: the real binary, and the real tools that it works with.
//!
//! Everything listens on loopback, keeps its files in a temporary folder, and ends with the value that stands for it,
//! also when a test panics. What fails here panics: a test that cannot run is a failure, and the message names the
//! package that is missing.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests meet the real world: they read its clock, and wait for it with a deadline"
)]

pub mod browser;
pub mod differential;
pub mod mail;
pub mod monitoring;
pub mod process;
pub mod seeded;
pub mod server;
pub mod sink;
pub mod site;
pub mod turn;
pub mod wait;
pub mod wire;
