//! What time has come for.

use jiff::Timestamp;
use stentor_domain::alert::Alert;
use stentor_domain::flow;
use stentor_domain::group::GroupId;
use stentor_domain::page;
use stentor_store::error::Error;
use stentor_store::{alerts, deliveries, groups, pages};

use crate::Engine;
use crate::isolate::Kind;
use crate::work::Work;

/// One transaction decides at most this many due rows of a kind, so that senders do not wait for a backlog.
const DUE_MAX: i64 = 256;

impl Engine {
    /// Decides what is due at `now`, a bounded number of rows; returns when to ask again.
    ///
    /// An instant that is not after `now` means that more is due already. `None` = nothing waits for anything.
    pub fn due(&mut self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let together = self.transaction(now, |work| {
            // A group counts its alerts by the clock when it is flushed, so none of them may still be due then.
            if work.due_of(Kind::Alert, now, DUE_MAX)? < DUE_MAX {
                work.due_of(Kind::Group, now, DUE_MAX)?;
            }
            work.due_of(Kind::Page, now, DUE_MAX)
        });
        if let Err(error) = together {
            self.isolate(error, now)?;
        }
        self.next_due()
    }

    /// Returns when the engine next has to be asked, by [`Engine::due`] or [`Engine::lease`].
    pub fn next_due(&mut self) -> Result<Option<Timestamp>, Error> {
        let db = &mut self.db;
        let next = [
            alerts::next_due(db)?,
            groups::next_due(db)?,
            pages::next_due(db)?,
            deliveries::next_due(db)?,
        ];
        Ok(next.into_iter().flatten().min())
    }
}

impl Work<'_> {
    /// Decides at most `max` rows of a kind that are due, and what follows; returns how many there were.
    pub(crate) fn due_of(&mut self, kind: Kind, now: Timestamp, max: i64) -> Result<i64, Error> {
        let mut count = 0;
        match kind {
            Kind::Alert => {
                for row in alerts::list_due(self.db, now, max)? {
                    self.on_alert_due(row, now)?;
                    count += 1;
                }
            }
            Kind::Group => {
                for (id, saved) in groups::list_due(self.db, now, max)? {
                    self.hold_group(id, saved);
                    self.flush(id, now)?;
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
        let mut members: Vec<Alert> = Vec::new();
        for mut row in alerts::of_group(self.db, id)? {
            // A repetition may have moved the end without a write.
            let ends_at = self.ends_at(row.alert.fingerprint());
            row.alert.ends_at = row.alert.ends_at.max(ends_at.unwrap_or(row.alert.ends_at));
            members.push(row.alert);
        }
        let (plan, external_url) = (self.plan, self.external_url.clone());
        let Some(group) = self.group(id)? else { return Ok(()) };
        if group.flush_at > now {
            return Ok(());
        }
        let flush = group.on_flush(plan, &members, &external_url, now);
        let group = group.clone();
        self.queue
            .extend(flush.events.into_iter().map(|event| flow::after_group(id, &group, event)));
        for fingerprint in flush.forget {
            alerts::leave_resolved(self.db, id, fingerprint)?;
        }
        self.drop_group_if_empty(id)
    }
}
