//! `/api/v2/alerts` and `/api/v2/alerts/groups`: what fires, found by the index and written piece by piece.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::json;
use stentor_domain::labels::{Fingerprint, Labels};
use stentor_domain::matchers::{Matcher, Matchers, Op, parse};
use stentor_domain::plan::Plan;
use stentor_domain::standing::Suppression;
use stentor_store::alerts::{self, Texts};
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;

use super::pieces::{self, Pieces};
use super::{millis, refuse};
use crate::app::App;

/// So many alerts are asked for and written at once; between two portions the engine may go on.
const PORTION: usize = 512;

pub(super) async fn list_alerts(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Response {
    let wanted = match Wanted::read(query.as_deref().unwrap_or("")) {
        Ok(wanted) => wanted,
        Err(why) => return refuse(&why),
    };
    let (plan, now) = (Arc::clone(&app.in_force().plan), (app.clock)());
    pieces::answer(&app, move |app, db, out| {
        let look = Look { app, plan: &plan, wanted: &wanted, now };
        let prints = look.prints();
        look.write_all(db, &prints, None, out)
    })
    .await
}

pub(super) async fn list_groups(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Response {
    let wanted = match Wanted::read(query.as_deref().unwrap_or("")) {
        Ok(wanted) => wanted,
        Err(why) => return refuse(&why),
    };
    let (plan, now) = (Arc::clone(&app.in_force().plan), (app.clock)());
    pieces::answer(&app, move |app, db, out| {
        let look = Look { app, plan: &plan, wanted: &wanted, now };
        look.write_groups(db, out)
    })
    .await
}

/// What a client wants to see; parameters that are not known are ignored, as Alertmanager does.
struct Wanted {
    active: bool,
    silenced: bool,
    inhibited: bool,
    muted: bool,
    matchers: Matchers,
    receiver: Option<Matcher>,
}

impl Wanted {
    fn read(query: &str) -> Result<Self, String> {
        let uri = format!("/?{query}").parse().map_err(|_| "bad query".to_owned())?;
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri)
            .map_err(|error| error.to_string())?;
        let mut wanted = Self {
            active: true,
            silenced: true,
            inhibited: true,
            muted: true,
            matchers: Matchers::default(),
            receiver: None,
        };
        for (name, value) in pairs.0 {
            // A parameter without a value is one that is not given; an empty matcher is a bad one.
            if value.is_empty() && name != "filter" {
                continue;
            }
            match name.as_str() {
                "active" => wanted.active = truth(&value),
                "silenced" => wanted.silenced = truth(&value),
                "inhibited" => wanted.inhibited = truth(&value),
                "muted" => wanted.muted = truth(&value),
                "filter" => wanted.matchers.0.push(
                    parse::matcher(&value)
                        .map_err(|error| format!("bad matcher format: {error}"))?,
                ),
                "receiver" => {
                    let regex = Matcher::new("receiver", Op::Fits, &value);
                    let regex =
                        regex.map_err(|why| format!("failed to parse receiver param: {why}"));
                    wanted.receiver = Some(regex?);
                }
                // Nothing is ever unprocessed: what is asked for is looked at when it is asked.
                _ => {}
            }
        }
        Ok(wanted)
    }

    fn shows(&self, suppression: &Suppression) -> bool {
        (self.active || suppression.any())
            && (self.silenced || suppression.silenced_by.is_empty())
            && (self.inhibited || suppression.inhibited_by.is_none())
    }

    fn hears(&self, receiver: &str) -> bool {
        self.receiver.as_ref().is_none_or(|regex| regex.accepts(receiver))
    }
}

/// One question about what stands, at one instant.
struct Look<'a> {
    app: &'a App,
    plan: &'a Plan,
    wanted: &'a Wanted,
    now: Timestamp,
}

/// What is known of an alert before its row is read.
struct Seen {
    ends_at: Timestamp,
    suppression: Suppression,
    /// Indices of the routes that it comes to.
    nodes: Vec<usize>,
}

