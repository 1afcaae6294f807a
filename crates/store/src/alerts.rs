//! Alerts, and which groups they are in.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use stentor_domain::alert::Alert;
use stentor_domain::group::GroupId;
use stentor_domain::labels::{Fingerprint, Labels};

use crate::db::Db;
use crate::db::{Row, Value};
use crate::document;
use crate::error::Error;

/// An alert as it is stored, with what was last decided about it.
#[derive(Clone, Debug)]
pub struct AlertRow {
    /// The alert.
    pub alert: Alert,
    /// Whether it was firing when it was last decided on; the clock may have overtaken that.
    pub firing: bool,
    /// When it has to be looked at: its end while it fires, the end of its keeping afterwards.
    pub due_at: Option<Timestamp>,
    /// The groups that it is in.
    pub groups: Vec<GroupId>,
}

/// What no statement filters by.
#[derive(Serialize, Deserialize)]
struct Doc {
    labels: Labels,
    annotations: Labels,
    generator_url: String,
    timeout: bool,
}

const COLUMNS: &str = "fingerprint, firing, starts_at, ends_at, updated_at, due_at, group_ids, doc";

fn row(row: &Row<'_>) -> Result<AlertRow, Error> {
    let id = Fingerprint(row.int(0)?.cast_unsigned()).to_string();
    let doc: Doc = document::read("alerts", &id, row.text_ref(7)?)?;
    let alert = Alert {
        labels: doc.labels,
        annotations: doc.annotations,
        generator_url: doc.generator_url,
        timeout: doc.timeout,
        starts_at: row.time(2)?,
        ends_at: row.time(3)?,
        updated_at: row.time(4)?,
    };
    let groups = row.text_ref(6)?.split(',').filter(|id| !id.is_empty());
    let groups = groups.map(|id| Ok(GroupId(id.parse::<i64>()?.cast_unsigned())));
    let groups = groups.collect::<Result<_, std::num::ParseIntError>>();
    let groups = groups.map_err(|error| Error::corrupt("alerts", &id, error))?;
    Ok(AlertRow { alert, firing: row.bool(1)?, due_at: row.opt_time(5)?, groups })
}

fn key(fingerprint: Fingerprint) -> Value<'static> {
    Value::Int(fingerprint.0.cast_signed())
}

fn written(groups: &[GroupId]) -> String {
    let ids: Vec<String> = groups.iter().map(|id| id.0.cast_signed().to_string()).collect();
    ids.join(",")
}

/// So many rows are asked for in one statement; what is left over is asked for one by one.
const CHUNK: usize = 32;

/// Returns the alerts with these identities, in no order; those that there are not are left out.
pub fn open_many(db: &mut Db, fingerprints: &[Fingerprint]) -> Result<Vec<AlertRow>, Error> {
    let mut found = Vec::with_capacity(fingerprints.len());
    let (chunks, rest) = fingerprints.as_chunks::<CHUNK>();
    if !chunks.is_empty() {
        let sql = format!("select {COLUMNS} from alerts where fingerprint in ({})", marks());
        for chunk in chunks {
            found.extend(db.query(&sql, &chunk.map(key), row)?);
        }
    }
    for fingerprint in rest {
        found.extend(open(db, *fingerprint)?);
    }
    Ok(found)
}

/// Returns the alert with this identity.
pub fn open(db: &mut Db, fingerprint: Fingerprint) -> Result<Option<AlertRow>, Error> {
    let sql = format!("select {COLUMNS} from alerts where fingerprint = $1");
    db.query_one(&sql, &[key(fingerprint)], row)
}

/// An alert as its row has it, its labels and annotations as JSON objects.
#[derive(Debug)]
pub struct Texts<'a> {
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// Since when.
    pub starts_at: Timestamp,
    /// When the newest signal came that was written down.
    pub updated_at: Timestamp,
    /// What it is known by.
    pub labels: &'a str,
    /// What is said of it.
    pub annotations: &'a str,
    /// Where it was made; may be empty.
    pub generator_url: Cow<'a, str>,
}

/// What is read of a row that is only passed on.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    labels: &'a RawValue,
    #[serde(borrow)]
    annotations: &'a RawValue,
    #[serde(borrow)]
    generator_url: Cow<'a, str>,
}

/// Visits the alerts with these identities, in no order; nothing of them is decoded.
pub fn visit_texts(
    db: &mut Db,
    fingerprints: &[Fingerprint],
    mut visit: impl FnMut(Texts<'_>),
) -> Result<(), Error> {
    let columns = "fingerprint, starts_at, updated_at, doc";
    let mut read = |row: &Row<'_>| {
        let fingerprint = Fingerprint(row.int(0)?.cast_unsigned());
        let raw: Raw<'_> = serde_json::from_str(row.text_ref(3)?)
            .map_err(|error| Error::corrupt("alerts", &fingerprint.to_string(), error))?;
        visit(Texts {
            fingerprint,
            starts_at: row.time(1)?,
            updated_at: row.time(2)?,
            labels: raw.labels.get(),
            annotations: raw.annotations.get(),
            generator_url: raw.generator_url,
        });
        Ok(())
    };
    let (chunks, rest) = fingerprints.as_chunks::<CHUNK>();
    if !chunks.is_empty() {
        let sql = format!("select {columns} from alerts where fingerprint in ({})", marks());
        for chunk in chunks {
            db.query(&sql, &chunk.map(key), &mut read)?;
        }
    }
    let sql = format!("select {columns} from alerts where fingerprint = $1");
    for fingerprint in rest {
        db.query(&sql, &[key(*fingerprint)], &mut read)?;
    }
    Ok(())
}

