//! What is legal in `stentor.yml` and yet doubtful.

use std::collections::{BTreeMap, BTreeSet};

use crate::escalation::Target;

use super::findings::{Findings, Place};
use super::stentor::{Sections, Stentor};
use super::yaml::Entry;

/// Adds the warnings that need the whole file.
pub(super) fn warnings(
    read: &Stentor,
    sections: &Sections<'_>,
    fallback: Place,
    out: &mut Findings<'_>,
) {
    unused_policies(read, sections, out);
    unused_schedules(read, sections, out);
    nobody_paged(read, sections, out);
    let named = read.fallback.iter().any(|target| matches!(target, Target::Person(_)));
    if !named && !read.fallback.is_empty() {
        let what = "the fallback names schedules only: nobody is reached while they are empty";
        out.warn(fallback, what, "add a person, as in `person:ana`");
    }
    cycles(read, sections, out);
}

fn unused_policies(read: &Stentor, sections: &Sections<'_>, out: &mut Findings<'_>) {
    let by_services = read.services.iter().filter_map(|service| service.escalate.as_ref());
    let by_receivers = read.pagers.iter().filter_map(|pager| pager.escalate.as_ref());
    let used: BTreeSet<&String> = by_services.chain(by_receivers).collect();
    for entry in sections.policies.iter().filter(|entry| !used.contains(&entry.key)) {
        let what = format!("no receiver and no service uses escalation policy `{}`", entry.key);
        out.warn(entry.at, what, "name it under `escalate`, or remove it");
    }
}

fn unused_schedules(read: &Stentor, sections: &Sections<'_>, out: &mut Findings<'_>) {
    let policies = read.policies.values();
    let targets = policies.flat_map(|policy| {
        policy.steps.iter().flat_map(|step| &step.targets).chain(&policy.fallback)
    });
    let used: BTreeSet<&String> = targets
        .chain(&read.fallback)
        .filter_map(|target| match target {
            Target::Schedule(key) => Some(key),
            Target::Person(_) => None,
        })
        .collect();
    for entry in sections.schedules.iter().filter(|entry| !used.contains(&entry.key)) {
        let what = format!("no escalation policy uses schedule `{}`", entry.key);
        out.warn(
            entry.at,
            what,
            format!("name it in a step, as in `schedule:{}`, or remove it", entry.key),
        );
    }
}

fn nobody_paged(read: &Stentor, sections: &Sections<'_>, out: &mut Findings<'_>) {
    if read.pagers.iter().all(|pager| pager.escalate.is_none()) {
        let file = super::stentor::FILE;
        let at =
            sections.policies.first().map_or(Place { file, line: 0, column: 0 }, |entry| entry.at);
        let what = "no alert pages anybody: no receiver escalates";
        out.warn(at, what, "add `receivers: { NAME: { escalate: POLICY } }`");
    }
}

/// How many circles of services are told of, and how many services of one are named.
const CIRCLES_MAX: usize = 20;
const CIRCLE_NAMES_MAX: usize = 10;

/// Adds a warning for each circle of services that need each other.
fn cycles(read: &Stentor, sections: &Sections<'_>, out: &mut Findings<'_>) {
    let needs: BTreeMap<&str, &[String]> = read
        .services
        .iter()
        .map(|service| (service.key.as_str(), service.depends_on.as_slice()))
        .collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut circles = 0;
    for start in needs.keys() {
        // Depth first with an explicit stack: each frame is a service and how many of its needs were followed.
        let mut path: Vec<(&str, usize)> = vec![(start, 0)];
        while let Some((key, next)) = path.last_mut() {
            let needed = needs.get(key).and_then(|needed| needed.get(*next));
            *next += 1;
            let Some(needed) = needed else {
                done.extend(path.pop().map(|(key, _)| key));
                continue;
            };
            if let Some(from) = path.iter().position(|(key, _)| *key == needed.as_str()) {
                let circle: Vec<&str> = path[from..].iter().map(|(key, _)| *key).collect();
                warn_circle(&circle, sections.services, out);
                circles += 1;
                if circles == CIRCLES_MAX {
                    return;
                }
            } else if !done.contains(needed.as_str()) {
                path.push((needed, 0));
            }
        }
    }
}

/// Shows a circle from its service that stands first in the file.
fn warn_circle(circle: &[&str], services: &[Entry], out: &mut Findings<'_>) {
    let first = services.iter().find(|entry| circle.contains(&entry.key.as_str()));
    let Some(entry) = first else { return };
    let start = circle.iter().position(|key| *key == entry.key).unwrap_or(0);
    let turned = circle[start..].iter().chain(&circle[..start]);
    let mut shown: Vec<&str> = turned.copied().take(CIRCLE_NAMES_MAX).collect();
    if circle.len() > CIRCLE_NAMES_MAX {
        shown.push("…");
    }
    shown.push(circle[start]);
    let what = format!("services need each other in a circle: {}", shown.join(" → "));
    out.warn(entry.at, what, "remove the `depends_on` that points back");
}
