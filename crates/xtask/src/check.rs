//! `check`: everything that is wrong without running the product.

use crate::command::{self, command};
use crate::tidy;
use crate::tools::{self, Tool};

/// The version that `deny.toml` is written for.
const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

/// Checks format, lints, the rules of the house and licences; the cheapest first.
pub(crate) fn run() -> anyhow::Result<()> {
    step("format", || command::run(command("cargo", &["fmt", "--all", "--check"])))?;
    step("tidy", tidy::run)?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    step("clippy", || command::run(command("cargo", &clippy)))?;
    step("licences", licences)
}

fn step(name: &str, check: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    println!("check: {name}");
    check()
}

fn licences() -> anyhow::Result<()> {
    let program = tools::installed(&CARGO_DENY)?;
    command::run(command(&program, &["--locked", "check", "licenses", "bans", "sources"]))
}
