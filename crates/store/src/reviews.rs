//! What people wrote into reviews.

use stentor_domain::id::IncidentId;
use stentor_domain::review::Review;

use crate::db::Db;
use crate::document::{self, Saved, exactly_one};
use crate::error::Error;

/// Returns what people wrote about an incident; an empty review of version 0 when nobody did.
pub fn open(db: &mut Db, incident: IncidentId) -> Result<Saved<Review>, Error> {
    let id = incident.to_string();
    let sql = "select version, doc from reviews where incident_id = $1";
    let found = db.query_one(sql, &[(&id).into()], |row| {
        let it = document::read("reviews", &id, row.text_ref(1)?)?;
        Ok(Saved { version: row.int(0)?, it })
    })?;
    Ok(found.unwrap_or_else(|| Saved::new(Review::default())))
}

/// Saves what people wrote. `Conflict` when somebody else saved it since it was read.
pub fn save(db: &mut Db, incident: IncidentId, saved: &mut Saved<Review>) -> Result<(), Error> {
    let (id, doc) = (incident.to_string(), document::write(&saved.it));
    let changed = if saved.version == 0 {
        db.execute(
            "insert into reviews (incident_id, version, doc) values ($1, 1, $2)",
            &[(&id).into(), (&doc).into()],
        )?
    } else {
        db.execute(
            "update reviews set doc = $3, version = version + 1
             where incident_id = $1 and version = $2",
            &[(&id).into(), saved.version.into(), (&doc).into()],
        )?
    };
    exactly_one(changed)?;
    saved.version += 1;
    Ok(())
}
