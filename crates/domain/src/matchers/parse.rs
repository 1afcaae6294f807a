//! Reading matchers from text, in Alertmanager's two dialects.
//!
//! The *classic* one came first: label names of ASCII letters, values bare or quoted, odd escapes taken as they stand.
//! The *UTF-8* one knows any name, and Go's quoting. As in the original, both read every text: where only one can, its
//! answer counts; where they disagree, the classic one's does, so that an old file keeps its meaning.

use std::fmt;

use super::{Matcher, Matchers, Op};

/// Why a text is no matcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatcherError {
    /// Where, in letters from 0.
    pub at: usize,
    /// What is wrong, as the end of a sentence.
    pub why: String,
}

impl fmt::Display for MatcherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at letter {})", self.why, self.at + 1)
    }
}

impl std::error::Error for MatcherError {}

/// Reads any number of matchers, separated by commas, in braces or without: `{a="1", b=~"x|y"}`.
///
/// They come in the order of the text; none for an empty text or `{}`.
pub fn matchers(text: &str) -> Result<Matchers, MatcherError> {
    either(text).map(|(found, _)| found)
}

/// What the two dialects make of a text that at least one of them understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialects {
    /// They read it alike, or only the UTF-8 one reads it.
    Agree,
    /// Only the classic one reads it.
    Classic,
    /// They read it differently, and the classic answer counts.
    Differ,
}

/// Reads as [`matchers`] does, and says how far the dialects agree.
pub fn either(text: &str) -> Result<(Matchers, Dialects), MatcherError> {
    match (utf8(text), classic(text)) {
        (Ok(new), Ok(old)) if same(&new, &old) => Ok((Matchers(new), Dialects::Agree)),
        (Ok(_), Ok(old)) => Ok((Matchers(old), Dialects::Differ)),
        (Ok(found), Err(())) => Ok((Matchers(found), Dialects::Agree)),
        (Err(_), Ok(found)) => Ok((Matchers(found), Dialects::Classic)),
        // The UTF-8 reader knows the place best, whichever dialect was meant.
        (Err(error), Err(())) => Err(error),
    }
}

/// Reads exactly one matcher, without braces: `severity=~"page|critical"`.
pub fn matcher(text: &str) -> Result<Matcher, MatcherError> {
    let brace = if text.starts_with('{') { Some(0) } else { None };
    let last = text.chars().count().saturating_sub(1);
    let brace = brace.or_else(|| text.ends_with('}').then_some(last));
    if let Some(at) = brace {
        return Err(MatcherError { at, why: "a single matcher stands without braces".into() });
    }
    let new = utf8(text).and_then(|found| match <[Matcher; 1]>::try_from(found) {
        Ok([one]) => Ok(one),
        Err(found) => {
            let why = format!("exactly one matcher is needed, but there are {}", found.len());
            Err(MatcherError { at: 0, why })
        }
    });
    match (new, classic_matcher(text)) {
        (Ok(new), Ok(old)) => Ok(if alike(&new, &old) { new } else { old }),
        (Ok(found), Err(_)) | (Err(_), Ok(found)) => Ok(found),
        (Err(error), Err(_)) => Err(error),
    }
}

fn alike(a: &Matcher, b: &Matcher) -> bool {
    (&a.name, a.op, &a.value) == (&b.name, b.op, &b.value)
}

fn same(a: &[Matcher], b: &[Matcher]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
}

/// The classic dialect: split at commas outside of quotes, then read each piece. The error says nothing, because
/// the other dialect's is shown.
fn classic(text: &str) -> Result<Vec<Matcher>, ()> {
    let text = text.strip_prefix('{').unwrap_or(text);
    let text = text.strip_suffix('}').unwrap_or(text);
    let (mut pieces, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            ',' if !quoted => {
                pieces.push(&text[start..at]);
                start = at + 1;
                continue;
            }
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        // A comma inside of quotes leaves the escape as it was: the original forgets to end it there.
        escaped = match letter {
            '\\' => !escaped,
            ',' => escaped,
            _ => false,
        };
    }
    let last = text[start..].trim();
    if !last.is_empty() {
        pieces.push(last);
    }
    pieces.into_iter().map(classic_matcher).collect()
}

fn classic_matcher(text: &str) -> Result<Matcher, ()> {
    let text = text.trim_start_matches(go_space);
    let named = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    let end = text.find(|letter| !named(letter)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(());
    }
    let (op, rest) = operator(rest.trim_start_matches(go_space)).ok_or(())?;
    let value = classic_value(rest.trim_matches(go_space)).ok_or(())?;
    Matcher::new(name, op, &value).map_err(drop)
}

/// What Go's `\s` fits.
fn go_space(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\u{c}' | '\r' | ' ')
}

fn operator(text: &str) -> Option<(Op, &str)> {
    [("=~", Op::Fits), ("!~", Op::FitsNot), ("!=", Op::EqualsNot), ("=", Op::Equals)]
        .into_iter()
        .find_map(|(sign, op)| text.strip_prefix(sign).map(|rest| (op, rest)))
}

/// A bare or quoted value; `None` when a quote stands where none may.
fn classic_value(raw: &str) -> Option<String> {
    let (inside, mut open) = raw.strip_prefix('"').map_or((raw, false), |inside| (inside, true));
    let mut value = String::with_capacity(inside.len());
    let mut letters = inside.char_indices();
    while let Some((at, letter)) = letters.next() {
        let last = at + letter.len_utf8() == inside.len();
        match letter {
            '\\' if !last => match letters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, kept @ ('"' | '\\'))) => value.push(kept),
                Some((_, other)) => value.extend(['\\', other]),
                None => {}
            },
            '"' if open && last => open = false,
            '"' => return None,
            other => value.push(other),
        }
    }
    (!open).then_some(value)
}

