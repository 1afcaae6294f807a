//! Who is signed in, in which browser.

use jiff::{SignedDuration, Timestamp};
use stentor_domain::id::AccountId;

use crate::db::{Db, Row, args};
use crate::error::Error;

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// The hash of the cookie's secret; the secret itself is stored nowhere.
    pub token_hash: String,
    /// Who is signed in.
    pub account_id: AccountId,
    /// The token that the session's forms carry.
    pub csrf: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// How exactly `seen_at` is kept: a request within it costs no write.
const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(60);

fn read(row: &Row<'_>) -> Result<Session, Error> {
    Ok(Session {
        token_hash: row.text(0)?,
        account_id: row.parsed(1)?,
        csrf: row.text(2)?,
        created_at: row.time(3)?,
        seen_at: row.time(4)?,
        expires_at: row.time(5)?,
    })
}

/// Adds a session; its account must exist.
pub fn insert(db: &mut Db, session: &Session) -> Result<(), Error> {
    db.execute(
        "insert into sessions (token_hash, account_id, csrf, created_at, seen_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        args![
            &session.token_hash,
            &session.account_id.to_string(),
            &session.csrf,
            session.created_at,
            session.seen_at,
            session.expires_at,
        ],
    )?;
    Ok(())
}

/// The session with this hash, unless it has ended by `now`.
pub fn by_token_hash(
    db: &mut Db,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<Session>, Error> {
    db.query_one(
        "select token_hash, account_id, csrf, created_at, seen_at, expires_at
         from sessions where token_hash = $1 and expires_at > $2",
        args![token_hash, now],
        read,
    )
}

/// Whether `session`, used at `now`, has to be told to [`mark_seen`].
#[must_use]
pub fn is_seen_anew(session: &Session, now: Timestamp) -> bool {
    now.duration_since(session.seen_at) >= SEEN_EVERY
}

/// Records that a session was used at `now`.
pub fn mark_seen(db: &mut Db, token_hash: &str, now: Timestamp) -> Result<(), Error> {
    db.execute(
        "update sessions set seen_at = $2 where token_hash = $1 and seen_at < $2",
        args![token_hash, now],
    )?;
    Ok(())
}

/// Ends one session.
pub fn delete(db: &mut Db, token_hash: &str) -> Result<(), Error> {
    db.execute("delete from sessions where token_hash = $1", args![token_hash])?;
    Ok(())
}

/// Ends all sessions of an account and returns how many there were: its password has changed, or
/// it was disabled.
pub fn delete_of(db: &mut Db, account_id: AccountId) -> Result<u64, Error> {
    db.execute("delete from sessions where account_id = $1", args![&account_id.to_string()])
}

/// Forgets the sessions that have ended by `now` and returns how many there were.
pub fn delete_expired(db: &mut Db, now: Timestamp) -> Result<u64, Error> {
    db.execute("delete from sessions where expires_at <= $1", args![now])
}
