//! `changelog`: joins the fragments of `changelog.d/` into `CHANGELOG.md`.

use std::fs;

use anyhow::{Context as _, ensure};

use crate::command::root;

/// The kinds of change and their headings, in the order in which they are printed.
const KINDS: [(&str, &str); 4] =
    [("added", "Added"), ("changed", "Changed"), ("fixed", "Fixed"), ("removed", "Removed")];

/// What stands above the first release.
const HEAD: &str = "# Changelog\n";

/// Puts the fragments at the head of `CHANGELOG.md` as release `version` and deletes them.
pub(crate) fn run(version: &str) -> anyhow::Result<()> {
    let (folder, changelog) = (root().join("changelog.d"), root().join("CHANGELOG.md"));
    let mut fragments = Vec::new();
    for entry in fs::read_dir(&folder).context("read changelog.d")? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        ensure!(kind_of(&name).is_some(), "changelog.d/{name} is not <slug>.<kind>.md");
        fragments.push((name, fs::read_to_string(&path)?, path));
    }
    ensure!(!fragments.is_empty(), "changelog.d holds no fragment");
    fragments.sort();
    let texts: Vec<_> =
        fragments.iter().map(|(name, text, _)| (name.as_str(), text.as_str())).collect();
    let before = fs::read_to_string(&changelog).unwrap_or_else(|_absent| HEAD.to_owned());
    fs::write(&changelog, insert(&before, &release(version, &texts)))?;
    for (_, _, path) in &fragments {
        fs::remove_file(path)?;
    }
    println!("{} fragments joined into CHANGELOG.md", fragments.len());
    Ok(())
}

/// Returns the kind of the fragment `<slug>.<kind>.md`; none when the name has another form.
///
/// A slug is small letters, digits and hyphens.
pub(crate) fn kind_of(file_name: &str) -> Option<&'static str> {
    let (slug, kind) = file_name.strip_suffix(".md")?.split_once('.')?;
    let is_slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let (known, _) = KINDS.into_iter().find(|(known, _)| *known == kind)?;
    (!slug.is_empty() && slug.chars().all(is_slug)).then_some(known)
}

/// Writes the section of one release from fragments of (file name, text).
fn release(version: &str, fragments: &[(&str, &str)]) -> String {
    let mut section = format!("## {version}\n");
    for (kind, heading) in KINDS {
        let lines: Vec<_> = fragments
            .iter()
            .filter(|(name, _)| kind_of(name) == Some(kind))
            .map(|(_, text)| format!("- {}\n", text.trim()))
            .collect();
        if !lines.is_empty() {
            section.push_str(&format!("\n### {heading}\n\n{}", lines.concat()));
        }
    }
    section
}

/// Puts `section` above the newest release of `changelog`, or at its end when there is none.
fn insert(changelog: &str, section: &str) -> String {
    let at = changelog.find("\n## ").map_or(changelog.len(), |newline| newline + 1);
    let (head, releases) = changelog.split_at(at);
    let gap = if releases.is_empty() { "" } else { "\n" };
    format!("{}\n\n{section}{gap}{releases}", head.trim_end())
}

#[cfg(test)]
mod tests {
    use super::{HEAD, insert, kind_of, release};

    #[test]
    fn a_fragment_is_named_by_slug_and_kind() {
        assert_eq!(kind_of("plan-check.added.md"), Some("added"));
        for bad in ["plan.md", "plan.new.md", ".added.md", "Plan.added.md", "plan.added.txt"] {
            assert_eq!(kind_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_release_lists_its_fragments_by_kind() {
        let fragments = [("b.fixed.md", "Pages load.\n"), ("a.added.md", "A demo.\n")];
        let expected = "## 1.2.0\n\n### Added\n\n- A demo.\n\n### Fixed\n\n- Pages load.\n";
        assert_eq!(release("1.2.0", &fragments), expected);
    }

    #[test]
    fn the_newest_release_stands_first() {
        let first = insert(HEAD, "## 0.1.0\n\nOne.\n");
        let second = insert(&first, "## 0.2.0\n\nTwo.\n");
        assert_eq!(second, "# Changelog\n\n## 0.2.0\n\nTwo.\n\n## 0.1.0\n\nOne.\n");
    }
}
