//! A server without a socket: requests go to the router, time goes by when a test says so.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use stentor_domain::delivery::Outcome;
use stentor_domain::id::{AccountId, Ids, TokenId};
use stentor_domain::plan::read::{self, Secrets};
use stentor_engine::{Engine, Input, Job, Room};
use stentor_store::accounts::{self, Account};
use stentor_store::db::Db;
use stentor_store::readers::Readers;
use stentor_store::sessions::{self, Session};
use stentor_store::testing::TestDatabase;
use stentor_store::tokens::{self, Token};
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::app::{App, InForce};
use crate::auth::{self, Role, SESSION_COOKIE, Scope};
use crate::desk::{Ask, Desk};
use crate::surface::Surface;

/// When every test begins: a Monday, while Ben's turn has just begun.
pub(super) const START: &str = "2026-01-05T09:00:00Z";

thread_local! {
    /// A test and its requests share one thread, so each test has a clock of its own.
    static CLOCK: Cell<Timestamp> = const { Cell::new(Timestamp::UNIX_EPOCH) };
}

/// A server in a test.
pub(super) struct TestApp {
    pub(super) app: Arc<App>,
    router: Router,
    engine: Arc<Mutex<Engine>>,
    now: Arc<AtomicI64>,
    /// Ids and secrets in the order in which they were first shown.
    shown: Mutex<Vec<String>>,
    plan: watch::Sender<Arc<InForce>>,
    _changes: watch::Sender<u64>,
    _database: TestDatabase,
}

/// Who sends a request.
#[derive(Clone, Debug)]
pub(super) enum As {
    /// Nobody that is known, from elsewhere.
    Anonymous,
    /// Nobody that is known, from this machine.
    Local,
    /// A program with this secret.
    Token(String),
    /// A browser with this secret in its cookie.
    Session(String),
}

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

struct NoSecrets;

impl Secrets for NoSecrets {
    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Err("no such file".to_owned())
    }
}

/// The files of the plan of most tests.
const FILES: [(&str, &str); 2] = [
    ("stentor.yml", include_str!("plan/stentor.yml")),
    ("alertmanager.yml", include_str!("plan/alertmanager.yml")),
];

fn in_force(files: &[(&str, &str)]) -> InForce {
    let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
    let files: BTreeMap<String, String> = files.iter().map(owned).collect();
    let plan = match files.contains_key("stentor.yml") {
        true => read::read(&files, &NoSecrets),
        false => read::alertmanager_alone(&files, &NoSecrets),
    };
    let plan = plan.expect("the plan of these tests is good");
    InForce {
        plan: Arc::new(plan),
        number: 1,
        applied_at: START.parse().unwrap(),
        author: "stentor serve".into(),
        files,
        refused: None,
    }
}

fn ids(mut seed: u64) -> Ids {
    Ids::new(move || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb)
    })
}

/// Does what the server's engine thread does, one request at a time.
fn work(asks: &Receiver<Ask>, engine: &Mutex<Engine>, now: &AtomicI64) {
    for ask in asks {
        let now = Timestamp::from_microsecond(now.load(Ordering::SeqCst)).unwrap();
        let mut engine = engine.lock().unwrap();
        match ask {
            Ask::Decide(input, answer) => {
                let decided = engine.step(&[input], now).pop().unwrap();
                let _ = answer.send(decided);
            }
            Ask::Call(call) => call(&mut engine, now),
        }
    }
}

impl TestApp {
    pub(super) fn new() -> Self {
        Self::with(Surface::default())
    }

    /// Makes a server that shows itself in another way.
    pub(super) fn with(surface: Surface) -> Self {
        Self::of(surface, &FILES)
    }

    /// Makes a server in the place of Alertmanager, whose file is all that there is.
    pub(super) fn in_place() -> Self {
        Self::of(Surface { open: true, ..Surface::default() }, &FILES[1..])
    }

