//! Incidents: the coordinated response, from the declaration to the review.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{IncidentId, PageId};
use crate::page::Actor;
use crate::severity::Level;

/// The coordinated response to one or more pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its identity.
    pub id: IncidentId,
    /// How people call it: `INC-7`.
    pub number: i64,
    /// One line.
    pub title: String,
    /// How bad.
    pub severity: Level,
    /// The key of the service that it is about.
    pub service: Option<String>,
    /// How far the response is.
    pub state: State,
    /// Who has which role, by [`Role::word`].
    pub roles: BTreeMap<Role, Actor>,
    /// Its pages, in the order in which they joined.
    pub pages: Vec<PageId>,
    /// When the harm began, as far as is known.
    pub started_at: Timestamp,
    /// When it was declared, and by whom.
    pub declared_at: Timestamp,
    /// Who declared it; the system when the plan's rule did.
    pub declared_by: Actor,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
    /// The plan's revision that it ran under.
    pub revision: String,
}

/// How far a response is. Each state may be left for any other but `Declared`: outages come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is known that there is one.
    Declared,
    /// Somebody looks for the cause.
    Investigating,
    /// The cause is known.
    Identified,
    /// A fix is in; it is watched.
    Monitoring,
    /// The harm is over.
    Resolved,
    /// It has been reviewed.
    Closed,
}

impl State {
    /// Every state, in order.
    pub const ALL: [Self; 6] = [
        Self::Declared,
        Self::Investigating,
        Self::Identified,
        Self::Monitoring,
        Self::Resolved,
        Self::Closed,
    ];

    /// Returns the word that is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// Returns the state that a word means.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Tells whether people are still at work.
    pub fn open(self) -> bool {
        self < Self::Resolved
    }
}

/// What a person does in an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Oversees the response and decides.
    Commander,
    /// Keeps the record.
    Scribe,
    /// Works on the systems.
    Responder,
    /// Tells everybody else.
    Communications,
    /// Speaks with customer support.
    Support,
}

impl Role {
    /// Every role, in order.
    pub const ALL: [Self; 5] =
        [Self::Commander, Self::Scribe, Self::Responder, Self::Communications, Self::Support];

    /// Returns the word that is stored and sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::Commander => "commander",
            Self::Scribe => "scribe",
            Self::Responder => "responder",
            Self::Communications => "communications",
            Self::Support => "support",
        }
    }

    /// Returns the role as people say it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Commander => "Incident Commander",
            Self::Scribe => "Scribe",
            Self::Responder => "Technical Responder",
            Self::Communications => "Communications Lead",
            Self::Support => "Support Liaison",
        }
    }

    /// Returns the role that a word means.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// What a new incident is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// One line; never empty.
    pub title: String,
    /// How bad.
    pub severity: Level,
    /// The key of the service.
    pub service: Option<String>,
    /// The page that it is declared for.
    pub page: Option<PageId>,
    /// Who declares it.
    pub by: Actor,
    /// Who takes command at once, when the page has been answered already.
    pub commander: Option<Actor>,
    /// When the harm began.
    pub started_at: Timestamp,
}

/// What can happen to an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A page belongs to it.
    Join {
        /// Which.
        page: PageId,
    },
    /// Somebody answered one of its pages: the first takes command.
    Answered {
        /// Who.
        by: Actor,
    },
    /// Somebody writes something down.
    Note {
        /// Who.
        by: Actor,
        /// What sort of entry.
        kind: NoteKind,
        /// The words; never empty.
        text: String,
        /// When it happened, if not now.
        happened_at: Option<Timestamp>,
    },
    /// Somebody says how far it is.
    Move {
        /// Who.
        by: Actor,
        /// How far.
        to: State,
        /// When that was so, if not now.
        happened_at: Option<Timestamp>,
    },
    /// Somebody says how bad it is.
    Rate {
        /// Who.
        by: Actor,
        /// How bad.
        severity: Level,
    },
    /// Somebody takes or hands over a role.
    Assign {
        /// Who says so.
        by: Actor,
        /// Which.
        role: Role,
        /// To whom.
        to: Actor,
    },
}

/// What sort of entry a person makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// An observation.
    Note,
    /// A decision.
    Decision,
    /// Something done to a system.
    Action,
}

impl NoteKind {
    /// Returns the word that is stored and sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Decision => "decision",
            Self::Action => "action",
        }
    }

    /// Returns the kind that a word means.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Note, Self::Decision, Self::Action].into_iter().find(|kind| kind.word() == word)
    }
}

/// What happened to an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// It was declared.
    Declared {
        /// By whom; the system when the plan's rule did.
        by: Actor,
        /// How bad.
        severity: Level,
    },
    /// A page joined it.
    Joined {
        /// Which.
        page: PageId,
    },
    /// Somebody wrote something down.
    Noted {
        /// Who.
        by: Actor,
        /// What sort of entry.
        kind: NoteKind,
        /// The words.
        text: String,
    },
    /// It went on.
    Moved {
        /// Who said so.
        by: Actor,
        /// From where.
        from: State,
        /// To where.
        to: State,
    },
    /// Its severity changed.
    Rated {
        /// Who said so.
        by: Actor,
        /// What it was.
        from: Level,
        /// What it is.
        to: Level,
    },
    /// A role changed hands.
    Assigned {
        /// Who said so; the system when the first to answer took command.
        by: Actor,
        /// Which.
        role: Role,
        /// Who had it.
        from: Option<Actor>,
        /// Who has it.
        to: Actor,
    },
}

