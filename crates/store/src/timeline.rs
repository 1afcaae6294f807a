//! The timeline. Rows are added and read; the database itself refuses anything else.

use jiff::Timestamp;
use stentor_domain::timeline::{Entry, Subject, What};

use crate::db::Db;
use crate::db::Row;
use crate::document;
use crate::error::Error;

/// Adds an entry; its order among all entries is the database's to give.
pub fn append(
    db: &mut Db,
    subject: Subject,
    what: &What,
    happened_at: Timestamp,
    recorded_at: Timestamp,
) -> Result<(), Error> {
    let (noun, kind) = (noun(subject), kind(what));
    db.execute(
        "insert into timeline (noun, noun_id, happened_at, recorded_at, kind, body)
         values ($1, $2, $3, $4, $5, $6)",
        &[
            noun.into(),
            (&subject.to_string()).into(),
            happened_at.into(),
            recorded_at.into(),
            kind.into(),
            (&document::write(what)).into(),
        ],
    )?;
    Ok(())
}

/// Returns the entries about `subjects` by the order in which they were recorded.
pub fn of(db: &mut Db, subjects: &[Subject]) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    for subject in subjects {
        let found = db.query(
            "select seq, happened_at, recorded_at, body from timeline
             where noun = $1 and noun_id = $2 order by seq",
            &[noun(*subject).into(), (&subject.to_string()).into()],
            |row| entry(*subject, row),
        )?;
        entries.extend(found);
    }
    entries.sort_by_key(|entry| entry.seq);
    Ok(entries)
}

/// Returns the highest order given so far; 0 when nothing has happened.
pub fn newest(db: &mut Db) -> Result<i64, Error> {
    let sql = "select coalesce(max(seq), 0) from timeline";
    Ok(db.query_one(sql, &[], |row| row.int(0))?.unwrap_or(0))
}

fn noun(subject: Subject) -> &'static str {
    match subject {
        Subject::Page(_) => "page",
        Subject::Incident(_) => "incident",
    }
}

fn kind(what: &What) -> &'static str {
    match what {
        What::Alert(_) => "alert",
        What::Page(_) => "page",
        What::Delivery(_) => "delivery",
        What::Incident(_) => "incident",
    }
}

fn entry(subject: Subject, row: &Row<'_>) -> Result<Entry, Error> {
    let seq = row.int(0)?;
    Ok(Entry {
        seq,
        subject,
        happened_at: row.time(1)?,
        recorded_at: row.time(2)?,
        what: document::read("timeline", &seq.to_string(), row.text_ref(3)?)?,
    })
}
