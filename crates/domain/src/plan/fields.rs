//! Taking the fields of a map one by one, each with its type; what nobody took is an unknown key.

use super::findings::{Fault, Findings, Place};
use super::yaml::{Entry, Kind, Node, Style};
use super::{names, values};

/// A word of the file with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'n> {
    pub(super) text: &'n str,
    pub(super) at: Place,
    pub(super) style: Style,
}

/// A map that is being taken apart.
pub(super) struct Fields<'n> {
    /// What the map is, for problems: ``person `ana` ``.
    name: String,
    /// Where problems about the whole map are shown.
    pub(super) at: Place,
    entries: &'n [Entry],
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// Opens a map called `name`; problems about all of it are shown at `at`, which is where its key stands.
    pub(super) fn open(
        node: &'n Node,
        name: impl Into<String>,
        at: Place,
        out: &mut Findings<'_>,
    ) -> Option<Self> {
        let name = name.into();
        let entries: &[Entry] = match &node.kind {
            Kind::Map(entries) => entries,
            // A key without a value says nothing; whatever is required will be missed.
            Kind::Null => &[],
            Kind::Word(..) | Kind::List(_) => {
                out.error(
                    node.at,
                    wrong(&name, "`key: value` lines", node),
                    "write a key and a colon first",
                );
                return None;
            }
        };
        Some(Self { name, at, entries, known: Vec::new() })
    }

    /// Returns the value under `key`, unless there is none or it is empty.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value).filter(|node| !matches!(node.kind, Kind::Null))
    }

    /// Returns where `key` stands, or the map's own place.
    pub(super) fn place(&self, key: &str) -> Place {
        self.entries.iter().find(|entry| entry.key == key).map_or(self.at, |entry| entry.at)
    }

    /// Tells whether `key` has no value, or an empty list or map; a value of another kind has its own problem.
    pub(super) fn is_empty(&mut self, key: &'static str) -> bool {
        match self.get(key).map(|node| &node.kind) {
            None => true,
            Some(Kind::List(items)) => items.is_empty(),
            Some(Kind::Map(entries)) => entries.is_empty(),
            Some(Kind::Null | Kind::Word(..)) => false,
        }
    }

    /// Returns the word under `key`; another kind of value has its problem where it is read.
    pub(super) fn text(&mut self, key: &'static str) -> Option<&'n str> {
        match &self.get(key)?.kind {
            Kind::Word(text, _) => Some(text),
            Kind::Null | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// Tells whether `key` stands there without a value.
    pub(super) fn is_null(&mut self, key: &'static str) -> bool {
        self.entry(key).is_some_and(|entry| matches!(entry.value.kind, Kind::Null))
    }

    /// Tells whether anything is written under `key`.
    pub(super) fn has(&mut self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    /// Tells whether anything but an empty text is written under `key`.
    pub(super) fn says(&mut self, key: &'static str) -> bool {
        self.has(key) && self.text(key) != Some("")
    }

    /// Returns the word under `key`; another kind of value is an error.
    pub(super) fn word(&mut self, key: &'static str, out: &mut Findings<'_>) -> Option<Word<'n>> {
        let node = self.get(key)?;
        word(node, &format!("`{key}`"), out)
    }

    /// Returns the word under `key`; none at all is an error with this mend.
    pub(super) fn required(
        &mut self,
        key: &'static str,
        mend: &str,
        out: &mut Findings<'_>,
    ) -> Option<Word<'n>> {
        if !self.has(key) {
            self.missing(key, mend, out);
            return None;
        }
        self.word(key, out)
    }

    /// Adds the error that `key` is missing.
    pub(super) fn missing(&self, key: &str, mend: &str, out: &mut Findings<'_>) {
        let at = self.place(key);
        out.error(at, format!("{} has no `{key}`", self.name), mend);
    }

    /// Returns the value under `key` as `read` understands it.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, Fault>,
        out: &mut Findings<'_>,
    ) -> Option<T> {
        let word = self.word(key, out)?;
        out.check(word.at, read(word.text))
    }

    /// Returns the truth value under `key`, or `default`.
    pub(super) fn truth(
        &mut self,
        key: &'static str,
        default: bool,
        out: &mut Findings<'_>,
    ) -> bool {
        let read = self.word(key, out).and_then(|word| {
            out.check(word.at, values::truth(key, word.text, word.style == Style::Plain))
        });
        read.unwrap_or(default)
    }

    /// Returns the whole number under `key`, from 0 to `max`.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        max: u32,
        out: &mut Findings<'_>,
    ) -> Option<u32> {
        let read = |text: &str| {
            text.parse().ok().filter(|number| *number <= max).ok_or_else(|| {
                let what = format!("`{key}` must be a whole number from 0 to {max}, not `{text}`");
                Fault::new(what, "write such a number")
            })
        };
        self.parsed(key, read, out)
    }

    /// Returns the values of the list under `key`; empty when there is none.
    pub(super) fn list(&mut self, key: &'static str, out: &mut Findings<'_>) -> &'n [Node] {
        let Some(node) = self.get(key) else { return &[] };
        if let Kind::List(items) = &node.kind {
            return items;
        }
        out.error(
            node.at,
            wrong(&format!("`{key}`"), "a list", node),
            "write `[a, b]`, or a line `- a` for each",
        );
        &[]
    }

    /// Returns the words of the list under `key`; empty when there is none.
    pub(super) fn words(&mut self, key: &'static str, out: &mut Findings<'_>) -> Vec<Word<'n>> {
        let items = self.list(key, out);
        items.iter().filter_map(|item| word(item, &format!("an entry of `{key}`"), out)).collect()
    }

    /// Returns the entries of the map under `key`; empty when there is none.
    pub(super) fn map(&mut self, key: &'static str, out: &mut Findings<'_>) -> &'n [Entry] {
        let Some(node) = self.get(key) else { return &[] };
        if let Kind::Map(entries) = &node.kind {
            return entries;
        }
        out.error(
            node.at,
            wrong(&format!("`{key}`"), "`key: value` lines", node),
            "write a key and a colon first",
        );
        &[]
    }

    /// Ends the taking: what is left is unknown.
    pub(super) fn finish(self, out: &mut Findings<'_>) {
        for entry in self.entries {
            if !self.known.contains(&entry.key.as_str()) {
                let what = format!("{} has no key `{}`", self.name, entry.key);
                out.error(
                    entry.at,
                    what,
                    names::mend(&entry.key, self.known.iter().copied(), "remove it"),
                );
            }
        }
    }

    fn entry(&mut self, key: &'static str) -> Option<&'n Entry> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.entries.iter().find(|entry| entry.key == key)
    }
}

/// Returns a value that must be a word, or nothing, which is the empty text.
pub(super) fn text<'n>(node: &'n Node, name: &str, out: &mut Findings<'_>) -> Option<Word<'n>> {
    match &node.kind {
        Kind::Null => Some(Word { text: "", at: node.at, style: Style::Plain }),
        Kind::Word(..) | Kind::List(_) | Kind::Map(_) => word(node, name, out),
    }
}

/// Returns a value that must be a word.
pub(super) fn word<'n>(node: &'n Node, name: &str, out: &mut Findings<'_>) -> Option<Word<'n>> {
    if let Kind::Word(text, style) = &node.kind {
        return Some(Word { text, at: node.at, style: *style });
    }
    out.error(
        node.at,
        wrong(name, "one word or text", node),
        "write one value, in quotes if it has special signs",
    );
    None
}

fn wrong(name: &str, wanted: &str, node: &Node) -> String {
    let found = match node.kind {
        Kind::Null => "empty",
        Kind::Word(..) => "a single word",
        Kind::List(_) => "a list",
        Kind::Map(_) => "`key: value` lines",
    };
    format!("{name} must be {wanted}, but is {found}")
}
