//! Go's `fmt`: how values print.

use crate::quote::{quoted, quoted_ascii};
use crate::template::value::{Int, Value};

mod number;
mod verbs;

pub use verbs::printf;

/// Text with an upper bound: what goes beyond it is dropped, and [`Out::is_full`] says so.
#[derive(Debug)]
pub struct Out {
    text: String,
    max: usize,
    full: bool,
}

impl Out {
    /// Makes an empty text of at most `max` bytes.
    pub fn new(max: usize) -> Out {
        Out { text: String::new(), max, full: false }
    }

    /// Appends `text` if there is room.
    pub fn push(&mut self, text: &str) {
        if self.full || self.text.len() + text.len() > self.max {
            self.full = true;
        } else {
            self.text.push_str(text);
        }
    }

    /// Appends `letter` that many times.
    fn repeat(&mut self, letter: char, times: usize) {
        if self.full || self.text.len() + times * letter.len_utf8() > self.max {
            self.full = true;
        } else {
            self.text.extend(std::iter::repeat_n(letter, times));
        }
    }

    /// Tells whether something did not fit.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Returns how many bytes there are.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Tells whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns the text, or the reason when something did not fit.
    pub fn finish(self) -> Result<String, String> {
        if self.full {
            return Err(format!("the text is longer than {} bytes", self.max));
        }
        Ok(self.text)
    }
}

/// How a value is to be written.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    width: Option<usize>,
    precision: Option<usize>,
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    /// `%+v`: with the names of fields.
    names: bool,
    /// `%#v`: as it would be written in a program.
    program: bool,
}

/// Appends `value` as `%v` writes it.
pub fn value(out: &mut Out, value: &Value) {
    show(out, value, 'v', Flags::default());
}

/// Returns `values` as Go's `Sprint`: with a space between two that are no texts.
pub fn print(values: &[Value], bytes_max: usize) -> Result<String, String> {
    let mut out = Out::new(bytes_max);
    let is_text = |value: &Value| matches!(value, Value::Text(..));
    for (at, one) in values.iter().enumerate() {
        if at > 0 && !is_text(one) && !is_text(&values[at - 1]) {
            out.push(" ");
        }
        value(&mut out, one);
    }
    out.finish()
}

/// Returns `values` as Go's `Sprintln`: with spaces between them and a newline.
pub fn println(values: &[Value], bytes_max: usize) -> Result<String, String> {
    let mut out = Out::new(bytes_max);
    for (at, one) in values.iter().enumerate() {
        out.push(if at > 0 { " " } else { "" });
        value(&mut out, one);
    }
    out.push("\n");
    out.finish()
}

/// Returns seconds as Prometheus shows them: `1d 2h 3m 4s`, `12.5s`, `1.5ms`.
pub fn human_duration(seconds: f64) -> String {
    use number::four_digits;
    if !seconds.is_finite() {
        return four_digits(seconds);
    }
    if seconds == 0.0 {
        return "0s".into();
    }
    if seconds.abs() < 1.0 {
        let (mut left, mut unit) = (seconds, "");
        for prefix in ["m", "u", "n", "p", "f", "a", "z", "y"] {
            if left.abs() >= 1.0 {
                break;
            }
            (left, unit) = (left * 1_000.0, prefix);
        }
        return format!("{}{unit}s", four_digits(left));
    }
    let sign = if seconds < 0.0 { "-" } else { "" };
    let whole = seconds.abs() as u64;
    let [days, hours, minutes, rest] =
        [whole / 86_400, whole / 3_600 % 24, whole / 60 % 60, whole % 60];
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{sign}{}s", four_digits(seconds.abs())),
        (0, 0, _) => format!("{sign}{minutes}m {rest}s"),
        (0, ..) => format!("{sign}{hours}h {minutes}m {rest}s"),
        _ => format!("{sign}{days}d {hours}h {minutes}m {rest}s"),
    }
}

