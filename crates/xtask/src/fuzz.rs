//! `fuzz`: runs each target of `fuzz/` for a while.

use anyhow::{Context as _, bail};

use crate::command::{self, command, root};
use crate::tools::{self, Tool};

const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", version: "0.13.2" };

/// Each target with the folders from which it learns what input looks like.
const TARGETS: [(&str, &[&str]); 5] = [
    ("matchers", &["fuzz/seeds/matchers"]),
    ("configuration", &["crates/domain/src/plan/scenarios/good", "fuzz/seeds/configuration"]),
    ("templates", &["crates/domain/testdata/templates", "crates/domain/src/template"]),
    ("alerts", &["crates/integrations/testdata/alertmanager"]),
    ("snapshots", &["fuzz/seeds/snapshots"]),
];

/// Limits of one input: a minute is far beyond what any may take, even on a busy machine.
const LIMITS: [&str; 2] = ["-timeout=60", "-rss_limit_mb=2048"];

/// Stops at the first input that breaks a target; cargo-fuzz says where it was kept.
pub(crate) fn run(args: &[&str]) -> anyhow::Result<()> {
    let seconds: u32 = match args {
        [] => 60,
        ["--seconds", seconds] => seconds.parse().context("--seconds takes a whole number")?,
        _ => bail!("usage: cargo xtask fuzz [--seconds N]"),
    };
    let program = tools::installed(&CARGO_FUZZ)?;
    for (target, seeds) in TARGETS {
        println!("fuzz: {target}, {seconds} s");
        let corpus = format!("fuzz/corpus/{target}");
        std::fs::create_dir_all(root().join(&corpus)).with_context(|| format!("make {corpus}"))?;
        let time = format!("-max_total_time={seconds}");
        let run = ["run", "--sanitizer", "none", target, &corpus];
        let mut fuzz = command(&program, &[&run, seeds, &["--", &time], &LIMITS].concat());
        // cargo-fuzz asks for flags that only a nightly compiler takes without this.
        fuzz.env("RUSTC_BOOTSTRAP", "1");
        command::run(fuzz).with_context(|| format!("`{target}` broke"))?;
    }
    Ok(())
}
