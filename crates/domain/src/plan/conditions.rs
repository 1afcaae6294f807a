//! Conditions on labels as the plan's files write them: `matchers`, and the older `match` and `match_re`.

use crate::matchers::parse::{self, Dialects};
use crate::matchers::{Matcher, Matchers, Op};

use super::fields::{self, Fields, Word};
use super::findings::{Fault, Findings, Place};
use super::yaml::Style;

/// Under which keys conditions stand; all of them must hold.
pub(super) struct Keys {
    /// A list of texts, each with any number of matchers.
    pub(super) matchers: &'static str,
    /// A map from labels to values.
    pub(super) equal: &'static str,
    /// A map from labels to patterns.
    pub(super) pattern: &'static str,
}

/// Reads conditions, sorted as group keys have them.
pub(super) fn read(fields: &mut Fields<'_>, keys: &Keys, out: &mut Findings<'_>) -> Matchers {
    let mut all = matchers(fields, keys.matchers, out);
    for (key, op) in [(keys.equal, Op::Equals), (keys.pattern, Op::Fits)] {
        for entry in fields.map(key, out) {
            out.check(entry.at, label(&entry.key));
            let name = format!("`{}`", entry.key);
            let value = match op {
                Op::Equals | Op::EqualsNot => fields::text(&entry.value, &name, out),
                Op::Fits | Op::FitsNot => fields::word(&entry.value, &name, out),
            };
            let Some(value) = value else { continue };
            // The original keeps the pattern anchored, and group keys show it so.
            let anchored = format!("^(?:{})$", value.text);
            let text = if op == Op::Fits { &anchored } else { value.text };
            let fault = |why| Fault::new(why, "mend the pattern");
            // A pattern that would close the anchor's bracket is wrong by itself.
            let alone = Matcher::new(&entry.key, op, value.text).map_err(fault);
            if out.check(value.at, alone).is_some() {
                all.0.extend(Matcher::new(&entry.key, op, text));
            }
        }
    }
    all.sort();
    all
}

/// Checks a label's name under one of the older keys, which know no others.
fn label(name: &str) -> Result<(), Fault> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let starts = name.starts_with(|c: char| !c.is_ascii_digit());
    if starts && name.chars().all(fits) {
        return Ok(());
    }
    let what = format!("`{name}` is no label's name here");
    Err(Fault::new(what, "use letters, digits and `_`, or write the condition under `matchers`"))
}

/// Reads the list of matchers under `key`, in the order of the file.
pub(super) fn matchers(
    fields: &mut Fields<'_>,
    key: &'static str,
    out: &mut Findings<'_>,
) -> Matchers {
    let mut all = Vec::new();
    for word in fields.words(key, out) {
        match parse::either(word.text) {
            Ok((found, dialects)) => {
                let quoted: Vec<&Matcher> = found.0.iter().filter(|m| is_quoted(m)).collect();
                quoted.iter().for_each(|matcher| warn_quotes(matcher, word, out));
                if quoted.is_empty() {
                    warn_dialect(dialects, word, out);
                }
                all.extend(found.0);
            }
            Err(error) => {
                let at = inside(word, error.at, out);
                let mend = "write it as in `severity=\"critical\"` or `job=~\"api|web\"`";
                out.error(at, format!("this is no matcher: {}", error.why), mend);
            }
        }
    }
    Matchers(all)
}

/// Returns the place of a letter inside of a word, when the word is spelled in the file as it is meant.
fn inside(word: Word<'_>, letter: usize, out: &Findings<'_>) -> Place {
    let start = usize::try_from(word.at.column.saturating_sub(1)).unwrap_or(0);
    let line = out.raw_line(word.at);
    let quote = usize::from(word.style != Style::Plain);
    let spelled = line.char_indices().nth(start + quote).map_or("", |(byte, _)| &line[byte..]);
    if spelled.starts_with(word.text) { word.at.plus(quote + letter) } else { word.at }
}

fn warn_dialect(dialects: Dialects, word: Word<'_>, out: &mut Findings<'_>) {
    let what = match dialects {
        Dialects::Agree => return,
        Dialects::Classic => "only the older way of writing matchers understands this",
        Dialects::Differ => {
            "the older and the newer way of writing matchers read this differently; the older one counts"
        }
    };
    out.warn(word.at, what, "put double quotes round the value, and write `\\\\` for a `\\`");
}

/// Tells whether the value seems to be in single quotes, which belong to it.
fn is_quoted(matcher: &Matcher) -> bool {
    let value = &matcher.value;
    value.len() > 1 && value.starts_with('\'') && value.ends_with('\'')
}

fn warn_quotes(matcher: &Matcher, word: Word<'_>, out: &mut Findings<'_>) {
    let what =
        format!("the single quotes belong to the value that `{}` is compared with", matcher.name);
    out.warn(word.at, what, "use double quotes inside of the matcher");
}
