//! Alertmanager's API, version 2: what Prometheus, its relatives and `amtool` send.
//!
//! Statuses and shapes of refusals are those of Alertmanager 0.25, observed on the wire; names of labels may be any
//! UTF-8 text, as since 0.27. Three things differ on purpose: a `null` alert is refused instead of crashing, text
//! behind the list is refused instead of being ignored, and an alert with U+0000 is refused, because not
//! every database can store it.

mod json;

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use stentor_domain::alert::Signal;
use stentor_domain::labels::Labels;
use stentor_go::quote::quoted;
use stentor_go::url::is_request_uri;

use self::json::Raw;
use super::{About, Malformed, Read, Sender, Shape};

/// At most this many alerts in one body; more are refused whole with status 413. Prometheus sends 64 or 256.
pub const SIGNALS_PER_BODY_MAX: usize = 10_000;
/// At most this many labels, and as many annotations, on one alert; the alert with more is refused.
pub const LABELS_PER_SIGNAL_MAX: usize = 256;
/// At most this many bytes in the name of a label or an annotation; the alert with a longer one is refused.
pub const NAME_BYTES_MAX: usize = 1_024;
/// At most this many bytes in the value of a label or an annotation, or in a `generatorURL`; the alert with a
/// longer one is refused.
pub const VALUE_BYTES_MAX: usize = 65_536;

/// Prometheus, and everything that speaks to Alertmanager.
pub struct Alertmanager;

impl Sender for Alertmanager {
    fn kind(&self) -> &'static str {
        "alertmanager"
    }

    fn about(&self) -> About {
        About {
            title: "Prometheus",
            endpoint: "POST /api/v2/alerts",
            help: "Prometheus, `amtool` and every other client of Alertmanager's API version 2 send here \
                   unmodified; only the host name changes. An alert is on disk before the answer is 200.",
            example: "# prometheus.yml\nalerting:\n  alertmanagers:\n    - static_configs:\n        - targets: [\"localhost:9093\"]",
            limits: &[
                ("alerts in one request", SIGNALS_PER_BODY_MAX, "the request is refused with 413"),
                (
                    "labels (and annotations) of one alert",
                    LABELS_PER_SIGNAL_MAX,
                    "the alert is refused with 400, the others are kept",
                ),
                (
                    "bytes in a name",
                    NAME_BYTES_MAX,
                    "the alert is refused with 400, the others are kept",
                ),
                (
                    "bytes in a value or a `generatorURL`",
                    VALUE_BYTES_MAX,
                    "the alert is refused with 400, the others are kept",
                ),
            ],
            notes: NOTES,
        }
    }

    fn read(&self, body: &[u8]) -> Result<Vec<Read>, Malformed> {
        read(body)
    }
}

const NOTES: &str = "\
Nothing is ever shortened. Statuses and shapes of refusals are Alertmanager's. What differs: an alert with U+0000 in a
text is refused with 400, because not every database can store it; text behind the list is refused instead of being
ignored; broken UTF-8 arrives as U+FFFD, as it does there. A `generatorURL` may have any scheme, but pages and
messages only ever link `http` and `https`.";

/// Translates the body of `POST /api/v2/alerts`; one entry for each alert, in its order; none for `[]` and `null`.
///
/// The body as a whole is refused with 422 (a schema is broken: no labels, a `generatorURL` that is none), 400 (it
/// is not JSON, or of other types) or 413 ([`SIGNALS_PER_BODY_MAX`]). Everything else refuses one alert
/// and keeps the others; [`Malformed::of`] makes the answer of those.
pub fn read(body: &[u8]) -> Result<Vec<Read>, Malformed> {
    if body.trim_ascii().is_empty() {
        return Err(schema(602, "", "alerts in body is required"));
    }
    let whole;
    let list = match json::parse(body) {
        Ok(list) => list,
        Err(why) => {
            // Go reads broken text with U+FFFD in the place of what is broken. An alert is worth the second look.
            whole = json::mended(body).ok_or_else(|| unreadable(&why))?;
            json::parse(&whole).map_err(|why| unreadable(&why))?
        }
    };
    if list.count > SIGNALS_PER_BODY_MAX {
        let why = format!(
            "{} alerts in one request are more than {SIGNALS_PER_BODY_MAX}; send them in several",
            list.count
        );
        let shape = Shape::CodeMessage { code: 413 };
        return Err(Malformed { status: 413, at: "alerts".to_owned(), why, shape });
    }
    for (at, raw) in list.alerts.iter().enumerate() {
        check_schema(at, raw)?;
    }
    Ok(list.alerts.into_iter().map(signal).collect())
}

fn unreadable(why: &str) -> Malformed {
    Malformed {
        status: 400,
        at: String::new(),
        why: format!("parsing alerts body from \"\" failed, because {why}"),
        shape: Shape::CodeMessage { code: 400 },
    }
}

fn schema(code: u16, at: &str, why: &str) -> Malformed {
    let shape = Shape::CodeMessage { code };
    Malformed { status: 422, at: at.to_owned(), why: why.to_owned(), shape }
}

