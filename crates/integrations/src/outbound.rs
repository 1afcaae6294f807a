//! Channels: how a message leaves, as data.
//!
//! A channel is a fold over answers: given a message and every [`Response`] so far it says what to do next, another
//! [`Request`] or the [`Outcome`]. Most send one request, so they are two pure functions. A new one is one file below
//! this one, one line in [`CHANNELS`] and messages in `testdata/<kind>/`.

mod call;
mod context;
mod cut;
pub mod discord;
pub mod email;
mod form;
pub mod incidentio;
pub mod jira;
pub mod mattermost;
pub mod msteams;
pub mod msteamsv2;
pub mod opsgenie;
pub mod pagerduty;
pub mod pushover;
pub mod rocketchat;
pub mod slack;
pub mod sns;
pub mod telegram;
mod url;
pub mod victorops;
pub mod webex;
pub mod webhook;
pub mod wechat;
mod words;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use stentor_domain::delivery::Outcome;
use stentor_domain::message::Message;
use stentor_domain::plan::Settings;

pub use self::context::Context;
use crate::http_config::{HttpConfig, TlsConfig};

/// A way to reach a person or a receiver.
pub trait Channel: Sync {
    /// Returns its short name, for example `slack`; the `kind` of a channel in the plan.
    fn kind(&self) -> &'static str;

    /// Returns what its form, its check and its documentation say.
    fn about(&self) -> About;

    /// Puts `message` into the channel's words. Settings that cannot work are refused with what to mend, in one
    /// sentence, never with a panic.
    fn request(
        &self,
        settings: &Settings,
        message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String>;

    /// Says what an answer means. The default follows the status, see [`outcome`].
    fn outcome(&self, response: &Response) -> Outcome {
        outcome(response)
    }

    /// Says what to do next in an attempt; `answers` are those of the requests so far, in their order.
    ///
    /// The default sends one request and takes its answer for the outcome. A channel that needs several implements
    /// this; it must come to an end whatever is answered.
    fn next(
        &self,
        settings: &Settings,
        message: &Message,
        context: &Context<'_>,
        answers: &[Response],
    ) -> Step {
        match answers.last() {
            None => Step::of(self.request(settings, message, context)),
            Some(answer) => Step::Done(self.outcome(answer)),
        }
    }
}

/// What an attempt does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Sends this and comes back with the answer.
    Send(Request),
    /// Has come to its end.
    Done(Outcome),
}

impl Step {
    /// Sends a request, or ends with why there is none.
    pub fn of(request: Result<Request, String>) -> Self {
        match request {
            Ok(request) => Self::Send(request),
            Err(why) => Self::Done(Outcome::Refused { why }),
        }
    }
}

/// Every channel, in the order of the documentation.
pub const CHANNELS: &[&dyn Channel] = &[
    &email::Email,
    &slack::Slack,
    &webhook::Webhook,
    &discord::Discord,
    &incidentio::Incidentio,
    &jira::Jira,
    &mattermost::Mattermost,
    &msteams::Msteams,
    &msteamsv2::Msteamsv2,
    &opsgenie::Opsgenie,
    &pagerduty::Pagerduty,
    &pushover::Pushover,
    &rocketchat::Rocketchat,
    &sns::Sns,
    &telegram::Telegram,
    &victorops::Victorops,
    &webex::Webex,
    &wechat::Wechat,
];

/// Returns the channel called `kind`.
pub fn find(kind: &str) -> Option<&'static dyn Channel> {
    CHANNELS.iter().copied().find(|channel| channel.kind() == kind)
}

/// What a person has to know to set up a channel.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The channel's name for people.
    pub title: &'static str,
    /// What arrives, in a sentence or two; Markdown.
    pub help: &'static str,
    /// Every setting, the required ones first.
    pub settings: &'static [Field],
    /// A channel in `stentor.yml`, or a receiver in `alertmanager.yml`.
    pub example: &'static str,
    /// What else a receiver's author needs; Markdown, may be empty.
    pub notes: &'static str,
}

/// One setting of a channel.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its key in the plan.
    pub name: &'static str,
    /// Whether the channel cannot work without it.
    pub required: bool,
    /// Whether it is masked wherever it is shown.
    pub secret: bool,
    /// What it means and what it is when it is left out; Markdown.
    pub help: &'static str,
}

impl Field {
    /// A setting that may be left out.
    const fn of(name: &'static str, help: &'static str) -> Self {
        Self { name, required: false, secret: false, help }
    }

    /// A setting without which the channel cannot work.
    const fn needed(name: &'static str, help: &'static str) -> Self {
        Self { name, required: true, secret: false, help }
    }

    /// The same, and masked.
    const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }
}

