//! What the original writes down that the file leaves out: defaults of routes, of integrations and of what these take
//! from `global`, and matchers in one form.

use std::sync::LazyLock;

use serde_json::{Map, Value};
use stentor_domain::interval::MONTHS;
use stentor_domain::matchers::{Matchers, parse};

use super::SECRET;
use super::spoken::entries;

type Keys = Map<String, Value>;

/// Defaults of each kind of integration, by its section.
static DEFAULTS: LazyLock<Keys> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("defaults.yml")).expect("a test reads the file")
});

/// What an integration takes from `global`: section, key, and the key there. Either may be in a file.
const SHARED: &[(&str, &str, &str)] = &[
    ("email_configs", "from", "smtp_from"),
    ("email_configs", "smarthost", "smtp_smarthost"),
    ("email_configs", "hello", "smtp_hello"),
    ("email_configs", "auth_username", "smtp_auth_username"),
    ("email_configs", "auth_password", "smtp_auth_password"),
    ("email_configs", "auth_secret", "smtp_auth_secret"),
    ("email_configs", "auth_identity", "smtp_auth_identity"),
    ("email_configs", "require_tls", "smtp_require_tls"),
    ("opsgenie_configs", "api_url", "opsgenie_api_url"),
    ("opsgenie_configs", "api_key", "opsgenie_api_key"),
    ("pagerduty_configs", "url", "pagerduty_url"),
    ("slack_configs", "api_url", "slack_api_url"),
    ("telegram_configs", "api_url", "telegram_api_url"),
    ("victorops_configs", "api_url", "victorops_api_url"),
    ("victorops_configs", "api_key", "victorops_api_key"),
    ("webex_configs", "api_url", "webex_api_url"),
    ("wechat_configs", "api_url", "wechat_api_url"),
    ("wechat_configs", "api_secret", "wechat_api_secret"),
    ("wechat_configs", "corp_id", "wechat_api_corp_id"),
];

/// Addresses that are secrets as a whole.
const SECRET_URLS: [(&str, &str); 2] =
    [("slack_configs", "api_url"), ("discord_configs", "webhook_url")];

/// Fills in what is left out; `global` has its own defaults already.
pub(super) fn fill(top: &mut Keys) {
    let global = top.get_mut("global").and_then(Value::as_object_mut);
    let global = global.map(|global| {
        fill_http(global);
        global.clone()
    });
    let global = global.unwrap_or_default();
    if let Some(route) = top.get_mut("route").and_then(Value::as_object_mut) {
        fill_route(route);
    }
    for rule in entries(top, "inhibit_rules") {
        matchers(rule, "source_matchers");
        matchers(rule, "target_matchers");
    }
    for receiver in entries(top, "receivers") {
        for (section, value) in receiver.iter_mut() {
            let integrations = value.as_array_mut().into_iter().flatten();
            for integration in integrations.filter_map(Value::as_object_mut) {
                fill_integration(section, integration, &global);
            }
        }
    }
    for section in ["time_intervals", "mute_time_intervals"] {
        for interval in entries(top, section) {
            entries(interval, "time_intervals").for_each(fill_interval);
        }
    }
    top.entry("templates").or_insert_with(|| Value::Array(vec![]));
}

fn fill_route(route: &mut Keys) {
    matchers(route, "matchers");
    route.entry("continue").or_insert(false.into());
    entries(route, "routes").for_each(fill_route);
}

/// Writes a list of matchers with one in each entry; an empty list is left out.
fn matchers(keys: &mut Keys, name: &str) {
    let Some(list) = keys.get_mut(name).and_then(Value::as_array_mut) else { return };
    let written = |value: &Value| -> Vec<Value> {
        let read = value.as_str().map(parse::matchers);
        let Some(Ok(Matchers(matchers))) = read else { return vec![value.clone()] };
        matchers.iter().map(|matcher| matcher.to_string().into()).collect()
    };
    *list = list.iter().flat_map(written).collect();
    if list.is_empty() {
        keys.remove(name);
    }
}

fn fill_integration(section: &str, keys: &mut Keys, global: &Keys) {
    let Some(defaults) = DEFAULTS.get(section).and_then(Value::as_object) else { return };
    for (_, key, shared) in SHARED.iter().filter(|(name, ..)| *name == section) {
        let file = format!("{key}_file");
        if !is_empty(keys, key) || !is_empty(keys, &file) {
            continue;
        }
        for (key, shared) in [(*key, (*shared).to_owned()), (&file, format!("{shared}_file"))] {
            if let Some(value) = global.get(&shared) {
                keys.insert(key.to_owned(), value.clone());
            }
        }
    }
    for (key, value) in defaults {
        match keys.get_mut(key) {
            None => {
                keys.insert(key.clone(), value.clone());
            }
            Some(Value::Object(given)) if value.is_object() => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    given.entry(key.clone()).or_insert_with(|| value.clone());
                }
            }
            Some(_) => {}
        }
    }
    for (_, key) in SECRET_URLS.iter().filter(|(name, _)| *name == section) {
        if let Some(url) = keys.get_mut(*key) {
            *url = SECRET.into();
        }
    }
    if section == "email_configs" {
        headers(keys);
    } else if let Some(shared) = global.get("http_config") {
        keys.entry("http_config").or_insert_with(|| shared.clone());
        fill_http(keys);
    }
}

fn fill_http(keys: &mut Keys) {
    let Some(http) = keys.get_mut("http_config").and_then(Value::as_object_mut) else { return };
    for key in ["follow_redirects", "enable_http2"] {
        http.entry(key).or_insert(true.into());
    }
    if let Some(authorization) = http.get_mut("authorization").and_then(Value::as_object_mut) {
        authorization.entry("type").or_insert("Bearer".into());
    }
}

fn is_empty(keys: &Keys, name: &str) -> bool {
    keys.get(name).is_none_or(|value| value.is_null() || value == "")
}

/// Writes the names of headers as the original does, and adds those that every mail has.
fn headers(keys: &mut Keys) {
    let given = keys.remove("headers");
    let given = given.as_ref().and_then(Value::as_object).into_iter().flatten();
    let mut headers: Keys = given.map(|(name, value)| (title(name), value.clone())).collect();
    let subject = Value::from("{{ template \"email.default.subject\" . }}");
    for (name, value) in [
        ("From", keys.get("from").cloned()),
        ("To", keys.get("to").cloned()),
        ("Subject", Some(subject)),
    ] {
        if let Some(value) = value {
            headers.entry(name).or_insert(value);
        }
    }
    keys.insert("headers".to_owned(), headers.into());
}

/// Writes the first letter of each word large.
fn title(name: &str) -> String {
    let mut begins = true;
    let letter = |letter: char| {
        let large = if begins { letter.to_ascii_uppercase() } else { letter };
        begins = !letter.is_alphanumeric() && letter != '_';
        large
    };
    name.chars().map(letter).collect()
}

/// Writes every part of an interval as text, and months as numbers.
fn fill_interval(interval: &mut Keys) {
    for (key, list) in interval.iter_mut() {
        for value in list.as_array_mut().into_iter().flatten() {
            if value.is_number() {
                *value = value.to_string().into();
            }
            if let (Some(range), "months") = (value.as_str(), key.as_str()) {
                let numbers: Vec<String> = range.split(':').map(month).collect();
                *value = numbers.join(":").into();
            }
        }
    }
}

fn month(word: &str) -> String {
    let word = word.trim();
    let found = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(word));
    found.map_or_else(|| word.to_owned(), |at| (at + 1).to_string())
}

#[cfg(test)]
mod tests;
