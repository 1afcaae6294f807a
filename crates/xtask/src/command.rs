//! Starting other programs, always in the root of the workspace.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the crate lies two folders below the root")
}

/// Prepares `program` with `args` in the root of the workspace.
pub(crate) fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// Runs `command` with its output shown; fails when it cannot start or does not end with 0.
pub(crate) fn run(mut command: Command) -> anyhow::Result<()> {
    let shown = shown(&command);
    let status = command.status().with_context(|| format!("start `{shown}`"))?;
    ensure!(status.success(), "`{shown}` failed: {status}");
    Ok(())
}

/// Runs `command` and returns what it printed; fails as [`run`] does.
pub(crate) fn output(mut command: Command) -> anyhow::Result<String> {
    let shown = shown(&command);
    let output = command.output().with_context(|| format!("start `{shown}`"))?;
    ensure!(
        output.status.success(),
        "`{shown}` failed: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// The command line as a person would type it, without quotes.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
