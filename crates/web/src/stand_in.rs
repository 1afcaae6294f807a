//! What differs where the server stands in the place of Alertmanager: any page may read its API, and of its API v1 of
//! old nothing is left.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Stentor's own API stands at the old one's address, for those who say that they mean it.
const OWN_CLIENT: &str = "stentor/";

/// Answers as Alertmanager does where it and Stentor differ.
pub(crate) async fn answer(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/v1/") && !means_ours(request.headers()) {
        return gone();
    }
    if !path.starts_with("/api/v2/") {
        return next.run(request).await;
    }
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD).cloned();
    let mut response = match asked.filter(|_| request.method() == Method::OPTIONS) {
        Some(_) => preflight(request.headers()),
        None => next.run(request).await,
    };
    let any = HeaderValue::from_static("*");
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    response
}

fn means_ours(headers: &HeaderMap) -> bool {
    let begins = |name, word: &str| {
        let value = headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        value
            .and_then(|value| value.get(..word.len()))
            .is_some_and(|value| value.eq_ignore_ascii_case(word))
    };
    begins(header::AUTHORIZATION, "bearer ") || begins(header::USER_AGENT, OWN_CLIENT)
}

fn gone() -> Response {
    let error = "Alertmanager's API v1 is no more: use /api/v2. Stentor's own API answers here \
                 to requests with a token (`Authorization: Bearer …`)";
    let body = json!({ "status": "deprecated", "error": error });
    (StatusCode::GONE, Json(body)).into_response()
}

/// Says to a browser what a page of another site may send.
fn preflight(headers: &HeaderMap) -> Response {
    let mut response = StatusCode::OK.into_response();
    let methods = HeaderValue::from_static("GET, POST, DELETE, OPTIONS");
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    if headers.contains_key(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        let names = HeaderValue::from_static("Accept, Authorization, Content-Type, Origin");
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
    }
    response
}
