//! Rules about the crates and the arrows between them.

use std::collections::BTreeSet;

use super::tree::{File, Finding, Tree};

/// Which crates of the workspace each crate may use: only what stands below it.
///
/// server → web → engine → store → domain → go, engine → integrations → domain; the simulator stands
/// on the engine; the tools and the end-to-end tests see the product from outside.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &["go"]),
    ("e2e", &[]),
    ("engine", &["domain", "integrations", "store"]),
    ("go", &[]),
    ("integrations", &["domain", "go"]),
    ("load", &[]),
    ("server", &["domain", "engine", "integrations", "store", "web"]),
    ("sim", &["domain", "engine", "integrations", "store"]),
    ("store", &["domain"]),
    ("web", &["domain", "engine", "integrations", "store"]),
    ("xtask", &[]),
];

/// A crate depends on crates below it only.
pub(crate) fn arrows(tree: &Tree) -> Vec<Finding> {
    manifests(tree).flat_map(|(name, manifest)| wrong_arrows(name, manifest)).collect()
}

/// The code map in ARCHITECTURE.md names every crate.
pub(crate) fn code_map(tree: &Tree) -> Vec<Finding> {
    let Some(map) = tree.files().find(|file| file.name() == "ARCHITECTURE.md") else {
        return Vec::new();
    };
    let missing = manifests(tree).filter(|(name, _)| !map.text.contains(&format!("{name}/")));
    missing.map(|(name, _)| map.finding(format!("does not name crates/{name}/"))).collect()
}

/// The manifest of each crate, with the name of its folder.
fn manifests(tree: &Tree) -> impl Iterator<Item = (&str, &File)> {
    tree.below("crates/", "/Cargo.toml").filter_map(|file| {
        let folder = file.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
        (!folder.contains('/')).then_some((folder, file))
    })
}

fn wrong_arrows(name: &str, manifest: &File) -> Vec<Finding> {
    let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
        let why =
            format!("crate {name} has no line in the arrows of crates/xtask/src/tidy/crates.rs");
        return vec![manifest.finding(why)];
    };
    let known: BTreeSet<_> = ARROWS.iter().map(|(known, _)| *known).collect();
    let wrong = |(number, dependency): (usize, &str)| {
        let used = dependency.strip_prefix("stentor-").unwrap_or(dependency);
        (known.contains(used) && !allowed.contains(&used))
            .then(|| manifest.finding_at(number, format!("{name} must not use {used}")))
    };
    dependencies(&manifest.text).into_iter().filter_map(wrong).collect()
}

/// The names in `[dependencies]`, `[build-dependencies]` and their forms for a target, each with
/// the number of its line. What tests use (`[dev-dependencies]`) is not part of the product.
fn dependencies(manifest: &str) -> Vec<(usize, &str)> {
    let mut names = Vec::new();
    let mut is_inside = false;
    for (line, number) in manifest.lines().zip(1..) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end().trim_end_matches(']');
            let last = section.rsplit('.').next().unwrap_or(section);
            is_inside = matches!(last, "dependencies" | "build-dependencies");
            // `[dependencies.NAME]` is the other way to write a dependency.
            let parent = section.rsplit_once('.').map(|(parent, _)| parent);
            if matches!(parent, Some("dependencies" | "build-dependencies")) {
                names.push((number, last));
            }
        } else if is_inside && let Some((name, _)) = line.split_once(['.', '=', ' ']) {
            names.push((number, name));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)], rule: fn(&Tree) -> Vec<Finding>) -> Vec<String> {
        rule(&Tree::sample(files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_arrow_that_points_up_is_found() {
        let manifest = "[dependencies]\nserde.workspace = true\nstentor-web.workspace = true\n";
        let expected = "crates/store/Cargo.toml:3: store must not use web";
        assert_eq!(found(&[("crates/store/Cargo.toml", manifest)], arrows), [expected]);
        let table = "[dependencies.stentor-store]\npath = \"x\"\n";
        let expected = "crates/domain/Cargo.toml:1: domain must not use store";
        assert_eq!(found(&[("crates/domain/Cargo.toml", table)], arrows), [expected]);
    }

    #[test]
    fn an_arrow_that_points_down_and_one_for_tests_are_fine() {
        let manifest = "[dependencies]\nstentor-domain = { path = \"x\" }\n\n\
                        [dev-dependencies]\nstentor-web.workspace = true\n";
        assert_eq!(found(&[("crates/store/Cargo.toml", manifest)], arrows), [""; 0]);
    }

    #[test]
    fn the_binary_does_not_use_the_simulator() {
        let manifest = "[dependencies]\nstentor-sim.workspace = true\n";
        assert_eq!(found(&[("crates/server/Cargo.toml", manifest)], arrows).len(), 1);
    }

    #[test]
    fn a_crate_without_arrows_is_found() {
        assert_eq!(found(&[("crates/util/Cargo.toml", "[package]\n")], arrows).len(), 1);
    }

    #[test]
    fn a_crate_that_the_code_map_forgets_is_found() {
        let files = [
            ("ARCHITECTURE.md", "crates/domain/ decides"),
            ("crates/domain/Cargo.toml", ""),
            ("crates/store/Cargo.toml", ""),
        ];
        assert_eq!(found(&files, code_map), ["ARCHITECTURE.md: does not name crates/store/"]);
        assert_eq!(found(&files[1..], code_map), [""; 0]);
    }
}
