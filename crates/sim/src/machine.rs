//! The machine: the real engine on a real file, which may crash at any byte it writes.

use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use stentor_domain::id::Ids;
use stentor_domain::plan::Plan;
use stentor_domain::silence::Silence;
use stentor_domain::timeline::{Entry, Subject};
use stentor_engine::{Engine, RESTART_GRACE, Retention};
use stentor_store::db::{Db, Row};
use stentor_store::error::Error;
use stentor_store::silences;

use crate::audit;
use crate::disk::{Disk, Snapshot};
use crate::history::{History, Left};
use crate::retention;
use crate::rng::Rng;

pub(crate) struct Machine {
    rng: Rng,
    disk: Disk,
    engine: Option<Engine>,
    retention: Retention,
    asleep_until: Option<Timestamp>,
    boot: u32,
    /// Until when the last start lets alerts fire that nobody repeats.
    grace: Timestamp,
    due_at: Option<Timestamp>,
    kept_all: bool,
}

impl Machine {
    pub(crate) fn start(
        rng: Rng,
        plan: Arc<Plan>,
        retention: Retention,
        now: Timestamp,
    ) -> Result<Self> {
        let disk = Disk::new()?;
        let mut machine = Self {
            rng,
            disk,
            engine: None,
            retention,
            asleep_until: None,
            boot: 0,
            grace: now,
            due_at: None,
            kept_all: true,
        };
        machine.wake(plan, now)?;
        Ok(machine)
    }

    /// Starts the engine on what the disk holds, or lets it go on after a sleep.
    pub(crate) fn wake(&mut self, plan: Arc<Plan>, now: Timestamp) -> Result<()> {
        self.due_at = Some(now);
        self.asleep_until = None;
        if self.engine.is_some() {
            return Ok(());
        }
        self.boot += 1;
        self.grace = now + RESTART_GRACE;
        let mut rng = self.rng.fork();
        let ids = Ids::new(move || rng.bits());
        let db = Db::open(&self.disk.url()).context("the file opens after a crash")?;
        let mut engine = Engine::open(db, plan, "https://stentor.example", ids, now)?;
        engine.keep(self.retention, now)?;
        self.engine = Some(engine);
        Ok(())
    }

    pub(crate) fn sleep(&mut self, until: Timestamp) {
        self.asleep_until = Some(until);
    }

    /// Returns when it wakes up; what its transports hear meanwhile waits for that.
    pub(crate) fn asleep_until(&self) -> Option<Timestamp> {
        self.asleep_until
    }

    pub(crate) fn runs(&self) -> bool {
        self.engine.is_some() && self.asleep_until.is_none()
    }

    /// Which start this is; transports of an earlier one are gone.
    pub(crate) fn boot(&self) -> u32 {
        self.boot
    }

    /// Returns when the engine wants to be asked again; `None` while it does not run or waits for nothing.
    pub(crate) fn due_at(&self) -> Option<Timestamp> {
        if self.runs() { self.due_at } else { None }
    }

    /// Asks the engine when it wants to be asked again, after it has decided something else.
    pub(crate) fn look_ahead(&mut self) -> Result<()> {
        self.due_at = self.engine()?.next_due()?;
        Ok(())
    }

    pub(crate) fn due_at_next(&mut self, at: Option<Timestamp>) {
        self.due_at = at;
    }

    pub(crate) fn apply(&mut self, plan: Arc<Plan>, now: Timestamp) -> Result<()> {
        self.due_at = Some(now);
        Ok(self.engine()?.apply(plan, now)?)
    }

    /// Asks the engine something; with `crash` it stops anywhere between the first and the last byte that it writes,
    /// and nobody hears the answer: `None`.
    pub(crate) fn guarded<T>(
        &mut self,
        crash: bool,
        ask: impl FnOnce(&mut Engine) -> Result<T>,
    ) -> Result<Option<T>> {
        if !crash {
            return ask(self.engine()?).map(Some);
        }
        let before = self.disk.snapshot()?;
        ask(self.engine()?)?;
        let after = self.disk.snapshot()?;
        self.kept_all = self.rng.percent(40);
        let left = if self.kept_all { after } else { Snapshot::torn(before, after, &mut self.rng) };
        self.disk.restart_from(&left)?;
        self.engine = None;
        Ok(None)
    }

