//! What several nouns show in the same way.

use serde::Serialize;
use stentor_domain::escalation::Reached;
use stentor_domain::page::{Actor, Stamp};
use stentor_domain::plan::Plan;
use stentor_domain::severity::Level;
use stentor_domain::{delivery, incident, page};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, Type};

use super::text::{Key, Line, Time, Word};
use crate::app::InForce;
use crate::error::Error;

/// A rank of the plan's scale.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeverityView {
    /// 1 is the worst.
    level: u8,
    /// As people say it.
    #[schema(example = "Sev-1")]
    name: String,
    /// One word beside it.
    #[schema(example = "Critical")]
    title: String,
}

impl SeverityView {
    pub(crate) fn of(plan: &Plan, level: Level) -> Self {
        let rank = plan.severities.rank(level);
        Self { level: level.0, name: rank.name.clone(), title: rank.title.clone() }
    }
}

/// A severity in any word that the plan's scale knows, without regard to case.
pub(crate) type SeverityWord = Word;

/// Returns the level that a word means; the refusal lists the words that are known.
pub(crate) fn level(plan: &Plan, word: &SeverityWord) -> Result<Level, Error> {
    plan.severities.known(&word.0).map(|rank| rank.level).ok_or_else(|| {
        let words = plan.severities.ranks.iter().flat_map(|rank| {
            [&rank.name, &rank.title].into_iter().chain(&rank.words).map(String::as_str)
        });
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let why =
            format!("The plan knows no severity `{}`; known are: {}.", word.0, words.join(", "));
        Error::invalid("severity", why)
    })
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct By {
    /// A person of the plan, an account or token, or Stentor itself.
    #[schema(schema_with = actor_kinds)]
    kind: &'static str,
    /// What others read.
    name: String,
    /// The key in the plan; only for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
}

impl By {
    pub(crate) fn of(plan: &Plan, actor: &Actor) -> Self {
        let name = actor.name(plan).to_owned();
        match actor {
            Actor::Person(person) => Self { kind: "person", name, person: Some(person.clone()) },
            Actor::Account(_) => Self { kind: "account", name, person: None },
            Actor::System => Self { kind: "system", name, person: None },
        }
    }
}

/// Who did something, and when.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StampView {
    /// Who.
    by: By,
    /// When.
    at: Time,
}

impl StampView {
    pub(crate) fn of(plan: &Plan, stamp: &Stamp) -> Self {
        Self { by: By::of(plan, &stamp.by), at: stamp.at.into() }
    }
}

/// A person of the plan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonRef {
    /// The key in the plan.
    person: String,
    /// As others call them.
    name: String,
}

impl PersonRef {
    pub(crate) fn of(plan: &Plan, person: &str) -> Self {
        Self { person: person.to_owned(), name: plan.name_of(person).to_owned() }
    }
}

/// Somebody who is asked, and why it is them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReachedView {
    #[serde(flatten)]
    who: PersonRef,
    /// Why it is them.
    #[schema(example = "on call for primary until Mon 2026-01-05 09:00 Europe/Berlin")]
    why: String,
}

impl ReachedView {
    pub(crate) fn of(plan: &Plan, reached: &Reached) -> Self {
        Self { who: PersonRef::of(plan, &reached.person), why: reached.why.clone() }
    }
}

/// Refuses a service that the plan does not have.
pub(crate) fn service(plan: &Plan, key: Option<Key>) -> Result<Option<String>, Error> {
    match key {
        Some(Line(key)) if plan.service(&key).is_none() => {
            Err(Error::invalid("service", format!("The plan has no service `{key}`.")))
        }
        key => Ok(key.map(|Line(key)| key)),
    }
}

/// Returns the address of a page in the browser.
pub(crate) fn url(in_force: &InForce, external_url: &str, path: &str) -> String {
    let base = in_force.plan.external_url.as_deref().unwrap_or(external_url);
    format!("{base}{path}")
}

fn words(words: impl IntoIterator<Item = &'static str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

fn actor_kinds() -> Object {
    words(["person", "account", "system"])
}

/// The words for the state of a page.
pub(crate) fn page_states() -> Object {
    use page::State::{Acknowledged, Resolved, Triggered};
    words([Triggered, Acknowledged, Resolved].map(page::State::word))
}

/// The words for the state of a delivery.
pub(crate) fn delivery_states() -> Object {
    use delivery::State::{Cancelled, Failed, Queued, Sending, Sent};
    words([Queued, Sending, Sent, Failed, Cancelled].map(delivery::State::word))
}

/// The words for the state of an incident.
pub(crate) fn incident_states() -> Object {
    words(incident::State::ALL.map(incident::State::word))
}

/// The words for roles in an incident.
pub(crate) fn incident_roles() -> Object {
    words(incident::Role::ALL.map(incident::Role::word))
}

/// The words for what people write into a timeline.
pub(crate) fn note_kinds() -> Object {
    use incident::NoteKind::{Action, Decision, Note};
    words([Note, Decision, Action].map(incident::NoteKind::word))
}

/// The words for roles of accounts.
pub(crate) fn account_roles() -> Object {
    words(crate::auth::Role::ALL.map(crate::auth::Role::word))
}

/// The words for scopes of tokens.
pub(crate) fn scope_list() -> Array {
    let scopes = words(crate::auth::Scope::ALL.map(crate::auth::Scope::word));
    ArrayBuilder::new().items(scopes).build()
}
