//! Reading a group of keys as its table has it, into settings named by their path.

use super::super::fields::{self, Fields, Word};
use super::super::findings::{Fault, Findings, Place};
use super::super::secret::Sources;
use super::super::yaml::{Kind, Node, Style};
use super::super::{Settings, values};
use super::global::Globals;
use super::keys::{Group, Key, Scalar, Type};

/// A template in the file, to be checked when all of its definitions are known.
pub(in super::super) struct Text {
    pub(in super::super) at: Place,
    pub(in super::super) text: String,
    /// Whether it is HTML, where values are escaped by their context.
    pub(in super::super) html: bool,
}

/// What reading needs beside the file.
pub(in super::super) struct Reader<'r> {
    pub(in super::super) sources: &'r Sources<'r>,
    /// What is asked when a key is left out; none while `global` itself is read.
    pub(in super::super) globals: Option<&'r Globals>,
    /// Every template so far.
    pub(in super::super) texts: Vec<Text>,
}

/// Where settings go, and what stands before their names.
type Kept<'s> = (&'s str, &'s mut Settings);

impl Reader<'_> {
    /// Reads a group's keys, then checks them against each other. Unknown keys are left to whoever opened the fields.
    pub(in super::super) fn group(
        &mut self,
        fields: &mut Fields<'_>,
        group: &Group,
        (prefix, settings): Kept<'_>,
        out: &mut Findings<'_>,
    ) {
        for key in group.keys {
            let path = format!("{prefix}{}", key.name);
            self.key(fields, key, (&path, settings), out);
            self.fill(fields, key, (&path, settings), out);
        }
        (group.check)(fields, settings, prefix, out);
    }

    fn key(
        &mut self,
        fields: &mut Fields<'_>,
        key: &Key,
        (path, settings): Kept<'_>,
        out: &mut Findings<'_>,
    ) {
        if let (Some(file), Type::One(scalar)) = (key.file, key.kind) {
            if let Some(value) = self.filed(fields, (key.name, file), scalar, out) {
                settings.set(path, value, scalar.is_secret());
            }
            return;
        }
        if fields.is_null(key.name) {
            if matches!(
                key.kind,
                Type::One(Scalar::Template | Scalar::Html | Scalar::Text | Scalar::Mail)
            ) {
                settings.set(path, "", false);
            }
            return;
        }
        let Some(node) = fields.get(key.name) else { return };
        let at = fields.place(key.name);
        match key.kind {
            Type::One(scalar) => {
                let word = fields::word(node, &format!("`{}`", key.name), out);
                let value = word.and_then(|word| self.scalar(key.name, scalar, word, out));
                if let Some(value) = value {
                    settings.set(path, value, scalar.is_secret());
                }
            }
            Type::Map(group) => self.map((node, key.name, at), group, (path, settings), out),
            Type::Maps(group) => {
                for (index, item) in fields.list(key.name, out).iter().enumerate() {
                    let path = format!("{path}.{index}");
                    self.map((item, key.name, item.at), group, (&path, settings), out);
                }
            }
            Type::TemplateOr(group) | Type::ListOr(group) => {
                self.either((node, key, at), group, (path, settings), out);
            }
            Type::List | Type::TemplateList => {
                for (index, word) in fields.words(key.name, out).into_iter().enumerate() {
                    if matches!(key.kind, Type::TemplateList) {
                        self.text(key.name, word, false, out);
                    }
                    settings.set(&format!("{path}.{index}"), word.text, false);
                }
            }
            Type::Texts | Type::Templates | Type::Headers | Type::ProxyHeaders => {
                self.named(fields, key, (path, settings), out);
            }
            Type::Tree => self.tree(node, key.name, (path, settings), out),
        }
    }

    /// Reads a value that may also come from a file.
    fn filed(
        &mut self,
        fields: &mut Fields<'_>,
        (name, file): (&'static str, &'static str),
        scalar: Scalar,
        out: &mut Findings<'_>,
    ) -> Option<String> {
        if matches!(scalar, Scalar::Url | Scalar::SecretUrl) {
            return self.sources.url(fields, (name, file), out);
        }
        if matches!(scalar, Scalar::TemplateUrl) {
            return self.template_url(fields, (name, file), out);
        }
        if matches!(scalar, Scalar::Integer) && fields.has(name) && !fields.says(file) {
            let word = fields.word(name, out)?;
            return self.scalar(name, scalar, word, out);
        }
        let value = self.sources.secret(fields, (name, file), out)?;
        if matches!(scalar, Scalar::Integer) {
            let what = || format!("`{name}` must be a whole number, not `{}`", value.text);
            let number = value.text.trim().parse::<i64>();
            let fault = |_| Fault::new(what(), "write such a number");
            out.check(value.at, number.map_err(fault))?;
        }
        Some(value.text)
    }

    fn map(
        &mut self,
        (node, name, at): (&Node, &str, Place),
        group: &Group,
        (path, settings): Kept<'_>,
        out: &mut Findings<'_>,
    ) {
        let Some(mut inner) = Fields::open(node, format!("`{name}`"), at, out) else { return };
        self.group(&mut inner, group, (&format!("{path}."), settings), out);
        inner.finish(out);
    }

    /// Reads what may be short for a map with only its first key.
    fn either(
        &mut self,
        (node, key, at): (&Node, &Key, Place),
        group: &Group,
        (path, settings): Kept<'_>,
        out: &mut Findings<'_>,
    ) {
        let name = format!("`{}`", key.name);
        match &node.kind {
            Kind::Map(_) => {
                self.map((node, key.name, at), group, (path, settings), out);
                let Some(first) = group.keys.first() else { return };
                let long = format!("{path}.{}", first.name);
                let found = settings.0.keys().filter(|name| name.starts_with(&long)).cloned();
                for name in found.collect::<Vec<_>>() {
                    let Some(setting) = settings.0.remove(&name) else { continue };
                    settings.0.insert(format!("{path}{}", &name[long.len()..]), setting);
                }
            }
            Kind::List(items) if matches!(key.kind, Type::ListOr(_)) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(word) = fields::word(item, &name, out) {
                        self.text(key.name, word, false, out);
                        settings.set(&format!("{path}.{index}"), word.text, false);
                    }
                }
            }
            Kind::List(_) | Kind::Null | Kind::Word(..) => {
                if let Some(word) = fields::word(node, &name, out) {
                    self.text(key.name, word, false, out);
                    settings.set(path, word.text, false);
                }
            }
        }
    }

    /// Reads a map whose keys are names of the user.
    fn named(
        &mut self,
        fields: &mut Fields<'_>,
        key: &Key,
        (path, settings): Kept<'_>,
        out: &mut Findings<'_>,
    ) {
        for entry in fields.map(key.name, out) {
            let path = format!("{path}.{}", entry.key);
            let name = format!("`{}`", entry.key);
            if matches!(key.kind, Type::Headers) {
                let named = (entry.key.as_str(), entry.at);
                self.header(&entry.value, named, (&path, settings), out);
            } else if matches!(key.kind, Type::ProxyHeaders) {
                let Kind::List(items) = &entry.value.kind else {
                    let what = format!("{name} must be a list");
                    out.error(entry.at, what, "write the values as in `[a, b]`");
                    continue;
                };
                for (index, item) in items.iter().enumerate() {
                    if let Some(word) = fields::word(item, &name, out) {
                        settings.set(&format!("{path}.{index}"), word.text, true);
                    }
                }
            } else if let Some(word) = fields::text(&entry.value, &name, out) {
                if matches!(key.kind, Type::Templates) {
                    self.text(&entry.key, word, false, out);
                }
                settings.set(&path, word.text, false);
            }
        }
    }

    /// Reads one header of `http_headers`; what files hold are secrets.
    fn header(
        &self,
        node: &Node,
        (name, at): (&str, Place),
        (path, settings): Kept<'_>,
        out: &mut Findings<'_>,
    ) {
        let lower = name.to_ascii_lowercase();
        if RESERVED.contains(&lower.as_str()) {
            let what = format!("the header `{name}` is made by the request itself");
            out.error(at, what, "remove it");
        }
        let Some(mut fields) = Fields::open(node, format!("header `{name}`"), at, out) else {
            return;
        };
        let mut values: Vec<(String, bool)> = Vec::new();
        for (key, secret) in [("values", false), ("secrets", true), ("files", true)] {
            for word in fields.words(key, out) {
                let value = if key == "files" {
                    self.sources.content(word, true, out)
                } else {
                    Some(word.text.to_owned())
                };
                values.extend(value.map(|value| (value, secret)));
            }
        }
        fields.finish(out);
        for (index, (value, secret)) in values.into_iter().enumerate() {
            settings.set(&format!("{path}.{index}"), value, secret);
        }
    }

    fn tree(
        &mut self,
        node: &Node,
        name: &'static str,
        (path, settings): Kept<'_>,
        out: &mut Findings<'_>,
    ) {
        self.tree_texts(node, name, out);
        let kept = |node: &Node| match &node.kind {
            Kind::Word(text, _) => text.clone(),
            Kind::Null | Kind::List(_) | Kind::Map(_) => json(node),
        };
        match &node.kind {
            Kind::Map(entries) => {
                for entry in entries {
                    settings.set(&format!("{path}.{}", entry.key), kept(&entry.value), false);
                }
            }
            Kind::Null | Kind::Word(..) | Kind::List(_) => settings.set(path, kept(node), false),
        }
    }

    fn tree_texts(&mut self, node: &Node, name: &str, out: &mut Findings<'_>) {
        match &node.kind {
            Kind::Null => {}
            Kind::Word(text, style) => {
                self.text(name, Word { text, at: node.at, style: *style }, false, out);
            }
            Kind::List(items) => items.iter().for_each(|item| self.tree_texts(item, name, out)),
            Kind::Map(entries) => {
                entries.iter().for_each(|entry| self.tree_texts(&entry.value, name, out));
            }
        }
    }

    fn scalar(
        &mut self,
        name: &str,
        scalar: Scalar,
        word: Word<'_>,
        out: &mut Findings<'_>,
    ) -> Option<String> {
        let text = word.text;
        let plain = |fault: Result<(), Fault>| fault.map(|()| text.to_owned());
        let read = match scalar {
            Scalar::Template | Scalar::Html | Scalar::Mail => {
                self.text(name, word, matches!(scalar, Scalar::Html), out);
                if matches!(scalar, Scalar::Mail) {
                    warn_mail(word, out);
                }
                Ok(text.to_owned())
            }
            Scalar::Text | Scalar::Secret | Scalar::TemplateUrl => {
                self.sources.warn_variable(name, word, out);
                Ok(text.to_owned())
            }
            Scalar::Url | Scalar::SecretUrl => plain(self.sources.reached(name, text)),
            Scalar::Host | Scalar::Proxy if text.is_empty() => return None,
            Scalar::Proxy => plain(self.sources.proxy(name, text)),
            Scalar::Host => plain(self.sources.host(text)),
            Scalar::Truth => {
                let plain = word.style == Style::Plain;
                values::truth(name, text, plain).map(|truth| truth.to_string())
            }
            Scalar::Whole | Scalar::Integer => {
                let least = if matches!(scalar, Scalar::Whole) { 0 } else { i64::MIN.into() };
                number(name, word, least)
            }
            Scalar::Duration => values::duration(text).map(|length| seconds(length.as_nanos())),
            Scalar::GoDuration => go_duration(text).map(seconds),
            Scalar::Timeout => match text.parse::<i128>() {
                Ok(nanoseconds) if word.style == Style::Plain => Ok(seconds(nanoseconds)),
                Ok(_) | Err(_) => go_duration(text).map(seconds),
            },
            Scalar::Word(words) => one_of(name, text, words).map(str::to_owned),
        };
        out.check(word.at, read)
    }

    fn template_url(
        &mut self,
        fields: &mut Fields<'_>,
        (name, file): (&'static str, &'static str),
        out: &mut Findings<'_>,
    ) -> Option<String> {
        if !fields.text(name).is_some_and(|text| text.contains("{{")) || fields.has(file) {
            return self.sources.url(fields, (name, file), out);
        }
        let word = fields.word(name, out)?;
        self.text(name, word, false, out);
        Some(word.text.to_owned())
    }

    /// Keeps a template for later, and warns of what its quotes make of it.
    fn text(&mut self, name: &str, word: Word<'_>, html: bool, out: &mut Findings<'_>) {
        if word.style != Style::Other && word.text.contains("\\n") {
            let what = format!("`\\n` in `{name}` means these two signs, not a line break");
            out.warn(word.at, what, "use double quotes round the text, or a block with `|`");
        }
        if word.text.contains("{{") {
            self.texts.push(Text { at: word.at, text: word.text.to_owned(), html });
        }
    }

    /// Fills in what was left out, or says that it is missing.
    fn fill(
        &self,
        fields: &mut Fields<'_>,
        key: &Key,
        (path, settings): Kept<'_>,
        out: &mut Findings<'_>,
    ) {
        let empty = |text: Option<&str>| text.is_some_and(str::is_empty);
        let given = (fields.has(key.name)
            && !(empty(fields.text(key.name)) && key.global.is_some()))
            || key.file.is_some_and(|file| fields.has(file) && !empty(fields.text(file)));
        let named = !given && !fields.is_null(key.name);
        let mut known = given;
        if let (false, Some(globals), Some(global)) = (given, self.globals, key.global) {
            if globals.written.contains(&global) {
                // What is wrong there has its own problem.
                settings.set(path, "", false);
                known = true;
            }
            for (name, setting) in &globals.settings.0 {
                let rest = name.strip_prefix(global);
                let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with('.'))
                else {
                    continue;
                };
                settings.0.insert(format!("{path}{rest}"), setting.clone());
                known = true;
            }
        }
        if let (true, false, Some(default)) = (named, known, key.default) {
            let lasts = matches!(key.kind, Type::One(Scalar::Duration | Scalar::GoDuration));
            let length = lasts.then(|| go_duration(default).ok()).flatten();
            let value = length.map_or_else(|| default.to_owned(), seconds);
            settings.set(path, value, false);
            known = true;
        }
        let written = self.globals.is_some_and(|globals| {
            key.global.is_some_and(|global| globals.written.contains(&global))
        });
        let unsaid = empty(fields.text(key.name)) || (!given && !written);
        if key.required && (!known || (unsaid && settings.get(path).is_empty())) {
            fields.missing(key.name, &mend(key), out);
        }
    }
}

