//! Amazon SNS: a message to a topic, a telephone or a device.
//!
//! Source: Amazon's "Publish" and "AssumeRole" of their API references, and "Create a signed AWS API request";
//! requests of Alertmanager 0.25, captured.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use stentor_domain::delivery::Outcome;
use stentor_domain::message::Message;
use stentor_domain::plan::Settings;
use stentor_go::url::query_escape;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request, Response, Step, outcome, words};

/// The largest message of a topic, and of a telephone.
const MESSAGE_BYTES_MAX: usize = 256 * 1_024;
const SMS_BYTES_MAX: usize = 1_600;

/// Amazon SNS.
pub struct Sns;

impl Channel for Sns {
    fn kind(&self) -> &'static str {
        "sns"
    }

    fn about(&self) -> About {
        About {
            title: "Amazon SNS",
            help: "A message that is published to a topic, a telephone number or an endpoint, signed with Signature \
                   Version 4. With a role two requests: one that assumes it, one that publishes. A FIFO topic gets \
                   the SHA-256 of the group's key as the message group and as the deduplication id.",
            settings: SETTINGS,
            example: "receivers:\n  - name: topic\n    sns_configs:\n      - topic_arn: arn:aws:sns:eu-central-1:123456789012:alerts\n        sigv4:\n          region: eu-central-1\n          access_key: AKIAEXAMPLE\n          secret_key: ${AWS_SECRET_KEY}",
            notes: "A message has at most 256 kB, to a telephone 1600 bytes; one that was cut bears the attribute \
                    `truncated`. `profile`, the environment and a machine's own role are not read: give a key, and a \
                    role if need be. Tried again: 429 and 5xx.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        let form = Form::new(settings, context);
        let keys = Keys::of(&form)?;
        match form.plain("sigv4.role_arn") {
            "" => publish(&form, &keys),
            role => assume(&form, role, &keys),
        }
    }

    fn next(
        &self,
        settings: &Settings,
        message: &Message,
        context: &Context<'_>,
        answers: &[Response],
    ) -> Step {
        let Some(last) = answers.last() else {
            return Step::of(self.request(settings, message, context));
        };
        let (Outcome::Sent { .. }, Response::Http { body, .. }) = (outcome(last), last) else {
            return Step::Done(outcome(last));
        };
        if settings.get("sigv4.role_arn").is_empty() || answers.len() > 1 {
            return Step::Done(outcome(last));
        }
        match Keys::assumed(body) {
            Some(keys) => Step::of(publish(&Form::new(settings, context), &keys)),
            None => {
                let why = words::said("the answer has no keys of the role", "");
                Step::Done(Outcome::Refused { why })
            }
        }
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("topic_arn", "The topic; or instead `phone_number` or `target_arn`. Templates."),
    Field::needed("sigv4.region", "The region."),
    Field::needed("sigv4.access_key, sigv4.secret_key", "The key that signs.").secret(),
    Field::of("sigv4.role_arn", "A role that is assumed with that key first."),
    Field::of("sigv4.external_id", "What the role asks for besides."),
    Field::of(
        "subject, message",
        "What it says; templates, by default `sns.default.subject` and `.message`.",
    ),
    Field::of("attributes", "Names and values of message attributes; templates."),
    Field::of("api_url", "Another address than Amazon's; a template."),
];

/// What signs.
struct Keys {
    access: String,
    secret: String,
    /// Of a role that was assumed, else empty.
    session: String,
}

impl Keys {
    fn of(form: &Form<'_>) -> Result<Self, String> {
        let (access, secret) = (form.plain("sigv4.access_key"), form.plain("sigv4.secret_key"));
        if access.is_empty() || secret.is_empty() {
            let why = "`sigv4.access_key` and `sigv4.secret_key` are not set, and keys of a profile, of the \
                       environment or of the machine are not read";
            return Err(why.to_owned());
        }
        Ok(Self { access: access.to_owned(), secret: secret.to_owned(), session: String::new() })
    }

    /// Reads the answer to `AssumeRole`.
    fn assumed(xml: &str) -> Option<Self> {
        let inside = |name: &str| {
            let (_, rest) = xml.split_once(&format!("<{name}>"))?;
            Some(rest.split_once(&format!("</{name}>"))?.0.trim().to_owned())
        };
        Some(Self {
            access: inside("AccessKeyId")?,
            secret: inside("SecretAccessKey")?,
            session: inside("SessionToken")?,
        })
    }
}

fn region<'a>(form: &Form<'a>) -> Result<&'a str, String> {
    match form.plain("sigv4.region") {
        "" => Err("`sigv4.region` is not set".to_owned()),
        region => Ok(region),
    }
}

/// Returns the address of a service, for example of `sns`.
fn address(service: &str, region: &str) -> String {
    let end = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{service}.{region}.{end}/")
}

fn assume(form: &Form<'_>, role: &str, keys: &Keys) -> Result<Request, String> {
    let region = region(form)?;
    let mut fields = BTreeMap::from([
        ("Action".to_owned(), "AssumeRole".to_owned()),
        ("Version".to_owned(), "2011-06-15".to_owned()),
        ("RoleArn".to_owned(), role.to_owned()),
        ("RoleSessionName".to_owned(), "stentor".to_owned()),
    ]);
    if !form.plain("sigv4.external_id").is_empty() {
        fields.insert("ExternalId".to_owned(), form.plain("sigv4.external_id").to_owned());
    }
    signed(form, (&address("sts", region), "sts", region), &fields, keys)
}

