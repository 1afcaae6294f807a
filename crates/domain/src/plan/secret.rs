//! Values that are not in the plan's files: `${NAME}` from the environment, and files named by `…_file` keys.

use super::fields::Fields;
use super::findings::{Fault, Findings, Place};
use super::read::Secrets;
use super::values::{self, Range};

/// Where values come from, and which addresses they may name.
pub(super) struct Sources<'s> {
    pub(super) secrets: &'s dyn Secrets,
    /// Whether `${NAME}` is replaced: in `stentor.yml` it is, in `alertmanager.yml` the original does not.
    pub(super) expands: bool,
    /// Inner addresses that may be reached.
    pub(super) allowed: &'s [Range],
}

/// A value with the place where the file gives it.
pub(super) struct Value {
    pub(super) text: String,
    pub(super) at: Place,
}

impl Sources<'_> {
    /// Returns the word under `key` with `${NAME}` replaced.
    pub(super) fn text(
        &self,
        fields: &mut Fields<'_>,
        key: &'static str,
        out: &mut Findings<'_>,
    ) -> Option<Value> {
        let word = fields.word(key, out)?;
        let text = if self.expands {
            out.check(word.at, expand(word.text, self.secrets))?
        } else {
            if word.text.contains("${") {
                let what = format!(
                    "`${{…}}` in `{key}` is sent as it stands: alertmanager.yml knows no variables"
                );
                out.warn(
                    word.at,
                    what,
                    "put the value into a file and name it under the `…_file` key",
                );
            }
            word.text.to_owned()
        };
        Some(Value { text, at: word.at })
    }

    /// Returns the value under `key`, or what is in the file that `key_file` names; both at once are an error.
    pub(super) fn secret(
        &self,
        fields: &mut Fields<'_>,
        (key, key_file): (&'static str, &'static str),
        out: &mut Findings<'_>,
    ) -> Option<Value> {
        let (given, filed) = (fields.has(key), fields.has(key_file));
        if given && filed {
            let what = format!("both `{key}` and `{key_file}` are set");
            out.error(fields.place(key_file), what, "keep one of them");
            return None;
        }
        if given {
            return self.text(fields, key, out);
        }
        let path = fields.word(key_file, out)?;
        let content = self.secrets.file(path.text).map_err(|why| {
            let what = format!("the file `{}` cannot be read: {why}", path.text);
            Fault::new(what, "create it; its path counts from the plan's folder")
        });
        let text = out.check(path.at, content)?.trim_end().to_owned();
        if text.is_empty() {
            out.error(
                path.at,
                format!("the file `{}` is empty", path.text),
                "put the value into it",
            );
            return None;
        }
        Some(Value { text, at: path.at })
    }

    /// Returns the address under `key` or in the file `key_file` names, checked.
    pub(super) fn url(
        &self,
        fields: &mut Fields<'_>,
        (key, key_file): (&'static str, &'static str),
        out: &mut Findings<'_>,
    ) -> Option<String> {
        let value = self.secret(fields, (key, key_file), out)?;
        out.check(value.at, self.reached(key, &value.text))?;
        Some(value.text)
    }

    fn reached(&self, key: &str, text: &str) -> Result<(), Fault> {
        if text.starts_with('<') {
            let what = format!("`{key}` is still a placeholder");
            let mend = format!(
                "put the real address there, or name a file that holds it under `{key}_file`"
            );
            return Err(Fault::new(what, mend));
        }
        values::reachable(values::url(text)?, self.allowed)
    }

    /// Returns the mail server under `key`, checked.
    pub(super) fn smarthost(
        &self,
        fields: &mut Fields<'_>,
        key: &'static str,
        out: &mut Findings<'_>,
    ) -> Option<String> {
        let value = self.text(fields, key, out)?;
        let host = out.check(value.at, values::smarthost(&value.text))?;
        out.check(value.at, values::reachable(host, self.allowed))?;
        Some(value.text)
    }
}

/// Replaces `${NAME}` by what the environment has; `$${` stands for `${`.
pub(super) fn expand(text: &str, secrets: &dyn Secrets) -> Result<String, Fault> {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(before) = before.strip_suffix('$') {
            whole.push_str(before);
            whole.push_str("${");
            rest = after;
            continue;
        }
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let named = after.split_once('}').filter(|(n, _)| !n.is_empty() && n.chars().all(word));
        let Some((name, after)) = named else {
            let mend =
                "write `${NAME}` with letters, digits and `_`, or `$${` for the signs themselves";
            return Err(Fault::new("`${` starts no variable's name", mend));
        };
        let Some(value) = secrets.env(name) else {
            let mend = format!("set `{name}` where the server starts, or use the `…_file` key");
            return Err(Fault::new(format!("the environment has no `{name}`"), mend));
        };
        whole.push_str(before);
        whole.push_str(&value);
        rest = after;
    }
    whole.push_str(rest);
    Ok(whole)
}
