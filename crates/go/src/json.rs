//! JSON as Go's `encoding/json` writes it.

use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

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
