//! Email: calm text and HTML, readable on a telephone, with nothing loaded from afar.

mod html;

use stentor_domain::labels::Fnv;
use stentor_domain::message::{AlertsMessage, Message, PageMessage, Purpose, TestMessage};
use stentor_domain::plan::Settings;

use self::html::Html;
use super::form::Form;
use super::words::{headline, line, summary, time};
use super::{ATTEMPT_TIMEOUT, About, Channel, Context, Field, Login, Mail, Request, Secret, Tls};
use crate::http_config::TlsConfig;

/// At most this many alerts are listed in one mail; the rest are counted, and a link leads to all.
const ALERTS_LISTED_MAX: usize = 50;

/// Mail by SMTP.
pub struct Email;

impl Channel for Email {
    fn kind(&self) -> &'static str {
        "email"
    }

    fn about(&self) -> About {
        About {
            title: "Email",
            help: "A mail by SMTP, as text and HTML, with no remote content. A page carries the link that \
                   acknowledges or resolves it: opening the link changes nothing, a button on it does. Mails about \
                   the same page or group form one thread.",
            settings: SETTINGS,
            example: "channels:\n  mail:\n    kind: email\n    smarthost: smtp.example.com:587\n    from: Stentor <stentor@example.com>\n    username: stentor\n    password: ${SMTP_PASSWORD}",
            notes: "A page goes to its person's own address; a receiver's `email_configs` has `to`, addresses separated by \
                    commas. There the names are Alertmanager's (`auth_username`, `require_tls`, …), and what it says are \
                    templates: `html`, by default `email.default.html`, `text`, by default none, and every header. \
                    Nothing is cut. Tried again: answers of the smarthost that begin with 4, and when there is none.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        Ok(Request::Mail(Box::new(mail(&Form::new(settings, context), message)?)))
    }
}

const SETTINGS: &[Field] = &[
    Field::needed(
        "smarthost",
        "The mail server as `host:port`, for example `smtp.example.com:587`.",
    ),
    Field::needed(
        "from",
        "The sender's address, possibly with a name: `Stentor <stentor@example.com>`.",
    ),
    Field::of(
        "username",
        "Signs in to the mail server as this user. By default without signing in. Of a receiver `auth_username`.",
    ),
    Field::of(
        "password",
        "The password of that user. Of a receiver `auth_password`, and `auth_identity`.",
    )
    .secret(),
    Field::of("auth_secret", "Of a receiver: what signs in by `CRAM-MD5`.").secret(),
    Field::of(
        "tls",
        "`starttls` (the default), `implicit` (for port 465) or `none`. Without TLS no password is sent except to this machine itself. Of a receiver `require_tls` and `force_implicit_tls`.",
    ),
    Field::of(
        "tls_config",
        "Of a receiver: `ca`, `cert`, `key`, `server_name`, `insecure_skip_verify`, `min_version`.",
    ),
    Field::of("hello", "How we introduce ourselves. By default `localhost`."),
    Field::of("to", "Of a receiver: addresses, separated by commas; a template."),
    Field::of(
        "headers",
        "Of a receiver: names and templates. `Subject` is by default `email.default.subject`.",
    ),
    Field::of("html, text", "Of a receiver: what the mail says; templates."),
    Field::of(
        "threading.enabled, threading.thread_by_date",
        "Of a receiver: `true` and `daily` (the default) or `none` make one thread of a group's mails.",
    ),
];

