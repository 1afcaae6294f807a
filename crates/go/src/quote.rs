//! Text in quotes, as Go writes it.

/// Returns `text` in double quotes, escaped as Go's `%q` escapes it.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\u{b}' => out.push_str("\\v"),
            other if (other as u32) < 0x20 || other == '\u{7f}' => {
                out.push_str(&format!("\\x{:02x}", other as u32));
            }
            other if is_print(other) => out.push(other),
            other if (other as u32) < 0x1_0000 => {
                out.push_str(&format!("\\u{:04x}", other as u32));
            }
            other => out.push_str(&format!("\\U{:08x}", other as u32)),
        }
    }
    out.push('"');
    out
}

/// Like [`quoted`], with everything beyond ASCII escaped, as Go's `%+q`.
pub fn quoted_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for letter in quoted(text).chars() {
        match letter as u32 {
            0..0x80 => out.push(letter),
            code @ 0x80..0x1_0000 => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    out
}

/// Tells whether Go takes `letter` for one that can be seen: not spaces but the plain one, nor marks that only steer.
pub fn is_print(letter: char) -> bool {
    !letter.is_control()
        && (letter == ' ' || !letter.is_whitespace())
        && !matches!(
            letter as u32,
            0xad | 0x600..=0x605
                | 0x61c
                | 0x6dd
                | 0x70f
                | 0x180e
                | 0x200b..=0x200f
                | 0x2028..=0x202e
                | 0x2060..=0x206f
                | 0xe000..=0xf8ff
                | 0xfeff
                | 0xfff0..=0xfffb
                | 0xffff
                | 0xfffe
                | 0xe0000..=0xe00ff
                | 0xf0000..
        )
}

/// Returns what a Go literal stands for: `"…"` and `'…'` with escapes, `` `…` `` as it is. `None` when it is none.
///
/// Bytes that are no UTF-8 (`"\xff"`) become U+FFFD.
pub fn unquoted(written: &str) -> Option<String> {
    let quote = written.chars().next()?;
    let inside = written.strip_prefix(quote)?.strip_suffix(quote)?;
    match quote {
        '`' => Some(inside.replace('\r', "")),
        '"' | '\'' => {
            let mut out = Vec::with_capacity(inside.len());
            let mut rest = inside.chars();
            while let Some(letter) = rest.next() {
                if letter == '\\' {
                    escape(quote, &mut rest, &mut out)?;
                } else if letter == quote || letter == '\n' {
                    return None;
                } else {
                    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            Some(String::from_utf8_lossy(&out).into_owned())
        }
        _ => None,
    }
}

/// One escape, behind its backslash.
fn escape(quote: char, rest: &mut std::str::Chars<'_>, out: &mut Vec<u8>) -> Option<()> {
    let letter = rest.next()?;
    let plain = match letter {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' => b'\\',
        '"' | '\'' if letter == quote => letter as u8,
        'x' => digits(rest, 2, 16)?.try_into().ok()?,
        '0'..='7' => {
            let rest = digits(rest, 2, 8)?;
            (letter.to_digit(8)? * 64 + rest).try_into().ok()?
        }
        'u' | 'U' => {
            let code = digits(rest, if letter == 'u' { 4 } else { 8 }, 16)?;
            out.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(());
        }
        _ => return None,
    };
    // What stands for a letter in single quotes is the letter of that number.
    if quote == '\'' {
        out.extend_from_slice(char::from(plain).encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        out.push(plain);
    }
    Some(())
}

fn digits(rest: &mut std::str::Chars<'_>, count: usize, radix: u32) -> Option<u32> {
    (0..count).try_fold(0_u32, |sum, _| Some(sum * radix + rest.next()?.to_digit(radix)?))
}

/// Returns `text` as a regular expression that matches exactly it, as Go's `regexp.QuoteMeta` does.
pub fn quote_meta(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if r"\.+*?()|[]{}^$".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_as_go_quotes_it() {
        assert_eq!(quoted("a\"b\\c\nd\u{1}"), r#""a\"b\\c\nd\x01""#);
    }

    #[test]
    fn a_receiver_is_quoted_as_go_quotes_it() {
        assert_eq!(quote_meta("a.b (c)|[d]-e_é"), r"a\.b \(c\)\|\[d\]-e_é");
    }
}
