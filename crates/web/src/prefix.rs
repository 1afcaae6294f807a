//! Serving below a path, or behind a proxy that serves below one.
//!
//! Handlers and templates know paths from the root alone. Here a prefix is taken off what comes in, and every address
//! of ours in what goes out is made relative to the page that shows it: so it is right below our own prefix and below
//! any other that a proxy takes off before it asks us.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::{PathAndQuery, Uri};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use tower::ServiceExt as _;

/// Attributes of our templates that hold addresses.
const ATTRIBUTES: [&str; 4] = ["href=\"", "src=\"", "action=\"", "data-live=\""];

/// Returns `router` below `prefix`, which begins with a slash and ends with none, or is empty.
pub(crate) fn below(prefix: &str, router: Router) -> Router {
    let prefix = prefix.to_owned();
    Router::new().fallback(move |request| serve(prefix.clone(), router.clone(), request))
}

async fn serve(prefix: String, router: Router, mut request: Request) -> Response {
    let path = request.uri().path();
    if path == "/" && !prefix.is_empty() {
        return Redirect::to(&format!("{prefix}/")).into_response();
    }
    let Some(rest) = path.strip_prefix(&prefix) else {
        return (StatusCode::NOT_FOUND, "404 page not found\n").into_response();
    };
    if rest.is_empty() {
        return Redirect::permanent(&format!("{prefix}/")).into_response();
    }
    if !rest.starts_with('/') {
        return (StatusCode::NOT_FOUND, "404 page not found\n").into_response();
    }
    let up = up(rest);
    if let Some(uri) = without(request.uri(), prefix.len()) {
        *request.uri_mut() = uri;
    }
    let answer = router.oneshot(request).await.unwrap_or_else(|never| match never {});
    relative(answer, &up).await
}

/// Returns the address without the first `length` bytes of its path.
fn without(uri: &Uri, length: usize) -> Option<Uri> {
    let path = uri.path_and_query()?.as_str().get(length..)?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}

/// Returns the way from the page at `path` to the root: `./`, `../`, `../../`.
fn up(path: &str) -> String {
    match path.matches('/').count() {
        0 | 1 => "./".to_owned(),
        depth => "../".repeat(depth - 1),
    }
}

async fn relative(mut answer: Response, up: &str) -> Response {
    let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let ours = location.and_then(|to| to.strip_prefix('/')).filter(|to| !to.starts_with('/'));
    if let Some(to) = ours.and_then(|to| HeaderValue::from_str(&format!("{up}{to}")).ok()) {
        answer.headers_mut().insert(header::LOCATION, to);
    }
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("text/html")) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let Ok(whole) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let page = String::from_utf8_lossy(&whole).into_owned();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(rewritten(&page, up)))
}

/// Makes the addresses of a page relative. Text cannot be taken for an attribute: its quotes are escaped.
fn rewritten(page: &str, up: &str) -> String {
    let mut out = String::with_capacity(page.len() + page.len() / 16);
    let mut rest = page;
    while let Some(at) = rest.find("=\"/") {
        let (before, after) = rest.split_at(at + 2);
        out.push_str(before);
        rest = after;
        let ours = ATTRIBUTES.iter().any(|attribute| before.ends_with(attribute));
        if ours && !after.starts_with("//") {
            out.push_str(up);
            rest = &after[1..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_a_page_become_relative() {
        let page = r#"<a href="/alerts?x=1">/a="/b" </a><a href="//else.example/"><a href="https://x/"><input value="/next"><form action="/">"#;
        let expected = r#"<a href="../alerts?x=1">/a="/b" </a><a href="//else.example/"><a href="https://x/"><input value="/next"><form action="../">"#;
        assert_eq!(rewritten(page, "../"), expected);
    }

    #[test]
    fn the_way_up_counts_the_folders() {
        for (path, expected) in [("/", "./"), ("/a", "./"), ("/a/", "../"), ("/a/b/c", "../../")] {
            assert_eq!(up(path), expected, "{path}");
        }
    }
}
