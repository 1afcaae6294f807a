//! Tokens: secrets that let programs use the API.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stentor_domain::id::{AccountId, TokenId};
use stentor_store::audit;
use stentor_store::tokens::{self, Token};
use utoipa::{IntoParams, ToSchema};

use super::acting::Acting;
use super::input::{Body, Named, Noun, Query};
use super::list::{After, Limit, List};
use super::shapes;
use super::text::{Name, Time};
use crate::app::App;
use crate::auth::{self, Caller, Permission, Scope};
use crate::error::Error;
use crate::now::Now;
use crate::routes::Routes;

/// What every secret begins with, so that a scanner of leaked secrets can tell it.
const PREFIX: &str = "stentor_";

pub(super) fn routes(routes: Routes) -> Routes {
    let administer = Permission::Administer;
    routes
        .on(administer, "/api/v1/tokens", get(list_tokens))
        .on(administer, "/api/v1/tokens", post(create_token))
        .on(administer, "/api/v1/tokens/{id}", delete(revoke_token))
}

impl Noun for TokenId {
    const NOUN: &'static str = "token";
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListTokens {
    /// How many items to show.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// The `next` of the list before.
    #[param(value_type = Option<String>)]
    after: Option<After<(Timestamp, TokenId)>>,
}

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateToken {
    /// What it is for, as timelines and the audit log name it.
    name: Name,
    /// What it may; at least one. `admin` includes the others.
    #[schema(schema_with = shapes::scope_list)]
    scopes: Vec<ScopeWord>,
    /// When it ends by itself; never when it is left out.
    expires_at: Option<Time>,
}

/// A scope by its word.
#[derive(Debug)]
struct ScopeWord(Scope);

impl<'de> Deserialize<'de> for ScopeWord {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let known = Scope::ALL.map(Scope::word).join(", ");
        let unknown = || serde::de::Error::custom(format!("known scopes are {known}"));
        Scope::from_word(&word).map(Self).ok_or_else(unknown)
    }
}

/// A secret that lets a program use the API.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenView {
    /// Its id.
    #[schema(value_type = String)]
    id: TokenId,
    /// What it is for.
    name: String,
    /// What it may.
    #[schema(schema_with = shapes::scope_list)]
    scopes: Vec<String>,
    /// The account that made it.
    #[schema(value_type = Option<String>)]
    account: Option<AccountId>,
    /// When it was made.
    created_at: Time,
    /// When it was last used, to the minute.
    used_at: Option<Time>,
    /// When it ends by itself.
    expires_at: Option<Time>,
    /// When it was revoked.
    revoked_at: Option<Time>,
}

/// A new token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedToken {
    #[serde(flatten)]
    token: TokenView,
    /// The secret; it is shown this once and stored nowhere.
    secret: String,
}

impl TokenView {
    fn of(token: Token) -> Self {
        Self {
            id: token.id,
            name: token.name,
            scopes: token.scopes,
            account: token.account_id,
            created_at: token.created_at.into(),
            used_at: token.used_at.map(Time),
            expires_at: token.expires_at.map(Time),
            revoked_at: token.revoked_at.map(Time),
        }
    }
}

/// List tokens, newest first, revoked ones included
#[utoipa::path(
    get, path = "/api/v1/tokens", tag = "tokens", params(ListTokens),
    responses((status = 200, description = "Tokens without their secrets", body = List<TokenView>)),
    security(("token" = ["admin"]))
)]
pub(super) async fn list_tokens(
    State(app): State<Arc<App>>,
    Query(query): Query<ListTokens>,
) -> Result<Json<List<TokenView>>, Error> {
    let (before, probe) = (query.after.map(|After(after)| after), query.limit.probe());
    let found = app.read(move |db| tokens::list(db, before, probe)).await?;
    let place = |token: &Token| (token.created_at, token.id);
    Ok(Json(List::of(found, query.limit, place, TokenView::of)))
}

/// Make a token
#[utoipa::path(
    post, path = "/api/v1/tokens", tag = "tokens", request_body = CreateToken,
    responses((status = 201, description = "The token and its secret", body = CreatedToken)),
    security(("token" = ["admin"]))
)]
pub(super) async fn create_token(
    State(app): State<Arc<App>>,
    Now(now): Now,
    caller: Caller,
    acting: Acting,
    Body(body): Body<CreateToken>,
) -> Result<(StatusCode, Json<CreatedToken>), Error> {
    let secret = format!("{PREFIX}{}", app.secret());
    let id = app.with_ids(|ids| TokenId::new(ids, now));
    let account = caller.session().map(|signed_in| signed_in.account);
    let token = Token { account_id: account, ..token(id, body, &secret, now)? };
    let made = token.clone();
    let record = app.desk.record(move |db, now| {
        tokens::insert(db, &made)?;
        audit::append(db, &acting.deed(now, "create", &made.id.to_string()))
    });
    record.await?;
    let created = CreatedToken { token: TokenView::of(token), secret };
    Ok((StatusCode::CREATED, Json(created)))
}

/// Revoke a token
#[utoipa::path(
    delete, path = "/api/v1/tokens/{id}", tag = "tokens", params(("id" = String, Path, description = "`tok_…`")),
    responses((status = 204, description = "It is good for nothing from now on")),
    security(("token" = ["admin"]))
)]
pub(super) async fn revoke_token(
    State(app): State<Arc<App>>,
    Named(id): Named<TokenId>,
    acting: Acting,
) -> Result<StatusCode, Error> {
    let known = app.desk.record(move |db, now| {
        if tokens::revoke(db, id, now)? {
            audit::append(db, &acting.deed(now, "revoke", &id.to_string()))?;
        }
        Ok(tokens::by_id(db, id)?.is_some())
    });
    if known.await? { Ok(StatusCode::NO_CONTENT) } else { Err(Error::not_found("token")) }
}

fn token(id: TokenId, body: CreateToken, secret: &str, now: Timestamp) -> Result<Token, Error> {
    if body.scopes.is_empty() {
        return Err(Error::invalid("scopes", "A token without a scope is good for nothing."));
    }
    if body.expires_at.is_some_and(|Time(at)| at <= now) {
        return Err(Error::invalid("expires_at", "The time given lies in the past."));
    }
    let wanted = |scope: &Scope| body.scopes.iter().any(|ScopeWord(word)| word == scope);
    let scopes = Scope::ALL.into_iter().filter(wanted).map(|scope| scope.word().to_owned());
    Ok(Token {
        id,
        name: body.name.0.clone(),
        token_hash: auth::hash(secret),
        scopes: scopes.collect(),
        account_id: None,
        created_at: now,
        used_at: None,
        expires_at: body.expires_at.map(|Time(at)| at),
        revoked_at: None,
    })
}
