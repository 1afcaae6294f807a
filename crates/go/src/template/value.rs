//! What templates compute with: Go's values, as far as templates can tell them apart.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::meter::Meter;
use crate::time::Time;

/// A value. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Value {
    /// No value at all, as behind a nil: prints `<no value>`.
    Missing,
    /// A nil where anything may stand, as in a list of anything.
    Nil,
    /// `bool`
    Bool(bool),
    /// Any kind of integer.
    Int(i64, Int),
    /// `float64`
    Float(f64),
    /// Text, and whether html templates take it as it is.
    Text(Arc<str>, Safe),
    /// `time.Time`
    Time(Arc<Time>),
    /// A slice.
    List(Arc<List>),
    /// A map with text for keys.
    Map(Arc<Map>),
    /// A struct.
    Struct(Arc<Struct>),
}

/// The type of an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Int {
    /// `int`
    Int,
    /// `int32`, which is also `rune`.
    Int32,
    /// `int64`
    Int64,
    /// `uint8`, which is also `byte`.
    Byte,
    /// `time.Duration`, in nanoseconds.
    Duration,
    /// `time.Month`, from 1.
    Month,
    /// `time.Weekday`, from 0 for Sunday.
    Weekday,
}

/// What text is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safe {
    /// Anything: it is escaped wherever it stands.
    No,
    /// `template.HTML`: markup that is wanted.
    Html,
    /// `template.URL`: an address that is trusted, whatever its scheme.
    Url,
}

/// A type with a name, and what it can do.
pub struct Type {
    /// As Go names it: `template.KV`.
    pub name: &'static str,
    /// What can be called on its values.
    pub methods: &'static [Function],
    /// How its values print, when not by their parts.
    pub print: Option<fn(&Value) -> String>,
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// `[]string`
pub static TEXTS: Type = Type { name: "[]string", methods: &[], print: None };
/// `[]interface {}`
pub static VALUES: Type = Type { name: "[]interface {}", methods: &[], print: None };
/// `map[string]interface {}`
pub static DICT: Type = Type { name: "map[string]interface {}", methods: &[], print: None };

/// A slice.
#[derive(Debug)]
pub struct List {
    /// Its type.
    pub of: &'static Type,
    /// Its elements.
    pub items: Vec<Value>,
    depth: u8,
}

/// A map with text for keys.
#[derive(Debug)]
pub struct Map {
    /// Its type.
    pub of: &'static Type,
    /// What it holds, in the order in which Go prints and ranges.
    pub entries: BTreeMap<Arc<str>, Value>,
    depth: u8,
}

/// A struct.
#[derive(Debug)]
pub struct Struct {
    /// Its type.
    pub of: &'static Type,
    /// Its fields, in order: the name, the name in JSON, the value.
    pub fields: Vec<(&'static str, &'static str, Value)>,
    depth: u8,
}

/// Values may contain values this many times, so that nothing that walks them runs out of stack.
pub const DEPTH_MAX: u8 = 64;

/// Something that templates call by name.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it takes, in order.
    pub takes: &'static [Kind],
    /// What may follow any number of times.
    pub rest: Option<Kind>,
    /// What it does. An error is the reason alone.
    pub call: fn(&Call<'_>) -> Result<Value, String>,
}

/// What a function is called with.
#[derive(Debug)]
pub struct Call<'c> {
    /// What a method is called on; [`Value::Missing`] for a function.
    pub on: &'c Value,
    /// As many as the function takes, and of these kinds.
    pub args: &'c [Value],
    /// What the template is executed with.
    pub root: &'c Value,
    /// The instant of the execution.
    pub now: Timestamp,
    /// What the execution may still do.
    pub meter: &'c Meter,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything.
    Any,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `int64`
    Int64,
    /// `string`
    Text,
    /// `[]string`
    Texts,
    /// `[]interface {}`
    Values,
    /// `time.Time`
    Time,
    /// `time.Duration`
    Duration,
    /// `*time.Location`
    Zone,
}

impl Kind {
    /// Returns the type's name as Go's messages have it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Any => "interface {}",
            Kind::Bool => "bool",
            Kind::Int => "int",
            Kind::Int64 => "int64",
            Kind::Text => "string",
            Kind::Texts => "[]string",
            Kind::Values => "[]interface {}",
            Kind::Time => "time.Time",
            Kind::Duration => "time.Duration",
            Kind::Zone => "*time.Location",
        }
    }

    pub(super) fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (Kind::Any, _)
            | (Kind::Bool, Value::Bool(_))
            | (Kind::Int, Value::Int(_, Int::Int))
            | (Kind::Int64, Value::Int(_, Int::Int64))
            | (Kind::Duration, Value::Int(_, Int::Duration))
            | (Kind::Text, Value::Text(_, Safe::No))
            | (Kind::Time, Value::Time(_)) => true,
            (Kind::Texts | Kind::Values, Value::List(list)) => list.of.name == self.name(),
            (Kind::Zone, Value::Struct(value)) => value.of.name == self.name(),
            _ => false,
        }
    }
}

impl Value {
    /// Makes text that is escaped where it has to be.
    pub fn text(text: impl Into<Arc<str>>) -> Value {
        Value::Text(text.into(), Safe::No)
    }

