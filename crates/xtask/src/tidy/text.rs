//! Rules about the text of single files.

use super::tree::{File, Finding, Tree, has_word};
use crate::changelog;

const LINES_MAX: usize = 800;

/// Reading a clock, in any of its spellings.
const CLOCKS: [&str; 4] = ["Timestamp::now", "Zoned::now", "SystemTime::now", "Instant::now"];

/// The files that may read a clock: one at each rim, and the crates that are no part of the product.
const CLOCK_RIMS: [&str; 6] = [
    "crates/server/src/clock.rs",
    "crates/web/src/now.rs",
    "crates/e2e/",
    "crates/load/",
    "crates/sim/",
    "crates/xtask/",
];

/// The files that may wait for time to pass.
const SLEEP_RIMS: [&str; 4] =
    ["crates/server/src/clock.rs", "crates/e2e/", "crates/load/", "crates/xtask/"];

/// Words that say that work was left undone; spelled so that this list is not found itself.
const WORK_MARKERS: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("HA", "CK"),
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
];

/// Folders of text that is not ours, or is data.
const NOT_PROSE: [&str; 2] = ["/testdata/", "Cargo.lock"];

/// A Rust file has at most 800 lines, unless it is tests or data: beyond that it is two nouns.
pub(crate) fn file_length(tree: &Tree) -> Vec<Finding> {
    let too_long = |file: &File| {
        let lines = file.text.lines().count();
        (lines > LINES_MAX && !file.is_test())
            .then(|| file.finding(format!("{lines} lines, more than {LINES_MAX}: split it")))
    };
    tree.below("", ".rs").filter_map(too_long).collect()
}

/// Time is an argument: only the rims read a clock.
pub(crate) fn clocks(tree: &Tree) -> Vec<Finding> {
    let inside = tree.below("crates/", ".rs").filter(|file| !is_in(file, &CLOCK_RIMS));
    let reads = |line: &str| CLOCKS.iter().any(|clock| line.contains(clock));
    lines(inside, reads, "reads a clock: take `now` as an argument")
}

/// Nobody sleeps, tests least of all: they wait for a condition.
pub(crate) fn sleeps(tree: &Tree) -> Vec<Finding> {
    let inside = tree.below("crates/", ".rs").filter(|file| !is_in(file, &SLEEP_RIMS));
    let findings = inside.flat_map(|file| {
        let sleeping = file
            .text
            .lines()
            .zip(1..)
            .filter(|(line, _)| line.contains("thread::sleep") || line.contains("time::sleep"));
        sleeping.map(|(_, number)| file.finding_at(number, "sleeps: wait for a condition instead"))
    });
    findings.collect()
}

/// SQL has no clock either: the time of a statement is one of its parameters.
pub(crate) fn time_in_sql(tree: &Tree) -> Vec<Finding> {
    const WHY: &str = "reads the database's clock: pass the time as a parameter";
    let reads = |line: &str| {
        let line = line.to_lowercase();
        (line.contains("now()") && has_word(&line, "now")) || has_word(&line, "current_timestamp")
    };
    let mut findings = lines(tree.below("crates/store/src/", ".rs"), reads, WHY);
    for file in tree.below("", ".sql") {
        let code = file.text.lines().zip(1..).filter(|(line, _)| !line.trim().starts_with("--"));
        let reading = code.filter(|(line, _)| reads(line));
        findings.extend(reading.map(|(_, number)| file.finding_at(number, WHY)));
    }
    findings
}

/// Nothing is left half done: what is not finished is an issue, not a comment.
pub(crate) fn work_markers(tree: &Tree) -> Vec<Finding> {
    let prose = tree.files().filter(|file| !NOT_PROSE.iter().any(|not| file.path.contains(not)));
    let findings = prose.flat_map(|file| {
        let marked = file.text.lines().zip(1..).filter_map(|(line, number)| {
            WORK_MARKERS.iter().find(|marker| has_word(line, marker)).map(|found| (number, found))
        });
        marked.map(|(number, marker)| file.finding_at(number, format!("leftover {marker}")))
    });
    findings.collect()
}