impl Look<'_> {
    /// Returns the alerts that the matchers let through, in the order of their fingerprints.
    fn prints(&self) -> Vec<Fingerprint> {
        self.app.standing().select(&self.wanted.matchers, self.now)
    }

    /// Looks at some of them; those that are not wanted are left out.
    fn see(&self, prints: &[Fingerprint]) -> HashMap<Fingerprint, Seen> {
        let standing = self.app.standing();
        let see = |print: &Fingerprint| {
            let ends_at = standing.known(*print)?.ends_at();
            let suppression = standing.suppression(*print, self.now);
            if !self.wanted.shows(&suppression) {
                return None;
            }
            let nodes =
                standing.with_labels(*print, |value_of| self.plan.routes.find_by(value_of))?;
            let receiver = |node: &usize| self.plan.routes.nodes[*node].receiver.as_str();
            let heard = nodes.iter().any(|node| self.wanted.hears(receiver(node)));
            heard.then_some((*print, Seen { ends_at, suppression, nodes }))
        };
        prints.iter().filter_map(see).collect()
    }

    /// Writes alerts as a list; with `muted_by`, as Alertmanager shows those of a group.
    fn write_all(
        &self,
        db: &mut Db,
        prints: &[Fingerprint],
        muted_by: Option<&[String]>,
        out: &mut Pieces,
    ) -> Result<(), StoreError> {
        out.push(b"[")?;
        let mut first = true;
        for portion in prints.chunks(PORTION) {
            let seen = self.see(portion);
            let shown: Vec<Fingerprint> =
                portion.iter().copied().filter(|print| seen.contains_key(print)).collect();
            let mut written: BTreeMap<Fingerprint, Vec<u8>> = BTreeMap::new();
            alerts::visit_texts(db, &shown, |texts| {
                if let Some(seen) = seen.get(&texts.fingerprint) {
                    written.insert(texts.fingerprint, self.alert(&texts, seen, muted_by));
                }
            })?;
            for text in written.into_values() {
                if !first {
                    out.push(b",")?;
                }
                first = false;
                out.push(&text)?;
            }
        }
        out.push(b"]")
    }

    fn alert(&self, texts: &Texts<'_>, seen: &Seen, muted_by: Option<&[String]>) -> Vec<u8> {
        let Texts { fingerprint, starts_at, updated_at, labels, annotations, .. } = texts;
        let receivers: Vec<_> = seen
            .nodes
            .iter()
            .map(|node| json!({ "name": self.plan.routes.nodes[*node].receiver }))
            .collect();
        let inhibited_by: Vec<String> =
            seen.suppression.inhibited_by.iter().map(ToString::to_string).collect();
        let suppressed = seen.suppression.any() || muted_by.is_some_and(|by| !by.is_empty());
        let state = if suppressed { "suppressed" } else { "active" };
        let status = json!({
            "inhibitedBy": inhibited_by,
            "mutedBy": muted_by.unwrap_or_default(),
            "silencedBy": seen.suppression.silenced_by,
            "state": state,
        });
        let generator = match &texts.generator_url {
            url if url.is_empty() => Cow::Borrowed(""),
            url => Cow::Owned(format!("\"generatorURL\":{},", json!(url))),
        };
        let mut out = Vec::with_capacity(labels.len() + annotations.len() + 400);
        // Writing to memory cannot fail.
        let _ = write!(
            out,
            "{{\"annotations\":{annotations},\"endsAt\":\"{}\",\"fingerprint\":\"{fingerprint}\",\
             \"receivers\":{},\"startsAt\":\"{}\",\"status\":{status},\"updatedAt\":\"{}\",\
             {generator}\"labels\":{labels}}}",
            millis(seen.ends_at),
            json!(receivers),
            millis(*starts_at),
            millis(*updated_at),
        );
        out
    }

    fn write_groups(&self, db: &mut Db, out: &mut Pieces) -> Result<(), StoreError> {
        let mut muted: HashMap<usize, Vec<String>> = HashMap::new();
        out.push(b"[")?;
        let mut first = true;
        for ((node, labels), prints) in self.groups() {
            let route = &self.plan.routes.nodes[node];
            let muted_by = muted.entry(node).or_insert_with(|| self.plan.muted_by(route, self.now));
            if !self.wanted.muted && !muted_by.is_empty() {
                continue;
            }
            let head = if first { "{\"alerts\":" } else { ",{\"alerts\":" };
            first = false;
            out.push(head.as_bytes())?;
            self.write_all(db, &prints, Some(muted_by), out)?;
            let receiver = json!({ "name": route.receiver });
            let tail = format!(",\"labels\":{},\"receiver\":{receiver}}}", json!(labels));
            out.push(tail.as_bytes())?;
        }
        out.push(b"]")
    }

    /// Returns the groups of the alerts that are wanted, by labels and receiver.
    fn groups(&self) -> Vec<((usize, Labels), Vec<Fingerprint>)> {
        let mut groups: HashMap<(usize, Labels), Vec<Fingerprint>> = HashMap::new();
        for portion in self.prints().chunks(PORTION) {
            let standing = self.app.standing();
            for print in portion {
                if !self.wanted.shows(&standing.suppression(*print, self.now)) {
                    continue;
                }
                let Some(labels) = standing.labels(*print) else { continue };
                for node in self.plan.routes.find(&labels) {
                    let route = &self.plan.routes.nodes[node];
                    if self.wanted.hears(&route.receiver) {
                        groups.entry((node, route.group_labels(&labels))).or_default().push(*print);
                    }
                }
            }
        }
        let mut sorted: Vec<_> = groups.into_iter().collect();
        let receiver = |node: usize| &self.plan.routes.nodes[node].receiver;
        sorted.sort_by(|((a, a_labels), _), ((b, b_labels), _)| {
            a_labels.compare(b_labels).then_with(|| (receiver(*a), a).cmp(&(receiver(*b), b)))
        });
        sorted
    }
}

/// What go-openapi takes for true; everything else is false.
fn truth(word: &str) -> bool {
    ["1", "true", "yes", "on", "ok", "y", "t", "checked", "selected", "enabled"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}
