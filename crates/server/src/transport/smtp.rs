//! One mail to one smarthost.

use std::net::SocketAddr;
use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use stentor_integrations::outbound::{Mail, Response, Tls};

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
    let tls = || TlsParameters::new_rustls(host.to_owned());
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
    if let Some((user, password)) = &mail.login {
        let login = Credentials::new(user.clone(), password.reveal().to_owned());
        connection.auth(&[Mechanism::Plain, Mechanism::Login], &login).await?;
    }
    Ok(connection)
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
    let mut builder = lettre::Message::builder().from(address(&mail.from)?).subject(&mail.subject);
    for to in &mail.to {
        builder = builder.to(address(to)?);
    }
    for (name, value) in &mail.headers {
        let name = HeaderName::new_from_ascii(name.clone())
            .map_err(|_| format!("`{name}` is not the name of a header"))?;
        builder = builder.raw_header(HeaderValue::new(name, value.clone()));
    }
    let body = MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone());
    builder.multipart(body).map_err(|error| format!("the mail cannot be built: {error}"))
}
