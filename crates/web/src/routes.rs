//! Routes: each is declared with the permission that it needs; there is no other way to add one.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::MethodRouter;

use crate::app::App;
use crate::auth::{self, Caller, Permission};
use crate::error::Error;
use crate::ingest::coded;
use crate::requests::Handler;

/// Collects routes.
#[derive(Debug)]
pub struct Routes {
    app: Arc<App>,
    router: Router<Arc<App>>,
    declared: Vec<(&'static str, Permission)>,
    /// As they were before the guard, for the tests that ask for their methods.
    #[cfg(test)]
    pub(crate) unguarded: Vec<MethodRouter<Arc<App>>>,
}

/// No request body is larger, unless its route says otherwise.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A request, its body included, is answered within this time; a live page's stream begins within it.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

impl Routes {
    /// Begins with no route.
    pub fn new(app: &Arc<App>) -> Self {
        Self {
            app: Arc::clone(app),
            router: Router::new(),
            declared: vec![],
            #[cfg(test)]
            unguarded: vec![],
        }
    }

    /// Adds the methods of one path, all for the same permission.
    #[must_use]
    pub fn on(
        mut self,
        permission: Permission,
        path: &'static str,
        methods: MethodRouter<Arc<App>>,
    ) -> Self {
        #[cfg(test)]
        self.unguarded.push(methods.clone());
        let handler = self.app.counts.requests.handler(path);
        let state = (Arc::clone(&self.app), permission, handler);
        let guarded = methods.route_layer(middleware::from_fn_with_state(state, measure));
        self.router = self.router.route(path, guarded);
        self.declared.push((path, permission));
        self
    }

    /// Returns every path with its permission, in the order of their declaration.
    pub fn declared(&self) -> &[(&'static str, Permission)] {
        &self.declared
    }

    /// Returns the whole as a service, with what every answer has.
    pub fn finish(self) -> Router {
        let router = self.router.fallback(nowhere);
        let limit = axum::extract::DefaultBodyLimit::max(BODY_BYTES_MAX);
        router.layer(limit).layer(middleware::from_fn(dress)).with_state(self.app)
    }
}

async fn nowhere(request: Request) -> Response {
    let path = request.uri().path();
    match path.starts_with(ALERTMANAGER) {
        true => coded(StatusCode::NOT_FOUND, &format!("path {path} was not found")),
        false => Error::not_found("page").into_response(),
    }
}

/// Where Alertmanager's API is, whose refusals have a form of their own.
const ALERTMANAGER: &str = "/api/v2/";

/// Tells whether a browser waits for a page.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    accept.contains("text/html")
}

type Door = (Arc<App>, Permission, Arc<Handler>);

/// Measures how a request is answered.
async fn measure(
    State((app, permission, handler)): State<Door>,
    request: Request,
    next: Next,
) -> Response {
    let asked = handler.begin(request.method(), app.clock);
    asked.answer(guard((&app, permission), request, next).await)
}

/// Lets a request through if its caller may, and tells the handler who that is.
async fn guard(
    (app, permission): (&App, Permission),
    mut request: Request,
    next: Next,
) -> Response {
    let page = wants_page(request.headers());
    let caller = match auth::identify(app, request.headers(), request.extensions()).await {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    if !auth::allows(&caller, permission) {
        return refuse(&caller, &request, page);
    }
    if caller.session().is_some() && !same_origin(request.method(), request.headers()) {
        return Error::forbidden("The request comes from another site.").into_response();
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

fn refuse(caller: &Caller, request: &Request, page: bool) -> Response {
    match caller {
        Caller::Anonymous | Caller::Local | Caller::Open
            if page && request.method() == Method::GET => {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            Redirect::to(&format!("/sign-in?next={}", escaped(path))).into_response()
        }
        Caller::Anonymous | Caller::Local => {
            Error::unauthenticated("Sign in, or send a token: `Authorization: Bearer …`.")
                .into_response()
        }
        Caller::Open => Error::forbidden(
            "In the place of Alertmanager anybody may read, send alerts and silence them; for more, \
             sign in or send a token.",
        )
        .into_response(),
        Caller::Session(_) => Error::forbidden("Your role does not allow this.").into_response(),
        Caller::Token(_) => {
            Error::forbidden("The token's scopes do not allow this.").into_response()
        }
    }
}

/// Returns `text` as the value of a query's parameter.
pub(crate) fn escaped(text: &str) -> String {
    text.bytes().map(percent).collect()
}

fn percent(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    }
}

/// Tells whether an unsafe request of a browser comes from our own pages.
///
/// Every browser of the last years sends `Sec-Fetch-Site`; for older ones `Origin` has to name this host.
pub(crate) fn same_origin(method: &Method, headers: &HeaderMap) -> bool {
    if method.is_safe() {
        return true;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => {
            let host = text("host").unwrap_or("");
            origin.split_once("://").is_some_and(|(_, origin)| origin == host)
        }
        (None, None) => false,
    }
}

/// Adds the headers that every answer has.
async fn dress(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let foreign = path.starts_with(ALERTMANAGER);
    let method = request.method().clone();
    let headers = request.headers();
    let has_body = headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    let answer = tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await;
    let mut response = answer.unwrap_or_else(|_| Error::too_slow().into_response());
    // A refusal may come before the body was read, and then the connection ends: the client has to know, or its next
    // request gets no answer.
    if has_body && response.status().is_client_error() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "same-origin");
    set("x-frame-options", "DENY");
    set("cross-origin-opener-policy", "same-origin");
    set(
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'",
    );
    set("cache-control", "no-store");
    if response.status() == StatusCode::METHOD_NOT_ALLOWED
        && !response.headers().contains_key(header::CONTENT_TYPE)
    {
        let allow = response.headers().get(header::ALLOW).cloned();
        let mut refusal = match foreign {
            true => wrong_method(&method, &path),
            false => Error::method_not_allowed().into_response(),
        };
        if let Some(allow) = allow {
            refusal.headers_mut().insert(header::ALLOW, allow);
        }
        return refusal;
    }
    response
}

/// Refuses a method as Alertmanager's API does.
fn wrong_method(method: &Method, path: &str) -> Response {
    let rest = path.trim_start_matches(ALERTMANAGER).trim_end_matches('/');
    let known = match rest {
        "alerts" | "silences" => "GET,POST",
        _ if rest.starts_with("silence/") => "DELETE,GET",
        _ => "GET",
    };
    let why = format!("method {method} is not allowed, but [{known}] are");
    coded(StatusCode::METHOD_NOT_ALLOWED, &why)
}
