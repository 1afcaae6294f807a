//! People of the plan, and the accounts of this server.

use std::collections::BTreeSet;

use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use jiff::SignedDuration;
use stentor_domain::id::AccountId;
use stentor_domain::plan::{self, Plan};
use stentor_domain::schedule;
use stentor_store::accounts::{self, Account};
use stentor_store::audit::{self, Deed};
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;
use stentor_store::invites::{self, Invite, Purpose};
use stentor_store::sessions;

use super::form::{Checked, Form};
use super::frame::{Frame, html};
use super::{account, contact, flash, invite};
use crate::auth::{self, Permission, Role};
use crate::error::Error;
use crate::pages::incident::Choice;
use crate::pages::layout::Section;
use crate::pages::people::{Account as AccountLine, PeopleList, Person};
use crate::routes::Routes;

/// An invitation is good for this long.
const INVITATION_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// So many accounts are listed.
const ACCOUNTS_MAX: u32 = 1_000;

pub(super) fn routes(routes: Routes) -> Routes {
    let back = || async { flash::see_other("/people") };
    routes
        .on(Permission::Read, "/people", get(list_people))
        .on(Permission::Administer, "/people/accounts", get(back).post(invite_account))
        .on(Permission::Administer, "/people/accounts/{id}", get(back).post(change_account))
}

async fn list_people(frame: Frame) -> Result<Response, Error> {
    Ok(html(&view(&frame, None).await?))
}

async fn view(frame: &Frame, invite_url: Option<String>) -> Result<PeopleList, Error> {
    let (layout, (people, stored)) = frame
        .read(Section::People, |from| {
            let people =
                from.plan.people.iter().map(|(key, it)| person(from.plan, key, it, from.now));
            Ok((people.collect::<Vec<_>>(), accounts::list(from.db, "", ACCOUNTS_MAX)?))
        })
        .await?;
    let plan = frame.plan();
    Ok(PeopleList {
        uninvited: uninvited(plan, &stored),
        accounts: stored.into_iter().map(|account| line(plan, account)).collect(),
        roles: roles(Role::Responder.word()),
        layout,
        people,
        invite_url,
    })
}

fn person(plan: &Plan, key: &str, person: &plan::Person, now: jiff::Timestamp) -> Person {
    let teams = plan.teams.values().filter(|team| team.members.iter().any(|it| it == key));
    let on_call = plan.schedules.values().filter(|schedule| {
        schedule::on_call(schedule, now).is_some_and(|shift| shift.person == key)
    });
    Person {
        id: key.to_owned(),
        name: person.name.clone(),
        teams: teams.map(|team| team.name.clone()).collect(),
        on_call_for: on_call.map(|schedule| schedule.key.clone()).collect(),
        contacts: contact::contacts(plan, key, person),
    }
}

fn line(plan: &Plan, account: Account) -> AccountLine {
    AccountLine {
        id: account.id.to_string(),
        person: plan.person_by_email(&account.email).map(|key| plan.name_of(key).to_owned()),
        roles: roles(&account.role),
        is_invited: account.password_hash.is_none(),
        is_disabled: account.disabled_at.is_some(),
        name: account.name,
        login: account.login,
        email: account.email,
        role: account.role,
    }
}

fn roles(chosen: &str) -> Vec<Choice> {
    let choice = |role: Role| Choice {
        value: role.word().to_owned(),
        text: role.word().to_owned(),
        selected: role.word() == chosen,
    };
    Role::ALL.into_iter().map(choice).collect()
}

/// Returns the people of the plan without an account, by their mail addresses.
fn uninvited(plan: &Plan, stored: &[Account]) -> Vec<Choice> {
    let known: BTreeSet<String> = stored.iter().map(|it| it.email.to_lowercase()).collect();
    let people = plan.people.values().filter_map(|person| {
        let email = person.email.clone().filter(|email| !known.contains(&email.to_lowercase()))?;
        Some(Choice { value: email, text: person.name.clone(), selected: false })
    });
    people.collect()
}

async fn invite_account(frame: Frame, Checked(form): Checked) -> Result<Response, Error> {
    let mut account = match wanted(&frame, &form) {
        Ok(account) => account,
        Err(error) => return Ok(flash::refused("/people", error.detail)),
    };
    let (secret, actor) = (frame.app.secret(), frame.audit_name());
    let hash = auth::hash(&secret);
    let made = frame.app.desk.record(move |db, at| {
        let all = accounts::list(db, "", u32::MAX)?;
        if all.iter().any(|it| it.email.eq_ignore_ascii_case(&account.email)) {
            return Ok(false);
        }
        account.login = free_login(db, &account.login)?;
        accounts::insert(db, &account)?;
        offer(db, &account, &hash, at)?;
        let object = account.id.to_string();
        let (actor, object) = (actor.as_str(), object.as_str());
        let detail = format!("{} as {}", account.email, account.role);
        audit::append(db, &Deed { at, actor, action: invite::INVITE, object, detail: &detail })?;
        Ok(true)
    });
    if !made.await? {
        return Ok(flash::refused("/people", "Somebody has an account with this address already."));
    }
    show_link(&frame, &secret).await
}

/// Shows the people with the link of an invitation, which is in no other place, so the answer is not a redirect.
async fn show_link(frame: &Frame, secret: &str) -> Result<Response, Error> {
    let url = format!("{}/invite/{secret}", frame.external_url());
    Ok(html(&view(frame, Some(url)).await?))
}

