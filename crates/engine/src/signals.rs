//! Signals: from what a sender says to alerts and groups.

use jiff::Timestamp;
use stentor_domain::alert::{Alert, Change, Signal};
use stentor_domain::flow;
use stentor_domain::group::{Group, GroupId, short_name};
use stentor_domain::labels::Fingerprint;
use stentor_domain::matchers::Matchers;
use stentor_domain::standing::{Known, Repetition};
use stentor_domain::timeline::{AlertEvent, Subject, What};
use stentor_store::alerts::{self, AlertRow};
use stentor_store::error::Error;
use stentor_store::{episodes, pages};

use crate::RESOLVED_KEPT;
use crate::work::Work;

impl Work<'_> {
    /// Takes one signal in: a repetition is a lookup, anything else merges, saves and routes.
    pub(crate) fn on_signal(&mut self, signal: &Signal, now: Timestamp) -> Result<(), Error> {
        let fingerprint = signal.labels.fingerprint();
        let timeout = self.plan.resolve_timeout;
        let repetition = self.standing_mut().repeat(fingerprint, signal, timeout, now);
        match repetition {
            Repetition::Unchanged => return Ok(()),
            Repetition::Extends(ends_at) => return self.extend(fingerprint, ends_at, now),
            Repetition::Changed | Repetition::Unknown => {}
        }
        let newer = Alert::from_signal(signal.clone(), self.plan.resolve_timeout, now);
        let known = repetition == Repetition::Changed;
        let before = if known { alerts::open(self.db, fingerprint)? } else { None };
        let (alert, change) = match before {
            None if newer.firing(now) => (newer, Change::Fired),
            // Somebody may have heard of it from another Alertmanager, or hears of a sibling: its group knows.
            None => return self.ended_elsewhere(newer, now),
            Some(mut row) => {
                // A repetition may have moved the end without a write.
                row.alert.ends_at = self.ends_at(&row.alert);
                let merged = row.alert.merged(newer, now);
                let change = row.alert.change(row.firing, &merged, now);
                if row.firing && change == Change::Fired {
                    // It resolved and fired anew between two looks: both have to be known.
                    self.change(fingerprint).put(&row.alert, false, None);
                    self.resolved(&row.alert, now)?;
                }
                (merged, change)
            }
        };
        self.save_alert(alert, change, now)
    }

    fn extend(
        &mut self,
        fingerprint: Fingerprint,
        ends_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        alerts::extend(self.db, fingerprint, ends_at, now)?;
        self.change(fingerprint).extended(fingerprint, ends_at);
        Ok(())
    }

    /// Returns the end that is remembered of an alert, which may be later than the one on disk.
    pub(crate) fn ends_at(&self, alert: &Alert) -> Timestamp {
        let known = self.standing().known(alert.fingerprint()).map(Known::ends_at);
        known.map_or(alert.ends_at, |known| known.max(alert.ends_at))
    }

    /// Decides on an alert whose deadline has come.
    pub(crate) fn on_alert_due(
        &mut self,
        fingerprint: Fingerprint,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Some(row) = alerts::open(self.db, fingerprint)? else {
            self.change(fingerprint).remove(fingerprint);
            return Ok(());
        };
        if !row.firing {
            if self.standing().groups_of(fingerprint).is_empty() {
                alerts::delete(self.db, fingerprint)?;
                self.change(fingerprint).remove(fingerprint);
                return Ok(());
            }
            // A receiver has not been told yet: keep it for another while.
            let due_at = Some(now + RESOLVED_KEPT);
            self.change(fingerprint).put(&row.alert, false, due_at);
            return alerts::save(self.db, &AlertRow { due_at, ..row });
        }
        let ends_at = self.ends_at(&row.alert);
        if ends_at > now {
            return self.extend(fingerprint, ends_at, now);
        }
        self.save_alert(row.alert, Change::Resolved, now)
    }

    fn save_alert(&mut self, alert: Alert, change: Change, now: Timestamp) -> Result<(), Error> {
        let (fingerprint, firing) = (alert.fingerprint(), alert.firing(now));
        let due_at = Some(if firing { alert.ends_at } else { now + RESOLVED_KEPT });
        self.change(fingerprint).put(&alert, firing, due_at);
        self.seen |= change != Change::Refreshed;
        match change {
            Change::Fired => self.fired(&alert, now)?,
            Change::Resolved => self.resolved(&alert, now)?,
            Change::Refreshed | Change::Described => {}
        }
        let groups = self.standing().groups_of(fingerprint);
        alerts::save(self.db, &AlertRow { alert, firing, due_at, groups })
    }

    /// Takes in an alert that is over before it was known here.
    fn ended_elsewhere(&mut self, alert: Alert, now: Timestamp) -> Result<(), Error> {
        let (fingerprint, due_at) = (alert.fingerprint(), Some(now + RESOLVED_KEPT));
        self.change(fingerprint).put(&alert, false, due_at);
        self.fired(&alert, now)?;
        let groups = self.standing().groups_of(fingerprint);
        alerts::save(self.db, &AlertRow { alert, firing: false, due_at, groups })
    }

    /// Puts an alert that began to fire into the groups that the plan wants it in.
    fn fired(&mut self, alert: &Alert, now: Timestamp) -> Result<(), Error> {
        for node in self.plan.routes.find(&alert.labels) {
            self.join(node, alert, now)?;
        }
        Ok(())
    }

    fn join(&mut self, node: usize, alert: &Alert, now: Timestamp) -> Result<(), Error> {
        let route = &self.plan.routes.nodes[node];
        let identity = route.group(&alert.labels);
        let id = GroupId(identity.id);
        if !self.has_group(id) {
            self.begin_group(id, Group::begin(&identity, route, alert, now))?;
        }
        let fingerprint = alert.fingerprint();
        self.change(fingerprint).join(id, fingerprint);
        if self.is_paged(id) {
            let name = short_name(&alert.labels, &identity.labels);
            self.record_alert(id, AlertEvent::Fired { name }, alert.starts_at, now)?;
        }
        Ok(())
    }

    /// `alert` fires no more; in memory it has resolved already.
    fn resolved(&mut self, alert: &Alert, now: Timestamp) -> Result<(), Error> {
        let (fingerprint, ended) = (alert.fingerprint(), alert.ends_at.min(now));
        let groups = self.standing().groups_of(fingerprint);
        for id in &groups {
            if !self.is_paged(*id) {
                continue;
            }
            let firing = self.standing().group(*id).map_or(0, |members| members.firing);
            let Some(group) = self.group(*id)? else { continue };
            let name = short_name(&alert.labels, &group.labels);
            let events = group.on_resolved(firing);
            self.record_alert(*id, AlertEvent::Resolved { name }, ended, now)?;
            self.queue.extend(events.into_iter().map(|event| flow::after_group(*id, event)));
        }
        episodes::append(self.db, alert, &groups, ended)?;
        self.end_silences_of(&alert.labels, now)
    }

    fn record_alert(
        &mut self,
        group: GroupId,
        event: AlertEvent,
        happened_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        if let Some(page) = pages::open_by_group(self.db, group)? {
            self.record(Subject::Page(page.it.id), &What::Alert(event), happened_at, now)?;
        }
        Ok(())
    }
}