    /// Makes an `int`.
    pub fn int(value: usize) -> Value {
        Value::Int(i64::try_from(value).unwrap_or(i64::MAX), Int::Int)
    }

    /// Makes a list. Refuses what is nested deeper than [`DEPTH_MAX`].
    pub fn list(of: &'static Type, items: Vec<Value>) -> Result<Value, String> {
        let depth = above(items.iter())?;
        Ok(Value::List(Arc::new(List { of, items, depth })))
    }

    /// Makes a list of texts.
    pub fn texts<T: Into<Arc<str>>>(of: impl IntoIterator<Item = T>) -> Value {
        let items = of.into_iter().map(Value::text).collect();
        Value::List(Arc::new(List { of: &TEXTS, items, depth: 1 }))
    }

    /// Makes a map. Refuses what is nested deeper than [`DEPTH_MAX`].
    pub fn map(of: &'static Type, entries: BTreeMap<Arc<str>, Value>) -> Result<Value, String> {
        let depth = above(entries.values())?;
        Ok(Value::Map(Arc::new(Map { of, entries, depth })))
    }

    /// Makes a struct. Refuses what is nested deeper than [`DEPTH_MAX`].
    pub fn object(
        of: &'static Type,
        fields: Vec<(&'static str, &'static str, Value)>,
    ) -> Result<Value, String> {
        let depth = above(fields.iter().map(|(_, _, value)| value))?;
        Ok(Value::Struct(Arc::new(Struct { of, fields, depth })))
    }

    /// Returns the field of a struct, or the entry of a map.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Struct(value) => {
                value.fields.iter().find(|(field, ..)| *field == name).map(|(_, _, value)| value)
            }
            Value::Map(map) => map.entries.get(name),
            Value::Missing
            | Value::Nil
            | Value::Bool(_)
            | Value::Int(..)
            | Value::Float(_)
            | Value::Text(..)
            | Value::Time(_)
            | Value::List(_) => None,
        }
    }

    /// Returns the text of a text, and nothing for anything else.
    pub fn as_text(&self) -> &str {
        if let Value::Text(text, _) = self { text } else { "" }
    }

    /// Returns the elements of a list, and none for anything else.
    pub fn items(&self) -> &[Value] {
        if let Value::List(list) = self { &list.items } else { &[] }
    }

    /// Returns the name of the type, as `%T` prints it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Missing | Value::Nil => "<nil>",
            Value::Bool(_) => "bool",
            Value::Int(_, Int::Int) => "int",
            Value::Int(_, Int::Int32) => "int32",
            Value::Int(_, Int::Int64) => "int64",
            Value::Int(_, Int::Byte) => "uint8",
            Value::Int(_, Int::Duration) => "time.Duration",
            Value::Int(_, Int::Month) => "time.Month",
            Value::Int(_, Int::Weekday) => "time.Weekday",
            Value::Float(_) => "float64",
            Value::Text(_, Safe::No) => "string",
            Value::Text(_, Safe::Html) => "template.HTML",
            Value::Text(_, Safe::Url) => "template.URL",
            Value::Time(_) => "time.Time",
            Value::List(list) => list.of.name,
            Value::Map(map) => map.of.name,
            Value::Struct(value) => value.of.name,
        }
    }

    /// Tells whether there is something: no zero, nothing empty.
    pub fn truth(&self) -> bool {
        match self {
            Value::Missing | Value::Nil => false,
            Value::Bool(value) => *value,
            Value::Int(value, _) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Text(text, _) => !text.is_empty(),
            Value::List(list) => !list.items.is_empty(),
            Value::Map(map) => !map.entries.is_empty(),
            Value::Time(_) | Value::Struct(_) => true,
        }
    }

    /// Returns what a missing entry of this map reads as.
    pub(super) fn zero(&self) -> Value {
        if self.type_name() == DICT.name { Value::Nil } else { Value::text("") }
    }

    /// Returns the type of a list, a map or a struct.
    pub fn of(&self) -> Option<&'static Type> {
        match self {
            Value::List(list) => Some(list.of),
            Value::Map(map) => Some(map.of),
            Value::Struct(value) => Some(value.of),
            Value::Missing
            | Value::Nil
            | Value::Bool(_)
            | Value::Int(..)
            | Value::Float(_)
            | Value::Text(..)
            | Value::Time(_) => None,
        }
    }

    fn depth(&self) -> u8 {
        match self {
            Value::List(list) => list.depth,
            Value::Map(map) => map.depth,
            Value::Struct(value) => value.depth,
            Value::Missing
            | Value::Nil
            | Value::Bool(_)
            | Value::Int(..)
            | Value::Float(_)
            | Value::Text(..)
            | Value::Time(_) => 0,
        }
    }
}

/// The depth of what holds these.
fn above<'v>(values: impl Iterator<Item = &'v Value>) -> Result<u8, String> {
    let depth = values.map(Value::depth).max().unwrap_or(0) + 1;
    if depth > DEPTH_MAX {
        return Err(format!("values are nested more than {DEPTH_MAX} deep"));
    }
    Ok(depth)
}
