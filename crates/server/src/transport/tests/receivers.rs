//! `http_config`: tokens, certificates, proxies and redirects, each under the same guard.

use std::net::SocketAddr;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use stentor_domain::plan::Settings;
use stentor_integrations::http_config::{HttpConfig, Oauth2, Proxy, TlsConfig};
use stentor_integrations::outbound::Secret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::http::{answer, serve};
use super::*;

/// A certificate for localhost and 127.0.0.1, and its key.
const PEM: &str = include_str!("loopback.pem");

async fn send(transport: &Transport, url: String, config: HttpConfig) -> (String, &'static str) {
    let Request::Http { method, headers, body, .. } = post("", PATIENCE) else { unreachable!() };
    let (timeout, config) = (PATIENCE, Arc::new(config));
    why(transport.send(Request::Http { method, url, headers, body, timeout, config }).await)
}

fn oauth2(token_url: String) -> HttpConfig {
    let oauth2 = Oauth2 {
        client_id: "stentor".to_owned(),
        client_secret: Secret::new("s3 c+ret"),
        token_url,
        scopes: vec!["a".to_owned(), "b".to_owned()],
        endpoint_params: vec![("audience".to_owned(), "x y".to_owned())],
        tls: TlsConfig::default(),
        proxy: Proxy::default(),
    };
    HttpConfig { oauth2: Some(oauth2), ..HttpConfig::default() }
}

/// Gives tokens T1, T2, …, which last for `seconds`; the receiver takes those that are not in `taken_back`.
async fn receiver_with_tokens(
    seconds: i64,
    taken_back: &'static [&'static str],
) -> (SocketAddr, Count) {
    let given = Count::default();
    let count = given.clone();
    let token = move |headers: HeaderMap, body: String| {
        count.add();
        let number = count.get();
        async move {
            assert_eq!(headers["authorization"], "Basic c3RlbnRvcjpzMytjJTJCcmV0");
            assert_eq!(body, "grant_type=client_credentials&scope=a+b&audience=x+y");
            format!(
                r#"{{"access_token":"T{number}","token_type":"bearer","expires_in":{seconds}}}"#
            )
        }
    };
    let hook = move |headers: HeaderMap| async move {
        let token = headers["authorization"].to_str().unwrap().to_owned();
        match taken_back.contains(&token.as_str()) {
            true => (StatusCode::UNAUTHORIZED, token),
            false => (StatusCode::OK, token),
        }
    };
    let router = Router::new().route("/token", any(token)).route("/hook", any(hook));
    (serve(router).await, given)
}

#[tokio::test]
async fn a_token_is_kept_until_it_runs_out() {
    for (lasts, expected) in
        [(3_600, ["200 Bearer T1", "200 Bearer T1"]), (5, ["200 Bearer T1", "200 Bearer T2"])]
    {
        let (at, _) = receiver_with_tokens(lasts, &[]).await;
        let transport = open();
        for expected in expected {
            let config = oauth2(format!("http://{at}/token"));
            let (said, _) = send(&transport, format!("http://{at}/hook"), config).await;
            assert_eq!(said, expected);
        }
    }
}

#[tokio::test]
async fn a_token_that_was_taken_back_is_asked_for_anew_once() {
    let (at, given) = receiver_with_tokens(3_600, &["Bearer T1", "Bearer T2"]).await;
    let transport = open();
    for expected in ["401 Bearer T1", "401 Bearer T2", "200 Bearer T3", "200 Bearer T3"] {
        let config = oauth2(format!("http://{at}/token"));
        let (said, _) = send(&transport, format!("http://{at}/hook"), config).await;
        assert_eq!(said, expected);
    }
    assert_eq!(given.get(), 3);
}

#[tokio::test]
async fn a_token_comes_through_the_same_guard() {
    let at = serve(Router::new().fallback(any(|| async { "reached" }))).await;
    let config = oauth2(format!("http://127.0.0.1:{}/token", at.port()));
    let (why, what) = send(&guarded(), "http://1.1.1.1/".to_owned(), config).await;
    assert_eq!(what, "blocked", "{why}");
    let (why, what) = send(&open(), format!("http://{at}/"), oauth2(format!("http://{at}/"))).await;
    assert_eq!(what, "not sent", "{why}");
    assert!(why.contains("access_token"), "{why}");
}

#[tokio::test]
async fn a_redirect_is_followed_when_asked_for_and_each_hop_is_checked() {
    let count = Count::default();
    let seen = count.clone();
    let hidden = serve(Router::new().fallback(any(move || async move { seen.add() }))).await;
    let away = format!("http://127.0.0.2:{}/", hidden.port());
    let router = Router::new()
        .route("/kept", any(|| async { answer(307, &[("location", "/reached")], "") }))
        .route("/away", any(move || async move { answer(307, &[("location", &away)], "") }))
        .route("/round", any(|| async { answer(302, &[("location", "/round")], "") }))
        .route("/reached", any(|body: String| async move { body }));
    let at = serve(router).await;
    let follow = || HttpConfig { follow_redirects: true, ..HttpConfig::default() };
    let transport = Transport::new(&["127.0.0.1".to_owned()]).unwrap();
    let go = async |path: &str| send(&transport, format!("http://{at}/{path}"), follow()).await;
    assert_eq!(go("kept").await, ("200 hello".to_owned(), "answered"));
    assert_eq!(go("round").await.0, "302 ");
    let (why, what) = go("away").await;
    assert_eq!(what, "blocked", "{why}");
    assert!(why.starts_with("outbound address 127.0.0.2 is loopback"), "{why}");
    assert_eq!(count.get(), 0);
}

