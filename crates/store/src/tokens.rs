//! Secrets that let programs use the API.

use jiff::{SignedDuration, Timestamp};
use stentor_domain::id::{AccountId, TokenId};

use crate::db::{Db, Row, args};
use crate::error::Error;

/// An API token; kept after it is revoked, since the audit log names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What its maker called it.
    pub name: String,
    /// The hash of the secret; the secret itself is stored nowhere. Unique.
    pub token_hash: String,
    /// What it may do; no scope holds a space.
    pub scopes: Vec<String>,
    /// Whose it is; `None` for one that belongs to the server.
    pub account_id: Option<AccountId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub used_at: Option<Timestamp>,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// How exactly `used_at` is kept: a request within it costs no write.
const USED_EVERY: SignedDuration = SignedDuration::from_secs(60);

const COLUMNS: &str =
    "id, name, token_hash, scopes, account_id, created_at, used_at, expires_at, revoked_at";

fn read(row: &Row<'_>) -> Result<Token, Error> {
    Ok(Token {
        id: row.parsed(0)?,
        name: row.text(1)?,
        token_hash: row.text(2)?,
        scopes: row.text_ref(3)?.split_whitespace().map(str::to_owned).collect(),
        account_id: row.opt_parsed(4)?,
        created_at: row.time(5)?,
        used_at: row.opt_time(6)?,
        expires_at: row.opt_time(7)?,
        revoked_at: row.opt_time(8)?,
    })
}

/// Adds a token; `Conflict` when its hash is known already.
pub fn insert(db: &mut Db, token: &Token) -> Result<(), Error> {
    let sql = format!("insert into tokens ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    let account_id = token.account_id.map(|id| id.to_string());
    db.execute(
        &sql,
        args![
            &token.id.to_string(),
            &token.name,
            &token.token_hash,
            &token.scopes.join(" "),
            account_id.as_deref(),
            token.created_at,
            token.used_at,
            token.expires_at,
            token.revoked_at,
        ],
    )?;
    Ok(())
}

/// The token with this hash, unless it was revoked or has ended by `now`.
pub fn valid_by_hash(
    db: &mut Db,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<Token>, Error> {
    let sql = format!(
        "select {COLUMNS} from tokens
         where token_hash = $1 and revoked_at is null and (expires_at is null or expires_at > $2)"
    );
    db.query_one(&sql, args![token_hash, now], read)
}

/// The token with this id, valid or not.
pub fn by_id(db: &mut Db, id: TokenId) -> Result<Option<Token>, Error> {
    let sql = format!("select {COLUMNS} from tokens where id = $1");
    db.query_one(&sql, args![&id.to_string()], read)
}

/// At most `limit` tokens, newest first, from behind `before`, the time and id of the last one
/// seen.
pub fn list(
    db: &mut Db,
    before: Option<(Timestamp, TokenId)>,
    limit: u32,
) -> Result<Vec<Token>, Error> {
    let (created_at, id) = before
        .map_or((Timestamp::MAX, String::new()), |(created_at, id)| (created_at, id.to_string()));
    let sql = format!(
        "select {COLUMNS} from tokens
         where (created_at, id) < ($1, $2)
         order by created_at desc, id desc
         limit $3"
    );
    db.query(&sql, args![created_at, &id, limit], read)
}

/// Whether `token`, used at `now`, has to be told to [`mark_used`].
#[must_use]
pub fn is_used_anew(token: &Token, now: Timestamp) -> bool {
    token.used_at.is_none_or(|used_at| now.duration_since(used_at) >= USED_EVERY)
}

/// Records that a token was used at `now`.
pub fn mark_used(db: &mut Db, id: TokenId, now: Timestamp) -> Result<(), Error> {
    db.execute(
        "update tokens set used_at = $2 where id = $1 and (used_at is null or used_at < $2)",
        args![&id.to_string(), now],
    )?;
    Ok(())
}

/// Revokes a token; returns false when there is none or it was revoked before.
pub fn revoke(db: &mut Db, id: TokenId, now: Timestamp) -> Result<bool, Error> {
    let changed = db.execute(
        "update tokens set revoked_at = $2 where id = $1 and revoked_at is null",
        args![&id.to_string(), now],
    )?;
    Ok(changed == 1)
}
