//! What is wrong or doubtful in the plan's files, gathered while they are read.

use std::collections::BTreeMap;

use super::{Problem, mask};

/// A place in a file; line and column from 1, or 0 for the file as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) file: &'static str,
    pub(super) line: u64,
    pub(super) column: u64,
}

impl Place {
    /// Returns the place `letters` further on the same line.
    pub(super) fn plus(self, letters: usize) -> Self {
        Self { column: self.column + letters as u64, ..self }
    }
}

/// What is wrong with a value, and how to mend it: the place is known by whoever asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) what: String,
    pub(super) mend: String,
}

impl Fault {
    /// Makes one.
    pub(super) fn new(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what: what.into(), mend: mend.into() }
    }
}

/// All problems so far, and the lines to show with them.
pub(super) struct Findings<'p> {
    files: &'p BTreeMap<String, String>,
    /// Lines as they may be shown, by file; filled when first needed.
    shown: BTreeMap<&'static str, Vec<String>>,
    errors: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl<'p> Findings<'p> {
    /// Starts with none.
    pub(super) fn new(files: &'p BTreeMap<String, String>) -> Self {
        Self { files, shown: BTreeMap::new(), errors: Vec::new(), warnings: Vec::new() }
    }

    /// Adds what refuses the plan.
    pub(super) fn error(&mut self, at: Place, what: impl Into<String>, mend: impl Into<String>) {
        let problem = self.problem(at, what.into(), mend.into());
        self.errors.push(problem);
    }

    /// Adds what is legal and yet doubtful.
    pub(super) fn warn(&mut self, at: Place, what: impl Into<String>, mend: impl Into<String>) {
        let problem = self.problem(at, what.into(), mend.into());
        self.warnings.push(problem);
    }

    /// Returns the value, or adds its fault.
    pub(super) fn check<T>(&mut self, at: Place, value: Result<T, Fault>) -> Option<T> {
        value.map_err(|fault| self.error(at, fault.what, fault.mend)).ok()
    }

    /// Tells whether the plan has this file.
    pub(super) fn has_file(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Returns the plan's files by path.
    pub(super) fn files(&self) -> &'p BTreeMap<String, String> {
        self.files
    }

    /// Returns the paths of the plan's files, sorted.
    pub(super) fn paths(&self) -> impl Iterator<Item = &'p str> {
        self.files.keys().map(String::as_str)
    }

    /// Returns a line of a file as it is written.
    pub(super) fn raw_line(&self, at: Place) -> &'p str {
        let line = usize::try_from(at.line.saturating_sub(1)).unwrap_or(usize::MAX);
        self.files.get(at.file).and_then(|text| text.lines().nth(line)).unwrap_or_default()
    }

    /// Returns the warnings, or every error; both sorted by file and place.
    pub(super) fn finish(mut self) -> Result<Vec<Problem>, Vec<Problem>> {
        for problems in [&mut self.errors, &mut self.warnings] {
            problems.sort();
            problems.dedup();
        }
        if self.errors.is_empty() { Ok(self.warnings) } else { Err(self.errors) }
    }

    fn problem(&mut self, at: Place, what: String, mend: String) -> Problem {
        let files = self.files;
        let lines = self.shown.entry(at.file).or_insert_with(|| {
            files.get(at.file).map(|text| mask::lines(text)).unwrap_or_default()
        });
        let line = at.line.checked_sub(1).and_then(|line| usize::try_from(line).ok());
        let source = line.and_then(|line| lines.get(line)).cloned().unwrap_or_default();
        let Place { file, line, column } = at;
        Problem { file: file.to_owned(), line, column, what, mend, source }
    }
}
