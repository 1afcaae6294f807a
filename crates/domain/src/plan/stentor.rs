//! `stentor.yml`: the parts are read by the files beside this one; here is the whole.

use std::collections::BTreeMap;

use crate::escalation::{Policy, Target};
use crate::schedule::Schedule;
use crate::severity::Scale;

use super::fields::{Fields, Word};
use super::findings::{Findings, Place};
use super::read::Secrets;
use super::secret::Sources;
use super::values::{self, Range};
use super::yaml::{Entry, Node};
use super::{Channel, Person, Service, Team, channels, check, names, oncall, people, severities};

/// The file's name in every plan.
pub(super) const FILE: &str = "stentor.yml";

/// The sections as they are written: what names may lead to, whether or not it is right in itself.
pub(super) struct Sections<'n> {
    pub(super) people: &'n [Entry],
    pub(super) teams: &'n [Entry],
    pub(super) services: &'n [Entry],
    pub(super) schedules: &'n [Entry],
    pub(super) policies: &'n [Entry],
    pub(super) channels: &'n [Entry],
}

/// The whole file, read.
pub(super) struct Stentor {
    pub(super) people: BTreeMap<String, Person>,
    pub(super) teams: BTreeMap<String, Team>,
    pub(super) services: Vec<Service>,
    pub(super) schedules: BTreeMap<String, Schedule>,
    pub(super) policies: BTreeMap<String, Policy>,
    pub(super) severities: Scale,
    pub(super) channels: BTreeMap<String, Channel>,
    pub(super) fallback: Vec<Target>,
    pub(super) external_url: Option<String>,
    pub(super) outbound_allow: Vec<String>,
    /// `outbound_allow`, read.
    pub(super) allowed: Vec<Range>,
    pub(super) pagers: Vec<Pager>,
}

/// A receiver of `alertmanager.yml` that gets a pager.
pub(super) struct Pager {
    pub(super) receiver: String,
    pub(super) at: Place,
    pub(super) escalate: Option<String>,
    /// The receiver that is told when none of this one's integrations could be, and where that is written.
    pub(super) fallback: Option<(String, Place)>,
}

/// Reads the file; `None` when it is no map at all.
pub(super) fn read(root: &Node, secrets: &dyn Secrets, out: &mut Findings<'_>) -> Option<Stentor> {
    let whole = Place { line: 0, column: 0, ..root.at };
    let mut top = Fields::open(root, "the file", whole, out)?;
    let sections = sections(&mut top, out);
    let (outbound_allow, allowed) = outbound(&mut top, out);
    let sources = Sources { secrets, expands: true, allowed: &allowed, lenient: false };
    let external_url = sources.text(&mut top, "external_url", out).and_then(|url| {
        out.check(url.at, values::url(&url.text))?;
        Some(url.text.trim_end_matches('/').to_owned())
    });
    let channels = each(sections.channels, out, |entry, out| {
        let channel = channels::read(entry, &sources, out)?;
        channels::warn_clear_password(&channel.settings, entry.at, out);
        Some(channel)
    });
    let people = each(sections.people, out, |entry, out| {
        people::person(entry, &channels, &sections, &sources, out)
    });
    let teams = each(sections.teams, out, |entry, out| people::team(entry, &sections, out));
    let services = sections.services.iter();
    let services = services.filter_map(|entry| people::service(entry, &sections, out)).collect();
    let schedules =
        each(sections.schedules, out, |entry, out| oncall::schedule(entry, &sections, out));
    let policies = each(sections.policies, out, |entry, out| oncall::policy(entry, &sections, out));
    let severities = severities::read(&mut top, out);
    let fallback = oncall::targets(&mut top, "fallback", &sections, out);
    if fallback.is_empty() && !top.has("fallback") {
        let mend = "say who is paged when nobody else is left, as in `fallback: [person:ana]`";
        top.missing("fallback", mend, out);
    }
    let pagers = pagers(&mut top, &sections, out);
    let fallback_at = top.place("fallback");
    top.finish(out);
    let read = Stentor {
        people,
        teams,
        services,
        schedules,
        policies,
        severities,
        channels,
        fallback,
        external_url,
        outbound_allow,
        allowed,
        pagers,
    };
    check::warnings(&read, &sections, fallback_at, out);
    Some(read)
}

