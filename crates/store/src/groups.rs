//! Groups.

use jiff::Timestamp;
use stentor_domain::group::{Group, GroupId};

use crate::db::Db;
use crate::db::{Row, Value};
use crate::document::{self, Saved, exactly_one};
use crate::error::Error;

/// A group as it is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its number in the order of arrival, under which it is stored.
    pub number: i64,
    /// Its identity.
    pub id: GroupId,
    /// The group, with its version.
    pub saved: Saved<Group>,
}

const COLUMNS: &str = "number, id, version, doc";

fn stored(row: &Row<'_>) -> Result<Stored, Error> {
    let id = GroupId(row.int(1)?.cast_unsigned());
    let it = document::read("groups", &id.to_string(), row.text_ref(3)?)?;
    Ok(Stored { number: row.int(0)?, id, saved: Saved { version: row.int(2)?, it } })
}

/// Returns the group with this number.
pub fn open(db: &mut Db, number: i64) -> Result<Option<Stored>, Error> {
    let sql = format!("select {COLUMNS} from groups where number = $1");
    db.query_one(&sql, &[number.into()], stored)
}

/// Saves a group under its number, new or not. `Conflict` when somebody else saved it since it was read.
pub fn save(db: &mut Db, number: i64, id: GroupId, saved: &mut Saved<Group>) -> Result<(), Error> {
    let doc = document::write(&saved.it);
    let due_at = saved.it.due_at();
    let changed = if saved.version == 0 {
        db.execute(
            "insert into groups (number, id, group_key, receiver, due_at, version, doc)
             values ($1, $2, $3, $4, $5, 1, $6)",
            &[
                number.into(),
                Value::Int(id.0.cast_signed()),
                (&saved.it.key).into(),
                (&saved.it.receiver).into(),
                due_at.into(),
                doc.as_str().into(),
            ],
        )?
    } else {
        db.execute(
            "update groups set receiver = $3, due_at = $4, doc = $5, version = version + 1
             where number = $1 and version = $2",
            &[
                number.into(),
                saved.version.into(),
                (&saved.it.receiver).into(),
                due_at.into(),
                doc.as_str().into(),
            ],
        )?
    };
    exactly_one(changed)?;
    saved.version += 1;
    Ok(())
}

/// Forgets a group. `Conflict` when somebody else saved it since it was read.
pub fn delete(db: &mut Db, number: i64, version: i64) -> Result<(), Error> {
    let sql = "delete from groups where number = $1 and version = $2";
    exactly_one(db.execute(sql, &[number.into(), version.into()])?)
}

/// Visits every group, in no order.
pub fn each(db: &mut Db, mut visit: impl FnMut(Stored)) -> Result<(), Error> {
    db.query(&format!("select {COLUMNS} from groups"), &[], |row| {
        visit(stored(row)?);
        Ok(())
    })?;
    Ok(())
}

/// Returns groups that are due at `now`, earliest first, at most `max`.
pub fn list_due(db: &mut Db, now: Timestamp, max: i64) -> Result<Vec<Stored>, Error> {
    let sql = format!("select {COLUMNS} from groups where due_at <= $1 order by due_at limit $2");
    db.query(&sql, &[now.into(), max.into()], stored)
}

/// Which groups a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those of this receiver; empty for all.
    pub receiver: String,
    /// Only those that come after this one in the list.
    pub after: Option<(Timestamp, i64)>,
}

/// Returns groups, those that are looked at soonest first, at most `max`.
pub fn list(db: &mut Db, filter: &Filter, max: i64) -> Result<Vec<Stored>, Error> {
    let sql = format!(
        "select {COLUMNS} from groups
         where due_at is not null and ($1 = '' or receiver = $1)
             and ($2 or (due_at, number) > ($3, $4))
         order by due_at, number limit $5"
    );
    let args = [
        filter.receiver.as_str().into(),
        filter.after.is_none().into(),
        filter.after.map_or(Value::Int(0), |(at, _)| at.into()),
        filter.after.map_or(0, |(_, number)| number).into(),
        max.into(),
    ];
    db.query(&sql, &args, stored)
}

/// Returns how many groups there are.
pub fn count(db: &mut Db) -> Result<i64, Error> {
    let count = db.query_one("select count(*) from groups", &[], |row| row.int(0))?;
    Ok(count.unwrap_or(0))
}

/// Puts off the group that is due first, because it can be neither read nor decided; returns its id.
pub fn postpone_first(
    db: &mut Db,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<String>, Error> {
    db.query_one(
        "update groups set due_at = $2 where number =
             (select number from groups where due_at <= $1 order by due_at limit 1)
         returning cast(id as text)",
        &[now.into(), until.into()],
        |row| row.text(0),
    )
}

/// Returns when the next group is due.
pub fn next_due(db: &mut Db) -> Result<Option<Timestamp>, Error> {
    let min =
        db.query_one("select min(due_at) from groups where due_at is not null", &[], |row| {
            row.opt_time(0)
        })?;
    Ok(min.flatten())
}
