//! Why an alert is told to somebody, or is not: the way through route, group, inhibition, silences, intervals and the
//! notification log, each with its reason.
//!
//! Nothing is decided here: the same questions are asked that a flush asks, and the answers are put into words.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::group::{Group, GroupId, PAGER, Reason, Told, log_key, needs};
use crate::labels::{Fingerprint, Labels};
use crate::plan::{Integration, Plan, Receiver};
use crate::routing::Route;
use crate::silence::Silence;
use crate::standing::Standing;

/// What is asked: an alert with these labels, at this instant.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The plan in force.
    pub plan: &'a Plan,
    /// Everything that stands.
    pub standing: &'a Standing,
    /// The groups that the alert comes to, as far as they exist; see [`groups_of`].
    pub groups: &'a BTreeMap<GroupId, Group>,
    /// When.
    pub now: Timestamp,
}

/// Why an alert is told, or is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Which alert.
    pub fingerprint: Fingerprint,
    /// Whether there is such an alert, or only labels to try out.
    pub known: bool,
    /// Whether it fires; labels to try out do.
    pub firing: bool,
    /// One firing alert that inhibits it, with its labels.
    pub inhibited_by: Option<(Fingerprint, Labels)>,
    /// The active silences that hit it, by id.
    pub silenced_by: Vec<SilencedBy>,
    /// The places in the routing tree that it comes to, in the order of the tree.
    pub ways: Vec<Way>,
}

/// A silence that hits an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilencedBy {
    /// Its id.
    pub id: String,
    /// Until when.
    pub ends_at: Timestamp,
    /// Who asked for it.
    pub created_by: String,
    /// Why.
    pub comment: String,
}

/// One place in the routing tree, and what comes of the alert there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The matchers of each node from the root down; the root's are empty.
    pub path: Vec<String>,
    /// Where the route stands in `alertmanager.yml`, from 1.
    pub line: u64,
    /// Who hears of it.
    pub receiver: String,
    /// The group that collects it.
    pub group: GroupId,
    /// Its key, byte for byte Alertmanager's.
    pub group_key: String,
    /// Whether there is such a group.
    pub group_exists: bool,
    /// Names of the intervals that mute the route now.
    pub muted_by: Vec<String>,
    /// The escalation policy that people are paged by.
    pub policy: Option<String>,
    /// When the group is looked at next; `None` when there is none.
    pub next_at: Option<Timestamp>,
    /// What each integration of the receiver hears, the pager last.
    pub ears: Vec<Ear>,
}

/// Somebody who may hear of an alert, and whether they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ear {
    /// An integration by kind and place, as in `webhook/0`; [`PAGER`] for the pager.
    pub name: String,
    /// What it was last told of the group.
    pub last: Option<Last>,
    /// Since when a message is on its way, and whether this alert is in it.
    pub on_its_way: Option<(Timestamp, bool)>,
    /// Whether it would be told of this alert at the group's next look, and why.
    pub told: Option<Reason>,
    /// The decision in one sentence.
    pub why: String,
}

/// What somebody was last told of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// When.
    pub at: Timestamp,
    /// How this alert stood in it; `None` when it was not in it.
    pub as_firing: Option<bool>,
    /// Whether that is no longer sure, so that it is told anew should it fire.
    pub doubtful: bool,
}

/// Returns the groups that an alert with these labels comes to.
pub fn groups_of(plan: &Plan, labels: &Labels) -> Vec<GroupId> {
    let nodes = plan.routes.find(labels).into_iter();
    nodes.map(|at| GroupId(plan.routes.nodes[at].group(labels).id)).collect()
}

/// Explains what comes of an alert with these labels.
pub fn trace(question: Question<'_>, labels: &Labels) -> Trace {
    let Question { plan, standing, now, .. } = question;
    let fingerprint = labels.fingerprint();
    let known = standing.known(fingerprint);
    let suppression = standing.suppression_of(labels, now);
    let inhibited_by =
        suppression.inhibited_by.map(|by| (by, standing.labels(by).unwrap_or_default()));
    let silences = suppression.silenced_by.iter().filter_map(|id| standing.silence(id));
    let mut trace = Trace {
        fingerprint,
        known: known.is_some(),
        firing: known.is_none_or(|known| known.ends_at() > now),
        inhibited_by,
        silenced_by: silences.map(silenced_by).collect(),
        ways: vec![],
    };
    for at in plan.routes.find(labels) {
        let way = way(question, &trace, at, labels);
        trace.ways.push(way);
    }
    trace
}

fn silenced_by(silence: &Silence) -> SilencedBy {
    SilencedBy {
        id: silence.id.clone(),
        ends_at: silence.ends_at,
        created_by: silence.created_by.clone(),
        comment: silence.comment.clone(),
    }
}

