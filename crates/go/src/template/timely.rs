//! What can be called on times, durations, months and days.

use std::sync::Arc;

use jiff::{Span, Timestamp};

use super::value::{Call, Function, Int, Kind, Type, Value};
use crate::time::{self, Time};

/// `*time.Location`
static ZONE: Type = Type {
    name: "*time.Location",
    methods: &[method("String", &[], |call| Ok(call.on.get("name").cloned().unwrap_or(EMPTY)))],
    print: Some(|value| value.get("name").map_or_else(String::new, |name| name.as_text().into())),
};

const EMPTY: Value = Value::Missing;

/// Returns the methods of a value whose type is none of the caller's.
pub(super) fn methods(value: &Value) -> &'static [Function] {
    match value {
        Value::Time(_) => TIME,
        Value::Int(_, Int::Duration) => DURATION,
        Value::Int(_, Int::Month | Int::Weekday) => NAMED,
        Value::Int(_, Int::Int | Int::Int32 | Int::Int64 | Int::Byte)
        | Value::Missing
        | Value::Nil
        | Value::Bool(_)
        | Value::Float(_)
        | Value::Text(..)
        | Value::List(_)
        | Value::Map(_)
        | Value::Struct(_) => &[],
    }
}

const fn method(
    name: &'static str,
    takes: &'static [Kind],
    call: fn(&Call<'_>) -> Result<Value, String>,
) -> Function {
    Function { name, takes, rest: None, call }
}

/// The time that a method is called on, or the argument at `at`.
fn of(value: &Value) -> Time {
    if let Value::Time(time) = value { Time::clone(time) } else { Time::zero() }
}

fn on(call: &Call<'_>) -> Time {
    of(call.on)
}

fn whole(value: &Value) -> i64 {
    if let Value::Int(number, _) = value { *number } else { 0 }
}

fn given(time: Time) -> Result<Value, String> {
    Ok(Value::Time(Arc::new(time)))
}

fn int(value: impl Into<i64>) -> Result<Value, String> {
    Ok(Value::Int(value.into(), Int::Int))
}

fn int64(value: i128) -> Result<Value, String> {
    Ok(Value::Int(i64::try_from(value).unwrap_or(i64::MAX), Int::Int64))
}

fn nanoseconds(value: i64) -> Result<Value, String> {
    Ok(Value::Int(value, Int::Duration))
}

fn is_before(first: &Value, second: &Value) -> bool {
    of(first).instant() < of(second).instant()
}

const TIME: &[Function] = &[
    method("Add", &[Kind::Duration], |call| given(on(call).plus(whole(&call.args[0])))),
    method("AddDate", &[Kind::Int, Kind::Int, Kind::Int], add_date),
    method("After", &[Kind::Time], |call| Ok(Value::Bool(is_before(&call.args[0], call.on)))),
    method("Before", &[Kind::Time], |call| Ok(Value::Bool(is_before(call.on, &call.args[0])))),
    method("Compare", &[Kind::Time], |call| {
        int(on(call).instant().cmp(&of(&call.args[0]).instant()) as i64)
    }),
    method("Day", &[], |call| int(on(call).zoned().day())),
    method("Equal", &[Kind::Time], |call| {
        Ok(Value::Bool(on(call).instant() == of(&call.args[0]).instant()))
    }),
    method("Format", &[Kind::Text], |call| {
        let layout = call.args[0].as_text();
        call.meter.spend_bytes(layout.len() * 20)?;
        Ok(Value::text(time::format(&on(call), layout)))
    }),
    method("GoString", &[], |call| Ok(Value::text(on(call).text()))),
    method("Hour", &[], |call| int(on(call).zoned().hour())),
    method("In", &[Kind::Zone], |call| {
        let name = call.args[0].get("name").map(|name| name.as_text().to_owned());
        given(on(call).in_zone(&name.unwrap_or_default())?)
    }),
    method("IsDST", &[], |call| {
        let at = on(call);
        let info = at.zoned().time_zone().to_offset_info(at.instant());
        Ok(Value::Bool(info.dst().is_dst()))
    }),
    method("IsZero", &[], |call| Ok(Value::Bool(on(call).instant() == Time::zero().instant()))),
    method("Local", &[], |call| given(Time::utc(on(call).instant()))),
    method("Location", &[], |call| {
        let name = on(call).zoned().time_zone().iana_name().unwrap_or("").to_owned();
        Value::object(&ZONE, vec![("name", "name", Value::text(name))])
    }),
    method("Minute", &[], |call| int(on(call).zoned().minute())),
    method("Month", &[], |call| Ok(Value::Int(on(call).zoned().month().into(), Int::Month))),
    method("Nanosecond", &[], |call| int(on(call).zoned().subsec_nanosecond())),
    method("Round", &[Kind::Duration], |call| given(shift(call, time::round))),
    method("Second", &[], |call| int(on(call).zoned().second())),
    method("String", &[], |call| Ok(Value::text(on(call).text()))),
    method("Sub", &[Kind::Time], |call| nanoseconds(on(call).since(&of(&call.args[0])))),
    method("Truncate", &[Kind::Duration], |call| given(shift(call, time::truncate))),
    method("UTC", &[], |call| given(Time::utc(on(call).instant()))),
    method("Unix", &[], |call| int64(seconds(on(call).instant()).into())),
    method("UnixMicro", &[], |call| int64(on(call).instant().as_nanosecond().div_euclid(1_000))),
    method("UnixMilli", &[], |call| {
        int64(on(call).instant().as_nanosecond().div_euclid(1_000_000))
    }),
    method("UnixNano", &[], |call| int64(on(call).instant().as_nanosecond())),
    method("Weekday", &[], |call| {
        let day = on(call).zoned().weekday().to_sunday_zero_offset();
        Ok(Value::Int(day.into(), Int::Weekday))
    }),
    method("Year", &[], |call| int(on(call).zoned().year())),
    method("YearDay", &[], |call| int(on(call).zoned().day_of_year())),
];

fn seconds(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond().div_euclid(1_000_000_000)).unwrap_or(i64::MAX)
}

