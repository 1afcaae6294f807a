//! Who asks, and whether they may: one function decides, and everything is denied unless it is declared.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};
use base64::Engine as _;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use stentor_domain::id::{AccountId, TokenId};
use stentor_domain::page::Actor;
use stentor_domain::plan::Plan;
use stentor_store::{accounts, sessions, tokens};

use crate::app::App;
use crate::error::Error;

mod local;
pub mod password;

/// The cookie that carries a session's secret.
pub const SESSION_COOKIE: &str = "stentor_session";

/// What a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Anybody: health, static files, signing in, links that carry their own secret.
    Public,
    /// Senders deliver signals.
    Ingest,
    /// What Alertmanager shows of alerts.
    ReadAlerts,
    /// Everything that people see.
    Read,
    /// Silencing alerts.
    Silence,
    /// Having the configuration read again.
    Reload,
    /// Answering pages, working on incidents, writing reviews.
    Respond,
    /// Accounts, tokens, channels.
    Administer,
    /// One's own account: password, theme, sessions.
    OwnAccount,
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A person who is signed in.
    Session(SignedIn),
    /// A program with a token.
    Token(TokenCaller),
    /// Somebody on this machine who says nothing of themselves.
    Local,
    /// Somebody else who says nothing of themselves.
    Anonymous,
    /// Whoever asks a server that stands in the place of Alertmanager, which is open.
    Open,
}

/// A person who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The account.
    pub account: AccountId,
    /// What they sign in with.
    pub login: String,
    /// What others read.
    pub name: String,
    /// Their mail address, which links them to a person of the plan.
    pub email: String,
    /// What they may.
    pub role: Role,
    /// What their forms carry.
    pub csrf: String,
    /// The hash of the session's secret.
    pub session: String,
}

/// A program with a token.
#[derive(Clone, Debug)]
pub struct TokenCaller {
    /// The token.
    pub id: TokenId,
    /// What its maker called it.
    pub name: String,
    /// What it may.
    pub scopes: Vec<Scope>,
}

/// What an account may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// See everything.
    Viewer,
    /// Also answer pages and work on incidents.
    Responder,
    /// Also manage accounts, tokens and channels.
    Admin,
}

impl Role {
    /// Every role, least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Responder, Self::Admin];

    /// Returns the word that is stored and sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Admin => "admin",
        }
    }

    /// Returns the role that a word means.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// What a token may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// See everything.
    Read,
    /// Answer pages and work on incidents.
    Respond,
    /// Deliver signals.
    Ingest,
    /// Manage accounts, tokens and channels; includes the others.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Read, Self::Respond, Self::Ingest, Self::Admin];

    /// Returns the word that is stored and sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Respond => "respond",
            Self::Ingest => "ingest",
            Self::Admin => "admin",
        }
    }

    /// Returns the scope that a word means.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }
}

/// Decides whether `caller` may use a route that is for `permission`. The only place where that is decided.
pub fn allows(caller: &Caller, permission: Permission) -> bool {
    match caller {
        Caller::Anonymous => permission == Permission::Public,
        Caller::Local => match permission {
            Permission::Public
            | Permission::Ingest
            | Permission::ReadAlerts
            | Permission::Reload => true,
            Permission::Read
            | Permission::Silence
            | Permission::Respond
            | Permission::Administer
            | Permission::OwnAccount => false,
        },
        Caller::Open => match permission {
            Permission::Public
            | Permission::Ingest
            | Permission::ReadAlerts
            | Permission::Read
            | Permission::Silence
            | Permission::Reload => true,
            Permission::Respond | Permission::Administer | Permission::OwnAccount => false,
        },
        Caller::Session(signed_in) => match permission {
            Permission::Public
            | Permission::Read
            | Permission::ReadAlerts
            | Permission::OwnAccount => true,
            Permission::Respond | Permission::Silence | Permission::Ingest => {
                signed_in.role != Role::Viewer
            }
            Permission::Administer | Permission::Reload => signed_in.role == Role::Admin,
        },
        Caller::Token(token) => {
            let has = |scope| token.scopes.contains(&scope) || token.scopes.contains(&Scope::Admin);
            match permission {
                Permission::Public => true,
                Permission::Ingest => has(Scope::Ingest),
                Permission::ReadAlerts => has(Scope::Read) || has(Scope::Ingest),
                Permission::Read => has(Scope::Read) || has(Scope::Respond),
                Permission::Respond | Permission::Silence => has(Scope::Respond),
                Permission::Administer | Permission::Reload => has(Scope::Admin),
                Permission::OwnAccount => false,
            }
        }
    }
}

impl Caller {
    /// Returns who acts, as the timeline names them: the person of the plan with the account's mail address.
    pub fn actor(&self, plan: &Plan) -> Actor {
        match self {
            Self::Session(SignedIn { email, name, .. }) => plan.person_by_email(email).map_or_else(
                || Actor::Account(name.clone()),
                |person| Actor::Person(person.clone()),
            ),
            Self::Token(token) => Actor::Account(token.name.clone()),
            Self::Local | Self::Anonymous | Self::Open => Actor::Account("somebody".into()),
        }
    }

