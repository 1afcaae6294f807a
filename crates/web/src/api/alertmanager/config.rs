//! `alertmanager.yml` as it may be shown: written anew, without its secrets and with its defaults, and still read
//! by amtool.

use std::fmt::Write as _;

use serde_json::Value;
use stentor_domain::plan::read::first_document;

mod filled;
mod spoken;

/// What stands in the place of a secret; Alertmanager's own readers take it for one.
const SECRET: &str = "<secret>";

/// Keys under which a user's own names stand, which are no settings.
const LABELS: [&str; 6] =
    ["match", "match_re", "source_match", "source_match_re", "target_match", "target_match_re"];

/// Go's words for true and false that YAML has given up.
const TRUTHS: [&str; 6] = ["yes", "no", "on", "off", "y", "n"];

/// Returns the file anew without its secrets; empty when it is not YAML, which a plan in force never is.
pub(super) fn masked(text: &str) -> String {
    let Ok(mut root) = serde_saphyr::from_str::<Value>(first_document(text)) else {
        return String::new();
    };
    mask(&mut root);
    spoken::fit(&mut root);
    if let Some(top) = root.as_object_mut() {
        filled::fill(top);
    }
    let mut out = String::new();
    write_value(&mut out, &root, 0, true);
    out
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut().filter(|(key, _)| !LABELS.contains(&key.as_str()))
            {
                match value {
                    Value::String(text) => *text = shown(key, text),
                    Value::Number(_) | Value::Bool(_) if is_secret(key) => *value = SECRET.into(),
                    Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::Array(_)
                    | Value::Object(_) => mask(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(mask),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let named = ["passw", "secret", "token", "credential"].iter().any(|word| key.contains(word));
    (named || key.ends_with("_key") || key == "key" || key == "authorization")
        && !key.ends_with("_file")
}

fn shown(key: &str, text: &str) -> String {
    if (is_secret(key) || key == "slack_api_url") && !text.is_empty() {
        return SECRET.to_owned();
    }
    if key.ends_with("url") && !text.is_empty() && !text.starts_with("{{") {
        return address(text);
    }
    text.to_owned()
}

/// Keeps scheme, host and port of an address: the rest may be what lets one in.
fn address(text: &str) -> String {
    let web = ["http", "https"];
    let parts = text.split_once("://").filter(|(scheme, _)| web.contains(scheme));
    let Some((scheme, rest)) = parts else { return format!("https://hidden.invalid/{SECRET}") };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let path = if path.len() > 1 { format!("/{SECRET}") } else { path.to_owned() };
    format!("{scheme}://{host}{path}")
}

/// Writes a value behind its key or its dash; `inline` when its first field stands on the line begun already.
fn write_value(out: &mut String, value: &Value, indent: usize, inline: bool) {
    let broken = if inline { "" } else { "\n" };
    if let Some(fields) = value.as_object().filter(|fields| !fields.is_empty()) {
        out.push_str(broken);
        for (at, (key, value)) in fields.iter().enumerate() {
            let margin = if at == 0 && inline { 0 } else { indent };
            let _ = write!(out, "{:margin$}{}:", "", name(key));
            write_value(out, value, indent + 2, false);
        }
    } else if let Some(values) = value.as_array().filter(|values| !values.is_empty()) {
        out.push_str(broken);
        for (at, value) in values.iter().enumerate() {
            let margin = if at == 0 && inline { 0 } else { indent };
            let _ = write!(out, "{:margin$}- ", "");
            write_value(out, value, indent + 2, true);
        }
    } else {
        let space = if inline { "" } else { " " };
        let _ = writeln!(out, "{space}{}", scalar(value));
    }
}

fn name(key: &str) -> String {
    let word = TRUTHS.contains(&key) || ["true", "false", "null"].contains(&key);
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let starts = key.bytes().next().is_some_and(letter);
    let plain = !word && starts && key.bytes().all(|byte| letter(byte) || byte.is_ascii_digit());
    if plain { key.to_owned() } else { Value::from(key).to_string() }
}

/// JSON is YAML; only Go's words lose their meaning in quotes.
fn scalar(value: &Value) -> String {
    match value.as_str() {
        Some(word) if TRUTHS.iter().any(|one| word.eq_ignore_ascii_case(one)) => word.to_owned(),
        Some(_) | None => value.to_string(),
    }
}
