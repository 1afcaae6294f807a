//! Groups.

use jiff::Timestamp;
use stentor_domain::group::{Group, GroupId};

use crate::db::Db;
use crate::db::{Row, Value};
use crate::document::{self, Saved, exactly_one};
use crate::error::Error;

fn key(id: GroupId) -> Value<'static> {
    Value::Int(id.0.cast_signed())
}

fn row(row: &Row<'_>) -> Result<(GroupId, Saved<Group>), Error> {
    let id = GroupId(row.int(0)?.cast_unsigned());
    let it = document::read("groups", &id.to_string(), row.text_ref(2)?)?;
    Ok((id, Saved { version: row.int(1)?, it }))
}

/// Returns the group with this identity.
pub fn open(db: &mut Db, id: GroupId) -> Result<Option<Saved<Group>>, Error> {
    let found =
        db.query_one("select id, version, doc from groups where id = $1", &[key(id)], row)?;
    Ok(found.map(|(_, saved)| saved))
}

/// Saves a group, new or not. `Conflict` when somebody else saved it since it was read.
pub fn save(db: &mut Db, id: GroupId, saved: &mut Saved<Group>) -> Result<(), Error> {
    let doc = document::write(&saved.it);
    let due_at = saved.it.due_at();
    let changed = if saved.version == 0 {
        db.execute(
            "insert into groups (id, group_key, receiver, due_at, version, doc)
             values ($1, $2, $3, $4, 1, $5)",
            &[
                key(id),
                (&saved.it.key).into(),
                (&saved.it.receiver).into(),
                due_at.into(),
                doc.as_str().into(),
            ],
        )?
    } else {
        db.execute(
            "update groups set receiver = $3, due_at = $4, doc = $5, version = version + 1
             where id = $1 and version = $2",
            &[
                key(id),
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
pub fn delete(db: &mut Db, id: GroupId, version: i64) -> Result<(), Error> {
    let sql = "delete from groups where id = $1 and version = $2";
    exactly_one(db.execute(sql, &[key(id), version.into()])?)
}

/// Visits every group, in no order.
pub fn each(db: &mut Db, mut visit: impl FnMut(GroupId, Group)) -> Result<(), Error> {
    db.query("select id, version, doc from groups", &[], |found| {
        let (id, saved) = row(found)?;
        visit(id, saved.it);
        Ok(())
    })?;
    Ok(())
}

/// Returns groups that are due at `now`, earliest first, at most `max`.
pub fn list_due(
    db: &mut Db,
    now: Timestamp,
    max: i64,
) -> Result<Vec<(GroupId, Saved<Group>)>, Error> {
    let sql = "select id, version, doc from groups where due_at <= $1 order by due_at limit $2";
    db.query(sql, &[now.into(), max.into()], row)
}

/// Which groups a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those of this receiver; empty for all.
    pub receiver: String,
    /// Only those that come after this one in the list.
    pub after: Option<(Timestamp, GroupId)>,
}

/// Returns groups, those that are looked at soonest first, at most `max`.
pub fn list(db: &mut Db, filter: &Filter, max: i64) -> Result<Vec<(GroupId, Group)>, Error> {
    let sql = "select id, version, doc from groups
        where due_at is not null and ($1 = '' or receiver = $1)
            and ($2 or (due_at, id) > ($3, $4))
        order by due_at, id limit $5";
    let args = [
        filter.receiver.as_str().into(),
        filter.after.is_none().into(),
        filter.after.map_or(Value::Int(0), |(at, _)| at.into()),
        filter.after.map_or(Value::Int(0), |(_, id)| key(id)),
        max.into(),
    ];
    Ok(db.query(sql, &args, row)?.into_iter().map(|(id, saved)| (id, saved.it)).collect())
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
        "update groups set due_at = $2 where id =
             (select id from groups where due_at <= $1 order by due_at limit 1)
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
