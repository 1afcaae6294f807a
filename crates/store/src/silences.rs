//! Silences.

use jiff::{SignedDuration, Timestamp};
use stentor_domain::silence::Silence;

use crate::db::{Db, Row};
use crate::document::{self, Saved, exactly_one};
use crate::error::Error;

fn row(row: &Row<'_>) -> Result<Saved<Silence>, Error> {
    let it = document::read("silences", row.text_ref(0)?, row.text_ref(2)?)?;
    Ok(Saved { version: row.int(1)?, it })
}

/// Returns the silence with this id.
pub fn open(db: &mut Db, id: &str) -> Result<Option<Saved<Silence>>, Error> {
    db.query_one("select id, version, doc from silences where id = $1", &[id.into()], row)
}

/// Saves a silence, new or not; once it is over it is kept for `kept`. `Conflict` when somebody else saved it since it
/// was read.
pub fn save(db: &mut Db, saved: &mut Saved<Silence>, kept: SignedDuration) -> Result<(), Error> {
    let silence = &saved.it;
    let doc = document::write(silence);
    let args = [
        silence.id.as_str().into(),
        saved.version.into(),
        silence.starts_at.into(),
        silence.ends_at.into(),
        silence.due_at(kept).into(),
        doc.as_str().into(),
    ];
    let changed = if saved.version == 0 {
        db.execute(
            "insert into silences (id, version, starts_at, ends_at, due_at, doc)
             values ($1, cast($2 as bigint) + 1, $3, $4, $5, $6)",
            &args,
        )?
    } else {
        db.execute(
            "update silences set starts_at = $3, ends_at = $4, due_at = $5, doc = $6,
                 version = version + 1
             where id = $1 and version = $2",
            &args,
        )?
    };
    exactly_one(changed)?;
    saved.version += 1;
    Ok(())
}

/// Forgets a silence. `Conflict` when somebody else saved it since it was read.
pub fn delete(db: &mut Db, id: &str, version: i64) -> Result<(), Error> {
    let sql = "delete from silences where id = $1 and version = $2";
    exactly_one(db.execute(sql, &[id.into(), version.into()])?)
}

/// Has silences that are over kept for `kept` at most, whatever was said when they were saved.
pub fn keep_at_most(db: &mut Db, kept: SignedDuration) -> Result<(), Error> {
    let kept_us = i64::try_from(kept.as_micros()).unwrap_or(KEPT_US_MAX).min(KEPT_US_MAX);
    // One that comes again is due at its end, and so is none of these.
    db.execute(
        "update silences set due_at = ends_at + $1 where due_at > ends_at + $1",
        &[kept_us.into()],
    )?;
    Ok(())
}

/// Longer than there are instants; added to one of them it is a number still.
const KEPT_US_MAX: i64 = i64::MAX / 4;

/// Visits every silence, in no order.
pub fn each(db: &mut Db, mut visit: impl FnMut(Silence)) -> Result<(), Error> {
    db.query("select id, version, doc from silences", &[], |found| {
        visit(row(found)?.it);
        Ok(())
    })?;
    Ok(())
}

/// Returns silences that are due at `now`, earliest first, at most `max`.
pub fn list_due(db: &mut Db, now: Timestamp, max: i64) -> Result<Vec<Saved<Silence>>, Error> {
    let sql = "select id, version, doc from silences where due_at <= $1 order by due_at limit $2";
    db.query(sql, &[now.into(), max.into()], row)
}

/// Puts off the silence that is due first, because it can be neither read nor decided; returns its id.
pub fn postpone_first(
    db: &mut Db,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<String>, Error> {
    db.query_one(
        "update silences set due_at = $2 where id =
             (select id from silences where due_at <= $1 order by due_at limit 1)
         returning id",
        &[now.into(), until.into()],
        |row| row.text(0),
    )
}

/// Returns when the next silence is due.
pub fn next_due(db: &mut Db) -> Result<Option<Timestamp>, Error> {
    let sql = "select min(due_at) from silences where due_at is not null";
    Ok(db.query_one(sql, &[], |row| row.opt_time(0))?.flatten())
}
