//! JSON as Go's `encoding/json` writes it.

use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use crate::fmt::Out;
use crate::template::value::Value;
use crate::time::format;

/// Returns `value` as Go's `json.Encoder` writes it: `<`, `>`, `&`, U+2028 and U+2029 escaped, a newline at the end.
pub fn line(value: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(1_024);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, GoJson);
    value.serialize(&mut serializer).expect("texts, numbers and lists are always JSON");
    out.push(b'\n');
    out
}

struct GoJson;

impl Formatter for GoJson {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let special = |letter| matches!(letter, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
        let mut rest = fragment;
        while let Some(at) = rest.find(special) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let letter = rest[at..].chars().next().expect("find points at a character");
            write!(writer, "\\u{:04x}", letter as u32)?;
            rest = &rest[at + letter.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        match escape {
            CharEscape::Backspace => writer.write_all(b"\\u0008"),
            CharEscape::FormFeed => writer.write_all(b"\\u000c"),
            CharEscape::Quote
            | CharEscape::ReverseSolidus
            | CharEscape::Solidus
            | CharEscape::LineFeed
            | CharEscape::CarriageReturn
            | CharEscape::Tab
            | CharEscape::AsciiControl(_) => CompactFormatter.write_char_escape(writer, escape),
        }
    }
}

/// Returns a template's value as Go's `json.Marshal` writes it; fails when that is longer than `bytes_max`.
pub fn value(value: &Value, bytes_max: usize) -> Result<String, String> {
    let mut out = Out::new(bytes_max);
    write(&mut out, value);
    out.finish()
}

fn write(out: &mut Out, value: &Value) {
    if out.is_full() {
        return;
    }
    match value {
        Value::Missing | Value::Nil => out.push("null"),
        Value::Bool(on) => out.push(if *on { "true" } else { "false" }),
        Value::Int(number, _) => out.push(&number.to_string()),
        Value::Float(number) => out.push(&float(*number)),
        Value::Text(text, _) => quoted(out, text),
        Value::Time(time) => quoted(out, &format(time, "2006-01-02T15:04:05.999999999Z07:00")),
        Value::List(list) => {
            out.push("[");
            for (at, item) in list.items.iter().enumerate() {
                out.push(if at > 0 { "," } else { "" });
                write(out, item);
            }
            out.push("]");
        }
        Value::Map(map) => {
            object(out, map.entries.iter().map(|(name, item)| (&**name, item)));
        }
        Value::Struct(value) => {
            object(out, value.fields.iter().map(|(_, name, item)| (*name, item)));
        }
    }
}

fn object<'v>(out: &mut Out, entries: impl Iterator<Item = (&'v str, &'v Value)>) {
    out.push("{");
    for (at, (name, item)) in entries.enumerate() {
        out.push(if at > 0 { "," } else { "" });
        quoted(out, name);
        out.push(":");
        write(out, item);
    }
    out.push("}");
}

fn quoted(out: &mut Out, text: &str) {
    let bytes = line(&text);
    let text = String::from_utf8_lossy(&bytes);
    out.push(text.trim_end_matches('\n'));
}

/// As JavaScript writes numbers: with an exponent only from 1e21 on and below 1e-6.
fn float(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        return if text.contains("e-") { text } else { text.replace('e', "e+") };
    }
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_escaped_as_go_escapes_it() {
        let text = "a<b>&\u{2028}é\u{8}\u{c}\n\t\"\\\0/";
        let expected = concat!(r#""a\u003cb\u003e\u0026\u2028é\u0008\u000c\n\t\"\\\u0000/""#, "\n");
        assert_eq!(String::from_utf8(line(&text)).unwrap(), expected);
    }
}
