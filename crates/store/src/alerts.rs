//! Alerts, and which groups they are in.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stentor_domain::alert::Alert;
use stentor_domain::group::GroupId;
use stentor_domain::labels::{Fingerprint, Labels};
use stentor_domain::standing::Record;

use crate::db::Db;
use crate::db::{Row, Value};
use crate::document;
use crate::error::Error;

/// What no statement filters by.
#[derive(Serialize, Deserialize)]
struct Doc<'a> {
    labels: Cow<'a, Labels>,
    annotations: Cow<'a, Labels>,
    generator_url: Cow<'a, str>,
    timeout: bool,
}

const COLUMNS: &str =
    "number, fingerprint, firing, starts_at, ends_at, updated_at, due_at, group_ids, doc";

fn record(row: &Row<'_>) -> Result<Record, Error> {
    let fingerprint = Fingerprint(row.int(1)?.cast_unsigned());
    let corrupt = |error| Error::corrupt("alerts", &fingerprint.to_string(), error);
    let doc: Doc<'_> = document::read("alerts", &fingerprint.to_string(), row.text_ref(8)?)?;
    let alert = Alert {
        labels: doc.labels.into_owned(),
        annotations: doc.annotations.into_owned(),
        generator_url: doc.generator_url.into_owned(),
        timeout: doc.timeout,
        starts_at: row.time(3)?,
        ends_at: row.time(4)?,
        updated_at: row.time(5)?,
    };
    let groups = row.text_ref(7)?.split(',').filter(|id| !id.is_empty());
    let groups = groups.map(|id| Ok(GroupId(id.parse::<i64>()?.cast_unsigned())));
    let groups = groups.collect::<Result<_, std::num::ParseIntError>>().map_err(corrupt)?;
    let (number, firing, due_at) = (row.int(0)?, row.bool(2)?, row.opt_time(6)?);
    Ok(Record { number, fingerprint, alert, firing, due_at, groups })
}

fn written(groups: &[GroupId]) -> String {
    let ids: Vec<String> = groups.iter().map(|id| id.0.cast_signed().to_string()).collect();
    ids.join(",")
}

/// Returns the alert with this number.
pub fn open(db: &mut Db, number: i64) -> Result<Option<Record>, Error> {
    let sql = format!("select {COLUMNS} from alerts where number = $1");
    db.query_one(&sql, &[number.into()], record)
}

/// Saves an alert under its number, new or not.
pub fn save(db: &mut Db, record: &Record) -> Result<(), Error> {
    let Record { number, fingerprint, alert, firing, due_at, groups } = record;
    let groups = written(groups);
    let doc = document::write(&Doc {
        labels: Cow::Borrowed(&alert.labels),
        annotations: Cow::Borrowed(&alert.annotations),
        generator_url: Cow::Borrowed(&alert.generator_url),
        timeout: alert.timeout,
    });
    db.execute(
        "insert into alerts
             (number, fingerprint, firing, starts_at, ends_at, updated_at, due_at, group_ids, doc)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (number) do update set
             fingerprint = excluded.fingerprint, firing = excluded.firing,
             starts_at = excluded.starts_at, ends_at = excluded.ends_at,
             updated_at = excluded.updated_at, due_at = excluded.due_at,
             group_ids = excluded.group_ids, doc = excluded.doc",
        &[
            (*number).into(),
            Value::Int(fingerprint.0.cast_signed()),
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
pub fn extend(db: &mut Db, number: i64, ends_at: Timestamp, now: Timestamp) -> Result<(), Error> {
    db.execute(
        "update alerts set ends_at = $2, due_at = $2, updated_at = $3
         where number = $1 and firing = true",
        &[number.into(), ends_at.into(), now.into()],
    )?;
    Ok(())
}

/// Forgets an alert.
pub fn delete(db: &mut Db, number: i64) -> Result<(), Error> {
    db.execute("delete from alerts where number = $1", &[number.into()])?;
    Ok(())
}

/// Puts off an alert, because it cannot be decided.
pub fn postpone(db: &mut Db, number: i64, until: Timestamp) -> Result<(), Error> {
    let sql = "update alerts set due_at = $2 where number = $1";
    db.execute(sql, &[number.into(), until.into()])?;
    Ok(())
}

/// Saves which groups an alert is in, and nothing else.
pub fn save_groups(db: &mut Db, number: i64, groups: &[GroupId]) -> Result<(), Error> {
    let sql = "update alerts set group_ids = $2 where number = $1";
    db.execute(sql, &[number.into(), written(groups).as_str().into()])?;
    Ok(())
}

/// Visits every alert, in no order.
pub fn each(db: &mut Db, mut visit: impl FnMut(Record)) -> Result<(), Error> {
    let sql = format!("select {COLUMNS} from alerts");
    db.query(&sql, &[], |row| {
        visit(record(row)?);
        Ok(())
    })?;
    Ok(())
}

/// Tells whether any alert was ever received and is still kept.
pub fn any(db: &mut Db) -> Result<bool, Error> {
    Ok(db.query_one("select 1 from alerts limit 1", &[], |_| Ok(()))?.is_some())
}
