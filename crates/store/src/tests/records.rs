//! Plain records: accounts, sessions, tokens, settings, invites.

use jiff::Timestamp;
use stentor_domain::id::{AccountId, Ids, TokenId};

use crate::db::{Db, args};
use crate::error::Error;
use crate::invites::{Invite, Purpose};
use crate::sessions::Session;
use crate::testing::on_each_engine;
use crate::tokens::Token;
use crate::{accounts, invites, sessions, settings, tokens};

fn ids() -> Ids {
    let mut next = 0u64;
    Ids::new(move || {
        next += 1;
        next
    })
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn account(ids: &mut Ids, login: &str) -> accounts::Account {
    accounts::Account {
        id: AccountId::new(ids, at(0)),
        login: login.to_owned(),
        name: format!("{login} N."),
        email: format!("{login}@example.com"),
        role: "admin".to_owned(),
        password_hash: None,
        created_at: at(0),
        disabled_at: None,
        version: 1,
    }
}

fn added(db: &mut Db, login: &str) -> accounts::Account {
    let account = account(&mut ids(), login);
    accounts::insert(db, &account).unwrap();
    account
}

#[test]
fn an_account_is_found_by_login_and_by_id() {
    on_each_engine(|db| {
        assert_eq!(accounts::count(db).unwrap(), 0);
        let ana = added(db, "ana");
        assert_eq!(accounts::by_login(db, "ana").unwrap().as_ref(), Some(&ana));
        assert_eq!(accounts::by_id(db, ana.id).unwrap().as_ref(), Some(&ana));
        assert_eq!(accounts::by_login(db, "Ana").unwrap(), None);
        assert_eq!(accounts::count(db).unwrap(), 1);
    });
}

#[test]
fn a_login_is_taken_once() {
    on_each_engine(|db| {
        let ids = &mut ids();
        accounts::insert(db, &account(ids, "ana")).unwrap();
        let again = accounts::insert(db, &account(ids, "ana"));
        assert!(matches!(again, Err(Error::Conflict)));
        let mut ben = account(ids, "ben");
        accounts::insert(db, &ben).unwrap();
        ben.login = "ana".to_owned();
        assert!(matches!(accounts::save(db, &ben), Err(Error::Conflict)));
    });
}

#[test]
fn of_two_changes_of_an_account_one_is_a_conflict() {
    on_each_engine(|db| {
        let mut ana = added(db, "ana");
        ana.disabled_at = Some(at(5));
        ana.password_hash = Some("$argon2id$…".to_owned());
        accounts::save(db, &ana).unwrap();
        assert!(matches!(accounts::save(db, &ana), Err(Error::Conflict)));
        ana.version = 2;
        assert_eq!(accounts::by_login(db, "ana").unwrap(), Some(ana));
    });
}

#[test]
fn accounts_are_listed_in_pieces() {
    on_each_engine(|db| {
        let ids = &mut ids();
        for login in ["cy", "ana", "ben"] {
            accounts::insert(db, &account(ids, login)).unwrap();
        }
        let mut logins = |after: &str| -> Vec<String> {
            let found = accounts::list(db, after, 2).unwrap();
            found.into_iter().map(|account| account.login).collect()
        };
        assert_eq!(logins(""), ["ana", "ben"]);
        assert_eq!(logins("ben"), ["cy"]);
    });
}

#[test]
fn a_session_ends_by_time_by_sign_out_and_with_its_account() {
    on_each_engine(|db| {
        let ana = added(db, "ana");
        let session = |hash: &str, ends: i64| Session {
            token_hash: hash.to_owned(),
            account_id: ana.id,
            csrf: "c".to_owned(),
            created_at: at(0),
            seen_at: at(0),
            expires_at: at(ends),
        };
        for (hash, ends) in [("short", 10), ("long", 100), ("other", 100)] {
            sessions::insert(db, &session(hash, ends)).unwrap();
        }
        let found = sessions::by_token_hash(db, "short", at(9)).unwrap();
        assert_eq!(found, Some(session("short", 10)));
        assert_eq!(sessions::by_token_hash(db, "short", at(10)).unwrap(), None);
        assert_eq!(sessions::delete_expired(db, at(10)).unwrap(), 1);
        sessions::delete(db, "other").unwrap();
        assert_eq!(sessions::by_token_hash(db, "other", at(1)).unwrap(), None);
        assert_eq!(sessions::delete_of(db, ana.id).unwrap(), 1);
    });
}

#[test]
fn a_session_is_seen_anew_once_a_minute() {
    on_each_engine(|db| {
        let ana = added(db, "ana");
        let mut session = Session {
            token_hash: "h".to_owned(),
            account_id: ana.id,
            csrf: "c".to_owned(),
            created_at: at(0),
            seen_at: at(0),
            expires_at: at(1000),
        };
        sessions::insert(db, &session).unwrap();
        assert!(!sessions::is_seen_anew(&session, at(59)));
        assert!(sessions::is_seen_anew(&session, at(60)));
        sessions::mark_seen(db, "h", at(60)).unwrap();
        session.seen_at = at(60);
        assert_eq!(sessions::by_token_hash(db, "h", at(61)).unwrap(), Some(session));
    });
}

#[test]
fn a_session_needs_its_account() {
    on_each_engine(|db| {
        let nobody = AccountId::new(&mut ids(), at(0)).to_string();
        let error = db.execute(
            "insert into sessions (token_hash, account_id, csrf, created_at, seen_at, expires_at)
             values ('h', $1, 'c', 0, 0, 0)",
            args![&nobody],
        );
        assert!(matches!(error, Err(Error::Sql { .. })));
    });
}

fn token(ids: &mut Ids, name: &str, made: i64) -> Token {
    Token {
        id: TokenId::new(ids, at(made)),
        name: name.to_owned(),
        token_hash: format!("hash of {name}"),
        scopes: vec!["pages:read".to_owned(), "pages:act".to_owned()],
        account_id: None,
        created_at: at(made),
        used_at: None,
        expires_at: None,
        revoked_at: None,
    }
}

#[test]
fn a_token_is_valid_until_it_ends_or_is_revoked() {
    on_each_engine(|db| {
        let ids = &mut ids();
        let ana = added(db, "ana");
        let for_ever = Token { account_id: Some(ana.id), ..token(ids, "for ever", 1) };
        let brief = Token { expires_at: Some(at(10)), ..token(ids, "brief", 2) };
        for token in [&for_ever, &brief] {
            tokens::insert(db, token).unwrap();
        }
        let found = tokens::valid_by_hash(db, "hash of for ever", at(99)).unwrap();
        assert_eq!(found.as_ref(), Some(&for_ever));
        let found = tokens::valid_by_hash(db, "hash of brief", at(9)).unwrap();
        assert_eq!(found.as_ref(), Some(&brief));
        assert_eq!(tokens::valid_by_hash(db, "hash of brief", at(10)).unwrap(), None);
        assert!(tokens::revoke(db, for_ever.id, at(20)).unwrap());
        assert!(!tokens::revoke(db, for_ever.id, at(21)).unwrap());
        assert_eq!(tokens::valid_by_hash(db, "hash of for ever", at(22)).unwrap(), None);
        let kept = tokens::by_id(db, for_ever.id).unwrap().unwrap();
        assert_eq!(kept.revoked_at, Some(at(20)));
    });
}

#[test]
fn a_tokens_use_is_recorded_once_a_minute() {
    on_each_engine(|db| {
        let mut token = token(&mut ids(), "t", 0);
        tokens::insert(db, &token).unwrap();
        assert!(tokens::is_used_anew(&token, at(1)));
        tokens::mark_used(db, token.id, at(1)).unwrap();
        token = tokens::by_id(db, token.id).unwrap().unwrap();
        assert_eq!(token.used_at, Some(at(1)));
        assert!(!tokens::is_used_anew(&token, at(60)));
        assert!(tokens::is_used_anew(&token, at(61)));
    });
}

#[test]
fn tokens_are_listed_newest_first_in_pieces() {
    on_each_engine(|db| {
        let ids = &mut ids();
        for (name, made) in [("a", 1), ("b", 2), ("c", 2)] {
            tokens::insert(db, &token(ids, name, made)).unwrap();
        }
        let first = tokens::list(db, None, 2).unwrap();
        let last = first.last().unwrap();
        let rest = tokens::list(db, Some((last.created_at, last.id)), 2).unwrap();
        let names: Vec<_> = first.iter().chain(&rest).map(|token| &*token.name).collect();
        assert_eq!(names, ["c", "b", "a"]);
    });
}

#[test]
fn a_setting_is_kept_and_replaced() {
    on_each_engine(|db| {
        assert_eq!(settings::value(db, "key").unwrap(), None);
        settings::put(db, "key", "one").unwrap();
        settings::put(db, "key", "three").unwrap();
        assert_eq!(settings::value(db, "key").unwrap().as_deref(), Some("three"));
    });
}

fn invite(hash: &str, purpose: Purpose) -> Invite {
    Invite {
        token_hash: hash.to_owned(),
        account_id: None,
        purpose,
        created_at: at(0),
        expires_at: at(10),
        used_at: None,
    }
}

#[test]
fn an_invite_is_good_for_one_use() {
    on_each_engine(|db| {
        let setup = invite("h", Purpose::Setup);
        invites::insert(db, &setup).unwrap();
        assert_eq!(invites::valid_by_hash(db, "h", at(9)).unwrap(), Some(setup));
        assert!(invites::use_up(db, "h", at(9)).unwrap());
        assert!(!invites::use_up(db, "h", at(9)).unwrap());
        assert_eq!(invites::valid_by_hash(db, "h", at(9)).unwrap(), None);
    });
}

#[test]
fn an_invite_ends_by_time_and_when_it_is_withdrawn() {
    on_each_engine(|db| {
        let ana = added(db, "ana");
        let to_ana = Invite { account_id: Some(ana.id), ..invite("b", Purpose::Invitation) };
        invites::insert(db, &invite("a", Purpose::Setup)).unwrap();
        invites::insert(db, &to_ana).unwrap();
        assert!(!invites::use_up(db, "a", at(10)).unwrap());
        assert_eq!(invites::withdraw(db, Purpose::Setup).unwrap(), 1);
        assert_eq!(invites::valid_by_hash(db, "a", at(1)).unwrap(), None);
        assert_eq!(invites::valid_by_hash(db, "b", at(1)).unwrap(), Some(to_ana));
        assert_eq!(invites::withdraw_of(db, ana.id).unwrap(), 1);
        invites::insert(db, &invite("c", Purpose::Invitation)).unwrap();
        assert_eq!(invites::delete_expired(db, at(9)).unwrap(), 0);
        assert_eq!(invites::delete_expired(db, at(10)).unwrap(), 1);
    });
}
