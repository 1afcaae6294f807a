//! Accounts: who can sign in, and what they may.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, patch, post};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use stentor_domain::id::AccountId;
use stentor_store::accounts::{self, Account};
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;
use stentor_store::invites::{self, Invite, Purpose};
use stentor_store::{audit, sessions};
use utoipa::{IntoParams, ToSchema};

use super::acting::Acting;
use super::input::{Body, Named, Noun, Query};
use super::list::{After, Limit, List};
use super::shapes;
use super::text::{Email, Line, Name, Time, Word};
use crate::app::App;
use crate::auth::{self, Permission, Role};
use crate::error::Error;
use crate::now::Now;
use crate::routes::Routes;

/// An invitation is good for this long.
const INVITED_FOR: SignedDuration = SignedDuration::from_hours(24 * 7);

pub(super) fn routes(routes: Routes) -> Routes {
    let administer = Permission::Administer;
    routes
        .on(administer, "/api/v1/accounts", get(list_accounts))
        .on(administer, "/api/v1/accounts", post(create_account))
        .on(administer, "/api/v1/accounts/{id}", patch(update_account))
}

impl Noun for AccountId {
    const NOUN: &'static str = "account";
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAccounts {
    /// How many items to show.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// The `next` of the list before.
    #[param(value_type = Option<String>)]
    after: Option<After<String>>,
}

/// An account to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateAccount {
    /// What is typed to sign in; nobody else may have it.
    login: Word,
    /// What others read; the login when it is left out.
    name: Option<Name>,
    /// The mail address; the person of the plan with the same one is who acts.
    email: Option<Email>,
    /// What it may.
    #[schema(schema_with = shapes::account_roles)]
    role: RoleWord,
}

/// What changes of an account; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateAccount {
    /// What others read.
    name: Option<Name>,
    /// The mail address.
    email: Option<Email>,
    /// What it may.
    #[schema(schema_with = shapes::account_roles, required = false)]
    role: Option<RoleWord>,
    /// Whether it may not sign in any more; its sessions end at once.
    disabled: Option<bool>,
}

/// A role by its word.
#[derive(Debug)]
struct RoleWord(Role);

impl<'de> Deserialize<'de> for RoleWord {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let known = Role::ALL.map(Role::word).join(", ");
        let unknown = || serde::de::Error::custom(format!("known roles are {known}"));
        Role::from_word(&word).map(Self).ok_or_else(unknown)
    }
}

/// Somebody who can sign in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountView {
    /// Its id.
    #[schema(value_type = String)]
    id: AccountId,
    /// What is typed to sign in.
    login: String,
    /// What others read.
    name: String,
    /// The mail address; may be empty.
    email: String,
    /// What it may.
    #[schema(schema_with = shapes::account_roles)]
    role: String,
    /// When it was made.
    created_at: Time,
    /// Since when it may not sign in.
    disabled_at: Option<Time>,
}

/// A new account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedAccount {
    #[serde(flatten)]
    account: AccountView,
    /// Where its owner chooses a password, once; it is shown this once and stored nowhere.
    invite_url: String,
    /// When that address ends unused.
    invite_expires_at: Time,
}

impl AccountView {
    fn of(account: Account) -> Self {
        Self {
            id: account.id,
            login: account.login,
            name: account.name,
            email: account.email,
            role: account.role,
            created_at: account.created_at.into(),
            disabled_at: account.disabled_at.map(Time),
        }
    }
}

/// List accounts by login
#[utoipa::path(
    get, path = "/api/v1/accounts", tag = "accounts", params(ListAccounts),
    responses((status = 200, description = "Accounts", body = List<AccountView>)),
    security(("token" = ["admin"]))
)]
pub(super) async fn list_accounts(
    State(app): State<Arc<App>>,
    Query(query): Query<ListAccounts>,
) -> Result<Json<List<AccountView>>, Error> {
    let after = query.after.map(|After(after)| after).unwrap_or_default();
    let probe = query.limit.probe();
    let found = app.read(move |db| accounts::list(db, &after, probe)).await?;
    Ok(Json(List::of(found, query.limit, |account| account.login.clone(), AccountView::of)))
}