/// Serves TLS with the certificate of the tests; every request is answered with 200.
async fn serve_tls() -> SocketAddr {
    let chain = CertificateDer::pem_slice_iter(PEM.as_bytes()).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(PEM.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let _ = stream.read(&mut [0; 4_096]).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
                let _ = stream.shutdown().await;
            });
        }
    });
    address
}

fn tls(tls: TlsConfig) -> HttpConfig {
    HttpConfig { tls, ..HttpConfig::default() }
}

#[tokio::test]
async fn a_certificate_is_trusted_as_the_settings_say() {
    let url = format!("https://{}/", serve_tls().await);
    let ca = || TlsConfig { ca: PEM.to_owned(), ..TlsConfig::default() };
    let named = |name: &str| TlsConfig { server_name: name.to_owned(), ..ca() };
    let table = [
        (TlsConfig::default(), "not sent"),
        (ca(), "answered"),
        (named("localhost"), "answered"),
        (named("elsewhere.example"), "not sent"),
        (TlsConfig { insecure_skip_verify: true, ..TlsConfig::default() }, "answered"),
        (TlsConfig { max_version: "TLS11".to_owned(), ..ca() }, "blocked"),
        (TlsConfig { min_version: "TLS13".to_owned(), ..ca() }, "answered"),
        (TlsConfig { ca: "no PEM".to_owned(), ..TlsConfig::default() }, "blocked"),
        (TlsConfig { cert: PEM.to_owned(), key: Secret::new(PEM), ..ca() }, "answered"),
        (TlsConfig { cert: PEM.to_owned(), key: Secret::new("x"), ..ca() }, "blocked"),
    ];
    let transport = open();
    for (number, (config, expected)) in table.into_iter().enumerate() {
        let (why, what) = send(&transport, url.clone(), tls(config)).await;
        assert_eq!(what, expected, "{number}: {why}");
        assert!(!why.contains("PRIVATE"), "{why}");
    }
}

/// A proxy that takes every `CONNECT` to the same place, and counts them.
async fn serve_proxy(to: SocketAddr) -> (SocketAddr, Count) {
    let count = Count::default();
    let seen = count.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            seen.add();
            tokio::spawn(async move {
                let mut head = [0; 4_096];
                let length = stream.read(&mut head).await.unwrap();
                assert!(head[..length].starts_with(b"CONNECT events.example:443 "));
                let mut inner = TcpStream::connect(to).await.unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut inner).await;
            });
        }
    });
    (address, count)
}

/// A proxy at this address is used once, and not by a transport that may not reach it.
async fn is_used_and_has_to_be_allowed(proxy: String, count: &Count) {
    let mut settings = Settings::default();
    settings.set("http_config.proxy_url", proxy, true);
    settings.set("http_config.tls_config.insecure_skip_verify", "true", false);
    let url = "https://events.example/".to_owned();
    let (why, what) = send(&open(), url.clone(), HttpConfig::of(&settings)).await;
    assert_eq!(what, "answered", "{why}");
    assert_eq!(count.get(), 1);
    let (why, what) = send(&guarded(), url, HttpConfig::of(&settings)).await;
    assert_eq!(what, "blocked", "{why}");
    assert_eq!(count.get(), 1);
}

#[tokio::test]
async fn a_proxy_is_used_when_named_and_has_to_be_allowed() {
    let (at, count) = serve_proxy(serve_tls().await).await;
    is_used_and_has_to_be_allowed(format!("http://{at}"), &count).await;
}

/// A proxy that speaks SOCKS5 and takes every connection to the same place, and counts them.
async fn serve_socks(to: SocketAddr) -> (SocketAddr, Count) {
    let count = Count::default();
    let seen = count.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            seen.add();
            tokio::spawn(async move {
                let mut said = [0; 512];
                let _ = stream.read(&mut said).await.unwrap();
                stream.write_all(&[5, 0]).await.unwrap();
                let length = stream.read(&mut said).await.unwrap();
                assert_eq!(said[..length], *b"\x05\x01\x00\x03\x0eevents.example\x01\xbb");
                let mut inner = TcpStream::connect(to).await.unwrap();
                stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut inner).await;
            });
        }
    });
    (address, count)
}

#[tokio::test]
async fn a_proxy_may_speak_socks_and_has_to_be_allowed() {
    let (at, count) = serve_socks(serve_tls().await).await;
    is_used_and_has_to_be_allowed(format!("socks5h://{at}"), &count).await;
}
