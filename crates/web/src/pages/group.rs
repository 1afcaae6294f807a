//! Groups: what each collects, and when its receiver hears of it.

use askama::Template;
use jiff::Timestamp;

use super::{alert::Label, incident::Choice, layout::Layout};

/// `/groups`: those that are looked at soonest first.
#[derive(Template)]
#[template(path = "groups_list.html")]
pub struct GroupsList {
    /// The frame.
    pub layout: Layout,
    /// The receivers to choose from.
    pub receivers: Vec<Choice>,
    /// How many groups there are in all.
    pub total: usize,
    /// One screenful.
    pub groups: Vec<GroupRow>,
    /// The address of the next screenful.
    pub next: Option<String>,
}

/// A group in a list.
#[derive(Clone, Debug)]
pub struct GroupRow {
    /// Its number.
    pub id: String,
    /// Byte for byte Alertmanager's.
    pub key: String,
    /// The labels that it was made by.
    pub labels: Vec<Label>,
    /// Who hears of it.
    pub receiver: String,
    /// How many of its alerts fire.
    pub firing: usize,
    /// How many alerts are in it.
    pub alerts: usize,
    /// How many of those that fire are silenced.
    pub silenced: usize,
    /// How many of those that fire are inhibited.
    pub inhibited: usize,
    /// Whether the plan no longer has its route.
    pub lost: bool,
    /// The intervals that mute its route now.
    pub muted_by: Vec<String>,
    /// When it looks next whether it has news.
    pub next_at: Timestamp,
    /// The address of its alerts.
    pub href: String,
    /// What each integration was last told.
    pub told: Vec<GroupTold>,
}

/// What an integration was last told of a group.
#[derive(Clone, Debug)]
pub struct GroupTold {
    /// An integration as in `webhook/0`, or the people on call.
    pub name: String,
    /// When; `None` = it has heard nothing yet.
    pub at: Option<Timestamp>,
    /// What: `3 firing, 1 resolved`; or what goes wrong, instants as a sentence has them.
    pub what: String,
    /// Whether messages to it do not leave.
    pub fails: bool,
}
