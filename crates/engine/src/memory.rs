//! What stands, learned from the database and kept in step with it.

use std::sync::{PoisonError, mpsc};

use jiff::Timestamp;
use stentor_domain::group::PAGER;
use stentor_domain::labels::Fingerprint;
use stentor_domain::standing::{Record, Standing};
use stentor_store::error::Error;
use stentor_store::groups::Stored;
use stentor_store::{alerts, groups, imported, silences};

use crate::work::Touched;
use crate::{Engine, RESTART_GRACE};

/// Alerts are handed from the thread that reads to the one that learns in portions of so many.
const PORTION: usize = 512;

/// So many portions wait before the reading thread waits too.
const PORTIONS_WAITING_MAX: usize = 4;

impl Engine {
    /// Gives alerts that fire time to be repeated. Nothing of it is on disk: the next start would give it anew.
    pub(crate) fn grant_grace(&self, now: Timestamp) {
        let mut standing = self.standing.write().unwrap_or_else(PoisonError::into_inner);
        standing.grant_grace(now + RESTART_GRACE);
    }

    /// Learns everything from the database, and gives alerts that fire time to be repeated.
    pub(crate) fn remember(&mut self, now: Timestamp) -> Result<(), Error> {
        let mut standing = Standing::new(&self.plan);
        groups::each(&mut self.db, |Stored { number, id, saved }| {
            standing.put_group(id, number, saved.it.log.contains_key(PAGER));
        })?;
        let mut standing = self.learn_alerts(standing)?;
        silences::each(&mut self.db, |silence| standing.put_silence(silence))?;
        standing.grant_grace(now + RESTART_GRACE);
        self.has_imported = imported::any(&mut self.db)?;
        *self.standing.write().unwrap_or_else(PoisonError::into_inner) = standing;
        Ok(())
    }

    /// Learns every alert: one thread reads them while another one learns them, because people wait for the start.
    fn learn_alerts(&mut self, mut standing: Standing) -> Result<Standing, Error> {
        std::thread::scope(|scope| {
            let (sender, portions) = mpsc::sync_channel::<Vec<Record>>(PORTIONS_WAITING_MAX);
            let learner = scope.spawn(move || {
                for record in portions.into_iter().flatten() {
                    standing.learn(&record);
                }
                standing
            });
            let mut portion = Vec::with_capacity(PORTION);
            let read = alerts::each(&mut self.db, |record| {
                portion.push(record);
                if portion.len() == PORTION {
                    let full = std::mem::replace(&mut portion, Vec::with_capacity(PORTION));
                    sender.send(full).expect("the learner goes on until this end is dropped");
                }
            });
            sender.send(portion).expect("the learner goes on until this end is dropped");
            drop(sender);
            read.map(|()| learner.join().expect("learning does not panic"))
        })
    }

    /// Takes back what a failed transaction changed in memory: it is as on disk again.
    ///
    /// When the disk cannot be asked, everything is learned anew by the next transaction.
    pub(crate) fn forget(&mut self, touched: Touched) {
        if self.restore(touched).is_err() {
            self.opened = None;
        }
    }

    fn restore(&mut self, touched: Touched) -> Result<(), Error> {
        let Touched { alerts, groups, silences } = touched;
        for (id, number) in groups {
            let found = groups::open(&mut self.db, number)?.filter(|found| found.id == id);
            let mut standing = self.standing.write().unwrap_or_else(PoisonError::into_inner);
            match found {
                Some(Stored { saved, .. }) => {
                    standing.put_group(id, number, saved.it.log.contains_key(PAGER));
                }
                // One that began again in the transaction that dropped it was given another number.
                None if standing.group(id).is_some_and(|members| members.number == number) => {
                    standing.remove_group(id);
                }
                None => {}
            }
        }
        for (fingerprint, number) in alerts {
            self.restore_alert(fingerprint, number)?;
        }
        for id in silences {
            let found = silences::open(&mut self.db, &id)?;
            let mut standing = self.standing.write().unwrap_or_else(PoisonError::into_inner);
            match found {
                Some(saved) => standing.put_silence(saved.it),
                None => standing.remove_silence(&id),
            }
        }
        Ok(())
    }

    fn restore_alert(&mut self, fingerprint: Fingerprint, number: i64) -> Result<(), Error> {
        let found = alerts::open(&mut self.db, number)?;
        let found = found.filter(|record| record.fingerprint == fingerprint);
        let mut standing = self.standing.write().unwrap_or_else(PoisonError::into_inner);
        match found {
            Some(mut record) => {
                // What was repeated meanwhile without a write stays known.
                let known = standing.known(fingerprint);
                let known = known.filter(|known| known.firing && record.firing);
                let ends_at = record.alert.ends_at;
                record.alert.ends_at = known.map_or(ends_at, |known| known.ends_at().max(ends_at));
                standing.learn(&record);
            }
            // An alert that came again in the transaction that forgot it was given another number.
            None if standing.number(fingerprint) == Some(number) => standing.remove(fingerprint),
            None => {}
        }
        Ok(())
    }
}
