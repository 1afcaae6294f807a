//! What went wrong, as a page for people; programs get problem JSON.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::frame::{Frame, html};
use crate::app::App;
use crate::auth::{self, Caller};
use crate::error::Problem;
use crate::pages::error::ErrorShow;
use crate::pages::layout::Section;
use crate::routes;

/// Turns a [`Problem`] into a page when a browser waits for one. The API is left alone: it answers what it documents.
pub(super) async fn as_page(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if !routes::wants_page(request.headers()) || path.starts_with("/api/") {
        return next.run(request).await;
    }
    let headers = request.headers().clone();
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    let page = render(&app, &headers, &path, problem).await;
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().remove(header::WWW_AUTHENTICATE);
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    *response.body_mut() = page;
    response
}

async fn render(app: &Arc<App>, headers: &HeaderMap, path: &str, problem: Problem) -> Body {
    let caller = auth::identify(app, headers, &Extensions::new()).await;
    let caller = caller.unwrap_or(Caller::Anonymous);
    let signed_in = caller.session().is_some();
    let frame = Frame::new(app, caller, headers, path, (app.clock)());
    let layout = match signed_in {
        // Without a database there is still a page.
        true => frame.read(Section::Now, |_| Ok(())).await.map(|(layout, ())| layout).ok(),
        false => None,
    };
    let (advice, action) = help(problem.status, signed_in);
    let page = ErrorShow {
        layout: layout.unwrap_or_else(|| frame.door()),
        status: problem.status,
        title: problem.title,
        detail: problem.detail,
        advice: advice.to_owned(),
        action: action.map(|(href, words)| (href.to_owned(), words.to_owned())),
    };
    html(&page).into_body()
}

fn help(status: u16, signed_in: bool) -> (&'static str, Option<(&'static str, &'static str)>) {
    let sign_in = (!signed_in).then_some(("/sign-in", "Sign in"));
    match StatusCode::from_u16(status) {
        Ok(StatusCode::NOT_FOUND) => {
            ("It may have been resolved, or the address is damaged.", sign_in)
        }
        Ok(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            ("Somebody with another role can do it, or can change yours.", sign_in)
        }
        Ok(StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST) => {
            ("Go back, change it and send it again: nothing was stored.", None)
        }
        Ok(StatusCode::SERVICE_UNAVAILABLE) => ("Try again in a moment: nothing was stored.", None),
        Ok(_) | Err(_) => ("", sign_in),
    }
}
