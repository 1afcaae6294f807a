//! What time has come for.

use std::sync::PoisonError;

use jiff::Timestamp;
use stentor_domain::alert::Alert;
use stentor_domain::flow;
use stentor_domain::group::GroupId;
use stentor_domain::labels::Labels;
use stentor_domain::page;
use stentor_domain::standing::Member;
use stentor_store::db::Db;
use stentor_store::error::Error;
use stentor_store::{deliveries, groups, pages, silences};

use crate::Engine;
use crate::isolate::Kind;
use crate::tally::LeftOut;
use crate::work::Work;

/// One transaction decides at most this many due rows of a kind, so that senders do not wait for a backlog.
pub(crate) const DUE_MAX: i64 = 256;

impl Engine {
    /// Decides what is due at `now`, a bounded number of rows; returns when to ask again.
    ///
    /// An instant that is not after `now` means that more is due already. `None` = nothing waits for anything.
    pub fn due(&mut self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        if let Err(error) = self.transaction(now, |work| work.due(DUE_MAX, DUE_MAX, now)) {
            self.isolate(error, now)?;
        }
        self.forget_history(now)?;
        self.next_due()
    }

    /// Returns when the engine next has to be asked, by [`Engine::due`] or [`Engine::lease`].
    pub fn next_due(&mut self) -> Result<Option<Timestamp>, Error> {
        let alert = self.standing.read().unwrap_or_else(PoisonError::into_inner).next_due();
        let row = next_row(&mut self.db)?;
        Ok([row, alert, Some(self.forget_at)].into_iter().flatten().min())
    }
}

/// Returns when the first row is due; those of alerts are looked up in memory.
fn next_row(db: &mut Db) -> Result<Option<Timestamp>, Error> {
    let next = [
        groups::next_due(db)?,
        pages::next_due(db)?,
        deliveries::next_due(db)?,
        silences::next_due(db)?,
    ];
    Ok(next.into_iter().flatten().min())
}

impl Work<'_> {
    /// Returns when something is due next, by what is saved.
    pub(crate) fn next_due(&mut self) -> Result<Option<Timestamp>, Error> {
        let alert = self.standing().next_due();
        Ok([next_row(self.db)?, alert].into_iter().flatten().min())
    }

    /// Decides at most `max` rows of each kind that are due, and `groups_max` groups, and what follows.
    pub(crate) fn due(&mut self, max: i64, groups_max: i64, now: Timestamp) -> Result<(), Error> {
        // A group counts its alerts by the clock when it is flushed, so none of them may still be due then.
        if self.due_of(Kind::Alert, now, max)? < max {
            self.due_of(Kind::Group, now, groups_max)?;
        }
        self.due_of(Kind::Silence, now, max)?;
        self.due_of(Kind::Page, now, max)?;
        Ok(())
    }

    /// Decides at most `max` rows of a kind that are due, and what follows; returns how many there were.
    pub(crate) fn due_of(&mut self, kind: Kind, now: Timestamp, max: i64) -> Result<i64, Error> {
        let mut count = 0;
        match kind {
            Kind::Alert => {
                let due = self.standing().list_due(now, usize::try_from(max).unwrap_or(0));
                for fingerprint in due {
                    self.on_alert_due(fingerprint, now)?;
                    count += 1;
                }
            }
            Kind::Group => {
                // What has waited longer comes first, then what this transaction made due.
                let mut due = vec![];
                for stored in groups::list_due(self.db, now, max)? {
                    due.push(stored.id);
                    self.hold_group(stored);
                }
                due.extend(self.held_due(now));
                due.truncate(usize::try_from(max).unwrap_or(0));
                // One that has a row may be in the working set as well: the second look finds it done.
                for id in due {
                    self.flush(id, now)?;
                    count += 1;
                }
            }
            Kind::Silence => {
                for saved in silences::list_due(self.db, now, max)? {
                    self.on_silence_due(saved, now)?;
                    count += 1;
                }
            }
            Kind::Page => {
                for saved in pages::list_due(self.db, now, max)? {
                    self.decide_page(saved, page::Input::Due, now)?;
                    count += 1;
                }
            }
        }
        self.follow(now)?;
        Ok(count)
    }

    fn flush(&mut self, id: GroupId, now: Timestamp) -> Result<(), Error> {
        let (plan, external_url) = (self.plan, self.external_url.clone());
        let members = self.standing().members(id, now);
        let Some(group) = self.group(id)? else { return Ok(()) };
        if group.flush_at > now {
            return Ok(());
        }
        if !group.before.is_empty() {
            self.understand(id, &members)?;
        }
        let Some(group) = self.group(id)? else { return Ok(()) };
        let route = plan.routes.by_id(&group.route);
        let muted = route.is_some_and(|route| !plan.muted_by(route, now).is_empty());
        let flush = group.on_flush(plan, &members, muted, now);
        let group = group.clone();
        if let Some(route) = route {
            let left_out = LeftOut::of(&self.standing(), &members, (plan, route), now);
            self.tally.flush(members.len(), left_out);
            let told = !(flush.firing.is_empty() && flush.resolved.is_empty());
            let asked = plan.receivers.get(&route.receiver).filter(|_| told);
            self.tally.looked_up += asked.map_or(0, |it| it.integrations.len() as u64);
        }
        let told: Vec<Alert> = if flush.speaks() {
            let standing = self.standing();
            let prints = flush.firing.iter().chain(&flush.resolved);
            prints.filter_map(|print| Some(standing.view(*print)?.alert())).collect()
        } else {
            vec![]
        };
        let events = group.events(&flush, &told, (plan, &external_url), now);
        self.queue.extend(events.into_iter().map(|event| flow::after_group(id, event)));
        self.leave_resolved(id, &flush.forget)?;
        self.drop_group_if_empty(id)
    }

    /// Lets a group understand what another Alertmanager had told before.
    fn understand(&mut self, id: GroupId, members: &[Member]) -> Result<(), Error> {
        let labels: Vec<Labels> = {
            let standing = self.standing();
            members.iter().filter_map(|member| standing.labels(member.fingerprint)).collect()
        };
        if let Some(group) = self.group(id)? {
            group.understand(&labels.iter().collect::<Vec<_>>());
        }
        Ok(())
    }
}
