//! Log lines in the original's shape: `ts=… level=… msg=…`, or the same as one JSON object.

use std::fmt;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::flags::{self, Lines};
use crate::clock;

/// Begins to log to the standard error.
pub(super) fn start(level: flags::Level, lines: Lines) {
    let filter = EnvFilter::new(level.word());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.with_ansi(false).event_format(Shape(lines)).init();
}

struct Shape(Lines);

impl<S, N> FormatEvent<S, N> for Shape
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut out: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let level = *event.metadata().level();
        let pairs = fields.pairs(word(level));
        match self.0 {
            Lines::Logfmt => logfmt(&mut out, &pairs),
            Lines::Json => {
                let object: Map<String, Value> =
                    pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
                writeln!(out, "{}", Value::Object(object))
            }
        }
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        _ => "debug",
    }
}

/// What an event says, in the order in which it says it.
#[derive(Default)]
struct Fields {
    message: String,
    component: Option<String>,
    others: Vec<(String, String)>,
}

impl Fields {
    fn pairs(self, level: &str) -> Vec<(String, String)> {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let mut pairs =
            vec![pair("ts", format!("{:.3}", clock::now())), pair("level", level.to_owned())];
        pairs.extend(self.component.map(|component| pair("component", component)));
        if !self.message.is_empty() {
            pairs.push(pair("msg", self.message));
        }
        pairs.extend(self.others);
        pairs
    }

    fn add(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.message = value,
            "component" => self.component = Some(value),
            name => self.others.push((name.to_owned(), value)),
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }
}

fn logfmt(out: &mut Writer<'_>, pairs: &[(String, String)]) -> fmt::Result {
    for (at, (name, value)) in pairs.iter().enumerate() {
        let space = if at == 0 { "" } else { " " };
        write!(out, "{space}{name}=")?;
        let plain =
            |c: char| !c.is_whitespace() && !c.is_control() && c != '"' && c != '=' && c != '\\';
        match !value.is_empty() && value.chars().all(plain) {
            true => out.write_str(value)?,
            false => write!(out, "{}", Value::from(value.as_str()))?,
        }
    }
    out.write_char('\n')
}
