//! What commands print: tables and lists of fields for people, the server's JSON for programs.

use std::io::{self, IsTerminal as _, Write as _};

use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::Value;

use crate::client::Answer;

/// How an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs; indented when a person looks on.
    Json,
}

/// A column of a table or a line of a list of fields: its title, and where in an item its value is.
pub(crate) type Column = (&'static str, &'static str);

/// What stands where there is no value.
const NOTHING: &str = "-";

/// Prints a list: the items of an answer as rows, and a hint when there are more.
pub(crate) fn list(format: Format, answer: &Answer, columns: &[Column]) {
    if format == Format::Json {
        return json(answer);
    }
    let nothing = vec![];
    let items = answer.json.pointer("/items").and_then(Value::as_array).unwrap_or(&nothing);
    if items.is_empty() {
        return note("nothing to show");
    }
    print(&table(columns, items, Style::of_stdout()));
    if answer.json.pointer("/next").is_some_and(|next| !next.is_null()) {
        note("there are more: --limit shows up to 500");
    }
}

/// Prints one thing, a field a line.
pub(crate) fn show(format: Format, answer: &Answer, fields: &[Column]) {
    match format {
        Format::Json => json(answer),
        Format::Table => print(&lines(fields, &answer.json, Style::of_stdout())),
    }
}

/// Prints a table of what a thing contains, under a blank line; nothing when there is none.
pub(crate) fn below(items: Option<&Value>, columns: &[Column]) {
    let items = items.and_then(Value::as_array).filter(|items| !items.is_empty());
    if let Some(items) = items {
        print(&format!("\n{}", table(columns, items, Style::of_stdout())));
    }
}

/// Prints what was done in one sentence, or the answer.
pub(crate) fn done(format: Format, answer: &Answer, sentence: &str) {
    match format {
        Format::Json => json(answer),
        Format::Table => print(&format!("{}\n", clean(sentence))),
    }
}

/// Prints an answer's JSON: as it came, or indented when a person looks on.
pub(crate) fn json(answer: &Answer) {
    if io::stdout().is_terminal() && !answer.json.is_null() {
        return value(&answer.json);
    }
    if !answer.text.is_empty() {
        print(&format!("{}\n", answer.text.trim_end()));
    }
}

/// Prints JSON of our own, indented.
pub(crate) fn value(value: &Value) {
    let text = serde_json::to_string_pretty(value).expect("a JSON value is JSON");
    print(&format!("{text}\n"));
}

/// Writes to the standard output. A reader that has gone is no error: `stentor page list | head -1`.
pub(crate) fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a line for people only to the standard error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// A terminal that did not ask for none.
    Coloured,
    /// A file, a pipe, `NO_COLOR` or a dumb terminal.
    Plain,
}

impl Style {
    /// Looks where the standard output goes.
    pub(crate) fn of_stdout() -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        match io::stdout().is_terminal() && !is_set("NO_COLOR") && !dumb {
            true => Self::Coloured,
            false => Self::Plain,
        }
    }

    /// Makes a text faint.
    pub(crate) fn faint(self, text: &str) -> String {
        match self {
            Self::Coloured => format!("\x1b[2m{text}\x1b[0m"),
            Self::Plain => text.to_owned(),
        }
    }
}

/// A column that is not the last one is at most this wide.
const COLUMN_MAX: usize = 60;

/// Returns a text as wide as a column may be; an ellipsis says that there is more.
fn cut(text: String) -> String {
    match text.char_indices().nth(COLUMN_MAX) {
        Some(_) => text.chars().take(COLUMN_MAX - 1).chain(['…']).collect(),
        None => text,
    }
}

/// Returns rows under aligned columns; the last column is as wide as it needs.
pub(crate) fn table(columns: &[Column], items: &[Value], style: Style) -> String {
    let rows: Vec<Vec<String>> = items
        .iter()
        .map(|item| {
            let last = columns.len().saturating_sub(1);
            let cell = |(i, (_, at)): (usize, &Column)| match i == last {
                true => cell(item.pointer(at)),
                false => cut(cell(item.pointer(at))),
            };
            columns.iter().enumerate().map(cell).collect()
        })
        .collect();
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(i, (title, _))| rows.iter().map(|row| width(&row[i])).fold(width(title), usize::max))
        .collect();
    let line = |cells: Vec<&str>| {
        let mut line = String::new();
        for (text, wide) in cells.iter().zip(&widths) {
            line.push_str(text);
            line.extend(std::iter::repeat_n(' ', wide - width(text) + 2));
        }
        line.trim_end().to_owned()
    };
    let mut out = style.faint(&line(columns.iter().map(|(title, _)| *title).collect()));
    for row in &rows {
        out.push('\n');
        out.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    out.push('\n');
    out
}

/// Returns a field a line, values aligned; fields without a value are left out.
pub(crate) fn lines(fields: &[Column], item: &Value, style: Style) -> String {
    let shown: Vec<(&str, String)> = fields
        .iter()
        .map(|(title, at)| (*title, cell(item.pointer(at))))
        .filter(|(_, text)| text != NOTHING)
        .collect();
    let wide = shown.iter().map(|(title, _)| width(title)).max().unwrap_or(0);
    let mut out = String::new();
    for (title, text) in shown {
        let blanks = " ".repeat(wide - width(title) + 2);
        out.push_str(&format!("{}{blanks}{text}\n", style.faint(title)));
    }
    out
}

/// Returns a value as people read it: a thing by its name, a time to the second, labels as Prometheus writes them.
pub(crate) fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => NOTHING.to_owned(),
        Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) if text.is_empty() => NOTHING.to_owned(),
        Some(Value::String(text)) => time(text).unwrap_or_else(|| clean(text)),
        Some(Value::Array(items)) if items.is_empty() => NOTHING.to_owned(),
        Some(Value::Array(items)) => {
            items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(", ")
        }
        Some(Value::Object(fields)) => match fields.get("name").and_then(Value::as_str) {
            Some(name) => clean(name),
            None => {
                let pair = |(key, value): (&String, &Value)| {
                    format!("{}={}", clean(key), cell(Some(value)))
                };
                fields.iter().map(pair).collect::<Vec<_>>().join(" ")
            }
        },
    }
}

/// Returns an instant in UTC, to the second; `None` for a text that is none.
fn time(text: &str) -> Option<String> {
    // Shorter texts are never instants; this keeps titles away from the parser.
    if text.len() < "2025-06-02T10:04Z".len() || !text.ends_with('Z') {
        return None;
    }
    let at: Timestamp = text.parse().ok()?;
    Some(at.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

/// Replaces what would move the cursor or colour the terminal: labels and titles come from anywhere.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// As [`clean`], and keeps lines and tabs.
pub(crate) fn clean_lines(text: &str) -> String {
    let kept = |c: char| matches!(c, '\n' | '\t') || !c.is_control();
    text.chars().filter(|c| kept(*c)).collect()
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests;
