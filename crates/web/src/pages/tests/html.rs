//! What every rendered page has to keep to.

use std::collections::BTreeSet;

use askama::Template;

use crate::{
    assets,
    pages::{
        account::SignIn,
        address::WebAddress,
        layout::{Section, Theme},
        page::PageShow,
        sample,
        state::IncidentState,
    },
};

/// A page with its stylesheet and scripts, uncompressed.
const PAGE_BYTES_MAX: usize = 100 * 1024;

/// Elements without an end tag.
const VOID: &[&str] = &["br", "hr", "img", "input", "link", "meta"];

fn each(check: impl Fn(&str, &str)) {
    for (name, html) in sample::all(Theme::Auto) {
        check(name, &html);
    }
}

struct Tag<'a> {
    name: &'a str,
    /// With a blank in front.
    attributes: &'a str,
    is_end: bool,
    is_closed: bool,
}

impl Tag<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.attributes.split_once(&format!(" {name}=\""))?;
        rest.split('"').next()
    }

    /// Returns the attributes' names: what stands outside the quotes.
    fn names(&self) -> impl Iterator<Item = &str> {
        let outside = self.attributes.split('"').step_by(2).flat_map(str::split_whitespace);
        outside.map(|name| name.trim_end_matches('='))
    }
}

/// Returns the tags in order; no sample has a `>` inside an attribute.
fn tags(html: &str) -> Vec<Tag<'_>> {
    html.split('<')
        .skip(1)
        .filter(|part| !part.starts_with('!'))
        .filter_map(|part| part.split_once('>'))
        .map(|(tag, _)| {
            let (is_end, is_closed) = (tag.starts_with('/'), tag.ends_with('/'));
            let tag = tag.trim_matches('/');
            let end = tag.find(char::is_whitespace).unwrap_or(tag.len());
            Tag { name: &tag[..end], attributes: &tag[end..], is_end, is_closed }
        })
        .collect()
}

#[test]
fn every_tag_that_opens_closes() {
    each(|page, html| {
        let mut open: Vec<&str> = Vec::new();
        for tag in tags(html) {
            if tag.is_end {
                assert_eq!(open.pop(), Some(tag.name), "{page}");
            } else if !tag.is_closed && !VOID.contains(&tag.name) {
                open.push(tag.name);
            }
        }
        assert!(open.is_empty(), "{page}: {open:?}");
    });
}

#[test]
fn nothing_needs_an_exception_to_the_content_security_policy() {
    each(|page, html| {
        for tag in tags(html) {
            let is_inline = tag.names().any(|name| name == "style" || name.starts_with("on"));
            assert!(!is_inline, "{page}: <{}{}>", tag.name, tag.attributes);
            assert_ne!(tag.name, "style", "{page}");
            if tag.name == "script" && !tag.is_end {
                assert!(tag.get("src").is_some(), "{page}: a script without src");
            }
        }
        assert!(!html.contains("javascript:"), "{page}");
    });
}

#[test]
fn a_page_and_everything_it_loads_stays_small() {
    let loaded: usize = assets::all().iter().map(|asset| asset.bytes.len()).sum();
    each(|page, html| {
        let bytes = html.len() + loaded;
        assert!(bytes < PAGE_BYTES_MAX, "{page}: {bytes} bytes");
    });
}

#[test]
fn every_form_that_changes_something_carries_the_csrf_token_of_the_session() {
    each(|page, html| {
        let has_session = !html.contains("class=\"door\"");
        for form in html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or(form);
            let is_post = form.contains("method=\"post\"");
            let is_protected = form.contains("name=\"csrf\"");
            assert_eq!(is_post && has_session, is_protected, "{page}: {form}");
        }
    });
}

#[test]
fn every_field_has_a_label() {
    each(|page, html| {
        let all = tags(html);
        let labelled: BTreeSet<&str> =
            all.iter().filter(|tag| tag.name == "label").filter_map(|tag| tag.get("for")).collect();
        let mut inside_label = false;
        for tag in &all {
            if tag.name == "label" {
                inside_label = !tag.is_end;
            }
            let is_field = ["input", "select", "textarea"].contains(&tag.name) && !tag.is_end;
            let is_hidden = tag.get("type") == Some("hidden") || tag.get("aria-hidden").is_some();
            let is_labelled = inside_label
                || tag.get("aria-label").is_some()
                || tag.get("id").is_some_and(|id| labelled.contains(id));
            assert!(!is_field || is_hidden || is_labelled, "{page}: {}", tag.attributes);
        }
    });
}

