//! People of the plan and accounts of this server.

use askama::Template;

use super::{incident::Choice, layout::Layout};

/// `/people`: who can be paged, and who can sign in.
#[derive(Template)]
#[template(path = "people_list.html")]
pub struct PeopleList {
    /// The frame; an administrator sees the invite form.
    pub layout: Layout,
    /// The people of the plan, by name.
    pub people: Vec<Person>,
    /// The accounts, by name.
    pub accounts: Vec<Account>,
    /// The roles that an invitation may carry.
    pub roles: Vec<Choice>,
    /// The mail addresses of people of the plan without an account, for the invite form.
    pub uninvited: Vec<Choice>,
    /// The link of an invitation that was just made; shown once.
    pub invite_url: Option<String>,
}

/// A person of the plan.
#[derive(Clone, Debug)]
pub struct Person {
    /// The key in the plan.
    pub id: String,
    /// As people call them.
    pub name: String,
    /// The teams.
    pub teams: Vec<String>,
    /// The schedules that they are on call for now.
    pub on_call_for: Vec<String>,
    /// Each way to reach them, masked: `(email, a•••@example.com)`.
    pub contacts: Vec<(String, String)>,
}

/// An account of this server.
#[derive(Clone, Debug)]
pub struct Account {
    /// As in its address.
    pub id: String,
    /// As people call them.
    pub name: String,
    /// The name that they sign in with.
    pub login: String,
    /// The role's word: `admin`, `responder`, `viewer`.
    pub role: String,
    /// The person of the plan that it belongs to.
    pub person: Option<String>,
    /// The mail address.
    pub email: String,
    /// The roles that it may be given, its own chosen.
    pub roles: Vec<Choice>,
    /// Whether it may not sign in.
    pub is_disabled: bool,
    /// Whether the invitation is not yet accepted.
    pub is_invited: bool,
}