/// Make an account, and an invitation to choose its password
#[utoipa::path(
    post, path = "/api/v1/accounts", tag = "accounts", request_body = CreateAccount,
    responses((status = 201, description = "The account and its invitation", body = CreatedAccount)),
    security(("token" = ["admin"]))
)]
pub(super) async fn create_account(
    State(app): State<Arc<App>>,
    Now(now): Now,
    acting: Acting,
    Body(body): Body<CreateAccount>,
) -> Result<(StatusCode, Json<CreatedAccount>), Error> {
    let account = account(app.with_ids(|ids| AccountId::new(ids, now)), body, now)?;
    let secret = app.secret();
    let invite = invite(&account, &secret, now);
    let (invite_expires_at, made) = (invite.expires_at.into(), account.clone());
    let record = app.desk.record(move |db, now| {
        if accounts::by_login(db, &made.login)?.is_some() {
            return Ok(false);
        }
        accounts::insert(db, &made)?;
        invites::insert(db, &invite)?;
        audit::append(db, &acting.deed(now, "create", &made.id.to_string()))?;
        Ok(true)
    });
    if !record.await? {
        return Err(Error::conflict("Another account has this login."));
    }
    let invite_url = shapes::url(&app.in_force(), &app.external_url, &format!("/invite/{secret}"));
    let account = AccountView::of(account);
    Ok((StatusCode::CREATED, Json(CreatedAccount { account, invite_url, invite_expires_at })))
}

/// Change an account
#[utoipa::path(
    patch, path = "/api/v1/accounts/{id}", tag = "accounts", request_body = UpdateAccount,
    params(("id" = String, Path, description = "`acc_…`")),
    responses((status = 200, description = "The account", body = AccountView)),
    security(("token" = ["admin"]))
)]
pub(super) async fn update_account(
    State(app): State<Arc<App>>,
    Named(id): Named<AccountId>,
    acting: Acting,
    Body(body): Body<UpdateAccount>,
) -> Result<Json<AccountView>, Error> {
    let changed = app.desk.record(move |db, now| {
        let Some(was) = accounts::by_id(db, id)? else { return Ok(Changed::Unknown) };
        let account = body.over(was, now);
        if !another_admin(db, &account)? {
            return Ok(Changed::LastAdmin);
        }
        accounts::save(db, &account)?;
        if account.disabled_at.is_some() {
            sessions::delete_of(db, id)?;
            invites::withdraw_of(db, id)?;
        }
        audit::append(db, &acting.deed(now, "change", &id.to_string()))?;
        Ok(Changed::To(account))
    });
    match changed.await? {
        Changed::Unknown => Err(Error::not_found("account")),
        Changed::LastAdmin => Err(Error::conflict("Nobody would be left who can administer.")),
        Changed::To(account) => Ok(Json(AccountView::of(account))),
    }
}

/// What became of a change.
enum Changed {
    Unknown,
    LastAdmin,
    To(Account),
}

impl UpdateAccount {
    /// Returns an account in which what was sent replaces what stood there.
    fn over(self, was: Account, now: Timestamp) -> Account {
        Account {
            name: self.name.map_or(was.name, |Line(name)| name),
            email: self.email.map_or(was.email, |Line(email)| email),
            role: self.role.map_or(was.role, |RoleWord(role)| role.word().to_owned()),
            disabled_at: match self.disabled {
                Some(true) => was.disabled_at.or(Some(now)),
                Some(false) => None,
                None => was.disabled_at,
            },
            ..was
        }
    }
}

fn is_admin(account: &Account) -> bool {
    account.role == Role::Admin.word() && account.disabled_at.is_none()
}

/// Tells whether somebody can administer once `changed` is saved.
fn another_admin(db: &mut Db, changed: &Account) -> Result<bool, StoreError> {
    if is_admin(changed) {
        return Ok(true);
    }
    let all = accounts::list(db, "", u32::MAX)?;
    let was_admin = all.iter().any(|account| account.id == changed.id && is_admin(account));
    let others = all.iter().any(|account| account.id != changed.id && is_admin(account));
    Ok(others || !was_admin)
}

fn account(id: AccountId, body: CreateAccount, now: Timestamp) -> Result<Account, Error> {
    let Line(login) = body.login;
    if login.contains(char::is_whitespace) {
        return Err(Error::invalid("login", "A login holds no white space."));
    }
    Ok(Account {
        id,
        name: body.name.map_or_else(|| login.clone(), |Line(name)| name),
        login,
        email: body.email.map(|Line(email)| email).unwrap_or_default(),
        role: body.role.0.word().to_owned(),
        password_hash: None,
        created_at: now,
        disabled_at: None,
        version: 1,
    })
}

fn invite(account: &Account, secret: &str, now: Timestamp) -> Invite {
    Invite {
        token_hash: auth::hash(secret),
        account_id: Some(account.id),
        purpose: Purpose::Invitation,
        created_at: now,
        expires_at: now + INVITED_FOR,
        used_at: None,
    }
}
