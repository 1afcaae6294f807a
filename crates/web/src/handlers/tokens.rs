//! API tokens: making one, which is shown once, and revoking one.

use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use stentor_domain::id::TokenId;
use stentor_store::audit::{self, Deed};
use stentor_store::tokens;

use super::form::{Checked, Form};
use super::frame::{Frame, html};
use super::{flash, settings};
use crate::auth::{self, Permission, Scope};
use crate::error::Error;
use crate::pages::settings::{Scope as ScopeChoice, Token};
use crate::routes::Routes;

/// So many tokens are listed.
pub(super) const TOKENS_MAX: u32 = 500;

/// A token's name has at most this many characters.
const NAME_LENGTH_MAX: usize = 100;

pub(super) fn routes(routes: Routes) -> Routes {
    let back = || async { flash::see_other("/settings") };
    routes.on(Permission::Administer, "/settings/tokens", get(back).post(create_token)).on(
        Permission::Administer,
        "/settings/tokens/{id}/revoke",
        post(revoke_token),
    )
}

/// Returns a token as the settings list it; `None` when it was revoked.
pub(super) fn line(token: tokens::Token) -> Option<Token> {
    token.revoked_at.is_none().then(|| Token {
        id: token.id.to_string(),
        name: token.name,
        scopes: token.scopes,
        created_at: token.created_at,
        used_at: token.used_at,
    })
}

/// Returns the scopes to choose from.
pub(super) fn scopes() -> Vec<ScopeChoice> {
    let help = |scope: Scope| match scope {
        Scope::Read => "See alerts, pages, incidents and who is on call",
        Scope::Respond => "Also answer pages and work on incidents",
        Scope::Ingest => "Deliver alerts, as Prometheus does",
        Scope::Admin => "Everything, and manage accounts, tokens and channels",
    };
    let choice = |scope: Scope| ScopeChoice { key: scope.word().into(), help: help(scope).into() };
    Scope::ALL.into_iter().map(choice).collect()
}

async fn create_token(frame: Frame, Checked(form): Checked) -> Result<Response, Error> {
    let (name, scopes) = match wanted(&form) {
        Ok(wanted) => wanted,
        Err(error) => return Ok(flash::refused("/settings", error.detail)),
    };
    let secret = format!("stentor_{}", frame.app.secret());
    let token = tokens::Token {
        id: frame.app.with_ids(|ids| TokenId::new(ids, frame.now)),
        name,
        token_hash: auth::hash(&secret),
        scopes: scopes.into_iter().map(|scope| scope.word().to_owned()).collect(),
        account_id: Some(frame.session()?.account),
        created_at: frame.now,
        used_at: None,
        expires_at: None,
        revoked_at: None,
    };
    let actor = frame.audit_name();
    let record = frame.app.desk.record(move |db, at| {
        tokens::insert(db, &token)?;
        let (object, scopes) = (token.id.to_string(), token.scopes.join(" "));
        let detail = format!("{}: {scopes}", token.name);
        let (actor, object) = (actor.as_str(), object.as_str());
        audit::append(db, &Deed { at, actor, action: "make token", object, detail: &detail })
    });
    record.await?;
    // The token is in no other place, so the answer is not a redirect.
    Ok(html(&settings::view(&frame, Some(secret)).await?))
}

fn wanted(form: &Form) -> Result<(String, Vec<Scope>), Error> {
    let name = form.line("name", "What it is for", NAME_LENGTH_MAX)?;
    let scopes: Vec<Scope> = form.all("scope").into_iter().filter_map(Scope::from_word).collect();
    if scopes.is_empty() {
        return Err(Error::invalid("scope", "Choose what the token may do."));
    }
    Ok((name, scopes))
}

async fn revoke_token(
    frame: Frame,
    Path(id): Path<String>,
    Checked(_): Checked,
) -> Result<Response, Error> {
    let id: TokenId = id.parse().map_err(|_| Error::not_found("token"))?;
    let actor = frame.audit_name();
    let revoked = frame.app.desk.record(move |db, at| {
        let revoked = tokens::revoke(db, id, at)?;
        if revoked {
            let object = id.to_string();
            let (actor, object) = (actor.as_str(), object.as_str());
            audit::append(db, &Deed { at, actor, action: "revoke token", object, detail: "" })?;
        }
        Ok(revoked)
    });
    if revoked.await? {
        return Ok(flash::done("/settings", "The token is revoked."));
    }
    Ok(flash::refused("/settings", "The token was revoked before."))
}
