//! What people do, as the audit log names it: the same words as the API's.

use stentor_engine::{Answer, Input};
use stentor_store::audit::{self, Deed};

use crate::app::App;
use crate::error::Error;

/// Has the engine decide for `actor`, and writes down what was done to `object`; a refusal is no deed.
///
/// The decision is on disk and the timeline names who made it, so a log that cannot be written takes nothing back.
pub(super) async fn decide(
    app: &App,
    actor: String,
    (action, object): (&'static str, &str),
    input: Input,
) -> Result<Answer, Error> {
    let answer = app.desk.decide(input).await?;
    let object = match &answer {
        Answer::Page(page) => page.id.to_string(),
        Answer::Incident(incident) => incident.id.to_string(),
        Answer::Silence(silence) => silence.id.clone(),
        Answer::Done | Answer::Delivery(_) | Answer::Deliveries(_) | Answer::Review(_) => {
            object.to_owned()
        }
        Answer::NotFound
        | Answer::PageRefused(_)
        | Answer::IncidentRefused(_)
        | Answer::SilenceRefused(_)
        | Answer::ReviewChanged => return Ok(answer),
    };
    let written = app.desk.record(move |db, at| {
        let (actor, object) = (actor.as_str(), object.as_str());
        audit::append(db, &Deed { at, actor, action, object, detail: "" })
    });
    if let Err(error) = written.await {
        tracing::error!(action, "the audit log could not be written: {error}");
    }
    Ok(answer)
}
