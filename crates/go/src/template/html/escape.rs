//! How a value is escaped, for each kind of place.

use super::super::OUTPUT_BYTES_MAX;
use super::super::value::{Safe, Value};
use crate::{fmt, json};

/// What stands where a value must not.
const REFUSED: &str = "ZgotmplZ";

/// Returns the text of a value, and what it is known to be.
pub(super) fn text_of(value: &Value) -> Result<(String, Safe), String> {
    if let Value::Text(text, safe) = value {
        return Ok((text.to_string(), *safe));
    }
    if matches!(value, Value::Missing | Value::Nil) {
        return Ok((String::new(), Safe::No));
    }
    Ok((fmt::print(std::slice::from_ref(value), OUTPUT_BYTES_MAX)?, Safe::No))
}

fn replaced(text: &str, with: impl Fn(char) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match with(letter) {
            Some(other) => out.push_str(other),
            None => out.push(letter),
        }
    }
    out
}

/// The function `html` of every template.
pub(in super::super) fn html(text: &str) -> String {
    replaced(text, |letter| if letter == '+' { None } else { reference(letter) })
}

fn reference(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\0' => "\u{fffd}",
        '"' => "&#34;",
        '&' => "&amp;",
        '\'' => "&#39;",
        '+' => "&#43;",
        '<' => "&lt;",
        '>' => "&gt;",
        _ => return None,
    })
}

fn reference_bare(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\0' => "&#xfffd;",
        '\t' => "&#9;",
        '\n' => "&#10;",
        '\u{b}' => "&#11;",
        '\u{c}' => "&#12;",
        '\r' => "&#13;",
        ' ' => "&#32;",
        '=' => "&#61;",
        '`' => "&#96;",
        other => return reference(other),
    })
}

fn unless_reference(
    with: fn(char) -> Option<&'static str>,
) -> impl Fn(char) -> Option<&'static str> {
    move |letter| if letter == '&' { None } else { with(letter) }
}

/// Text between tags, and values in quotes.
pub(super) fn markup(text: &str) -> String {
    replaced(text, reference)
}

/// Wanted markup where no tag can begin.
pub(super) fn rcdata(text: &str) -> String {
    replaced(text, unless_reference(reference))
}

/// The value of an attribute without quotes.
pub(super) fn attribute_bare(text: &str) -> String {
    if text.is_empty() { REFUSED.into() } else { replaced(text, reference_bare) }
}

/// Wanted markup as the value of an attribute: its text alone.
pub(super) fn attribute_of_markup(text: &str) -> String {
    replaced(&without_tags(text), unless_reference(reference))
}

/// The same without quotes.
pub(super) fn attribute_of_markup_bare(text: &str) -> String {
    let text = without_tags(text);
    if text.is_empty() {
        return REFUSED.into();
    }
    replaced(&text, unless_reference(reference_bare))
}

fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        let is_tag = rest[open + 1..]
            .starts_with(|letter: char| letter.is_ascii_alphabetic() || "/!".contains(letter));
        match rest[open..].find('>') {
            Some(close) if is_tag => rest = &rest[open + close + 1..],
            Some(_) | None => {
                out.push('<');
                rest = &rest[open + 1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// A name that a template gives an attribute: nothing that runs or leads anywhere.
pub(super) fn attribute_name(text: &str) -> String {
    let name = text.to_ascii_lowercase();
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let harmless = ["alt", "class", "dir", "hidden", "id", "lang", "name", "title", "width"];
    let harmless_too = ["height", "align", "valign", "colspan", "rowspan", "bgcolor", "checked"];
    if plain && (harmless.contains(&&*name) || harmless_too.contains(&&*name)) {
        return text.to_owned();
    }
    REFUSED.into()
}

/// The start of an address: no scheme but those that lead to a page or a mail.
pub(super) fn url_filter(text: &str) -> String {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme);
    let safe = scheme.is_none_or(|scheme| {
        let known = ["http", "https", "mailto"];
        scheme.contains('/') || known.iter().any(|known| scheme.eq_ignore_ascii_case(known))
    });
    if safe { text.to_owned() } else { format!("#{REFUSED}") }
}

/// An address as it is, with what may not stand in one percent-encoded.
pub(super) fn url_normal(text: &str) -> String {
    url(text, true)
}

/// A part of an address, everything in it percent-encoded.
pub(super) fn url_query(text: &str) -> String {
    url(text, false)
}

fn url(text: &str, normal: bool) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let kept = match byte {
            b'-' | b'.' | b'_' | b'~' => true,
            b'%' if normal => {
                let code = bytes.get(at + 1..at + 3);
                code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit))
            }
            other if normal && b"!#$&*+,/:;=?@[]".contains(other) => true,
            other => other.is_ascii_alphanumeric(),
        };
        if kept {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02x}"));
        }
    }
    out
}

