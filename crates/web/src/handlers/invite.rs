//! Invitations: whoever has the link takes over the account that an administrator made for them.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use stentor_store::accounts::{self, Account};
use stentor_store::audit::{self, Deed};
use stentor_store::error::Error as StoreError;
use stentor_store::invites::{self, Purpose};
use stentor_store::sessions;

use super::form::{Form, Posted};
use super::frame::{Frame, html};
use super::{account, flash, session};
use crate::auth::{self, Permission};
use crate::error::Error;
use crate::pages::account::{InviteAccept, Typed};
use crate::routes::Routes;

/// How the audit log calls an invitation.
pub(super) const INVITE: &str = "invite";

/// So many entries of the audit log are looked through for who invited.
const DEEDS_SEARCHED: u32 = 50;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Public, "/invite/{token}", get(show_invite).post(accept_invite))
}

/// An invitation that can still be accepted.
struct Invited {
    account: Account,
    by: String,
}

impl Invited {
    async fn find(frame: &Frame, token: &str) -> Result<Self, Error> {
        let (hash, now) = (auth::hash(token), frame.now);
        let found = frame.app.read(move |db| {
            let invite = invites::valid_by_hash(db, &hash, now)?;
            let invite = invite.filter(|invite| invite.purpose == Purpose::Invitation);
            let Some(id) = invite.and_then(|invite| invite.account_id) else { return Ok(None) };
            let deeds = audit::list_of(db, &id.to_string(), None, DEEDS_SEARCHED)?;
            let by = deeds.into_iter().find(|deed| deed.action == INVITE).map(|deed| deed.actor);
            let account = accounts::by_id(db, id)?.filter(|it| it.disabled_at.is_none());
            let by = by.unwrap_or_else(|| "Somebody".to_owned());
            Ok(account.map(|account| Self { account, by }))
        });
        let gone = || Error::gone("This invitation was used, or has expired. Ask for another one.");
        found.await?.ok_or_else(gone)
    }

    fn view(
        self,
        frame: &Frame,
        token: String,
        typed: Typed,
        problem: Option<String>,
    ) -> InviteAccept {
        let (layout, invited_by, role) = (frame.door(), self.by, self.account.role);
        InviteAccept { layout, token, invited_by, role, typed, problem }
    }
}

async fn show_invite(frame: Frame, Path(token): Path<String>) -> Result<Response, Error> {
    let invited = Invited::find(&frame, &token).await?;
    let Account { login, name, email, .. } = invited.account.clone();
    Ok(html(&invited.view(&frame, token, Typed { login, name, email, email_is_fixed: true }, None)))
}

async fn accept_invite(
    frame: Frame,
    Path(token): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Error> {
    let invited = Invited::find(&frame, &token).await?;
    let account = match taken_over(&frame, &form, &invited.account).await {
        Ok(account) => account,
        Err(error) => {
            let typed = Typed {
                email: invited.account.email.clone(),
                email_is_fixed: true,
                ..account::typed(&form)
            };
            let view = invited.view(&frame, token, typed, Some(error.detail));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&view)).into_response());
        }
    };
    let (session, cookie) = session::begin(&frame, account.id);
    let hash = auth::hash(&token);
    let record = frame.app.desk.record(move |db, at| {
        if !invites::use_up(db, &hash, at)? {
            return Err(StoreError::Conflict);
        }
        accounts::save(db, &account)?;
        sessions::delete_of(db, account.id)?;
        sessions::insert(db, &session)?;
        let object = account.id.to_string();
        let (actor, object) = (account.login.as_str(), object.as_str());
        audit::append(db, &Deed { at, actor, action: "accept invitation", object, detail: "" })
    });
    record.await?;
    Ok(flash::with_cookie(flash::done("/", "Welcome to Stentor."), &cookie))
}

/// Returns the account as its owner wants it. The mail address stays: it says which person of the plan they are.
async fn taken_over(frame: &Frame, form: &Form, account: &Account) -> Result<Account, Error> {
    let typed = Typed { email: account.email.clone(), ..account::read(form)? };
    let password = account::new_password(form, &typed)?;
    let Typed { login, name, email, .. } = typed;
    let (wanted, id) = (login.clone(), account.id);
    let other = frame.app.read(move |db| accounts::by_login(db, &wanted)).await?;
    if other.is_some_and(|other| other.id != id) {
        return Err(Error::invalid("login", "This login is taken; choose another."));
    }
    let password_hash = Some(account::hashed(password).await?);
    Ok(Account { login, name, email, password_hash, ..account.clone() })
}
