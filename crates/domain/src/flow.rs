//! Every arrow between two nouns: which event causes which input.
//!
//! Nouns never call each other. The engine loads, lets a noun decide, saves, and asks here what follows; this
//! file is the whole product on one page.

use crate::delivery::{self, About, Delivery};
use crate::group::{self, GroupId};
use crate::id::{IncidentId, PageId};
use crate::incident::{self, Incident};
use crate::message::{AlertsMessage, Message, Purpose};
use crate::page::{self, Actor, Page};
use crate::plan::{PersonName, Plan};

/// Something that a noun has to decide on next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A group has news for its page: the open one is updated, or a new one begins.
    GroupPages {
        /// The group.
        group: GroupId,
        /// What the page begins with, when there is none.
        draft: page::Draft,
    },
    /// No alert of a group fires any more: its open page resolves.
    GroupCleared {
        /// The group.
        group: GroupId,
    },
    /// A message for an integration of a group's receiver.
    Notify {
        /// Whose message it is.
        about: About,
        /// What it says.
        message: Message,
        /// When newer words will replace it.
        expires_at: jiff::Timestamp,
    },
    /// A message for a person about a page.
    Tell {
        /// The page.
        page: PageId,
        /// Who.
        person: PersonName,
        /// Why it is them.
        why: String,
        /// Whether to ask or to tell.
        purpose: Purpose,
        /// The channel to use first, and those to use should it fail; never empty.
        channels: Vec<String>,
    },
    /// Everybody who was asked about a page hears that it is over.
    TellResolved {
        /// The page.
        page: PageId,
    },
    /// Nobody needs to be asked about a page any more: messages not yet sent are cancelled.
    StopAsking {
        /// The page.
        page: PageId,
    },
    /// Something happens to a page.
    Page {
        /// Which.
        id: PageId,
        /// What.
        input: page::Input,
    },
    /// A page is bad enough for an incident: it joins the open one of its service, or declares one.
    NeedsIncident {
        /// Which.
        page: PageId,
    },
    /// Something happens to an incident.
    Incident {
        /// Which.
        id: IncidentId,
        /// What.
        input: incident::Input,
    },
    /// An integration has been told, or could not be.
    GroupTold {
        /// The group.
        group: GroupId,
        /// The integration's key.
        integration: String,
        /// What became of the message.
        heard: Heard,
    },
}

/// What became of a message to an integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It has it.
    Arrived {
        /// What the provider knows it by, when a later one may change it.
        receipt: Option<String>,
    },
    /// It could not be told.
    Missed {
        /// What it was to hear.
        message: Box<Message>,
    },
}

/// Returns what follows from an event of a group.
pub fn after_group(id: GroupId, event: group::Event) -> Input {
    match event {
        group::Event::Notifies { receiver, integration, message, expires_at, reason: _ } => {
            Input::Notify {
                about: About::Receiver {
                    group: id,
                    receiver,
                    kind: integration.kind.clone(),
                    index: integration.index,
                },
                message: Message::Alerts(message),
                expires_at,
            }
        }
        group::Event::Pages { policy, news } => Input::GroupPages {
            group: id,
            draft: page::Draft { group: Some(id), policy, news, service: None, by: Actor::System },
        },
        group::Event::Cleared => Input::GroupCleared { group: id },
    }
}

