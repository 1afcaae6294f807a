//! `check`: everything that is wrong without running the product.

use crate::command::{self, command};
use crate::tidy;

/// The version that `deny.toml` is written for.
const CARGO_DENY_VERSION: &str = "0.20.2";

/// Where cargo-deny is installed, so that nothing outside the workspace is touched.
const TOOLS: &str = "target/tools";

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
    let own = format!("{TOOLS}/bin/cargo-deny");
    let program = ["cargo-deny", &own].into_iter().find(|program| is_cargo_deny(program));
    let program = match program {
        Some(program) => program,
        None => {
            install_cargo_deny()?;
            &own
        }
    };
    command::run(command(program, &["--locked", "check", "licenses", "bans", "sources"]))
}

/// Tells whether `program` is a cargo-deny that reads our `deny.toml`: same version but the patch.
fn is_cargo_deny(program: &str) -> bool {
    let (minor, _) = CARGO_DENY_VERSION.rsplit_once('.').expect("a version has dots");
    command::output(command(program, &["--version"]))
        .is_ok_and(|version| version.starts_with(&format!("cargo-deny {minor}.")))
}

/// Builds it unoptimised: it runs for a second, but an optimised build takes many minutes.
fn install_cargo_deny() -> anyhow::Result<()> {
    println!("check: building cargo-deny, once");
    let version = ["--version", CARGO_DENY_VERSION, "--locked", "--root", TOOLS];
    let mut install = command("cargo", &[&["install", "cargo-deny"], &version[..]].concat());
    install
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    command::run(install)
}
