//! A webhook receiver that notes what came when, and answers as the scenario says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::scenario::{Reply, Scenario};

/// A webhook that was received.
#[derive(Clone, Debug)]
pub struct Heard {
    /// When it was there as a whole.
    pub at: Instant,
    /// The path, `/SCENARIO/NAME`.
    pub path: String,
    /// The body.
    pub body: Value,
    /// What was answered.
    pub status: u16,
}

#[derive(Debug, Default)]
struct Notes {
    heard: Vec<Heard>,
    /// What is still to be answered, by path, last one first.
    replies: HashMap<String, Vec<Reply>>,
}

/// Receives webhooks until it is dropped.
#[derive(Debug)]
pub struct Recorder {
    /// Where it listens, on loopback.
    pub port: u16,
    notes: Arc<Mutex<Notes>>,
    task: JoinHandle<()>,
}

impl Recorder {
    /// Starts a receiver that answers as `scenarios` say.
    pub async fn start(scenarios: &[Arc<Scenario>]) -> Self {
        let mut notes = Notes::default();
        for scenario in scenarios {
            for (receiver, replies) in &scenario.answers {
                let path = format!("/{}/{receiver}", scenario.name);
                notes.replies.insert(path, replies.iter().rev().copied().collect());
            }
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        let notes = Arc::new(Mutex::new(notes));
        let all = Arc::clone(&notes);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&all)));
            }
        });
        Self { port, notes, task }
    }

    /// Returns what was received for a scenario so far, in its order.
    pub fn heard(&self, scenario: &str) -> Vec<Heard> {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let prefix = format!("/{scenario}/");
        notes.heard.iter().filter(|heard| heard.path.starts_with(&prefix)).cloned().collect()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads one request, notes it, and answers.
async fn answer(stream: TcpStream, notes: Arc<Mutex<Notes>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    let mut path = String::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        if path.is_empty() {
            path = line.split(' ').nth(1)?.to_owned();
            continue;
        }
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let at = Instant::now();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let reply = {
        let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
        let left = notes.replies.get_mut(&path).and_then(Vec::pop);
        let reply = left.unwrap_or(Reply { status: 200, retry_after_s: None });
        notes.heard.push(Heard { at, path, body, status: reply.status });
        reply
    };
    let after = reply.retry_after_s.map(|seconds| format!("Retry-After: {seconds}\r\n"));
    let head = format!(
        "HTTP/1.1 {} Status\r\nContent-Length: 0\r\n{}Connection: close\r\n\r\n",
        reply.status,
        after.unwrap_or_default()
    );
    stream.write_all(head.as_bytes()).await.ok()
}
