//! Reading forms: who may post one, and what its fields may hold.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::routes::{self, BODY_BYTES_MAX};

/// The fields of a form, in the order of the form.
#[derive(Debug)]
pub(super) struct Form(Vec<(String, String)>);

/// A form of somebody who is signed in: its field `csrf` is the session's.
#[derive(Debug)]
pub(super) struct Checked(pub(super) Form);

/// A form of a page without a session: it comes from one of our own pages, and carries a secret of its own.
#[derive(Debug)]
pub(super) struct Posted(pub(super) Form);

impl FromRequest<Arc<App>> for Checked {
    type Rejection = Error;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Error> {
        let caller = request.extensions().get::<Caller>();
        // Where nobody signs in there is no session whose token a stranger's page could not know.
        if matches!(caller, Some(Caller::Open)) {
            return Posted::from_request(request, app).await.map(|Posted(form)| Self(form));
        }
        let csrf = caller.and_then(Caller::session).map(|session| session.csrf.clone());
        let form = read(request, app).await?;
        let expected = csrf.ok_or_else(|| {
            Error::forbidden("Forms are for people; a program with a token uses /api/v1.")
        })?;
        if form.raw("csrf").as_bytes().ct_eq(expected.as_bytes()).into() {
            return Ok(Self(form));
        }
        Err(Error::forbidden("The form is of another session. Load the page again and repeat it."))
    }
}

impl FromRequest<Arc<App>> for Posted {
    type Rejection = Error;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Error> {
        if !routes::same_origin(request.method(), request.headers()) {
            return Err(Error::forbidden("The form comes from another site."));
        }
        Ok(Self(read(request, app).await?))
    }
}

async fn read(request: Request, app: &Arc<App>) -> Result<Form, Error> {
    let form = axum::Form::<Vec<(String, String)>>::from_request(request, app).await;
    let axum::Form(fields) = form.map_err(|rejection| {
        if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
            Error::too_large(BODY_BYTES_MAX)
        } else {
            Error::malformed("The form cannot be read.")
        }
    })?;
    if let Some((name, _)) = fields.iter().find(|(_, value)| value.contains('\0')) {
        return Err(Error::invalid(name, "A field holds a NUL character, which no text may."));
    }
    Ok(Form(fields))
}

impl Form {
    /// Returns a field as it was typed; empty when it is not there.
    pub(super) fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Returns a field without white space round it; empty when it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// Returns every value of a field that may be chosen more than once.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let chosen = self.0.iter().filter(|(key, _)| key == name);
        chosen.map(|(_, value)| value.trim()).collect()
    }

    /// Returns one line of 1 to `max` characters; `what` begins the sentence that refuses another.
    pub(super) fn line(&self, name: &str, what: &str, max: usize) -> Result<String, Error> {
        let text = self.text(name);
        let wrong = |why: String| Err(Error::invalid(name, format!("{what} {why}.")));
        if text.is_empty() {
            return wrong("is missing".to_owned());
        }
        if text.chars().count() > max {
            return wrong(format!("is longer than {max} characters"));
        }
        if text.chars().any(char::is_control) {
            return wrong("has to be one line".to_owned());
        }
        Ok(text.to_owned())
    }

    /// Returns any number of lines, with plain line ends, of at most `max` bytes together; may be empty.
    pub(super) fn prose(&self, name: &str, what: &str, max: usize) -> Result<String, Error> {
        let text = self.text(name).replace("\r\n", "\n");
        if text.len() > max {
            return Err(Error::invalid(name, format!("{what} is longer than {max} bytes.")));
        }
        Ok(text)
    }

    /// Returns the instant that a `datetime-local` field holds, as its label says in UTC; `None` for an empty one.
    pub(super) fn instant(&self, name: &str) -> Result<Option<Timestamp>, Error> {
        let text = self.text(name);
        if text.is_empty() {
            return Ok(None);
        }
        let civil = text.parse::<DateTime>().and_then(|civil| civil.to_zoned(TimeZone::UTC));
        let at = civil.map(|zoned| zoned.timestamp()).map_err(|_| {
            Error::invalid(name, "The time cannot be read; write it as 2026-01-05T09:00.")
        })?;
        Ok(Some(at))
    }

    /// Returns where the form wants to go on to, or `otherwise` when it does not say, or names another site.
    pub(super) fn next(&self, otherwise: &str) -> String {
        local_path(self.text("next")).unwrap_or(otherwise).to_owned()
    }
}

/// Returns `path` if it is a path on this server that a browser cannot read as another site's address.
pub(super) fn local_path(path: &str) -> Option<&str> {
    const LENGTH_MAX: usize = 2_000;
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let local = path.starts_with('/') && !path.starts_with("//");
    (local && plain && path.len() <= LENGTH_MAX).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_server_is_gone_on_to() {
        for good in ["/", "/pages/page_1?x=%20y", "/incidents#timeline"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in [
            "",
            "pages",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            " /pages",
            "/a b",
            "/ümlaut",
        ] {
            assert_eq!(local_path(bad), None, "{bad}");
        }
    }

    fn form(pairs: &[(&str, &str)]) -> Form {
        Form(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    #[test]
    fn a_time_is_read_as_utc() {
        let at = form(&[("at", "2026-01-05T09:30")]).instant("at").unwrap().unwrap();
        assert_eq!(at.to_string(), "2026-01-05T09:30:00Z");
        assert!(form(&[]).instant("at").unwrap().is_none());
        assert!(form(&[("at", "yesterday")]).instant("at").is_err());
    }

    #[test]
    fn a_line_is_trimmed_and_bounded() {
        assert_eq!(form(&[("t", "  a b ")]).line("t", "It", 3).unwrap(), "a b");
        for bad in ["", "   ", "abcd", "a\nb"] {
            assert!(form(&[("t", bad)]).line("t", "It", 3).is_err(), "{bad:?}");
        }
        assert_eq!(form(&[("t", "a\r\nb")]).prose("t", "It", 9).unwrap(), "a\nb");
    }
}
