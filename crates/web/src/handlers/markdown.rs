//! Markdown that people wrote, as HTML that cannot do anything.
//!
//! Raw HTML is shown as the text that it is, a link leads nowhere but to the web, to a mail program or to this server,
//! and an image becomes a link: opening a page must not tell a stranger that it was opened.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The box of an action item that is done.
const DONE: &str = r#"<input type="checkbox" disabled checked aria-label="done"> "#;

/// The box of an action item that is not.
const OPEN: &str = r#"<input type="checkbox" disabled aria-label="open"> "#;

/// Renders a document without its title, which the page shows by itself.
pub(super) fn body(markdown: &str) -> String {
    let mut events = events(markdown).peekable();
    let title = Event::Start(Tag::Heading {
        level: HeadingLevel::H1,
        id: None,
        classes: vec![],
        attrs: vec![],
    });
    if events.peek() == Some(&title) {
        while events
            .next()
            .is_some_and(|event| event != Event::End(TagEnd::Heading(HeadingLevel::H1)))
        {}
    }
    render(events)
}

/// Renders a document as it is.
pub(super) fn whole(markdown: &str) -> String {
    render(events(markdown))
}

fn events(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES;
    Parser::new_ext(markdown, options).map(harmless)
}

fn render<'a>(events: impl Iterator<Item = Event<'a>>) -> String {
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not named here cannot do harm as it is"
)]
fn harmless(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(
            Tag::Link { link_type, dest_url, title, id }
            | Tag::Image { link_type, dest_url, title, id },
        ) => Event::Start(Tag::Link { link_type, dest_url: address(dest_url), title, id }),
        Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
        Event::TaskListMarker(true) => Event::InlineHtml(DONE.into()),
        Event::TaskListMarker(false) => Event::InlineHtml(OPEN.into()),
        other => other,
    }
}

/// Returns the address, or an empty one when it leads where a link must not lead.
fn address(url: CowStr<'_>) -> CowStr<'_> {
    let head: String =
        url.chars().take_while(|c| !"/?#".contains(*c)).filter(|c| !c.is_control()).collect();
    let scheme = head.split_once(':').map(|(scheme, _)| scheme.trim().to_ascii_lowercase());
    match scheme.as_deref() {
        None | Some("http" | "https" | "mailto") => url,
        Some(_) => "".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_html_is_shown_as_text() {
        let html = body("a <b onclick=x>b</b>\n\n<script>alert(1)</script>\n\n<img src=x>");
        assert!(!html.contains("<script") && !html.contains("<b ") && !html.contains("<img"));
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{html}");
    }

    #[test]
    fn a_link_leads_only_to_the_web_to_mail_and_here() {
        for good in
            ["https://a.example/x", "http://a.example", "mailto:a@b.example", "/pages", "#x"]
        {
            assert!(body(&format!("[x]({good})")).contains(&format!("href=\"{good}\"")), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "java&#x09;script:alert(1)",
            "vbscript:x",
            "data:text/html,x",
            "file:///etc/passwd",
        ] {
            assert!(body(&format!("[x]({bad})")).contains("href=\"\""), "{bad}");
        }
        assert!(body("<javascript:alert(1)>").contains("href=\"\""));
    }

    #[test]
    fn an_image_is_not_loaded() {
        let html = body("![seen](https://tracker.example/1.png)");
        assert!(html.contains("<a href=\"https://tracker.example/1.png\">seen</a>"), "{html}");
    }

    #[test]
    fn the_title_is_left_to_the_page() {
        let html =
            body("# Post-Incident Review: x\n\n## Summary\n\n- [x] done\n\n|a|b|\n|-|-|\n|1|2|\n");
        assert!(html.starts_with("<h2>Summary</h2>"), "{html}");
        assert!(html.contains("type=\"checkbox\"") && html.contains("<table>"), "{html}");
    }
}