/// A fragment of the changelog is named `<slug>.<added|changed|fixed|removed>.md`.
pub(crate) fn changelog_fragments(tree: &Tree) -> Vec<Finding> {
    let fragments = tree.below("changelog.d/", "");
    let misnamed = fragments.filter(|file| changelog::kind_of(file.name()).is_none());
    misnamed.map(|file| file.finding("is not <slug>.<added|changed|fixed|removed>.md")).collect()
}

fn is_in(file: &File, places: &[&str]) -> bool {
    places.iter().any(|place| file.path.starts_with(place))
}

/// One finding for each line of code for which `is_bad` holds.
fn lines<'t>(
    files: impl Iterator<Item = &'t File>,
    is_bad: impl Fn(&str) -> bool,
    why: &str,
) -> Vec<Finding> {
    let bad =
        |file: &'t File| file.code().filter(|(_, line)| is_bad(line)).map(move |(n, _)| (file, n));
    files.flat_map(bad).map(|(file, number)| file.finding_at(number, why)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `rule` finds in a tree of one file, as text.
    fn found(rule: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) -> Vec<String> {
        rule(&Tree::sample(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_of_801_lines_is_too_long_unless_it_is_tests() {
        let long = "a\n".repeat(801);
        assert_eq!(found(file_length, "crates/web/src/a.rs", &long).len(), 1);
        assert_eq!(found(file_length, "crates/web/src/a.rs", &long[2..]), [""; 0]);
        assert_eq!(found(file_length, "crates/web/src/tests/a.rs", &long), [""; 0]);
    }

    #[test]
    fn a_clock_is_read_at_the_rims_only() {
        let text = "fn a() {\n    let now = Timestamp::now();\n}\n";
        let finding = "crates/web/src/a.rs:2: reads a clock: take `now` as an argument";
        assert_eq!(found(clocks, "crates/web/src/a.rs", text), [finding]);
        assert_eq!(found(clocks, "crates/web/src/now.rs", text), [""; 0]);
        assert_eq!(found(clocks, "crates/web/src/tests/a.rs", text), [""; 0]);
        assert_eq!(found(clocks, "crates/web/src/a.rs", "// not Timestamp::now()"), [""; 0]);
    }

    #[test]
    fn a_test_that_sleeps_is_found() {
        let text = "std::thread::sleep(SECOND);";
        assert_eq!(found(sleeps, "crates/store/src/tests/a.rs", text).len(), 1);
        assert_eq!(found(sleeps, "crates/store/src/a.rs", "tokio::time::sleep(S)").len(), 1);
        assert_eq!(found(sleeps, "crates/load/src/a.rs", text), [""; 0]);
    }

    #[test]
    fn sql_does_not_ask_the_database_for_the_time() {
        let sql = "-- not now()\nselect NOW();\nselect current_timestamp;\nselect known();\n";
        assert_eq!(found(time_in_sql, "crates/store/migrations/1.sql", sql).len(), 2);
        let rust = "db.query(\"delete from a where at < now()\")";
        assert_eq!(found(time_in_sql, "crates/store/src/a.rs", rust).len(), 1);
    }

    #[test]
    fn a_leftover_marker_is_found_as_a_word() {
        let text = format!("a\n// {}: later\n", WORK_MARKERS[0]);
        let finding = format!("README.md:2: leftover {}", WORK_MARKERS[0]);
        assert_eq!(found(work_markers, "README.md", &text), [finding]);
        assert_eq!(found(work_markers, "README.md", &format!("a{}b", WORK_MARKERS[0])), [""; 0]);
    }

    #[test]
    fn a_fragment_of_another_kind_is_found() {
        assert_eq!(found(changelog_fragments, "changelog.d/a.new.md", "A.").len(), 1);
        assert_eq!(found(changelog_fragments, "changelog.d/a.added.md", "A."), [""; 0]);
    }
}
