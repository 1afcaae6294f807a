//! The original and Stentor under one configuration, asked the same things.

use reqwest::Method;
use serde_json::Value;

use super::contender::{Contender, Kind};

/// Both servers.
#[derive(Debug)]
pub struct Pair {
    /// The original, then Stentor.
    pub both: [Contender; 2],
    http: reqwest::Client,
}

/// What a server answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The media type, without its parameters; empty when there is none.
    pub media: String,
    /// The body.
    pub text: String,
}

impl Reply {
    /// Returns the body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The method.
    pub method: Method,
    /// The path, with its query.
    pub path: &'a str,
    /// The header `Content-Type`; empty for none.
    pub media: &'a str,
    /// The body.
    pub body: &'a str,
}

impl<'a> Call<'a> {
    /// A request that reads.
    pub fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, media: "", body: "" }
    }

    /// A request that sends JSON.
    pub fn post(path: &'a str, body: &'a str) -> Self {
        Self { method: Method::POST, path, media: "application/json", body }
    }
}

impl Pair {
    /// Starts both.
    pub async fn start(config: &str) -> Self {
        let http = reqwest::Client::new();
        let original = Contender::start(Kind::Original, config, &http);
        let ours = Contender::start(Kind::Ours, config, &http);
        let (original, ours) = tokio::join!(original, ours);
        Self { both: [original, ours], http }
    }

    /// Asks one of them.
    pub async fn ask_one(&self, which: usize, call: &Call<'_>) -> Reply {
        let url = format!("{}{}", self.both[which].url, call.path);
        let mut request = self.http.request(call.method.clone(), url);
        if !call.media.is_empty() {
            request = request.header("content-type", call.media);
        }
        let answer = request.body(call.body.to_owned()).send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{call:?}: {error}"));
        let media = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        let media = media.unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
        let status = answer.status().as_u16();
        Reply { status, media, text: answer.text().await.unwrap_or_default() }
    }

    /// Asks both.
    pub async fn ask(&self, call: &Call<'_>) -> [Reply; 2] {
        let (original, ours) = tokio::join!(self.ask_one(0, call), self.ask_one(1, call));
        [original, ours]
    }

    /// Posts JSON to both; panics unless both accept it.
    pub async fn accept(&self, path: &str, body: &Value) -> [Reply; 2] {
        let body = body.to_string();
        let replies = self.ask(&Call::post(path, &body)).await;
        for reply in &replies {
            assert_eq!(reply.status, 200, "{path} {body}: {}", reply.text);
        }
        replies
    }
}
