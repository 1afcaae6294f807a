//! The first run: whoever has the link that the server printed makes the first administrator.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;
use stentor_domain::id::AccountId;
use stentor_store::accounts::{self, Account};
use stentor_store::audit::{self, Deed};
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;
use stentor_store::invites::{self, Purpose};
use stentor_store::sessions;

use super::form::{Form, Posted};
use super::frame::{Frame, html};
use super::{account, flash, session};
use crate::auth::{self, Permission, Role};
use crate::error::Error;
use crate::pages::account::{Setup, Typed};
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Public, "/setup", get(show_setup).post(set_up))
}

/// The secret of the link.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Link {
    token: String,
}

/// Once somebody can sign in, or with another secret, there is no such page.
fn nothing_here() -> Error {
    Error::not_found("page")
}

async fn show_setup(frame: Frame, Query(link): Query<Link>) -> Result<Response, Error> {
    is_open(&frame, &link.token).await?;
    let (layout, typed) = (frame.door(), Typed::default());
    Ok(html(&Setup { layout, token: link.token, typed, problem: None }))
}

async fn is_open(frame: &Frame, token: &str) -> Result<(), Error> {
    let (hash, now) = (auth::hash(token), frame.now);
    let open = frame.app.read(move |db| {
        let invite = invites::valid_by_hash(db, &hash, now)?;
        let meant = invite.is_some_and(|invite| invite.purpose == Purpose::Setup);
        Ok(meant && accounts::count(db)? == 0)
    });
    if open.await? { Ok(()) } else { Err(nothing_here()) }
}

async fn set_up(frame: Frame, Posted(form): Posted) -> Result<Response, Error> {
    let token = form.text("token").to_owned();
    is_open(&frame, &token).await?;
    let account = match first(&frame, &form).await {
        Ok(account) => account,
        Err(error) => {
            let (layout, problem) = (frame.door(), Some(error.detail));
            let view = Setup { layout, token, typed: account::typed(&form), problem };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&view)).into_response());
        }
    };
    let (session, cookie) = session::begin(&frame, account.id);
    let hash = auth::hash(&token);
    let made = frame.app.desk.record(move |db, at| {
        let made = make(db, &account, &hash, at)?;
        if made {
            sessions::insert(db, &session)?;
        }
        Ok(made)
    });
    if !made.await? {
        return Err(nothing_here());
    }
    Ok(flash::with_cookie(flash::done("/", "Welcome. Invite the others under People."), &cookie))
}

/// Returns the administrator whom the form describes.
async fn first(frame: &Frame, form: &Form) -> Result<Account, Error> {
    let typed = account::read(form)?;
    let password = account::new_password(form, &typed)?;
    let Typed { login, name, email, .. } = typed;
    Ok(Account {
        id: frame.app.with_ids(|ids| AccountId::new(ids, frame.now)),
        login,
        name,
        email,
        role: Role::Admin.word().to_owned(),
        password_hash: Some(account::hashed(password).await?),
        created_at: frame.now,
        disabled_at: None,
        version: 1,
    })
}

/// Makes the account unless the link was used meanwhile, or somebody else was first.
fn make(
    db: &mut Db,
    account: &Account,
    hash: &str,
    at: jiff::Timestamp,
) -> Result<bool, StoreError> {
    if accounts::count(db)? > 0 || !invites::use_up(db, hash, at)? {
        return Ok(false);
    }
    accounts::insert(db, account)?;
    let object = account.id.to_string();
    let (actor, object) = (account.login.as_str(), object.as_str());
    audit::append(
        db,
        &Deed { at, actor, action: "set up", object, detail: "first administrator" },
    )?;
    Ok(true)
}