fn mail(form: &Form<'_>, message: &Message) -> Result<Mail, String> {
    let set = |name: &str| match line(&form.text(name)?) {
        empty if empty.is_empty() => Err(format!("`{name}` is not set")),
        text => Ok(text),
    };
    let smarthost = set("smarthost")?;
    let from = set("from")?;
    let to = recipients(&form.text("to")?, message, &from)?;
    let (host, _) = smarthost
        .rsplit_once(':')
        .filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        .ok_or_else(|| "`smarthost` is not host:port".to_owned())?;
    let tls = tls(form)?;
    let login = login(form);
    if login.is_some() && tls == Tls::None && !is_this_machine(host) {
        return Err("a password would travel unprotected; set `tls: starttls`".to_owned());
    }
    let content = match message {
        Message::Alerts(_) if of_templates(form) => receivers(form)?,
        Message::Alerts(alerts) => of_alerts(alerts),
        Message::Page(page) => of_page(page),
        Message::Test(test) => of_test(test),
    };
    let domain = domain_of(&from);
    let mut headers = vec![
        ("Message-ID".to_owned(), format!("<{}@{domain}>", word(form.context.delivery))),
        ("Auto-Submitted".to_owned(), "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress".to_owned(), "All".to_owned()),
    ];
    if let Some(thread) = content.thread {
        let at = if thread.contains('@') { String::new() } else { format!("@{domain}") };
        headers.push(("In-Reply-To".to_owned(), format!("<{thread}{at}>")));
        headers.push(("References".to_owned(), format!("<{thread}{at}>")));
    }
    for (name, value) in added(form)? {
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        headers.push((name, value));
    }
    let hello = match set("hello") {
        Ok(name) => name,
        Err(_) => "localhost".to_owned(),
    };
    let Content { subject, text, html, thread: _ } = content;
    let timeout = ATTEMPT_TIMEOUT;
    let tls_config = TlsConfig::of(form.settings, "tls_config.");
    Ok(Mail {
        smarthost,
        hello,
        tls,
        tls_config,
        login,
        from,
        to,
        subject,
        text,
        html,
        headers,
        timeout,
    })
}

/// Returns how we sign in.
fn login(form: &Form<'_>) -> Option<Login> {
    let username = form.plain("auth_username");
    (!username.is_empty()).then(|| Login {
        username: username.to_owned(),
        password: Secret::new(form.plain("auth_password")),
        secret: Secret::new(form.plain("auth_secret")),
        identity: form.plain("auth_identity").to_owned(),
    })
}

fn tls(form: &Form<'_>) -> Result<Tls, String> {
    match form.plain("tls") {
        "" | "starttls" => Ok(Tls::Starttls),
        "implicit" => Ok(Tls::Implicit),
        "none" => Ok(Tls::None),
        other => Err(format!("`tls` is `{}`; it is starttls, implicit or none", line(other))),
    }
}

/// Returns the headers that the plan adds, filled in. What describes the mail's own form is left out.
fn added(form: &Form<'_>) -> Result<Vec<(String, String)>, String> {
    const OURS: [&str; 7] = [
        "bcc",
        "content-transfer-encoding",
        "content-type",
        "date",
        "mime-version",
        "sender",
        "subject",
    ];
    let free = |name: &str| !OURS.iter().any(|ours| ours.eq_ignore_ascii_case(name));
    let kept = form.map("headers")?.into_iter().filter(|(name, _)| free(name));
    Ok(kept.map(|(name, value)| (name, line(&value))).collect())
}

/// Tells whether a receiver has templates; without any it is told in our own words.
fn of_templates(form: &Form<'_>) -> bool {
    ["html", "text", "headers.Subject"].iter().any(|name| form.has(name))
}

/// Fills in a receiver's templates.
fn receivers(form: &Form<'_>) -> Result<Content, String> {
    let html = if form.plain("html").is_empty() { String::new() } else { form.html("html")? };
    let by_day = form.plain("threading.thread_by_date") != "none";
    let day =
        if by_day { form.context.now.strftime("%Y-%m-%d").to_string() } else { String::new() };
    let thread = form.flag("threading.enabled").then(|| {
        let key = form.context.key_hash();
        // Byte for byte as Alertmanager has it, so that its threads go on.
        format!("alert-{}-{day}@alertmanager", &key[..16])
    });
    let subject = line(&form.text("headers.Subject")?);
    Ok(Content { subject, text: form.text("text")?, html, thread })
}

/// Returns who gets the mail: whom the integration names, else the person who is asked, else, for a trial, the sender.
fn recipients(to: &str, message: &Message, from: &str) -> Result<Vec<String>, String> {
    let to = match (to, message) {
        ("", Message::Page(page)) if page.email.is_empty() => {
            return Err(format!("the plan has no mail address of {}", page.person));
        }
        ("", Message::Page(page)) => &page.email,
        ("", Message::Test(_)) => from,
        ("", Message::Alerts(_)) => return Err("`to` is not set".to_owned()),
        (to, _) => to,
    };
    Ok(to.split(',').map(line).filter(|one| !one.is_empty()).collect())
}

fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// Returns the part of an address behind the `@`, for message ids.
fn domain_of(address: &str) -> String {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    match word(domain.trim_end_matches('>')) {
        empty if empty.is_empty() => "localhost".to_owned(),
        domain => domain,
    }
}