fn mend(key: &Key) -> String {
    if key.name == "to" {
        return "add the address that mail goes to".to_owned();
    }
    let here = if key.global.is_some() { "add it here" } else { "add it" };
    let mut mend = here.to_owned();
    if let Some(file) = key.file {
        mend = format!("{mend}, or `{file}` with the path of a file that holds it");
    }
    if let Some(global) = key.global {
        mend = format!("{mend}, or `{global}` under `global`");
    }
    mend
}

/// Headers that a request makes itself.
const RESERVED: [&str; 18] = [
    "authorization",
    "host",
    "content-encoding",
    "content-length",
    "content-type",
    "user-agent",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "www-authenticate",
    "accept-encoding",
    "x-prometheus-remote-write-version",
    "x-prometheus-remote-read-version",
    "x-prometheus-scrape-timeout-seconds",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-content-sha256",
];

/// Reads a number without quotes, and writes it in plain digits.
fn number(name: &str, word: Word<'_>, least: i128) -> Result<String, Fault> {
    let plain = word.style == Style::Plain;
    let read = plain.then(|| values::yaml_number(word.text)).flatten();
    let most = if least == 0 { u64::MAX.into() } else { i64::MAX.into() };
    let number = read.filter(|number| (least..=most).contains(number));
    number.map(|number| number.to_string()).ok_or_else(|| {
        let from = if least == 0 { " from 0" } else { "" };
        let quotes = if plain { "" } else { " in quotes" };
        let text = word.text;
        let what = format!("`{name}` must be a whole number{from}, not `{text}`{quotes}");
        Fault::new(what, "write such a number, without quotes")
    })
}

