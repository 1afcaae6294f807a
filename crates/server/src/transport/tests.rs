//! The transport against listeners on loopback: kind ones, slow ones and hostile ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use stentor_integrations::outbound::{Request, Response};

use super::Transport;

mod http;
mod mail;
mod receivers;

/// A transport that may reach the listeners of these tests.
fn open() -> Transport {
    Transport::new(&["127.0.0.0/8".to_owned()]).unwrap()
}

/// A transport as the default plan has it.
fn guarded() -> Transport {
    Transport::new(&[]).unwrap()
}

fn post(url: impl Into<String>, timeout: Duration) -> Request {
    Request::Http {
        method: "POST",
        url: url.into(),
        headers: vec![("X-Test".to_owned(), "yes".to_owned())],
        body: b"hello".to_vec(),
        timeout,
        config: Arc::default(),
    }
}

/// Long enough that only a fault reaches it.
const PATIENCE: Duration = Duration::from_secs(20);
/// Short enough for a test of what happens at its end.
const IMPATIENCE: Duration = Duration::from_millis(200);

/// Counts how often a listener was reached.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

fn why(response: Response) -> (String, &'static str) {
    match response {
        Response::Blocked { why } => (why, "blocked"),
        Response::NoAnswer { why, sent: false } => (why, "not sent"),
        Response::NoAnswer { why, sent: true } => (why, "perhaps sent"),
        Response::Http { status, body, .. } => (format!("{status} {body}"), "answered"),
        Response::Mail { code, text } => (format!("{code} {text}"), "answered"),
    }
}
