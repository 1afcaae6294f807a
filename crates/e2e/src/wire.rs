//! A receiver of every kind: it keeps whole requests, and answers each as the provider would.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// `POST`, in capitals.
    pub method: String,
    /// The path, with its query.
    pub path: String,
    /// Headers; the names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

impl Received {
    /// Tells whether Stentor sent it.
    pub fn is_ours(&self) -> bool {
        self.headers.get("user-agent").is_some_and(|agent| agent.starts_with("Stentor/"))
    }
}

/// Receives until it is dropped.
#[derive(Debug)]
pub struct Wire {
    /// Where it listens, on loopback.
    pub port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    task: JoinHandle<()>,
}

impl Wire {
    /// Starts it; `answers` are beginnings of paths and the bodies that are answered there, else `{}`.
    pub async fn start(answers: &'static [(&'static str, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let all = Arc::clone(&received);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&all), answers));
            }
        });
        Self { port, received, task }
    }

    /// Returns the requests so far, in the order in which they came.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves one connection, request by request; one that breaks off was not received.
async fn serve(
    stream: TcpStream,
    all: Arc<Mutex<Vec<Received>>>,
    answers: &[(&str, &str)],
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut request = Received::default();
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        let mut words = line.split(' ').map(str::to_owned);
        (request.method, request.path) = (words.next()?, words.next()?);
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
            let Some((name, value)) = line.split_once(':') else { break };
            request.headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        let length = request.headers.get("content-length").and_then(|text| text.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).await.ok()?;
        request.body = String::from_utf8_lossy(&body).into_owned();
        let fits = answers.iter().find(|(path, _)| request.path.starts_with(path));
        let said = fits.map_or("{}", |(_, said)| said);
        let kind = if said.starts_with('{') { "application/json" } else { "text/plain" };
        all.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        let length = said.len();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n");
        stream.write_all(format!("{head}\r\n{said}").as_bytes()).await.ok()?;
    }
}