fn one_of<'t>(name: &str, text: &'t str, words: &[&str]) -> Result<&'t str, Fault> {
    if words.contains(&text) {
        return Ok(text);
    }
    let listed: Vec<String> =
        words.iter().filter(|word| !word.is_empty()).map(|word| format!("`{word}`")).collect();
    let mend = format!("write {}", listed.join(", "));
    Err(Fault::new(format!("`{name}` cannot be `{text}`"), mend))
}

fn warn_mail(word: Word<'_>, out: &mut Findings<'_>) {
    if word.text.contains("{{") {
        return;
    }
    for address in word.text.split(',') {
        if let Err(fault) = values::email(address.trim()) {
            out.warn(word.at, fault.what, fault.mend);
        }
    }
}

/// Reads a duration as Go writes it, in nanoseconds.
fn go_duration(text: &str) -> Result<i128, Fault> {
    let mend = "write it as in `30s`, `1m30s` or `1.5h`";
    let fault = || Fault::new(format!("`{text}` is no duration"), mend);
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(fault());
    }
    let mut total = 0i128;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let scale: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(fault()),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || number.len() > 18
        {
            return Err(fault());
        }
        let digits = |text: &str| if text.is_empty() { Ok(0) } else { text.parse::<i128>() };
        let whole = digits(whole).map_err(|_| fault())?;
        let part = digits(fraction).map_err(|_| fault())? * scale;
        let tens = u32::try_from(fraction.len()).map_or(1, |length| 10i128.pow(length));
        total += whole * scale + part / tens;
        rest = after;
    }
    if total > i128::from(i64::MAX) { Err(fault()) } else { Ok(total * sign) }
}

