//! One of each noun: the documents of the first release, which every later one has to read.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use stentor_domain::alert::Alert;
use stentor_domain::delivery::Delivery;
use stentor_domain::group::{Group, GroupId};
use stentor_domain::id::{DeliveryId, Ids, IncidentId, PageId};
use stentor_domain::incident::Incident;
use stentor_domain::page::Page;
use stentor_domain::standing::Record;

use crate::document::Saved;

pub(super) const PAGE: &str = include_str!("golden/page.json");
pub(super) const DELIVERY: &str = include_str!("golden/delivery.json");
pub(super) const DELIVERY_TO_RECEIVER: &str = include_str!("golden/delivery_to_receiver.json");
pub(super) const GROUP: &str = include_str!("golden/group.json");
pub(super) const INCIDENT: &str = include_str!("golden/incident.json");

/// An identity above what a signed number holds, as half of all hashes are.
pub(super) const GROUP_ID: GroupId = GroupId(0xf000_0000_0000_0000);

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(super) fn ids() -> Ids {
    let mut next = 0u64;
    Ids::new(move || {
        next += 1;
        next
    })
}

pub(super) fn parse<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Fails unless `read` says all that the document `golden` says; a later release may say more.
#[track_caller]
pub(super) fn assert_kept(golden: &str, read: &impl Serialize) {
    fn kept(golden: &Value, read: &Value) -> bool {
        match (golden, read) {
            (Value::Object(golden), Value::Object(read)) => {
                golden.iter().all(|(key, value)| read.get(key).is_some_and(|it| kept(value, it)))
            }
            (Value::Array(golden), Value::Array(read)) => {
                golden.len() == read.len() && golden.iter().zip(read).all(|(a, b)| kept(a, b))
            }
            (golden, read) => golden == read,
        }
    }
    let read = serde_json::to_value(read).unwrap();
    assert!(kept(&parse(golden), &read), "{golden}\nwas read as\n{read:#}");
}

/// An alert that fires until `ends`.
pub(super) fn alert(name: &str, ends: i64) -> Record {
    let alert = Alert {
        labels: [("alertname", name), ("node", "a")].into_iter().collect(),
        annotations: [("summary", "full")].into_iter().collect(),
        generator_url: "http://prometheus.example.com".into(),
        starts_at: at(0),
        ends_at: at(ends),
        updated_at: at(0),
        timeout: true,
    };
    let fingerprint = alert.fingerprint();
    let (number, due_at) = ((fingerprint.0 >> 1).cast_signed(), Some(at(ends)));
    Record { number, fingerprint, alert, firing: true, due_at, groups: vec![] }
}

pub(super) fn group(flush: i64) -> Saved<Group> {
    Saved::new(Group { flush_at: at(flush), ..parse(GROUP) })
}

/// A page without a group, triggered at `began`.
pub(super) fn page(ids: &mut Ids, began: i64) -> Saved<Page> {
    let (id, triggered_at) = (PageId::new(ids, at(began)), at(began));
    Saved::new(Page { id, triggered_at, group: None, incident: None, ..parse(PAGE) })
}

pub(super) fn delivery(ids: &mut Ids, made: i64) -> Saved<Delivery> {
    let (id, created_at) = (DeliveryId::new(ids, at(made)), at(made));
    Saved::new(Delivery { id, created_at, due_at: Some(at(made)), ..parse(DELIVERY) })
}

pub(super) fn incident(ids: &mut Ids, number: i64, declared: i64) -> Saved<Incident> {
    let (id, declared_at) = (IncidentId::new(ids, at(declared)), at(declared));
    Saved::new(Incident { id, number, declared_at, ..parse(INCIDENT) })
}

/// Reads a list to its end, `step` at a time; fails when a piece is longer than asked for.
pub(super) fn in_pieces<T: Clone>(
    step: usize,
    mut next: impl FnMut(Option<&T>, i64) -> Vec<T>,
) -> Vec<T> {
    let mut all: Vec<T> = Vec::new();
    loop {
        let piece = next(all.last(), i64::try_from(step).unwrap());
        assert!(piece.len() <= step);
        all.extend_from_slice(&piece);
        if piece.len() < step {
            return all;
        }
    }
}
