//! One alert as it stands, to be looked at without a copy.

use jiff::Timestamp;
use roaring::RoaringBitmap;

use super::alerts::{Entry, Known, Record};
use super::{Slot, Standing, Suppression};
use crate::alert::Alert;
use crate::group::GroupId;
use crate::labels::{Fingerprint, Labels};
use crate::matchers::Matchers;

/// One alert as it stands.
#[derive(Clone, Copy, Debug)]
pub struct View<'s> {
    standing: &'s Standing,
    entry: &'s Entry,
}

impl<'s> View<'s> {
    /// Returns its identity.
    pub fn fingerprint(self) -> Fingerprint {
        self.entry.fingerprint
    }

    /// Iterates over names and values of its labels in the order of the names.
    pub fn labels(self) -> impl Iterator<Item = (&'s str, &'s str)> {
        self.standing.symbols.pairs(&self.entry.labels)
    }

    /// Returns the value of a label; the empty text when it has none.
    pub fn value(self, name: &str) -> &'s str {
        self.standing.symbols.value_of(&self.entry.labels, name)
    }

    /// Returns what is said of it.
    pub fn annotations(self) -> &'s Labels {
        &self.entry.annotations
    }

    /// Returns where it was made; may be empty.
    pub fn generator_url(self) -> &'s str {
        self.standing.symbols.text(self.entry.generator_url)
    }

    /// Returns its times, and whether it fires.
    pub fn known(self) -> &'s Known {
        &self.entry.known
    }

    /// Returns the groups that it is in.
    pub fn groups(self) -> &'s [GroupId] {
        &self.entry.groups
    }

    /// Returns what keeps it from being told.
    pub fn suppression(self, now: Timestamp) -> Suppression {
        self.standing.suppression_in(self.entry, now)
    }

    /// Returns a copy of it.
    pub fn alert(self) -> Alert {
        let known = self.known();
        Alert {
            labels: self.labels().collect(),
            annotations: self.annotations().clone(),
            generator_url: self.generator_url().to_owned(),
            starts_at: known.starts_at(),
            ends_at: known.ends_at(),
            updated_at: known.updated_at(),
            timeout: known.timeout(),
        }
    }

    /// Returns a copy of it with what was last decided about it.
    pub fn record(self) -> Record {
        let Entry { number, fingerprint, known, due_at, groups, .. } = self.entry;
        Record {
            number: *number,
            fingerprint: *fingerprint,
            alert: self.alert(),
            firing: known.firing,
            due_at: *due_at,
            groups: groups.to_vec(),
        }
    }
}

impl Standing {
    /// Returns an alert, to be looked at.
    pub fn view(&self, fingerprint: Fingerprint) -> Option<View<'_>> {
        self.find(fingerprint).map(|entry| View { standing: self, entry })
    }

    /// Returns alerts in the order of their fingerprints, at most `max`: those that satisfy all matchers, that fired
    /// when they were last decided on or did not (`None` = both), and that come after `after`.
    pub fn list(
        &self,
        matchers: &Matchers,
        firing: Option<bool>,
        after: Option<Fingerprint>,
        max: usize,
    ) -> Vec<View<'_>> {
        let taken = || (0..).zip(&self.slots).filter(|(_, entry)| entry.is_some());
        let all = || taken().map(|(slot, _)| slot).collect::<RoaringBitmap>();
        let among = match firing {
            Some(true) => self.firing.clone(),
            Some(false) => all() - &self.firing,
            None => all(),
        };
        let found = self.by_label.select(&among, matchers, &self.symbols);
        let entries = found.iter().filter_map(|slot: Slot| self.entry(slot));
        let mut entries: Vec<&Entry> =
            entries.filter(|entry| after.is_none_or(|after| entry.fingerprint > after)).collect();
        if entries.len() > max {
            entries.select_nth_unstable_by_key(max, |entry| entry.fingerprint);
            entries.truncate(max);
        }
        entries.sort_unstable_by_key(|entry| entry.fingerprint);
        entries.into_iter().map(|entry| View { standing: self, entry }).collect()
    }
}
