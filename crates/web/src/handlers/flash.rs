//! What a form answers: back to a page, with one sentence on top of it.
//!
//! The sentence rides in a cookie that names the one path that shows it and ends by itself after some seconds, so it
//! survives the live refreshes that the form's own change sets off, and needs no second answer to be cleared.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use stentor_domain::plan::Plan;
use stentor_engine::Answer;

use crate::auth;
use crate::error::Error;
use crate::pages::layout::Flash;

const COOKIE: &str = "stentor_flash";

/// For so long a sentence is shown.
const SECONDS: u32 = 10;

/// A sentence in a cookie is at most this many characters long.
const LENGTH_MAX: usize = 400;

/// Returns 303 to `to`, which is one of our own paths.
pub(super) fn see_other(to: &str) -> Response {
    // A path of ours is plain ASCII: whatever came from outside went through `form::local_path`.
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// Returns 303 to `to` with a sentence that is shown there.
pub(super) fn back(to: &str, flash: &Flash) -> Response {
    let path = to.split(['?', '#']).next().unwrap_or("/");
    let mark = if flash.ok { '+' } else { '-' };
    let text: String = flash.text.chars().take(LENGTH_MAX).collect();
    let value = encode(&format!("{mark}{path} {text}"));
    let cookie = format!("{COOKIE}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={SECONDS}");
    with_cookie(see_other(to), &cookie)
}

/// Returns 303 to `to` and says there that it was done.
pub(super) fn done(to: &str, text: impl Into<String>) -> Response {
    back(to, &Flash { ok: true, text: text.into() })
}

/// Returns 303 to `to` and says there why it was not done.
pub(super) fn refused(to: &str, text: impl Into<String>) -> Response {
    back(to, &Flash { ok: false, text: text.into() })
}

/// Returns 303 to `to` with what became of an input; a refusal is told, not failed on.
pub(super) fn answered(
    to: &str,
    answer: &Answer,
    plan: &Plan,
    text: impl Into<String>,
) -> Result<Response, Error> {
    match answer {
        Answer::Done
        | Answer::Page(_)
        | Answer::Incident(_)
        | Answer::Silence(_)
        | Answer::Delivery(_)
        | Answer::Deliveries(_)
        | Answer::Review(_) => Ok(done(to, text)),
        Answer::NotFound => Err(Error::not_found("page")),
        Answer::PageRefused(refusal) => Ok(refused(to, refusal.sentence(plan))),
        Answer::IncidentRefused(refusal) => Ok(refused(to, refusal.sentence())),
        Answer::SilenceRefused(refusal) => Ok(refused(to, refusal.to_string())),
        Answer::ReviewChanged => Ok(refused(to, "Somebody else wrote meanwhile.")),
    }
}

/// Returns the sentence for the page at `path`, if there is one.
pub(super) fn read(headers: &HeaderMap, path: &str) -> Option<Flash> {
    let value = decode(auth::cookie(headers, COOKIE)?)?;
    let (head, text) = value.split_once(' ')?;
    let ok = head.starts_with('+');
    let meant = head.strip_prefix(['+', '-'])?;
    (meant == path).then(|| Flash { ok, text: text.to_owned() })
}

/// Adds a cookie to an answer.
pub(super) fn with_cookie(mut response: Response, cookie: &str) -> Response {
    let value = HeaderValue::from_str(cookie).expect("a cookie of ours is plain ASCII");
    response.headers_mut().append(header::SET_COOKIE, value);
    response
}

fn encode(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

fn decode(value: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(value).ok()?;
    String::from_utf8(bytes).ok()
}