/// What the transport has to do.
#[derive(Clone, PartialEq, Eq)]
pub enum Request {
    /// One HTTP request.
    Http {
        /// `POST`, in capitals.
        method: &'static str,
        /// Absolute, `http` or `https`; often a secret by itself.
        url: String,
        /// Names and values; values may be secrets.
        headers: Vec<(String, String)>,
        /// As it goes over the wire.
        body: Vec<u8>,
        /// After which the attempt has failed, from the connect to the end of the answer.
        timeout: Duration,
        /// How the connection is made.
        config: Arc<HttpConfig>,
    },
    /// One mail, boxed because it is by far the largest.
    Mail(Box<Mail>),
}

/// One mail to one smarthost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// `host:port`.
    pub smarthost: String,
    /// How we introduce ourselves.
    pub hello: String,
    /// How the connection is protected.
    pub tls: Tls,
    /// Whom the smarthost has to be; its certificate is checked only when there is TLS.
    pub tls_config: TlsConfig,
    /// How we sign in; `None` = not at all.
    pub login: Option<Login>,
    /// An address, possibly with a name: `Stentor <stentor@example.com>`.
    pub from: String,
    /// Addresses, at least one.
    pub to: Vec<String>,
    /// One line.
    pub subject: String,
    /// The body as plain text; empty = none.
    pub text: String,
    /// The body as HTML; empty = none.
    pub html: String,
    /// Further headers, `Message-ID` among them; each value one line. `From` and `To` here stand in the mail instead
    /// of the addresses that it goes from and to.
    pub headers: Vec<(String, String)>,
    /// After which the attempt has failed, from the connect to the smarthost's last answer.
    pub timeout: Duration,
}

/// How we sign in to a smarthost, by the first way that both sides know: the password by `PLAIN` or `LOGIN`, the
/// secret by `CRAM-MD5`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Who we are.
    pub username: String,
    /// Our password; empty = none.
    pub password: Secret,
    /// What `CRAM-MD5` proves that we know; empty = none.
    pub secret: Secret,
    /// For whom we act, in `PLAIN`; empty = for ourselves.
    pub identity: String,
}

/// How a connection to a smarthost is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// `STARTTLS`, and no mail without it.
    Starttls,
    /// TLS from the first byte (port 465).
    Implicit,
    /// In the clear.
    None,
}

/// A text that no log and no debug output may show.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// Shows neither the path of an URL, nor values of headers, nor the body: any may hold a secret.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { method, url, body, .. } => {
                let host = words::host_of(url).unwrap_or("?");
                write!(f, "{method} to {host}, {} bytes", body.len())
            }
            Self::Mail(mail) => write!(f, "mail to {} by {}", mail.to.join(", "), mail.smarthost),
        }
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// An HTTP answer.
    Http {
        /// Its status.
        status: u16,
        /// What `Retry-After` asks for.
        retry_after: Option<Duration>,
        /// The beginning of its body.
        body: String,
    },
    /// The last answer of a smarthost.
    Mail {
        /// Three digits, for example 250.
        code: u16,
        /// Its text.
        text: String,
    },
    /// No answer came.
    NoAnswer {
        /// What happened, in one sentence.
        why: String,
        /// Whether the message may have arrived all the same.
        sent: bool,
    },
    /// We refused to send it: a forbidden address, or a request that makes no sense. Nothing has left.
    Blocked {
        /// What to mend, in one sentence.
        why: String,
    },
}

/// Says what an answer means by its status alone.
///
/// HTTP: 2xx is sent; 429, 5xx and no answer are tried again, not before `Retry-After`; all else is refused, and so is a
/// redirect that was not followed. SMTP: 2xx is sent, 4xx is tried again, all else is refused.
pub fn outcome(response: &Response) -> Outcome {
    match response {
        Response::Http { status, retry_after, body } => {
            let said = words::said(&format!("HTTP {status}"), body);
            match status {
                200..=299 => Outcome::sent(said),
                429 | 500.. => {
                    let after = retry_after.and_then(|after| SignedDuration::try_from(after).ok());
                    Outcome::Retry { after, why: said }
                }
                300..=399 => {
                    let why = format!("{said}; redirects are not followed, so give the final URL");
                    Outcome::Refused { why }
                }
                0..=199 | 400..=499 => Outcome::Refused { why: said },
            }
        }
        Response::Mail { code, text } => {
            let said = words::said(&format!("SMTP {code}"), text);
            match code {
                200..=299 => Outcome::sent(said),
                400..=499 => Outcome::Retry { after: None, why: said },
                0..=199 | 300..=399 | 500.. => Outcome::Refused { why: said },
            }
        }
        Response::NoAnswer { why, sent: _ } => Outcome::Retry { after: None, why: why.clone() },
        Response::Blocked { why } => Outcome::Refused { why: why.clone() },
    }
}

/// How long one attempt may take.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// What we call ourselves.
pub const USER_AGENT: &str = concat!("Stentor/", env!("CARGO_PKG_VERSION"));
