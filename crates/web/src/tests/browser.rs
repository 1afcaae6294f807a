//! The pages as a browser sees them.

mod acts;
mod doors;
mod errors;
mod links;
mod reads;
mod silences;
mod views;

use axum::body::Body;
use axum::http::{Request, header};

use super::TestApp;
use super::app::{As, Reply};

impl TestApp {
    /// Opens a page.
    pub(super) async fn open(&self, who: &As, path: &str) -> Reply {
        self.send(who, Request::get(path).header(header::ACCEPT, HTML).body(Body::empty()).unwrap())
            .await
    }

    /// Sends a form of a page of ours, signed in.
    pub(super) async fn submit(&self, who: &As, path: &str, fields: &[(&str, &str)]) -> Reply {
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("csrf", "csrf")]).collect();
        self.submit_bare(who, path, &fields).await
    }

    /// Sends a form of a page of ours with these fields alone.
    pub(super) async fn submit_bare(&self, who: &As, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send(
            who,
            form(path).header("sec-fetch-site", "same-origin").body(body(fields)).unwrap(),
        )
        .await
    }
}

const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

fn form(path: &str) -> axum::http::request::Builder {
    Request::post(path)
        .header(header::ACCEPT, HTML)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

fn body(fields: &[(&str, &str)]) -> Body {
    let escaped = crate::routes::escaped;
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value)));
    Body::from(pairs.collect::<Vec<_>>().join("&"))
}

impl Reply {
    /// Returns where the answer sends the browser on to.
    pub(super) fn location(&self) -> &str {
        assert_eq!(self.status.as_u16(), 303, "{}", self.body);
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// Returns the cookie that the answer sets, with its attributes.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter();
        let mut cookies = cookies.map(|value| value.to_str().unwrap());
        cookies.find(|cookie| cookie.starts_with(&format!("{name}=")))
    }

    /// Returns the sentence that the next page shows on top, with `+` for done and `-` for not.
    pub(super) fn said(&self) -> String {
        use base64::Engine as _;
        let cookie = self.cookie("stentor_flash").unwrap_or_else(|| panic!("{self:?}"));
        let value = cookie.split(['=', ';']).nth(1).unwrap();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(value).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, text) = text.split_once(' ').unwrap();
        format!("{} {text}", &head[..1])
    }

    /// Asserts that the page came and has each of `texts`.
    #[track_caller]
    pub(super) fn shows(&self, status: u16, texts: &[&str]) {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        let kind = self.headers[header::CONTENT_TYPE].to_str().unwrap();
        assert!(kind.starts_with("text/html"), "{kind}");
        for text in texts {
            assert!(self.body.contains(text), "{text} is not in {}", self.body);
        }
    }
}
