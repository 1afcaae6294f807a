//! Go's `text/template` and `html/template`.
//!
//! A [`Set`] holds named templates that may include each other. Text is executed over a [`value::Value`] tree.
//! Messages are Go's, word for word where users compare them. An execution is bounded by the limits below, and
//! neither reads a clock nor does anything else: `now` is an argument.
//!
//! What differs from Go: text is UTF-8 (a byte that is none becomes U+FFFD); there are no complex numbers, functions
//! as values, channels and pointers; contexts of html are followed while executing, not before.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

mod builtin;
mod compare;
mod exec;
mod html;
mod lex;
pub mod meter;
mod node;
mod parse;
mod timely;
pub mod value;

use self::node::Tree;
use self::value::{Function, Value};

/// An execution writes at most so many bytes.
pub const OUTPUT_BYTES_MAX: usize = 16 << 20;

/// An execution takes at most so many steps: a statement, a command or a turn of a loop is one, text costs by length.
pub const STEPS_MAX: u64 = 5_000_000;

/// Actions and parentheses of one template are nested at most so deep.
pub const NESTING_MAX: usize = 100;

/// Templates that include each other, and what is nested in them, are at most so deep together.
pub const DEPTH_MAX: usize = 200;

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The name of the text.
    pub name: String,
    /// The line, from 1.
    pub line: usize,
    /// The reason alone.
    pub why: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template: {}:{}: {}", self.name, self.line, self.why)
    }
}

/// What is made of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text as it is.
    Text,
    /// Markup: every value is escaped for the place where it stands.
    Html,
}

/// Named templates and the functions that they may call.
#[derive(Clone)]
pub struct Set {
    trees: BTreeMap<Arc<str>, Arc<Tree>>,
    functions: &'static [Function],
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.trees.keys()).finish()
    }
}

impl Set {
    /// Makes an empty set whose templates may call `functions` beside Go's own.
    pub fn new(functions: &'static [Function]) -> Set {
        Set { trees: BTreeMap::new(), functions }
    }

    /// Adds `text` as the template `name`, and what it defines.
    ///
    /// A definition replaces one of the same name, unless it is empty and the other is not.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), ParseError> {
        for tree in self.parse(name, text)? {
            let old = self.trees.get(&tree.name);
            if old.is_none() || !tree.is_empty() {
                self.trees.insert(Arc::clone(&tree.name), Arc::new(tree));
            }
        }
        Ok(())
    }

    /// Tells whether `text` is a template.
    pub fn check(&self, text: &str) -> Result<(), ParseError> {
        self.parse("", text).map(|_| ())
    }

    /// Iterates over the names of the templates, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.trees.keys().map(|name| &**name)
    }

    /// Reads `text` and executes it over `root`. The error is a sentence with Go's words and the place.
    pub fn execute(
        &self,
        text: &str,
        format: Format,
        root: &Value,
        now: Timestamp,
    ) -> Result<String, String> {
        let own = self.parse("", text).map_err(|error| error.to_string())?;
        exec::execute(self, &own, format, root, now)
    }

    fn parse(&self, name: &str, text: &str) -> Result<Vec<Tree>, ParseError> {
        parse::parse(name, text, &|name| self.function(name).is_some())
    }

    fn function(&self, name: &str) -> Option<&'static Function> {
        let named = |function: &&Function| function.name == name;
        self.functions.iter().find(named).or_else(|| builtin::FUNCTIONS.iter().find(named))
    }
}

#[cfg(test)]
mod tests;