fn way(question: Question<'_>, trace: &Trace, at: usize, labels: &Labels) -> Way {
    let Question { plan, standing, groups, now } = question;
    let route = &plan.routes.nodes[at];
    let identity = route.group(labels);
    let id = GroupId(identity.id);
    let group = groups.get(&id).map(|group| understood(group, id, standing, now));
    let receiver = plan.receivers.get(&route.receiver);
    let muted_by = plan.muted_by(route, now);
    let asked = Asked {
        trace,
        route,
        group: group.as_ref(),
        muted_by: &muted_by,
        members: members(question, trace, id, !muted_by.is_empty()),
        now,
    };
    Way {
        path: path(plan, at)
            .into_iter()
            .map(|at| plan.routes.nodes[at].matchers.to_string())
            .collect(),
        line: route.line,
        receiver: route.receiver.clone(),
        group: id,
        group_key: identity.key,
        group_exists: group.is_some(),
        policy: receiver.and_then(|receiver| receiver.escalate.clone()),
        next_at: group.as_ref().map(Group::due_at),
        ears: receiver.map_or_else(Vec::new, |receiver| ears(&asked, receiver)),
        muted_by,
    }
}

/// Returns a group as its next flush sees it, when what others had told before is understood.
fn understood(group: &Group, id: GroupId, standing: &Standing, now: Timestamp) -> Group {
    let mut group = group.clone();
    if !group.before.is_empty() {
        let members = standing.members(id, now);
        let labels: Vec<Labels> =
            members.iter().filter_map(|member| standing.labels(member.fingerprint)).collect();
        group.understand(&labels.iter().collect::<Vec<_>>());
    }
    group
}

/// Returns the nodes from the root down to this one.
fn path(plan: &Plan, at: usize) -> Vec<usize> {
    let mut path = vec![at];
    let mut child = at;
    while let Some(parent) = plan.routes.nodes.iter().position(|it| it.children.contains(&child)) {
        path.push(parent);
        child = parent;
    }
    path.reverse();
    path
}

/// Returns what the group would tell at its next look: what fires and what has resolved, suppressed alerts left out.
fn members(question: Question<'_>, trace: &Trace, id: GroupId, muted: bool) -> Told {
    let Question { standing, now, .. } = question;
    let (mut firing, mut resolved) = (BTreeSet::new(), BTreeSet::new());
    let mut add = |print: Fingerprint, fires: bool, suppressed: bool| {
        if !suppressed && !muted {
            let set = if fires { &mut firing } else { &mut resolved };
            set.insert(print);
        }
    };
    for member in standing.members(id, now) {
        add(member.fingerprint, member.firing, member.suppressed);
    }
    if !trace.known {
        let suppressed = trace.inhibited_by.is_some() || !trace.silenced_by.is_empty();
        add(trace.fingerprint, true, suppressed);
    }
    let (firing, resolved) = (firing.into_iter().collect(), resolved.into_iter().collect());
    Told { at: now, firing, resolved, doubtful: vec![] }
}

/// What is known when each ear is asked.
struct Asked<'a> {
    trace: &'a Trace,
    route: &'a Route,
    group: Option<&'a Group>,
    muted_by: &'a [String],
    members: Told,
    now: Timestamp,
}

fn ears(asked: &Asked<'_>, receiver: &Receiver) -> Vec<Ear> {
    let integration = |it: &Integration| {
        let key = log_key(&receiver.name, &it.kind, it.index);
        asked.ear(&key, it.key(), it.send_resolved)
    };
    let mut ears: Vec<Ear> = receiver.integrations.iter().map(integration).collect();
    if receiver.escalate.is_some() {
        ears.push(asked.ear(PAGER, PAGER.to_owned(), false));
    }
    ears
}

