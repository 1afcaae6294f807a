//! `people:`, `teams:` and `services:` of `stentor.yml`.

use std::collections::BTreeMap;

use crate::matchers::{Matcher, Matchers, Op};

use super::fields::{Fields, Word};
use super::findings::{Fault, Findings};
use super::secret::{Sources, Value};
use super::stentor::{Sections, keys};
use super::yaml::Entry;
use super::{Channel, Person, Service, Team, conditions, names, values};

/// Reads a person.
pub(super) fn person(
    entry: &Entry,
    channels: &BTreeMap<String, Channel>,
    sections: &Sections<'_>,
    sources: &Sources<'_>,
    out: &mut Findings<'_>,
) -> Option<Person> {
    let mut fields = Fields::open(&entry.value, format!("person `{}`", entry.key), entry.at, out)?;
    let name = fields.word("name", out).map_or(entry.key.as_str(), |name| name.text);
    let has_email = fields.has("email");
    let email = sources.text(&mut fields, "email", out);
    let email = email.and_then(|email| out.check(email.at, values::bare_email(&email.text)));
    let slack_id = sources.text(&mut fields, "slack_id", out).map(|id: Value| id.text);
    let notify = fields.words("notify", out);
    if fields.is_empty("notify") {
        let known = keys(sections.channels);
        let mend = names::mend("", known, "there is none yet: add one under `channels`");
        let what =
            format!("nothing reaches person `{}`: they have no channel under `notify`", entry.key);
        out.error(fields.place("notify"), what, mend);
    }
    for channel in &notify {
        sections.channel(*channel, out);
        let kind = channels.get(channel.text).map(|channel| channel.kind.as_str());
        if kind == Some("email") && !has_email {
            let what =
                format!("`{}` sends mail, but person `{}` has no `email`", channel.text, entry.key);
            out.error(channel.at, what, "add their `email`");
        }
    }
    fields.finish(out);
    let notify = notify.iter().map(|channel| channel.text.to_owned()).collect();
    Some(Person { name: name.to_owned(), email, slack_id, notify })
}

/// Reads a team.
pub(super) fn team(entry: &Entry, sections: &Sections<'_>, out: &mut Findings<'_>) -> Option<Team> {
    let mut fields = Fields::open(&entry.value, format!("team `{}`", entry.key), entry.at, out)?;
    let name = fields.word("name", out).map_or(entry.key.as_str(), |name| name.text);
    let members = fields.words("members", out);
    for member in &members {
        sections.person(*member, out);
    }
    fields.finish(out);
    let members = members.iter().map(|member| member.text.to_owned()).collect();
    Some(Team { name: name.to_owned(), members })
}

/// Reads a service. Without matchers it owns the alerts whose label `service` is its key.
pub(super) fn service(
    entry: &Entry,
    sections: &Sections<'_>,
    out: &mut Findings<'_>,
) -> Option<Service> {
    let mut fields = Fields::open(&entry.value, format!("service `{}`", entry.key), entry.at, out)?;
    let name = fields.word("name", out).map_or(entry.key.as_str(), |name| name.text);
    let owner = fields.word("owner", out);
    if let Some(owner) = owner {
        sections.team(owner, out);
    }
    let escalate = fields.word("escalate", out);
    if let Some(policy) = escalate {
        sections.policy(policy, out);
    }
    let runbook = fields.word("runbook", out);
    if let Some(runbook) = runbook {
        let found = runbook_exists(runbook.text, out);
        out.check(runbook.at, found);
    }
    let depends_on = fields.words("depends_on", out);
    for needed in &depends_on {
        sections.service(*needed, out);
    }
    let matchers = if fields.has("matchers") {
        let given = conditions::matchers(&mut fields, "matchers", out);
        if fields.is_empty("matchers") {
            let what = format!("service `{}` would own every alert", entry.key);
            out.error(
                fields.place("matchers"),
                what,
                "write which ones, as in `['job=\"checkout\"']`",
            );
        }
        given
    } else {
        Matchers(Matcher::new("service", Op::Equals, &entry.key).into_iter().collect())
    };
    fields.finish(out);
    let owned = |word: Option<Word<'_>>| word.map(|word| word.text.to_owned());
    Some(Service {
        key: entry.key.clone(),
        name: name.to_owned(),
        matchers,
        owner: owned(owner),
        escalate: owned(escalate),
        runbook: owned(runbook),
        depends_on: depends_on.iter().map(|needed| needed.text.to_owned()).collect(),
    })
}

fn runbook_exists(path: &str, out: &Findings<'_>) -> Result<(), Fault> {
    if path.contains("://") {
        return values::url(path).map(drop);
    }
    if out.has_file(path) {
        return Ok(());
    }
    let runbooks = out.paths().filter(|path| path.ends_with(".md"));
    let mend = names::mend(path, runbooks, "write it, or remove the key");
    Err(Fault::new(format!("the plan has no file `{path}`"), mend))
}
