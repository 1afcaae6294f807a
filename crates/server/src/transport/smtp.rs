//! One mail to one smarthost.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, Identity, TlsParameters, TlsVersion,
};
use lettre::transport::smtp::extension::ClientId;
use md5::Md5;
use stentor_integrations::http_config::TlsConfig;
use stentor_integrations::outbound::{Login, Mail, Response, Tls};

use super::guard::{Guard, NoAddress};

/// How long the connection may take to stand, for each address.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long we wait for the smarthost's goodbye.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);

/// Sends `mail`.
pub(super) async fn send(guard: &Guard, mail: Mail) -> Response {
    let message = match message(&mail) {
        Ok(message) => message,
        Err(why) => return Response::Blocked { why },
    };
    let Some((host, Ok(port))) = mail.smarthost.rsplit_once(':').map(|(h, p)| (h, p.parse()))
    else {
        return Response::Blocked { why: "`smarthost` is not host:port".to_owned() };
    };
    let host = host.trim_matches(['[', ']']);
    let mut handed_over = false;
    let attempt = attempt(guard, &mail, (host, port), (&message, &mut handed_over));
    match tokio::time::timeout(mail.timeout, attempt).await {
        Ok(response) => response,
        Err(_) => {
            let why = format!("{host} did not answer within {} s", mail.timeout.as_secs());
            Response::NoAnswer { why, sent: handed_over }
        }
    }
}

/// Speaks to the smarthost; sets `handed_over` before the first byte of the mail may have been taken.
async fn attempt(
    guard: &Guard,
    mail: &Mail,
    (host, port): (&str, u16),
    (message, handed_over): (&lettre::Message, &mut bool),
) -> Response {
    let addresses = match guard.resolve(host, port).await {
        Ok(addresses) => addresses,
        Err(NoAddress::Blocked(refused)) => return Response::Blocked { why: refused.to_string() },
        Err(NoAddress::Unresolved(why)) => return Response::NoAnswer { why, sent: false },
    };
    let mut connection = match connect(mail, host, &addresses).await {
        Ok(connection) => connection,
        Err(error) => return failed(&error, false),
    };
    *handed_over = true;
    let answer = connection.send(message.envelope(), &message.formatted()).await;
    let response = match answer {
        Ok(answer) => {
            let text = answer.message().collect::<Vec<_>>().join(" ");
            Response::Mail { code: u16::from(answer.code()), text }
        }
        Err(error) => failed(&error, true),
    };
    // The mail's fate is known; a smarthost that does not say goodbye changes nothing.
    let _ = tokio::time::timeout(GOODBYE_TIMEOUT, connection.quit()).await;
    response
}

/// Connects to the first address that answers, protects the connection as asked and signs in.
async fn connect(
    mail: &Mail,
    host: &str,
    addresses: &[SocketAddr],
) -> Result<AsyncSmtpConnection, Error> {
    let hello = ClientId::Domain(mail.hello.clone());
    let tls = || parameters(&mail.tls_config, host);
    let first = match mail.tls {
        Tls::Implicit => Some(tls()?),
        Tls::Starttls | Tls::None => None,
    };
    let mut connection =
        AsyncSmtpConnection::connect_tokio1(addresses, Some(CONNECT_TIMEOUT), &hello, first, None)
            .await?;
    match mail.tls {
        Tls::Starttls => connection.starttls(tls()?, &hello).await?,
        Tls::Implicit | Tls::None => {}
    }
    if let Some(login) = &mail.login {
        sign_in(&mut connection, login).await?;
    }
    Ok(connection)
}

/// Signs in by the first way that both sides know.
async fn sign_in(connection: &mut AsyncSmtpConnection, login: &Login) -> Result<(), Error> {
    let Login { username, password, secret, identity } = login;
    if password.is_empty() && !secret.is_empty() {
        return cram_md5(connection, username, secret.reveal()).await;
    }
    let plain = connection.server_info().supports_auth_mechanism(Mechanism::Plain);
    if plain && !identity.is_empty() {
        let said = STANDARD.encode(format!("{identity}\0{username}\0{}", password.reveal()));
        connection.command(format!("AUTH PLAIN {said}\r\n")).await?;
        return Ok(());
    }
    let login = Credentials::new(username.clone(), password.reveal().to_owned());
    connection.auth(&[Mechanism::Plain, Mechanism::Login], &login).await?;
    Ok(())
}

