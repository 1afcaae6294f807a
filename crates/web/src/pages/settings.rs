//! Settings: the reader's own account, tokens, and the channels of the plan.

use askama::Template;
use jiff::Timestamp;

use super::layout::{Layout, Theme};

/// `/settings`.
#[derive(Template)]
#[template(path = "settings_show.html")]
pub struct SettingsShow {
    /// The frame.
    pub layout: Layout,
    /// The API tokens, newest first; for administrators.
    pub tokens: Vec<Token>,
    /// The scopes that a new token may have.
    pub scopes: Vec<Scope>,
    /// A token that was just made; shown once.
    pub new_token: Option<String>,
    /// The channels of the plan, by name.
    pub channels: Vec<Channel>,
    /// Why a form came back.
    pub problem: Option<String>,
}

impl SettingsShow {
    /// Returns each theme with its word and whether it is chosen.
    pub fn themes(&self) -> [(Theme, &'static str, bool); 3] {
        [(Theme::Auto, "As the system"), (Theme::Light, "Light"), (Theme::Dark, "Dark")]
            .map(|(theme, word)| (theme, word, theme == self.layout.theme))
    }
}

/// An API token.
#[derive(Clone, Debug)]
pub struct Token {
    /// As in its address.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// A scope of a token.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The value that the form posts: `pages:write`.
    pub key: String,
    /// What it allows.
    pub help: String,
}

/// A channel of the plan.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name in the plan.
    pub name: String,
    /// `email`, `slack`, `webhook`.
    pub kind: String,
    /// Where it leads, secrets masked.
    pub target: String,
    /// What the last delivery over it answered.
    pub last: Option<ChannelResult>,
}

/// The last result of a channel.
#[derive(Clone, Debug)]
pub struct ChannelResult {
    /// Whether the provider took it.
    pub ok: bool,
    /// The provider's answer.
    pub answer: String,
    /// When.
    pub at: Timestamp,
}