    fn of(surface: Surface, files: &[(&str, &str)]) -> Self {
        let start: Timestamp = START.parse().unwrap();
        CLOCK.set(start);
        let now = Arc::new(AtomicI64::new(start.as_microsecond()));
        let database = TestDatabase::sqlite();
        let db = Db::open(database.url()).unwrap();
        let in_force = in_force(files);
        let plan = Arc::clone(&in_force.plan);
        let engine = Engine::open(db, plan, "http://localhost:9093", ids(1), start).unwrap();
        let standing = engine.standing();
        let engine = Arc::new(Mutex::new(engine));
        let (sender, asks) = sync_channel(64);
        let (worker, clock) = (Arc::clone(&engine), Arc::clone(&now));
        // It ends with the last sender, which the router holds.
        std::thread::spawn(move || work(&asks, &worker, &clock));
        let (plan, plan_in_force) = watch::channel(Arc::new(in_force));
        let (changes_sender, changes) = watch::channel(0);
        let app = Arc::new(App {
            desk: Desk::new(sender),
            readers: Arc::new(Readers::new(database.url(), 2)),
            standing,
            plan: plan_in_force,
            changes,
            clock: || CLOCK.get(),
            ids: Mutex::new(ids(2)),
            external_url: "http://localhost:9093".into(),
            version: "0.1.0",
            started_at: start,
            surface,
            counts: Arc::default(),
        });
        Self {
            router: crate::router(&app),
            app,
            engine,
            now,
            shown: Mutex::default(),
            plan,
            _changes: changes_sender,
            _database: database,
        }
    }