/// Writes nanoseconds as seconds, with a fraction when there is one.
fn seconds(nanoseconds: i128) -> String {
    let second = 1_000_000_000;
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let (whole, rest) = (nanoseconds.abs() / second, nanoseconds.abs() % second);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{rest:09}").trim_end_matches('0').to_owned()
}

/// Writes a value as JSON; words without quotes are numbers, truth values or nothing where they look like it.
fn json(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "null".to_owned(),
        Kind::Word(text, Style::Plain) => match text.as_str() {
            "true" | "True" | "TRUE" | "yes" | "Yes" | "on" | "On" => "true".to_owned(),
            "false" | "False" | "FALSE" | "no" | "No" | "off" | "Off" => "false".to_owned(),
            text if is_number(text) => text.to_owned(),
            text => quoted(text),
        },
        Kind::Word(text, Style::Single | Style::Other) => quoted(text),
        Kind::List(items) => {
            let items: Vec<String> = items.iter().map(json).collect();
            format!("[{}]", items.join(","))
        }
        Kind::Map(entries) => {
            let pair = |(key, value): (&String, &Node)| format!("{}:{}", quoted(key), json(value));
            let pairs: Vec<String> =
                entries.iter().map(|entry| pair((&entry.key, &entry.value))).collect();
            format!("{{{}}}", pairs.join(","))
        }
    }
}

/// Tells whether a text is a number in JSON too.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let ends = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit());
    plain && ends && !leading && digits.matches('.').count() <= 1
}

fn quoted(text: &str) -> String {
    let mut all = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => all.push_str("\\\""),
            '\\' => all.push_str("\\\\"),
            '\n' => all.push_str("\\n"),
            letter if u32::from(letter) < 0x20 => {
                all.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => all.push(letter),
        }
    }
    all.push('"');
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_go_are_kept_in_seconds() {
        let read = |text| go_duration(text).map(seconds).ok();
        for (text, wanted) in [
            ("1m", "60"),
            ("1h", "3600"),
            ("1m30s", "90"),
            ("1.5h", "5400"),
            ("500ms", "0.5"),
            (".5s", "0.5"),
            ("0", "0"),
            ("-1s", "-1"),
            ("1us", "0.000001"),
        ] {
            assert_eq!(read(text).as_deref(), Some(wanted), "{text}");
        }
        for text in ["", "5", "s", "1d", "1 m", "1.2.3s", "m1", "-", "1m-1s", "99999999999h"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
