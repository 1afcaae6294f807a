//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`.

use std::cmp::Ordering;

use super::value::{Call, Int, Value};
use crate::fmt::print;

const INCOMPATIBLE: &str = "incompatible types for comparison";
const INVALID: &str = "invalid type for comparison";

/// Tells whether the first value equals any other one.
pub(super) fn equal(call: &Call<'_>) -> Result<Value, String> {
    let Some((first, rest)) = call.args.split_first() else {
        return Err("missing argument for comparison".into());
    };
    if rest.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in rest {
        if same(first, other, call)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn same(one: &Value, other: &Value, call: &Call<'_>) -> Result<bool, String> {
    match (one, other) {
        (Value::Missing | Value::Nil, Value::Missing | Value::Nil) => Ok(true),
        (Value::Missing | Value::Nil, _) | (_, Value::Missing | Value::Nil) => Ok(false),
        (Value::Bool(one), Value::Bool(other)) => Ok(one == other),
        (Value::Int(one, _), Value::Int(other, _)) => Ok(one == other),
        (Value::Float(one), Value::Float(other)) => Ok(one == other),
        (Value::Text(one, _), Value::Text(other, _)) => Ok(one == other),
        (Value::Time(one), Value::Time(other)) => {
            Ok(one.instant() == other.instant() && one.offset() == other.offset())
        }
        (Value::List(_) | Value::Map(_) | Value::Struct(_), _)
            if one.type_name() == other.type_name() =>
        {
            match (one, other) {
                (Value::Struct(one), Value::Struct(other)) => {
                    call.meter.spend(1)?;
                    let mut pairs = one.fields.iter().zip(&other.fields);
                    pairs.try_fold(true, |equal, (one, other)| {
                        Ok(equal && same(&one.2, &other.2, call)?)
                    })
                }
                _ => not_comparable(one, call),
            }
        }
        _ => Err(INCOMPATIBLE.into()),
    }
}

fn not_comparable(one: &Value, call: &Call<'_>) -> Result<bool, String> {
    let shown = print(std::slice::from_ref(one), 1 << 16)?;
    call.meter.spend_bytes(shown.len())?;
    Err(format!("non-comparable type {shown}: {}", one.type_name()))
}

/// Orders the two values.
pub(super) fn order(call: &Call<'_>) -> Result<Option<Ordering>, String> {
    match (&call.args[0], &call.args[1]) {
        (Value::Int(one, _), Value::Int(other, _)) => Ok(Some(one.cmp(other))),
        (Value::Float(one), Value::Float(other)) => Ok(one.partial_cmp(other)),
        (Value::Text(one, _), Value::Text(other, _)) => Ok(Some(one.cmp(other))),
        (Value::Bool(_), Value::Bool(_)) => Err(INVALID.into()),
        (one, other) if is_basic(one) && is_basic(other) => Err(INCOMPATIBLE.into()),
        _ => Err(INVALID.into()),
    }
}

fn is_basic(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Float(_) | Value::Text(..) => true,
        Value::Int(_, of) => match of {
            Int::Int
            | Int::Int32
            | Int::Int64
            | Int::Byte
            | Int::Duration
            | Int::Month
            | Int::Weekday => true,
        },
        Value::Missing
        | Value::Nil
        | Value::Time(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Struct(_) => false,
    }
}
