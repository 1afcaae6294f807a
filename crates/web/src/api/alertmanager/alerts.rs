//! `/api/v2/alerts` and `/api/v2/alerts/groups`: what fires, found by the index and written piece by piece.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use stentor_domain::group::GroupId;
use stentor_domain::labels::{Fingerprint, Labels};
use stentor_domain::matchers::{Matcher, Matchers, Op};
use stentor_domain::plan::Plan;
use stentor_domain::standing::{Suppression, View};

use super::pieces::{self, Gone, Pieces};
use super::{refuse, truth};
use crate::app::App;
use crate::portions;

/// As `write!`, into memory, which cannot fail.
macro_rules! put {
    ($out:expr, $($what:tt)*) => {
        write!($out, $($what)*).expect("memory takes what is written")
    };
}

pub(super) async fn list_alerts(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Response {
    let wanted = match Wanted::read(query.as_deref().unwrap_or("")) {
        Ok(wanted) => wanted,
        Err(why) => return refuse(&why),
    };
    let (plan, now) = (Arc::clone(&app.in_force().plan), (app.clock)());
    pieces::answer(&app, move |app, out| {
        let look = Look::new(app, &plan, &wanted, now);
        let prints = look.prints();
        look.write_all(&prints, None, out)
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
    pieces::answer(&app, move |app, out| Look::new(app, &plan, &wanted, now).write_groups(out))
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
    receiver_labels: Matchers,
}

impl Wanted {
    fn read(query: &str) -> Result<Self, String> {
        let mut wanted = Self {
            active: true,
            silenced: true,
            inhibited: true,
            muted: true,
            matchers: Matchers::default(),
            receiver: None,
            receiver_labels: Matchers::default(),
        };
        for (name, value) in super::parameters(query)? {
            // A parameter without a value is one that is not given; an empty matcher is a bad one.
            if value.is_empty() && !["filter", "receiver_matchers"].contains(&name.as_str()) {
                continue;
            }
            match name.as_str() {
                "active" => wanted.active = truth(&value),
                "silenced" => wanted.silenced = truth(&value),
                "inhibited" => wanted.inhibited = truth(&value),
                "muted" => wanted.muted = truth(&value),
                "filter" => wanted.matchers.0.push(super::filter(&value)?),
                "receiver_matchers" => {
                    wanted.receiver_labels.0.push(super::filter(&value)?);
                }
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

    /// Tells whether the receiver is one that was asked for.
    fn hears(&self, plan: &Plan, receiver: &str) -> bool {
        let labelled = || {
            let known = plan.receivers.get(receiver);
            known.is_some_and(|known| self.receiver_labels.matches(&known.labels))
        };
        self.receiver.as_ref().is_none_or(|regex| regex.accepts(receiver))
            && (self.receiver_labels.0.is_empty() || labelled())
    }
}

/// One question about what stands, at one instant.
struct Look<'a> {
    app: &'a App,
    plan: &'a Plan,
    wanted: &'a Wanted,
    now: Timestamp,
    /// The receiver of each route, as JSON.
    receivers: Vec<String>,
    /// Whether the receiver of each route is one that was asked for.
    heard: Vec<bool>,
}

/// A group that is shown: the node of its route, its labels, its alerts.
struct Shown {
    node: usize,
    labels: Labels,
    prints: Vec<Fingerprint>,
}

impl<'a> Look<'a> {
    fn new(app: &'a App, plan: &'a Plan, wanted: &'a Wanted, now: Timestamp) -> Self {
        let receiver = |name: &str| json!({ "name": name }).to_string();
        let nodes = &plan.routes.nodes;
        let receivers = nodes.iter().map(|route| receiver(&route.receiver)).collect();
        let heard = nodes.iter().map(|route| wanted.hears(plan, &route.receiver)).collect();
        Self { app, plan, wanted, now, receivers, heard }
    }

    /// Returns the alerts that the matchers let through, in the order of their fingerprints.
    fn prints(&self) -> Vec<Fingerprint> {
        self.app.standing().select(&self.wanted.matchers, self.now)
    }

    /// Writes alerts as a list; with `muted_by`, as Alertmanager shows those of a group.
    fn write_all(
        &self,
        prints: &[Fingerprint],
        muted_by: Option<&[String]>,
        out: &mut Pieces,
    ) -> Result<(), Gone> {
        out.text().push(b'[');
        let mut first = true;
        for (standing, portion) in portions::of(&self.app.standing, prints) {
            for view in portion.iter().filter_map(|print| standing.view(*print)) {
                first &= !self.write(view, (first, muted_by), out.text());
            }
            // A slow client is not waited for while the engine is.
            drop(standing);
            out.flush_if_long()?;
        }
        out.text().push(b']');
        Ok(())
    }

    /// Writes an alert, with a comma before it unless it is the first; false when it is not wanted.
    fn write(
        &self,
        view: View<'_>,
        (first, muted_by): (bool, Option<&[String]>),
        out: &mut Vec<u8>,
    ) -> bool {
        let suppression = view.suppression(self.now);
        if !self.wanted.shows(&suppression) {
            return false;
        }
        let mut nodes = self.plan.routes.find_by(&|name| view.value(name));
        if !nodes.iter().any(|node| self.heard[*node]) {
            return false;
        }
        if muted_by.is_some() {
            // In a group only receivers that were asked for are shown.
            nodes.retain(|node| self.heard[*node]);
        }
        let known = view.known();
        let start: &[u8] = if first { b"{\"annotations\":" } else { b",{\"annotations\":" };
        out.extend_from_slice(start);
        write_pairs(view.annotations().iter(), out);
        let (ends_at, fingerprint) = (known.ends_at(), view.fingerprint());
        put!(out, ",\"endsAt\":\"{ends_at:.3}\",\"fingerprint\":\"{fingerprint}\",\"receivers\":[");
        for (at, node) in nodes.iter().enumerate() {
            put!(out, "{}{}", if at == 0 { "" } else { "," }, self.receivers[*node]);
        }
        put!(out, "],\"startsAt\":\"{:.3}\",\"status\":", known.starts_at());
        write_status(&suppression, muted_by.unwrap_or_default(), out);
        put!(out, ",\"updatedAt\":\"{:.3}\",", known.updated_at());
        if !view.generator_url().is_empty() {
            out.extend_from_slice(b"\"generatorURL\":");
            write_json(view.generator_url(), out);
            out.push(b',');
        }
        out.extend_from_slice(b"\"labels\":");
        write_pairs(view.labels(), out);
        out.push(b'}');
        true
    }

    fn write_groups(&self, out: &mut Pieces) -> Result<(), Gone> {
        let mut muted: HashMap<usize, Vec<String>> = HashMap::new();
        out.text().push(b'[');
        let mut first = true;
        for Shown { node, labels, prints } in self.groups() {
            let route = &self.plan.routes.nodes[node];
            let muted_by = muted.entry(node).or_insert_with(|| self.plan.muted_by(route, self.now));
            if !self.wanted.muted && !muted_by.is_empty() {
                continue;
            }
            let start: &[u8] = if first { b"{\"alerts\":" } else { b",{\"alerts\":" };
            out.text().extend_from_slice(start);
            first = false;
            self.write_all(&prints, Some(muted_by), out)?;
            let out = out.text();
            out.extend_from_slice(b",\"labels\":");
            write_pairs(labels.iter(), out);
            put!(out, ",\"receiver\":{}}}", self.receivers[node]);
        }
        out.text().push(b']');
        Ok(())
    }

    /// Returns the groups of the alerts that are wanted, by labels and receiver.
    fn groups(&self) -> Vec<Shown> {
        let mut groups: HashMap<GroupId, Vec<Fingerprint>> = HashMap::new();
        for (standing, portion) in portions::of(&self.app.standing, &self.prints()) {
            for view in portion.iter().filter_map(|print| standing.view(*print)) {
                if self.wanted.shows(&view.suppression(self.now)) {
                    for group in view.groups() {
                        groups.entry(*group).or_default().push(view.fingerprint());
                    }
                }
            }
        }
        let found = groups.into_iter().filter_map(|(id, prints)| self.shown(id, prints));
        let mut sorted: Vec<Shown> = found.collect();
        let receiver = |shown: &Shown| &self.plan.routes.nodes[shown.node].receiver;
        sorted.sort_by(|a, b| {
            let by_receiver = || (receiver(a), a.node).cmp(&(receiver(b), b.node));
            a.labels.compare(&b.labels).then_with(by_receiver)
        });
        sorted
    }

    /// Says which group of which route this is; none when the plan has no such route, or nobody asked for its receiver.
    fn shown(&self, id: GroupId, prints: Vec<Fingerprint>) -> Option<Shown> {
        let labels = self.app.standing().labels(*prints.first()?)?;
        let nodes = self.plan.routes.find(&labels).into_iter();
        let (node, labels) = nodes
            .map(|node| (node, self.plan.routes.nodes[node].group(&labels)))
            .find_map(|(node, group)| (group.id == id.0).then_some((node, group.labels)))?;
        self.heard[node].then_some(Shown { node, labels, prints })
    }
}

fn write_status(suppression: &Suppression, muted_by: &[String], out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"inhibitedBy\":[");
    if let Some(by) = suppression.inhibited_by {
        put!(out, "\"{by}\"");
    }
    out.extend_from_slice(b"],\"mutedBy\":");
    write_json(muted_by, out);
    out.extend_from_slice(b",\"silencedBy\":");
    write_json(&suppression.silenced_by, out);
    let suppressed = suppression.any() || !muted_by.is_empty();
    put!(out, ",\"state\":\"{}\"}}", if suppressed { "suppressed" } else { "active" });
}

fn write_pairs<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (at, (name, value)) in pairs.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_json(name, out);
        out.push(b':');
        write_json(value, out);
    }
    out.push(b'}');
}

fn write_json<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).expect("texts are written to memory without fail");
}
