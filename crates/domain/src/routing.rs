//! Routing: which receivers hear of an alert, and in which groups.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::labels::{Fnv, Labels};
use crate::matchers::Matchers;

/// The routing tree, flattened in depth-first order; the root is first, so it is never empty.
#[derive(Clone, Debug)]
pub struct Routes {
    /// Every node with its inherited values filled in.
    pub nodes: Vec<Route>,
}

/// One node of the tree.
#[derive(Clone, Debug)]
pub struct Route {
    /// What is stored with a group: the matchers from the root down, and the place among siblings, so that two
    /// siblings with equal matchers stay apart.
    pub id: String,
    /// The first part of a group key, byte for byte Alertmanager's: `{}/{team="a"}`.
    pub key: String,
    /// Which alerts come here.
    pub matchers: Matchers,
    /// Whether later siblings are asked too.
    pub goes_on: bool,
    /// Who is told.
    pub receiver: String,
    /// By which labels alerts are collected.
    pub group_by: GroupBy,
    /// How long a new group waits for company.
    pub group_wait: SignedDuration,
    /// How often a group looks whether it has news.
    pub group_interval: SignedDuration,
    /// After how long it says the same again.
    pub repeat_interval: SignedDuration,
    /// Names of the intervals in which nobody is told; not inherited.
    pub mute: Vec<String>,
    /// Names of the intervals outside of which nobody is told; none = always active. Not inherited.
    pub active: Vec<String>,
    /// Labels of the route itself, for templates: their values are templates too.
    pub labels: BTreeMap<String, String>,
    /// Indices of the children, in the order of the file.
    pub children: Vec<usize>,
    /// Where it stands in `alertmanager.yml`, for explanations: line from 1.
    pub line: u64,
}

/// By which labels alerts are collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// These, sorted; none = one group for the route.
    Labels(Vec<String>),
    /// All of them: every alert is a group of its own (`['...']`).
    All,
}

/// The identity of a group, stable across restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupIdentity {
    /// The primary key: a hash over the route's id and the labels.
    pub id: u64,
    /// Byte for byte Alertmanager's: PagerDuty's dedup key and Opsgenie's alias derive from it.
    pub key: String,
    /// The labels that the group was made by.
    pub labels: Labels,
}

impl Routes {
    /// Returns the indices of the nodes that an alert comes to, in the order of the tree; never empty.
    pub fn find(&self, labels: &Labels) -> Vec<usize> {
        self.find_by(&|name| labels.get(name))
    }

    /// As [`Routes::find`], of an alert whose labels `value_of` returns by name.
    pub fn find_by<'v>(&self, value_of: &dyn Fn(&str) -> &'v str) -> Vec<usize> {
        let mut found = Vec::new();
        self.descend(0, value_of, &mut found);
        found
    }

    /// Returns the node with this id, unless the plan has lost it.
    pub fn by_id(&self, id: &str) -> Option<&Route> {
        self.nodes.iter().find(|node| node.id == id)
    }

    fn descend<'v>(
        &self,
        at: usize,
        value_of: &dyn Fn(&str) -> &'v str,
        found: &mut Vec<usize>,
    ) -> bool {
        let node = &self.nodes[at];
        if !node.matchers.accept(value_of) {
            return false;
        }
        let before = found.len();
        for child in &node.children {
            if self.descend(*child, value_of, found) && !self.nodes[*child].goes_on {
                break;
            }
        }
        if found.len() == before {
            found.push(at);
        }
        true
    }
}

impl Route {
    /// Returns the group that an alert with `labels` belongs to on this route.
    pub fn group(&self, labels: &Labels) -> GroupIdentity {
        let by = self.group_labels(labels);
        GroupIdentity { id: self.hash(&by), key: format!("{}:{by}", self.key), labels: by }
    }

    /// Returns the id of that group, and nothing else of it.
    pub fn group_id(&self, labels: &Labels) -> u64 {
        self.hash(&self.group_labels(labels))
    }

    fn hash(&self, by: &Labels) -> u64 {
        let mut hash = Fnv::new();
        hash.write(self.id.as_bytes()).write(&[0xfe]).write(&by.fingerprint().0.to_be_bytes());
        hash.finish()
    }

    /// Returns the labels by which an alert with `labels` is collected on this route.
    pub fn group_labels(&self, labels: &Labels) -> Labels {
        match &self.group_by {
            GroupBy::All => labels.clone(),
            GroupBy::Labels(names) => {
                names.iter().map(|name| (name.as_str(), labels.get(name))).collect()
            }
        }
    }
}
