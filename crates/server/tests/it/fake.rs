//! A server that answers what a test wants, and remembers what it was asked.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// What a request asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) authorization: Option<String>,
    pub(crate) on_behalf_of: Option<String>,
    pub(crate) body: Value,
}

/// A server on a free port of the loopback; gone when it is dropped.
pub(crate) struct Fake {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    _runtime: Runtime,
}

impl Fake {
    /// Answers everything with `status` and `body`.
    pub(crate) fn new(status: u16, body: &str) -> Self {
        let body = body.to_owned();
        Self::answering(move |_| (status, body.clone()))
    }

    /// Answers a request line, such as `GET /api/v1/pages?limit=50`, as `answer` says.
    pub(crate) fn answering(
        answer: impl Fn(&str) -> (u16, String) + Clone + Send + Sync + 'static,
    ) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(vec![]));
        let seen = Arc::clone(&asked);
        let router = axum::Router::new().fallback(move |request: Request| {
            let (seen, answer) = (Arc::clone(&seen), answer.clone());
            async move {
                let one = take(request).await;
                let (status, body) = answer(&one.line);
                seen.lock().unwrap().push(one);
                Response::builder().status(status).body(Body::from(body)).unwrap()
            }
        });
        runtime.spawn(axum::serve(listener, router).into_future());
        Self { address, asked, _runtime: runtime }
    }

    /// Returns what was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Runs `stentor` with the words of `line` against this server.
    pub(crate) fn run(&self, line: &[&str]) -> Ran {
        let url = format!("http://{}", self.address);
        ran(stentor(line).env("STENTOR_URL", url).env("STENTOR_TOKEN", "stentor_secret"))
    }
}

async fn take(request: Request) -> Asked {
    let (head, body) = request.into_parts();
    let header = |name| head.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let line = format!("{} {}", head.method, head.uri);
    let (authorization, on_behalf_of) = (header("authorization"), header("x-stentor-on-behalf-of"));
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Asked { line, authorization, on_behalf_of, body }
}

/// What came of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Returns the program with these words, and with nothing of our environment that is about it.
pub(crate) fn stentor(line: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stentor"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STENTOR_") {
            command.env_remove(name);
        }
    }
    command.args(line);
    command
}

/// Runs a command to its end.
pub(crate) fn ran(command: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
}
