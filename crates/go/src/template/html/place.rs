//! Where in a page something stands.

use super::{css, js};

/// What stands around a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Text,
    Tag,
    AttributeName,
    AfterName,
    BeforeValue,
    Comment,
    /// Inside of a title or a text area, where no tag begins.
    Rcdata,
    Attribute,
    Url,
    Srcset,
    Js,
    JsDouble,
    JsSingle,
    JsTemplate,
    JsRegexp,
    JsBlockComment,
    JsLineComment,
    Css,
    CssDouble,
    CssSingle,
    CssDoubleUrl,
    CssSingleUrl,
    CssUrl,
    CssBlockComment,
    CssLineComment,
}

impl State {
    pub(super) fn is_comment(self) -> bool {
        matches!(
            self,
            State::Comment
                | State::JsBlockComment
                | State::JsLineComment
                | State::CssBlockComment
                | State::CssLineComment
        )
    }
}

/// What ends the value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// Nothing: this is no attribute.
    None,
    Double,
    Single,
    /// A space or the end of the tag.
    Space,
}

/// Which part of an address follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UrlPart {
    None,
    Path,
    Query,
}

/// An element whose content is no markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    None,
    Script,
    Style,
    Textarea,
    Title,
}

impl Element {
    fn named(name: &str) -> Element {
        match name.to_ascii_lowercase().as_str() {
            "script" => Element::Script,
            "style" => Element::Style,
            "textarea" => Element::Textarea,
            "title" => Element::Title,
            _ => Element::None,
        }
    }

    fn end(self) -> Option<&'static str> {
        match self {
            Element::None => None,
            Element::Script => Some("</script"),
            Element::Style => Some("</style"),
            Element::Textarea => Some("</textarea"),
            Element::Title => Some("</title"),
        }
    }

    fn content(self) -> State {
        match self {
            Element::None => State::Text,
            Element::Script => State::Js,
            Element::Style => State::Css,
            Element::Textarea | Element::Title => State::Rcdata,
        }
    }
}

/// What an attribute holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    Plain,
    Script,
    Style,
    Url,
    Srcset,
}

const URL_ATTRIBUTES: [&str; 17] = [
    "action",
    "archive",
    "background",
    "cite",
    "classid",
    "codebase",
    "data",
    "formaction",
    "href",
    "icon",
    "longdesc",
    "manifest",
    "poster",
    "profile",
    "src",
    "usemap",
    "xmlns",
];

impl Attribute {
    fn named(name: &str) -> Attribute {
        let name = name.to_ascii_lowercase();
        let short = match (name.strip_prefix("data-"), name.split_once(':')) {
            (Some(short), _) => short,
            (None, Some(("xmlns", _))) => return Attribute::Url,
            (None, Some((_, short))) => short,
            (None, None) => &name,
        };
        match short {
            "style" => Attribute::Style,
            "srcset" => Attribute::Srcset,
            "srcdoc" => Attribute::Plain,
            _ if URL_ATTRIBUTES.contains(&short) => Attribute::Url,
            _ if short.starts_with("on") => Attribute::Script,
            _ if ["src", "uri", "url"].iter().any(|part| short.contains(part)) => Attribute::Url,
            _ => Attribute::Plain,
        }
    }

    fn begins(self) -> State {
        match self {
            Attribute::Plain => State::Attribute,
            Attribute::Script => State::Js,
            Attribute::Style => State::Css,
            Attribute::Url => State::Url,
            Attribute::Srcset => State::Srcset,
        }
    }
}

/// A place in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) state: State,
    pub(super) delimiter: Delimiter,
    pub(super) url: UrlPart,
    /// In a script: whether a slash divides, or else begins a regular expression.
    pub(super) slash_divides: bool,
    pub(super) element: Element,
    pub(super) attribute: Attribute,
}

impl Default for Place {
    fn default() -> Place {
        Place {
            state: State::Text,
            delimiter: Delimiter::None,
            url: UrlPart::None,
            slash_divides: false,
            element: Element::None,
            attribute: Attribute::Plain,
        }
    }
}

const SPACES: [char; 5] = [' ', '\t', '\n', '\u{c}', '\r'];

impl Place {
    fn at(state: State) -> Place {
        Place { state, ..Place::default() }
    }

