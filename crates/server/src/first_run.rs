//! What a fresh server needs once: a link for its first administrator, and a token for automation.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use stentor_domain::id::{Ids, TokenId};
use stentor_store::db::Db;
use stentor_store::invites::{Invite, Purpose};
use stentor_store::tokens::Token;
use stentor_store::{accounts, invites, settings, tokens};
use stentor_web::auth::{self, Scope};

/// The link of a first run is good for this long; the next start makes another.
const SETUP_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The setting that remembers that the token for automation has been made.
const BOOTSTRAP: &str = "bootstrap_token";

/// Returns the address of the setup page while nobody can sign in; older links stop working.
pub(crate) fn setup_link(
    db: &mut Db,
    ids: &mut Ids,
    external_url: &str,
    now: Timestamp,
) -> anyhow::Result<Option<String>> {
    if accounts::count(db)? > 0 {
        return Ok(None);
    }
    let secret = ids.secret();
    let invite = Invite {
        token_hash: auth::hash(&secret),
        account_id: None,
        purpose: Purpose::Setup,
        created_at: now,
        expires_at: now + SETUP_FOR,
        used_at: None,
    };
    db.transaction(|db| {
        invites::withdraw(db, Purpose::Setup)?;
        invites::insert(db, &invite)
    })?;
    Ok(Some(format!("{external_url}/setup?token={secret}")))
}

/// Writes an API token with every scope to `file`, once in the life of a database.
pub(crate) fn bootstrap_token(
    db: &mut Db,
    ids: &mut Ids,
    file: &Path,
    now: Timestamp,
) -> anyhow::Result<()> {
    if settings::value(db, BOOTSTRAP)?.is_some() {
        return Ok(());
    }
    let secret = format!("stentor_{}", ids.secret());
    let doing = || format!("cannot write the bootstrap token to {}", file.display());
    let mut out = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(file)
        .with_context(doing)?;
    writeln!(out, "{secret}").with_context(doing)?;
    out.sync_all().with_context(doing)?;
    let token = Token {
        id: TokenId::new(ids, now),
        name: "bootstrap".into(),
        token_hash: auth::hash(&secret),
        scopes: vec![Scope::Admin.word().into()],
        account_id: None,
        created_at: now,
        used_at: None,
        expires_at: None,
        revoked_at: None,
    };
    db.transaction(|db| {
        settings::put(db, BOOTSTRAP, &token.id.to_string())?;
        tokens::insert(db, &token)
    })?;
    Ok(())
}
