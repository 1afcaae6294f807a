//! Matchers as people type them: one in a line or several with commas, and a bare first word is an alert's name.

use stentor_domain::matchers::{Matcher, Matchers, Op, parse};

/// Reads what was typed; refuses a bare value that seems to have swallowed the matchers after it. The error is the end
/// of a sentence.
pub(super) fn matchers(text: &str) -> Result<Matchers, String> {
    let lines = split(text, |letter| letter == '\n');
    let trimmed = |line: &&str| line.trim().trim_end_matches(',').trim_end().to_owned();
    let lines: Vec<String> = lines.iter().map(trimmed).filter(|line| !line.is_empty()).collect();
    // Between braces a line may end anywhere.
    let is_braced = text.trim_start().starts_with('{');
    let text = if is_braced || lines.len() < 2 { text.to_owned() } else { lines.join(", ") };
    let text = named(&text).unwrap_or(text);
    if let Some(meant) = meant(&text) {
        let (count, meant) = (meant.len(), meant.join(", "));
        return Err(format!(
            "a value has a space and another matcher in it; did you mean {count} matchers, {meant}? \
             A value with spaces needs quotes"
        ));
    }
    parse::matchers(&text).map_err(|error| error.to_string())
}

/// Splits at letters outside of quotes.
fn split(text: &str, ends: impl Fn(char) -> bool) -> Vec<&str> {
    let (mut pieces, mut start) = (vec![], 0);
    let (mut quoted, mut escaped) = (false, false);
    for (at, letter) in text.char_indices() {
        if !quoted && ends(letter) {
            pieces.push(&text[start..at]);
            start = at + letter.len_utf8();
        }
        if letter == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = letter == '\\' && !escaped;
    }
    pieces.push(&text[start..]);
    pieces
}

/// Returns the text with its first word as the value of `alertname`, when that is no matcher.
fn named(text: &str) -> Option<String> {
    let (first, rest) = text.split_once(',').map_or((text, None), |(a, b)| (a, Some(b)));
    let word = first.trim();
    let is_bare = |letter: char| !letter.is_whitespace() && !"=~!{}\"'`".contains(letter);
    if word.is_empty() || !word.chars().all(is_bare) {
        return None;
    }
    let name = Matcher::new("alertname", Op::Equals, word).ok()?.to_string();
    Some(rest.map_or_else(|| name.clone(), |rest| format!("{name},{rest}")))
}

/// Returns the matchers that were probably meant, when a bare value goes on with ` name=`.
fn meant(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    let text = text.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(text);
    let (mut all, mut any) = (vec![], false);
    for piece in split(text, |letter| letter == ',') {
        let words = split(piece.trim(), char::is_whitespace);
        let begins = |word: &&str| is_beginning(word);
        any |= words.iter().skip(1).any(begins) && words.first().is_some_and(begins);
        let mut of_piece: Vec<String> = vec![];
        for word in words.iter().filter(|word| !word.is_empty()) {
            match of_piece.last_mut() {
                Some(last) if !is_beginning(word) => *last = format!("{last} {word}"),
                Some(_) | None => of_piece.push((*word).to_owned()),
            }
        }
        all.extend(of_piece);
    }
    let shown = |text: &String| {
        parse::matcher(text).map_or_else(|_| text.clone(), |matcher| matcher.to_string())
    };
    any.then(|| all.iter().map(shown).collect())
}

/// Tells whether a word begins a matcher: a name, then an operator.
fn is_beginning(word: &str) -> bool {
    let in_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    let end = word.find(|letter| !in_name(letter)).unwrap_or(word.len());
    let operators = ["=", "!=", "=~", "!~"];
    end > 0 && operators.iter().any(|operator| word[end..].starts_with(operator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_type_matchers_in_many_ways() {
        for (typed, read) in [
            ("", ""),
            ("DiskFull", r#"alertname="DiskFull""#),
            (" DiskFull, node=1", r#"alertname="DiskFull",node="1""#),
            ("DiskFull\nnode=~\"a|b\"\r\n", r#"alertname="DiskFull",node=~"a|b""#),
            ("a=1\n\nb=2,\nc=3", r#"a="1",b="2",c="3""#),
            ("{a=\"1\",\n b=\"2\"}", r#"a="1",b="2""#),
            (r#"a="x b=1""#, r#"a="x b=1""#),
            (r#"a="x, y", b="\" c=1""#, r#"a="x, y",b="\" c=1""#),
            ("summary=it is slow", r#"summary="it is slow""#),
            ("a = 1", r#"a="1""#),
        ] {
            let found = matchers(typed).unwrap();
            let texts: Vec<String> = found.0.iter().map(ToString::to_string).collect();
            assert_eq!(texts.join(","), read, "{typed}");
        }
    }

    #[test]
    fn a_bare_value_that_swallows_matchers_is_asked_about() {
        for (typed, meant) in [
            (
                "alertname=Slow instance=web-1 duration=1h",
                "3 matchers, alertname=\"Slow\", instance=\"web-1\", duration=\"1h\"?",
            ),
            ("a=\"1\" b!=2", "2 matchers, a=\"1\", b!=\"2\"?"),
            ("{a=x y b=~z}", "2 matchers, a=\"x y\", b=~\"z\"?"),
        ] {
            let why = matchers(typed).unwrap_err();
            assert!(why.contains(meant), "{why}");
        }
    }
}
