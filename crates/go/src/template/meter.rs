//! What one execution may cost.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};

use super::{OUTPUT_BYTES_MAX, STEPS_MAX};
use crate::regexp;

/// Counts what an execution does, so that a hostile template ends.
#[derive(Debug)]
pub struct Meter {
    steps: Cell<u64>,
    regexes: RefCell<HashMap<String, Rc<Regex>>>,
}

/// A step pays for so many bytes of text that a function makes or reads.
const BYTES_PER_STEP: usize = 8;

/// A compiled pattern is at most so large, in bytes.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// What compiling a pattern costs, in steps.
const REGEX_STEPS: u64 = 20_000;

impl Meter {
    pub(super) fn new() -> Meter {
        Meter { steps: Cell::new(0), regexes: RefCell::default() }
    }

    /// Pays for something that takes that many steps; fails when there are none left.
    pub fn spend(&self, steps: u64) -> Result<(), String> {
        self.steps.set(self.steps.get().saturating_add(steps));
        if self.steps.get() > STEPS_MAX {
            return Err(format!("the template takes more than {STEPS_MAX} steps"));
        }
        Ok(())
    }

    /// Pays for text of that many bytes; fails also when it is too long for any output.
    pub fn spend_bytes(&self, bytes: usize) -> Result<(), String> {
        if bytes > OUTPUT_BYTES_MAX {
            return Err(format!("the text is longer than {OUTPUT_BYTES_MAX} bytes"));
        }
        self.spend((bytes / BYTES_PER_STEP) as u64)
    }

    /// Returns a pattern in Go's dialect, compiled once for each execution, and pays for running it over `text`.
    ///
    /// Fails with the words of Go's `regexp.Compile`.
    pub fn regex(&self, pattern: &str, text: &str) -> Result<Rc<Regex>, String> {
        self.spend_bytes(text.len())?;
        self.spend((text.len() / 64 * (pattern.len() / 16)) as u64)?;
        if let Some(known) = self.regexes.borrow().get(pattern) {
            return Ok(Rc::clone(known));
        }
        self.spend(REGEX_STEPS + pattern.len() as u64)?;
        let failed = |why: &str| format!("regexp: Compile(`{pattern}`): {why}");
        let translated = regexp::translate_capturing(pattern).map_err(|why| failed(&why))?;
        let built = RegexBuilder::new(&translated).size_limit(REGEX_BYTES_MAX).build();
        let regex = built.map(Rc::new).map_err(|error| {
            let text = error.to_string();
            failed(text.lines().last().unwrap_or_default().trim_start_matches("error: "))
        })?;
        self.regexes.borrow_mut().insert(pattern.to_owned(), Rc::clone(&regex));
        Ok(regex)
    }
}
