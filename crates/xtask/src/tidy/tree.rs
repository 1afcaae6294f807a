//! The files of the repository, and what a rule says about them.

use std::fmt;
use std::fs;

use crate::command::{command, output, root};

/// One text file.
pub(crate) struct File {
    /// Path from the root of the repository, with `/`.
    pub(crate) path: String,
    /// The whole of it; empty for a file that is not UTF-8.
    pub(crate) text: String,
}

/// The files of the repository, in the order of their paths.
pub(crate) struct Tree(Vec<File>);

/// Something wrong, and where.
#[derive(Debug, PartialEq)]
pub(crate) struct Finding {
    /// Path, with `:line` when one line is meant.
    at: String,
    /// What is wrong and what to do about it, one sentence.
    why: String,
}

impl Tree {
    /// Reads what Git tracks, and what it would track: a rule also sees a file not yet added.
    pub(crate) fn read() -> anyhow::Result<Tree> {
        let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = output(command("git", &list))?;
        let mut paths: Vec<_> = listed.split('\0').filter(|path| !path.is_empty()).collect();
        paths.sort_unstable();
        paths.dedup();
        let read = |path: &str| {
            // A file that was deleted but is still tracked is gone as far as the rules go.
            let bytes = fs::read(root().join(path)).ok()?;
            Some(File { path: path.to_owned(), text: String::from_utf8(bytes).unwrap_or_default() })
        };
        Ok(Tree(paths.into_iter().filter_map(read).collect()))
    }

    /// Makes a tree of (path, text).
    #[cfg(test)]
    pub(crate) fn sample(files: &[(&str, &str)]) -> Tree {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        Tree(files.iter().map(file).collect())
    }

    /// All files.
    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.0.iter()
    }

    /// The files below the folder `under` (written with its last `/`) whose name ends in `ending`.
    pub(crate) fn below(&self, under: &str, ending: &str) -> impl Iterator<Item = &File> {
        self.files().filter(move |file| file.path.starts_with(under) && file.path.ends_with(ending))
    }
}

impl File {
    /// The last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The file's name up to its first dot.
    pub(crate) fn stem(&self) -> &str {
        self.name().split('.').next().unwrap_or_default()
    }

    /// Tells whether the whole file is test code or data.
    pub(crate) fn is_test(&self) -> bool {
        let in_folder = self.path.contains("/tests/") || self.path.contains("/testdata/");
        in_folder || self.name() == "tests.rs"
    }

    /// The lines of a Rust file that are code of the product, with their numbers from 1: without
    /// comments, and without an inline module of tests, which stands last by the house's custom.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let tests = self.text.find("#[cfg(test)]\nmod tests {").unwrap_or(self.text.len());
        let code = if self.is_test() { "" } else { &self.text[..tests] };
        code.lines().zip(1..).map(|(line, number)| (number, without_comment(line)))
    }

    /// A finding about the whole file.
    pub(crate) fn finding(&self, why: impl Into<String>) -> Finding {
        Finding { at: self.path.clone(), why: why.into() }
    }

    /// A finding about line `number`, counted from 1.
    pub(crate) fn finding_at(&self, number: usize, why: impl Into<String>) -> Finding {
        Finding { at: format!("{}:{number}", self.path), why: why.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.why)
    }
}

/// Cuts a comment off; the `//` of an address such as `http://` is none.
fn without_comment(line: &str) -> &str {
    let comment = line.match_indices("//").find(|(at, _)| !line[..*at].ends_with(':'));
    comment.map_or(line, |(at, _)| &line[..at])
}

/// Finds `word` in `text` where neither neighbour is a letter, a digit or `_`.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| {
        !is_part(text[..at].chars().next_back()) && !is_part(text[at + word.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::{Tree, has_word, without_comment};

    #[test]
    fn code_leaves_out_comments_and_inline_tests() {
        let text = "let a = 1; // one\n#[cfg(test)]\nmod tests {\n    now();\n}\n";
        let tree = Tree::sample(&[("crates/domain/src/a.rs", text)]);
        let code: Vec<_> = tree.files().flat_map(|file| file.code()).collect();
        assert_eq!(code, [(1, "let a = 1; ")]);
    }

    #[test]
    fn an_address_is_not_a_comment() {
        assert_eq!(without_comment("get(\"http://a\") // why"), "get(\"http://a\") ");
    }

    #[test]
    fn a_word_has_no_letters_beside_it() {
        assert!(has_word("from pages where", "pages"));
        assert!(!has_word("from pages_old where", "pages"));
    }
}
