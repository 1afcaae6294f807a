//! What the server remembers for itself: texts by name.

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
