//! Templates of messages: Alertmanager's data and functions over Go's template language, and the default texts.
//!
//! Names and output of the default templates are Alertmanager's, so that files written for it work here and receivers
//! read the same. The instant that `now` and `since` speak of is part of the data: nothing here reads a clock.

use std::fmt;
use std::sync::LazyLock;

use stentor_go::template::{Format, ParseError, Set};

mod data;
mod functions;

pub use data::Data;

/// The default templates, and those of the plan over them.
#[derive(Clone, Debug)]
pub struct Templates {
    set: Set,
}

/// Why a file is no template, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file; empty for a text that is in none.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The reason alone.
    pub why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.why)
    }
}

static DEFAULTS: LazyLock<Set> = LazyLock::new(|| {
    let mut set = Set::new(functions::FUNCTIONS);
    for text in [include_str!("template/default.tmpl"), include_str!("template/email.tmpl")] {
        set.add("", text).expect("a test executes each default template");
    }
    set
});

impl Default for Templates {
    /// The default templates alone.
    fn default() -> Self {
        Templates { set: DEFAULTS.clone() }
    }
}

impl Templates {
    /// Reads files of definitions, given as path and text, over the default templates.
    ///
    /// A definition replaces an earlier one of its name, unless it is empty. The text of a file outside of its
    /// definitions is a template too, with the file's name. Fails at the first fault.
    pub fn read(files: &[(String, String)]) -> Result<Templates, Fault> {
        let mut templates = Templates::default();
        for (path, text) in files {
            let name = path.rsplit('/').next().unwrap_or(path);
            templates.set.add(name, text).map_err(|error| fault(path, error))?;
        }
        Ok(templates)
    }

    /// Writes `text` as plain text: values stand in it as they are.
    ///
    /// The error is one sentence in Go's words, which names the place.
    pub fn text(&self, text: &str, data: &Data) -> Result<String, String> {
        self.execute(text, Format::Text, data)
    }

    /// Writes `text` as a page: values are escaped for the place where they stand.
    pub fn html(&self, text: &str, data: &Data) -> Result<String, String> {
        self.execute(text, Format::Html, data)
    }

    fn execute(&self, text: &str, format: Format, data: &Data) -> Result<String, String> {
        if !text.contains("{{") && format == Format::Text {
            return Ok(text.to_owned());
        }
        self.set.execute(text, format, data.root(), data.now())
    }

    /// Tells whether `text` can be read as a template of plain text; the path of a fault is empty.
    pub fn check_text(&self, text: &str) -> Result<(), Fault> {
        self.set.check(text).map_err(|error| fault("", error))
    }

    /// Tells whether `text` can be read as the template of a page.
    pub fn check_html(&self, text: &str) -> Result<(), Fault> {
        self.check_text(text)
    }

    /// Iterates over the names of all templates, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.set.names().filter(|name| !name.is_empty())
    }
}

fn fault(path: &str, error: ParseError) -> Fault {
    Fault { path: path.to_owned(), line: error.line, why: error.why }
}

#[cfg(test)]
mod tests;