/// Returns what follows from an event of a page.
pub fn after_page(plan: &Plan, page: &Page, event: &page::Event) -> Vec<Input> {
    let id = page.id;
    match event {
        page::Event::Triggered { .. } if plan.declares_incident(page.severity) => {
            vec![Input::NeedsIncident { page: id }]
        }
        page::Event::Triggered { .. } => vec![],
        page::Event::Updated { .. }
            if page.incident.is_none() && plan.declares_incident(page.severity) =>
        {
            vec![Input::NeedsIncident { page: id }]
        }
        page::Event::Updated { .. } => vec![],
        page::Event::Paged { person, why, .. } => vec![Input::Tell {
            page: id,
            person: person.clone(),
            why: why.clone(),
            purpose: Purpose::Act,
            channels: channels(plan, person),
        }],
        page::Event::StepEmpty { .. }
        | page::Event::Unreachable { .. }
        | page::Event::Exhausted => vec![],
        page::Event::Acknowledged { by } => {
            let answered = page.incident.map(|id| Input::Incident {
                id,
                input: incident::Input::Answered { by: by.clone() },
            });
            [Input::StopAsking { page: id }].into_iter().chain(answered).collect()
        }
        page::Event::Resolved { .. } => {
            vec![Input::StopAsking { page: id }, Input::TellResolved { page: id }]
        }
        page::Event::Joined { incident } => {
            let first = page.acknowledged.iter().map(|stamp| Input::Incident {
                id: *incident,
                input: incident::Input::Answered { by: stamp.by.clone() },
            });
            first.collect()
        }
    }
}

/// Returns what follows when nobody of a receiver could be told: its fallback hears the same words.
pub fn after_missed(
    id: GroupId,
    tells: Vec<group::Tell>,
    message: &Message,
    expires_at: jiff::Timestamp,
) -> Vec<Input> {
    let Message::Alerts(alerts) = message else { return vec![] };
    let notify = |group::Tell { receiver, integration, reason: _ }: group::Tell| {
        let message = Message::Alerts(AlertsMessage {
            receiver: receiver.clone(),
            earlier: None,
            ..alerts.clone()
        });
        let (kind, index) = (integration.kind, integration.index);
        let about = About::Receiver { group: id, receiver, kind, index };
        Input::Notify { about, message, expires_at }
    };
    tells.into_iter().map(notify).collect()
}

/// Returns what follows from an event of a delivery.
pub fn after_delivery(delivery: &Delivery, event: &delivery::Event) -> Vec<Input> {
    match (&delivery.about, event) {
        (About::Receiver { group, receiver, kind, index }, event) => vec![Input::GroupTold {
            group: *group,
            integration: group::log_key(receiver, kind, *index),
            heard: match event {
                delivery::Event::Sent { .. } => {
                    Heard::Arrived { receipt: delivery.receipt.clone() }
                }
                delivery::Event::Failed { .. } => {
                    Heard::Missed { message: Box::new(delivery.message.clone()) }
                }
            },
        }],
        (About::Person { .. }, delivery::Event::Sent { .. })
        | (About::Test { .. } | About::TestReceiver { .. }, _) => vec![],
        (About::Person { page, person, rest, purpose, .. }, delivery::Event::Failed { .. }) => {
            let why = match &delivery.message {
                Message::Page(message) => message.why.clone(),
                Message::Alerts(_) | Message::Test(_) => String::new(),
            };
            match (rest.is_empty(), purpose) {
                (false, _) => vec![Input::Tell {
                    page: *page,
                    person: person.clone(),
                    why,
                    purpose: *purpose,
                    channels: rest.clone(),
                }],
                (true, Purpose::Act) => vec![Input::Page {
                    id: *page,
                    input: page::Input::Unreachable {
                        person: person.clone(),
                        delivery: delivery.id,
                    },
                }],
                // Nobody is woken because the good news did not arrive.
                (true, Purpose::Resolved) => vec![],
            }
        }
    }
}

/// Returns what follows from an event of an incident.
pub fn after_incident(incident: &Incident, event: &incident::Event) -> Vec<Input> {
    match event {
        incident::Event::Joined { page } => {
            vec![Input::Page { id: *page, input: page::Input::Joined { incident: incident.id } }]
        }
        incident::Event::Declared { .. }
        | incident::Event::Noted { .. }
        | incident::Event::Moved { .. }
        | incident::Event::Rated { .. }
        | incident::Event::Assigned { .. } => vec![],
    }
}

/// Returns the channels by which a person is reached, best first; empty only for one who has left the plan.
pub fn channels(plan: &Plan, person: &str) -> Vec<String> {
    plan.people.get(person).map(|person| person.notify.clone()).unwrap_or_default()
}