/// Why an input changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is in that state already.
    AlreadyThere {
        /// Which.
        state: State,
    },
    /// A declared incident is declared once.
    NotBackToDeclared,
    /// Only what has been resolved can be closed.
    CloseBeforeResolve,
    /// It cannot have been over before it began.
    ResolvedBeforeItBegan {
        /// When it began.
        began_at: Timestamp,
    },
    /// It has not happened yet.
    InTheFuture,
    /// There is nothing to write down.
    EmptyText,
    /// The text is longer than [`TEXT_LENGTH_MAX`].
    TextTooLong,
}

/// A note is at most this many bytes long.
pub const TEXT_LENGTH_MAX: usize = 16 * 1024;

impl Refusal {
    /// Returns the sentence that people are shown.
    pub fn sentence(&self) -> String {
        match self {
            Self::AlreadyThere { state } => format!("The incident is already {}.", state.word()),
            Self::NotBackToDeclared => {
                "An incident does not go back to declared; choose investigating.".into()
            }
            Self::CloseBeforeResolve => "Resolve the incident before you close it.".into(),
            Self::ResolvedBeforeItBegan { began_at } => {
                format!("The incident began at {began_at:.0}; it cannot be resolved before that.")
            }
            Self::InTheFuture => "The time given lies in the future.".into(),
            Self::EmptyText => "There is no text to write down.".into(),
            Self::TextTooLong => format!("The text is longer than {TEXT_LENGTH_MAX} bytes."),
        }
    }
}

/// An event and when it happened, which may be before it was recorded.
pub type Dated = (Timestamp, Event);

impl Incident {
    /// Declares an incident.
    pub fn declare(
        id: IncidentId,
        number: i64,
        draft: Draft,
        revision: &str,
        now: Timestamp,
    ) -> (Self, Vec<Dated>) {
        let Draft { title, severity, service, page, by, commander, started_at } = draft;
        let mut incident = Self {
            id,
            number,
            title,
            severity,
            service,
            state: State::Declared,
            roles: BTreeMap::new(),
            pages: page.into_iter().collect(),
            started_at: started_at.min(now),
            declared_at: now,
            declared_by: by.clone(),
            resolved_at: None,
            revision: revision.to_owned(),
        };
        let mut events = vec![(now, Event::Declared { by, severity })];
        events.extend(page.map(|page| (now, Event::Joined { page })));
        if let Some(commander) = commander {
            events.extend(incident.assign(Actor::System, Role::Commander, commander, now));
        }
        (incident, events)
    }

    /// Decides what an input changes.
    pub fn on_input(&mut self, input: Input, now: Timestamp) -> Result<Vec<Dated>, Refusal> {
        match input {
            Input::Join { page } => {
                if self.pages.contains(&page) {
                    return Ok(vec![]);
                }
                self.pages.push(page);
                Ok(vec![(now, Event::Joined { page })])
            }
            Input::Answered { by } => {
                if self.roles.contains_key(&Role::Commander) || !self.state.open() {
                    return Ok(vec![]);
                }
                Ok(self.assign(Actor::System, Role::Commander, by, now))
            }
            Input::Note { by, kind, text, happened_at } => {
                let happened_at = past(happened_at, now)?;
                match text.trim() {
                    "" => Err(Refusal::EmptyText),
                    long if long.len() > TEXT_LENGTH_MAX => Err(Refusal::TextTooLong),
                    text => {
                        Ok(vec![(happened_at, Event::Noted { by, kind, text: text.to_owned() })])
                    }
                }
            }
            Input::Move { by, to, happened_at } => self.go(by, to, past(happened_at, now)?),
            Input::Rate { by, severity } => {
                if severity == self.severity {
                    return Ok(vec![]);
                }
                let from = std::mem::replace(&mut self.severity, severity);
                Ok(vec![(now, Event::Rated { by, from, to: severity })])
            }
            Input::Assign { by, role, to } => Ok(self.assign(by, role, to, now)),
        }
    }

    /// Returns who commands, if anybody does.
    pub fn commander(&self) -> Option<&Actor> {
        self.roles.get(&Role::Commander)
    }

    fn go(&mut self, by: Actor, to: State, happened_at: Timestamp) -> Result<Vec<Dated>, Refusal> {
        let from = self.state;
        match to {
            same if same == from => return Err(Refusal::AlreadyThere { state: from }),
            State::Declared => return Err(Refusal::NotBackToDeclared),
            State::Closed if from.open() => return Err(Refusal::CloseBeforeResolve),
            State::Resolved if from == State::Closed => {}
            State::Resolved if happened_at < self.started_at => {
                return Err(Refusal::ResolvedBeforeItBegan { began_at: self.started_at });
            }
            State::Resolved => self.resolved_at = Some(happened_at),
            State::Investigating | State::Identified | State::Monitoring => self.resolved_at = None,
            State::Closed => {}
        }
        self.state = to;
        Ok(vec![(happened_at, Event::Moved { by, from, to })])
    }

    fn assign(&mut self, by: Actor, role: Role, to: Actor, now: Timestamp) -> Vec<Dated> {
        let from = self.roles.insert(role, to.clone());
        if from.as_ref() == Some(&to) {
            return vec![];
        }
        vec![(now, Event::Assigned { by, role, from, to })]
    }
}

fn past(at: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Refusal> {
    match at {
        Some(at) if at > now => Err(Refusal::InTheFuture),
        Some(at) => Ok(at),
        None => Ok(now),
    }
}

#[cfg(test)]
mod tests;
