//! Episodes: every firing of every alert that has ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stentor_domain::alert::Alert;
use stentor_domain::group::GroupId;
use stentor_domain::labels::{Fingerprint, Labels};

use crate::db::{Db, Row, Value};
use crate::document;
use crate::error::Error;

/// One firing of one alert, from its start to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    /// The order in which episodes ended.
    pub seq: i64,
    /// Which alert.
    pub fingerprint: Fingerprint,
    /// Since when it fired.
    pub started_at: Timestamp,
    /// Until when.
    pub ended_at: Timestamp,
    /// What it was known by.
    pub labels: Labels,
    /// What was said of it last.
    pub annotations: Labels,
    /// The groups that it was in.
    pub groups: Vec<GroupId>,
}

#[derive(Serialize, Deserialize)]
struct Doc {
    labels: Labels,
    annotations: Labels,
    groups: Vec<GroupId>,
}

const COLUMNS: &str = "seq, fingerprint, started_at, ended_at, doc";

fn row(row: &Row<'_>) -> Result<Episode, Error> {
    let seq = row.int(0)?;
    let doc: Doc = document::read("episodes", &seq.to_string(), row.text_ref(4)?)?;
    Ok(Episode {
        seq,
        fingerprint: Fingerprint(row.int(1)?.cast_unsigned()),
        started_at: row.time(2)?,
        ended_at: row.time(3)?,
        labels: doc.labels,
        annotations: doc.annotations,
        groups: doc.groups,
    })
}

fn key(fingerprint: Fingerprint) -> Value<'static> {
    Value::Int(fingerprint.0.cast_signed())
}

/// Records that an alert's firing is over.
pub fn append(
    db: &mut Db,
    alert: &Alert,
    groups: &[GroupId],
    ended_at: Timestamp,
) -> Result<(), Error> {
    let doc = document::write(&Doc {
        labels: alert.labels.clone(),
        annotations: alert.annotations.clone(),
        groups: groups.to_vec(),
    });
    db.execute(
        "insert into episodes (fingerprint, name, started_at, ended_at, doc)
         values ($1, $2, $3, $4, $5)",
        &[
            key(alert.fingerprint()),
            alert.labels.get("alertname").into(),
            alert.starts_at.into(),
            ended_at.into(),
            doc.as_str().into(),
        ],
    )?;
    Ok(())
}

/// Returns the episodes of one alert that ended before the one numbered `before`, newest first, at most `max`.
pub fn of_alert(
    db: &mut Db,
    fingerprint: Fingerprint,
    before: Option<i64>,
    max: i64,
) -> Result<Vec<Episode>, Error> {
    let sql = format!(
        "select {COLUMNS} from episodes where fingerprint = $1 and seq < $2
         order by seq desc limit $3"
    );
    db.query(&sql, &[key(fingerprint), before.unwrap_or(i64::MAX).into(), max.into()], row)
}

/// Returns episodes of all alerts that ended before the one numbered `before`, newest first, at most `max`.
pub fn list(db: &mut Db, before: Option<i64>, max: i64) -> Result<Vec<Episode>, Error> {
    let sql = format!("select {COLUMNS} from episodes where seq < $1 order by seq desc limit $2");
    db.query(&sql, &[before.unwrap_or(i64::MAX).into(), max.into()], row)
}

/// Forgets episodes that ended at `until` or before, the oldest first, at most `max`; returns how many there were.
pub fn forget(db: &mut Db, until: Timestamp, max: i64) -> Result<u64, Error> {
    let sql = "delete from episodes where seq in
        (select seq from episodes where ended_at <= $1 order by ended_at limit $2)";
    db.execute(sql, &[until.into(), max.into()])
}

/// Returns when the episode ended that ended first.
pub fn oldest(db: &mut Db) -> Result<Option<Timestamp>, Error> {
    db.query_one("select ended_at from episodes order by ended_at limit 1", &[], |row| row.time(0))
}
