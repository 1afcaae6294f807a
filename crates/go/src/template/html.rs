//! `html/template`: where in a page a value stands, and how it is escaped there.
//!
//! Go decides before it executes, and so has to refuse what branches apart. Here the place is followed while text is
//! written: what a value may not do is the same, and fewer templates are refused.

use super::value::{Safe, Value};
use crate::fmt::Out;

mod css;
mod escape;
mod js;
mod place;

pub(super) use escape::{html, js};
use place::{Delimiter, Place, State, UrlPart};

/// Follows a page and writes it.
#[derive(Debug)]
pub(super) struct Markup {
    place: Place,
}

impl Markup {
    /// Begins a page, in text.
    pub(super) fn new() -> Markup {
        Markup { place: Place::default() }
    }

    /// Refuses a page that ends within a tag, a script or the like.
    pub(super) fn finish(&self) -> Result<(), String> {
        if self.place.state == State::Text {
            return Ok(());
        }
        let state = self.place.state;
        Err(format!("html/template: ends in a non-text context: {state:?}"))
    }

    /// Writes what the template says itself: as it is, but without comments.
    pub(super) fn text(&mut self, text: &str, out: &mut Out) -> Result<(), String> {
        let mut rest = text;
        while !rest.is_empty() {
            let before = self.place;
            let (after, length) = before.after(rest)?;
            let (piece, left) = rest.split_at(length);
            self.piece(piece, before, after, out);
            self.place = after;
            // A place that changes without taking text changes at most once.
            rest = left;
        }
        Ok(())
    }

    fn piece(&self, piece: &str, before: Place, after: Place, out: &mut Out) {
        let begins_comment = after.state.is_comment()
            && before.state != after.state
            && after.delimiter == Delimiter::None;
        if before.state.is_comment() && before.delimiter == Delimiter::None {
            // A comment leaves what it separates apart.
            if before.state == State::JsBlockComment && piece.contains('\n') {
                out.push("\n");
            } else if matches!(before.state, State::JsBlockComment | State::CssBlockComment) {
                out.push(" ");
            }
            return;
        }
        let kept = if begins_comment {
            let opening = if after.state == State::Comment { 4 } else { 2 };
            &piece[..piece.len().saturating_sub(opening)]
        } else {
            piece
        };
        if !matches!(before.state, State::Text | State::Rcdata) {
            return out.push(kept);
        }
        // A `<` that opens nothing is text.
        let tag = if after.state != before.state && !begins_comment {
            kept.rfind('<').unwrap_or(kept.len())
        } else {
            kept.len()
        };
        let (text, tag) = kept.split_at(tag);
        let mut rest = text;
        while let Some(at) = rest.find('<') {
            let is_doctype =
                rest[at..].get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"));
            out.push(&rest[..at]);
            out.push(if is_doctype { "<" } else { "&lt;" });
            rest = &rest[at + 1..];
        }
        out.push(rest);
        out.push(tag);
    }

    /// Writes a value as the place demands. `escaped` is the function that the template ended with, if any: `html`
    /// and `urlquery` are not done twice.
    pub(super) fn value(
        &mut self,
        value: &Value,
        escaped: &str,
        out: &mut Out,
    ) -> Result<(), String> {
        self.place.nudge();
        let place = self.place;
        let (mut text, mut safe) = escape::text_of(value)?;
        match place.state {
            State::Url
            | State::CssDoubleUrl
            | State::CssSingleUrl
            | State::CssUrl
            | State::CssDouble
            | State::CssSingle => {
                if place.url == UrlPart::None && safe != Safe::Url {
                    text = escape::url_filter(&text);
                }
                let in_string = matches!(place.state, State::CssDouble | State::CssSingle);
                match place.url {
                    UrlPart::None | UrlPart::Path if in_string => text = escape::css(&text),
                    UrlPart::None | UrlPart::Path => {
                        unless(escaped == "urlquery", &mut text, escape::url_normal);
                    }
                    UrlPart::Query => unless(escaped == "urlquery", &mut text, escape::url_query),
                }
                safe = Safe::No;
            }
            State::Srcset => text = escape::srcset(&text),
            State::Js => {
                text = escape::js_value(value)?;
                safe = Safe::No;
                self.place.slash_divides = true;
            }
            State::JsDouble | State::JsSingle => text = escape::js_text(&text),
            State::JsTemplate => text = escape::js_template(&text),
            State::JsRegexp => text = escape::js_regexp(&text),
            State::Css => text = escape::css_value(&text),
            State::Text | State::Rcdata => {
                let is_markup = safe == Safe::Html;
                if !is_markup {
                    unless(escaped == "html", &mut text, escape::markup);
                } else if place.state == State::Rcdata {
                    text = escape::rcdata(&text);
                }
            }
            State::Tag | State::AttributeName | State::AfterName => {
                self.place.state = State::AttributeName;
                text = escape::attribute_name(&text);
            }
            State::Attribute | State::BeforeValue => {}
            State::Comment
            | State::JsBlockComment
            | State::JsLineComment
            | State::CssBlockComment
            | State::CssLineComment => return Ok(()),
        }
        let is_markup = safe == Safe::Html && place.state == State::Attribute;
        match place.delimiter {
            Delimiter::None => {}
            Delimiter::Space if is_markup => text = escape::attribute_of_markup_bare(&text),
            Delimiter::Space => text = escape::attribute_bare(&text),
            Delimiter::Double | Delimiter::Single if is_markup => {
                text = escape::attribute_of_markup(&text);
            }
            Delimiter::Double | Delimiter::Single => {
                unless(escaped == "html", &mut text, escape::markup);
            }
        }
        out.push(&text);
        Ok(())
    }
}

/// Escapes `text`, unless the template has done so itself.
fn unless(done: bool, text: &mut String, escape: fn(&str) -> String) {
    if !done {
        *text = escape(text);
    }
}
