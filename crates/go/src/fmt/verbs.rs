//! `printf`.

use super::{Flags, Out, show, value};
use crate::template::value::{Int, Value};

/// Go ignores a width or precision beyond this.
const WIDTH_MAX: usize = 1_000_000;

/// Returns `values` in the form that `format` says, as Go's `Sprintf`.
///
/// What does not fit together is said in the text, as Go does: `%!d(string=x)`, `%!d(MISSING)`, `%!(EXTRA int=1)`.
pub fn printf(format: &str, values: &[Value], bytes_max: usize) -> Result<String, String> {
    let mut printer =
        Printer { out: Out::new(bytes_max), values, next: 0, reordered: false, bad_index: false };
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        printer.out.push(&rest[..at]);
        rest = printer.verb(&rest[at + 1..]);
        if printer.out.is_full() {
            break;
        }
    }
    printer.out.push(rest);
    printer.extra();
    printer.out.finish()
}

struct Printer<'v> {
    out: Out,
    values: &'v [Value],
    next: usize,
    /// Whether the format chose values by number: then none is said to be left over.
    reordered: bool,
    bad_index: bool,
}

impl Printer<'_> {
    /// One verb, behind its percent sign; returns what follows it.
    fn verb<'f>(&mut self, text: &'f str) -> &'f str {
        let mut flags = Flags::default();
        self.bad_index = false;
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            match letter {
                '#' => flags.sharp = true,
                '0' => flags.zero = true,
                '+' => flags.plus = true,
                '-' => flags.minus = true,
                ' ' => flags.space = true,
                _ => break,
            }
            rest = &rest[1..];
        }
        rest = self.index(rest);
        if let Some(after) = rest.strip_prefix('*') {
            rest = after;
            match self.star() {
                Some(width) => {
                    flags.minus |= width < 0;
                    flags.width = Some(usize::try_from(width.unsigned_abs()).unwrap_or(0));
                }
                None => self.out.push("%!(BADWIDTH)"),
            }
            rest = self.index(rest);
        } else {
            (flags.width, rest) = number(rest);
        }
        if let Some(after) = rest.strip_prefix('.') {
            rest = self.index(after);
            if let Some(after) = rest.strip_prefix('*') {
                rest = after;
                let precision = self.star().and_then(|number| usize::try_from(number).ok());
                flags.precision = precision;
                if precision.is_none() {
                    self.out.push("%!(BADPREC)");
                }
                rest = self.index(rest);
            } else {
                let (precision, after) = number(rest);
                flags.precision = Some(precision.unwrap_or(0));
                rest = after;
            }
        }
        let Some(verb) = rest.chars().next() else {
            self.out.push("%!(NOVERB)");
            return rest;
        };
        self.one(verb, flags);
        &rest[verb.len_utf8()..]
    }

    fn one(&mut self, verb: char, mut flags: Flags) {
        if verb == '%' {
            return self.out.push("%");
        }
        if self.bad_index {
            return self.out.push(&format!("%!{verb}(BADINDEX)"));
        }
        let Some(one) = self.values.get(self.next) else {
            return self.out.push(&format!("%!{verb}(MISSING)"));
        };
        self.next += 1;
        if verb == 'v' {
            flags.program = std::mem::take(&mut flags.sharp);
            flags.names = flags.plus && !flags.program;
            flags.plus = false;
        }
        if verb == 'T' {
            return show(&mut self.out, &Value::text(one.type_name()), 's', flags);
        }
        show(&mut self.out, one, verb, flags);
    }

    /// `[2]`: which value comes next.
    fn index<'f>(&mut self, text: &'f str) -> &'f str {
        let Some((inside, after)) = text.strip_prefix('[').and_then(|text| text.split_once(']'))
        else {
            return text;
        };
        self.reordered = true;
        match inside.parse::<usize>() {
            Ok(index) if (1..=self.values.len()).contains(&index) => self.next = index - 1,
            Ok(_) | Err(_) => self.bad_index = true,
        }
        after
    }

    fn star(&mut self) -> Option<i64> {
        let given = self.values.get(self.next)?;
        self.next += 1;
        let fits = |number: &i64| number.unsigned_abs() <= WIDTH_MAX as u64;
        if let Value::Int(number, Int::Int | Int::Int32 | Int::Int64 | Int::Byte) = given {
            Some(*number).filter(fits)
        } else {
            None
        }
    }

    fn extra(&mut self) {
        if self.reordered || self.next >= self.values.len() {
            return;
        }
        self.out.push("%!(EXTRA ");
        for (at, one) in self.values[self.next..].iter().enumerate() {
            self.out.push(if at > 0 { ", " } else { "" });
            if matches!(one, Value::Missing | Value::Nil) {
                self.out.push("<nil>");
            } else {
                self.out.push(one.type_name());
                self.out.push("=");
                value(&mut self.out, one);
            }
        }
        self.out.push(")");
    }
}

/// Digits at the start, and what follows them.
fn number(text: &str) -> (Option<usize>, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = text[..digits].parse().ok().filter(|number| *number <= WIDTH_MAX);
    (number, &text[digits..])
}
