//! Programs in Rust that a task needs: found, or built once.

use crate::command::{self, command};

/// A program that crates.io has.
pub(crate) struct Tool {
    /// The crate and its program.
    pub(crate) name: &'static str,
    /// What is built when it is missing; another patch of the same minor version serves as well.
    pub(crate) version: &'static str,
}

/// Where tools are installed, so that nothing outside the workspace is touched.
const FOLDER: &str = "target/tools";

/// Returns how to call `tool`: the one on the path if it serves, or else our own, built at need.
pub(crate) fn installed(tool: &Tool) -> anyhow::Result<String> {
    let own = format!("{FOLDER}/bin/{}", tool.name);
    if serves(tool.name, tool) {
        return Ok(tool.name.to_owned());
    }
    if !serves(&own, tool) {
        install(tool)?;
    }
    Ok(own)
}

fn serves(program: &str, tool: &Tool) -> bool {
    let (minor, _) = tool.version.rsplit_once('.').expect("a version has dots");
    command::output(command(program, &["--version"]))
        .is_ok_and(|version| version.starts_with(&format!("{} {minor}.", tool.name)))
}

/// Builds it unoptimised: it works for a second, but an optimised build takes many minutes.
fn install(tool: &Tool) -> anyhow::Result<()> {
    println!("building {}, once", tool.name);
    let install = ["install", tool.name, "--version", tool.version, "--locked", "--root", FOLDER];
    let mut install = command("cargo", &install);
    install
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    command::run(install)
}