    /// Makes room for a value where the template left the place open: `<a href={{.}}`.
    pub(super) fn nudge(&mut self) {
        if matches!(self.state, State::Tag | State::AfterName) {
            self.state = State::AttributeName;
            self.attribute = Attribute::Plain;
        } else if self.state == State::BeforeValue {
            self.state = self.attribute.begins();
            self.delimiter = Delimiter::Space;
            self.attribute = Attribute::Plain;
        }
    }

    /// Takes some of `text`; returns the place behind it and how much that was.
    pub(super) fn after(self, text: &str) -> Result<(Place, usize), String> {
        if self.delimiter == Delimiter::None {
            let end = self.element.end().filter(|_| self.state != State::Tag && !self.in_tag());
            let end = end.map(|end| tag_end(text, end));
            return match end {
                Some(Some(0)) => Ok((Place::default(), 0)),
                Some(Some(end)) => self.step(&text[..end]),
                Some(None) | None => self.step(text),
            };
        }
        let ends: &[char] = match self.delimiter {
            Delimiter::Double => &['"'],
            Delimiter::Single => &['\''],
            Delimiter::None | Delimiter::Space => &[' ', '\t', '\n', '\u{c}', '\r', '>'],
        };
        if let Some(end) = text.find(ends) {
            let quote = usize::from(self.delimiter != Delimiter::Space);
            let place = Place { element: self.element, ..Place::at(State::Tag) };
            return Ok((place, end + quote));
        }
        let mut place = self;
        let decoded = decoded(text);
        let mut rest = decoded.as_str();
        while !rest.is_empty() {
            let (after, length) = place.step(rest)?;
            if length == 0 && after == place {
                break;
            }
            (place, rest) = (after, &rest[length..]);
        }
        Ok((place, text.len()))
    }

    fn in_tag(self) -> bool {
        matches!(self.state, State::AttributeName | State::AfterName | State::BeforeValue)
    }

    fn step(self, text: &str) -> Result<(Place, usize), String> {
        Ok(match self.state {
            State::Text => self.text(text),
            State::Tag => return self.tag(text),
            State::AttributeName => {
                let end = name_end(text)?;
                let state = if end < text.len() { State::AfterName } else { self.state };
                (Place { state, ..self }, end)
            }
            State::AfterName => self.after_name(text),
            State::BeforeValue => self.before_value(text),
            State::Comment => match text.find("-->") {
                Some(at) => (Place::default(), at + 3),
                None => (self, text.len()),
            },
            State::Rcdata | State::Attribute | State::Srcset => (self, text.len()),
            State::Url => (self.in_url(text), text.len()),
            State::Js
            | State::JsDouble
            | State::JsSingle
            | State::JsTemplate
            | State::JsRegexp
            | State::JsBlockComment
            | State::JsLineComment => return js::step(self, text),
            State::Css
            | State::CssDouble
            | State::CssSingle
            | State::CssDoubleUrl
            | State::CssSingleUrl
            | State::CssUrl
            | State::CssBlockComment
            | State::CssLineComment => css::step(self, text),
        })
    }

    fn text(self, text: &str) -> (Place, usize) {
        let mut from = 0;
        while let Some(open) = text[from..].find('<').map(|at| at + from) {
            if text[open..].starts_with("<!--") {
                return (Place::at(State::Comment), open + 4);
            }
            let ends = text[open + 1..].starts_with('/');
            let begin = open + 1 + usize::from(ends);
            let end = tag_name_end(text, begin);
            if end > begin {
                let named = Element::named(&text[begin..end]);
                let element = if ends { Element::None } else { named };
                return (Place { element, ..Place::at(State::Tag) }, end);
            }
            from = begin.min(text.len());
        }
        (self, text.len())
    }

    fn tag(self, text: &str) -> Result<(Place, usize), String> {
        let begin = text.len() - text.trim_start_matches(SPACES).len();
        if begin == text.len() {
            return Ok((self, begin));
        }
        if text[begin..].starts_with('>') {
            let place = Place { element: self.element, ..Place::at(self.element.content()) };
            return Ok((place, begin + 1));
        }
        let end = begin + name_end(&text[begin..])?;
        if end == begin {
            return Err("html/template: expected space, attr name, or end of tag".into());
        }
        let state = if end == text.len() { State::AttributeName } else { State::AfterName };
        let attribute = Attribute::named(&text[begin..end]);
        Ok((Place { element: self.element, attribute, ..Place::at(state) }, end))
    }