fn sections<'n>(top: &mut Fields<'n>, out: &mut Findings<'_>) -> Sections<'n> {
    let mut section = |key| {
        let entries = top.map(key, out);
        for entry in entries {
            let fits = |c: char| c.is_alphanumeric() || "-_.".contains(c);
            if entry.key.is_empty() || !entry.key.chars().all(fits) {
                let what = format!("`{}` cannot be a key of `{key}`", entry.key);
                out.error(entry.at, what, "use letters, digits, `-`, `_` and `.`");
            }
        }
        entries
    };
    Sections {
        people: section("people"),
        teams: section("teams"),
        services: section("services"),
        schedules: section("schedules"),
        policies: section("escalation_policies"),
        channels: section("channels"),
    }
}

/// Reads each entry of a section; those that cannot be read are left out, and their problem is found.
fn each<T>(
    entries: &[Entry],
    out: &mut Findings<'_>,
    mut read: impl FnMut(&Entry, &mut Findings<'_>) -> Option<T>,
) -> BTreeMap<String, T> {
    entries.iter().filter_map(|entry| Some((entry.key.clone(), read(entry, out)?))).collect()
}

fn outbound(top: &mut Fields<'_>, out: &mut Findings<'_>) -> (Vec<String>, Vec<Range>) {
    let at = top.place("outbound");
    let Some(node) = top.get("outbound") else { return (Vec::new(), Vec::new()) };
    let Some(mut fields) = Fields::open(node, "`outbound`", at, out) else {
        return (Vec::new(), Vec::new());
    };
    let words = fields.words("allow", out);
    fields.finish(out);
    let read = |word: &Word<'_>| {
        Some((word.text.to_owned(), out.check(word.at, values::range(word.text))?))
    };
    words.iter().filter_map(read).unzip()
}

fn pagers(top: &mut Fields<'_>, sections: &Sections<'_>, out: &mut Findings<'_>) -> Vec<Pager> {
    let mut pagers = Vec::new();
    for entry in top.map("receivers", out) {
        let name = format!("receiver `{}`", entry.key);
        let Some(mut fields) = Fields::open(&entry.value, name, entry.at, out) else { continue };
        let policy = fields.word("escalate", out);
        if let Some(policy) = policy {
            sections.policy(policy, out);
        }
        let fallback = fields.word("fallback", out);
        if policy.is_none() && fallback.is_none() && !fields.has("escalate") {
            let mend = "name an escalation policy, or remove the receiver here";
            fields.missing("escalate", mend, out);
        }
        fields.finish(out);
        let escalate = policy.map(|policy| policy.text.to_owned());
        let fallback = fallback.map(|word| (word.text.to_owned(), word.at));
        pagers.push(Pager { receiver: entry.key.clone(), at: entry.at, escalate, fallback });
    }
    pagers
}

/// Returns the keys of a section.
pub(super) fn keys(entries: &[Entry]) -> impl Iterator<Item = &str> {
    entries.iter().map(|entry| entry.key.as_str())
}

impl Sections<'_> {
    pub(super) fn person(&self, word: Word<'_>, out: &mut Findings<'_>) {
        leads("person", "people", self.people, word, out);
    }

    pub(super) fn team(&self, word: Word<'_>, out: &mut Findings<'_>) {
        leads("team", "teams", self.teams, word, out);
    }

    pub(super) fn service(&self, word: Word<'_>, out: &mut Findings<'_>) {
        leads("service", "services", self.services, word, out);
    }

    pub(super) fn schedule(&self, word: Word<'_>, out: &mut Findings<'_>) {
        leads("schedule", "schedules", self.schedules, word, out);
    }

    pub(super) fn policy(&self, word: Word<'_>, out: &mut Findings<'_>) {
        leads("escalation policy", "escalation_policies", self.policies, word, out);
    }

    pub(super) fn channel(&self, word: Word<'_>, out: &mut Findings<'_>) {
        leads("channel", "channels", self.channels, word, out);
    }
}

/// Adds an error unless the word is a key of the section.
fn leads(kind: &str, section: &str, entries: &[Entry], word: Word<'_>, out: &mut Findings<'_>) {
    if keys(entries).all(|key| key != word.text) {
        let fault = names::unknown(kind, section, word.text, keys(entries));
        out.error(word.at, fault.what, fault.mend);
    }
}
