//! The plan: everything that a team prepares, compiled from its files to one immutable value.
//!
//! `read` takes the files as text and either returns a complete [`Plan`], in which every name leads somewhere,
//! or every problem found, each with its place and the mend. The plan is swapped whole; nothing here changes it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::escalation::{Policy, Target};
use crate::inhibition;
use crate::interval::Interval;
use crate::labels::Labels;
use crate::matchers::Matchers;
use crate::routing::{Route, Routes};
use crate::schedule::Schedule;
use crate::severity::{Level, Scale};
use crate::template::Templates;

mod alertmanager;
mod channels;
mod check;
mod conditions;
mod fields;
mod findings;
mod globs;
mod intervals;
mod mask;
mod names;
mod oncall;
mod people;
pub mod read;
mod receivers;
mod routes;
mod secret;
mod severities;
mod stentor;
mod values;
mod yaml;

/// A person's key in the plan, for example `ana`.
pub type PersonName = String;

/// Everything that a team prepared, checked and indexed.
#[derive(Clone, Debug)]
pub struct Plan {
    /// 16 hexadecimal digits over all files: the same files are the same revision.
    pub digest: String,
    /// Who can be paged, by key.
    pub people: BTreeMap<PersonName, Person>,
    /// Teams by key.
    pub teams: BTreeMap<String, Team>,
    /// Services in the order of the file; the first whose matchers fit an alert owns it.
    pub services: Vec<Service>,
    /// Schedules by key.
    pub schedules: BTreeMap<String, Schedule>,
    /// Escalation policies by key.
    pub policies: BTreeMap<String, Policy>,
    /// The scale of severities.
    pub severities: Scale,
    /// Channels by key: how a message leaves.
    pub channels: BTreeMap<String, Channel>,
    /// Receivers of `alertmanager.yml` by name.
    pub receivers: BTreeMap<String, Receiver>,
    /// The routing tree of `alertmanager.yml`.
    pub routes: Routes,
    /// The inhibition rules of `alertmanager.yml`, in the order of the file.
    pub inhibit_rules: Vec<inhibition::Rule>,
    /// The time intervals of `alertmanager.yml` by name.
    pub intervals: BTreeMap<String, Interval>,
    /// Who is paged when a policy has been walked to its end, or has nobody; never empty.
    pub fallback: Vec<Target>,
    /// How long a firing alert without an end stays firing after it was last heard of.
    pub resolve_timeout: SignedDuration,
    /// The address that links in messages start with, without a slash at the end; `None` = as the server decides.
    pub external_url: Option<String>,
    /// Address ranges (CIDR) that outbound requests may reach although they are private or loopback.
    pub outbound_allow: Vec<String>,
    /// The templates of messages: the default ones, and over them those of the files that `templates` names.
    pub templates: Arc<Templates>,
    /// What is legal and yet doubtful; shown, never refused.
    pub warnings: Vec<Problem>,
}

/// Reads a duration as the files of a plan write it: `30s`, `1h30m`, `2w`. What is wrong comes with its mend.
pub fn duration(text: &str) -> Result<SignedDuration, String> {
    values::duration(text).map_err(|fault| format!("{}; {}", fault.what, fault.mend))
}

/// Somebody who can be paged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// As others call them.
    pub name: String,
    /// Where mail reaches them; also what links an account to this person.
    pub email: Option<String>,
    /// Their member id at Slack, for mentions.
    pub slack_id: Option<String>,
    /// Channels by key, best first; a failing one is followed by the next. Never empty.
    pub notify: Vec<String>,
}

/// People who own services together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// As others call it.
    pub name: String,
    /// Keys of people.
    pub members: Vec<PersonName>,
}

/// Something that can break, and who answers for it.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its key in the plan.
    pub key: String,
    /// As people call it.
    pub name: String,
    /// Which alerts are about it.
    pub matchers: Matchers,
    /// The key of the team that owns it.
    pub owner: Option<String>,
    /// The escalation policy for a person's request that somebody acts on it; alerts page by their receiver's.
    pub escalate: Option<String>,
    /// Where its runbook is: an address, or a path inside the plan.
    pub runbook: Option<String>,
    /// Keys of services that it needs.
    pub depends_on: Vec<String>,
}

/// How a message leaves: the kind picks the translation, the settings fill it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// `email`, `webhook` or `slack`: a kind of `integrations::outbound::CHANNELS`.
    pub kind: String,
    /// Every setting by name, secrets included and already resolved; never shown whole.
    pub settings: Settings,
}

