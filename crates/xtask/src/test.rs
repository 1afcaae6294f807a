//! `test`: runs every test of the workspace and closes with one line that counts them.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use anyhow::Context as _;

use crate::{command, packages};

/// What became of the tests, summed over all test programs.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
    /// The names of the tests that failed, in the order in which they did.
    failures: Vec<String>,
}

/// Installs what is missing, builds, tests; returns whether every test ran and passed.
///
/// The last line it prints is `N passed, N failed, N skipped`.
pub(crate) fn run() -> anyhow::Result<bool> {
    packages::install_missing()?;
    // All targets, because the end-to-end tests start the binary. The tests then find everything
    // built: both calls select the same packages, so they resolve to the same features.
    command::run(command::command("cargo", &["build", "--workspace", "--all-targets"]))?;

    let mut tests = command::command("cargo", &["test", "--workspace", "--no-fail-fast"]);
    // The tests start a PostgreSQL of their own: one left in the environment is not for them.
    tests.env_remove("TEST_POSTGRES_URL").stdin(Stdio::null()).stdout(Stdio::piped());
    let mut tests = tests.spawn().context("start `cargo test`")?;
    let output = BufReader::new(tests.stdout.take().expect("the output is piped"));
    let mut tally = Tally::default();
    for line in output.split(b'\n') {
        let line = line.context("read the output of `cargo test`")?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tally.read(&line);
    }
    let ended_well = tests.wait()?.success();

    let complaints = tally.complaints(ended_well);
    for complaint in &complaints {
        println!("{complaint}");
    }
    println!("{} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
    Ok(complaints.is_empty())
}

impl Tally {
    /// Reads one line of the output of `cargo test`.
    fn read(&mut self, line: &str) {
        if let Some((_, counts)) =
            line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        {
            self.passed += count(counts, "passed");
            self.failed += count(counts, "failed");
            self.skipped += count(counts, "ignored") + count(counts, "filtered out");
        } else if let Some(name) =
            line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            self.failures.push(name.to_owned());
        }
    }

    /// Says what is wrong, one sentence each; empty when every test ran and passed.
    ///
    /// A test program that died without a result is counted as one failed test.
    fn complaints(&mut self, ended_well: bool) -> Vec<String> {
        let mut complaints: Vec<_> =
            self.failures.iter().map(|name| format!("failed: {name}")).collect();
        if !ended_well && self.failed == 0 {
            self.failed = 1;
            complaints.push("failed: a test program ended without a result, see above".to_owned());
        }
        if self.failed > 0 && complaints.is_empty() {
            complaints.push("failed: see above".to_owned());
        }
        if self.skipped > 0 {
            complaints.push("no test may be skipped: what it needs is to be installed".to_owned());
        }
        if self.passed == 0 {
            complaints.push("no test passed".to_owned());
        }
        complaints
    }
}

/// Reads the number before `word` in `3 passed; 0 failed; …`.
fn count(counts: &str, word: &str) -> u64 {
    let part = counts.split("; ").find_map(|part| part.strip_suffix(word));
    part.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn tally(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        for line in lines {
            tally.read(line);
        }
        tally
    }

    const GOOD: &str = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";

    #[test]
    fn results_of_all_programs_are_summed() {
        let mut tally = tally(&[GOOD, "test a::b ... ok", GOOD]);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (6, 0, 0));
        assert!(tally.complaints(true).is_empty());
    }

    #[test]
    fn a_failed_test_is_named() {
        let failed =
            "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out";
        let mut tally = tally(&["test a::b ... FAILED", failed]);
        assert_eq!(tally.complaints(false), ["failed: a::b"]);
        assert_eq!((tally.passed, tally.failed), (1, 1));
    }

    #[test]
    fn a_skipped_test_fails_the_run() {
        let skipped = "test result: ok. 1 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out";
        let mut tally = tally(&[skipped]);
        assert_eq!(tally.complaints(true).len(), 1);
        assert_eq!(tally.skipped, 2);
    }

    #[test]
    fn a_program_that_dies_counts_as_a_failure() {
        let mut tally = tally(&[GOOD]);
        assert_eq!(tally.complaints(false).len(), 1);
        assert_eq!(tally.failed, 1);
    }

    #[test]
    fn a_run_without_tests_fails() {
        assert_eq!(tally(&[]).complaints(true), ["no test passed"]);
    }
}
