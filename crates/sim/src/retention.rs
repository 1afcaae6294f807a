//! How long a world keeps its history, and whether it does.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use stentor_engine::Retention;
use stentor_store::db::Db;

use crate::history::{Endpoint, History};
use crate::rng::Rng;

/// What is too old goes at the latest after so much time in which the engine runs.
const LATE_MAX: SignedDuration = SignedDuration::from_mins(2);

/// Returns how long a world keeps what is over: half of them for less time than they last.
pub(crate) fn draw(rng: &mut Rng) -> Retention {
    let usual = Retention::default();
    match rng.percent(50) {
        true => Retention { history: rng.seconds(60, 3_600), ..usual },
        false => usual,
    }
}

/// Compares what is stored of what was sent with what has to be; returns the first difference.
pub(crate) fn compare(
    db: &mut Db,
    history: &History,
    kept: SignedDuration,
    now: Timestamp,
) -> Result<Option<String>> {
    let strays = "select count(*) from attempts
        where delivery_id not in (select id from deliveries)";
    if db.query_one(strays, &[], |row| row.int(0))? != Some(0) {
        return Ok(Some("attempts are left of deliveries that are gone".to_owned()));
    }
    let sql = "select id, due_at, (select count(*) from attempts where delivery_id = id)
        from deliveries";
    let stored = db.query(sql, &[], |row| Ok((row.text(0)?, (row.opt_time(1)?, row.int(2)?))))?;
    let stored: BTreeMap<String, _> = stored.into_iter().collect();
    let wrong = history.requests.iter().find_map(|sent| {
        let old = sent.decided_at()?.saturating_add(kept).ok()?;
        // What left while the disk was writing was never saved, had the machine crashed then.
        let lost = history.crashes.contains(&sent.at);
        let stays = matches!(sent.to, Endpoint::Person(_)) || now < old;
        match stored.get(&sent.delivery) {
            None if stays && !lost => Some(format!("{} is gone", sent.delivery)),
            Some((_, 0)) => Some(format!("of {} no attempt is left", sent.delivery)),
            Some((None, _)) if !stays && history.after(old, LATE_MAX) < now => {
                Some(format!("{} is still there", sent.delivery))
            }
            Some(_) | None => None,
        }
    });
    Ok(wrong)
}