/// A list of addresses: each is filtered, and none can begin another.
pub(super) fn srcset(text: &str) -> String {
    let filtered = |part: &str| {
        let trimmed = part.trim();
        let (address, size) = trimmed.split_once([' ', '\t']).unwrap_or((trimmed, ""));
        let plain = size.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        if url_filter(address) != address || !plain {
            return format!("#{REFUSED}");
        }
        let address = url_normal(address).replace(',', "%2c");
        if size.is_empty() { address } else { format!("{address} {}", size.trim()) }
    };
    text.split(',').map(filtered).collect::<Vec<_>>().join(",")
}

/// The function `js` of every template.
pub(in super::super) fn js(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str(r"\\"),
            '\'' => out.push_str(r"\'"),
            '"' => out.push_str(r#"\""#),
            '<' | '>' | '&' | '=' => out.push_str(&format!("\\u{:04X}", letter as u32)),
            other if (other as u32) < 0x20 => out.push_str(&format!("\\u{:04X}", other as u32)),
            other if !crate::quote::is_print(other) => {
                out.push_str(&format!("\\u{:04X}", other as u32));
            }
            other => out.push(other),
        }
    }
    out
}

/// A value in a script: as JSON.
pub(super) fn js_value(value: &Value) -> Result<String, String> {
    let text = if value.of().is_some_and(|of| of.print.is_some()) {
        json::value(&Value::text(text_of(value)?.0), OUTPUT_BYTES_MAX)?
    } else {
        json::value(value, OUTPUT_BYTES_MAX)?
    };
    let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    let text = text.replace("*/", "*\\/");
    if text.starts_with(is_word) || text.ends_with(is_word) {
        return Ok(format!(" {text} "));
    }
    Ok(text)
}

fn js_letter(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\0' => r"\u0000",
        '\t' => r"\t",
        '\n' => r"\n",
        '\u{b}' => r"\u000b",
        '\u{c}' => r"\f",
        '\r' => r"\r",
        '"' => r"\u0022",
        '`' => r"\u0060",
        '&' => r"\u0026",
        '\'' => r"\u0027",
        '+' => r"\u002b",
        '/' => r"\/",
        '<' => r"\u003c",
        '>' => r"\u003e",
        '\\' => r"\\",
        '\u{2028}' => r"\u2028",
        '\u{2029}' => r"\u2029",
        _ => return None,
    })
}

/// Text inside of quotes in a script.
pub(super) fn js_text(text: &str) -> String {
    replaced(text, js_letter)
}

/// Text inside of backticks in a script.
pub(super) fn js_template(text: &str) -> String {
    replaced(text, |letter| match letter {
        '$' => Some(r"\u0024"),
        '{' => Some(r"\u007b"),
        '}' => Some(r"\u007d"),
        other => js_letter(other),
    })
}

/// Text inside of a regular expression in a script.
pub(super) fn js_regexp(text: &str) -> String {
    if text.is_empty() {
        return "(?:)".into();
    }
    replaced(text, |letter| {
        Some(match letter {
            '$' => r"\$",
            '(' => r"\(",
            ')' => r"\)",
            '*' => r"\*",
            '-' => r"\-",
            '.' => r"\.",
            '?' => r"\?",
            '[' => r"\[",
            ']' => r"\]",
            '^' => r"\^",
            '{' => r"\{",
            '|' => r"\|",
            '}' => r"\}",
            other => return js_letter(other),
        })
    })
}

/// Text inside of quotes in a style.
pub(super) fn css(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.push_str(r"\\"),
            '\0' | '\t' | '\n' | '\u{c}' | '\r' | '"' | '&' | '\'' | '(' | ')' | '+' | '/'
            | ':' | ';' | '<' | '>' | '{' | '}' => {
                out.push_str(&format!("\\{:x}", letter as u32));
                let next = letters.peek();
                if next
                    .is_none_or(|next| next.is_ascii_hexdigit() || " \t\n\u{c}\r".contains(*next))
                {
                    out.push(' ');
                }
            }
            other => out.push(other),
        }
    }
    out
}

/// A value in a style: nothing that ends it, runs or leads anywhere.
pub(super) fn css_value(text: &str) -> String {
    let text = text.trim();
    let letters: String =
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let refused = text.contains([
        '\0', '"', '\'', '(', ')', '/', ';', '@', '[', '\\', ']', '`', '{', '}', '<', '>',
    ]) || text.contains("--")
        || letters.contains("expression")
        || letters.contains("mozbinding");
    if refused { REFUSED.into() } else { text.to_owned() }
}
