//! A message that was posted, by what Slack knows it, and changing it. Source: Slack's `chat.postMessage` and
//! `chat.update`.

use serde_json::Value;
use stentor_domain::plan::Settings;
use stentor_go::json;

use crate::outbound::call::Call;
use crate::outbound::form::Form;
use crate::outbound::{Request, Response};

use super::attachment;

/// Where a message stands.
pub(super) struct Posted<'r> {
    channel: &'r str,
    ts: &'r str,
}

/// Errors of `chat.update` after which only a new message helps.
const GONE: [&str; 3] = ["message_not_found", "cant_update_message", "edit_window_closed"];

impl<'r> Posted<'r> {
    /// Reads what [`Posted::receipt`] returned.
    pub(super) fn of_receipt(receipt: &'r str) -> Option<Self> {
        let (channel, ts) = receipt.split_once(' ')?;
        Some(Self { channel, ts })
    }

    /// Returns by what a message can be changed later; webhooks do not say it.
    pub(super) fn receipt(answer: &Response) -> Option<String> {
        let said = said(answer);
        let (channel, ts) = (said["channel"].as_str()?, said["ts"].as_str()?);
        Some(format!("{channel} {ts}"))
    }

    /// Tells whether the message can no longer be changed.
    pub(super) fn is_gone(answer: &Response) -> bool {
        said(answer)["error"].as_str().is_some_and(|error| GONE.contains(&error))
    }

    /// Puts the receiver's attachment in the place of what the message says.
    pub(super) fn change(&self, form: &Form<'_>, settings: &Settings) -> Result<Request, String> {
        let body = json::line(&attachment::of(form)?.changing(self.channel, self.ts));
        let url = form.plain("api_url").trim().replace("chat.postMessage", "chat.update");
        Call::post(settings, url).with("api_url", body)
    }
}

fn said(answer: &Response) -> Value {
    match answer {
        Response::Http { body, .. } => serde_json::from_str(body).unwrap_or_default(),
        Response::Mail { .. } | Response::NoAnswer { .. } | Response::Blocked { .. } => Value::Null,
    }
}
