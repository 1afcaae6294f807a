//! Everything that stands now, indexed: alerts by label, groups by their members, silences and inhibition by what they
//! hit.
//!
//! The database holds the truth; this is what can be asked of it at once. Costs grow with what changes, not with what
//! stands: an unchanged repetition is a lookup, a query by labels costs what it finds, and whether an alert is
//! suppressed costs what its own labels lead to.

mod alerts;
mod inhibition;
mod labels;
mod routed;
mod silences;
mod symbols;
mod view;

use std::collections::BTreeSet;

use foldhash::HashMap;
use jiff::{SignedDuration, Timestamp};
use roaring::RoaringBitmap;

use crate::alert::{Alert, LATEST, Signal};
use crate::group::GroupId;
use crate::labels::{Fingerprint, Labels};
use crate::matchers::Matchers;
use crate::plan::Plan;
use crate::silence::Silence;

use alerts::Entry;
pub use alerts::{Known, Record, Repetition};
use inhibition::Inhibition;
use labels::LabelIndex;
pub use routed::Crowd;
use silences::Silences;
use symbols::Symbols;
pub use view::View;

/// The place of an alert in the index; given anew when its alert is forgotten.
type Slot = u32;

/// Everything that stands now.
#[derive(Debug, Default)]
pub struct Standing {
    symbols: Symbols,
    slots: Vec<Option<Entry>>,
    free: Vec<Slot>,
    /// The highest number that an alert was given.
    last_number: i64,
    by_print: HashMap<Fingerprint, Slot>,
    by_label: LabelIndex,
    /// Alerts that fired when they were last decided on.
    firing: RoaringBitmap,
    due: BTreeSet<(Timestamp, Fingerprint)>,
    groups: HashMap<GroupId, Members>,
    /// The highest number that a group was given.
    last_group_number: i64,
    silences: Silences,
    inhibition: Inhibition,
}

/// Who is in a group.
#[derive(Clone, Debug, Default)]
pub struct Members {
    slots: Vec<Slot>,
    /// The group's number in the order of arrival, under which it is stored.
    pub number: i64,
    /// How many of them fire.
    pub firing: u32,
    /// Whether the group has told its pager, and not yet that nothing fires any more.
    pub paged: bool,
}

impl Members {
    /// Tells whether nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

/// Why an alert is not told, whatever its route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suppression {
    /// Ids of active silences that hit it, sorted.
    pub silenced_by: Vec<String>,
    /// One firing alert that inhibits it.
    pub inhibited_by: Option<Fingerprint>,
}

impl Suppression {
    /// Tells whether anything suppresses it.
    pub fn any(&self) -> bool {
        !self.silenced_by.is_empty() || self.inhibited_by.is_some()
    }
}

/// One alert as a group sees it when it is flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which.
    pub fingerprint: Fingerprint,
    /// Whether it fires.
    pub firing: bool,
    /// Whether it is silenced or inhibited.
    pub suppressed: bool,
}

impl Standing {
    /// Begins with nothing but the plan's inhibition rules.
    pub fn new(plan: &Plan) -> Self {
        let mut standing = Self::default();
        standing.apply(plan);
        standing
    }

    /// Takes another plan's inhibition rules.
    pub fn apply(&mut self, plan: &Plan) {
        self.inhibition = Inhibition::new(&plan.inhibit_rules);
        for slot in &self.firing {
            if let Some(entry) = &self.slots[slot as usize] {
                self.inhibition.add(slot, &|name| self.symbols.value_of(&entry.labels, name));
            }
        }
    }

    /// Puts an alert in, or replaces what was known of it; returns its number, which a new one is given.
    ///
    /// `firing` is what was last decided about it, `due_at` when it has to be looked at again.
    pub fn put(
        &mut self,
        fingerprint: Fingerprint,
        alert: &Alert,
        firing: bool,
        due_at: Option<Timestamp>,
    ) -> i64 {
        let number = self.number(fingerprint).unwrap_or(self.last_number + 1);
        self.put_as(number, fingerprint, alert, (firing, due_at));
        number
    }

    /// Takes note of an alert as it is stored, and of nothing but that.
    pub fn learn(&mut self, record: &Record) {
        let Record { number, fingerprint, alert, firing, due_at, groups } = record;
        self.put_as(*number, *fingerprint, alert, (*firing, *due_at));
        for group in self.groups_of(*fingerprint) {
            if !groups.contains(&group) {
                self.leave(group, *fingerprint);
            }
        }
        for group in groups {
            self.join(*group, *fingerprint);
        }
    }

