//! `templates:` of `alertmanager.yml`: patterns of paths, matched as Go matches them.

use super::fields::Fields;
use super::findings::{Fault, Findings};

/// Returns the files that the patterns name with their text: by pattern, then by path. A file that two patterns name
/// comes twice, as it is read twice; the later definition counts.
pub(super) fn read(top: &mut Fields<'_>, out: &mut Findings<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for word in top.words("templates", out) {
        let text = clean(word.text);
        let Some(pattern) = out.check(word.at, Pattern::read(&text)) else { continue };
        let before = found.len();
        for (path, text) in out.files() {
            if pattern.fits(&clean(path)) {
                found.push((path.clone(), text.clone()));
            }
        }
        if found.len() == before {
            let what = format!("no file is called `{}`", word.text);
            let mend = "add one: paths count from the folder of this file, and end in `.tmpl`";
            out.warn(word.at, what, mend);
        }
    }
    found
}

/// Writes a path without `.`, `..` and repeated slashes where they say nothing.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if path.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

struct Pattern(Vec<Piece>);

enum Piece {
    /// Any letters but `/`.
    Many,
    /// One letter but `/`.
    One,
    /// One letter in one of these ranges, or in none of them.
    Set { ranges: Vec<(char, char)>, negated: bool },
    /// This letter.
    Letter(char),
}

impl Pattern {
    fn read(text: &str) -> Result<Self, Fault> {
        let mut letters = text.chars().peekable();
        let mut pieces = Vec::new();
        while let Some(letter) = letters.next() {
            pieces.push(match letter {
                '*' => Piece::Many,
                '?' => Piece::One,
                '[' => set(&mut letters).ok_or_else(|| fault(text))?,
                '\\' => Piece::Letter(letters.next().ok_or_else(|| fault(text))?),
                letter => Piece::Letter(letter),
            });
        }
        Ok(Self(pieces))
    }

    fn fits(&self, path: &str) -> bool {
        let letters: Vec<char> = path.chars().collect();
        // Which beginnings of the path the pieces so far fit.
        let mut reached = vec![false; letters.len() + 1];
        reached[0] = true;
        for piece in &self.0 {
            let mut next = vec![false; letters.len() + 1];
            for at in 0..=letters.len() {
                if !reached[at] {
                    continue;
                }
                if matches!(piece, Piece::Many) {
                    let length = letters[at..].iter().take_while(|c| **c != '/').count();
                    next[at..=at + length].fill(true);
                } else if letters.get(at).is_some_and(|letter| piece.holds(*letter)) {
                    next[at + 1] = true;
                }
            }
            reached = next;
        }
        reached[letters.len()]
    }
}

impl Piece {
    fn holds(&self, letter: char) -> bool {
        match self {
            Self::Many | Self::One => letter != '/',
            Self::Letter(own) => *own == letter,
            Self::Set { ranges, negated } => {
                let within = |(low, high): &(char, char)| (*low..=*high).contains(&letter);
                letter != '/' && ranges.iter().any(within) != *negated
            }
        }
    }
}

fn fault(text: &str) -> Fault {
    let what = format!("`{text}` is no pattern of paths");
    Fault::new(what, "close the `[`, and write `\\\\` for the sign itself")
}

fn set(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Piece> {
    let negated = letters.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        if !ranges.is_empty() && letters.next_if_eq(&']').is_some() {
            return Some(Piece::Set { ranges, negated });
        }
        let low = end_of_range(letters)?;
        let high = match letters.next_if_eq(&'-') {
            Some(_) => end_of_range(letters)?,
            None => low,
        };
        ranges.push((low, high));
    }
}

fn end_of_range(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match letters.next()? {
        '-' | ']' => None,
        '\\' => letters.next(),
        letter => Some(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_go() {
        let table = [
            ("*.tmpl", "a.tmpl", true),
            ("*.tmpl", ".tmpl", true),
            ("*.tmpl", "x/a.tmpl", false),
            ("templates/*.tmpl", "templates/a.tmpl", true),
            ("./templates//*.tmpl", "templates/a.tmpl", true),
            ("a/../templates/*", "templates/a", true),
            ("../x/*.tmpl", "../x/a.tmpl", true),
            ("/etc/*/*.tmpl", "/etc/am/a.tmpl", true),
            ("/etc/*/*.tmpl", "etc/am/a.tmpl", false),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("[a-c]x", "bx", true),
            ("[a-c]x", "dx", false),
            ("[^a-c]x", "dx", true),
            ("[^a-c]", "/", false),
            ("[a-]", "a", false),
            ("[\\-x]", "-", true),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("**", "ab", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("é*", "éa", true),
            ("", "", true),
        ];
        for (pattern, path, fits) in table {
            let read = Pattern::read(&clean(pattern));
            let found = read.is_ok_and(|pattern| pattern.fits(&clean(path)));
            assert_eq!(found, fits, "{pattern} {path}");
        }
        for bad in ["[", "[]", "[]a]", "[a", "[^", "[a-", "[-a]", "a\\", "[a-]"] {
            assert!(Pattern::read(bad).is_err(), "{bad}");
        }
    }
}
