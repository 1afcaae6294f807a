//! Values that are not in the plan's files: `${NAME}` from the environment, and files named by `…_file` keys.

use super::fields::{Fields, Word};
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
    /// Whether a file that cannot be read is only warned of: the original looks for it when it sends.
    pub(super) lenient: bool,
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
            self.warn_variable(key, word, out);
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
        // An empty text is one that is not given.
        let filed = fields.says(key_file);
        let given = fields.has(key) && (!filed || fields.says(key));
        if given && filed {
            let what = format!("both `{key}` and `{key_file}` are set");
            out.error(fields.place(key_file), what, "keep one of them");
            return None;
        }
        if given {
            return self.text(fields, key, out);
        }
        let path = fields.word(key_file, out).filter(|path| !path.text.is_empty())?;
        // What keeps the original from starting is an error here too.
        let needed = ["ca_file", "cert_file", "key_file"].contains(&key_file);
        let text = self.content(path, needed, out)?;
        Some(Value { text, at: path.at })
    }

    /// Returns what is in the file that `path` names, without the line's end.
    pub(super) fn content(
        &self,
        path: Word<'_>,
        needed: bool,
        out: &mut Findings<'_>,
    ) -> Option<String> {
        let fault = |what: String, mend: &str, out: &mut Findings<'_>| {
            if self.lenient && !needed {
                out.warn(path.at, what, format!("{mend}, then reload"));
            } else {
                out.error(path.at, what, mend);
            }
        };
        match self.secrets.file(path.text) {
            Err(why) => {
                let what = format!("the file `{}` cannot be read: {why}", path.text);
                fault(what, "create it; its path counts from the plan's folder", out);
                None
            }
            Ok(text) if text.trim().is_empty() => {
                let what = format!("the file `{}` is empty", path.text);
                fault(what, "put the value into it", out);
                None
            }
            Ok(text) => Some(text.trim_end().to_owned()),
        }
    }

    /// Warns of `${NAME}` where it is sent as it stands.
    pub(super) fn warn_variable(&self, key: &str, word: Word<'_>, out: &mut Findings<'_>) {
        if !self.expands && word.text.contains("${") {
            let what = format!(
                "`${{…}}` in `{key}` is sent as it stands: alertmanager.yml knows no variables"
            );
            let mend = "put the value into a file and name it under the `…_file` key";
            out.warn(word.at, what, mend);
        }
    }

    /// Returns the address under `key` or in the file `key_file` names, checked.
    pub(super) fn url(
        &self,
        fields: &mut Fields<'_>,
        (key, key_file): (&'static str, &'static str),
        out: &mut Findings<'_>,
    ) -> Option<String> {
        if fields.text(key) == Some("") {
            // The original reads an address here, and an empty one is none.
            out.check(fields.place(key), self.reached(key, ""))?;
        }
        let value = self.secret(fields, (key, key_file), out)?;
        out.check(value.at, self.reached(key, &value.text))?;
        Some(value.text)
    }

    /// Checks an address: one of the web, and one that may be reached.
    pub(super) fn reached(&self, key: &str, text: &str) -> Result<(), Fault> {
        if text.starts_with('<') {
            let what = format!("`{key}` is still a placeholder");
            let mend = format!(
                "put the real address there, or name a file that holds it under `{key}_file`"
            );
            return Err(Fault::new(what, mend));
        }
        values::reachable(values::url(text)?, self.allowed)
    }

    /// Checks the address of a proxy, which may also speak SOCKS.
    pub(super) fn proxy(&self, key: &str, text: &str) -> Result<(), Fault> {
        match values::socks(text) {
            Some(rest) => values::reachable(values::url(&format!("http{rest}"))?, self.allowed),
            None => self.reached(key, text),
        }
    }

    /// Checks a mail server.
    pub(super) fn host(&self, text: &str) -> Result<(), Fault> {
        values::reachable(values::smarthost(text)?, self.allowed)
    }

    /// Returns the mail server under `key`, checked.
    pub(super) fn smarthost(
        &self,
        fields: &mut Fields<'_>,
        key: &'static str,
        out: &mut Findings<'_>,
    ) -> Option<String> {
        let value = self.text(fields, key, out)?;
        out.check(value.at, self.host(&value.text))?;
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