/// Returns `$1, $2, …` for a chunk.
fn marks() -> String {
    let marks: Vec<String> = (1..=CHUNK).map(|at| format!("${at}")).collect();
    marks.join(", ")
}

/// Saves an alert, new or not.
pub fn save(db: &mut Db, saved: &AlertRow) -> Result<(), Error> {
    let AlertRow { alert, firing, due_at, groups } = saved;
    let groups = written(groups);
    let doc = document::write(&Doc {
        labels: alert.labels.clone(),
        annotations: alert.annotations.clone(),
        generator_url: alert.generator_url.clone(),
        timeout: alert.timeout,
    });
    db.execute(
        "insert into alerts
             (fingerprint, name, firing, starts_at, ends_at, updated_at, due_at, group_ids, doc)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (fingerprint) do update set
             firing = excluded.firing, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
             updated_at = excluded.updated_at, due_at = excluded.due_at,
             group_ids = excluded.group_ids, doc = excluded.doc",
        &[
            key(alert.fingerprint()),
            alert.labels.get("alertname").into(),
            (*firing).into(),
            alert.starts_at.into(),
            alert.ends_at.into(),
            alert.updated_at.into(),
            (*due_at).into(),
            groups.as_str().into(),
            doc.as_str().into(),
        ],
    )?;
    Ok(())
}

/// Moves the promised end of a firing alert, and nothing else.
pub fn extend(
    db: &mut Db,
    fingerprint: Fingerprint,
    ends_at: Timestamp,
    now: Timestamp,
) -> Result<(), Error> {
    db.execute(
        "update alerts set ends_at = $2, due_at = $2, updated_at = $3
         where fingerprint = $1 and firing = true",
        &[key(fingerprint), ends_at.into(), now.into()],
    )?;
    Ok(())
}

/// Gives every firing alert that would end before `until` time until then; for a restart, during which no
/// sender could repeat anything.
pub fn grant_grace(db: &mut Db, until: Timestamp) -> Result<(), Error> {
    db.execute(
        "update alerts set ends_at = $1, due_at = $1 where firing = true and ends_at < $1",
        &[until.into()],
    )?;
    Ok(())
}

/// Forgets an alert.
pub fn delete(db: &mut Db, fingerprint: Fingerprint) -> Result<(), Error> {
    db.execute("delete from alerts where fingerprint = $1", &[key(fingerprint)])?;
    Ok(())
}

/// Puts off an alert, because it can be neither read nor decided.
pub fn postpone(db: &mut Db, fingerprint: Fingerprint, until: Timestamp) -> Result<(), Error> {
    let sql = "update alerts set due_at = $2 where fingerprint = $1";
    db.execute(sql, &[key(fingerprint), until.into()])?;
    Ok(())
}

/// Saves which groups an alert is in, and nothing else.
pub fn save_groups(db: &mut Db, fingerprint: Fingerprint, groups: &[GroupId]) -> Result<(), Error> {
    let sql = "update alerts set group_ids = $2 where fingerprint = $1";
    db.execute(sql, &[key(fingerprint), written(groups).as_str().into()])?;
    Ok(())
}

/// Visits every alert, in no order.
pub fn each(db: &mut Db, mut visit: impl FnMut(AlertRow)) -> Result<(), Error> {
    let sql = format!("select {COLUMNS} from alerts");
    db.query(&sql, &[], |found| {
        visit(row(found)?);
        Ok(())
    })?;
    Ok(())
}

/// Which alerts a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only firing ones (`true`), only resolved ones (`false`), or both.
    pub firing: Option<bool>,
    /// Only those with this `alertname`.
    pub name: Option<String>,
    /// Only those after this one in the order of the list.
    pub after: Option<Fingerprint>,
}

/// Returns alerts by identity, at most `max`; the order is stable and says nothing.
pub fn list(db: &mut Db, filter: &Filter, max: i64) -> Result<Vec<AlertRow>, Error> {
    let sql = format!(
        "select {COLUMNS} from alerts
         where ($1 or firing = $2) and ($3 = '' or name = $3) and ($4 or fingerprint > $5)
         order by fingerprint limit $6"
    );
    let args = [
        filter.firing.is_none().into(),
        filter.firing.unwrap_or(true).into(),
        filter.name.as_deref().unwrap_or("").into(),
        filter.after.is_none().into(),
        filter.after.map_or(Value::Int(0), key),
        max.into(),
    ];
    db.query(&sql, &args, row)
}

/// Tells whether any alert was ever received and is still kept.
pub fn any(db: &mut Db) -> Result<bool, Error> {
    Ok(db.query_one("select 1 from alerts limit 1", &[], |_| Ok(()))?.is_some())
}
