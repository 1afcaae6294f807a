//! Signals: from what a sender says to alerts and groups.

use jiff::Timestamp;
use stentor_domain::alert::{Alert, Change, Signal};
use stentor_domain::flow;
use stentor_domain::group::{Group, GroupId, PAGER, short_name};
use stentor_domain::timeline::{AlertEvent, Subject, What};
use stentor_store::alerts::{self, AlertRow};
use stentor_store::error::Error;
use stentor_store::pages;

use crate::RESOLVED_KEPT;
use crate::hot::{Known, Repetition};
use crate::work::Work;

impl Work<'_> {
    /// Takes one signal in: a repetition is a lookup, anything else merges, saves and routes.
    pub(crate) fn on_signal(&mut self, signal: &Signal, now: Timestamp) -> Result<(), Error> {
        let fingerprint = signal.labels.fingerprint();
        // What this batch has already decided about the alert is not remembered before it is on disk.
        let repetition = if self.learned.contains_key(&fingerprint) {
            Repetition::No
        } else {
            self.hot.repeat(fingerprint, signal, self.plan.resolve_timeout, now)
        };
        match repetition {
            Repetition::Unchanged => return Ok(()),
            Repetition::Extends(ends_at) => {
                alerts::extend(self.db, fingerprint, ends_at, now)?;
                self.learned.insert(fingerprint, self.hot.extended(fingerprint, ends_at));
                return Ok(());
            }
            Repetition::No => {}
        }
        let newer = Alert::from_signal(signal.clone(), self.plan.resolve_timeout, now);
        let (alert, change) = match alerts::open(self.db, fingerprint)? {
            None if newer.firing(now) => (newer, Change::Fired),
            // Nobody has heard of it, and it is over: there is nothing to tell.
            None => return Ok(()),
            Some(mut row) => {
                // A repetition may have moved the end without a write.
                row.alert.ends_at =
                    row.alert.ends_at.max(self.ends_at(fingerprint).unwrap_or(row.alert.ends_at));
                let merged = row.alert.merged(newer, now);
                let change = row.alert.change(row.firing, &merged, now);
                if row.firing && change == Change::Fired {
                    // It resolved and fired anew between two looks: both have to be known.
                    self.resolved(&row.alert, now)?;
                }
                (merged, change)
            }
        };
        self.save_alert(alert, change, now)
    }

    /// Decides on an alert whose deadline has come.
    pub(crate) fn on_alert_due(&mut self, row: AlertRow, now: Timestamp) -> Result<(), Error> {
        let fingerprint = row.alert.fingerprint();
        if !row.firing {
            if alerts::groups_of(self.db, fingerprint)?.is_empty() {
                alerts::delete(self.db, fingerprint)?;
                self.learned.insert(fingerprint, None);
                return Ok(());
            }
            // A receiver has not been told yet: keep it for another while.
            let due_at = Some(now + RESOLVED_KEPT);
            return alerts::save(self.db, &AlertRow { due_at, ..row });
        }
        match self.ends_at(fingerprint) {
            Some(ends_at) if ends_at > now => {
                alerts::extend(self.db, fingerprint, ends_at, now)?;
                self.learned.insert(fingerprint, self.hot.extended(fingerprint, ends_at));
                Ok(())
            }
            Some(_) | None => self.save_alert(row.alert, Change::Resolved, now),
        }
    }

    fn save_alert(&mut self, alert: Alert, change: Change, now: Timestamp) -> Result<(), Error> {
        let firing = alert.firing(now);
        let due_at = Some(if firing { alert.ends_at } else { now + RESOLVED_KEPT });
        let row = AlertRow { alert, firing, due_at };
        alerts::save(self.db, &row)?;
        self.learned.insert(row.alert.fingerprint(), Some(Known::of(&row)));
        self.seen |= change != Change::Refreshed;
        match change {
            Change::Fired => self.fired(&row.alert, now),
            Change::Resolved => self.resolved(&row.alert, now),
            Change::Refreshed | Change::Described => Ok(()),
        }
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
        if self.group(id)?.is_none() {
            self.begin_group(id, Group::begin(&identity, route, alert, now));
        }
        alerts::join(self.db, id, alert.fingerprint())?;
        let Some(group) = self.group(id)? else { return Ok(()) };
        group.on_fired();
        let name = short_name(&alert.labels, &group.labels);
        if group.log.contains_key(PAGER) {
            self.record_alert(id, AlertEvent::Fired { name }, alert.starts_at, now)?;
        }
        Ok(())
    }

    fn resolved(&mut self, alert: &Alert, now: Timestamp) -> Result<(), Error> {
        for id in alerts::groups_of(self.db, alert.fingerprint())? {
            let Some(group) = self.group(id)? else { continue };
            let paged = group.log.contains_key(PAGER);
            let name = short_name(&alert.labels, &group.labels);
            let events = group.on_resolved();
            let group = group.clone();
            if paged {
                let ended = alert.ends_at.min(now);
                self.record_alert(id, AlertEvent::Resolved { name }, ended, now)?;
            }
            self.queue.extend(events.into_iter().map(|event| flow::after_group(id, &group, event)));
        }
        Ok(())
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
        let mut firing = Vec::new();
        alerts::each(self.db, |row| {
            if row.firing {
                firing.push(row.alert);
            }
        })?;
        for alert in &firing {
            self.reroute_one(alert, now)?;
        }
        Ok(())
    }

    fn reroute_one(&mut self, alert: &Alert, now: Timestamp) -> Result<(), Error> {
        let has = alerts::groups_of(self.db, alert.fingerprint())?;
        let mut wanted = Vec::new();
        for node in self.plan.routes.find(&alert.labels) {
            let id = GroupId(self.plan.routes.nodes[node].group(&alert.labels).id);
            if !has.contains(&id) {
                self.join(node, alert, now)?;
            }
            wanted.push(id);
        }
        for id in has.into_iter().filter(|id| !wanted.contains(id)) {
            let Some(group) = self.group(id)? else { continue };
            if group.log.contains_key(PAGER) {
                continue;
            }
            group.firing = group.firing.saturating_sub(1);
            alerts::leave(self.db, id, alert.fingerprint())?;
            self.drop_group_if_empty(id)?;
        }
        Ok(())
    }
}
