//! Lines of a plan's file as they may be shown: without secrets.
//!
//! By the text alone, so that a file that does not even parse leaks nothing either. When in doubt it hides too much.

use std::sync::LazyLock;

use regex::Regex;

/// How much of a line is shown.
const LINE_LETTERS_MAX: usize = 200;

/// A key whose value is secret.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    let key = r#"(?i)[\w.-]*(?:passw|secret|token|api_?key|credential)[\w.-]*["']?\s*[:=]"#;
    Regex::new(key).expect("a pattern that a test compiles")
});
/// An address: its host may be shown, what lets one in comes before it or after.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    let parts = r#"(?i)([a-z][a-z0-9+.-]*://)(?:[^/\s"'@]*@)?([^/?\#\s"']*)(.*)"#;
    Regex::new(parts).expect("a pattern that a test compiles")
});
/// A key whose value is an address, be it written as one or not.
static URL: LazyLock<Regex> = LazyLock::new(|| {
    let key = r#"(?i)\b(?:\w*_)?url["']?\s*[:=]\s*"#;
    Regex::new(key).expect("a pattern that a test compiles")
});
/// Keys whose addresses everybody may know.
const PUBLIC: [&str; 2] = ["external_url", "runbook"];

/// Returns every line of `text`, masked and cut to what a reader can take in.
pub(super) fn lines(text: &str) -> Vec<String> {
    // The indentation of a secret's key while the lines below belong to its value.
    let mut inside: Option<usize> = None;
    text.lines().map(|line| short(&one(line, &mut inside))).collect()
}

fn one(line: &str, inside: &mut Option<usize>) -> String {
    let indent = line.len() - line.trim_start_matches([' ', '-', '\t']).len();
    if let Some(key) = *inside {
        if line.trim().is_empty() || indent > key || line.starts_with('\t') {
            return format!("{}<secret>", &line[..indent]);
        }
        *inside = None;
    }
    if let Some(found) = SECRET.find(line) {
        let key = found.as_str().trim_end_matches([':', '=']).trim_end();
        if !key.trim_end_matches(['"', '\'']).ends_with("_file") {
            *inside = Some(indent);
            return hidden(line, found.end());
        }
    }
    let key = line[indent..].trim_start_matches(['"', '\'']);
    if PUBLIC.iter().any(|public| key.starts_with(public)) {
        return line.to_owned();
    }
    if let Some(parts) = ADDRESS.captures(line) {
        let path = if parts[3].starts_with(['/', '?', '#']) { "/<secret>" } else { &parts[3] };
        let start = parts.get(0).map_or(0, |whole| whole.start());
        return format!("{}{}{}{path}", &line[..start], &parts[1], &parts[2]);
    }
    match URL.find(line) {
        Some(found) => {
            *inside = Some(indent);
            hidden(line, found.end())
        }
        None => line.to_owned(),
    }
}

/// Hides what stands after `from`, unless it only names where the secret is, or is a placeholder for it.
fn hidden(line: &str, from: usize) -> String {
    let (key, value) = line.split_at(from);
    let bare = value.trim().trim_matches(['"', '\'']);
    let enclosed = |open: &str, close: char| {
        let inner = bare.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        inner.is_some_and(|inner| inner.chars().all(|c| c.is_alphanumeric() || "_- ".contains(c)))
    };
    if ["", "|", ">"].contains(&bare) || enclosed("${", '}') || enclosed("<", '>') {
        return line.to_owned();
    }
    format!("{} <secret>", key.trim_end())
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
            "password: |\n  <secret>\n<secret>\n  <secret>\nname: a",
        );
        check("password:\n  hunter2\nname: a", "password:\n  <secret>\nname: a");
        check("password: |\n\thunter2", "password: |\n\t<secret>");
        check("password: ${A}hunter2${B}", "password: <secret>");
    }

    #[test]
    fn an_address_shows_its_host_only() {
        check(
            "url: https://hooks.slack.com/services/T/B/x",
            "url: https://hooks.slack.com/<secret>",
        );
        check("- api_url: 'http://ana:pw@a.example/x'", "- api_url: 'http://a.example/<secret>");
        check("url: hooks.slack.com/services/x", "url: <secret>");
        check("webhook_url: https://a.example?key=x", "webhook_url: https://a.example/<secret>");
        check("- https://a.example/x", "- https://a.example/<secret>");
        check("url: |\n  https://a.example/x", "url: |\n  <secret>");
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
