//! A webhook receiver that keeps what it was told.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Receives webhooks until it is dropped.
#[derive(Debug)]
pub struct Sink {
    /// Where it listens, on loopback.
    pub port: u16,
    received: Arc<Mutex<Vec<Value>>>,
    task: JoinHandle<()>,
}

impl Sink {
    /// Starts a receiver that answers 200, each time after another one of `delays_ms`, in turn; at once without any.
    pub async fn start(delays_ms: Vec<u64>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        let received = Arc::<Mutex<Vec<Value>>>::default();
        let all = Arc::clone(&received);
        let task = tokio::spawn(async move {
            let mut delays_ms = delays_ms.into_iter().cycle();
            while let Ok((stream, _)) = listener.accept().await {
                let delay = Duration::from_millis(delays_ms.next().unwrap_or(0));
                tokio::spawn(answer(stream, Arc::clone(&all), delay));
            }
        });
        Self { port, received, task }
    }

    /// Returns the bodies received so far, in the order in which they came.
    pub fn received(&self) -> Vec<Value> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads one request, keeps its body, and answers after `delay`. A request that breaks off was not received.
async fn answer(
    stream: TcpStream,
    received: Arc<Mutex<Vec<Value>>>,
    delay: Duration,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.split_once(':') else {
            match line.trim() {
                "" => break,
                _ => continue,
            }
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    received.lock().unwrap_or_else(PoisonError::into_inner).push(body);
    tokio::time::sleep(delay).await;
    let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(ok).await.ok()
}