    fn put_as(
        &mut self,
        number: i64,
        fingerprint: Fingerprint,
        alert: &Alert,
        (firing, due_at): (bool, Option<Timestamp>),
    ) {
        let slot = self.by_print.get(&fingerprint).copied();
        let slot = slot.unwrap_or_else(|| self.begin(fingerprint, &alert.labels));
        let Some(entry) = self.slots[slot as usize].as_mut() else { return };
        entry.number = number;
        entry.annotations = alert.annotations.clone();
        let url = self.symbols.take(&alert.generator_url);
        self.symbols.let_go(std::mem::replace(&mut entry.generator_url, url));
        self.last_number = self.last_number.max(number);
        self.know(slot, Known::of(alert, firing), due_at);
    }

    /// Gives a new alert a place.
    fn begin(&mut self, fingerprint: Fingerprint, labels: &Labels) -> Slot {
        let labels = self.symbols.intern(labels);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            Slot::try_from(self.slots.len() - 1).unwrap_or(Slot::MAX)
        });
        self.by_label.add(slot, &labels);
        self.by_print.insert(fingerprint, slot);
        self.slots[slot as usize] = Some(Entry {
            number: 0,
            fingerprint,
            labels,
            annotations: Labels::default(),
            generator_url: self.symbols.take(""),
            known: Known::default(),
            due_at: None,
            groups: vec![].into(),
        });
        slot
    }

    fn know(&mut self, slot: Slot, known: Known, due_at: Option<Timestamp>) {
        let Some(entry) = self.slots[slot as usize].as_mut() else { return };
        let was = std::mem::replace(&mut entry.known, known).firing && self.firing.contains(slot);
        if entry.due_at != due_at {
            if let Some(at) = entry.due_at {
                self.due.remove(&(at, entry.fingerprint));
            }
            if let Some(at) = due_at {
                self.due.insert((at, entry.fingerprint));
            }
            entry.due_at = due_at;
        }
        if known.firing == was {
            return;
        }
        for group in &entry.groups {
            if let Some(members) = self.groups.get_mut(group) {
                members.firing = match known.firing {
                    true => members.firing + 1,
                    false => members.firing.saturating_sub(1),
                };
            }
        }
        let value_of = |name: &str| self.symbols.value_of(&entry.labels, name);
        match known.firing {
            true => {
                self.firing.insert(slot);
                self.inhibition.add(slot, &value_of);
            }
            false => {
                self.firing.remove(slot);
                self.inhibition.remove(slot, &value_of);
            }
        }
    }

    /// Forgets an alert, wherever it was.
    pub fn remove(&mut self, fingerprint: Fingerprint) {
        let Some(slot) = self.by_print.remove(&fingerprint) else { return };
        let Some(entry) = self.slots[slot as usize].take() else { return };
        for group in &entry.groups {
            self.drop_member(*group, slot, entry.known.firing);
        }
        if let Some(at) = entry.due_at {
            self.due.remove(&(at, fingerprint));
        }
        if self.firing.remove(slot) {
            self.inhibition.remove(slot, &|name| self.symbols.value_of(&entry.labels, name));
        }
        self.by_label.remove(slot, &entry.labels);
        self.symbols.release(&entry.labels);
        self.symbols.let_go(entry.generator_url);
        self.free.push(slot);
    }

    /// Puts an alert into a group; false when it is there already, or is not known.
    pub fn join(&mut self, group: GroupId, fingerprint: Fingerprint) -> bool {
        let Some(slot) = self.by_print.get(&fingerprint).copied() else { return false };
        let Some(entry) = self.slots[slot as usize].as_mut() else { return false };
        if entry.groups.contains(&group) {
            return false;
        }
        entry.groups = entry.groups.iter().copied().chain([group]).collect();
        let members = self.groups.entry(group).or_default();
        members.slots.push(slot);
        members.firing += u32::from(entry.known.firing);
        true
    }

    /// Takes an alert out of a group; false when it was not there.
    pub fn leave(&mut self, group: GroupId, fingerprint: Fingerprint) -> bool {
        let Some(slot) = self.by_print.get(&fingerprint).copied() else { return false };
        let Some(entry) = self.slots[slot as usize].as_mut() else { return false };
        if !entry.groups.contains(&group) {
            return false;
        }
        entry.groups = entry.groups.iter().copied().filter(|it| *it != group).collect();
        let firing = entry.known.firing;
        self.drop_member(group, slot, firing);
        true
    }

    fn drop_member(&mut self, group: GroupId, slot: Slot, firing: bool) {
        let Some(members) = self.groups.get_mut(&group) else { return };
        if let Some(at) = members.slots.iter().position(|it| *it == slot) {
            members.slots.swap_remove(at);
            members.firing = members.firing.saturating_sub(u32::from(firing));
        }
    }

    /// Takes note of a group that begins; returns the number that it is given.
    pub fn begin_group(&mut self, group: GroupId) -> i64 {
        let number = self.last_group_number + 1;
        self.put_group(group, number, false);
        number
    }

    /// Takes note of a group as it is stored, with or without members.
    pub fn put_group(&mut self, group: GroupId, number: i64, paged: bool) {
        let members = self.groups.entry(group).or_default();
        (members.number, members.paged) = (number, paged);
        self.last_group_number = self.last_group_number.max(number);
    }

    /// Forgets a group that has no members.
    pub fn remove_group(&mut self, group: GroupId) {
        self.groups.remove(&group);
    }

    /// Returns what is known of a group.
    pub fn group(&self, group: GroupId) -> Option<&Members> {
        self.groups.get(&group)
    }

    /// Iterates over the groups, in no order.
    pub fn group_ids(&self) -> impl Iterator<Item = GroupId> {
        self.groups.keys().copied()
    }

    /// Returns the alerts of a group, in no order.
    pub fn prints_of(&self, group: GroupId) -> Vec<Fingerprint> {
        let slots = self.groups.get(&group).map_or(&[][..], |members| &members.slots);
        slots.iter().filter_map(|slot| self.entry(*slot)).map(|entry| entry.fingerprint).collect()
    }

    /// Returns the alerts of a group with what suppresses them, in no order.
    pub fn members(&self, group: GroupId, now: Timestamp) -> Vec<Member> {
        let slots = self.groups.get(&group).map_or(&[][..], |members| &members.slots);
        let member = |slot: &Slot| {
            let entry = self.entry(*slot)?;
            Some(Member {
                fingerprint: entry.fingerprint,
                firing: entry.known.ends_at() > now,
                suppressed: self.is_suppressed(entry, now),
            })
        };
        slots.iter().filter_map(member).collect()
    }

    /// Returns the groups that an alert is in.
    pub fn groups_of(&self, fingerprint: Fingerprint) -> Vec<GroupId> {
        self.find(fingerprint).map_or_else(Vec::new, |entry| entry.groups.to_vec())
    }

    /// Returns what is known of an alert.
    pub fn known(&self, fingerprint: Fingerprint) -> Option<&Known> {
        self.find(fingerprint).map(|entry| &entry.known)
    }

    /// Decides whether a signal says anything new, and takes note of its end if it does not.
    pub fn repeat(
        &mut self,
        fingerprint: Fingerprint,
        signal: &Signal,
        resolve_timeout: SignedDuration,
        now: Timestamp,
    ) -> Repetition {
        let slot = self.by_print.get(&fingerprint).copied();
        let Some(entry) = slot.and_then(|slot| self.slots[slot as usize].as_mut()) else {
            return Repetition::Unknown;
        };
        let same_words = entry.annotations == signal.annotations
            && *self.symbols.text(entry.generator_url) == *signal.generator_url;
        entry.known.repeat(signal, same_words, (resolve_timeout, now))
    }

    /// Returns the number of an alert in the order of arrival, under which it is stored.
    pub fn number(&self, fingerprint: Fingerprint) -> Option<i64> {
        self.find(fingerprint).map(|entry| entry.number)
    }

    /// Takes note that an alert's promised end is on disk, and that it is looked at then.
    pub fn extended(&mut self, fingerprint: Fingerprint, ends_at: Timestamp) {
        let Some(slot) = self.by_print.get(&fingerprint).copied() else { return };
        let Some(entry) = self.slots[slot as usize].as_ref() else { return };
        let known = entry.known.saved(ends_at.min(LATEST));
        self.know(slot, known, Some(ends_at));
    }

    /// Takes note that an alert can be neither read nor decided, and is looked at later.
    pub fn put_off(&mut self, fingerprint: Fingerprint, until: Timestamp) {
        let Some(slot) = self.by_print.get(&fingerprint).copied() else { return };
        let Some(known) = self.entry(slot).map(|entry| entry.known) else { return };
        self.know(slot, known, Some(until));
    }

    /// Gives every firing alert that would end before `until` time until then, and looks at it then; what is on disk
    /// is not touched.
    pub fn grant_grace(&mut self, until: Timestamp) {
        let until = until.min(LATEST);
        let early = self.firing.iter().filter_map(|slot| Some((slot, self.entry(slot)?.known)));
        let early: Vec<(Slot, Known)> =
            early.filter(|(_, known)| known.ends_at() < until).collect();
        for (slot, known) in early {
            self.know(slot, known.lengthened(until), Some(until));
        }
    }

    /// Returns alerts that have to be looked at, earliest first, at most `max`.
    pub fn list_due(&self, now: Timestamp, max: usize) -> Vec<Fingerprint> {
        let due = self.due.iter().take_while(|(at, _)| *at <= now);
        due.take(max).map(|(_, fingerprint)| *fingerprint).collect()
    }

    /// Returns when the next alert has to be looked at.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Returns how many alerts there are, and how many of them fired when they were last decided on.
    pub fn count(&self) -> (usize, usize) {
        (self.by_print.len(), usize::try_from(self.firing.len()).unwrap_or(usize::MAX))
    }

    /// Returns the firing alerts that satisfy all matchers, in the order of their fingerprints.
    pub fn select(&self, matchers: &Matchers, now: Timestamp) -> Vec<Fingerprint> {
        let found = self.by_label.select(&self.firing, matchers, &self.symbols);
        let entries = found.iter().filter_map(|slot| self.entry(slot));
        let mut prints: Vec<Fingerprint> = entries
            .filter(|entry| entry.known.ends_at() > now)
            .map(|entry| entry.fingerprint)
            .collect();
        prints.sort_unstable();
        prints
    }

    /// Returns the labels of an alert.
    pub fn labels(&self, fingerprint: Fingerprint) -> Option<Labels> {
        self.find(fingerprint).map(|entry| self.symbols.labels(&entry.labels))
    }

    /// Returns what keeps an alert from being told; nothing for one that is not known.
    pub fn suppression(&self, fingerprint: Fingerprint, now: Timestamp) -> Suppression {
        let entry = self.find(fingerprint);
        entry.map_or_else(Suppression::default, |entry| self.suppression_in(entry, now))
    }

    fn suppression_in(&self, entry: &Entry, now: Timestamp) -> Suppression {
        let pairs = || self.symbols.pairs(&entry.labels);
        let value_of = |name: &str| self.symbols.value_of(&entry.labels, name);
        let mut silenced_by: Vec<String> =
            self.silences.hitting(pairs(), &value_of, now).map(|it| it.id.clone()).collect();
        silenced_by.sort();
        let inhibited_by = self.inhibition.inhibiting(&value_of, |slot| self.alive(slot, now));
        Suppression { silenced_by, inhibited_by }
    }

    fn is_suppressed(&self, entry: &Entry, now: Timestamp) -> bool {
        let value_of = |name: &str| self.symbols.value_of(&entry.labels, name);
        let mut hitting = self.silences.hitting(self.symbols.pairs(&entry.labels), &value_of, now);
        hitting.next().is_some()
            || self.inhibition.inhibiting(&value_of, |slot| self.alive(slot, now)).is_some()
    }

    /// Returns what would keep an alert with these labels from being told, whether it is known or not.
    pub fn suppression_of(&self, labels: &Labels, now: Timestamp) -> Suppression {
        let value_of = |name: &str| labels.get(name);
        let hitting = self.silencing(labels, now).into_iter();
        let mut silenced_by: Vec<String> = hitting.map(|it| it.id.clone()).collect();
        silenced_by.sort();
        let inhibited_by = self.inhibition.inhibiting(&value_of, |slot| self.alive(slot, now));
        Suppression { silenced_by, inhibited_by }
    }

    /// Returns which alert is in a slot, if it fires.
    fn alive(&self, slot: Slot, now: Timestamp) -> Option<Fingerprint> {
        let entry = self.entry(slot)?;
        (entry.known.ends_at() > now).then_some(entry.fingerprint)
    }

    /// Returns the active silences that hit an alert with these labels, in no order.
    pub fn silencing(&self, labels: &Labels, now: Timestamp) -> Vec<&Silence> {
        let value_of = |name: &str| labels.get(name);
        let hitting = self.silences.hitting(labels.iter(), &value_of, now);
        hitting.collect()
    }

    /// Puts a silence in, or replaces it.
    pub fn put_silence(&mut self, silence: Silence) {
        self.silences.put(silence);
    }

    /// Forgets a silence.
    pub fn remove_silence(&mut self, id: &str) {
        self.silences.remove(id);
    }

    /// Iterates over the silences, in no order.
    pub fn silences(&self) -> impl Iterator<Item = &Silence> {
        self.silences.iter()
    }

    /// Returns the silence with this id.
    pub fn silence(&self, id: &str) -> Option<&Silence> {
        self.silences.get(id)
    }

    fn find(&self, fingerprint: Fingerprint) -> Option<&Entry> {
        self.by_print.get(&fingerprint).and_then(|slot| self.entry(*slot))
    }

    fn entry(&self, slot: Slot) -> Option<&Entry> {
        self.slots.get(slot as usize)?.as_ref()
    }
}

#[cfg(test)]
mod tests;
