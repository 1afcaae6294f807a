//! `route:` of `alertmanager.yml`: the routing tree, flattened.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::interval::Interval;
use crate::matchers::Matchers;
use crate::routing::{GroupBy, Route, Routes};
use crate::template::Templates;

use super::conditions::{self, Keys};
use super::fields::{self, Fields, Word};
use super::findings::{Fault, Findings, Place};
use super::yaml::Node;
use super::{Receiver, names, values};

/// What routes name, and the templates that the values of their labels may use.
pub(super) struct Named<'r> {
    pub(super) receivers: &'r BTreeMap<String, Receiver>,
    pub(super) intervals: &'r BTreeMap<String, Interval>,
    pub(super) templates: &'r Templates,
}

/// Reads the tree; `None` when the root is no map at all.
pub(super) fn read(
    node: &Node,
    at: Place,
    named: &Named<'_>,
    out: &mut Findings<'_>,
) -> Option<Routes> {
    let mut tree = Tree { nodes: Vec::new(), named };
    tree.root(node, at, out)?;
    Some(Routes { nodes: tree.nodes })
}

/// Under which keys a route's conditions stand.
const MATCHERS: Keys = Keys { matchers: "matchers", equal: "match", pattern: "match_re" };

/// The routing tree while it is flattened.
struct Tree<'r> {
    nodes: Vec<Route>,
    named: &'r Named<'r>,
}

/// What a route hands down to its children.
#[derive(Clone)]
struct Inherited {
    receiver: String,
    group_by: GroupBy,
    group_wait: SignedDuration,
    group_interval: SignedDuration,
    repeat_interval: SignedDuration,
    labels: BTreeMap<String, String>,
}

impl Tree<'_> {
    fn root(&mut self, node: &Node, at: Place, out: &mut Findings<'_>) -> Option<()> {
        let mut fields = Fields::open(node, "the root route", at, out)?;
        if !fields.has("receiver") || fields.text("receiver").is_some_and(str::is_empty) {
            fields.missing(
                "receiver",
                "name the receiver of everything that no other route takes",
                out,
            );
        }
        let only_below =
            ["matchers", "match", "match_re", "mute_time_intervals", "active_time_intervals"];
        for key in only_below {
            if !fields.is_empty(key) {
                let what = format!("the root route takes every alert: `{key}` cannot stand here");
                out.error(fields.place(key), what, "move it to a route under `routes`");
            }
        }
        if fields.truth("continue", false, out) {
            let what = "nothing stands beside the root route: `continue` cannot stand here";
            out.error(fields.place("continue"), what, "move it to a route under `routes`");
        }
        let usual = Inherited {
            receiver: String::new(),
            group_by: GroupBy::Labels(Vec::new()),
            group_wait: SignedDuration::from_secs(30),
            group_interval: SignedDuration::from_mins(5),
            repeat_interval: SignedDuration::from_hours(4),
            labels: BTreeMap::new(),
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
        let matchers = conditions::read(&mut fields, &MATCHERS, out);
        let mute = self.named(&mut fields, "mute_time_intervals", out);
        let active = self.named(&mut fields, "active_time_intervals", out);
        let children = fields.list("routes", out);
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
            mute,
            active,
            labels: own.labels.clone(),
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
        if let Some(receiver) = fields.word("receiver", out).filter(|word| !word.text.is_empty()) {
            if !self.named.receivers.contains_key(receiver.text) {
                let known = self.named.receivers.keys().map(String::as_str);
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
        for entry in fields.map("labels", out) {
            let Some(value) = fields::text(&entry.value, &format!("`{}`", entry.key), out) else {
                continue;
            };
            if let Err(fault) = self.named.templates.check_text(value.text) {
                let what = format!("this template cannot be read: {}", fault.why);
                out.warn(value.at, what, "mend it: the label is passed on as it stands here");
            }
            own.labels.insert(entry.key.clone(), value.text.to_owned());
        }
        own
    }

    /// Reads the names of time intervals, each of which must exist.
    fn named(
        &self,
        fields: &mut Fields<'_>,
        key: &'static str,
        out: &mut Findings<'_>,
    ) -> Vec<String> {
        let words = fields.words(key, out);
        for word in &words {
            if !self.named.intervals.contains_key(word.text) {
                let known = self.named.intervals.keys().map(String::as_str);
                let fault = names::unknown("time interval", "time_intervals", word.text, known);
                out.error(word.at, fault.what, fault.mend);
            }
        }
        words.iter().map(|word| word.text.to_owned()).collect()
    }
}

fn group_by(words: &[Word<'_>], out: &mut Findings<'_>) -> GroupBy {
    if let Some(all) = words.iter().find(|word| word.text == "...") {
        if words.iter().any(|word| word.text != "...") {
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