    fn after_name(self, text: &str) -> (Place, usize) {
        let begin = text.len() - text.trim_start_matches(SPACES).len();
        if begin == text.len() {
            return (self, begin);
        }
        if text[begin..].starts_with('=') {
            return (Place { state: State::BeforeValue, ..self }, begin + 1);
        }
        (Place { state: State::Tag, ..self }, begin)
    }

    fn before_value(self, text: &str) -> (Place, usize) {
        let begin = text.len() - text.trim_start_matches(SPACES).len();
        let (delimiter, quote) = match text[begin..].chars().next() {
            None => return (self, begin),
            Some('"') => (Delimiter::Double, 1),
            Some('\'') => (Delimiter::Single, 1),
            Some(_) => (Delimiter::Space, 0),
        };
        (Place { state: self.attribute.begins(), delimiter, ..self }, begin + quote)
    }

    /// What an address has come to behind `text`.
    pub(super) fn in_url(self, text: &str) -> Place {
        let url = match self.url {
            _ if text.contains(['#', '?']) => UrlPart::Query,
            UrlPart::None if !text.trim_matches(SPACES).is_empty() => UrlPart::Path,
            other @ (UrlPart::None | UrlPart::Path | UrlPart::Query) => other,
        };
        Place { url, ..self }
    }
}

/// Where an end tag of this name begins.
fn tag_end(text: &str, tag: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text[from..].find("</").map(|at| at + from) {
        let named = text[at..].get(..tag.len()).is_some_and(|it| it.eq_ignore_ascii_case(tag));
        let after = text.as_bytes().get(at + tag.len());
        if named && after.is_some_and(|byte| b" \t\n\x0c\r/>".contains(byte)) {
            return Some(at);
        }
        from = at + 2;
    }
    None
}

/// Where a tag's name that begins at `begin` ends.
fn tag_name_end(text: &str, begin: usize) -> usize {
    let bytes = text.as_bytes();
    if !bytes.get(begin).is_some_and(u8::is_ascii_alphabetic) {
        return begin;
    }
    let mut end = begin + 1;
    loop {
        match (bytes.get(end), bytes.get(end + 1)) {
            (Some(byte), _) if byte.is_ascii_alphanumeric() => end += 1,
            (Some(b':' | b'-'), Some(byte)) if byte.is_ascii_alphanumeric() => end += 2,
            _ => return end,
        }
    }
}

/// Where an attribute's name ends.
fn name_end(text: &str) -> Result<usize, String> {
    let ends = |letter: char| SPACES.contains(&letter) || matches!(letter, '=' | '>');
    for (at, letter) in text.char_indices() {
        if ends(letter) {
            return Ok(at);
        }
        if matches!(letter, '\'' | '"' | '<') {
            return Err(format!("html/template: {letter:?} in attribute name: {text:.32?}"));
        }
    }
    Ok(text.len())
}

/// Undoes the references to letters that matter for what follows them.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#');
        let end = end.count();
        let letter = match rest[..end].strip_prefix('#') {
            Some(code) => {
                let hexadecimal = code.strip_prefix(['x', 'X']);
                let code = match hexadecimal {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => code.parse(),
                };
                code.ok().and_then(char::from_u32)
            }
            None => named(&rest[..end]),
        };
        match letter {
            Some(letter) => {
                out.push(letter);
                rest = &rest[end..];
                rest = rest.strip_prefix(';').unwrap_or(rest);
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    out
}

fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" | "AMP" => '&',
        "apos" => '\'',
        "bsol" => '\\',
        "colon" => ':',
        "grave" => '`',
        "gt" | "GT" => '>',
        "lpar" => '(',
        "lt" | "LT" => '<',
        "nbsp" => '\u{a0}',
        "NewLine" => '\n',
        "num" => '#',
        "quest" => '?',
        "quot" | "QUOT" => '"',
        "rpar" => ')',
        "semi" => ';',
        "sol" => '/',
        "Tab" => '\t',
        _ => return None,
    })
}