    /// Tells whether all that was written before the last crash is still there.
    pub(crate) fn kept_all(&self) -> bool {
        self.kept_all
    }

    /// Reads entries of the timeline that were not seen yet.
    pub(crate) fn read_new(&mut self, history: &mut History) -> Result<()> {
        if self.engine.is_none() {
            return Ok(());
        }
        let newest = history.entries.last().map_or(0, |entry| entry.seq);
        for entry in entries(self.engine()?.db(), newest)? {
            let line = format!("#{} {} {:?}", entry.seq, entry.subject, entry.what);
            history.transcript.add(entry.recorded_at, &line);
            history.entries.push(entry);
        }
        Ok(())
    }

    /// Reads the whole timeline: what was seen before must still be there, unchanged.
    pub(crate) fn read_all(&mut self, history: &History) -> Result<()> {
        let all = entries(self.engine()?.db(), 0)?;
        ensure!(
            all.starts_with(&history.entries),
            "the timeline is append-only: an entry that was seen has changed or is gone"
        );
        Ok(())
    }

    /// Lists the silences.
    pub(crate) fn silences(&mut self) -> Result<Vec<Silence>> {
        let mut all = vec![];
        silences::each(self.engine()?.db(), |silence| all.push(silence))?;
        Ok(all)
    }

    /// Compares what the engine remembers with what its database holds; returns the first difference.
    pub(crate) fn audit(&mut self, plan: &Plan) -> Result<Option<String>> {
        let grace = self.grace;
        let engine = self.engine()?;
        let standing = engine.standing();
        audit::compare(engine.db(), &standing.read().expect("nobody panics"), plan, grace)
    }

    /// Compares what is kept of what was sent with what has to be; returns the first difference.
    pub(crate) fn audit_ages(
        &mut self,
        history: &History,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let kept = self.retention.history;
        retention::compare(self.engine()?.db(), history, kept, now)
    }

    /// Returns what the tables hold in the end.
    pub(crate) fn left(&mut self) -> Result<Left> {
        let db = self.engine()?.db();
        let settled = "state in ('sent', 'failed', 'cancelled')";
        Ok(Left {
            resolved_pages_due: count(
                db,
                "pages where state <> 'triggered' and due_at is not null",
            )?,
            settled_deliveries_due: count(
                db,
                &format!("deliveries where {settled} and due_at is not null"),
            )?,
            unsettled_deliveries_not_due: count(
                db,
                &format!("deliveries where not {settled} and due_at is null"),
            )?,
            groups_not_due: count(db, "groups where due_at is null")?,
            groups: count(db, "groups where id is not null")?,
            unsettled_deliveries: count(db, &format!("deliveries where not {settled}"))?,
            triggered_pages: count(db, "pages where state = 'triggered'")?,
            firing_alerts: count(db, "alerts where firing = true")?,
        })
    }

    fn engine(&mut self) -> Result<&mut Engine> {
        match &mut self.engine {
            Some(engine) => Ok(engine),
            None => bail!("the machine does not run"),
        }
    }
}

fn count(db: &mut Db, what: &str) -> Result<i64> {
    let found = db.query_one(&format!("select count(*) from {what}"), &[], |row| row.int(0))?;
    Ok(found.unwrap_or(0))
}

fn entries(db: &mut Db, after: i64) -> Result<Vec<Entry>> {
    let sql = "select seq, noun_id, happened_at, recorded_at, body from timeline
               where seq > $1 order by seq";
    Ok(db.query(sql, &[after.into()], entry)?)
}

fn entry(row: &Row<'_>) -> Result<Entry, Error> {
    let (seq, id) = (row.int(0)?, row.text(1)?);
    let corrupt = |why: String| Error::corrupt("timeline", &seq.to_string(), why);
    let page = id.parse().map(Subject::Page);
    let subject = page.or_else(|_| id.parse().map(Subject::Incident));
    Ok(Entry {
        seq,
        subject: subject.map_err(|error| corrupt(error.to_string()))?,
        happened_at: row.time(2)?,
        recorded_at: row.time(3)?,
        what: serde_json::from_str(&row.text(4)?).map_err(|error| corrupt(error.to_string()))?,
    })
}