#[test]
fn ids_and_keys_are_unique_and_references_lead_somewhere() {
    each(|page, html| {
        let all = tags(html);
        let ids: Vec<&str> = all.iter().filter_map(|tag| tag.get("id")).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{page}: an id occurs twice");
        for tag in &all {
            let local = tag.get("href").and_then(|href| href.strip_prefix('#'));
            let others = ["for", "aria-labelledby", "aria-describedby"].map(|name| tag.get(name));
            for id in others.into_iter().flatten().flat_map(str::split_whitespace).chain(local) {
                assert!(unique.contains(id), "{page}: nothing has the id {id}");
            }
        }
    });
}

#[test]
fn every_button_and_link_says_what_it_is() {
    each(|page, html| {
        for name in ["a", "button", "summary"] {
            for part in html.split(&format!("<{name}")).skip(1) {
                let Some((attributes, rest)) = part.split_once('>') else { continue };
                let is_other = !attributes.is_empty() && !attributes.starts_with(' ');
                let inside = rest.split(&format!("</{name}>")).next().unwrap_or(rest);
                let text = inside.split('<').map(|bit| bit.rsplit('>').next().unwrap_or(bit));
                let said = text.map(str::trim).collect::<String>();
                assert!(is_other || !said.is_empty(), "{page}: <{name}{attributes}>");
            }
        }
    });
}

#[test]
fn a_page_has_one_first_heading_and_a_title() {
    each(|page, html| {
        let first = tags(html).iter().filter(|tag| tag.name == "h1" && !tag.is_end).count();
        assert_eq!(first, 1, "{page}");
        assert!(html.contains(" · Stentor</title>"), "{page}");
        assert!(!html.contains("<title> ·"), "{page}");
    });
}

#[test]
fn the_theme_of_the_cookie_is_on_the_root_element() {
    for (page, html) in sample::all(Theme::Dark) {
        assert!(html.contains("<html lang=\"en\" data-theme=\"dark\">"), "{page}");
    }
}

#[test]
fn readers_without_a_session_get_no_navigation_and_no_event_stream() {
    each(|page, html| {
        let is_door = html.contains("class=\"door\"");
        assert_eq!(is_door, !html.contains("data-live="), "{page}");
        assert_eq!(is_door, !html.contains("<nav id=\"nav\""), "{page}");
    });
}

#[test]
fn assets_are_found_by_name_and_versioned_by_content() {
    let asset = assets::find("stentor.css").expect("the stylesheet is embedded");
    assert_eq!(assets::url("stentor.css"), format!("/static/stentor.css?v={}", asset.hash));
    assert_eq!(asset.hash.len(), 12);
    assert!(assets::find("../Cargo.toml").is_none());
}

#[test]
fn hostile_text_is_escaped() {
    let mut page = PageShow::sample();
    page.page.title = "<script>alert(1)</script>\" onload=\"x".to_owned();
    let html = page.render().expect("it renders");
    assert!(!html.contains("<script>alert"));
    assert!(tags(&html).iter().all(|tag| tag.names().all(|name| name != "onload")));
}

#[test]
fn only_web_addresses_become_links() {
    for text in ["https://git.example.com/runbook.md", "HTTP://localhost:9090/graph?g0=1"] {
        assert!(WebAddress::read(text).is_some(), "{text}");
    }
    for text in [
        "javascript://%0aalert(1)",
        "javascript:alert(1)",
        "//evil.example",
        "https://",
        "",
        "data:,x",
    ] {
        assert!(WebAddress::read(text).is_none(), "{text}");
    }
}

#[test]
fn every_icon_that_is_named_is_drawn() {
    let states = IncidentState::ALL.map(IncidentState::icon);
    let sections = Section::ALL.iter().map(|section| section.icon());
    let html = SignIn::sample().render().expect("it renders");
    for icon in states.into_iter().chain(sections) {
        assert!(html.contains(&format!("<symbol id=\"i-{icon}\"")), "{icon}");
    }
}
