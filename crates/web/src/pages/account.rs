//! The doors: first run, signing in, accepting an invitation.

use askama::Template;

use super::layout::Layout;

/// `/setup`: the first administrator.
#[derive(Template)]
#[template(path = "setup.html")]
pub struct Setup {
    /// The frame, without a user.
    pub layout: Layout,
    /// The one-time token of the link, posted back.
    pub token: String,
    /// What was typed before.
    pub typed: Typed,
    /// Why the form came back.
    pub problem: Option<String>,
}

/// `/sign-in`.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// The frame, without a user.
    pub layout: Layout,
    /// The login as typed before.
    pub login: String,
    /// The path to go on to.
    pub next: String,
    /// Why the form came back.
    pub problem: Option<String>,
}

/// `/invite/{token}`.
#[derive(Template)]
#[template(path = "invite_accept.html")]
pub struct InviteAccept {
    /// The frame, without a user.
    pub layout: Layout,
    /// The invitation's token, as in the address.
    pub token: String,
    /// Who invited.
    pub invited_by: String,
    /// The role that the account will have.
    pub role: String,
    /// What was typed before, or what the plan knows.
    pub typed: Typed,
    /// Why the form came back.
    pub problem: Option<String>,
}

/// What the reader has typed, passwords apart.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// The name to sign in with.
    pub login: String,
    /// As people call them.
    pub name: String,
    /// The mail address.
    pub email: String,
    /// Whether the mail address was given by somebody else and stays.
    pub email_is_fixed: bool,
}

/// The fewest characters of a password; said on every form that asks for a new one.
pub const PASSWORD_CHARS_MIN: usize = crate::auth::password::LENGTH_MIN;