fn wanted(frame: &Frame, form: &Form) -> Result<Account, Error> {
    let (name, email) = (account::name(form)?, account::email(form)?);
    Ok(Account {
        id: frame.app.with_ids(|ids| AccountId::new(ids, frame.now)),
        login: login_for(&email),
        name,
        email,
        role: role(form)?.word().to_owned(),
        password_hash: None,
        created_at: frame.now,
        disabled_at: None,
        version: 1,
    })
}

fn role(form: &Form) -> Result<Role, Error> {
    let role = Role::from_word(form.text("role"));
    role.ok_or_else(|| Error::invalid("role", "There is no such role."))
}

/// Returns a login like the mail address; its owner may choose another.
fn login_for(email: &str) -> String {
    let local = email.split(['@', '+']).next().unwrap_or("").to_lowercase();
    let plain = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(*c);
    let login: String = local.chars().filter(plain).take(account::LOGIN_LENGTH_MAX - 8).collect();
    if account::is_login(&login) { login } else { "member".to_owned() }
}

fn free_login(db: &mut Db, login: &str) -> Result<String, StoreError> {
    let mut free = login.to_owned();
    let mut number = 1;
    while accounts::by_login(db, &free)?.is_some() {
        number += 1;
        free = format!("{login}{number}");
    }
    Ok(free)
}

/// Offers an account to whoever has the secret; an earlier offer is withdrawn.
fn offer(
    db: &mut Db,
    account: &Account,
    hash: &str,
    at: jiff::Timestamp,
) -> Result<(), StoreError> {
    invites::withdraw_of(db, account.id)?;
    let invite = Invite {
        token_hash: hash.to_owned(),
        account_id: Some(account.id),
        purpose: Purpose::Invitation,
        created_at: at,
        expires_at: at + INVITATION_FOR,
        used_at: None,
    };
    invites::insert(db, &invite)
}

/// What an administrator does to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Role(Role),
    Disable,
    Enable,
    /// A new link: the invitation was lost, or the password is forgotten.
    InviteAgain,
}

impl Change {
    fn read(form: &Form) -> Result<Self, Error> {
        match form.text("change") {
            "role" => Ok(Self::Role(role(form)?)),
            "disable" => Ok(Self::Disable),
            "enable" => Ok(Self::Enable),
            "invite" => Ok(Self::InviteAgain),
            _ => Err(Error::invalid("change", "There is no such change.")),
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Role(_) => "change role",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::InviteAgain => invite::INVITE,
        }
    }
}

async fn change_account(
    frame: Frame,
    Path(id): Path<String>,
    Checked(form): Checked,
) -> Result<Response, Error> {
    let id: AccountId = id.parse().map_err(|_| Error::not_found("account"))?;
    let change = match Change::read(&form) {
        Ok(change) => change,
        Err(error) => return Ok(flash::refused("/people", error.detail)),
    };
    let (secret, actor) = (frame.app.secret(), frame.audit_name());
    let hash = auth::hash(&secret);
    let outcome = frame.app.desk.record(move |db, at| apply(db, id, change, (&actor, &hash), at));
    match (outcome.await?, change) {
        (Outcome::Absent, _) => Err(Error::not_found("account")),
        (Outcome::LastAdministrator, _) => {
            Ok(flash::refused("/people", "This is the last administrator; make another one first."))
        }
        (Outcome::Changed(_), Change::InviteAgain) => show_link(&frame, &secret).await,
        (Outcome::Changed(name), Change::Role(role)) => {
            Ok(flash::done("/people", format!("{name} is {} now.", role.word())))
        }
        (Outcome::Changed(name), Change::Disable) => {
            Ok(flash::done("/people", format!("{name} can no longer sign in.")))
        }
        (Outcome::Changed(name), Change::Enable) => {
            Ok(flash::done("/people", format!("{name} can sign in again.")))
        }
    }
}

/// What became of a change.
enum Outcome {
    /// It is done; the account's name.
    Changed(String),
    Absent,
    LastAdministrator,
}

fn apply(
    db: &mut Db,
    id: AccountId,
    change: Change,
    (actor, hash): (&str, &str),
    at: jiff::Timestamp,
) -> Result<Outcome, StoreError> {
    let Some(mut account) = accounts::by_id(db, id)? else { return Ok(Outcome::Absent) };
    match change {
        Change::Role(role) => account.role = role.word().to_owned(),
        Change::Disable => account.disabled_at = account.disabled_at.or(Some(at)),
        Change::Enable => account.disabled_at = None,
        Change::InviteAgain => offer(db, &account, hash, at)?,
    }
    let admins = |it: &Account| it.role == Role::Admin.word() && it.disabled_at.is_none();
    let others = accounts::list(db, "", u32::MAX)?.into_iter().filter(|it| it.id != id);
    // An account without a password cannot let anybody in who would make another one.
    let another = others.filter(|it| it.password_hash.is_some()).any(|it| admins(&it));
    if !admins(&account) && !another {
        return Ok(Outcome::LastAdministrator);
    }
    accounts::save(db, &account)?;
    if account.disabled_at.is_some() {
        sessions::delete_of(db, id)?;
        invites::withdraw_of(db, id)?;
    }
    let (object, action) = (id.to_string(), change.action());
    let detail = match change {
        Change::Role(role) => role.word(),
        Change::Disable | Change::Enable | Change::InviteAgain => "",
    };
    audit::append(db, &Deed { at, actor, action, object: &object, detail })?;
    Ok(Outcome::Changed(account.name))
}
