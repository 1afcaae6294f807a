//! Rules about scenarios, test data and the tools that Stentor talks to.

use super::tree::{File, Finding, Tree};

const TESTDATA: &str = "crates/integrations/testdata/";

/// Every scenario and every payload is read by a test: by its name, or by one that walks the folder.
pub(crate) fn every_data_file_is_used(tree: &Tree) -> Vec<Finding> {
    let mut findings = unused(tree, "crates/domain/", "crates/domain/src/scenarios/", ".txt");
    findings.extend(unused(tree, "crates/integrations/", TESTDATA, ""));
    findings
}

/// Every inbound tool and outbound channel has test data of its own and is named in the docs.
///
/// A module that its parent keeps private is what several of them share, not one of them.
pub(crate) fn every_tool_has_data_and_docs(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for way in ["inbound", "outbound"] {
        let room = format!("crates/integrations/src/{way}/");
        let parent = format!("crates/integrations/src/{way}.rs");
        let parent = tree.files().find(|file| file.path == parent).map_or("", |file| &file.text);
        let files = tree.below(&room, ".rs").filter(|file| !file.is_test());
        for tool in files.filter(|file| !file.path[room.len()..].contains('/')) {
            let name = tool.stem();
            if parent.lines().any(|line| line == format!("mod {name};")) {
                continue;
            }
            let data = format!("{TESTDATA}{name}/");
            if tree.below(&data, "").next().is_none() {
                findings.push(tool.finding(format!("has no test data in {data}")));
            }
            if !tree.below("docs/", ".md").any(|page| mentions(page, name)) {
                findings.push(tool.finding(format!("no page in docs/ mentions {name}")));
            }
        }
    }
    findings
}

/// The files below `folder` with `ending` that no Rust file of the crate `home` reads.
fn unused(tree: &Tree, home: &str, folder: &str, ending: &str) -> Vec<Finding> {
    let folder_name = folder.trim_end_matches('/').rsplit('/').next().unwrap_or(folder);
    let code: Vec<_> = tree.below(home, ".rs").collect();
    let walks = |file: &&File| file.text.contains("read_dir") && file.text.contains(folder_name);
    if code.iter().any(walks) {
        return Vec::new();
    }
    let is_named = |data: &File| code.iter().any(|file| file.text.contains(data.name()));
    let unused = tree.below(folder, ending).filter(|data| !is_named(data));
    unused.map(|data| data.finding("no test reads it")).collect()
}

/// A tool `node_exporter` is mentioned as that, with a hyphen or with a space, in any case.
fn mentions(page: &File, tool: &str) -> bool {
    let text = page.text.to_lowercase().replace(['-', '_'], " ");
    text.contains(&tool.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)], rule: fn(&Tree) -> Vec<Finding>) -> Vec<String> {
        rule(&Tree::sample(files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_scenario_that_no_test_reads_is_found() {
        let scenario = ("crates/domain/src/scenarios/ack.txt", "");
        let walker = ("crates/domain/src/tests.rs", "read_dir(\"src/scenarios\")");
        let namer = ("crates/domain/src/tests.rs", "include_str!(\"scenarios/ack.txt\")");
        let finding = "crates/domain/src/scenarios/ack.txt: no test reads it";
        assert_eq!(found(&[scenario], every_data_file_is_used), [finding]);
        assert_eq!(found(&[scenario, walker], every_data_file_is_used), [""; 0]);
        assert_eq!(found(&[scenario, namer], every_data_file_is_used), [""; 0]);
    }

    #[test]
    fn a_payload_that_no_test_reads_is_found() {
        let payload = ("crates/integrations/testdata/slack/a.json", "{}");
        assert_eq!(found(&[payload], every_data_file_is_used).len(), 1);
    }

    #[test]
    fn what_channels_share_is_no_channel() {
        let shared = ("crates/integrations/src/outbound/words.rs", "");
        let parent = ("crates/integrations/src/outbound.rs", "pub mod slack;\nmod words;\n");
        assert_eq!(found(&[shared, parent], every_tool_has_data_and_docs), [""; 0]);
        assert_eq!(found(&[shared], every_tool_has_data_and_docs).len(), 2);
    }

    #[test]
    fn a_tool_without_data_and_docs_is_found_twice() {
        let tool = ("crates/integrations/src/outbound/pager_duty.rs", "");
        let data = ("crates/integrations/testdata/pager_duty/a.json", "{}");
        let docs = ("docs/channels.md", "Sends to Pager-Duty.");
        assert_eq!(found(&[tool], every_tool_has_data_and_docs).len(), 2);
        assert_eq!(found(&[tool, data, docs], every_tool_has_data_and_docs), [""; 0]);
    }
}
