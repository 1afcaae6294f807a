//! What another Alertmanager had told before its notification log was imported; each is looked at once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::Db;
use crate::document;
use crate::error::Error;

/// What another Alertmanager last told one integration of a receiver about a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The group's key.
    pub group_key: String,
    /// The receiver's name.
    pub receiver: String,
    /// The integration's kind and place among its kind, as in `webhook/0`.
    pub integration: String,
    /// When it was told.
    pub at: Timestamp,
    /// xxhash64 over the labels of what it was told to fire.
    pub firing: Vec<u64>,
    /// xxhash64 over the labels of what it was told to have resolved.
    pub resolved: Vec<u64>,
    /// When the other one would have forgotten it.
    pub expires_at: Timestamp,
}

/// Remembers what another Alertmanager has told, in place of what was remembered before.
pub fn save(db: &mut Db, told: &Imported) -> Result<(), Error> {
    let doc = document::write(told);
    db.execute(
        "insert into imported_notifications (group_key, receiver, integration, expires_at, doc)
         values ($1, $2, $3, $4, $5)
         on conflict (group_key, receiver, integration) do update set
             expires_at = excluded.expires_at, doc = excluded.doc",
        &[
            told.group_key.as_str().into(),
            told.receiver.as_str().into(),
            told.integration.as_str().into(),
            told.expires_at.into(),
            doc.as_str().into(),
        ],
    )?;
    Ok(())
}

/// Tells whether anything was imported and not yet forgotten.
pub fn any(db: &mut Db) -> Result<bool, Error> {
    let sql = "select 1 from imported_notifications limit 1";
    Ok(db.query_one(sql, &[], |_| Ok(()))?.is_some())
}

/// Returns what was imported of a group, and forgets it.
pub fn take(db: &mut Db, group_key: &str, receiver: &str) -> Result<Vec<Imported>, Error> {
    let args = [group_key.into(), receiver.into()];
    let sql = "select doc from imported_notifications where group_key = $1 and receiver = $2";
    let found = db.query(sql, &args, |row| {
        document::read("imported_notifications", group_key, row.text_ref(0)?)
    })?;
    let sql = "delete from imported_notifications where group_key = $1 and receiver = $2";
    db.execute(sql, &args)?;
    Ok(found)
}

/// Forgets what was imported and is too old to matter.
pub fn expire(db: &mut Db, now: Timestamp) -> Result<(), Error> {
    db.execute("delete from imported_notifications where expires_at <= $1", &[now.into()])?;
    Ok(())
}
