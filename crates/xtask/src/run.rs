//! `run`, `demo` and `sim`: builds a program of the workspace and becomes it.

use std::os::unix::process::CommandExt as _;

use anyhow::anyhow;

use crate::command::command;

/// What `make run` starts; a flag given by hand replaces its default.
const SERVE_DEFAULTS: [[&str; 2]; 4] = [
    ["--plan", "examples/plan"],
    ["--data", "./data"],
    ["--listen", "127.0.0.1:9093"],
    ["--bootstrap-token", TOKEN_FILE],
];

/// Where `make run` leaves the token that `make demo` uses.
const TOKEN_FILE: &str = "./data/token";

/// Starts `stentor serve` in the foreground; returns only when it could not be started.
///
/// Built with the `dev` profile: a cold build costs a third of an optimised one, the tests use
/// the same artefacts, and the dependencies that do the work (SQLite, argon2, the parsers) are
/// optimised in it too. Only `make bench`, where speed is the question, pays for more.
pub(crate) fn serve(args: &[&str]) -> anyhow::Result<()> {
    let defaults = SERVE_DEFAULTS.iter().filter(|[flag, _]| !is_given(flag, args)).flatten();
    let mut serve = vec!["run", "--package", "stentor", "--", "serve"];
    serve.extend(defaults);
    serve.extend(args);
    become_cargo(&serve)
}

/// Runs `stentor demo`; returns only when it could not be started.
pub(crate) fn demo(args: &[&str]) -> anyhow::Result<()> {
    let mut demo = vec!["run", "--package", "stentor", "--", "demo"];
    if std::path::Path::new(TOKEN_FILE).exists() && !is_given("--token-file", args) {
        demo.extend(["--token-file", TOKEN_FILE]);
    }
    demo.extend(args);
    become_cargo(&demo)
}

/// Runs the simulator; returns only when it could not be started.
pub(crate) fn sim(args: &[&str]) -> anyhow::Result<()> {
    become_cargo(&[&["run", "--package", "stentor-sim", "--"], args].concat())
}

/// Replaces this process, so that Ctrl-C and signals reach the program itself.
fn become_cargo(args: &[&str]) -> anyhow::Result<()> {
    Err(anyhow!(command("cargo", args).exec()).context("start cargo"))
}

fn is_given(flag: &str, args: &[&str]) -> bool {
    args.iter()
        .any(|arg| arg.strip_prefix(flag).is_some_and(|r| r.is_empty() || r.starts_with('=')))
}

#[cfg(test)]
mod tests {
    use super::is_given;

    #[test]
    fn a_flag_is_given_with_a_space_or_an_equals_sign_only() {
        assert!(is_given("--data", &["--data", "x"]));
        assert!(is_given("--data", &["--data=x"]));
        assert!(!is_given("--data", &["--database-url", "x"]));
    }
}
