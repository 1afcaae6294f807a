//! What the simulation cannot say plainly, on a real SQLite file.

mod delivery;
mod escalation;
mod groups;
mod memory;
mod retention;
mod round;
mod tally;
mod transaction;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use stentor_domain::alert::Signal;
use stentor_domain::delivery::{Delivery, Outcome};
use stentor_domain::id::{DeliveryId, Ids};
use stentor_domain::page::{self, Actor, Page};
use stentor_domain::plan::Plan;
use stentor_domain::plan::read::{Secrets, read};
use stentor_domain::timeline::{Subject, What};
use stentor_store::db::Db;
use stentor_store::{deliveries, pages, timeline};
use tempfile::TempDir;

use crate::{Answer, Engine, Input, Job, Room};

const STENTOR: &str = r#"
people:
  ana: { name: Ana, email: ana@example.com, notify: [hook, mail] }
  ben: { name: Ben, email: ben@example.com, notify: [mail] }
services:
  shop: { name: Shop, matchers: ['service="shop"'] }
escalation_policies:
  plain:
    steps:
      - { notify: [person:ana], wait: 5m }
      - { notify: [person:ben], wait: 15m }
receivers:
  pager: { escalate: plain }
channels:
  mail: { kind: email, smarthost: "smtp.example.com:25", from: stentor@example.com, tls: none }
  hook: { kind: webhook, url: "https://hook.example.com/ana" }
fallback: [person:ben]
"#;

const ALERTMANAGER: &str = r#"
route:
  receiver: hooks
  group_by: [alertname]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 1h
  routes:
    - { matchers: ['team="pager"'], receiver: pager }
receivers:
  - name: pager
  - name: hooks
    webhook_configs:
      - { url: "https://hook.example.com/all" }
"#;

struct NoSecrets;

impl Secrets for NoSecrets {
    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, path: &str) -> Result<String, String> {
        Err(format!("there is no {path}"))
    }
}

/// Returns the plan of the tests, edited: in both files each `from` becomes its `to`.
fn plan(edits: &[(&str, &str)]) -> Arc<Plan> {
    let edited =
        |text: &str| edits.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    let files = BTreeMap::from([
        ("stentor.yml".to_owned(), edited(STENTOR)),
        ("alertmanager.yml".to_owned(), edited(ALERTMANAGER)),
    ]);
    Arc::new(read(&files, &NoSecrets).unwrap())
}

/// An instant of the tests, by seconds from their beginning.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_571_200 + seconds).unwrap()
}

fn ids(seed: u64) -> Ids {
    let mut next = seed;
    Ids::new(move || {
        next = next.wrapping_add(0x9e37_79b9_7f4a_7c15);
        next ^ (next >> 29)
    })
}

/// An engine on a file of its own, and a second connection to look at what it did.
struct House {
    folder: TempDir,
    engine: Engine,
    db: Db,
}

impl House {
    fn new() -> Self {
        Self::with(plan(&[]))
    }

    fn with(plan: Arc<Plan>) -> Self {
        let folder = TempDir::new().unwrap();
        let engine = Engine::open(open(&folder), plan, "https://s", ids(1), at(0)).unwrap();
        let db = open(&folder);
        Self { folder, engine, db }
    }

    fn restart(self, now: i64) -> Self {
        let Self { folder, engine, db } = self;
        let plan = engine.plan().clone();
        drop(engine);
        let engine = Engine::open(open(&folder), plan, "https://s", ids(2), at(now)).unwrap();
        Self { folder, engine, db }
    }

    fn step(&mut self, input: Input, now: i64) -> Answer {
        self.engine.step(&[input], at(now)).remove(0).unwrap()
    }

    /// Lets the engine decide what is due, without sending anything.
    fn due(&mut self, now: i64) {
        self.engine.due(at(now)).unwrap();
    }

    fn lease(&mut self, now: i64) -> Vec<Job> {
        self.engine.lease(at(now), Room::of(100)).unwrap()
    }

    fn outcome(&mut self, job: &Job, outcome: Outcome, now: i64) {
        let (delivery, attempt) = (job.delivery, job.attempt);
        self.step(Input::Outcome { delivery, attempt, outcome }, now);
    }

    fn fires(&mut self, labels: &str, now: i64) {
        self.step(Input::Signals(vec![firing(labels, now)]), now);
    }

    /// Lets an alert fire, its group wait, and its page begin.
    fn paged(labels: &str) -> (Self, Page) {
        let mut house = Self::new();
        house.fires(labels, 0);
        house.due(30);
        let page = house.only_page();
        (house, page)
    }

    fn only_page(&mut self) -> Page {
        let mut found = pages::list(&mut self.db, &pages::Filter::default(), 10).unwrap();
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    fn delivery(&mut self, id: DeliveryId) -> Delivery {
        deliveries::open(&mut self.db, id).unwrap().unwrap().it
    }

    /// Returns what the timeline of a page says happened to the page itself.
    fn events(&mut self, page: &Page) -> Vec<page::Event> {
        let entries = timeline::of(&mut self.db, &[Subject::Page(page.id)]).unwrap();
        let events = entries.into_iter().filter_map(|entry| match entry.what {
            What::Page(event) => Some(event),
            What::Alert(_) | What::Delivery(_) | What::Incident(_) => None,
        });
        events.collect()
    }

    fn count(&mut self, what: &str) -> i64 {
        let sql = format!("select count(*) from {what}");
        self.db.query_one(&sql, &[], |row| row.int(0)).unwrap().unwrap()
    }
}

fn open(folder: &TempDir) -> Db {
    Db::open(&format!("sqlite:{}", folder.path().join("test.db").display())).unwrap()
}

/// What Prometheus says of an alert, `name=value …`, that fires since the beginning of the tests.
fn firing(labels: &str, now: i64) -> Signal {
    let pairs = labels.split(' ').map(|pair| pair.split_once('=').unwrap());
    Signal {
        labels: pairs.collect(),
        starts_at: Some(at(0)),
        ends_at: Some(at(now) + SignedDuration::from_mins(4)),
        ..Signal::default()
    }
}

fn resolved(labels: &str, now: i64) -> Signal {
    Signal { ends_at: Some(at(now)), ..firing(labels, now) }
}

fn ana() -> Actor {
    Actor::Person("ana".into())
}

fn sent() -> Outcome {
    Outcome::sent("ok")
}

fn refused() -> Outcome {
    Outcome::Refused { why: "gone".into() }
}
