//! The functions that every template has.

use std::cmp::Ordering;
use std::sync::Arc;

use super::compare::{equal, order};
use super::value::{Call, Function, Int, Kind, Safe, Value};
use super::{OUTPUT_BYTES_MAX, html};
use crate::fmt;
use crate::url::query_escape;

const fn function(
    name: &'static str,
    takes: &'static [Kind],
    rest: Option<Kind>,
    call: fn(&Call<'_>) -> Result<Value, String>,
) -> Function {
    Function { name, takes, rest, call }
}

const ANY: Option<Kind> = Some(Kind::Any);

pub(super) const FUNCTIONS: &[Function] = &[
    // The interpreter itself looks at no more arguments of these two than it has to.
    function("and", &[Kind::Any], ANY, |call| Ok(call.args[0].clone())),
    function("or", &[Kind::Any], ANY, |call| Ok(call.args[0].clone())),
    function("call", &[Kind::Any], ANY, |call| {
        Err(format!("non-function of type {}", call.args[0].type_name()))
    }),
    function("eq", &[Kind::Any], ANY, equal),
    function("ge", &[Kind::Any, Kind::Any], None, |call| ordered(call, Ordering::is_ge)),
    function("gt", &[Kind::Any, Kind::Any], None, |call| ordered(call, Ordering::is_gt)),
    function("html", &[], ANY, |call| escaped(call, html::html)),
    function("index", &[Kind::Any], ANY, index),
    function("js", &[], ANY, |call| escaped(call, html::js)),
    function("le", &[Kind::Any, Kind::Any], None, |call| ordered(call, Ordering::is_le)),
    function("len", &[Kind::Any], None, len),
    function("lt", &[Kind::Any, Kind::Any], None, |call| ordered(call, Ordering::is_lt)),
    function("ne", &[Kind::Any, Kind::Any], None, |call| {
        let equal = equal(call)?;
        Ok(Value::Bool(!equal.truth()))
    }),
    function("not", &[Kind::Any], None, |call| Ok(Value::Bool(!call.args[0].truth()))),
    function("print", &[], ANY, |call| fmt::print(call.args, OUTPUT_BYTES_MAX).map(Value::text)),
    function("printf", &[Kind::Text], ANY, |call| {
        let format = call.args[0].as_text();
        call.meter.spend_bytes(format.len())?;
        fmt::printf(format, &call.args[1..], OUTPUT_BYTES_MAX).map(Value::text)
    }),
    function("println", &[], ANY, |call| {
        fmt::println(call.args, OUTPUT_BYTES_MAX).map(Value::text)
    }),
    function("slice", &[Kind::Any], ANY, slice),
    function("urlquery", &[], ANY, |call| escaped(call, query_escape)),
];

fn ordered(call: &Call<'_>, fits: fn(Ordering) -> bool) -> Result<Value, String> {
    Ok(Value::Bool(order(call)?.is_some_and(fits)))
}

fn escaped(call: &Call<'_>, escape: fn(&str) -> String) -> Result<Value, String> {
    let text = match call.args {
        [Value::Text(text, _)] => text.to_string(),
        [Value::Missing | Value::Nil] => "<no value>".into(),
        args => fmt::print(args, OUTPUT_BYTES_MAX)?,
    };
    call.meter.spend_bytes(text.len())?;
    Ok(Value::text(escape(&text)))
}

fn len(call: &Call<'_>) -> Result<Value, String> {
    match &call.args[0] {
        Value::Text(text, _) => Ok(Value::int(text.len())),
        Value::List(list) => Ok(Value::int(list.items.len())),
        Value::Map(map) => Ok(Value::int(map.entries.len())),
        Value::Missing | Value::Nil => Err("len of nil pointer".into()),
        other @ (Value::Bool(_)
        | Value::Int(..)
        | Value::Float(_)
        | Value::Time(_)
        | Value::Struct(_)) => Err(format!("len of type {}", other.type_name())),
    }
}

/// A number that says where in something of that length.
fn place(at: &Value, length: usize) -> Result<usize, String> {
    match at {
        Value::Int(number, _) => match usize::try_from(*number) {
            Ok(place) if place <= length => Ok(place),
            Ok(_) | Err(_) => Err(format!("index out of range: {number}")),
        },
        Value::Missing | Value::Nil => Err("cannot index slice/array with nil".into()),
        other @ (Value::Bool(_)
        | Value::Float(_)
        | Value::Text(..)
        | Value::Time(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Struct(_)) => {
            Err(format!("cannot index slice/array with type {}", other.type_name()))
        }
    }
}

fn index(call: &Call<'_>) -> Result<Value, String> {
    let mut item = call.args[0].clone();
    if matches!(item, Value::Missing | Value::Nil) {
        return Err("index of untyped nil".into());
    }
    for at in &call.args[1..] {
        item = match &item {
            Value::List(list) => {
                let place = place(at, list.items.len())?;
                let found = list.items.get(place).cloned();
                found.ok_or_else(|| format!("index out of range: {place}"))?
            }
            Value::Text(text, _) => {
                let place = place(at, text.len())?;
                let byte = text.as_bytes().get(place);
                let byte = byte.ok_or_else(|| format!("index out of range: {place}"))?;
                Value::Int(i64::from(*byte), Int::Byte)
            }
            Value::Map(map) => {
                let Value::Text(name, Safe::No) = at else {
                    return Err(match at.type_name() {
                        "<nil>" => "value is nil; should be of type string".into(),
                        name => format!("value has type {name}; should be string"),
                    });
                };
                map.entries.get(name).cloned().unwrap_or_else(|| item.zero())
            }
            Value::Missing | Value::Nil => return Err("index of nil pointer".into()),
            Value::Bool(_)
            | Value::Int(..)
            | Value::Float(_)
            | Value::Time(_)
            | Value::Struct(_) => {
                return Err(format!("can't index item of type {}", item.type_name()));
            }
        };
    }
    Ok(item)
}

fn slice(call: &Call<'_>) -> Result<Value, String> {
    let (item, places) = (&call.args[0], &call.args[1..]);
    let length = match item {
        Value::Text(_, _) if places.len() > 2 => return Err("cannot 3-index slice a string".into()),
        Value::Text(text, _) => text.len(),
        Value::List(list) => list.items.len(),
        Value::Missing | Value::Nil => return Err("slice of untyped nil".into()),
        Value::Bool(_)
        | Value::Int(..)
        | Value::Float(_)
        | Value::Time(_)
        | Value::Map(_)
        | Value::Struct(_) => {
            return Err(format!("can't slice item of type {}", item.type_name()));
        }
    };
    if places.len() > 3 {
        return Err(format!("too many slice indexes: {}", places.len()));
    }
    let mut bounds = [0, length, length];
    for (bound, at) in bounds.iter_mut().zip(places) {
        *bound = place(at, length)?;
    }
    let [from, to, most] = bounds;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    if to > most {
        return Err(format!("invalid slice index: {to} > {most}"));
    }
    match item {
        Value::Text(text, _) => {
            let bytes = String::from_utf8_lossy(&text.as_bytes()[from..to]);
            Ok(Value::Text(Arc::from(bytes.as_ref()), Safe::No))
        }
        Value::List(list) => Value::list(list.of, list.items[from..to].to_vec()),
        Value::Missing
        | Value::Nil
        | Value::Bool(_)
        | Value::Int(..)
        | Value::Float(_)
        | Value::Time(_)
        | Value::Map(_)
        | Value::Struct(_) => Ok(Value::Missing),
    }
}
