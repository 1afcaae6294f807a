//! Who did what to what: append-only, refused by the database itself to be changed.

use jiff::Timestamp;

use crate::db::{Db, Row, args};
use crate::error::Error;

/// What somebody did.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed<'a> {
    /// When.
    pub at: Timestamp,
    /// Who: a login, a token's id, or `system`.
    pub actor: &'a str,
    /// What, as a verb: `disable`.
    pub action: &'a str,
    /// To what: an id, or a kind and a name; may be empty.
    pub object: &'a str,
    /// What else is worth knowing; never a secret.
    pub detail: &'a str,
}

/// A deed as it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place in the log: later entries have greater numbers, with gaps.
    pub seq: i64,
    /// See [`Deed::at`].
    pub at: Timestamp,
    /// See [`Deed::actor`].
    pub actor: String,
    /// See [`Deed::action`].
    pub action: String,
    /// See [`Deed::object`].
    pub object: String,
    /// See [`Deed::detail`].
    pub detail: String,
}

fn read(row: &Row<'_>) -> Result<Entry, Error> {
    Ok(Entry {
        seq: row.int(0)?,
        at: row.time(1)?,
        actor: row.text(2)?,
        action: row.text(3)?,
        object: row.text(4)?,
        detail: row.text(5)?,
    })
}

/// Records a deed, best in the transaction that does it.
pub fn append(db: &mut Db, deed: &Deed<'_>) -> Result<(), Error> {
    db.execute(
        "insert into audit (at, actor, action, object, detail) values ($1, $2, $3, $4, $5)",
        args![deed.at, deed.actor, deed.action, deed.object, deed.detail],
    )?;
    Ok(())
}

/// At most `limit` entries, newest first, from before the number `before`.
pub fn list(db: &mut Db, before: Option<i64>, limit: u32) -> Result<Vec<Entry>, Error> {
    db.query(
        "select seq, at, actor, action, object, detail from audit
         where seq < $1 order by seq desc limit $2",
        args![before.unwrap_or(i64::MAX), limit],
        read,
    )
}

/// At most `limit` entries about one object, newest first, from before the number `before`.
pub fn list_of(
    db: &mut Db,
    object: &str,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Entry>, Error> {
    db.query(
        "select seq, at, actor, action, object, detail from audit
         where object = $1 and seq < $2 order by seq desc limit $3",
        args![object, before.unwrap_or(i64::MAX), limit],
        read,
    )
}
