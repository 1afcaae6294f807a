//! Settings of a receiver, read by their path in `alertmanager.yml`, with their templates filled in.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use stentor_domain::plan::Settings;

use super::Context;

/// A receiver's settings, or the part of them below a path.
#[derive(Clone, Debug)]
pub(super) struct Form<'a> {
    pub(super) settings: &'a Settings,
    pub(super) context: &'a Context<'a>,
    path: String,
}

impl<'a> Form<'a> {
    pub(super) fn new(settings: &'a Settings, context: &'a Context<'a>) -> Self {
        Self { settings, context, path: String::new() }
    }

    fn path(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    /// Returns a setting as it was written; empty when it is not set.
    pub(super) fn plain(&self, name: &str) -> &'a str {
        self.settings.get(&self.path(name))
    }

    /// Tells whether a setting is there, if only to be empty.
    pub(super) fn has(&self, name: &str) -> bool {
        self.settings.0.contains_key(&self.path(name))
    }

    /// Tells whether a setting is switched on.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.plain(name) == "true"
    }

    /// Returns a setting with its template filled in; the error names the setting.
    pub(super) fn text(&self, name: &str) -> Result<String, String> {
        self.fill(&self.path(name), self.plain(name))
    }

    /// Returns a setting with its template filled in for HTML; the error names the setting.
    pub(super) fn html(&self, name: &str) -> Result<String, String> {
        let filled = self.context.html(self.plain(name));
        filled.map_err(|why| format!("the template `{}` fails: {why}", self.path(name)))
    }

    /// Returns a setting that the provider cannot do without.
    pub(super) fn needed(&self, name: &str) -> Result<String, String> {
        match self.text(name)? {
            empty if empty.trim().is_empty() => Err(format!("`{}` is not set", self.path(name))),
            text => Ok(text.trim().to_owned()),
        }
    }

    /// Returns names and filled-in values of a map of texts.
    pub(super) fn map(&self, name: &str) -> Result<BTreeMap<String, String>, String> {
        let start = format!("{}.", self.path(name));
        let below = self.below(&start);
        below
            .map(|(key, value)| Ok((key[start.len()..].to_owned(), self.fill(key, value)?)))
            .collect()
    }

    /// Returns the filled-in texts of a list.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        let name = self.path(name);
        let one = |at| {
            let key = format!("{name}.{at}");
            self.settings.0.get(&key).map(|value| self.fill(&key, &value.value))
        };
        (0..).map_while(one).collect()
    }

    /// Returns the entries of a list whose entries have settings of their own.
    pub(super) fn list(&self, name: &str) -> Vec<Self> {
        let entry = |at: usize| {
            let path = format!("{}.{at}.", self.path(name));
            self.below(&path).next()?;
            Some(Self { path, ..self.clone() })
        };
        (0..).map_while(entry).collect()
    }

    /// Returns a setting of any shape. Every text in it is a template; one that comes out as JSON is what it says, so
    /// that numbers and lists can be made by templates, as in Alertmanager.
    pub(super) fn tree(&self, name: &str) -> Result<Value, String> {
        if self.has(name) {
            return self.typed(&self.path(name), self.plain(name));
        }
        let start = format!("{}.", self.path(name));
        let entry = |(key, value): (&String, &str)| {
            Ok((key[start.len()..].to_owned(), self.typed(key, value)?))
        };
        Ok(Value::Object(self.below(&start).map(entry).collect::<Result<_, String>>()?))
    }

    /// Fills in a text, or the texts of a list or a map that is kept as JSON.
    fn typed(&self, key: &str, text: &str) -> Result<Value, String> {
        match serde_json::from_str(text) {
            Ok(tree @ (Value::Array(_) | Value::Object(_))) => self.filled(key, tree),
            Ok(_) | Err(_) => {
                let text = self.fill(key, text)?;
                match serde_json::from_str(&text) {
                    Ok(Value::String(_)) | Err(_) => Ok(Value::String(text)),
                    Ok(value) => Ok(value),
                }
            }
        }
    }

    fn filled(&self, key: &str, tree: Value) -> Result<Value, String> {
        match tree {
            Value::String(text) => self.typed(key, &text),
            Value::Array(items) => items.into_iter().map(|item| self.filled(key, item)).collect(),
            Value::Object(entries) => {
                let entry = |(name, value): (String, Value)| {
                    Ok((self.fill(key, &name)?, self.filled(key, value)?))
                };
                Ok(Value::Object(entries.into_iter().map(entry).collect::<Result<_, String>>()?))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(tree),
        }
    }

    /// Returns a span of time; `None` when it is not set, nought or not to be understood.
    pub(super) fn duration(&self, name: &str) -> Option<Duration> {
        duration(self.plain(name)).filter(|duration| !duration.is_zero())
    }

    /// Returns every setting whose path begins with `start`.
    pub(super) fn below(&self, start: &str) -> impl Iterator<Item = (&'a String, &'a str)> {
        let start = start.to_owned();
        let from = self.settings.0.range(start.clone()..);
        from.take_while(move |(key, _)| key.starts_with(&start))
            .map(|(key, value)| (key, value.value.as_str()))
    }

    fn fill(&self, key: &str, template: &str) -> Result<String, String> {
        self.context.text(template).map_err(|why| format!("the template `{key}` fails: {why}"))
    }
}

/// Reads a span of time in seconds, or as Go and Prometheus write it: `1h30m`, `4900ms`, `1.5s`, `2w`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if let Ok(seconds) = rest.parse() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let end = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            "w" => 604_800.0,
            "y" => 31_536_000.0,
            _ => return None,
        };
        seconds += number * unit;
        rest = &rest[end..];
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_are_read_as_go_writes_them() {
        let table = [
            ("1h30m", 5_400_000),
            ("4900ms", 4_900),
            ("1.5s", 1_500),
            ("2w", 1_209_600_000),
            ("60", 60_000),
        ];
        for (text, expected) in table {
            assert_eq!(duration(text), Some(Duration::from_millis(expected)), "{text}");
        }
        for text in ["s", "1x", "-1s", "-1", "1s2"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