impl Asked<'_> {
    fn ear(&self, key: &str, name: String, send_resolved: bool) -> Ear {
        let told = self.group.and_then(|group| group.log.get(key));
        let waiting = self.group.and_then(|group| group.waiting.get(key));
        let on_its_way = waiting.map(|it| (it.told.at, self.standing_in(&it.told).is_some()));
        let last = told.map(|told| self.last(told));
        let (told, why) = match self.kept_back() {
            Some(why) => (None, why),
            None => self.decide(key, last, send_resolved),
        };
        Ear { name, last, on_its_way, told, why }
    }

    /// Returns how this alert stood in a message: firing, resolved, or not at all.
    fn standing_in(&self, told: &Told) -> Option<bool> {
        let print = &self.trace.fingerprint;
        match (told.firing.contains(print), told.resolved.contains(print)) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }

    fn last(&self, told: &Told) -> Last {
        let doubtful = told.doubtful.contains(&self.trace.fingerprint);
        Last { at: told.at, as_firing: self.standing_in(told), doubtful }
    }

    /// Says what keeps the alert from everybody, if anything does.
    fn kept_back(&self) -> Option<String> {
        let Trace { silenced_by, inhibited_by, .. } = self.trace;
        if let [first, rest @ ..] = &silenced_by[..] {
            let (id, until) = (&first.id, moment(first.ends_at));
            let more = match rest.len() {
                0 => String::new(),
                1 => " and one more silence".to_owned(),
                more => format!(" and {more} more silences"),
            };
            return Some(format!("silenced by {id} until {until}{more}"));
        }
        if let Some((print, labels)) = inhibited_by {
            return Some(format!("inhibited by the alert {print} {labels}, which fires"));
        }
        match self.muted_by {
            [] => None,
            names if names == self.route.active => {
                Some(format!("muted outside of {}", names.join(", ")))
            }
            names => Some(format!("muted by {}", names.join(", "))),
        }
    }

    fn decide(
        &self,
        key: &str,
        last: Option<Last>,
        send_resolved: bool,
    ) -> (Option<Reason>, String) {
        let firing = self.trace.firing;
        let Some(group) = self.group else {
            return match firing {
                true => {
                    let wait = duration(self.route.group_wait);
                    (Some(Reason::First), format!("told {wait} after a new group begins"))
                }
                false => (None, "not told: it has resolved, and its group is over".to_owned()),
            };
        };
        if let Some(waiting) = group.waiting.get(key) {
            let since = moment(waiting.told.at);
            return match self.standing_in(&waiting.told) {
                Some(_) => (None, format!("a message with it is on its way since {since}")),
                None => (
                    None,
                    format!("a message without it is on its way since {since}; told after it"),
                ),
            };
        }
        let at = group.due_at().max(self.now);
        let would = Told { at, ..self.members.clone() };
        let told = group.log.get(key);
        let reason = needs(told, &would, send_resolved, self.route);
        if !firing && !send_resolved {
            let what =
                if key == PAGER { "its page ends by itself" } else { "send_resolved is off" };
            return (None, format!("not told that it has resolved: {what}"));
        }
        match reason {
            Some(reason) => self.would_be_told(reason, (at, group.missed.contains(key)), last),
            None => (None, self.unchanged(at, last, send_resolved)),
        }
    }

    fn would_be_told(
        &self,
        reason: Reason,
        (at, missed): (Timestamp, bool),
        last: Option<Last>,
    ) -> (Option<Reason>, String) {
        let when = match at > self.now {
            true => format!("at {}", moment(at)),
            false => "now".to_owned(),
        };
        if missed {
            let why = format!("the last message did not arrive; told again {when}");
            return (Some(reason), why);
        }
        let fresh = self.trace.firing && last.is_none_or(|it| it.as_firing != Some(true));
        let why = match reason {
            Reason::First if at > self.now => format!("waits for company until {}", moment(at)),
            Reason::First => "told now: the group has told nothing yet".to_owned(),
            Reason::NewAlerts if fresh => format!("told {when}: it is new to the receiver"),
            Reason::NewAlerts if last.is_some_and(|it| it.doubtful) => {
                format!("told {when}: nobody knows what became of it since it was told")
            }
            Reason::NewAlerts => format!("told {when}, with another alert that is new"),
            Reason::AllResolved => format!("told {when}: everything in the group has resolved"),
            Reason::SomeResolved => format!("told {when}: an alert of the group has resolved"),
            Reason::Repeat => {
                let every = duration(self.route.repeat_interval);
                format!("told {when}: nothing changed for {every}")
            }
        };
        (Some(reason), why)
    }

    fn unchanged(&self, look: Timestamp, last: Option<Last>, send_resolved: bool) -> String {
        let Some(last) = last else {
            return "not told: it resolved before anybody was told of it".to_owned();
        };
        let at = moment(last.at);
        if !self.trace.firing {
            return match last.as_firing {
                Some(false) => format!("told at {at} that it has resolved"),
                Some(true) if !send_resolved => {
                    format!("told at {at} that it fires; send_resolved is off")
                }
                Some(true) | None => format!("told at {at}; not told that it has resolved"),
            };
        }
        let Route { repeat_interval: repeat, group_interval: interval, .. } = *self.route;
        let every = duration(repeat);
        match repeated_at(last.at + repeat, look, interval) {
            Some(next) => format!(
                "told at {at}; told again after {every}, at {}, unless something changes",
                moment(next)
            ),
            None => format!("told at {at}; told again after {every} unless something changes"),
        }
    }
}

/// Returns the group's first look that is later than `due`.
fn repeated_at(due: Timestamp, look: Timestamp, every: SignedDuration) -> Option<Timestamp> {
    let (gap, every_us) = (due.duration_since(look).as_micros(), every.as_micros());
    if gap < 0 {
        return Some(look);
    }
    let looks = i64::try_from(gap.checked_div(every_us)? + 1).ok()?;
    look.checked_add(SignedDuration::from_micros(looks.checked_mul(every_us as i64)?)).ok()
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

fn duration(length: SignedDuration) -> String {
    format!("{length:#}").replace(' ', "")
}

#[cfg(test)]
mod tests;