    /// Returns the engine; nobody else has it meanwhile.
    pub(super) fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap()
    }

    pub(super) fn now(&self) -> Timestamp {
        CLOCK.get()
    }

    /// Lets time go by, and decides everything that it is time for.
    pub(super) fn advance(&self, seconds: i64) {
        let now = CLOCK.get() + SignedDuration::from_secs(seconds);
        CLOCK.set(now);
        self.now.store(now.as_microsecond(), Ordering::SeqCst);
        // What is decided may be due at once again; what is left then are messages, which `deliver` sends.
        for _ in 0..4 {
            self.engine().due(now).unwrap();
        }
    }

    /// Plays every provider: takes all that is due, answers `detail`, and returns what was sent.
    pub(super) fn deliver(&self, detail: &str) -> Vec<Job> {
        self.answer(&Outcome::sent(detail))
    }

    /// Plays every provider when none can be reached: `why` is what went wrong.
    pub(super) fn fail(&self, why: &str) -> Vec<Job> {
        self.answer(&Outcome::Retry { after: None, why: why.to_owned() })
    }

    fn answer(&self, outcome: &Outcome) -> Vec<Job> {
        let now = CLOCK.get();
        let mut engine = self.engine();
        let jobs = engine.lease(now, Room::of(100)).unwrap();
        for job in &jobs {
            let outcome = outcome.clone();
            let (delivery, attempt) = (job.delivery, job.attempt);
            engine
                .step(&[Input::Outcome { delivery, attempt, outcome }], now)
                .pop()
                .unwrap()
                .unwrap();
        }
        jobs
    }

    /// Changes what is said of the plan in force.
    pub(super) fn plan(&self, change: impl FnOnce(&mut InForce)) {
        let mut in_force = (**self.plan.borrow()).clone();
        change(&mut in_force);
        self.plan.send_replace(Arc::new(in_force));
    }

    /// Makes a token with these scopes.
    pub(super) fn token(&self, name: &str, scopes: &[Scope]) -> As {
        self.token_until(name, scopes, None)
    }

    /// Makes a token that ends by itself.
    pub(super) fn token_until(
        &self,
        name: &str,
        scopes: &[Scope],
        expires_at: Option<Timestamp>,
    ) -> As {
        let secret = format!("stentor_{}", self.app.secret());
        let token = Token {
            id: self.app.with_ids(|ids| TokenId::new(ids, CLOCK.get())),
            name: name.into(),
            token_hash: auth::hash(&secret),
            scopes: scopes.iter().map(|scope| scope.word().to_owned()).collect(),
            account_id: None,
            created_at: CLOCK.get(),
            used_at: Some(CLOCK.get()),
            expires_at,
            revoked_at: None,
        };
        tokens::insert(self.engine().db(), &token).unwrap();
        As::Token(secret)
    }

    /// Makes an account, and signs it in.
    pub(super) fn account(&self, login: &str, role: Role) -> As {
        let id = self.app.with_ids(|ids| AccountId::new(ids, CLOCK.get()));
        let account = Account {
            id,
            login: login.into(),
            name: format!("{login}'s name"),
            email: format!("{login}@example.com"),
            role: role.word().into(),
            password_hash: None,
            created_at: CLOCK.get(),
            disabled_at: None,
            version: 1,
        };
        accounts::insert(self.engine().db(), &account).unwrap();
        self.sign_in(id)
    }

    /// Signs an account in once more.
    pub(super) fn sign_in(&self, account_id: AccountId) -> As {
        let secret = self.app.secret();
        let session = Session {
            token_hash: auth::hash(&secret),
            account_id,
            csrf: "csrf".into(),
            created_at: CLOCK.get(),
            seen_at: CLOCK.get(),
            expires_at: CLOCK.get() + SignedDuration::from_hours(1),
        };
        sessions::insert(self.engine().db(), &session).unwrap();
        As::Session(secret)
    }

    /// Sends a request and waits for the head of the answer.
    pub(super) async fn head(
        &self,
        who: &As,
        mut request: Request<Body>,
    ) -> axum::response::Response {
        let headers = request.headers_mut();
        match who {
            As::Anonymous => {}
            As::Local => {
                let peer: std::net::SocketAddr = "127.0.0.1:4711".parse().unwrap();
                request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
            }
            As::Token(secret) => {
                headers.insert(header::AUTHORIZATION, format!("Bearer {secret}").parse().unwrap());
            }
            As::Session(secret) => {
                let cookie = format!("{SESSION_COOKIE}={secret}");
                headers.insert(header::COOKIE, cookie.parse().unwrap());
            }
        }
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request and reads the whole answer.
    pub(super) async fn send(&self, who: &As, request: Request<Body>) -> Reply {
        let response = self.head(who, request).await;
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    pub(super) async fn get(&self, who: &As, path: &str) -> Reply {
        self.send(who, Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends JSON, as a page of our own would.
    pub(super) async fn json(&self, who: &As, method: Method, path: &str, body: Value) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("sec-fetch-site", "same-origin");
        self.send(who, request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(super) async fn post(&self, who: &As, path: &str, body: Value) -> Reply {
        self.json(who, Method::POST, path, body).await
    }

    /// Delivers an alert of the team checkout.
    pub(super) async fn fire(&self, name: &str, severity: &str) {
        let alert = serde_json::json!([{
            "labels": { "alertname": name, "team": "checkout", "severity": severity },
            "annotations": { "summary": "Checkout is slow" },
            "startsAt": self.now().to_string(),
            "endsAt": (self.now() + SignedDuration::from_hours(4)).to_string(),
            "generatorURL": "http://prometheus.example/graph",
        }]);
        let reply = self.post(&As::Local, "/api/v2/alerts", alert).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    }

    /// Returns an answer as a reader can compare it: ids and secrets by the order in which they were first shown.
    pub(super) fn show(&self, reply: &Reply) -> String {
        let body = match serde_json::from_str::<Value>(&reply.body) {
            Ok(mut json) => {
                json.sort_all_objects();
                serde_json::to_string_pretty(&json).unwrap()
            }
            Err(_) => reply.body.clone(),
        };
        format!("{}\n{}", reply.status.as_u16(), self.redact(&body))
    }

    fn redact(&self, text: &str) -> String {
        let mut shown = self.shown.lock().unwrap();
        let mut out = String::new();
        let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        for piece in text.split_inclusive(|letter| !word(letter)) {
            let end = piece.find(|letter| !word(letter)).unwrap_or(piece.len());
            let (token, rest) = piece.split_at(end);
            let (kind, id) = token.rsplit_once('_').unwrap_or(("secret", token));
            if id.len() != 26
                || !id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
            {
                out.push_str(piece);
                continue;
            }
            let known = shown.iter().position(|one| one == token);
            let at = known.unwrap_or_else(|| {
                shown.push(token.to_owned());
                shown.len() - 1
            });
            out.push_str(&format!("{kind}_#{}{rest}", at + 1));
        }
        out
    }
}

impl Reply {
    pub(super) fn value(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    /// Returns the text of a field.
    pub(super) fn text(&self, field: &str) -> String {
        self.value()[field]
            .as_str()
            .unwrap_or_else(|| panic!("no {field}: {}", self.body))
            .to_owned()
    }
}
