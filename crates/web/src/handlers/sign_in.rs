//! Signing in and out.

use std::sync::Arc;

use axum::Extension;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use stentor_store::accounts::{self, Account};
use stentor_store::audit::{self, Deed};
use stentor_store::{invites, sessions};

use super::form::{Checked, Posted, local_path};
use super::frame::{Frame, html};
use super::limits::{From, Guesses};
use super::{account, flash, session};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::account::SignIn;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Public, "/sign-in", get(show_sign_in).post(sign_in)).on(
        Permission::OwnAccount,
        "/sign-out",
        post(sign_out),
    )
}

/// Where to go on to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Next {
    next: String,
}

async fn show_sign_in(frame: Frame, Query(next): Query<Next>) -> Response {
    let next = local_path(&next.next).unwrap_or("/").to_owned();
    if frame.session().is_ok() {
        return flash::see_other(&next);
    }
    html(&SignIn { layout: frame.door(), login: String::new(), next, problem: None })
}

async fn sign_in(
    frame: Frame,
    Extension(guesses): Extension<Arc<Guesses>>,
    From(from): From,
    Posted(form): Posted,
) -> Result<Response, Error> {
    let login: String = form.text("login").to_lowercase();
    let login: String = login.chars().take(account::LOGIN_LENGTH_MAX).collect();
    guesses.count(&from, &login, frame.now)?;
    let wanted = login.clone();
    let found = frame.app.read(move |db| accounts::by_login(db, &wanted)).await?;
    let found = found.filter(|account| account.disabled_at.is_none());
    let right = account::verified(form.raw("password").to_owned(), found.as_ref()).await?;
    let next = form.next("/");
    match found.filter(|_| right) {
        Some(account) => {
            guesses.forgive(&from, &login);
            let_in(&frame, account, from, &next).await
        }
        None => turn_away(&frame, login, from, next).await,
    }
}

async fn let_in(
    frame: &Frame,
    account: Account,
    from: String,
    next: &str,
) -> Result<Response, Error> {
    let (session, cookie) = session::begin(frame, account.id);
    let record = frame.app.desk.record(move |db, at| {
        // People come in seldom enough that what has ended is cleared away now.
        sessions::delete_expired(db, at)?;
        invites::delete_expired(db, at)?;
        sessions::insert(db, &session)?;
        let object = account.id.to_string();
        let (actor, object) = (account.login.as_str(), object.as_str());
        audit::append(db, &Deed { at, actor, action: "sign in", object, detail: &from })
    });
    record.await?;
    Ok(flash::with_cookie(flash::see_other(next), &cookie))
}

/// Says the same whether the login or the password is wrong.
async fn turn_away(
    frame: &Frame,
    login: String,
    from: String,
    next: String,
) -> Result<Response, Error> {
    let object = login.clone();
    let record = frame.app.desk.record(move |db, at| {
        let (actor, object) = ("somebody", object.as_str());
        audit::append(db, &Deed { at, actor, action: "sign-in refused", object, detail: &from })
    });
    record.await?;
    let problem = Some("The login or the password is wrong.".to_owned());
    let view = SignIn { layout: frame.door(), login, next, problem };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&view)).into_response())
}

async fn sign_out(frame: Frame, Checked(_): Checked) -> Result<Response, Error> {
    let session = frame.session()?.clone();
    let record = frame.app.desk.record(move |db, at| {
        sessions::delete(db, &session.session)?;
        let object = session.account.to_string();
        let (actor, object) = (session.login.as_str(), object.as_str());
        audit::append(db, &Deed { at, actor, action: "sign out", object, detail: "" })
    });
    record.await?;
    Ok(flash::with_cookie(flash::see_other("/sign-in"), &session::ended(&frame)))
}
