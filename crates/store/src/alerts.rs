//! Alerts, and which groups they are in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
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
}

/// What no statement filters by.
#[derive(Serialize, Deserialize)]
struct Doc {
    labels: Labels,
    annotations: Labels,
    generator_url: String,
    timeout: bool,
}

const COLUMNS: &str = "fingerprint, firing, starts_at, ends_at, updated_at, due_at, doc";

fn row(row: &Row<'_>) -> Result<AlertRow, Error> {
    let id = Fingerprint(row.int(0)?.cast_unsigned()).to_string();
    let doc: Doc = document::read("alerts", &id, row.text_ref(6)?)?;
    let alert = Alert {
        labels: doc.labels,
        annotations: doc.annotations,
        generator_url: doc.generator_url,
        timeout: doc.timeout,
        starts_at: row.time(2)?,
        ends_at: row.time(3)?,
        updated_at: row.time(4)?,
    };
    Ok(AlertRow { alert, firing: row.bool(1)?, due_at: row.opt_time(5)? })
}

fn key(fingerprint: Fingerprint) -> Value<'static> {
    Value::Int(fingerprint.0.cast_signed())
}

fn group_key(group: GroupId) -> Value<'static> {
    Value::Int(group.0.cast_signed())
}

/// Returns the alert with this identity.
pub fn open(db: &mut Db, fingerprint: Fingerprint) -> Result<Option<AlertRow>, Error> {
    let sql = format!("select {COLUMNS} from alerts where fingerprint = $1");
    db.query_one(&sql, &[key(fingerprint)], row)
}

/// Saves an alert, new or not.
pub fn save(db: &mut Db, saved: &AlertRow) -> Result<(), Error> {
    let AlertRow { alert, firing, due_at } = saved;
    let doc = document::write(&Doc {
        labels: alert.labels.clone(),
        annotations: alert.annotations.clone(),
        generator_url: alert.generator_url.clone(),
        timeout: alert.timeout,
    });
    db.execute(
        "insert into alerts
             (fingerprint, name, firing, starts_at, ends_at, updated_at, due_at, doc)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (fingerprint) do update set
             firing = excluded.firing, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
             updated_at = excluded.updated_at, due_at = excluded.due_at, doc = excluded.doc",
        &[
            key(alert.fingerprint()),
            alert.labels.get("alertname").into(),
            (*firing).into(),
            alert.starts_at.into(),
            alert.ends_at.into(),
            alert.updated_at.into(),
            (*due_at).into(),
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

/// Returns alerts that are due at `now`, earliest first, at most `max`.
pub fn list_due(db: &mut Db, now: Timestamp, max: i64) -> Result<Vec<AlertRow>, Error> {
    let sql = format!("select {COLUMNS} from alerts where due_at <= $1 order by due_at limit $2");
    db.query(&sql, &[now.into(), max.into()], row)
}

/// Puts off the alert that is due first, because it can be neither read nor decided; returns its id.
pub fn postpone_first(
    db: &mut Db,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<String>, Error> {
    db.query_one(
        "update alerts set due_at = $2 where fingerprint =
             (select fingerprint from alerts where due_at <= $1 order by due_at limit 1)
         returning cast(fingerprint as text)",
        &[now.into(), until.into()],
        |row| row.text(0),
    )
}

/// Returns when the next alert is due.
pub fn next_due(db: &mut Db) -> Result<Option<Timestamp>, Error> {
    let min =
        db.query_one("select min(due_at) from alerts where due_at is not null", &[], |row| {
            row.opt_time(0)
        })?;
    Ok(min.flatten())
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

/// Returns how many alerts fire.
pub fn count_firing(db: &mut Db) -> Result<i64, Error> {
    let sql = "select count(*) from alerts where firing = true";
    Ok(db.query_one(sql, &[], |row| row.int(0))?.unwrap_or(0))
}

/// Tells whether any alert was ever received and is still kept.
pub fn any(db: &mut Db) -> Result<bool, Error> {
    Ok(db.query_one("select 1 from alerts limit 1", &[], |_| Ok(()))?.is_some())
}

/// Puts an alert into a group; false when it is there already.
pub fn join(db: &mut Db, group: GroupId, fingerprint: Fingerprint) -> Result<bool, Error> {
    let changed = db.execute(
        "insert into group_alerts (group_id, fingerprint) values ($1, $2)
         on conflict (group_id, fingerprint) do nothing",
        &[group_key(group), key(fingerprint)],
    )?;
    Ok(changed == 1)
}

/// Takes an alert out of a group.
pub fn leave(db: &mut Db, group: GroupId, fingerprint: Fingerprint) -> Result<(), Error> {
    db.execute(
        "delete from group_alerts where group_id = $1 and fingerprint = $2",
        &[group_key(group), key(fingerprint)],
    )?;
    Ok(())
}

/// Takes an alert out of a group unless it fires (again).
pub fn leave_resolved(db: &mut Db, group: GroupId, fingerprint: Fingerprint) -> Result<(), Error> {
    db.execute(
        "delete from group_alerts where group_id = $1 and fingerprint = $2
             and not exists (select 1 from alerts where fingerprint = $2 and firing = true)",
        &[group_key(group), key(fingerprint)],
    )?;
    Ok(())
}

/// Returns the groups that an alert is in.
pub fn groups_of(db: &mut Db, fingerprint: Fingerprint) -> Result<Vec<GroupId>, Error> {
    let sql = "select group_id from group_alerts where fingerprint = $1 order by group_id";
    db.query(sql, &[key(fingerprint)], |row| Ok(GroupId(row.int(0)?.cast_unsigned())))
}

/// Returns the alerts of a group.
pub fn of_group(db: &mut Db, group: GroupId) -> Result<Vec<AlertRow>, Error> {
    let sql =
        "select a.fingerprint, a.firing, a.starts_at, a.ends_at, a.updated_at, a.due_at, a.doc
         from group_alerts g join alerts a on a.fingerprint = g.fingerprint
         where g.group_id = $1";
    db.query(sql, &[group_key(group)], row)
}

/// Tells whether a group has no alert.
pub fn group_is_empty(db: &mut Db, group: GroupId) -> Result<bool, Error> {
    let sql = "select 1 from group_alerts where group_id = $1 limit 1";
    Ok(db.query_one(sql, &[group_key(group)], |_| Ok(()))?.is_none())
}
