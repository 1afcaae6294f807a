//! One transaction's working set: what has been loaded, what has been decided, what follows.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use stentor_domain::flow;
use stentor_domain::group::{Group, GroupId};
use stentor_domain::id::Ids;
use stentor_domain::labels::Fingerprint;
use stentor_domain::plan::Plan;
use stentor_domain::timeline::{Subject, What};
use stentor_store::db::Db;
use stentor_store::document::Saved;
use stentor_store::error::Error;
use stentor_store::{alerts, groups, timeline};

use crate::Engine;
use crate::hot::{Hot, Learned};

/// What a decision can use while its transaction is open.
pub(crate) struct Work<'a> {
    pub(crate) db: &'a mut Db,
    pub(crate) plan: &'a Plan,
    pub(crate) external_url: String,
    pub(crate) ids: &'a mut Ids,
    pub(crate) hot: &'a mut Hot,
    pub(crate) learned: Learned,
    /// Whether something changed that people see.
    pub(crate) seen: bool,
    /// What still has to be decided, first come first served.
    pub(crate) queue: VecDeque<flow::Input>,
    /// Groups that were read in this transaction: a batch of alerts loads and saves each once.
    groups: BTreeMap<GroupId, Held>,
}

/// A group in the working set.
enum Held {
    Group(Saved<Group>),
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
            hot: &mut engine.hot,
            learned: Learned::new(),
            seen: false,
            queue: VecDeque::new(),
            groups: BTreeMap::new(),
        }
    }

    /// Returns the end that is remembered of an alert: what this transaction learned comes before what was known.
    pub(crate) fn ends_at(&self, fingerprint: Fingerprint) -> Option<Timestamp> {
        match self.learned.get(&fingerprint) {
            Some(learned) => learned.map(|known| known.ends_at()),
            None => self.hot.ends_at(fingerprint),
        }
    }

    /// Returns a group, loaded once per transaction.
    pub(crate) fn group(&mut self, id: GroupId) -> Result<Option<&mut Group>, Error> {
        if !self.groups.contains_key(&id) {
            let held = groups::open(self.db, id)?.map_or(Held::Absent, Held::Group);
            self.groups.insert(id, held);
        }
        Ok(match self.groups.get_mut(&id) {
            Some(Held::Group(saved)) => Some(&mut saved.it),
            Some(Held::Absent | Held::Deleted) | None => None,
        })
    }

    /// Puts a new group into the working set.
    pub(crate) fn begin_group(&mut self, id: GroupId, group: Group) {
        self.groups.insert(id, Held::Group(Saved::new(group)));
    }

    /// Puts a group that a list returned into the working set, unless it is there already.
    pub(crate) fn hold_group(&mut self, id: GroupId, saved: Saved<Group>) {
        self.groups.entry(id).or_insert(Held::Group(saved));
    }

    /// Deletes a group that has no alert and no message on its way.
    pub(crate) fn drop_group_if_empty(&mut self, id: GroupId) -> Result<(), Error> {
        let Some(Held::Group(saved)) = self.groups.get(&id) else { return Ok(()) };
        let version = saved.version;
        if !saved.it.waiting.is_empty() || !alerts::group_is_empty(self.db, id)? {
            return Ok(());
        }
        if version > 0 {
            groups::delete(self.db, id, version)?;
        }
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
            if let Held::Group(saved) = held {
                groups::save(self.db, *id, saved)?;
            }
        }
        Ok(())
    }
}