/// Returns only those letters of `text` that need no quoting in a message id.
fn word(text: &str) -> String {
    text.chars().filter(|one| one.is_ascii_alphanumeric() || "-._".contains(*one)).collect()
}

/// What a mail says.
struct Content {
    subject: String,
    text: String,
    html: String,
    /// What mails of the same thread share; without an `@`, that of the sender is put behind it.
    thread: Option<String>,
}

fn of_alerts(message: &AlertsMessage) -> Content {
    let subject = headline(message);
    let mut text = format!("{subject}\n");
    let mut html = Html::new(&subject, message.firing());
    for alert in message.alerts.iter().take(ALERTS_LISTED_MAX) {
        let state = if alert.firing { "firing" } else { "resolved" };
        let head = format!("{state}: {}", summary(alert));
        let mut facts = vec![("Since", time(alert.starts_at))];
        if !alert.firing {
            facts.push(("Until", time(alert.ends_at)));
        }
        facts.push(("Labels", line(&alert.labels.to_string())));
        let said = |(name, value): &(&str, &str)| *name != "summary" && !value.is_empty();
        let said = alert.annotations.iter().filter(said);
        let said: Vec<(&str, String)> = said.map(|(name, value)| (name, line(value))).collect();
        facts.extend(said);
        if !alert.generator_url.is_empty() {
            facts.push(("Source", line(&alert.generator_url)));
        }
        text.push_str(&format!("\n{head}\n"));
        html.heading(&head);
        push_facts(&mut text, &mut html, &facts);
    }
    let rest = message.alerts.len().saturating_sub(ALERTS_LISTED_MAX) + message.truncated;
    if rest > 0 {
        text.push_str(&format!("\nand {rest} more\n"));
        html.line(&format!("and {rest} more"));
    }
    let foot = format!("Sent to the receiver {} by Stentor", line(&message.receiver));
    push_foot(&mut text, &mut html, &foot, &message.external_url);
    let mut hash = Fnv::new();
    hash.write(message.receiver.as_bytes()).write(&[0xff]).write(message.group_key.as_bytes());
    Content {
        subject,
        text,
        html: html.finish(),
        thread: Some(format!("group-{:016x}", hash.finish())),
    }
}

fn of_page(message: &PageMessage) -> Content {
    let title = line(&message.title);
    let (mark, act) = match message.purpose {
        Purpose::Act => (line(&message.severity), true),
        Purpose::Resolved => ("Resolved".to_owned(), false),
    };
    let subject = format!("[{mark}] {title}");
    let mut text = format!("{subject}\n\n");
    let mut html = Html::new(&subject, act);
    if act && !message.answer_url.is_empty() {
        let answer = line(&message.answer_url);
        text.push_str(&format!("Acknowledge or resolve: {answer}\n\n"));
        html.button("Acknowledge or resolve", &answer);
    }
    for said in &message.summary {
        text.push_str(&format!("{}\n", line(said)));
        html.line(said);
    }
    if !message.summary.is_empty() {
        text.push('\n');
    }
    let facts = [
        ("Service", line(&message.service)),
        ("Severity", line(&message.severity)),
        ("Since", time(message.triggered_at)),
        ("For", line(&message.person)),
        ("Why you", line(&message.why)),
        ("Runbook", line(&message.runbook)),
        ("Page", line(&message.page_url)),
    ];
    let facts: Vec<_> = facts.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    push_facts(&mut text, &mut html, &facts);
    Content { subject, text, html: html.finish(), thread: Some(message.page.to_string()) }
}

fn of_test(message: &TestMessage) -> Content {
    let channel = line(&message.channel);
    let subject = format!("[Test] The channel {channel} works");
    let said =
        format!("This is a test of the channel {channel}, asked for by {}.", line(&message.by));
    let mut text = format!("{said}\n");
    let mut html = Html::new(&subject, false);
    html.line(&said);
    push_foot(
        &mut text,
        &mut html,
        "Nothing needs to be done. Sent by Stentor",
        &message.external_url,
    );
    Content { subject, text, html: html.finish(), thread: None }
}

fn push_facts(text: &mut String, html: &mut Html, facts: &[(&str, String)]) {
    for (name, value) in facts {
        text.push_str(&format!("{name}: {value}\n"));
    }
    html.facts(facts);
}

fn push_foot(text: &mut String, html: &mut Html, foot: &str, url: &str) {
    let url = line(url);
    text.push_str(&format!("\n-- \n{foot} {url}\n"));
    html.foot(foot, &url);
}
