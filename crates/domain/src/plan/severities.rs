//! `severities:` of `stentor.yml`: the scale, and the words of every vocabulary that it understands.

use std::collections::BTreeMap;

use crate::severity::{Level, Scale, Severity};

use super::fields::{Fields, Word};
use super::findings::{Findings, Place};
use super::names;
use super::yaml::Entry;

/// How many ranks a scale may have.
const RANKS_MAX: u32 = 9;

/// The scale of a plan that has none of its own.
pub(super) fn usual() -> Scale {
    Scale { ranks: usual_ranks(), default: Level(3) }
}

/// Reads the scale and `default_severity`; without `severities` it is the usual one of four ranks.
pub(super) fn read(top: &mut Fields<'_>, out: &mut Findings<'_>) -> Scale {
    let own = top.has("severities");
    let entries = top.map("severities", out);
    let default = top.word("default_severity", out);
    if !own {
        let ranks = usual_ranks();
        let keys: Vec<String> = ranks.iter().map(|rank| rank.words[0].clone()).collect();
        let level = pick(default, &keys, &ranks, out).unwrap_or(Level(3));
        return Scale { ranks, default: level };
    }
    let at = top.place("severities");
    if entries.is_empty() || entries.len() > RANKS_MAX as usize {
        let what = format!("`severities` has {} ranks", entries.len());
        out.error(
            at,
            what,
            "write 1 to 9 of them, worst first, or remove the key for the usual four",
        );
    }
    let mut words = Words::default();
    let mut ranks: Vec<Severity> = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let Some(rank) = rank(entry, place, &mut words, out) else { continue };
        if let Some(earlier) = ranks.iter().find(|earlier| earlier.level == rank.level) {
            let what =
                format!("`{}` has the level {} of `{}`", entry.key, rank.level.0, earlier.words[0]);
            out.error(entry.at, what, "give each rank a level of its own, 1 being the worst");
        }
        ranks.push(rank);
    }
    let keys: Vec<String> = entries.iter().map(|entry| entry.key.clone()).collect();
    let level = pick(default, &keys, &ranks, out);
    if default.is_none() && !keys.iter().any(|key| key == USUAL_DEFAULT) {
        let what = "nothing says what an unknown word of severity means";
        out.error(
            at,
            what,
            format!("add `default_severity: {}` at the top level", keys.last().map_or("", |k| k)),
        );
    }
    ranks.sort_by_key(|rank| rank.level);
    if ranks.is_empty() {
        ranks = usual_ranks();
    }
    let usual_default = ranks.iter().find(|rank| rank.words[0] == USUAL_DEFAULT);
    let default = level.or_else(|| usual_default.map(|rank| rank.level)).unwrap_or(ranks[0].level);
    Scale { ranks, default }
}

const USUAL_DEFAULT: &str = "sev3";

/// Returns the level of the rank that `default` names; a rank's first word is its key.
fn pick(
    default: Option<Word<'_>>,
    keys: &[String],
    ranks: &[Severity],
    out: &mut Findings<'_>,
) -> Option<Level> {
    let word = default?;
    if !keys.iter().any(|key| key == word.text) {
        let fault =
            names::unknown("severity", "severities", word.text, keys.iter().map(String::as_str));
        out.error(word.at, fault.what, fault.mend);
    }
    ranks.iter().find(|rank| rank.words[0] == word.text).map(|rank| rank.level)
}

fn rank(
    entry: &Entry,
    place: usize,
    words: &mut Words,
    out: &mut Findings<'_>,
) -> Option<Severity> {
    let name = format!("severity `{}`", entry.key);
    let mut fields = Fields::open(&entry.value, name, entry.at, out)?;
    let name = fields.required("name", "add how people say it, as in `name: Sev-1`", out);
    let title = fields.required("title", "add one word for it, as in `title: Critical`", out);
    let description = fields.word("description", out).map_or("", |word| word.text);
    let given = fields.words("words", out);
    let level_at = fields.place("level");
    let level = match fields.number("level", RANKS_MAX, out) {
        Some(0) => {
            out.error(level_at, "a level of 0 does not exist", "count from 1, which is the worst");
            1
        }
        Some(level) => level,
        None => u32::try_from(place).unwrap_or(RANKS_MAX) + 1,
    };
    let declares_incident = fields.truth("declares_incident", false, out);
    fields.finish(out);
    // The key comes first: it is how `default_severity` finds the rank.
    words.add(&entry.key, &entry.key, entry.at, out);
    for word in [name, title].into_iter().flatten().chain(given.iter().copied()) {
        words.add(word.text, &entry.key, word.at, out);
    }
    let spelled = |word: Option<Word<'_>>| word.map_or("", |word| word.text).to_owned();
    let given = given.iter().map(|word| word.text.trim().to_owned());
    Some(Severity {
        level: Level(u8::try_from(level).unwrap_or(u8::MAX)),
        name: spelled(name),
        title: spelled(title),
        description: description.to_owned(),
        words: std::iter::once(entry.key.clone()).chain(given).collect(),
        declares_incident,
    })
}

/// Which rank each word belongs to, in small letters.
#[derive(Default)]
struct Words(BTreeMap<String, String>);

impl Words {
    fn add(&mut self, word: &str, key: &str, at: Place, out: &mut Findings<'_>) {
        let small = word.trim().to_ascii_lowercase();
        let owner = self.0.entry(small).or_insert_with(|| key.to_owned());
        if owner != key {
            let what = format!("the word `{word}` means severity `{owner}` already");
            out.error(at, what, "remove it from one of the two");
        }
    }
}

/// The usual scale: four ranks, and what monitoring tools call them.
fn usual_ranks() -> Vec<Severity> {
    let rank = |level, title: &str, description: &str, words: &[&str]| Severity {
        level: Level(level),
        name: format!("Sev-{level}"),
        title: title.to_owned(),
        description: description.to_owned(),
        words: std::iter::once(format!("sev{level}"))
            .chain([format!("severity {level}"), format!("severity-{level}"), format!("s{level}")])
            .chain(words.iter().copied().map(str::to_owned))
            .collect(),
        declares_incident: level <= 2,
    };
    vec![
        rank(
            1,
            "Critical",
            "Complete outage or major loss of data; everybody needed acts at once.",
            &["page", "p1", "emergency", "emerg", "fatal", "disaster", "panic", "blocker"],
        ),
        rank(
            2,
            "High",
            "The service is degraded for a large group of users.",
            &["p2", "error", "err", "major", "urgent", "alert"],
        ),
        rank(
            3,
            "Medium",
            "Something small is broken and there is a way round it.",
            &["p3", "warning", "warn", "moderate", "average", "minor"],
        ),
        rank(
            4,
            "Low",
            "Nothing that hurries: cosmetics, typing errors, a hint.",
            &["p4", "p5", "info", "information", "informational", "notice", "debug", "none", "ok"],
        ),
    ]
}