/// Proves that we know the secret without telling it, RFC 2195.
async fn cram_md5(
    connection: &mut AsyncSmtpConnection,
    username: &str,
    secret: &str,
) -> Result<(), Error> {
    let asked = connection.command("AUTH CRAM-MD5\r\n").await?;
    let challenge = STANDARD.decode(asked.first_word().unwrap_or_default()).unwrap_or_default();
    let mut mac = Hmac::<Md5>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(&challenge);
    let digest: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let said = STANDARD.encode(format!("{username} {digest}"));
    connection.command(format!("{said}\r\n")).await?;
    Ok(())
}

/// Returns how TLS is spoken with `host`.
fn parameters(config: &TlsConfig, host: &str) -> Result<TlsParameters, Error> {
    let name = if config.server_name.is_empty() { host } else { &config.server_name };
    let mut builder = TlsParameters::builder(name.to_owned())
        .dangerous_accept_invalid_certs(config.insecure_skip_verify)
        .dangerous_accept_invalid_hostnames(config.insecure_skip_verify);
    if !config.ca.is_empty() {
        builder = builder.certificate_store(CertificateStore::None);
        builder = builder.add_root_certificate(Certificate::from_pem(config.ca.as_bytes())?);
    }
    if !config.cert.is_empty() {
        let key = config.key.reveal().as_bytes();
        builder = builder.identify_with(Identity::from_pem(config.cert.as_bytes(), key)?);
    }
    if config.min_version == "TLS13" {
        builder = builder.set_min_tls_version(TlsVersion::Tlsv13);
    }
    builder.build_rustls()
}

fn failed(error: &Error, sent: bool) -> Response {
    let Some(code) = error.status() else {
        let why = error.to_string();
        // What lettre itself refuses to do (no STARTTLS offered, no way to sign in) happens before the mail.
        return match error.is_client() {
            true => Response::Blocked { why: why.replace("internal client error: ", "") },
            false => Response::NoAnswer { why, sent },
        };
    };
    let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    Response::Mail { code: u16::from(code), text }
}

/// Builds the mail; the error names the address or header that cannot be used.
fn message(mail: &Mail) -> Result<lettre::Message, String> {
    let address = |text: &str| {
        text.parse::<Mailbox>().map_err(|error| format!("`{text}` is not a mail address: {error}"))
    };
    let from = address(&mail.from)?;
    let to: Vec<Mailbox> = mail.to.iter().map(|to| address(to)).collect::<Result<_, _>>()?;
    let addresses = to.iter().map(|to| to.email.clone()).collect();
    let envelope = Envelope::new(Some(from.email.clone()), addresses)
        .map_err(|error| format!("the mail goes to nobody: {error}"))?;
    let own = |name: &str| mail.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let mut builder = lettre::Message::builder().from(from).subject(&mail.subject);
    for to in to {
        if !own("To") {
            builder = builder.to(to);
        }
    }
    for (name, value) in &mail.headers {
        let bad = || format!("`{name}` is not the name of a header");
        let name = HeaderName::new_from_ascii(name.clone()).map_err(|_| bad())?;
        builder = builder.raw_header(HeaderValue::new(name, value.clone()));
    }
    let part = |text: &String, plain| match plain {
        true => SinglePart::plain(text.clone()),
        false => SinglePart::html(text.clone()),
    };
    let body = match (mail.text.is_empty(), mail.html.is_empty()) {
        (false, true) => MultiPart::alternative().singlepart(part(&mail.text, true)),
        (true, false) => MultiPart::alternative().singlepart(part(&mail.html, false)),
        (true, true) | (false, false) => {
            MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone())
        }
    };
    let built = builder.envelope(envelope).multipart(body);
    built.map_err(|error| format!("the mail cannot be built: {error}"))
}
