//! Samples of people and settings.

use super::{at, instant, layout, some, strings};
use crate::pages::{
    incident::Choice,
    layout::Section,
    people::{Account, PeopleList, Person},
    settings::{Channel, ChannelResult, Scope, SettingsShow, Token},
};

impl PeopleList {
    /// Returns a small team, one of them out of reach, after an invitation.
    pub fn sample() -> PeopleList {
        let person = |id: &str, name: &str, on_call: &[&str], contacts: &[(&str, &str)]| Person {
            id: id.to_owned(),
            name: name.to_owned(),
            teams: strings(&["platform"]),
            on_call_for: strings(on_call),
            contacts: contacts.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
        };
        let account = |id: &str, name: &str, role: &str, invited: bool| Account {
            id: format!("usr_{id}"),
            name: name.to_owned(),
            login: id.to_owned(),
            role: role.to_owned(),
            person: some(id),
            email: format!("{id}@example.com"),
            roles: vec![],
            is_disabled: false,
            is_invited: invited,
        };
        let role = |value: &str, selected| Choice {
            value: value.to_owned(),
            text: value.to_owned(),
            selected,
        };
        let email = ("email", "a•••@example.com");
        PeopleList {
            layout: layout(Section::People),
            people: vec![
                person("alice", "Alice Ops", &["platform-primary"], &[email, ("slack", "@alice")]),
                person(
                    "ben",
                    "Ben Carter",
                    &["platform-secondary"],
                    &[("email", "b•••@example.com")],
                ),
                person("chen", "Chen Li", &[], &[]),
            ],
            accounts: vec![
                account("alice", "Alice Ops", "admin", false),
                account("ben", "Ben Carter", "responder", false),
                account("chen", "Chen Li", "responder", true),
            ],
            roles: vec![role("responder", true), role("viewer", false), role("admin", false)],
            uninvited: vec![Choice {
                value: "dana@example.com".to_owned(),
                text: "Dana Weiss".to_owned(),
                selected: false,
            }],
            invite_url: some("https://stentor.example.com/invite/Vt3mQ9cXk2"),
        }
    }
}

impl SettingsShow {
    /// Returns an account with a token that was just made.
    pub fn sample() -> SettingsShow {
        let result = |ok, answer: &str| {
            Some(ChannelResult { ok, answer: answer.to_owned(), at: at("10:31:10") })
        };
        let channel = |name: &str, kind: &str, target: &str, last| Channel {
            name: name.to_owned(),
            kind: kind.to_owned(),
            target: target.to_owned(),
            last,
        };
        SettingsShow {
            layout: layout(Section::Settings),
            tokens: vec![Token {
                id: "tok_01jv".to_owned(),
                name: "deploy pipeline".to_owned(),
                scopes: strings(&["alerts:write", "incidents:write"]),
                created_at: instant("2025-05-02T09:00:00Z"),
                used_at: Some(at("10:30")),
            }],
            scopes: scopes(),
            new_token: some("stn_8Fk2cPz0sample0token0shown0once"),
            channels: vec![
                channel("email", "smtp", "smtp.example.com:587", result(true, "250 Ok: queued")),
                channel(
                    "slack",
                    "slack",
                    "hooks.slack.com/…/•••",
                    result(false, "429 rate limited"),
                ),
                channel("mirror", "webhook", "https://ops.example.com/hook", None),
            ],
            problem: None,
        }
    }

    /// Returns an account without tokens on a server without channels, after a mistake.
    pub fn empty() -> SettingsShow {
        SettingsShow {
            tokens: Vec::new(),
            new_token: None,
            channels: Vec::new(),
            problem: some("The current password is not right."),
            ..SettingsShow::sample()
        }
    }
}

fn scopes() -> Vec<Scope> {
    let scope = |key: &str, help: &str| Scope { key: key.to_owned(), help: help.to_owned() };
    vec![
        scope("read", "Read everything."),
        scope("alerts:write", "Send alerts."),
        scope("pages:write", "Acknowledge and resolve pages."),
        scope("incidents:write", "Declare incidents and write on their timeline."),
    ]
}
