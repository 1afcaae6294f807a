//! The HTML of a mail: everything is escaped here, and nothing is loaded from anywhere.

use crate::outbound::words::is_link;

/// A mail in the making.
pub(super) struct Html(String);

impl Html {
    /// Begins with a title; `alarm` gives it the colour of what needs a person.
    pub(super) fn new(title: &str, alarm: bool) -> Self {
        let title = escape(title);
        let colour = if alarm { "#b3261e" } else { "#1f6f43" };
        Self(format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n</head>\n\
             <body style=\"margin:0 auto;max-width:40em;padding:1em;\
             font:16px/1.5 system-ui,sans-serif\">\n\
             <h1 style=\"margin:0 0 .75em;padding-left:.6em;border-left:.3em solid {colour};\
             font-size:1.25em\">{title}</h1>\n"
        ))
    }

    /// Adds a heading.
    pub(super) fn heading(&mut self, text: &str) {
        let text = escape(text);
        self.0.push_str(&format!("<h2 style=\"margin:1em 0 .25em;font-size:1em\">{text}</h2>\n"));
    }

    /// Adds a line of text.
    pub(super) fn line(&mut self, text: &str) {
        self.0.push_str(&format!("<p style=\"margin:.25em 0\">{}</p>\n", escape(text)));
    }

    /// Adds a link that looks like a button, if `url` may be one.
    pub(super) fn button(&mut self, text: &str, url: &str) {
        if !is_link(url) {
            return self.line(&format!("{text}: {url}"));
        }
        let (text, url) = (escape(text), escape(url));
        self.0.push_str(&format!(
            "<p style=\"margin:1em 0\"><a href=\"{url}\" style=\"display:inline-block;padding:.7em 1.2em;\
             border-radius:.4em;background:#1a56a8;color:#ffffff;text-decoration:none;\
             font-weight:600\">{text}</a></p>\n"
        ));
    }

    /// Adds names and values; a value that may be a link is one.
    pub(super) fn facts(&mut self, facts: &[(&str, String)]) {
        self.0.push_str("<table style=\"margin:.75em 0;border-spacing:0\">\n");
        for (name, value) in facts {
            let name = escape(name);
            let value = linked(value);
            self.0.push_str(&format!(
                "<tr><th scope=\"row\" style=\"padding:.1em 1em .1em 0;text-align:left;\
                 vertical-align:top;font-weight:600;white-space:nowrap\">{name}</th>\
                 <td style=\"padding:.1em 0;overflow-wrap:anywhere\">{value}</td></tr>\n"
            ));
        }
        self.0.push_str("</table>\n");
    }

    /// Adds the last line.
    pub(super) fn foot(&mut self, text: &str, url: &str) {
        let text = escape(text);
        let url = linked(url);
        self.0.push_str(&format!(
            "<p style=\"margin:1.5em 0 0;font-size:.85em;opacity:.75\">{text} {url}</p>\n"
        ));
    }

    /// Returns the whole document.
    pub(super) fn finish(mut self) -> String {
        self.0.push_str("</body>\n</html>\n");
        self.0
    }
}

fn linked(value: &str) -> String {
    let text = escape(value);
    if is_link(value) { format!("<a href=\"{text}\">{text}</a>") } else { text }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
