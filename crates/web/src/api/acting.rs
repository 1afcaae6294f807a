//! Who acts, and that it is written down.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;
use stentor_domain::incident;
use stentor_domain::page::Actor;
use stentor_engine::{Answer, Input};
use stentor_store::audit::{self, Deed};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;

/// Names the person, by their key in the plan, for whom a program with a token acts.
const ON_BEHALF_OF: &str = "x-stentor-on-behalf-of";

/// Whoever changes something.
#[derive(Clone, Debug)]
pub(crate) struct Acting {
    /// As the timeline names them.
    pub(crate) by: Actor,
    /// As the audit log names them.
    name: String,
    /// What else the audit log has to say of them.
    detail: String,
}

impl FromRequestParts<Arc<App>> for Acting {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let plan = &app.in_force().plan;
        let name = caller.audit_name();
        let Some(person) = parts.headers.get(ON_BEHALF_OF) else {
            return Ok(Self { by: caller.actor(plan), name, detail: String::new() });
        };
        if !matches!(caller, Caller::Token(_)) {
            let why = "Only a program with a token may act on behalf of somebody.";
            return Err(Error::forbidden(why));
        }
        let known = person.to_str().ok().filter(|person| plan.people.contains_key(*person));
        let person = known.ok_or_else(|| {
            Error::invalid("X-Stentor-On-Behalf-Of", "The plan knows no person with this key.")
        })?;
        let detail = format!("on behalf of {person}");
        Ok(Self { by: Actor::Person(person.to_owned()), name, detail })
    }
}

impl Acting {
    /// Has the engine decide, and writes down what was done to what. A refusal is an error, and no deed.
    pub(crate) async fn decide(
        self,
        app: &App,
        action: &'static str,
        input: Input,
    ) -> Result<Answer, Error> {
        let (noun, known) = about(&input);
        let answer = app.desk.decide(input).await?;
        let made = match &answer {
            Answer::Page(page) => page.id.to_string(),
            Answer::Incident(incident) => incident.id.to_string(),
            Answer::Silence(silence) => silence.id.clone(),
            Answer::SilenceRefused(refusal) => {
                return Err(Error::invalid("silence", refusal.to_string()));
            }
            Answer::Done | Answer::Delivery(_) | Answer::Deliveries(_) | Answer::Review(_) => known,
            Answer::NotFound => return Err(Error::not_found(noun)),
            Answer::PageRefused(refusal) => {
                return Err(Error::conflict(refusal.sentence(&app.in_force().plan)));
            }
            Answer::IncidentRefused(refusal) => return Err(refused(refusal)),
            Answer::ReviewChanged => {
                return Err(Error::conflict(
                    "Somebody else saved the review meanwhile; read it again.",
                ));
            }
        };
        self.record(app, action, made).await;
        Ok(answer)
    }

    /// The deed is on disk and its timeline names who did it, so a log that cannot be written takes nothing back.
    async fn record(self, app: &App, action: &'static str, object: String) {
        let written =
            app.desk.record(move |db, now| audit::append(db, &self.deed(now, action, &object)));
        if let Err(error) = written.await {
            tracing::error!(action, "the audit log could not be written: {error}");
        }
    }

    /// Returns what is written down, for the transaction that does it.
    pub(crate) fn deed<'a>(&'a self, at: Timestamp, action: &'a str, object: &'a str) -> Deed<'a> {
        Deed { at, actor: &self.name, action, object, detail: &self.detail }
    }
}

/// Returns what an input is about: the noun, and the object as far as it is known before the decision.
fn about(input: &Input) -> (&'static str, String) {
    match input {
        Input::Page(id, _) => ("page", id.to_string()),
        Input::RequestPage(_) => ("page", String::new()),
        Input::Incident(id, _) => ("incident", id.to_string()),
        Input::Declare(_) => ("page", String::new()),
        Input::Review { incident, .. } => ("incident", incident.to_string()),
        Input::TestChannel { channel, .. } => ("channel", format!("channel {channel}")),
        Input::TestReceiver { receiver, .. } => ("receiver", format!("receiver {receiver}")),
        Input::Outcome { delivery, .. } => ("delivery", delivery.to_string()),
        Input::SetSilence(draft) => ("silence", draft.id.clone().unwrap_or_default()),
        Input::Silence(id, _) => ("silence", id.clone()),
        Input::Signals(_) => ("alert", String::new()),
    }
}

fn refused(refusal: &incident::Refusal) -> Error {
    use incident::Refusal;
    match refusal {
        Refusal::AlreadyThere { .. } | Refusal::NotBackToDeclared | Refusal::CloseBeforeResolve => {
            Error::conflict(refusal.sentence())
        }
        Refusal::InTheFuture | Refusal::ResolvedBeforeItBegan { .. } => {
            Error::invalid("happened_at", refusal.sentence())
        }
        Refusal::EmptyText | Refusal::TextTooLong => Error::invalid("text", refusal.sentence()),
    }
}
