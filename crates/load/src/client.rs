//! One kept-alive HTTP/1.1 connection, so that the generator costs as little as possible.

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A server that has not answered by then counts as dead.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(240);

/// One connection to the server at `addr`.
pub(crate) struct Client {
    requests: SendRequest<Full<Bytes>>,
    addr: String,
}

impl Client {
    /// Connects to `addr` (`host:port`).
    pub(crate) async fn connect(addr: &str) -> anyhow::Result<Client> {
        let stream = TcpStream::connect(addr).await.with_context(|| format!("connect {addr}"))?;
        stream.set_nodelay(true)?;
        let (requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Client { requests, addr: addr.to_owned() })
    }

    /// Reads `path` whole.
    pub(crate) async fn get(&mut self, path: &str) -> anyhow::Result<(StatusCode, Bytes)> {
        let request = Request::builder().method(Method::GET).uri(path).header("Host", &self.addr);
        self.call(request.body(Full::default())?).await
    }

    /// Posts a JSON body to `path` and reads the answer whole.
    pub(crate) async fn post(
        &mut self,
        path: &str,
        body: String,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("Host", &self.addr)
            .header("Content-Type", "application/json");
        self.call(request.body(Full::new(Bytes::from(body)))?).await
    }

    async fn call(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<(StatusCode, Bytes)> {
        let answer = async {
            self.requests.ready().await?;
            let response = self.requests.send_request(request).await?;
            let status = response.status();
            anyhow::Ok((status, response.into_body().collect().await?.to_bytes()))
        };
        timeout(ANSWER_WAIT_MAX, answer).await.context("no answer within 240 s")?
    }
}
