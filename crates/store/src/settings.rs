//! What is configured in the pages, and the server's own secrets: texts by name.

use crate::db::{Db, args};
use crate::error::Error;

/// The value of a setting.
pub fn value(db: &mut Db, name: &str) -> Result<Option<String>, Error> {
    db.query_one("select value from settings where name = $1", args![name], |row| row.text(0))
}

/// Sets a setting, whether it had a value or not.
pub fn put(db: &mut Db, name: &str, value: &str) -> Result<(), Error> {
    db.execute(
        "insert into settings (name, value) values ($1, $2)
         on conflict (name) do update set value = excluded.value",
        args![name, value],
    )?;
    Ok(())
}

/// Sets a setting that has no value yet and returns the value that it has afterwards.
///
/// Nodes that start together thus agree on one secret.
pub fn put_first(db: &mut Db, name: &str, value: &str) -> Result<String, Error> {
    db.execute(
        "insert into settings (name, value) values ($1, $2) on conflict (name) do nothing",
        args![name, value],
    )?;
    // Somebody may delete it between the two statements; then ours is as good as any.
    Ok(self::value(db, name)?.unwrap_or_else(|| value.to_owned()))
}

/// Removes a setting; does nothing when there is none.
pub fn delete(db: &mut Db, name: &str) -> Result<(), Error> {
    db.execute("delete from settings where name = $1", args![name])?;
    Ok(())
}