impl Work<'_> {
    /// Moves every firing alert to the groups that the plan in force wants it in.
    ///
    /// It stays in a group whose page is open, so that the page still learns when it resolves.
    pub(crate) fn reroute(&mut self, now: Timestamp) -> Result<(), Error> {
        let firing = self.standing().select(&Matchers::default(), now);
        for fingerprint in firing {
            self.reroute_one(fingerprint, now)?;
        }
        Ok(())
    }

    fn reroute_one(&mut self, fingerprint: Fingerprint, now: Timestamp) -> Result<(), Error> {
        let (has, labels) = {
            let standing = self.standing();
            let Some(labels) = standing.labels(fingerprint) else { return Ok(()) };
            (standing.groups_of(fingerprint), labels)
        };
        let group = |node: &usize| GroupId(self.plan.routes.nodes[*node].group(&labels).id);
        let nodes = self.plan.routes.find(&labels);
        let wanted: Vec<GroupId> = nodes.iter().map(group).collect();
        if wanted == has {
            return Ok(());
        }
        let Some(row) = alerts::open(self.db, fingerprint)? else { return Ok(()) };
        for (node, id) in nodes.into_iter().zip(&wanted) {
            if !has.contains(id) {
                self.join(node, &row.alert, now)?;
            }
        }
        for id in has.into_iter().filter(|id| !wanted.contains(id)) {
            if self.is_paged(id) {
                continue;
            }
            self.change(fingerprint).leave(id, fingerprint);
            self.drop_group_if_empty(id)?;
        }
        let groups = self.standing().groups_of(fingerprint);
        alerts::save_groups(self.db, fingerprint, &groups)
    }

    /// Takes alerts out of a group unless they fire (again).
    pub(crate) fn leave_resolved(
        &mut self,
        group: GroupId,
        fingerprints: &[Fingerprint],
    ) -> Result<(), Error> {
        for fingerprint in fingerprints {
            if self.standing().known(*fingerprint).is_some_and(|known| known.firing) {
                continue;
            }
            if self.change(*fingerprint).leave(group, *fingerprint) {
                let groups = self.standing().groups_of(*fingerprint);
                alerts::save_groups(self.db, *fingerprint, &groups)?;
            }
        }
        Ok(())
    }
}
