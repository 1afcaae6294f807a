//! Matchers: conditions on labels, as Alertmanager writes them.

use std::fmt;

use regex::Regex;
use serde::{Deserialize, Serialize};
use stentor_go::quote::quoted;
use stentor_go::regexp;

use crate::labels::Labels;

pub mod parse;

/// One condition on one label. A missing label counts as the empty text.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// The label's name.
    pub name: String,
    /// The text, or the pattern, to compare with.
    pub value: String,
    /// How to compare.
    pub op: Op,
    /// The compiled pattern, anchored at both ends; present exactly for [`Op::Fits`] and [`Op::FitsNot`].
    regex: Option<Regex>,
}

/// How a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Op {
    /// `=`
    Equals,
    /// `!=`
    EqualsNot,
    /// `=~`
    Fits,
    /// `!~`
    FitsNot,
}

impl Op {
    /// Returns the sign that stands for it.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equals => "=",
            Self::EqualsNot => "!=",
            Self::Fits => "=~",
            Self::FitsNot => "!~",
        }
    }
}

impl Matcher {
    /// Makes a matcher. Fails when a pattern is no regular expression; the text says why.
    pub fn new(name: &str, op: Op, value: &str) -> Result<Self, String> {
        let regex = match op {
            Op::Equals | Op::EqualsNot => None,
            Op::Fits | Op::FitsNot => Some(compile(value)?),
        };
        Ok(Self { name: name.to_owned(), value: value.to_owned(), op, regex })
    }

    /// Tells whether `value` satisfies the condition.
    pub fn accepts(&self, value: &str) -> bool {
        let fits = |value| self.regex.as_ref().is_some_and(|regex| regex.is_match(value));
        match self.op {
            Op::Equals => self.value == value,
            Op::EqualsNot => self.value != value,
            Op::Fits => fits(value),
            Op::FitsNot => !fits(value),
        }
    }
}

/// Compiles a pattern in Go's dialect, anchored at both ends as Alertmanager anchors it: `.` fits no line break.
fn compile(pattern: &str) -> Result<Regex, String> {
    let refuse = |why: &str| {
        let why = why.trim_start_matches("error: ").trim_end_matches('.');
        format!("the pattern {} is no regular expression: {why}", quoted(pattern))
    };
    let translated = regexp::translate(pattern).map_err(|why| refuse(&why))?;
    Regex::new(&format!("^(?:{translated})$")).map_err(|error| {
        let text = error.to_string();
        refuse(text.lines().last().unwrap_or("it does not parse"))
    })
}

/// `name="value"`, as Alertmanager prints it: read again, it is the same matcher.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, op, value, .. } = self;
        if name.contains(parse::is_reserved) {
            return write!(f, "{}{}{}", quoted(name), op.sign(), quoted(value));
        }
        // The classic dialect takes any other escape as it stands.
        let value = value.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n");
        write!(f, "{name}{}\"{value}\"", op.sign())
    }
}

/// What is stored of a matcher.
#[derive(Serialize, Deserialize)]
struct Written {
    name: String,
    op: Op,
    value: String,
}

impl Serialize for Matcher {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written { name: self.name.clone(), op: self.op, value: self.value.clone() };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Matcher {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { name, op, value } = Written::deserialize(deserializer)?;
        Self::new(&name, op, &value).map_err(serde::de::Error::custom)
    }
}

/// Conditions that must all hold; none at all holds always.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Matchers(pub Vec<Matcher>);

impl Matchers {
    /// Tells whether every condition holds for `labels`.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|matcher| matcher.accepts(labels.get(&matcher.name)))
    }

    /// Tells whether every condition holds for what `value_of` returns for a name; a missing label is the empty text.
    pub fn accept<'v>(&self, value_of: impl Fn(&str) -> &'v str) -> bool {
        self.0.iter().all(|matcher| matcher.accepts(value_of(&matcher.name)))
    }

    /// Tells whether these are the same conditions in the same order.
    pub fn same_as(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self
                .0
                .iter()
                .zip(&other.0)
                .all(|(a, b)| (&a.name, a.op, &a.value) == (&b.name, b.op, &b.value))
    }

    /// Sorts by name, value and operator: the order in which group keys print them.
    pub fn sort(&mut self) {
        self.0.sort_by(|a, b| (&a.name, &a.value, a.op).cmp(&(&b.name, &b.value, b.op)));
    }
}

/// `{a="1",b="2"}`, as it stands in group keys.
impl fmt::Display for Matchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (at, matcher) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{matcher}")?;
        }
        f.write_str("}")
    }
}
