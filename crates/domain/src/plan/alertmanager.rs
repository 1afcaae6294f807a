//! `alertmanager.yml`: the routing tree, in exactly Alertmanager's format.
//!
//! What the original knows and Stentor does not honour yet is refused by name, never passed over.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::inhibition;
use crate::interval::Interval;
use crate::matchers::{Matcher, Matchers, Op};
use crate::routing::{GroupBy, Route, Routes};

use super::fields::{Fields, Word};
use super::findings::{Fault, Findings, Place};
use super::read::Secrets;
use super::receivers::{self, Globals};
use super::secret::Sources;
use super::values::{self, Range};
use super::yaml::Node;
use super::{Receiver, names, people};

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
    let globals = Globals::read(&mut top, &sources, out);
    let receivers = receivers::read(&mut top, &globals, &sources, out);
    let route_at = top.place("route");
    let route = top.get("route");
    top.refuse(UNSUPPORTED, out);
    if route.is_none() {
        top.missing("route", "add one, as in `route: { receiver: team }`", out);
    }
    top.finish(out);
    let mut tree = Tree { nodes: Vec::new(), receivers: &receivers };
    tree.root(route?, route_at, out)?;
    let routes = Routes { nodes: tree.nodes };
    Some(Routing {
        routes,
        receivers,
        inhibit_rules: Vec::new(),
        intervals: BTreeMap::new(),
        resolve_timeout: globals.resolve_timeout,
    })
}

const UNSUPPORTED: &[&str] = &[
    "inhibit_rules",
    "templates",
    "mute_time_intervals",
    "time_intervals",
    "tracing",
    "event_recorder",
];
const UNSUPPORTED_ON_ROUTES: &[&str] = &["mute_time_intervals", "active_time_intervals", "labels"];

/// The routing tree while it is flattened.
struct Tree<'r> {
    nodes: Vec<Route>,
    receivers: &'r BTreeMap<String, Receiver>,
}

/// What a route hands down to its children.
#[derive(Clone)]
struct Inherited {
    receiver: String,
    group_by: GroupBy,
    group_wait: SignedDuration,
    group_interval: SignedDuration,
    repeat_interval: SignedDuration,
}

