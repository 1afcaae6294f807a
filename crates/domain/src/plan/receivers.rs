//! `receivers:` of `alertmanager.yml`.
//!
//! What a kind of integration may have stands in a table (`kinds.rs`); one reader (`read.rs`) makes settings of it.

use std::collections::BTreeMap;

use crate::labels::Labels;

use super::fields::{self, Fields};
use super::findings::{Findings, Place};
use super::yaml::Node;
use super::{Integration, Receiver, Settings};

mod global;
mod http;
mod keys;
mod kinds;
mod read;
mod rules;
mod watch;

pub(super) use global::Globals;
pub(super) use read::{Reader, Text};

use keys::KindOf;

/// Reads the receivers by name.
pub(super) fn read(
    top: &mut Fields<'_>,
    reader: &mut Reader<'_>,
    out: &mut Findings<'_>,
) -> BTreeMap<String, Receiver> {
    let mut receivers = BTreeMap::new();
    for node in top.list("receivers", out) {
        let Some(mut fields) = Fields::open(node, "this receiver", node.at, out) else { continue };
        let name = fields.required("name", "add one, as in `name: team`", out);
        let mut integrations: Vec<(Place, Integration)> = Vec::new();
        for kind in &kinds::KINDS {
            for (index, node) in fields.list(kind.section, out).iter().enumerate() {
                let read = integration(kind, index, node, reader, out);
                integrations.extend(read.map(|read| (node.at, read)));
            }
        }
        let labels = labels(&mut fields, out);
        fields.finish(out);
        let Some(name) = name else { continue };
        if name.text.is_empty() {
            out.error(name.at, "a receiver's name cannot be empty", "give it one");
        }
        integrations.sort_by_key(|(at, _)| *at);
        let integrations = integrations.into_iter().map(|(_, integration)| integration).collect();
        let (name, place) = (name.text.to_owned(), receivers.len());
        let (escalate, fallback) = (None, None);
        let receiver =
            Receiver { name: name.clone(), place, labels, integrations, escalate, fallback };
        if receivers.insert(name.clone(), receiver).is_some() {
            out.error(
                node.at,
                format!("two receivers are called `{name}`"),
                "rename or remove one of them",
            );
        }
    }
    receivers
}

/// Reads the labels by which receivers can be listed.
fn labels(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> Labels {
    let mut pairs = Vec::new();
    for entry in fields.map("labels", out) {
        let value = fields::text(&entry.value, &format!("label `{}`", entry.key), out);
        pairs.extend(value.map(|value| (entry.key.as_str(), value.text)));
    }
    pairs.into_iter().collect()
}

fn integration(
    kind: &KindOf,
    index: usize,
    node: &Node,
    reader: &mut Reader<'_>,
    out: &mut Findings<'_>,
) -> Option<Integration> {
    let name = format!("this {} integration", kind.name);
    let mut fields = Fields::open(node, name, node.at, out)?;
    let send_resolved = fields.truth("send_resolved", kind.send_resolved, out);
    let mut settings = Settings::default();
    reader.group(&mut fields, &kind.group, ("", &mut settings), out);
    fields.finish(out);
    let alerts_max = settings.0.remove("max_alerts");
    let alerts_max = alerts_max.and_then(|most| most.value.parse().ok()).unwrap_or(0);
    Some(Integration { kind: kind.name.to_owned(), index, send_resolved, alerts_max, settings })
}

/// Reads `tracing` and `event_recorder`, which only look at the original itself.
pub(super) fn watching(top: &mut Fields<'_>, reader: &mut Reader<'_>, out: &mut Findings<'_>) {
    for (key, group, what, mend) in [
        (
            "tracing",
            &watch::TRACING,
            "`tracing` has no effect: Stentor sends no spans",
            "read `/metrics` and the log instead, or remove it",
        ),
        (
            "event_recorder",
            &watch::EVENT_RECORDER,
            "`event_recorder` has no effect: Stentor keeps the history of alerts and messages",
            "read the history over the API or on the pages, or remove it",
        ),
    ] {
        let at = top.place(key);
        let Some(node) = top.get(key) else { continue };
        let Some(mut fields) = Fields::open(node, format!("`{key}`"), at, out) else { continue };
        let mut unused = Settings::default();
        reader.group(&mut fields, group, ("", &mut unused), out);
        fields.finish(out);
        out.warn(at, what, mend);
    }
}

#[cfg(test)]
mod tests;
