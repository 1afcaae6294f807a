//! One transaction's working set: what has been loaded, what has been decided, what follows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;
use stentor_domain::alert::Alert;
use stentor_domain::flow;
use stentor_domain::group::{Group, GroupId, PAGER};
use stentor_domain::id::Ids;
use stentor_domain::labels::Fingerprint;
use stentor_domain::plan::Plan;
use stentor_domain::standing::Standing;
use stentor_domain::timeline::{Subject, What};
use stentor_store::db::Db;
use stentor_store::document::Saved;
use stentor_store::error::Error;
use stentor_store::groups::Stored;
use stentor_store::{groups, imported, timeline};

use crate::{Engine, Retention, Tally};

/// What a decision can use while its transaction is open.
pub(crate) struct Work<'a> {
    pub(crate) db: &'a mut Db,
    pub(crate) plan: &'a Arc<Plan>,
    pub(crate) external_url: String,
    pub(crate) ids: &'a mut Ids,
    standing: &'a RwLock<Standing>,
    /// What was changed in memory, to be read anew should this transaction fail.
    pub(crate) touched: Touched,
    /// Whether something changed that people see.
    pub(crate) seen: bool,
    /// Whether another Alertmanager's notification log was imported, and some of it may matter still.
    pub(crate) has_imported: bool,
    pub(crate) retention: Retention,
    pub(crate) tally: Tally,
    /// What still has to be decided, first come first served.
    pub(crate) queue: VecDeque<flow::Input>,
    /// Groups that were read in this transaction: a batch of alerts loads and saves each once.
    groups: BTreeMap<GroupId, Held>,
}

/// What a transaction changed in memory.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// With the numbers under which they are stored.
    pub(crate) alerts: BTreeSet<(Fingerprint, i64)>,
    pub(crate) groups: BTreeSet<(GroupId, i64)>,
    pub(crate) silences: BTreeSet<String>,
}

/// A group in the working set.
enum Held {
    /// With its number, and whether it was lent out to be changed: nothing else is saved.
    Group(Box<Saved<Group>>, i64, bool),
    /// No row has it.
    Absent,
    /// Its row was deleted in this transaction.
    Deleted,
}

impl<'a> Work<'a> {
    pub(crate) fn new(engine: &'a mut Engine, external_url: String) -> Self {
        Self {
            db: &mut engine.db,
            plan: &engine.plan,
            external_url,
            ids: &mut engine.ids,
            standing: &engine.standing,
            touched: Touched::default(),
            seen: false,
            has_imported: engine.has_imported,
            retention: engine.retention,
            tally: Tally::default(),
            queue: VecDeque::new(),
            groups: BTreeMap::new(),
        }
    }

