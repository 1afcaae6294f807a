//! The page for what went wrong.

use askama::Template;

use super::layout::Layout;

/// Any answer that is an error.
#[derive(Template)]
#[template(path = "error_show.html")]
pub struct ErrorShow {
    /// The frame; with the navigation when there is a session.
    pub layout: Layout,
    /// The HTTP status.
    pub status: u16,
    /// A short sentence: `There is no such page`.
    pub title: String,
    /// What happened, one or two sentences.
    pub detail: String,
    /// What the reader can do, one sentence; may be empty.
    pub advice: String,
    /// A link that helps, as `(address, words)`.
    pub action: Option<(String, String)>,
}
