//! Places in a style.

use super::place::{Place, State, UrlPart};

pub(super) fn step(place: Place, text: &str) -> (Place, usize) {
    let ends: &[char] = match place.state {
        State::CssDouble | State::CssDoubleUrl => &['"'],
        State::CssSingle | State::CssSingleUrl => &['\''],
        State::CssUrl => &[' ', '\t', '\n', '\u{c}', '\r', ')'],
        State::CssBlockComment => return comment(place, text, text.find("*/").map(|at| at + 2)),
        State::CssLineComment => return comment(place, text, text.find(['\n', '\u{c}', '\r'])),
        State::Css
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
        | State::Js
        | State::JsDouble
        | State::JsSingle
        | State::JsTemplate
        | State::JsRegexp
        | State::JsBlockComment
        | State::JsLineComment => return rules(place, text),
    };
    string(place, text, ends)
}

fn comment(place: Place, text: &str, end: Option<usize>) -> (Place, usize) {
    match end {
        Some(end) => (Place { state: State::Css, ..place }, end),
        None => (place, text.len()),
    }
}

fn rules(place: Place, text: &str) -> (Place, usize) {
    let next = |state| Place { state, url: UrlPart::None, ..place };
    let mut from = 0;
    while let Some(at) = text[from..].find(['(', '"', '\'', '/']).map(|at| at + from) {
        let rest = &text[at..];
        match rest.chars().next() {
            Some('"') => return (next(State::CssDouble), at + 1),
            Some('\'') => return (next(State::CssSingle), at + 1),
            Some('(') => {
                let before = text[..at].trim_end();
                let is_url = before.len() >= 3
                    && before
                        .get(before.len() - 3..)
                        .is_some_and(|w| w.eq_ignore_ascii_case("url"));
                if is_url {
                    let inside = &rest[1..];
                    let spaces = inside.len() - inside.trim_start().len();
                    let begin = at + 1 + spaces;
                    return match text[begin..].chars().next() {
                        Some('"') => (next(State::CssDoubleUrl), begin + 1),
                        Some('\'') => (next(State::CssSingleUrl), begin + 1),
                        Some(_) | None => (next(State::CssUrl), begin),
                    };
                }
            }
            _ if rest.starts_with("//") => return (next(State::CssLineComment), at + 2),
            _ if rest.starts_with("/*") => return (next(State::CssBlockComment), at + 2),
            _ => {}
        }
        from = at + 1;
    }
    (place, text.len())
}

fn string(place: Place, text: &str, ends: &[char]) -> (Place, usize) {
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if ends.contains(&letter) => {
                let place = Place { state: State::Css, url: UrlPart::None, ..place };
                return (place, at + letter.len_utf8());
            }
            _ => {}
        }
    }
    (place.in_url(text), text.len())
}
