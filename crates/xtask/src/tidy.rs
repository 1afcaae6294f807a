//! `tidy`: the rules of the house that no compiler knows. It also runs as a test of this crate.
//!
//! A rule is a function from the files of the repository to what is wrong with them. A rule about
//! files that do not exist has nothing to say. The length of functions and the calls that need a
//! clock are also clippy's, see `clippy.toml`; here stands what it cannot see.

mod crates;
mod integrations;
mod store;
mod templates;
mod text;
mod tree;

use anyhow::ensure;

use tree::{Finding, Tree};

/// A rule: the files of the repository to what is wrong with them.
type Rule = fn(&Tree) -> Vec<Finding>;

/// Every rule of the house.
const RULES: &[Rule] = &[
    crates::arrows,
    crates::code_map,
    integrations::every_data_file_is_used,
    integrations::every_tool_has_data_and_docs,
    store::tables_have_one_home,
    templates::every_template_has_a_sample,
    text::changelog_fragments,
    text::clocks,
    text::file_length,
    text::sleeps,
    text::time_in_sql,
    text::work_markers,
];

/// Checks the repository against every rule; the error lists what was found, a line each.
pub(crate) fn run() -> anyhow::Result<()> {
    let tree = Tree::read()?;
    let findings: Vec<_> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    ensure!(lines.is_empty(), "{} findings of tidy\n{}", lines.len(), lines.join("\n"));
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_repository_keeps_the_rules_of_the_house() {
        if let Err(findings) = super::run() {
            panic!("{findings}");
        }
    }
}