/// Writes one value by a verb.
fn show(out: &mut Out, value: &Value, verb: char, flags: Flags) {
    if out.is_full() {
        return;
    }
    if !flags.program
        && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q')
        && let Some(text) = own_text(value)
    {
        return text_by(out, &text, verb, flags, value);
    }
    match value {
        Value::Missing | Value::Nil if verb == 'v' => pad(out, "<nil>", flags),
        Value::Missing | Value::Nil => out.push(&format!("%!{verb}(<nil>)")),
        Value::Bool(on) if matches!(verb, 't' | 'v') => pad(out, &on.to_string(), flags),
        Value::Int(number, _) => number::int(out, *number, verb, flags, value),
        Value::Float(number) => number::float(out, *number, verb, flags, value),
        Value::Text(text, _) => text_by(out, text, verb, flags, value),
        Value::List(list) => {
            let (open, close) = if flags.program { ("{", "}") } else { ("[", "]") };
            out.push(if flags.program { list.of.name } else { "" });
            out.push(open);
            for (at, item) in list.items.iter().enumerate() {
                between(out, at, flags);
                show(out, item, verb, flags);
            }
            out.push(close);
        }
        Value::Map(map) => {
            out.push(if flags.program { map.of.name } else { "map" });
            out.push(if flags.program { "{" } else { "[" });
            for (at, (name, item)) in map.entries.iter().enumerate() {
                between(out, at, flags);
                show(out, &Value::text(std::sync::Arc::clone(name)), verb, flags);
                out.push(":");
                show(out, item, verb, flags);
            }
            out.push(if flags.program { "}" } else { "]" });
        }
        Value::Struct(object) => {
            out.push(if flags.program { object.of.name } else { "" });
            out.push("{");
            for (at, (name, _, item)) in object.fields.iter().enumerate() {
                between(out, at, flags);
                if flags.names || flags.program {
                    out.push(name);
                    out.push(":");
                }
                show(out, item, verb, flags);
            }
            out.push("}");
        }
        Value::Bool(_) | Value::Time(_) => wrong_verb(out, value, verb, flags),
    }
}

fn between(out: &mut Out, at: usize, flags: Flags) {
    if at > 0 {
        out.push(if flags.program { ", " } else { " " });
    }
}

/// The text of a type that prints itself.
fn own_text(value: &Value) -> Option<String> {
    use crate::time::{DAYS, MONTHS, duration};
    let named = |names: &[&str], index: i64, kind: &str| {
        let name = usize::try_from(index).ok().and_then(|index| names.get(index));
        name.map_or_else(|| format!("%!{kind}({index})"), ToString::to_string)
    };
    match value {
        Value::Time(time) => Some(time.text()),
        Value::Int(number, Int::Duration) => Some(duration(*number)),
        Value::Int(number, Int::Month) if *number < 1 => Some(format!("%!Month({number})")),
        Value::Int(number, Int::Month) => Some(named(&MONTHS, number - 1, "Month")),
        Value::Int(number, Int::Weekday) => Some(named(&DAYS, *number, "Weekday")),
        Value::List(_) | Value::Map(_) | Value::Struct(_) => {
            value.of().and_then(|of| of.print).map(|print| print(value))
        }
        Value::Int(_, Int::Int | Int::Int32 | Int::Int64 | Int::Byte)
        | Value::Missing
        | Value::Nil
        | Value::Bool(_)
        | Value::Float(_)
        | Value::Text(..) => None,
    }
}

/// Writes text by a verb.
fn text_by(out: &mut Out, text: &str, verb: char, flags: Flags, value: &Value) {
    let cut = |text: &str| match flags.precision {
        Some(letters) => text.chars().take(letters).collect(),
        None => text.to_owned(),
    };
    match verb {
        'v' if flags.program => pad(out, &quoted(text), flags),
        'v' | 's' => pad(out, &cut(text), flags),
        'q' if flags.sharp && !text.contains('`') => {
            pad(out, &format!("`{}`", cut(text)), flags);
        }
        'q' if flags.plus => pad(out, &quoted_ascii(&cut(text)), flags),
        'q' => pad(out, &quoted(&cut(text)), flags),
        'x' | 'X' => {
            let bytes = &text.as_bytes()[..flags.precision.unwrap_or(usize::MAX).min(text.len())];
            let mut hexadecimal = String::with_capacity(bytes.len() * 2);
            for (at, byte) in bytes.iter().enumerate() {
                hexadecimal.push_str(if at > 0 && flags.space { " " } else { "" });
                let prefix = flags.sharp && (at == 0 || flags.space);
                hexadecimal.push_str(if prefix { "0x" } else { "" });
                hexadecimal.push_str(&format!("{byte:02x}"));
            }
            let upper = verb == 'X';
            pad(out, &if upper { hexadecimal.to_uppercase() } else { hexadecimal }, flags);
        }
        _ => wrong_verb(out, value, verb, flags),
    }
}

/// `%!d(string=x)`
fn wrong_verb(out: &mut Out, wrong: &Value, verb: char, flags: Flags) {
    out.push(&format!("%!{verb}({}=", wrong.type_name()));
    show(out, wrong, 'v', flags);
    out.push(")");
}

/// Writes `text` at least as wide as asked for.
fn pad(out: &mut Out, text: &str, flags: Flags) {
    let missing = flags.width.unwrap_or(0).saturating_sub(text.chars().count());
    let fill = if flags.zero && !flags.minus { '0' } else { ' ' };
    if !flags.minus {
        out.repeat(fill, missing);
    }
    out.push(text);
    if flags.minus {
        out.repeat(' ', missing);
    }
}
