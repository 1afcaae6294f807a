//! The routing tree, and the way of labels that somebody tries.

use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use jiff::SignedDuration;
use serde::Deserialize;
use stentor_domain::escalation;
use stentor_domain::explain::{self, Question, Way};
use stentor_domain::group::PAGER;
use stentor_domain::labels::Labels;
use stentor_domain::matchers::parse;
use stentor_domain::matchers::{Matchers, Op};
use stentor_domain::plan::Plan;
use stentor_domain::routing::{GroupBy, Route};
use stentor_store::error::Error as StoreError;

use super::frame::{Frame, Source, html};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::layout::Section;
use crate::pages::route::{RouteNode, RouteWay, RoutesShow};
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/routes", get(show_routes))
}

/// What is tried.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    labels: String,
}

async fn show_routes(frame: Frame, Query(wanted): Query<Wanted>) -> Result<Response, Error> {
    let (tried, problem) = match tried(&wanted.labels) {
        Ok(tried) => (tried, None),
        Err(why) => (None, Some(why)),
    };
    let (layout, (nodes, ways)) = frame
        .read(Section::Alerts, move |from| {
            let ways = tried.as_ref().map(|labels| ways(from, labels)).transpose()?;
            Ok((tree(from, tried.as_ref()), ways.unwrap_or_default()))
        })
        .await?;
    let has_policies = !frame.plan().policies.is_empty();
    Ok(html(&RoutesShow { layout, labels: wanted.labels, problem, ways, has_policies, nodes }))
}

/// Returns the labels that somebody typed; `None` for an empty text.
fn tried(text: &str) -> Result<Option<Labels>, String> {
    let Matchers(typed) =
        parse::matchers(text).map_err(|error| format!("The labels cannot be read: {error}."))?;
    if let Some(other) = typed.iter().find(|matcher| matcher.op != Op::Equals) {
        return Err(format!("A label has one value: write {}=\"…\".", other.name));
    }
    let labels: Labels = typed.into_iter().map(|it| (it.name, it.value)).collect();
    Ok((!labels.is_empty()).then_some(labels))
}

fn ways(from: &mut Source<'_>, labels: &Labels) -> Result<Vec<RouteWay>, StoreError> {
    let known = from.groups_of(labels)?;
    let standing = from.standing();
    let question = Question { plan: from.plan, standing: &standing, groups: &known, now: from.now };
    let trace = explain::trace(question, labels);
    Ok(trace.ways.iter().map(|it| way(from, it)).collect())
}

fn way(from: &Source<'_>, way: &Way) -> RouteWay {
    let plan = from.plan;
    let policy = way.policy.as_ref().and_then(|key| plan.policies.get(key));
    let first = policy.and_then(|policy| policy.steps.first());
    let reached = first.map(|step| escalation::reach(plan, &step.targets, from.now));
    let people = reached.unwrap_or_default().into_iter();
    let name = |ear: &str| if ear == PAGER { "people on call".to_owned() } else { ear.to_owned() };
    RouteWay {
        receiver: way.receiver.clone(),
        ears: way.ears.iter().map(|ear| (name(&ear.name), ear.why.clone())).collect(),
        policy: way.policy.clone(),
        people: people.map(|it| (plan.name_of(&it.person).to_owned(), it.why)).collect(),
    }
}

/// Returns the nodes depth first, with how many firing alerts end at each.
fn tree(from: &Source<'_>, tried: Option<&Labels>) -> Vec<RouteNode> {
    let routes = &from.plan.routes;
    let counts = from.standing().routed(routes);
    let ends = tried.map(|labels| routes.find(labels)).unwrap_or_default();
    let mut nodes = Vec::with_capacity(routes.nodes.len());
    add(from, (&counts, &ends), (0, 0), &mut nodes);
    let mut before = 0;
    for node in &mut nodes {
        let RouteNode { depth, closes, .. } = node;
        *closes = (before + 1_usize).saturating_sub(*depth);
        before = *depth;
    }
    nodes
}

/// Adds a node and what is below it; returns whether the labels come by.
fn add(
    from: &Source<'_>,
    (counts, ends): (&[u64], &[usize]),
    (at, depth): (usize, usize),
    nodes: &mut Vec<RouteNode>,
) -> bool {
    let Some(route) = from.plan.routes.nodes.get(at) else { return false };
    let place = nodes.len();
    nodes.push(node(from, route, depth));
    let mut on_way = ends.contains(&at);
    nodes[place].is_end = on_way;
    nodes[place].alerts = counts.get(at).copied().unwrap_or(0);
    for child in &route.children {
        on_way |= add(from, (counts, ends), (*child, depth + 1), nodes);
    }
    nodes[place].on_way = on_way;
    on_way
}

fn node(from: &Source<'_>, route: &Route, depth: usize) -> RouteNode {
    let plan = from.plan;
    RouteNode {
        depth,
        closes: 0,
        matchers: route.matchers.0.iter().map(ToString::to_string).collect(),
        receiver: route.receiver.clone(),
        policy: plan.receivers.get(&route.receiver).and_then(|it| it.escalate.clone()),
        group_by: match &route.group_by {
            GroupBy::All => "all labels".to_owned(),
            GroupBy::Labels(names) if names.is_empty() => "route, in one group".to_owned(),
            GroupBy::Labels(names) => names.join(", "),
        },
        timers: format!(
            "wait {}, interval {}, repeat {}",
            length(route.group_wait),
            length(route.group_interval),
            length(route.repeat_interval)
        ),
        goes_on: route.goes_on,
        intervals: intervals(plan, route, from),
        muted: !plan.muted_by(route, from.now).is_empty(),
        alerts: 0,
        on_way: false,
        is_end: false,
        line: route.line,
    }
}

fn intervals(plan: &Plan, route: &Route, from: &Source<'_>) -> Vec<(String, bool)> {
    let holds = |name: &String| plan.intervals.get(name).is_some_and(|it| it.contains(from.now));
    let muted = route.mute.iter().map(|name| match holds(name) {
        true => (format!("muted by {name} (now)"), true),
        false => (format!("muted by {name}"), false),
    });
    // One of them is enough.
    let is_active = route.active.iter().any(holds);
    let active = route.active.iter().map(|name| match holds(name) {
        true => (format!("active in {name} (now)"), false),
        false => (format!("active in {name} (not now)"), !is_active),
    });
    muted.chain(active).collect()
}

fn length(length: SignedDuration) -> String {
    format!("{length:#}").replace(' ', "")
}