impl Tree<'_> {
    fn root(&mut self, node: &Node, at: Place, out: &mut Findings<'_>) -> Option<()> {
        let mut fields = Fields::open(node, "the root route", at, out)?;
        if !fields.has("receiver") {
            fields.missing(
                "receiver",
                "name the receiver of everything that no other route takes",
                out,
            );
        }
        for key in ["matchers", "match", "match_re", "continue"] {
            if fields.has(key) {
                let what = format!("the root route takes every alert: `{key}` cannot stand here");
                out.error(fields.place(key), what, "move it to a route under `routes`");
            }
        }
        let usual = Inherited {
            receiver: String::new(),
            group_by: GroupBy::Labels(Vec::new()),
            group_wait: SignedDuration::from_secs(30),
            group_interval: SignedDuration::from_mins(5),
            repeat_interval: SignedDuration::from_hours(4),
        };
        self.add(fields, usual, None, out);
        Some(())
    }

    /// Adds a route and, after it, its children; returns its index.
    fn add(
        &mut self,
        mut fields: Fields<'_>,
        inherited: Inherited,
        parent: Option<usize>,
        out: &mut Findings<'_>,
    ) -> usize {
        let at = fields.at;
        let own = self.own(&mut fields, inherited, out);
        let goes_on = fields.truth("continue", false, out);
        let mut matchers = all_matchers(&mut fields, out);
        matchers.sort();
        let children = fields.list("routes", out);
        fields.refuse(UNSUPPORTED_ON_ROUTES, out);
        fields.finish(out);
        let (id, key) = match parent {
            None => ("{}".to_owned(), "{}".to_owned()),
            Some(parent) => self.names(parent, &matchers),
        };
        let index = self.nodes.len();
        self.nodes.push(Route {
            id,
            key,
            matchers,
            goes_on,
            receiver: own.receiver.clone(),
            group_by: own.group_by.clone(),
            group_wait: own.group_wait,
            group_interval: own.group_interval,
            repeat_interval: own.repeat_interval,
            mute: Vec::new(),
            active: Vec::new(),
            children: Vec::new(),
            line: at.line,
        });
        let mut closed = false;
        for node in children {
            let Some(child) = Fields::open(node, "this route", node.at, out) else { continue };
            if closed {
                let what = "no alert ever comes here: a route above takes them all";
                out.warn(
                    node.at,
                    what,
                    "give the one above matchers or `continue: true`, or move it to the end",
                );
            }
            let child = self.add(child, own.clone(), Some(index), out);
            self.nodes[index].children.push(child);
            let added = &self.nodes[child];
            closed = closed || (added.matchers.0.is_empty() && !added.goes_on);
        }
        index
    }

    /// Returns the id and the key of a child; siblings with equal matchers are told apart by the id alone.
    fn names(&self, parent: usize, matchers: &Matchers) -> (String, String) {
        let parent = &self.nodes[parent];
        let key = format!("{}/{matchers}", parent.key);
        let siblings = parent.children.iter().filter(|child| self.nodes[**child].key == key);
        let id = format!("{}/{matchers}", parent.id);
        match siblings.count() {
            0 => (id, key),
            earlier => (format!("{id}#{}", earlier + 1), key),
        }
    }

    /// Reads what a route may change for itself and its children.
    fn own(
        &self,
        fields: &mut Fields<'_>,
        inherited: Inherited,
        out: &mut Findings<'_>,
    ) -> Inherited {
        let mut own = inherited;
        if let Some(receiver) = fields.word("receiver", out) {
            if !self.receivers.contains_key(receiver.text) {
                let known = self.receivers.keys().map(String::as_str);
                let fault = names::unknown("receiver", "receivers", receiver.text, known);
                out.error(receiver.at, fault.what, fault.mend);
            }
            own.receiver = receiver.text.to_owned();
        }
        if fields.has("group_by") {
            let words = fields.words("group_by", out);
            own.group_by = group_by(&words, out);
        }
        let lasting = |text: &str| {
            let length = values::duration(text)?;
            let fault = || {
                Fault::new(
                    "an interval of 0 is not possible",
                    "write at least `1s`, or remove the key",
                )
            };
            if length.is_zero() { Err(fault()) } else { Ok(length) }
        };
        let wait = fields.parsed("group_wait", values::duration, out);
        let interval = fields.parsed("group_interval", lasting, out);
        let repeat = fields.parsed("repeat_interval", lasting, out);
        own.group_wait = wait.unwrap_or(own.group_wait);
        own.group_interval = interval.unwrap_or(own.group_interval);
        own.repeat_interval = repeat.unwrap_or(own.repeat_interval);
        own
    }
}

fn group_by(words: &[Word<'_>], out: &mut Findings<'_>) -> GroupBy {
    if let Some(all) = words.iter().find(|word| word.text == "...") {
        if words.len() > 1 {
            let what = "`...` already groups by every label";
            out.error(all.at, what, "remove the other labels, or remove `...`");
        }
        return GroupBy::All;
    }
    let mut names: Vec<String> = Vec::new();
    for word in words {
        if word.text.is_empty() {
            out.error(word.at, "a label needs a name", "write one, or remove the entry");
        }
        if names.iter().any(|name| name == word.text) {
            out.error(
                word.at,
                format!("`group_by` names `{}` twice", word.text),
                "remove one of them",
            );
        }
        names.push(word.text.to_owned());
    }
    names.sort();
    GroupBy::Labels(names)
}

/// Reads `matchers`, and the older `match` and `match_re`; all of them must hold.
fn all_matchers(fields: &mut Fields<'_>, out: &mut Findings<'_>) -> Matchers {
    let mut all = people::matchers_of(fields, out);
    for (key, op) in [("match", Op::Equals), ("match_re", Op::Fits)] {
        for entry in fields.map(key, out) {
            let Some(value) = super::fields::word(&entry.value, &format!("`{}`", entry.key), out)
            else {
                continue;
            };
            // The original keeps the pattern anchored, and group keys show it so.
            let anchored = format!("^(?:{})$", value.text);
            let text = if op == Op::Fits { &anchored } else { value.text };
            let fault = |why| Fault::new(why, "mend the pattern");
            // A pattern that would close the anchor's bracket is wrong by itself.
            let alone = Matcher::new(&entry.key, op, value.text).map_err(fault);
            if out.check(value.at, alone).is_some() {
                all.0.extend(Matcher::new(&entry.key, op, text));
            }
        }
    }
    all
}
