//! One-time secrets: the link that sets the server up, and invitations.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use stentor_domain::id::AccountId;

use crate::db::{Db, Row, args};
use crate::error::Error;

/// A secret that is good for one use.
#[derive(Clone, Debug, PartialEq)]
pub struct Invite {
    /// The hash of the secret; the secret itself is stored nowhere.
    pub token_hash: String,
    /// The account whose password it sets; `None` when it makes a new one.
    pub account_id: Option<AccountId>,
    /// What it is good for.
    pub purpose: Purpose,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends unused.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// What an invite is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Making the first account of a fresh server.
    Setup,
    /// Choosing the password of an account that somebody else has made.
    Invitation,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Purpose::Setup => "setup",
            Purpose::Invitation => "invitation",
        })
    }
}

impl FromStr for Purpose {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Purpose, &'static str> {
        match text {
            "setup" => Ok(Purpose::Setup),
            "invitation" => Ok(Purpose::Invitation),
            _ => Err("is no purpose of an invite"),
        }
    }
}

fn read(row: &Row<'_>) -> Result<Invite, Error> {
    Ok(Invite {
        token_hash: row.text(0)?,
        account_id: row.opt_parsed(1)?,
        purpose: row.parsed(2)?,
        created_at: row.time(3)?,
        expires_at: row.time(4)?,
        used_at: row.opt_time(5)?,
    })
}

/// Adds an invite; its account, if any, must exist.
pub fn insert(db: &mut Db, invite: &Invite) -> Result<(), Error> {
    let account_id = invite.account_id.map(|id| id.to_string());
    db.execute(
        "insert into invites (token_hash, account_id, purpose, created_at, expires_at, used_at)
         values ($1, $2, $3, $4, $5, $6)",
        args![
            &invite.token_hash,
            account_id.as_deref(),
            &invite.purpose.to_string(),
            invite.created_at,
            invite.expires_at,
            invite.used_at,
        ],
    )?;
    Ok(())
}

/// The invite with this hash, unless it was used or has ended by `now`.
pub fn valid_by_hash(
    db: &mut Db,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<Invite>, Error> {
    db.query_one(
        "select token_hash, account_id, purpose, created_at, expires_at, used_at
         from invites where token_hash = $1 and used_at is null and expires_at > $2",
        args![token_hash, now],
        read,
    )
}

/// Uses an invite up; returns false when it was used before, has ended by `now`, or never was.
///
/// Of two who come with the same secret, one gets true: do it in the transaction of the deed.
pub fn use_up(db: &mut Db, token_hash: &str, now: Timestamp) -> Result<bool, Error> {
    let changed = db.execute(
        "update invites set used_at = $2
         where token_hash = $1 and used_at is null and expires_at > $2",
        args![token_hash, now],
    )?;
    Ok(changed == 1)
}

/// Withdraws the unused invites of a purpose, and returns how many there were: a new setup link
/// replaces the one before.
pub fn withdraw(db: &mut Db, purpose: Purpose) -> Result<u64, Error> {
    db.execute(
        "delete from invites where purpose = $1 and used_at is null",
        args![&purpose.to_string()],
    )
}

/// Withdraws the unused invites to an account, and returns how many there were.
pub fn withdraw_of(db: &mut Db, account_id: AccountId) -> Result<u64, Error> {
    db.execute(
        "delete from invites where account_id = $1 and used_at is null",
        args![&account_id.to_string()],
    )
}

/// Forgets the invites that had ended by `now`, used or not, and returns how many there were.
pub fn delete_expired(db: &mut Db, now: Timestamp) -> Result<u64, Error> {
    db.execute("delete from invites where expires_at <= $1", args![now])
}
