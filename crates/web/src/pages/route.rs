//! The routing tree, and the way of an alert through it.

use askama::Template;

use super::layout::Layout;

/// `/routes`: the tree, with the way of the labels that somebody tries.
#[derive(Template)]
#[template(path = "routes_show.html")]
pub struct RoutesShow {
    /// The frame.
    pub layout: Layout,
    /// The labels as typed: `team="a", severity="page"`.
    pub labels: String,
    /// Why the labels could not be read.
    pub problem: Option<String>,
    /// Where an alert with these labels goes, in the tree's order.
    pub ways: Vec<RouteWay>,
    /// Whether the plan has any escalation policy.
    pub has_policies: bool,
    /// The nodes, depth first.
    pub nodes: Vec<RouteNode>,
}

/// One node of the tree.
#[derive(Clone, Debug)]
pub struct RouteNode {
    /// How deep it stands; the root at 0.
    pub depth: usize,
    /// How many lists end before this node begins.
    pub closes: usize,
    /// Its matchers, one text each; the root has none.
    pub matchers: Vec<String>,
    /// Who is told.
    pub receiver: String,
    /// The escalation policy that people are paged by.
    pub policy: Option<String>,
    /// By what alerts are collected: `alertname, cluster`.
    pub group_by: String,
    /// The three timers: `wait 30s, interval 5m, repeat 4h`.
    pub timers: String,
    /// Whether later siblings are asked too.
    pub goes_on: bool,
    /// Its intervals, and whether each mutes it now: `muted by weekends`.
    pub intervals: Vec<(String, bool)>,
    /// Whether nobody is told now.
    pub muted: bool,
    /// How many firing alerts end their way here.
    pub alerts: u64,
    /// Whether the labels that are tried come by.
    pub on_way: bool,
    /// Whether they end their way here.
    pub is_end: bool,
    /// Its line in `alertmanager.yml`.
    pub line: u64,
}

/// Where an alert goes.
#[derive(Clone, Debug)]
pub struct RouteWay {
    /// Who hears of it.
    pub receiver: String,
    /// How each integration would decide, as `(name, sentence)`.
    pub ears: Vec<(String, String)>,
    /// The escalation policy that people are paged by.
    pub policy: Option<String>,
    /// Who would be paged by its first step now, and why it is them.
    pub people: Vec<(String, String)>,
}

impl RoutesShow {
    /// Returns how many lists are still open after the last node.
    pub fn open_at_end(&self) -> usize {
        self.nodes.last().map_or(0, |node| node.depth)
    }
}