/// The UTF-8 dialect.
fn utf8(text: &str) -> Result<Vec<Matcher>, MatcherError> {
    let mut lexer = Lexer { text, at: 0 };
    let open = lexer.sign('{');
    let mut found = Vec::new();
    while !lexer.ended() && !lexer.peeks('}') {
        let name = lexer.word("a label's name")?;
        lexer.space();
        let Some((op, rest)) = operator(&text[lexer.at..]) else {
            let next = lexer.next_shown();
            return lexer
                .refuse(format!("`=`, `!=`, `=~` or `!~` must follow `{name}`, not {next}"));
        };
        lexer.at = text.len() - rest.len();
        let start = lexer.start_of_next();
        let value = lexer.word("a value")?;
        let matcher = Matcher::new(&name, op, &value);
        found.push(matcher.map_err(|why| MatcherError { at: letters(text, start), why })?);
        if !lexer.sign(',') && !lexer.ended() && !lexer.peeks('}') {
            let next = lexer.next_shown();
            return lexer.refuse(format!("a comma must separate matchers, but {next} follows"));
        }
    }
    let here = lexer.at;
    let closed = lexer.sign('}');
    if open && !closed {
        return lexer.refuse("the `{` at the start is never closed".into());
    }
    if closed && !open {
        lexer.at = here;
        return lexer.refuse("a `}` closes what no `{` opened".into());
    }
    if !lexer.ended() {
        return lexer.refuse("nothing may follow the closing `}`".into());
    }
    Ok(found)
}

/// Tells whether a name with this letter stands in quotes.
pub(super) fn is_reserved(letter: char) -> bool {
    letter.is_whitespace() || "{}!=~,\\\"'`".contains(letter)
}

struct Lexer<'t> {
    text: &'t str,
    /// In bytes.
    at: usize,
}

impl Lexer<'_> {
    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn start_of_next(&mut self) -> usize {
        self.space();
        self.at
    }

    fn peeks(&mut self, sign: char) -> bool {
        self.space();
        self.text[self.at..].starts_with(sign)
    }

    fn sign(&mut self, sign: char) -> bool {
        let found = self.peeks(sign);
        self.at += if found { sign.len_utf8() } else { 0 };
        found
    }

    fn ended(&mut self) -> bool {
        self.space();
        self.at == self.text.len()
    }

    fn next_shown(&mut self) -> String {
        self.space();
        let next = self.text[self.at..].chars().next();
        next.map_or_else(|| "the end".into(), |letter| format!("`{letter}`"))
    }

    fn refuse<T>(&mut self, why: String) -> Result<T, MatcherError> {
        self.space();
        Err(MatcherError { at: letters(self.text, self.at), why })
    }

    /// Reads a bare word, or one in double quotes.
    fn word(&mut self, wanted: &str) -> Result<String, MatcherError> {
        self.space();
        let rest = &self.text[self.at..];
        if rest.starts_with('"') {
            return self.quoted();
        }
        let length = rest.find(is_reserved).unwrap_or(rest.len());
        if length == 0 {
            let next = self.next_shown();
            return self.refuse(format!("{wanted} is missing before {next}"));
        }
        self.at += length;
        Ok(rest[..length].to_owned())
    }

    fn quoted(&mut self) -> Result<String, MatcherError> {
        let rest = &self.text[self.at + 1..];
        let mut escaped = false;
        let end = rest.find(|letter| {
            let closes = letter == '"' && !escaped;
            escaped = letter == '\\' && !escaped;
            closes
        });
        let Some(end) = end else {
            return self.refuse("the quote that opens here is never closed".into());
        };
        let word = unquote(&rest[..end]).map_err(|(offset, why)| MatcherError {
            at: letters(self.text, self.at + 1 + offset),
            why,
        })?;
        self.at += end + 2;
        Ok(word)
    }
}

fn letters(text: &str, bytes: usize) -> usize {
    text[..bytes].chars().count()
}

/// Replaces escapes as Go's string literals have them; the error has the byte offset.
fn unquote(inside: &str) -> Result<String, (usize, String)> {
    let mut bytes = Vec::with_capacity(inside.len());
    let mut at = 0;
    while let Some(letter) = inside[at..].chars().next() {
        if letter == '\n' {
            return Err((at, "a line break must be written `\\n`".into()));
        }
        let length = if letter == '\\' {
            escape(&inside[at + 1..], &mut bytes).map(|used| used + 1).ok_or_else(|| {
                (at, "the `\\` starts no escape; write `\\\\` for the sign".into())
            })?
        } else {
            bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            letter.len_utf8()
        };
        at += length;
    }
    String::from_utf8(bytes).map_err(|_| (0, "the escapes do not make UTF-8 text".into()))
}

/// Writes what the escape after a `\` stands for; returns how many bytes of the text it used.
fn escape(text: &str, bytes: &mut Vec<u8>) -> Option<usize> {
    let kind = text.chars().next()?;
    let number = |from: usize, digits: usize, radix: u32| {
        let text = text.get(from..from + digits)?;
        text.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(text, radix).ok())?
    };
    let byte = match kind {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' => b'\\',
        '"' => b'"',
        'x' | '0'..='7' => {
            let (from, digits, radix) = if kind == 'x' { (1, 2, 16) } else { (0, 3, 8) };
            bytes.push(u8::try_from(number(from, digits, radix)?).ok()?);
            return Some(3);
        }
        'u' | 'U' => {
            let digits = if kind == 'u' { 4 } else { 8 };
            let letter = char::from_u32(number(1, digits, 16)?)?;
            bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(1 + digits);
        }
        _ => return None,
    };
    bytes.push(byte);
    Some(1)
}

#[cfg(test)]
mod tests;
