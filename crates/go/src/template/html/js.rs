//! Places in a script.

use super::place::{Place, State};

/// Words before which a slash begins a regular expression.
const WORDS: [&str; 16] = [
    "break",
    "case",
    "continue",
    "delete",
    "do",
    "else",
    "finally",
    "in",
    "instanceof",
    "return",
    "throw",
    "try",
    "typeof",
    "void",
    "yield",
    "await",
];

pub(super) fn step(place: Place, text: &str) -> Result<(Place, usize), String> {
    Ok(match place.state {
        State::JsDouble => string(place, text, '"'),
        State::JsSingle => string(place, text, '\''),
        State::JsTemplate => {
            if text.contains("${") {
                return Err(
                    "html/template: no expression may stand in a JS template literal".into()
                );
            }
            string(place, text, '`')
        }
        State::JsRegexp => regexp(place, text),
        State::JsBlockComment => match text.find("*/") {
            Some(at) => (Place { state: State::Js, ..place }, at + 2),
            None => (place, text.len()),
        },
        State::JsLineComment => match text.find(['\n', '\r', '\u{2028}', '\u{2029}']) {
            Some(at) => (Place { state: State::Js, ..place }, at),
            None => (place, text.len()),
        },
        State::Js
        | State::Text
        | State::Tag
        | State::AttributeName
        | State::AfterName
        | State::BeforeValue
        | State::Comment
        | State::Rcdata
        | State::Attribute
        | State::Url
        | State::Srcset
        | State::Css
        | State::CssDouble
        | State::CssSingle
        | State::CssDoubleUrl
        | State::CssSingleUrl
        | State::CssUrl
        | State::CssBlockComment
        | State::CssLineComment => code(place, text),
    })
}

fn code(place: Place, text: &str) -> (Place, usize) {
    let Some(at) = text.find(['"', '\'', '`', '/']) else {
        let slash_divides = divides(text, place.slash_divides);
        return (Place { slash_divides, ..place }, text.len());
    };
    let slash_divides = divides(&text[..at], place.slash_divides);
    let next = |state, slash_divides| Place { state, slash_divides, ..place };
    let rest = &text[at..];
    match rest.chars().next() {
        Some('"') => (next(State::JsDouble, false), at + 1),
        Some('\'') => (next(State::JsSingle, false), at + 1),
        Some('`') => (next(State::JsTemplate, false), at + 1),
        _ if rest.starts_with("//") => (next(State::JsLineComment, slash_divides), at + 2),
        _ if rest.starts_with("/*") => (next(State::JsBlockComment, slash_divides), at + 2),
        _ if slash_divides => (next(State::Js, false), at + 1),
        _ => (next(State::JsRegexp, false), at + 1),
    }
}

/// Whether a slash behind `text` divides.
fn divides(text: &str, before: bool) -> bool {
    let text = text.trim_end();
    let Some(last) = text.chars().next_back() else { return before };
    let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    match last {
        '+' | '-' => (text.len() - text.trim_end_matches(last).len()).is_multiple_of(2),
        '.' => text[..text.len() - 1].ends_with(|letter: char| letter.is_ascii_digit()),
        ')' | ']' | '}' => true,
        _ if is_word(last) => {
            let word = &text[text.trim_end_matches(is_word).len()..];
            !WORDS.contains(&word)
        }
        _ => false,
    }
}

fn string(place: Place, text: &str, quote: char) -> (Place, usize) {
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => {
                return (Place { state: State::Js, slash_divides: true, ..place }, at + 1);
            }
            _ => {}
        }
    }
    (place, text.len())
}

fn regexp(place: Place, text: &str) -> (Place, usize) {
    let (mut escaped, mut in_class) = (false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => {
                return (Place { state: State::Js, slash_divides: true, ..place }, at + 1);
            }
            _ => {}
        }
    }
    (place, text.len())
}
