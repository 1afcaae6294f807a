//! `alertmanager.yml`: the routing tree, in exactly Alertmanager's format.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::inhibition;
use crate::interval::Interval;
use crate::routing::Routes;
use crate::template::Templates;

use super::conditions::{self, Keys};
use super::fields::Fields;
use super::findings::{Findings, Place};
use super::receivers::{self, Globals, Reader, Text};
use super::routes::{self, Named};
use super::secret::Sources;
use super::yaml::Node;
use super::{Receiver, globs, intervals};

/// The file's name in every plan.
pub(super) const FILE: &str = "alertmanager.yml";

/// The whole file, read.
pub(super) struct Routing {
    pub(super) routes: Routes,
    pub(super) receivers: BTreeMap<String, Receiver>,
    pub(super) inhibit_rules: Vec<inhibition::Rule>,
    pub(super) intervals: BTreeMap<String, Interval>,
    pub(super) resolve_timeout: SignedDuration,
    pub(super) templates: Arc<Templates>,
}

/// Reads the file; `None` when it has no route.
pub(super) fn read(root: &Node, sources: &Sources<'_>, out: &mut Findings<'_>) -> Option<Routing> {
    let whole = Place { line: 0, column: 0, ..root.at };
    let mut top = Fields::open(root, "the file", whole, out)?;
    let globals = Globals::read(&mut top, sources, out);
    let mut reader = Reader { sources, globals: Some(&globals), texts: Vec::new() };
    let receivers = receivers::read(&mut top, &mut reader, out);
    let intervals = intervals::read(&mut top, out);
    let inhibit_rules = inhibit_rules(&mut top, out);
    let templates = templates(&mut top, out);
    receivers::watching(&mut top, &mut reader, out);
    let route_at = top.place("route");
    let route = top.get("route");
    if route.is_none() {
        top.missing("route", "add one, as in `route: { receiver: team }`", out);
    }
    top.finish(out);
    check_texts(&reader.texts, &templates, sources.lenient, out);
    let named = Named { receivers: &receivers, intervals: &intervals, templates: &templates };
    let routes = routes::read(route?, route_at, &named, out)?;
    let resolve_timeout = globals.resolve_timeout;
    Some(Routing { routes, receivers, inhibit_rules, intervals, resolve_timeout, templates })
}

/// Reads the files that `templates` names, over the default templates.
fn templates(top: &mut Fields<'_>, out: &mut Findings<'_>) -> Arc<Templates> {
    let at = top.place("templates");
    let files = globs::read(top, out);
    let read = Templates::read(&files).unwrap_or_else(|fault| {
        let what = format!("the template file {fault}");
        out.error(at, what, "mend the file: none of its definitions is known");
        Templates::default()
    });
    Arc::new(read)
}

/// Checks the templates in the file itself. The original finds their faults when it sends.
fn check_texts(texts: &[Text], templates: &Templates, lenient: bool, out: &mut Findings<'_>) {
    for text in texts {
        let checked = if text.html {
            templates.check_html(&text.text)
        } else {
            templates.check_text(&text.text)
        };
        let Err(fault) = checked else { continue };
        let kind = if text.html { "HTML template" } else { "template" };
        let line = if fault.line > 1 { format!(" in line {}", fault.line) } else { String::new() };
        let what = format!("this {kind} cannot be read{line}: {}", fault.why);
        let mend = "mend it: the message could not be written";
        if lenient { out.warn(text.at, what, mend) } else { out.error(text.at, what, mend) }
    }
}

/// Under which keys the conditions of an inhibition rule stand.
const SOURCE: Keys =
    Keys { matchers: "source_matchers", equal: "source_match", pattern: "source_match_re" };
const TARGET: Keys =
    Keys { matchers: "target_matchers", equal: "target_match", pattern: "target_match_re" };

fn inhibit_rules(top: &mut Fields<'_>, out: &mut Findings<'_>) -> Vec<inhibition::Rule> {
    let mut rules = Vec::new();
    for node in top.list("inhibit_rules", out) {
        let Some(mut fields) = Fields::open(node, "this inhibition rule", node.at, out) else {
            continue;
        };
        let name = fields.word("name", out).map_or("", |word| word.text).to_owned();
        let source = conditions::read(&mut fields, &SOURCE, out);
        let target = conditions::read(&mut fields, &TARGET, out);
        let equal = fields.words("equal", out);
        for label in equal.iter().filter(|label| label.text.is_empty()) {
            out.error(label.at, "a label needs a name", "write one, or remove the entry");
        }
        fields.finish(out);
        if source.0.is_empty() {
            let what = "every alert inhibits here: the rule has no condition on the source";
            out.warn(node.at, what, "add `source_matchers`");
        }
        let equal = equal.iter().map(|label| label.text.to_owned()).collect();
        rules.push(inhibition::Rule { name, source, target, equal });
    }
    rules
}
