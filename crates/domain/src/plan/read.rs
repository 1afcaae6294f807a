//! The way in: files as text → one compiled plan, or every problem found.

use std::collections::BTreeMap;

use crate::labels::Fnv;

use super::findings::{Findings, Place};
use super::secret::Sources;
use super::stentor::{Pager, Stentor};
use super::values::Range;
use super::{Plan, Problem, Receiver, alertmanager, names, severities, stentor, yaml};

/// Where secrets come from: the environment and files, which the plan only names.
pub trait Secrets {
    /// Returns a variable of the environment.
    fn env(&self, name: &str) -> Option<String>;

    /// Returns what a file holds; a relative path counts from the plan's folder. The error says why not.
    fn file(&self, path: &str) -> Result<String, String>;
}

/// Compiles a plan. `files` maps paths inside the plan's folder to their text.
///
/// `stentor.yml` and `alertmanager.yml` are required; other files are there to be referred to. Errors are all the
/// problems of all files, sorted by file and place; a file that is not YAML has only its first. What is doubtful
/// and yet legal is in [`Plan::warnings`].
pub fn read(files: &BTreeMap<String, String>, secrets: &dyn Secrets) -> Result<Plan, Vec<Problem>> {
    let mut out = Findings::new(files);
    let team = open(files, stentor::FILE, STENTOR_MEND, &mut out);
    let routing = open(files, alertmanager::FILE, ALERTMANAGER_MEND, &mut out);
    let team = team.and_then(|root| stentor::read(&root, secrets, &mut out));
    // When nobody knows what is allowed, nothing is said about it.
    let allowed = team.as_ref().map_or(&Range::ALL[..], |team| &team.allowed);
    let sources = Sources { secrets, expands: false, allowed, lenient: false };
    let routing = routing.and_then(|root| alertmanager::read(&root, &sources, &mut out));
    let mut routing = routing;
    if let (Some(team), Some(routing)) = (&team, &mut routing) {
        give_pagers(team, routing, &mut out);
    }
    let warnings = out.finish()?;
    let (Some(team), Some(routing)) = (team, routing) else {
        // What could not be read has a problem, so this is never reached; an empty list would still be refused.
        return Err(Vec::new());
    };
    Ok(Plan {
        digest: digest(files),
        people: team.people,
        teams: team.teams,
        services: team.services,
        schedules: team.schedules,
        policies: team.policies,
        severities: team.severities,
        channels: team.channels,
        receivers: routing.receivers,
        routes: routing.routes,
        inhibit_rules: routing.inhibit_rules,
        intervals: routing.intervals,
        fallback: team.fallback,
        resolve_timeout: routing.resolve_timeout,
        external_url: team.external_url,
        outbound_allow: team.outbound_allow,
        templates: routing.templates,
        warnings,
    })
}

/// Compiles a plan from one `alertmanager.yml` alone, and the files that its `templates` name.
///
/// There are no people, no channels and no fallback, and outbound requests may reach any address, as the original's do.
/// A file with a secret that cannot be read is a warning: the original looks for it only when it sends.
pub fn alertmanager_alone(
    files: &BTreeMap<String, String>,
    secrets: &dyn Secrets,
) -> Result<Plan, Vec<Problem>> {
    let mut out = Findings::new(files);
    let root = open(files, alertmanager::FILE, ALERTMANAGER_MEND, &mut out);
    let sources = Sources { secrets, expands: false, allowed: &Range::ALL, lenient: true };
    let routing = root.and_then(|root| alertmanager::read(&root, &sources, &mut out));
    let warnings = out.finish()?;
    let Some(routing) = routing else { return Err(Vec::new()) };
    Ok(Plan {
        digest: digest(files),
        people: BTreeMap::new(),
        teams: BTreeMap::new(),
        services: Vec::new(),
        schedules: BTreeMap::new(),
        policies: BTreeMap::new(),
        severities: severities::usual(),
        channels: BTreeMap::new(),
        receivers: routing.receivers,
        routes: routing.routes,
        inhibit_rules: routing.inhibit_rules,
        intervals: routing.intervals,
        fallback: Vec::new(),
        resolve_timeout: routing.resolve_timeout,
        external_url: None,
        outbound_allow: EVERYWHERE.map(str::to_owned).to_vec(),
        templates: routing.templates,
        warnings,
    })
}

/// Every address there is.
const EVERYWHERE: [&str; 2] = ["0.0.0.0/0", "::/0"];

const STENTOR_MEND: &str =
    "start one with `people:`, `channels:` and `fallback:`, as `examples/plan/stentor.yml` does";
const ALERTMANAGER_MEND: &str = "copy the one of your Alertmanager, or start with `route: { receiver: team }` and `receivers: [{ name: team }]`";

fn open(
    files: &BTreeMap<String, String>,
    file: &'static str,
    mend: &str,
    out: &mut Findings<'_>,
) -> Option<yaml::Node> {
    let Some(text) = files.get(file) else {
        out.error(Place { file, line: 0, column: 0 }, "the file is missing", mend);
        return None;
    };
    yaml::read(file, text, out)
}

/// Gives receivers of `alertmanager.yml` the pagers and fallbacks of `stentor.yml`.
fn give_pagers(team: &Stentor, routing: &mut alertmanager::Routing, out: &mut Findings<'_>) {
    let receivers = &mut routing.receivers;
    for pager in &team.pagers {
        for (name, at) in
            [Some((&pager.receiver, pager.at)), of_fallback(pager)].into_iter().flatten()
        {
            if !receivers.contains_key(name) {
                let known = receivers.keys().map(String::as_str);
                let mend = names::mend(name, known, "add it to `receivers` in alertmanager.yml");
                out.error(at, format!("alertmanager.yml has no receiver `{name}`"), mend);
            }
        }
        if let Some(receiver) = receivers.get_mut(&pager.receiver) {
            receiver.escalate = pager.escalate.clone();
            receiver.fallback = pager.fallback.as_ref().map(|(name, _)| name.clone());
        }
    }
    for (name, at) in team.pagers.iter().filter_map(of_fallback) {
        if comes_back(name, receivers) {
            let what = format!("the fallbacks of `{name}` lead back to it");
            out.error(at, what, "remove one of them");
        }
    }
}

fn of_fallback(pager: &Pager) -> Option<(&String, Place)> {
    pager.fallback.as_ref().map(|(name, at)| (name, *at))
}

/// Tells whether following the fallbacks from a receiver leads to it again.
fn comes_back(start: &str, receivers: &BTreeMap<String, Receiver>) -> bool {
    let mut name = start;
    for _ in 0..receivers.len() {
        let next = receivers.get(name).and_then(|receiver| receiver.fallback.as_deref());
        let Some(next) = next else { return false };
        if next == start {
            return true;
        }
        name = next;
    }
    false
}

/// Returns the first YAML document of an `alertmanager.yml`: the original reads no other.
pub fn first_document(text: &str) -> &str {
    yaml::first_document(text)
}

/// Returns 16 hexadecimal digits over all paths and texts.
pub fn digest(files: &BTreeMap<String, String>) -> String {
    let mut hash = Fnv::new();
    for (path, text) in files {
        hash.write(path.as_bytes()).write(&[0xff]).write(text.as_bytes()).write(&[0xff]);
    }
    format!("{:016x}", hash.finish())
}

#[cfg(test)]
mod tests;
