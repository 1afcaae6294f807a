//! A running Stentor: its API, its command line, and raw bytes for what no client would send.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::process::{Ended, Running, run};
use crate::site::stentor;

/// A Stentor that runs until this value is dropped.
#[derive(Debug)]
pub struct Server {
    /// The process.
    pub process: Running,
    /// Its address, without a slash at the end.
    pub url: String,
    /// An API token that may do everything.
    pub token: String,
    /// The client; it follows no redirect.
    pub http: reqwest::Client,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body.
    pub text: String,
}

impl Answer {
    /// Returns the body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Returns a header's text; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Server {
    pub(crate) fn new(process: Running, url: String, token: String) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        Self { process, url, token, http: http.expect("a client without TLS can be made") }
    }

    /// Sends a request as it is, and reads the answer whole.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.send().await.expect("the server answers");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.expect("the answer is complete");
        Answer { status, headers, text }
    }

    /// Reads `path` with the token.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(self.at(path)).header(AUTHORIZATION, self.bearer())).await
    }

    /// Reads JSON at `path` with the token; panics unless the answer is 200.
    pub async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.text);
        answer.json()
    }

    /// Reads the items of a list.
    pub async fn items(&self, path: &str) -> Vec<Value> {
        let list = self.json(path).await;
        let items = list["items"].as_array();
        items.unwrap_or_else(|| panic!("GET {path} has no items but {list}")).clone()
    }

    /// Posts JSON to `path` with the token.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.http.post(self.at(path)).header(AUTHORIZATION, self.bearer());
        self.send(request.header(CONTENT_TYPE, "application/json").body(body.to_string())).await
    }

    /// Posts text to the senders' address as a sender does, without a token.
    pub async fn ingest(&self, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.http.post(self.at("/api/v2/alerts"));
        self.send(request.header(CONTENT_TYPE, "application/json").body(body)).await
    }

    /// Fires one alert with these labels, as a sender does; panics unless it is accepted.
    pub async fn fire(&self, labels: &[(&str, &str)]) {
        let labels: Value = labels.iter().map(|(name, value)| (*name, *value)).collect();
        let answer = self.ingest(json!([{ "labels": labels }]).to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Writes raw bytes to a connection of its own and returns all that comes back until the server hangs up.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // The server may have answered and hung up before it has read everything.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Opens a connection.
    pub async fn connect(&self) -> TcpStream {
        let address = self.url.trim_start_matches("http://");
        TcpStream::connect(address).await.expect("the server takes connections")
    }

    /// Runs the command line as a client of this server.
    pub fn cli(&self, args: &[&str]) -> Ended {
        let mut command = stentor();
        command.env("STENTOR_URL", &self.url).env("STENTOR_TOKEN", &self.token);
        run(command.args(args), "")
    }

    /// Returns the link under which the first administrator is made.
    pub fn setup_link(&self) -> String {
        let said = self.process.said();
        let link = said.split_whitespace().find(|word| word.contains("/setup?token="));
        link.expect("a first start prints the setup link").to_owned()
    }

    /// Returns the value of a metric without labels.
    pub async fn metric(&self, name: &str) -> Option<f64> {
        let answer = self.get("/metrics").await;
        let line = answer.text.lines().find(|line| line.split(' ').next() == Some(name))?;
        line.split(' ').nth(1)?.parse().ok()
    }

    /// Returns the address of `path`.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}
