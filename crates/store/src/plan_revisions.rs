//! Every plan that was ever in force, whole.

use jiff::Timestamp;

use crate::db::{Db, Row, args};
use crate::error::Error;

/// A plan that is to be put in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision<'a> {
    /// The digest of its files: equal files, equal digest.
    pub digest: &'a str,
    /// When it was applied.
    pub applied_at: Timestamp,
    /// Who applied it.
    pub author: &'a str,
    /// Its files, as one JSON document.
    pub files: &'a str,
    /// The warnings that it was applied in spite of, as one JSON document.
    pub problems: &'a str,
}

/// A plan as it was stored.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanRevision {
    /// Its number, from 1 without gaps.
    pub number: i64,
    /// See [`Revision::digest`].
    pub digest: String,
    /// See [`Revision::applied_at`].
    pub applied_at: Timestamp,
    /// See [`Revision::author`].
    pub author: String,
    /// See [`Revision::files`].
    pub files: String,
    /// See [`Revision::problems`].
    pub problems: String,
}

/// A stored plan without its files, for lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Heading {
    /// See [`PlanRevision::number`].
    pub number: i64,
    /// See [`Revision::digest`].
    pub digest: String,
    /// See [`Revision::applied_at`].
    pub applied_at: Timestamp,
    /// See [`Revision::author`].
    pub author: String,
}

fn read(row: &Row<'_>) -> Result<PlanRevision, Error> {
    Ok(PlanRevision {
        number: row.int(0)?,
        digest: row.text(1)?,
        applied_at: row.time(2)?,
        author: row.text(3)?,
        files: row.text(4)?,
        problems: row.text(5)?,
    })
}

fn read_heading(row: &Row<'_>) -> Result<Heading, Error> {
    Ok(Heading {
        number: row.int(0)?,
        digest: row.text(1)?,
        applied_at: row.time(2)?,
        author: row.text(3)?,
    })
}

/// Stores a revision and returns its number; one equal to the newest is not stored again, and the
/// newest one's number is returned.
///
/// `Conflict` when another node stored one at the same instant: call again.
pub fn append(db: &mut Db, revision: &Revision<'_>) -> Result<i64, Error> {
    let newest = list(db, None, 1)?.into_iter().next();
    if let Some(newest) = newest.as_ref().filter(|newest| newest.digest == revision.digest) {
        return Ok(newest.number);
    }
    let number = newest.map_or(1, |newest| newest.number + 1);
    db.execute(
        "insert into plan_revisions (number, digest, applied_at, author, files, problems)
         values ($1, $2, $3, $4, $5, $6)",
        args![
            number,
            revision.digest,
            revision.applied_at,
            revision.author,
            revision.files,
            revision.problems,
        ],
    )?;
    Ok(number)
}

/// The newest revision, which is the one in force; `None` before the first.
pub fn newest(db: &mut Db) -> Result<Option<PlanRevision>, Error> {
    db.query_one(
        "select number, digest, applied_at, author, files, problems from plan_revisions
         order by number desc limit 1",
        &[],
        read,
    )
}

/// At most `limit` revisions, newest first, from before the number `before`.
pub fn list(db: &mut Db, before: Option<i64>, limit: u32) -> Result<Vec<Heading>, Error> {
    db.query(
        "select number, digest, applied_at, author from plan_revisions
         where number < $1 order by number desc limit $2",
        args![before.unwrap_or(i64::MAX), limit],
        read_heading,
    )
}