/// The settings of one channel or one integration of a receiver.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settings(pub BTreeMap<String, Setting>);

/// One setting's value, and whether it must be masked wherever it is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Setting {
    /// The text, with `${NAME}` and `…_file` already replaced by what they stand for.
    pub value: String,
    /// Whether people may not see it.
    pub secret: bool,
}

impl Settings {
    /// Returns a setting's text, or the empty text when it is not set.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |setting| &setting.value)
    }

    /// Adds a setting.
    pub fn set(&mut self, name: &str, value: impl Into<String>, secret: bool) {
        self.0.insert(name.to_owned(), Setting { value: value.into(), secret });
    }
}

/// Shows no secret.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter()).finish()
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.secret { f.write_str("<secret>") } else { fmt::Debug::fmt(&self.value, f) }
    }
}

/// A receiver of `alertmanager.yml`, with the pager that `stentor.yml` gives it.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// Its name in both files.
    pub name: String,
    /// Its place in `alertmanager.yml`, from 0.
    pub place: usize,
    /// By which it can be listed; not sent anywhere.
    pub labels: Labels,
    /// What it notifies, in the order of the file.
    pub integrations: Vec<Integration>,
    /// The escalation policy that its groups page by.
    pub escalate: Option<String>,
    /// The receiver that is told when none of this one's integrations could be.
    pub fallback: Option<String>,
}

/// One `…_configs` entry of a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    /// As [`Channel::kind`].
    pub kind: String,
    /// Its place among the receiver's integrations of the same kind, from 0; with the kind it is the identity
    /// under which the notification log remembers what was sent.
    pub index: usize,
    /// Whether it is also told when everything has resolved.
    pub send_resolved: bool,
    /// At most this many alerts in one message; 0 = all.
    pub alerts_max: usize,
    /// Everything else.
    pub settings: Settings,
}

impl Integration {
    /// Returns the key of this integration in a group's notification log, for example `webhook/0`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.kind, self.index)
    }
}

/// Something wrong or doubtful in a file of the plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file's path inside the plan.
    pub file: String,
    /// From 1; 0 when the problem is about the file as a whole.
    pub line: u64,
    /// From 1; 0 when the problem is about the file as a whole.
    pub column: u64,
    /// What is wrong, in one sentence.
    pub what: String,
    /// How to mend it, in one sentence.
    pub mend: String,
    /// The line itself, secrets masked; empty when there is none.
    pub source: String,
}

/// As an editor understands it: `alertmanager.yml:14:7: what; mend`, then the line and a caret.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, what, mend, source } = self;
        match line {
            0 => write!(f, "{file}: {what}; {mend}"),
            _ => write!(f, "{file}:{line}:{column}: {what}; {mend}"),
        }?;
        if !source.is_empty() {
            let indent = " ".repeat(usize::try_from(column.saturating_sub(1)).unwrap_or(0));
            write!(f, "\n  | {source}\n  | {indent}^")?;
        }
        Ok(())
    }
}

impl Plan {
    /// Returns the service that an alert with `labels` is about: the first whose matchers all fit.
    pub fn service_of(&self, labels: &Labels) -> Option<&Service> {
        self.services.iter().find(|service| service.matchers.matches(labels))
    }

    /// Returns the service with this key.
    pub fn service(&self, key: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.key == key)
    }

    /// Returns how a person is called, or the key itself for one who has left the plan.
    pub fn name_of<'a>(&'a self, person: &'a str) -> &'a str {
        self.people.get(person).map_or(person, |known| &known.name)
    }

    /// Returns the person whose mail address is `email`, compared without case.
    pub fn person_by_email(&self, email: &str) -> Option<&PersonName> {
        let fits = |person: &Person| {
            person.email.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(email))
        };
        self.people.iter().find(|(_, person)| fits(person)).map(|(key, _)| key)
    }

    /// Returns the names of the intervals by which a route is muted at `now`; empty when it is not.
    ///
    /// Outside of all its active intervals it is muted by each of them.
    pub fn muted_by(&self, route: &Route, now: Timestamp) -> Vec<String> {
        let holds = |name: &&String| self.intervals.get(*name).is_some_and(|it| it.contains(now));
        if !route.active.is_empty() && !route.active.iter().any(|name| holds(&name)) {
            return route.active.clone();
        }
        route.mute.iter().filter(holds).cloned().collect()
    }

    /// Tells whether a page of this severity declares an incident by itself.
    pub fn declares_incident(&self, level: Level) -> bool {
        self.severities.rank(level).declares_incident
    }
}