fn publish(form: &Form<'_>, keys: &Keys) -> Result<Request, String> {
    let region = region(form)?;
    let mut fields = BTreeMap::new();
    let mut set = |name: &str, value: String| fields.insert(name.to_owned(), value);
    set("Action", "Publish".to_owned());
    set("Version", "2010-03-31".to_owned());
    let topic = form.text("topic_arn")?;
    if topic.ends_with(".fifo") {
        set("MessageDeduplicationId", form.context.key_hash());
        set("MessageGroupId", form.context.key_hash());
    }
    let phone = form.text("phone_number")?;
    let max = if phone.is_empty() { MESSAGE_BYTES_MAX } else { SMS_BYTES_MAX };
    let message = form.text("message")?;
    let shown = &message[..message.floor_char_boundary(max)];
    let mut attributes: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in form.map("attributes")? {
        attributes.insert(form.context.text(&name)?, value);
    }
    if shown.len() < message.len() {
        attributes.insert("truncated".to_owned(), "true".to_owned());
    }
    set("Message", shown.to_owned());
    let to = [("TopicArn", topic), ("PhoneNumber", phone), ("TargetArn", form.text("target_arn")?)];
    let subject = [("Subject", form.text("subject")?)];
    if to.iter().all(|(_, value)| value.is_empty()) {
        return Err("none of `topic_arn`, `phone_number` and `target_arn` is set".to_owned());
    }
    for (name, value) in to.into_iter().chain(subject).filter(|(_, value)| !value.is_empty()) {
        set(name, value);
    }
    for (number, (name, value)) in (1..).zip(attributes) {
        let at = format!("MessageAttributes.entry.{number}");
        set(&format!("{at}.Name"), name);
        set(&format!("{at}.Value.DataType"), "String".to_owned());
        set(&format!("{at}.Value.StringValue"), value);
    }
    let url = match form.text("api_url")? {
        own if own.is_empty() => address("sns", region),
        own => own,
    };
    signed(form, (&url, "sns", region), &fields, keys)
}

/// Makes a signed `POST` of a form.
fn signed(
    form: &Form<'_>,
    (url, service, region): (&str, &str, &str),
    fields: &BTreeMap<String, String>,
    keys: &Keys,
) -> Result<Request, String> {
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{}={}", query_escape(name), query_escape(value)));
    let body = pairs.collect::<Vec<_>>().join("&").into_bytes();
    let mut call = Call::post(form.settings, url);
    call.headers =
        vec![("Content-Type", "application/x-www-form-urlencoded; charset=utf-8".to_owned())];
    call.headers.push(("X-Amz-Date", stamp(form.context.now)));
    if !keys.session.is_empty() {
        call.headers.push(("X-Amz-Security-Token", keys.session.clone()));
    }
    let scope = Scope { service, region, now: form.context.now };
    let signature = scope.authorization(&call, &body, keys);
    call.headers.push(("Authorization", signature));
    call.with("api_url", body)
}

fn stamp(now: Timestamp) -> String {
    now.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// What a signature is good for.
struct Scope<'a> {
    service: &'a str,
    region: &'a str,
    now: Timestamp,
}

impl Scope<'_> {
    /// Returns the `Authorization` of a request; it covers the host and the headers that are set so far.
    fn authorization(&self, call: &Call<'_>, body: &[u8], keys: &Keys) -> String {
        let Self { service, region, now } = self;
        let after = call.url.split_once("://").map_or("", |(_, rest)| rest);
        let (host, path) = after.split_at(after.find('/').unwrap_or(after.len()));
        let path = if path.is_empty() { "/" } else { path };
        let mut headers: BTreeMap<String, &str> = call
            .headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
            .collect();
        headers.insert("host".to_owned(), host);
        let names = headers.keys().map(String::as_str).collect::<Vec<_>>().join(";");
        let lines: String =
            headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let hash = hex(&Sha256::digest(body));
        let canonical = format!("POST\n{path}\n\n{lines}\n{names}\n{hash}");
        let date = now.strftime("%Y%m%d").to_string();
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let hash = hex(&Sha256::digest(canonical.as_bytes()));
        let to_sign = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{hash}", stamp(*now));
        let mut key = hmac(format!("AWS4{}", keys.secret).as_bytes(), &date);
        for part in [region, service, "aws4_request"] {
            key = hmac(&key, part);
        }
        let signature = hex(&hmac(&key, &to_sign));
        let access = &keys.access;
        format!(
            "AWS4-HMAC-SHA256 Credential={access}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
    }
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use stentor_domain::plan::Settings;

    use super::*;

    #[test]
    fn a_signature_equals_that_of_amazons_own_library() {
        let captured = include_str!("../../testdata/sns/signed.captured");
        let lines: Vec<&str> = captured.lines().skip(1).collect();
        let [host, length, kind, date, authorization, body] = lines[..] else {
            panic!("six lines")
        };
        let settings = Settings::default();
        let mut call = Call::post(&settings, format!("http://{host}/sns/"));
        call.headers =
            vec![("Content-Length", length.to_owned()), ("Content-Type", kind.to_owned())];
        call.headers.push(("X-Amz-Date", date.to_owned()));
        let date = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date).unwrap();
        let now = date.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let keys = Keys {
            access: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG".to_owned(),
            session: String::new(),
        };
        let scope = Scope { service: "sns", region: "us-east-2", now };
        assert_eq!(scope.authorization(&call, body.as_bytes(), &keys), authorization);
    }
}
