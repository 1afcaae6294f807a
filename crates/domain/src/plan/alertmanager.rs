//! `alertmanager.yml`: the routing tree, in exactly Alertmanager's format.
//!
//! What the original knows and Stentor does not honour yet is refused by name, never passed over.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::inhibition;
use crate::interval::Interval;
use crate::routing::Routes;

use super::conditions::{self, Keys};
use super::fields::Fields;
use super::findings::{Findings, Place};
use super::read::Secrets;
use super::receivers::{self, Globals};
use super::secret::Sources;
use super::values::Range;
use super::yaml::Node;
use super::{Receiver, intervals, routes};

/// The file's name in every plan.
pub(super) const FILE: &str = "alertmanager.yml";

/// The whole file, read.
pub(super) struct Routing {
    pub(super) routes: Routes,
    pub(super) receivers: BTreeMap<String, Receiver>,
    pub(super) inhibit_rules: Vec<inhibition::Rule>,
    pub(super) intervals: BTreeMap<String, Interval>,
    pub(super) resolve_timeout: SignedDuration,
}

/// Reads the file; `None` when it has no route.
pub(super) fn read(
    root: &Node,
    secrets: &dyn Secrets,
    allowed: &[Range],
    out: &mut Findings<'_>,
) -> Option<Routing> {
    let whole = Place { line: 0, column: 0, ..root.at };
    let mut top = Fields::open(root, "the file", whole, out)?;
    let sources = Sources { secrets, expands: false, allowed };
    let intervals = intervals::read(&mut top, out);
    let inhibit_rules = inhibit_rules(&mut top, out);
    let globals = Globals::read(&mut top, &sources, out);
    let receivers = receivers::read(&mut top, &globals, &sources, out);
    let route_at = top.place("route");
    let route = top.get("route");
    top.refuse(UNSUPPORTED, out);
    if route.is_none() {
        top.missing("route", "add one, as in `route: { receiver: team }`", out);
    }
    top.finish(out);
    let routes = routes::read(route?, route_at, (&receivers, &intervals), out)?;
    Some(Routing {
        routes,
        receivers,
        inhibit_rules,
        intervals,
        resolve_timeout: globals.resolve_timeout,
    })
}

const UNSUPPORTED: &[&str] = &["templates", "tracing", "event_recorder"];

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
