//! Whatever is done to the files, reading them answers.

use proptest::prelude::*;

use super::*;

/// Bits that mean something in the files.
const BITS: &[&str] = &[
    "",
    "\n",
    " ",
    "\t",
    ":",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "'",
    "\"",
    "#",
    "&a ",
    "*a",
    "<<: *a\n",
    "|",
    ">",
    "!x ",
    "${",
    "}",
    "0",
    "-1",
    "99999999999999999999",
    "null",
    "true",
    "\u{0}",
    "é",
    "😀",
    "---\n",
    "...\n",
    "person:",
    "=~",
    "(",
    "\\",
    "%",
    "5m",
    "\r\n",
    "\u{feff}",
    "? ",
];

fn mutate(text: &str, edits: &[(usize, usize, usize)]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for (at, length, bit) in edits {
        let from = at % (letters.len() + 1);
        let until = (from + length).min(letters.len());
        letters.splice(from..until, BITS[bit % BITS.len()].chars());
    }
    letters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_never_panics(
        one in prop::collection::vec((0..4000_usize, 0..12_usize, 0..100_usize), 0..6),
        two in prop::collection::vec((0..4000_usize, 0..12_usize, 0..100_usize), 0..6),
    ) {
        let files = files(&mutate(STENTOR, &one), &mutate(ALERTMANAGER, &two));
        match read(&files, &Known) {
            Ok(plan) => {
                prop_assert!(!plan.fallback.is_empty());
                prop_assert!(!plan.routes.nodes.is_empty());
                prop_assert!(plan.policies.values().all(|policy| !policy.steps.is_empty()));
            }
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                prop_assert!(problems.iter().all(|problem| !problem.what.is_empty() && !problem.mend.is_empty()));
                prop_assert!(problems.is_sorted());
                let shown: String = problems.iter().map(ToString::to_string).collect();
                prop_assert!(!shown.contains("hook-secret"));
            }
        }
    }
}
