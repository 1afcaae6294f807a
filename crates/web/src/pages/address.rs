//! Addresses that came from outside and become links.

use std::fmt;

/// An `http` or `https` address, or a path on this server; safe to be the target of a link.
///
/// Runbook and sender addresses arrive in labels and annotations: whoever may send an alert writes them, so
/// `javascript:` and its relatives must not reach a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAddress(String);

impl WebAddress {
    /// Returns the page that shows a file of the plan.
    pub fn of_plan_file(path: &str) -> WebAddress {
        WebAddress(format!("/plan/files/{}", crate::routes::escaped(path)))
    }

    /// Reads an address; `None` for any other scheme, and for text that is no address.
    pub fn read(text: &str) -> Option<WebAddress> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://")?;
        let is_web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
        let is_plain = !rest.is_empty() && !rest.chars().any(char::is_control);
        (is_web && is_plain).then(|| WebAddress(text.to_owned()))
    }
}

impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
