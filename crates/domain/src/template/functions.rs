//! The functions that Alertmanager adds to Go's, up to its version 0.34.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use stentor_go::template::OUTPUT_BYTES_MAX;
use stentor_go::template::value::{Call, DICT, Function, Int, Kind, Safe, VALUES, Value};
use stentor_go::time::{self, Time};
use stentor_go::{fmt, json, url};

const fn function(
    name: &'static str,
    takes: &'static [Kind],
    call: fn(&Call<'_>) -> Result<Value, String>,
) -> Function {
    Function { name, takes, rest: None, call }
}

const fn any_number(
    name: &'static str,
    takes: &'static [Kind],
    of: Kind,
    call: fn(&Call<'_>) -> Result<Value, String>,
) -> Function {
    Function { name, takes, rest: Some(of), call }
}

pub(super) static FUNCTIONS: &[Function] = &[
    any_number("append", &[Kind::Values], Kind::Any, |call| {
        Value::list(&VALUES, call.args[0].items().iter().chain(&call.args[1..]).cloned().collect())
    }),
    function("base64decode", &[Kind::Text], |call| {
        let bytes = URL_SAFE.decode(text(call, 0)).map_err(|why| why.to_string())?;
        Ok(Value::text(String::from_utf8_lossy(&bytes)))
    }),
    function("base64encode", &[Kind::Text], |call| {
        call.meter.spend_bytes(text(call, 0).len())?;
        Ok(Value::text(URL_SAFE.encode(text(call, 0))))
    }),
    function("date", &[Kind::Text, Kind::Time], |call| {
        call.meter.spend_bytes(text(call, 0).len() * 20)?;
        Ok(Value::text(time::format(&instant(call, 1), text(call, 0))))
    }),
    any_number("dict", &[], Kind::Any, dict),
    function("humanizeDuration", &[Kind::Any], |call| {
        Ok(Value::text(fmt::human_duration(seconds(&call.args[0])?)))
    }),
    function("join", &[Kind::Text, Kind::Texts], join),
    any_number("list", &[], Kind::Any, |call| Value::list(&VALUES, call.args.to_vec())),
    function("match", &[Kind::Text, Kind::Text], |call| {
        let regex = call.meter.regex(text(call, 0), text(call, 1))?;
        Ok(Value::Bool(regex.is_match(text(call, 1))))
    }),
    function("mustToDate", &[Kind::Text, Kind::Text], |call| {
        time::parse(text(call, 0), text(call, 1)).map(|time| Value::Time(Arc::new(time)))
    }),
    function("now", &[], |call| Ok(Value::Time(Arc::new(Time::utc(call.now))))),
    function("reReplaceAll", &[Kind::Text, Kind::Text, Kind::Text], replace),
    function("routeLabels", &[Kind::Text], |call| {
        let labels = call.root.get("RouteLabels");
        let found = labels.and_then(|labels| labels.get(text(call, 0)));
        Ok(found.cloned().unwrap_or_else(|| Value::text("")))
    }),
    function("safeHtml", &[Kind::Text], |call| Ok(Value::Text(text(call, 0).into(), Safe::Html))),
    function("safeUrl", &[Kind::Text], |call| Ok(Value::Text(text(call, 0).into(), Safe::Url))),
    function("since", &[Kind::Time], |call| {
        Ok(Value::Int(Time::utc(call.now).since(&instant(call, 0)), Int::Duration))
    }),
    any_number("stringSlice", &[], Kind::Text, |call| {
        Ok(Value::texts(call.args.iter().map(Value::as_text)))
    }),
    function("title", &[Kind::Text], |call| Ok(Value::text(title(text(call, 0))))),
    function("toDate", &[Kind::Text, Kind::Text], |call| {
        let time = time::parse(text(call, 0), text(call, 1)).unwrap_or_else(|_| Time::zero());
        Ok(Value::Time(Arc::new(time)))
    }),
    function("toJson", &[Kind::Any], |call| {
        json::value(&call.args[0], OUTPUT_BYTES_MAX).map(Value::text)
    }),
    function("toLower", &[Kind::Text], |call| Ok(Value::text(text(call, 0).to_lowercase()))),
    function("toUpper", &[Kind::Text], |call| Ok(Value::text(text(call, 0).to_uppercase()))),
    function("trimSpace", &[Kind::Text], |call| Ok(Value::text(text(call, 0).trim()))),
    function("tz", &[Kind::Text, Kind::Time], |call| {
        Ok(Value::Time(Arc::new(instant(call, 1).in_zone(text(call, 0))?)))
    }),
    function("urlUnescape", &[Kind::Text], |call| {
        url::query_unescape(text(call, 0)).map(Value::text)
    }),
];

fn text<'c>(call: &'c Call<'_>, at: usize) -> &'c str {
    call.args[at].as_text()
}

fn instant(call: &Call<'_>, at: usize) -> Time {
    if let Value::Time(time) = &call.args[at] { Time::clone(time) } else { Time::zero() }
}

fn dict(call: &Call<'_>) -> Result<Value, String> {
    if !call.args.len().is_multiple_of(2) {
        return Err("dict requires an even number of arguments".into());
    }
    let mut entries = BTreeMap::new();
    for pair in call.args.chunks(2) {
        let Value::Text(name, Safe::No) = &pair[0] else {
            return Err("dict keys must be strings".into());
        };
        entries.insert(Arc::clone(name), pair[1].clone());
    }
    Value::map(&DICT, entries)
}

fn join(call: &Call<'_>) -> Result<Value, String> {
    let (separator, items) = (text(call, 0), call.args[1].items());
    let bytes: usize = items.iter().map(|item| item.as_text().len() + separator.len()).sum();
    call.meter.spend_bytes(bytes)?;
    let texts: Vec<&str> = items.iter().map(Value::as_text).collect();
    Ok(Value::text(texts.join(separator)))
}

fn replace(call: &Call<'_>) -> Result<Value, String> {
    let (replacement, text) = (text(call, 1), text(call, 2));
    let regex = call.meter.regex(call.args[0].as_text(), text)?;
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for found in regex.captures_iter(text) {
        let whole = found.get(0).map_or(0..0, |whole| whole.range());
        out.push_str(&text[last..whole.start]);
        found.expand(replacement, &mut out);
        last = whole.end;
        call.meter.spend(1)?;
        if out.len() > OUTPUT_BYTES_MAX {
            break;
        }
    }
    out.push_str(&text[last..]);
    Ok(Value::text(out))
}

/// What a value says in seconds.
fn seconds(value: &Value) -> Result<f64, String> {
    if let Value::Text(text, Safe::No) = value {
        let text_is_none = |_| {
            let text = stentor_go::quote::quoted(text);
            format!("strconv.ParseFloat: parsing {text}: invalid syntax")
        };
        return text.parse().map_err(text_is_none);
    }
    if let Value::Float(number) = value {
        return Ok(*number);
    }
    if let Value::Int(number, of @ (Int::Int | Int::Int64 | Int::Duration)) = value {
        let unit = if *of == Int::Duration { 1e9 } else { 1.0 };
        return Ok(*number as f64 / unit);
    }
    Err(format!("can't convert {} to float", value.type_name()))
}

/// Each word with a large letter, the rest small; `_`, and `'.:` between letters, part no words.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut titled = false;
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied().unwrap_or(' ');
        let is_cased = letter.is_lowercase() || letter.is_uppercase();
        let joins = matches!(letter, '\'' | '’' | '.' | ':' | '·')
            && before.is_alphabetic()
            && next.is_alphabetic();
        if is_cased && !titled {
            let mut upper = letter.to_uppercase();
            out.extend(upper.next());
            out.extend(upper.flat_map(char::to_lowercase));
            titled = true;
        } else if is_cased {
            out.extend(letter.to_lowercase());
        } else {
            out.push(letter);
            titled = titled && (letter.is_alphanumeric() || letter == '_' || joins);
        }
        before = letter;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_alertmanagers() {
        // Answers of amtool 0.25.
        for (text, expected) in [
            ("hello WORLD don't", "Hello World Don't"),
            ("foo_bar foo-bar foo.bar foo:bar", "Foo_bar Foo-Bar Foo.bar Foo:bar"),
            ("3abc 3 abc a1b2", "3Abc 3 Abc A1b2"),
            ("o'NEIL's 'abc' foo . bar", "O'neil's 'Abc' Foo . Bar"),
            ("éa ßx a·b σας", "Éa Ssx A·b Σας"),
        ] {
            assert_eq!(title(text), expected);
        }
    }
}
