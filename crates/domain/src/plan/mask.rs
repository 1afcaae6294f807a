//! Lines of a plan's file as they may be shown: without secrets.
//!
//! By the text alone, so that a file that does not even parse leaks nothing either. When in doubt it hides too much.

use std::sync::LazyLock;

use regex::Regex;

/// How much of a line is shown.
const LINE_LETTERS_MAX: usize = 200;

/// A key whose value is secret, or an address that is one beyond its host.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    let key = r#"(?i)[\w.-]*(?:passw|secret|token|api_?key|credential)[\w.-]*["']?\s*[:=]"#;
    Regex::new(key).expect("a pattern that a test compiles")
});
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    let key = r#"(?i)\b(?:slack_)?(?:api_)?url["']?\s*[:=]\s*["']?(?:https?://(?:[^/\s"'@]*@)?)?"#;
    Regex::new(key).expect("a pattern that a test compiles")
});

/// Returns every line of `text`, masked and cut to what a reader can take in.
pub(super) fn lines(text: &str) -> Vec<String> {
    // The indentation of a secret's key while the lines below belong to its value.
    let mut inside: Option<usize> = None;
    text.lines().map(|line| short(&one(line, &mut inside))).collect()
}

fn one(line: &str, inside: &mut Option<usize>) -> String {
    let indent = line.len() - line.trim_start_matches([' ', '-']).len();
    if let Some(key) = *inside {
        if line.trim().is_empty() || indent > key {
            return format!("{}<secret>", &line[..indent]);
        }
        *inside = None;
    }
    if let Some(found) = SECRET.find(line) {
        let key =
            found.as_str().trim_end_matches([':', '=']).trim_end().trim_end_matches(['"', '\'']);
        if !key.ends_with("_file") {
            *inside = Some(indent);
            return hidden(line, found.end());
        }
    }
    match ADDRESS.find(line) {
        Some(found) => address(line, found.start(), found.end(), indent, inside),
        None => line.to_owned(),
    }
}

/// Hides what stands after `from`, unless it only names where the secret is.
fn hidden(line: &str, from: usize) -> String {
    let (key, value) = line.split_at(from);
    let value = value.trim_start();
    if value.is_empty() || (value.starts_with("${") && value.ends_with('}')) {
        return line.to_owned();
    }
    format!("{key} <secret>")
}

/// Keeps scheme, host and port of an address: the rest may be what lets one in.
fn address(
    line: &str,
    start: usize,
    host: usize,
    indent: usize,
    inside: &mut Option<usize>,
) -> String {
    let written = &line[start..host];
    let rest = &line[host..];
    let placeholder = rest.starts_with('<') || rest.starts_with("${");
    if rest.is_empty() || rest.starts_with(['|', '>']) {
        *inside = Some(indent);
        return line.to_owned();
    }
    if placeholder {
        return line.to_owned();
    }
    if !written.contains("://") {
        return format!("{} <secret>", line[..host].trim_end_matches(['"', '\'', ' ']));
    }
    // Between scheme and host there may be a name and a password.
    let scheme = written.find("://").map_or(host, |at| start + at + 3);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let path = if end == rest.len() { "" } else { "/<secret>" };
    format!("{}{}{path}", &line[..scheme], &rest[..end])
}

fn short(line: &str) -> String {
    match line.char_indices().nth(LINE_LETTERS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, shown: &str) {
        assert_eq!(lines(line).join("\n"), shown);
    }

    #[test]
    fn a_secret_is_not_shown() {
        check("  password: hunter2", "  password: <secret>");
        check("{ smtp_auth_password: 'a b', x: 1 }", "{ smtp_auth_password: <secret>");
        check("bearer_token: \"x\"", "bearer_token: <secret>");
        check("passwrd: hunter2", "passwrd: <secret>");
        check("\"password\": hunter2", "\"password\": <secret>");
        check(
            "password: |\n  hunter2\n\n  x\nname: a",
            "password: <secret>\n  <secret>\n<secret>\n  <secret>\nname: a",
        );
        check("password:\n  hunter2\nname: a", "password:\n  <secret>\nname: a");
    }

    #[test]
    fn an_address_shows_its_host_only() {
        check(
            "url: https://hooks.slack.com/services/T/B/x",
            "url: https://hooks.slack.com/<secret>",
        );
        check("- api_url: 'http://ana:pw@a.example/x'", "- api_url: 'http://a.example/<secret>");
        check("url: hooks.slack.com/services/x", "url: <secret>");
        check("url: http://localhost:9999", "url: http://localhost:9999");
        check(
            "external_url: https://stentor.example.com/x",
            "external_url: https://stentor.example.com/x",
        );
    }

    #[test]
    fn what_only_names_a_secret_is_shown() {
        for line in
            ["password: ${SMTP}", "password_file: smtp.txt", "api_url: '<your-url>'", "name: a"]
        {
            check(line, line);
        }
    }
}