    /// Returns what stands, to be asked; not to be kept while something is changed.
    pub(crate) fn standing(&self) -> RwLockReadGuard<'a, Standing> {
        // Nothing panics while it holds the lock.
        self.standing.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what stands, to take note of a change to an alert that is known.
    pub(crate) fn change(&mut self, fingerprint: Fingerprint) -> RwLockWriteGuard<'a, Standing> {
        let standing = self.standing_mut();
        let number = standing.number(fingerprint);
        self.touched.alerts.extend(number.map(|number| (fingerprint, number)));
        standing
    }

    /// Puts an alert into what stands; returns the number under which it is to be stored.
    pub(crate) fn put(
        &mut self,
        fingerprint: Fingerprint,
        alert: &Alert,
        firing: bool,
        due_at: Option<Timestamp>,
    ) -> i64 {
        let number = self.standing_mut().put(fingerprint, alert, firing, due_at);
        self.touched.alerts.insert((fingerprint, number));
        number
    }

    /// Returns what stands, to take note of something that no failed transaction undoes.
    pub(crate) fn standing_mut(&self) -> RwLockWriteGuard<'a, Standing> {
        self.standing.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether there is such a group.
    pub(crate) fn has_group(&self, id: GroupId) -> bool {
        self.standing().group(id).is_some()
    }

    /// Tells whether a group's pager has been told.
    pub(crate) fn is_paged(&self, id: GroupId) -> bool {
        match self.groups.get(&id) {
            Some(Held::Group(saved, ..)) => saved.it.log.contains_key(PAGER),
            Some(Held::Absent | Held::Deleted) => false,
            None => self.standing().group(id).is_some_and(|members| members.paged),
        }
    }

    /// Returns a group to be changed, loaded once per transaction.
    pub(crate) fn group(&mut self, id: GroupId) -> Result<Option<&mut Group>, Error> {
        if !self.groups.contains_key(&id) {
            let number = self.standing().group(id).map(|members| members.number);
            let found = number.map(|number| groups::open(self.db, number)).transpose()?.flatten();
            let held = found.map_or(Held::Absent, |Stored { number, saved, .. }| {
                Held::Group(Box::new(saved), number, false)
            });
            self.groups.insert(id, held);
        }
        Ok(match self.groups.get_mut(&id) {
            Some(Held::Group(saved, _, changed)) => {
                *changed = true;
                Some(&mut saved.it)
            }
            Some(Held::Absent | Held::Deleted) | None => None,
        })
    }

    /// Puts a new group into the working set.
    pub(crate) fn begin_group(&mut self, id: GroupId, mut group: Group) -> Result<(), Error> {
        if self.has_imported {
            let told = imported::take(self.db, &group.key, &group.receiver)?;
            group.told_before(told.into_iter().map(crate::import::told).collect());
        }
        let number = self.standing_mut().begin_group(id);
        self.touched.groups.insert((id, number));
        // A group of this transaction that was deleted already has no row any more.
        self.groups.insert(id, Held::Group(Box::new(Saved::new(group)), number, true));
        Ok(())
    }

    /// Puts a group that a list returned into the working set, unless it is there already.
    pub(crate) fn hold_group(&mut self, Stored { number, id, saved }: Stored) {
        self.groups.entry(id).or_insert_with(|| Held::Group(Box::new(saved), number, false));
    }

    /// Returns groups of the working set that are due, as no row may say yet.
    pub(crate) fn held_due(&self, now: Timestamp) -> Vec<GroupId> {
        let due = |held: &Held| match held {
            Held::Group(saved, ..) => saved.it.due_at() <= now,
            Held::Absent | Held::Deleted => false,
        };
        self.groups.iter().filter(|(_, held)| due(held)).map(|(id, _)| *id).collect()
    }

    /// Deletes a group that has no alert and no message on its way.
    pub(crate) fn drop_group_if_empty(&mut self, id: GroupId) -> Result<(), Error> {
        if self.standing().group(id).is_none_or(|members| !members.is_empty()) {
            return Ok(());
        }
        if self.group(id)?.is_some_and(|group| !group.waiting.is_empty()) {
            return Ok(());
        }
        if let Some(Held::Group(saved, number, _)) = self.groups.get(&id) {
            self.touched.groups.insert((id, *number));
            if saved.version > 0 {
                groups::delete(self.db, *number, saved.version)?;
            }
        }
        self.standing_mut().remove_group(id);
        self.groups.insert(id, Held::Deleted);
        Ok(())
    }

    /// Records what happened.
    pub(crate) fn record(
        &mut self,
        subject: Subject,
        what: &What,
        happened_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.seen = true;
        timeline::append(self.db, subject, what, happened_at, now)
    }

    /// Decides everything that follows, then saves what is still only in the working set.
    pub(crate) fn save(&mut self) -> Result<(), Error> {
        debug_assert!(
            self.queue.is_empty(),
            "what follows is decided before the working set is saved"
        );
        for (id, held) in &mut self.groups {
            if let Held::Group(saved, number, changed @ true) = held {
                *changed = false;
                groups::save(self.db, *number, *id, saved)?;
                self.tally.groups_written += 1;
                let paged = saved.it.log.contains_key(PAGER);
                let mut standing = self.standing.write().unwrap_or_else(PoisonError::into_inner);
                if standing.group(*id).is_some_and(|members| members.paged != paged) {
                    self.touched.groups.insert((*id, *number));
                    standing.put_group(*id, *number, paged);
                }
            }
        }
        Ok(())
    }
}
