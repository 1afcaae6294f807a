//! Those who can sign in.

use jiff::Timestamp;
use stentor_domain::id::AccountId;

use crate::db::{Db, Row, args};
use crate::error::Error;

/// Somebody who can sign in; never deleted, since histories name them.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What is typed to sign in; unique.
    pub login: String,
    /// What others read.
    pub name: String,
    /// Its mail address; may be empty.
    pub email: String,
    /// The name of its role; what a role may do is not decided here.
    pub role: String,
    /// The password's hash in PHC format; `None` when it cannot sign in by password.
    pub password_hash: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// Counts its saves, from 1.
    pub version: i64,
}

const COLUMNS: &str =
    "id, login, name, email, role, password_hash, created_at, disabled_at, version";

fn read(row: &Row<'_>) -> Result<Account, Error> {
    Ok(Account {
        id: row.parsed(0)?,
        login: row.text(1)?,
        name: row.text(2)?,
        email: row.text(3)?,
        role: row.text(4)?,
        password_hash: row.opt_text(5)?,
        created_at: row.time(6)?,
        disabled_at: row.opt_time(7)?,
        version: row.int(8)?,
    })
}

/// Adds an account; `Conflict` when its login is taken.
pub fn insert(db: &mut Db, account: &Account) -> Result<(), Error> {
    let sql =
        format!("insert into accounts ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    db.execute(
        &sql,
        args![
            &account.id.to_string(),
            &account.login,
            &account.name,
            &account.email,
            &account.role,
            account.password_hash.as_deref(),
            account.created_at,
            account.disabled_at,
            account.version,
        ],
    )?;
    Ok(())
}

/// Saves a changed account under the next version.
///
/// `Conflict` when it has changed since it was read, or when its new login is taken.
pub fn save(db: &mut Db, account: &Account) -> Result<(), Error> {
    let changed = db.execute(
        "update accounts
         set login = $3, name = $4, email = $5, role = $6, password_hash = $7, disabled_at = $8,
             version = version + 1
         where id = $1 and version = $2",
        args![
            &account.id.to_string(),
            account.version,
            &account.login,
            &account.name,
            &account.email,
            &account.role,
            account.password_hash.as_deref(),
            account.disabled_at,
        ],
    )?;
    if changed == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// The account with this id.
pub fn by_id(db: &mut Db, id: AccountId) -> Result<Option<Account>, Error> {
    let sql = format!("select {COLUMNS} from accounts where id = $1");
    db.query_one(&sql, args![&id.to_string()], read)
}

/// The account with this login, exactly as written.
pub fn by_login(db: &mut Db, login: &str) -> Result<Option<Account>, Error> {
    let sql = format!("select {COLUMNS} from accounts where login = $1");
    db.query_one(&sql, args![login], read)
}

/// At most `limit` accounts in the order of their logins, from behind the login `after`;
/// an empty `after` starts at the first.
pub fn list(db: &mut Db, after: &str, limit: u32) -> Result<Vec<Account>, Error> {
    let sql = format!("select {COLUMNS} from accounts where login > $1 order by login limit $2");
    db.query(&sql, args![after, limit], read)
}

/// How many accounts there are; 0 means that the server has not been set up.
pub fn count(db: &mut Db) -> Result<i64, Error> {
    let count = db.query_one("select count(*) from accounts", &[], |row| row.int(0))?;
    Ok(count.unwrap_or_default())
}
