//! What goes wrong with a request: one type, shown as problem JSON or as a page.

use std::fmt;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use stentor_store::error::Error as StoreError;

/// A request that failed.
#[derive(Debug)]
pub struct Error {
    /// The HTTP status.
    pub status: StatusCode,
    /// A word for programs, for example `not_found`.
    pub code: &'static str,
    /// A sentence for people.
    pub detail: String,
    /// The field of the request that is to blame; empty for none.
    pub field: String,
    /// When it is worth another try, in seconds.
    pub retry_after_s: Option<u32>,
    /// The cause, for the log alone.
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What a client reads of an [`Error`]: RFC 9457, `application/problem+json`.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// `about:blank`: the status says it all.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A sentence for people.
    pub detail: String,
    /// A word for programs.
    pub code: &'static str,
    /// The field of the request that is to blame.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
}

impl Error {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { status, code, detail, field: String::new(), retry_after_s: None, source: None }
    }

    /// There is no such thing.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("There is no such {what}."))
    }

    /// The address is right and the method is not.
    pub fn method_not_allowed() -> Self {
        let detail = "This address does not know that method.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    /// Who asks is not known.
    pub fn unauthenticated(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
    }

    /// Who asks is known and may not.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// A field of the request is wrong.
    pub fn invalid(field: &str, why: impl Into<String>) -> Self {
        let error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", why);
        Self { field: field.to_owned(), ..error }
    }

    /// The body cannot be read at all.
    pub fn malformed(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", why)
    }

    /// The body is larger than `bytes_max`.
    pub fn too_large(bytes_max: usize) -> Self {
        let detail = format!("The body is larger than {bytes_max} bytes.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }

    /// The body is of a type that is not read here.
    pub fn unsupported(why: &str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", why)
    }

    /// It makes no sense in the state that the thing is in.
    pub fn conflict(why: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", why)
    }

    /// It was there once and is no longer good.
    pub fn gone(why: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, "gone", why)
    }

    /// Too much at once; the same request may work in a moment.
    pub fn busy(why: &str) -> Self {
        let error = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            format!("The server is busy: {why}."),
        );
        Self { retry_after_s: Some(2), ..error }
    }

    /// Too often in a short time.
    pub fn too_many(why: &str, retry_after_s: u32) -> Self {
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", why);
        Self { retry_after_s: Some(retry_after_s), ..error }
    }

    /// The request did not arrive whole, or could not be answered, in time.
    pub fn too_slow() -> Self {
        let detail = "The request took too long.";
        Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow", detail)
    }

    /// The server stops.
    pub fn stopping() -> Self {
        let error =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "The server is stopping.");
        Self { retry_after_s: Some(5), ..error }
    }

    /// A fault of ours; the cause is for the log.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let detail = "Something went wrong on our side; the log says what.";
        let error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail);
        Self { source: Some(source.into()), ..error }
    }

    /// Returns what a client reads.
    pub fn problem(&self) -> Problem {
        Problem {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code,
            field: self.field.clone(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => {
                Self::conflict("Somebody else changed this meanwhile; look at it again.")
            }
            StoreError::Busy { why } => {
                Self { source: Some(why.into()), ..Self::busy("the database does not answer") }
            }
            StoreError::Full => {
                let error = Self::busy("the disk of the database is full");
                Self { retry_after_s: Some(30), source: Some(Box::new(StoreError::Full)), ..error }
            }
            error @ (StoreError::Corrupt { .. } | StoreError::Sql { .. }) => Self::internal(error),
        }
    }
}

/// Problem JSON. The [`Problem`] also rides along as an extension, from which pages make a page of it.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            let mut cause = String::new();
            let mut source = std::error::Error::source(&self);
            while let Some(error) = source {
                cause.push_str(&format!(": {error}"));
                source = error.source();
            }
            tracing::error!(status = self.status.as_u16(), "{}{cause}", self.detail);
        }
        let problem = self.problem();
        let body = serde_json::to_vec(&problem).expect("a problem is plain text and numbers");
        let json = HeaderValue::from_static("application/problem+json");
        let mut response = (self.status, [(header::CONTENT_TYPE, json)], body).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"stentor\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response.extensions_mut().insert(problem);
        response
    }
}