    /// Returns the session, when there is one.
    pub fn session(&self) -> Option<&SignedIn> {
        match self {
            Self::Session(signed_in) => Some(signed_in),
            Self::Token(_) | Self::Local | Self::Anonymous | Self::Open => None,
        }
    }

    /// Returns how the audit log names them.
    pub fn audit_name(&self) -> String {
        match self {
            Self::Session(signed_in) => signed_in.login.clone(),
            Self::Token(token) => format!("token {}", token.name),
            Self::Local => "this machine".into(),
            Self::Anonymous | Self::Open => "somebody".into(),
        }
    }
}

/// The caller was put there by the route's guard; a route without a guard cannot be made.
impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Error> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Error::internal("a route without a guard"))
    }
}

/// Returns the hash under which a session's or token's secret is stored.
pub fn hash(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Finds out who asks. A credential that is wrong is an error, never an anonymous caller.
pub(crate) async fn identify(
    app: &App,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Caller, Error> {
    let now = (app.clock)();
    match token_secret(headers) {
        Ok(None) => {}
        // Alertmanager looks at no credentials; whatever a sender's settings still hold shuts nobody out.
        Ok(Some(secret)) if app.surface.open => {
            if let Ok(caller) = token(app, hash(&secret), now).await {
                return Ok(caller);
            }
        }
        Ok(Some(secret)) => return token(app, hash(&secret), now).await,
        Err(_) if app.surface.open => {}
        Err(error) => return Err(error),
    }
    if let Some(secret) = cookie(headers, SESSION_COOKIE)
        && let Some(signed_in) = session(app, hash(secret), now).await?
    {
        return Ok(Caller::Session(signed_in));
    }
    if app.surface.open {
        return Ok(Caller::Open);
    }
    let plan = &app.in_force().plan;
    let external_url = plan.external_url.as_deref().unwrap_or(&app.external_url);
    let local = local::is_local(headers, extensions, external_url);
    Ok(if local { Caller::Local } else { Caller::Anonymous })
}

/// Returns the secret of `Authorization: Bearer …`, or the password of `Authorization: Basic …`.
fn token_secret(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let wrong = || Error::unauthenticated("The Authorization header cannot be read.");
    let (scheme, rest) = value.to_str().map_err(|_| wrong())?.split_once(' ').ok_or_else(wrong)?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Ok(Some(rest.trim().to_owned())),
        "basic" => {
            let decoded = base64::engine::general_purpose::STANDARD.decode(rest.trim());
            let text =
                decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(wrong)?;
            let (_, password) = text.split_once(':').ok_or_else(wrong)?;
            Ok(Some(password.to_owned()))
        }
        _ => Err(wrong()),
    }
}

/// Returns the value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

async fn token(app: &App, token_hash: String, now: Timestamp) -> Result<Caller, Error> {
    let found = app
        .read(move |db| {
            let Some(token) = tokens::valid_by_hash(db, &token_hash, now)? else { return Ok(None) };
            let Some(owner) = token.account_id else { return Ok(Some(token)) };
            // A token does not outlive its owner's account.
            let disabled =
                accounts::by_id(db, owner)?.is_none_or(|owner| owner.disabled_at.is_some());
            Ok((!disabled).then_some(token))
        })
        .await?;
    let token = found.ok_or_else(|| {
        Error::unauthenticated("The token is not known, or it was revoked, or it has expired.")
    })?;
    if tokens::is_used_anew(&token, now) {
        let id = token.id;
        noted(app.desk.record(move |db, now| tokens::mark_used(db, id, now)).await);
    }
    let scopes = token.scopes.iter().filter_map(|word| Scope::from_word(word)).collect();
    Ok(Caller::Token(TokenCaller { id: token.id, name: token.name, scopes }))
}

async fn session(app: &App, token_hash: String, now: Timestamp) -> Result<Option<SignedIn>, Error> {
    let found = app
        .read(move |db| {
            let Some(session) = sessions::by_token_hash(db, &token_hash, now)? else {
                return Ok(None);
            };
            Ok(accounts::by_id(db, session.account_id)?.map(|account| (session, account)))
        })
        .await?;
    let Some((session, account)) = found else { return Ok(None) };
    if account.disabled_at.is_some() {
        return Ok(None);
    }
    if sessions::is_seen_anew(&session, now) {
        let hash = session.token_hash.clone();
        noted(app.desk.record(move |db, now| sessions::mark_seen(db, &hash, now)).await);
    }
    Ok(Some(SignedIn {
        account: account.id,
        login: account.login,
        name: account.name,
        email: account.email,
        role: Role::from_word(&account.role).unwrap_or(Role::Viewer),
        csrf: session.csrf,
        session: session.token_hash,
    }))
}

/// When somebody was last there is written down if it can be: a full disk or a busy engine shuts nobody out.
fn noted(written: Result<(), Error>) {
    if let Err(error) = written {
        tracing::warn!("the last use could not be recorded: {error}");
    }
}
