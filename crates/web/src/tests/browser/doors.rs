//! First run, signing in, invitations.

use jiff::SignedDuration;
use stentor_store::invites::{self, Invite, Purpose};
use stentor_store::{accounts, audit};

use super::super::TestApp;
use super::super::app::{As, Reply};
use crate::auth::{self, Role, SESSION_COOKIE};

const PASSWORD: &str = "a long walk at night";

const PERSON: [(&str, &str); 5] = [
    ("login", "ana"),
    ("name", "Ana Ops"),
    ("email", "ana@example.com"),
    ("password", PASSWORD),
    ("confirm", PASSWORD),
];

/// Returns the session that an answer began.
fn session(reply: &Reply) -> As {
    let cookie = reply.cookie(SESSION_COOKIE).unwrap_or_else(|| panic!("{reply:?}"));
    As::Session(cookie.split(['=', ';']).nth(1).unwrap().to_owned())
}

/// Returns the token that the forms of a page carry.
fn csrf(page: &Reply) -> String {
    let (_, rest) = page.body.split_once(r#"name="csrf" value=""#).expect("a form");
    rest.split('"').next().unwrap().to_owned()
}

fn setup_link(app: &TestApp) -> String {
    let secret = app.app.secret();
    let now = app.now();
    let invite = Invite {
        token_hash: auth::hash(&secret),
        account_id: None,
        purpose: Purpose::Setup,
        created_at: now,
        expires_at: now + SignedDuration::from_hours(24),
        used_at: None,
    };
    invites::insert(app.engine().db(), &invite).unwrap();
    secret
}

async fn set_up(app: &TestApp) -> As {
    let token = setup_link(app);
    let fields: Vec<_> = PERSON.into_iter().chain([("token", token.as_str())]).collect();
    let reply = app.submit_bare(&As::Anonymous, "/setup", &fields).await;
    assert_eq!(reply.location(), "/");
    session(&reply)
}

#[tokio::test]
async fn the_first_administrator_is_made_once() {
    let app = TestApp::new();
    app.open(&As::Anonymous, "/setup?token=guessed").await.shows(404, &["no such page"]);
    let token = setup_link(&app);
    let path = format!("/setup?token={token}");
    app.open(&As::Anonymous, &path).await.shows(200, &["Make the first administrator", &token]);

    let weak: Vec<_> =
        [("token", token.as_str()), ("password", "password123"), ("confirm", "password123")]
            .into_iter()
            .chain(PERSON)
            .collect();
    let reply = app.submit_bare(&As::Anonymous, "/setup", &weak).await;
    reply.shows(422, &["among the first that are guessed", r#"value="ana@example.com""#]);

    let fields: Vec<_> = PERSON.into_iter().chain([("token", token.as_str())]).collect();
    let reply = app.submit_bare(&As::Anonymous, "/setup", &fields).await;
    assert_eq!(reply.location(), "/");
    app.open(&session(&reply), "/").await.shows(200, &["Ana Ops"]);

    app.open(&As::Anonymous, &path).await.shows(404, &[]);
    app.submit_bare(&As::Anonymous, "/setup", &fields).await.shows(404, &[]);
    let other = format!("/setup?token={}", setup_link(&app));
    app.open(&As::Anonymous, &other).await.shows(404, &[]);
}

#[tokio::test]
async fn a_session_begins_with_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let app = TestApp::new();
    set_up(&app).await;
    let fields = [("login", " Ana "), ("password", PASSWORD), ("next", "/oncall")];
    let reply = app.submit_bare(&As::Anonymous, "/sign-in", &fields).await;
    assert_eq!(reply.location(), "/oncall");
    let cookie = reply.cookie(SESSION_COOKIE).unwrap();
    let attributes = "; HttpOnly; SameSite=Lax; Path=/; Max-Age=1209600; Secure";
    assert!(cookie.ends_with(attributes), "{cookie}");
    let ana = session(&reply);
    let page = app.open(&ana, "/settings").await;
    page.shows(200, &["Sign out", "Ana Ops"]);
    assert_eq!(app.open(&ana, "/sign-in?next=/plan").await.location(), "/plan");

    let token = csrf(&page);
    let out = app.submit_bare(&ana, "/sign-out", &[("csrf", &token)]).await;
    assert_eq!(out.location(), "/sign-in");
    assert!(out.cookie(SESSION_COOKIE).unwrap().starts_with("stentor_session=; "));
    assert!(app.open(&ana, "/").await.location().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_session_ends_after_fourteen_days_however_much_it_is_used() {
    let app = TestApp::new();
    let ana = set_up(&app).await;
    app.advance(14 * 24 * 3600 - 1);
    app.open(&ana, "/").await.shows(200, &[]);
    app.advance(1);
    assert!(app.open(&ana, "/").await.location().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_wrong_login_and_a_wrong_password_are_told_alike() {
    let app = TestApp::new();
    set_up(&app).await;
    let mut pages = vec![];
    for login in ["ana", "eve"] {
        let fields = [("login", login), ("password", "wrong horse battery")];
        let reply = app.submit_bare(&As::Anonymous, "/sign-in", &fields).await;
        reply.shows(422, &["The login or the password is wrong."]);
        assert!(reply.cookie(SESSION_COOKIE).is_none());
        pages.push(reply.body.replace(login, "somebody"));
    }
    assert_eq!(pages[0], pages[1]);
    let log = audit::list(app.engine().db(), None, 10).unwrap();
    let refused = log.iter().filter(|entry| entry.action == "sign-in refused").count();
    assert_eq!(refused, 2);
}

#[tokio::test]
async fn the_sixth_guess_at_a_login_has_to_wait() {
    let app = TestApp::new();
    set_up(&app).await;
    let wrong = [("login", "ana"), ("password", "wrong horse battery")];
    for _ in 0..5 {
        app.submit_bare(&As::Local, "/sign-in", &wrong).await.shows(422, &[]);
    }
    let reply = app.submit_bare(&As::Local, "/sign-in", &wrong).await;
    reply.shows(429, &["Too many attempts"]);
    assert_eq!(reply.headers["retry-after"], "300");
    let right = [("login", "ana"), ("password", PASSWORD)];
    app.submit_bare(&As::Local, "/sign-in", &right).await.shows(429, &[]);
    app.advance(300);
    assert_eq!(app.submit_bare(&As::Local, "/sign-in", &right).await.location(), "/");
}

#[tokio::test]
async fn signing_in_never_leads_to_another_site() {
    let app = TestApp::new();
    set_up(&app).await;
    for next in ["//evil.example", "/\\evil.example", "https://evil.example/", "/\t/evil.example"] {
        let fields = [("login", "ana"), ("password", PASSWORD), ("next", next)];
        let reply = app.submit_bare(&As::Anonymous, "/sign-in", &fields).await;
        assert_eq!(reply.location(), "/", "{next}");
    }
}

#[tokio::test]
async fn another_site_cannot_sign_somebody_in() {
    let app = TestApp::new();
    set_up(&app).await;
    let fields = [("login", "ana"), ("password", PASSWORD)];
    let request = super::form("/sign-in").header("sec-fetch-site", "cross-site");
    let reply = app.send(&As::Anonymous, request.body(super::body(&fields)).unwrap()).await;
    reply.shows(403, &["The form comes from another site."]);
}

#[tokio::test]
async fn changing_the_password_ends_the_other_sessions() {
    let app = TestApp::new();
    let ana = set_up(&app).await;
    let account = accounts::by_login(app.engine().db(), "ana").unwrap().unwrap();
    let elsewhere = app.sign_in(account.id);
    let token = csrf(&app.open(&ana, "/settings").await);
    let new = "another walk by day";
    let fields =
        [("csrf", token.as_str()), ("current", "wrong"), ("password", new), ("confirm", new)];
    let reply = app.submit_bare(&ana, "/settings/password", &fields).await;
    assert_eq!(reply.said(), "- The current password is wrong.");
    let fields =
        [("csrf", token.as_str()), ("current", PASSWORD), ("password", new), ("confirm", new)];
    let reply = app.submit_bare(&ana, "/settings/password", &fields).await;
    assert_eq!(reply.said(), "+ The password is changed; other sessions have ended.");
    app.open(&session(&reply), "/").await.shows(200, &[]);
    for ended in [&ana, &elsewhere] {
        assert!(app.open(ended, "/").await.location().starts_with("/sign-in"));
    }
    let fields = [("login", "ana"), ("password", new)];
    assert_eq!(app.submit_bare(&As::Anonymous, "/sign-in", &fields).await.location(), "/");
}

#[tokio::test]
async fn an_invitation_is_shown_once_and_accepted_once() {
    let app = TestApp::new();
    let root = app.account("root", Role::Admin);
    let fields = [("name", "Ben"), ("email", "ben@example.com"), ("role", "responder")];
    let page = app.submit(&root, "/people/accounts", &fields).await;
    page.shows(200, &["It is shown once.", "https://stentor.example.com/invite/"]);
    let (_, rest) = page.body.split_once("https://stentor.example.com").unwrap();
    let path = rest.split('"').next().unwrap();
    assert!(!app.open(&root, "/people").await.body.contains(path));
    let again = app.submit(&root, "/people/accounts", &fields).await;
    assert_eq!(again.said(), "- Somebody has an account with this address already.");

    app.open(&As::Anonymous, path).await.shows(200, &["root invites you as <strong>responder"]);
    let fields = [
        ("login", "ben.b"),
        ("name", "Ben B"),
        ("email", "ana@example.com"),
        ("password", PASSWORD),
        ("confirm", PASSWORD),
    ];
    let reply = app.submit_bare(&As::Anonymous, path, &fields).await;
    app.open(&session(&reply), "/").await.shows(200, &["Ben B"]);
    let account = accounts::by_login(app.engine().db(), "ben.b").unwrap().unwrap();
    assert_eq!((account.email.as_str(), account.role.as_str()), ("ben@example.com", "responder"));

    app.open(&As::Anonymous, path).await.shows(410, &["This invitation was used"]);
    app.submit_bare(&As::Anonymous, path, &fields).await.shows(410, &[]);
    app.open(&As::Anonymous, "/invite/guessed").await.shows(410, &[]);
}

#[tokio::test]
async fn an_invitation_expires() {
    let app = TestApp::new();
    let root = app.account("root", Role::Admin);
    let fields = [("name", "Ben"), ("email", "ben@example.com"), ("role", "viewer")];
    let page = app.submit(&root, "/people/accounts", &fields).await;
    let (_, rest) = page.body.split_once("https://stentor.example.com").unwrap();
    app.advance(7 * 24 * 3600);
    app.open(&As::Anonymous, rest.split('"').next().unwrap()).await.shows(410, &[]);
}

#[tokio::test]
async fn there_is_always_an_administrator_who_can_sign_in() {
    let app = TestApp::new();
    let ana = set_up(&app).await;
    let token = csrf(&app.open(&ana, "/people").await);
    let account = accounts::by_login(app.engine().db(), "ana").unwrap().unwrap();
    let path = format!("/people/accounts/{}", account.id);
    for change in [("change", "disable"), ("change", "role")] {
        let fields = [("csrf", token.as_str()), change, ("role", "viewer")];
        let reply = app.submit_bare(&ana, &path, &fields).await;
        assert_eq!(reply.said(), "- This is the last administrator; make another one first.");
    }
    let ben = app.account("ben", Role::Responder);
    let account = accounts::by_login(app.engine().db(), "ben").unwrap().unwrap();
    let path = format!("/people/accounts/{}", account.id);
    let fields = [("csrf", token.as_str()), ("change", "disable")];
    let reply = app.submit_bare(&ana, &path, &fields).await;
    assert_eq!(reply.said(), "+ ben's name can no longer sign in.");
    assert!(app.open(&ben, "/").await.location().starts_with("/sign-in"));
    let fields = [("csrf", token.as_str()), ("change", "invite")];
    app.submit_bare(&ana, &path, &fields).await.shows(200, &["It is shown once."]);
}

#[tokio::test]
async fn a_token_is_shown_once_and_revoked() {
    let app = TestApp::new();
    let root = app.account("root", Role::Admin);
    let fields = [("name", "deploy"), ("scope", "read"), ("scope", "respond")];
    let page = app.submit(&root, "/settings/tokens", &fields).await;
    page.shows(200, &["It is shown once"]);
    let (_, rest) = page.body.split_once(r#"value="stentor_"#).unwrap();
    let secret = format!("stentor_{}", rest.split('"').next().unwrap());
    let token = As::Token(secret.clone());
    assert_eq!(app.get(&token, "/api/v1/pages").await.status.as_u16(), 200);
    let settings = app.open(&root, "/settings").await;
    settings.shows(200, &["deploy"]);
    assert!(!settings.body.contains(&secret));
    let (_, rest) = settings.body.split_once(r#"action="/settings/tokens/"#).unwrap();
    let path = format!("/settings/tokens/{}", rest.split('"').next().unwrap());
    assert_eq!(app.submit(&root, &path, &[]).await.said(), "+ The token is revoked.");
    assert_eq!(app.submit(&root, &path, &[]).await.said(), "- The token was revoked before.");
    assert_eq!(app.get(&token, "/api/v1/pages").await.status.as_u16(), 401);
}