fn add_date(call: &Call<'_>) -> Result<Value, String> {
    let at = on(call);
    let [years, months, days] = [0, 1, 2].map(|at: usize| whole(&call.args[at]));
    let out_of_range = || "the date is out of range".to_owned();
    // Go counts months without looking at days, and then lets days run over: 31 January and a month is 2 or 3 March.
    let civil = at.zoned().datetime();
    let all = years.checked_mul(12).and_then(|all| all.checked_add(months));
    let all = all.and_then(|all| all.checked_add(i64::from(civil.month()) - 1));
    let all = all.ok_or_else(out_of_range)?;
    let year = i64::from(civil.year()) + all.div_euclid(12);
    let month = i8::try_from(all.rem_euclid(12) + 1).map_err(|_| out_of_range())?;
    let year = i16::try_from(year).map_err(|_| out_of_range())?;
    let first = jiff::civil::Date::new(year, month, 1).map_err(|_| out_of_range())?;
    let days = days.checked_add(i64::from(civil.day()) - 1).ok_or_else(out_of_range)?;
    let span = Span::new().try_days(days).map_err(|_| out_of_range())?;
    let date = first.checked_add(span).map_err(|_| out_of_range())?;
    let moved = date.to_datetime(civil.time()).to_zoned(at.zoned().time_zone().clone());
    given(Time::of(moved.map_err(|_| out_of_range())?))
}

/// Moves a time to a multiple of a duration since the year 1.
fn shift(call: &Call<'_>, to: fn(i64, i64) -> i64) -> Time {
    let (at, unit) = (on(call), whole(&call.args[0]));
    if unit <= 0 {
        return at;
    }
    let since = at.instant().as_nanosecond() - Time::zero().instant().as_nanosecond();
    let rest = i64::try_from(since.rem_euclid(unit.into())).unwrap_or(0);
    at.plus(to(rest, unit) - rest)
}

fn float(call: &Call<'_>, unit: f64) -> Result<Value, String> {
    Ok(Value::Float(whole(call.on) as f64 / unit))
}

const DURATION: &[Function] = &[
    method("Abs", &[], |call| nanoseconds(whole(call.on).saturating_abs())),
    method("Hours", &[], |call| float(call, 3.6e12)),
    method("Microseconds", &[], |call| int64((whole(call.on) / 1_000).into())),
    method("Milliseconds", &[], |call| int64((whole(call.on) / 1_000_000).into())),
    method("Minutes", &[], |call| float(call, 6e10)),
    method("Nanoseconds", &[], |call| int64(whole(call.on).into())),
    method("Round", &[Kind::Duration], |call| {
        nanoseconds(time::round(whole(call.on), whole(&call.args[0])))
    }),
    method("Seconds", &[], |call| float(call, 1e9)),
    method("String", &[], |call| Ok(Value::text(time::duration(whole(call.on))))),
    method("Truncate", &[Kind::Duration], |call| {
        nanoseconds(time::truncate(whole(call.on), whole(&call.args[0])))
    }),
];

const NAMED: &[Function] = &[method("String", &[], |call| {
    Ok(Value::text(crate::fmt::print(std::slice::from_ref(call.on), 100)?))
})];
