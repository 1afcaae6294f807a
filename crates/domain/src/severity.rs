//! Severities: the plan's scale, and the table that maps every other vocabulary to it.

use serde::{Deserialize, Serialize};

/// One rank of the plan's scale. Level 1 is the worst.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Severity {
    /// 1 to 9; 1 is the worst.
    pub level: Level,
    /// As people say it, for example `Sev-1`.
    pub name: String,
    /// One word beside it, for example `Critical`.
    pub title: String,
    /// What it means, for the reader who has to choose.
    pub description: String,
    /// The words of other vocabularies that mean this rank (`critical`, `P1`, `High`), compared without case.
    pub words: Vec<String>,
    /// Whether a page of this rank declares an incident by itself.
    pub declares_incident: bool,
}

/// A rank: 1 is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Level(pub u8);

/// The plan's scale, worst first, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Worst first.
    pub ranks: Vec<Severity>,
    /// What an unknown or missing word means.
    pub default: Level,
}

impl Scale {
    /// Returns the rank that `word` means in any vocabulary of the table; `None` when no rank knows it.
    pub fn known(&self, word: &str) -> Option<&Severity> {
        let word = word.trim();
        self.ranks.iter().find(|rank| {
            rank.name.eq_ignore_ascii_case(word)
                || rank.title.eq_ignore_ascii_case(word)
                || rank.words.iter().any(|known| known.eq_ignore_ascii_case(word))
        })
    }

    /// Returns the level that `word` means, or the default for a word that nobody knows.
    pub fn level(&self, word: &str) -> Level {
        self.known(word).map_or(self.default, |rank| rank.level)
    }

    /// Returns the rank of `level`, or the default's when the plan has no such level any more.
    pub fn rank(&self, level: Level) -> &Severity {
        let find = |wanted| self.ranks.iter().find(|rank| rank.level == wanted);
        find(level).or_else(|| find(self.default)).unwrap_or(&self.ranks[0])
    }
}
