//! Signals: from what a sender says to alerts and groups.

use jiff::Timestamp;
use stentor_domain::alert::{Alert, Change, Signal};
use stentor_domain::flow;
use stentor_domain::group::{Group, GroupId, short_name};
use stentor_domain::labels::Fingerprint;
use stentor_domain::matchers::Matchers;
use stentor_domain::standing::{Record, Repetition, View};
use stentor_domain::timeline::{AlertEvent, Subject, What};
use stentor_store::error::Error;
use stentor_store::{alerts, episodes, pages};

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
        let before = self.standing().view(fingerprint).map(View::record);
        let (alert, change) = match before {
            None if newer.firing(now) => (newer, Change::Fired),
            // Somebody may have heard of it from another Alertmanager, or hears of a sibling: its group knows.
            None => return self.ended_elsewhere(fingerprint, newer, now),
            Some(before) => {
                let merged = before.alert.merged(newer, now);
                let change = before.alert.change(before.firing, &merged, now);
                if before.firing && change == Change::Fired {
                    // It resolved and fired anew between two looks: both have to be known.
                    self.put(fingerprint, &before.alert, false, None);
                    self.resolved(fingerprint, &before.alert, now)?;
                }
                (merged, change)
            }
        };
        self.save_alert(fingerprint, alert, change, now)
    }

    fn extend(
        &mut self,
        fingerprint: Fingerprint,
        ends_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        let number = self.standing().number(fingerprint);
        self.change(fingerprint).extended(fingerprint, ends_at);
        number.map_or(Ok(()), |number| alerts::extend(self.db, number, ends_at, now))
    }

    /// Decides on an alert whose deadline has come.
    pub(crate) fn on_alert_due(
        &mut self,
        fingerprint: Fingerprint,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Some(record) = self.standing().view(fingerprint).map(View::record) else {
            return Ok(());
        };
        if !record.firing {
            if record.groups.is_empty() {
                self.change(fingerprint).remove(fingerprint);
                return alerts::delete(self.db, record.number);
            }
            // A receiver has not been told yet: keep it for another while.
            let due_at = Some(now + RESOLVED_KEPT);
            self.put(fingerprint, &record.alert, false, due_at);
            return alerts::save(self.db, &Record { due_at, ..record });
        }
        let ends_at = record.alert.ends_at;
        if ends_at > now {
            return self.extend(fingerprint, ends_at, now);
        }
        self.save_alert(fingerprint, record.alert, Change::Resolved, now)
    }

    fn save_alert(
        &mut self,
        fingerprint: Fingerprint,
        alert: Alert,
        change: Change,
        now: Timestamp,
    ) -> Result<(), Error> {
        let firing = alert.firing(now);
        let due_at = Some(if firing { alert.ends_at } else { now + RESOLVED_KEPT });
        let number = self.put(fingerprint, &alert, firing, due_at);
        self.seen |= change != Change::Refreshed;
        match change {
            Change::Fired => self.fired(fingerprint, &alert, now)?,
            Change::Resolved => self.resolved(fingerprint, &alert, now)?,
            Change::Refreshed | Change::Described => {}
        }
        let groups = self.standing().groups_of(fingerprint);
        alerts::save(self.db, &Record { number, fingerprint, alert, firing, due_at, groups })
    }

    /// Takes in an alert that is over before it was known here.
    fn ended_elsewhere(
        &mut self,
        fingerprint: Fingerprint,
        alert: Alert,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (firing, due_at) = (false, Some(now + RESOLVED_KEPT));
        let number = self.put(fingerprint, &alert, firing, due_at);
        self.fired(fingerprint, &alert, now)?;
        let groups = self.standing().groups_of(fingerprint);
        alerts::save(self.db, &Record { number, fingerprint, alert, firing, due_at, groups })
    }

    /// Puts an alert that began to fire into the groups that the plan wants it in.
    fn fired(
        &mut self,
        fingerprint: Fingerprint,
        alert: &Alert,
        now: Timestamp,
    ) -> Result<(), Error> {
        for node in self.plan.routes.find(&alert.labels) {
            self.join(node, fingerprint, alert, now)?;
        }
        Ok(())
    }

    fn join(
        &mut self,
        node: usize,
        fingerprint: Fingerprint,
        alert: &Alert,
        now: Timestamp,
    ) -> Result<(), Error> {
        let route = &self.plan.routes.nodes[node];
        let id = GroupId(route.group_id(&alert.labels));
        if !self.has_group(id) {
            let identity = route.group(&alert.labels);
            self.begin_group(id, Group::begin(&identity, route, alert, now))?;
        }
        self.change(fingerprint).join(id, fingerprint);
        if self.is_paged(id) {
            let name = short_name(&alert.labels, &route.group_labels(&alert.labels));
            self.record_alert(id, AlertEvent::Fired { name }, alert.starts_at, now)?;
        }
        Ok(())
    }

    /// `alert` fires no more; in memory it has resolved already.
    fn resolved(
        &mut self,
        fingerprint: Fingerprint,
        alert: &Alert,
        now: Timestamp,
    ) -> Result<(), Error> {
        let ended = alert.ends_at.min(now);
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
        let group = |node: &usize| GroupId(self.plan.routes.nodes[*node].group_id(&labels));
        let nodes = self.plan.routes.find(&labels);
        let wanted: Vec<GroupId> = nodes.iter().map(group).collect();
        if wanted == has {
            return Ok(());
        }
        let Some(record) = self.standing().view(fingerprint).map(View::record) else {
            return Ok(());
        };
        for (node, id) in nodes.into_iter().zip(&wanted) {
            if !has.contains(id) {
                self.join(node, fingerprint, &record.alert, now)?;
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
        alerts::save_groups(self.db, record.number, &groups)
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
            let Some(number) = self.standing().number(*fingerprint) else { continue };
            if self.change(*fingerprint).leave(group, *fingerprint) {
                let groups = self.standing().groups_of(*fingerprint);
                alerts::save_groups(self.db, number, &groups)?;
            }
        }
        Ok(())
    }
}