fn check_schema(at: usize, raw: &Raw<'_>) -> Result<(), Malformed> {
    let url = &raw.generator_url;
    if !url.is_empty() && !is_request_uri(url) {
        let why = format!("{at}.generatorURL in body must be of type uri: {}", quoted(url));
        return Err(schema(601, &format!("alerts[{at}].generatorURL"), &why));
    }
    if raw.labels.is_none() {
        let why = format!("{at}.labels in body is required");
        return Err(schema(602, &format!("alerts[{at}].labels"), &why));
    }
    Ok(())
}

/// Checks one alert in the order in which Alertmanager does, so that the same reason comes first.
fn signal(raw: Raw<'_>) -> Read {
    match checked(raw) {
        Ok(signal) => Read::Signal(signal),
        Err(why) => Read::Refused(why),
    }
}

fn checked(raw: Raw<'_>) -> Result<Signal, String> {
    let labels = raw.labels.unwrap_or_default();
    if let (Some(start), Some(end)) = (raw.starts_at, raw.ends_at)
        && end < start
    {
        return Err("start time must be before end time".to_owned());
    }
    let labels: Labels = pairs("label", "label set", labels)?.into_iter().collect();
    if labels.is_empty() {
        return Err("at least one label pair required".to_owned());
    }
    let annotations = Labels::with_empty(pairs("annotation", "annotations", raw.annotations)?);
    if raw.generator_url.len() > VALUE_BYTES_MAX {
        return Err(format!("generatorURL has more than {VALUE_BYTES_MAX} bytes"));
    }
    Ok(Signal {
        labels,
        annotations,
        starts_at: raw.starts_at,
        ends_at: raw.ends_at,
        generator_url: raw.generator_url.into_owned(),
    })
}

/// Returns the pairs when each of them may be kept.
fn pairs<'a>(one: &str, all: &str, pairs: json::Pairs<'a>) -> Result<Vec<json::Pair<'a>>, String> {
    if pairs.count > LABELS_PER_SIGNAL_MAX {
        let count = pairs.count;
        return Err(format!("invalid {all}: {count} are more than {LABELS_PER_SIGNAL_MAX}"));
    }
    for (name, value) in &pairs.list {
        if name.is_empty() && (one == "annotation" || !value.is_empty()) {
            return Err(format!("invalid {all}: invalid name \"\""));
        }
        if name.len() > NAME_BYTES_MAX {
            return Err(format!("invalid {all}: a name has more than {NAME_BYTES_MAX} bytes"));
        }
        if value.len() > VALUE_BYTES_MAX {
            let name = quoted(name);
            return Err(format!("{one} {name} has more than {VALUE_BYTES_MAX} bytes"));
        }
        if name.contains('\0') || value.contains('\0') {
            let name = quoted(name);
            return Err(format!("{one} {name} contains U+0000, which cannot be stored"));
        }
    }
    Ok(pairs.list)
}

/// Reads an instant as Alertmanager does; `Ok(None)` for an empty text and for Go's zero time.
///
/// RFC 3339 with any offset; without an offset it is UTC. Digits of a second after the ninth say nothing here, and an
/// instant at the end of the year 9999 that cannot be kept is the last one that can.
pub fn instant(text: &str) -> Result<Option<Timestamp>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let kept = nine_digits(text);
    let zoned = kept.parse::<Timestamp>().ok();
    let civil = |text: &str| text.contains(':').then(|| text.parse::<DateTime>().ok())?;
    let in_utc = || civil(&kept).and_then(|civil| TimeZone::UTC.to_timestamp(civil).ok());
    // Time stamps end some hours before the civil year does, so that every offset can be shown.
    let clamped = || {
        let offset = kept.rfind(['Z', 'z', '+', '-']).filter(|at| *at > "9999-12-31".len());
        let last = civil(&kept[..offset.unwrap_or(kept.len())])? >= LAST_DAY;
        last.then_some(Timestamp::MAX)
    };
    match zoned.or_else(in_utc).or_else(clamped) {
        Some(at) if at == GO_ZERO_TIME => Ok(None),
        Some(at) => Ok(Some(at)),
        None => Err(format!("{} is not an RFC 3339 time", quoted(text))),
    }
}

/// The first instant of the days on which an offset may lead past the last instant that can be kept.
const LAST_DAY: DateTime = DateTime::constant(9999, 12, 30, 0, 0, 0, 0);

/// Cuts what follows the ninth digit of a second's fraction.
fn nine_digits(text: &str) -> Cow<'_, str> {
    let Some(start) = text.find(['.', ',']).map(|at| at + 1) else { return text.into() };
    let digits = text[start..].bytes().take_while(u8::is_ascii_digit).count();
    if digits <= 9 {
        return text.into();
    }
    format!("{}{}", &text[..start + 9], &text[start + digits..]).into()
}

/// `0001-01-01T00:00:00Z`, which Go writes for a time that is not set.
const GO_ZERO_TIME: Timestamp = Timestamp::constant(-62_135_596_800, 0);
