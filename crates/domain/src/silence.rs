//! Silences: who asked that which alerts are not told, from when until when.
//!
//! Its state is read off the clock, as in Alertmanager: nothing happens when a silence begins or ends, the next
//! flush of a group sees it. Timers are there for what the clock cannot say: a recurring one moves to its next
//! window, an expired one is forgotten when it has been kept long enough.

use std::fmt;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::id::Ids;
use crate::matchers::{Matcher, Matchers, Op};

/// A silence has at most this many matchers.
pub const MATCHERS_MAX: usize = 64;

/// A silence keeps at most this many lines of its log; the oldest but the first go.
pub const LOG_MAX: usize = 200;

/// A request that alerts are not told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Silence {
    /// A UUID, as Alertmanager's clients expect.
    pub id: String,
    /// What it hits: all must hold.
    pub matchers: Matchers,
    /// From when, inclusive.
    pub starts_at: Timestamp,
    /// Until when, exclusive.
    pub ends_at: Timestamp,
    /// When somebody last changed it.
    pub updated_at: Timestamp,
    /// Who asked for it, in their own words.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// It ends as soon as nothing fires that it hits.
    #[serde(default)]
    pub until_resolved: bool,
    /// It comes again.
    #[serde(default)]
    pub repeats: Option<Repeats>,
    /// Who did what, oldest first.
    #[serde(default)]
    pub log: Vec<LogEntry>,
}

/// How a silence comes again: at the same time of day, on the wall clock of a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeats {
    /// How often.
    pub every: Every,
    /// An IANA zone, for example `Europe/Berlin`.
    pub zone: String,
    /// When it starts on the wall clock, as it was asked for: a window whose hour is skipped starts later, the next
    /// one does not. [`Silence::set`] fills it in; silences stored before there was one have none.
    #[serde(default)]
    pub at: Option<Time>,
}

impl Repeats {
    /// Begins at any time of the day; [`Silence::set`] takes it from the start.
    pub fn new(every: Every, zone: String) -> Self {
        Self { every, zone, at: None }
    }

    /// Keeps the time of day of a start. One that starts when `before` does starts at its time of day: that start may
    /// have been moved by a change of the clocks.
    fn starting(self, starts_at: Timestamp, before: Option<&Silence>) -> Self {
        let same = before.filter(|it| it.starts_at.as_second() == starts_at.as_second());
        let known = same.and_then(|it| it.repeats.as_ref()).filter(|it| it.zone == self.zone);
        let read = || Some(starts_at.to_zoned(TimeZone::get(&self.zone).ok()?).time());
        let at = known.and_then(|it| it.at).or_else(read);
        Self { at, ..self }
    }
}

/// How often something comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Each day.
    Day,
    /// On the same day of each week.
    Week,
}

/// One line of a silence's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// When.
    pub at: Timestamp,
    /// Who; empty for Stentor itself.
    pub by: String,
    /// What.
    pub what: Deed,
}

/// What was done to a silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "deed")]
pub enum Deed {
    /// It was made.
    Created,
    /// Its window or its words were changed.
    Changed {
        /// Its end now.
        ends_at: Timestamp,
        /// Its end before; `None` in what was stored before this was remembered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Timestamp>,
    },
    /// It was ended before its time.
    Expired,
    /// It ended because nothing fires any more that it hits.
    Resolved,
    /// It came to its end and moved to its next window.
    Repeated,
    /// Somebody added a comment.
    Commented {
        /// What they wrote.
        text: String,
    },
}

/// Where a silence stands, by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It hits what it matches.
    Active,
    /// It has not begun.
    Pending,
    /// It is over.
    Expired,
}

impl State {
    /// Returns the word that Alertmanager has for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Expired => "expired",
        }
    }
}

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The silence to change; `None` makes a new one.
    pub id: Option<String>,
    /// What it hits.
    pub matchers: Matchers,
    /// From when; the past means now.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// Who asked for it; who changes it may be somebody else.
    pub created_by: String,
    /// Who makes the change, as the log names them; `None` = whoever asked for it.
    pub by: Option<String>,
    /// Why.
    pub comment: String,
    /// It ends as soon as nothing fires that it hits; `None` = as before, and a new one does not.
    pub until_resolved: Option<bool>,
    /// It comes again; `None` = as before, and a new one does not.
    pub repeats: Option<Repeats>,
}

/// Why a silence is not made, changed or ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No silence has this id.
    NotFound,
    /// It hits nothing in particular.
    NoMatchers,
    /// Every matcher also fits an alert without the label, so it would hit all alerts.
    MatchesEverything,
    /// More than [`MATCHERS_MAX`].
    TooManyMatchers,
    /// It would end before it starts, or at once.
    EndsBeforeStart,
    /// Its end is over.
    EndsInThePast,
    /// No zone has this name.
    UnknownZone(String),
    /// It lasts longer than the time after which it comes again.
    OverlapsItself,
    /// A recurring silence cannot end with its alert: the next window would be lost.
    RepeatsUntilResolved,
}

/// In Alertmanager's words where it has some.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("silence not found"),
            Self::NoMatchers => f.write_str("silence invalid: at least one matcher required"),
            Self::MatchesEverything => {
                f.write_str("silence invalid: at least one matcher must not match the empty string")
            }
            Self::TooManyMatchers => {
                write!(f, "silence invalid: at most {MATCHERS_MAX} matchers are possible")
            }
            Self::EndsBeforeStart => {
                f.write_str("Failed to create silence: start time must be before end time")
            }
            Self::EndsInThePast => {
                f.write_str("Failed to create silence: end time can't be in the past")
            }
            Self::UnknownZone(zone) => {
                write!(f, "`{zone}` is no time zone; write one as in Europe/Berlin")
            }
            Self::OverlapsItself => f.write_str(
                "a recurring silence must be shorter than the time after which it comes again",
            ),
            Self::RepeatsUntilResolved => f.write_str(
                "a recurring silence cannot also end with its alert; choose one of the two",
            ),
        }
    }
}

/// What has to be saved after somebody set a silence.
#[derive(Clone, Debug)]
pub struct Set {
    /// The silence as it was before, ended now, because it could not be changed in place.
    pub ended: Option<Silence>,
    /// The silence as it is now.
    pub now: Silence,
}

impl Draft {
    /// Fills in what was not said: API v2 has no words for it, so a change over it must not undo it.
    fn complete(self, before: Option<&Silence>) -> Self {
        let until_resolved = self.until_resolved.or_else(|| Some(before?.until_resolved));
        let repeats = self.repeats.or_else(|| before?.repeats.clone());
        Self { until_resolved, repeats, ..self }
    }

    fn check(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.starts_at >= self.ends_at {
            return Err(Refusal::EndsBeforeStart);
        }
        if self.ends_at < now {
            return Err(Refusal::EndsInThePast);
        }
        let Matchers(matchers) = &self.matchers;
        if matchers.is_empty() {
            return Err(Refusal::NoMatchers);
        }
        if matchers.len() > MATCHERS_MAX {
            return Err(Refusal::TooManyMatchers);
        }
        if matchers.iter().all(fits_anything) {
            return Err(Refusal::MatchesEverything);
        }
        if let Some(repeats) = &self.repeats {
            if TimeZone::get(&repeats.zone).is_err() {
                return Err(Refusal::UnknownZone(repeats.zone.clone()));
            }
            let longest = match repeats.every {
                Every::Day => SignedDuration::from_hours(23),
                Every::Week => SignedDuration::from_hours(7 * 24 - 1),
            };
            if self.ends_at.duration_since(self.starts_at) > longest {
                return Err(Refusal::OverlapsItself);
            }
            if self.until_resolved == Some(true) {
                return Err(Refusal::RepeatsUntilResolved);
            }
        }
        Ok(())
    }
}

/// A negative matcher that the empty text satisfies counts as particular, as in Alertmanager: `env!="prod"` alone is
/// a silence.
fn fits_anything(matcher: &Matcher) -> bool {
    match matcher.op {
        Op::Equals | Op::Fits => matcher.accepts(""),
        Op::EqualsNot | Op::FitsNot => false,
    }
}

impl Silence {
    /// Makes a silence, or changes `before`, which the draft names.
    ///
    /// A change keeps the id when the matchers are the same and the window may still move: an active one keeps its
    /// start and ends later than now, a pending one starts later than now. Otherwise the old one ends and a new one
    /// begins. What the draft does not say is as it was. Source: Alertmanager 0.25–0.34, `silence.Silences.Set`.
    pub fn set(
        before: Option<Silence>,
        draft: Draft,
        ids: &mut Ids,
        now: Timestamp,
    ) -> Result<Set, Refusal> {
        let draft = draft.complete(before.as_ref());
        draft.check(now)?;
        let until_resolved = draft.until_resolved.unwrap_or_default();
        let starts_at = draft.starts_at.max(now);
        let by = draft.by.clone().unwrap_or_else(|| draft.created_by.clone());
        match before {
            Some(mut silence) if silence.changes_in_place(&draft, now) => {
                let end_before = std::mem::replace(&mut silence.ends_at, draft.ends_at);
                let starts_at = match silence.state(now) {
                    State::Pending => draft.starts_at,
                    State::Active | State::Expired => silence.starts_at,
                };
                silence.repeats =
                    draft.repeats.map(|repeats| repeats.starting(starts_at, Some(&silence)));
                silence.starts_at = starts_at;
                silence.created_by = draft.created_by;
                silence.comment = draft.comment;
                silence.until_resolved = until_resolved;
                silence.updated_at = now;
                let ends_at = silence.ends_at;
                let before = Some(end_before);
                silence.note(Deed::Changed { ends_at, before }, by, now);
                Ok(Set { ended: None, now: silence })
            }
            before => {
                let repeats =
                    draft.repeats.map(|repeats| repeats.starting(starts_at, before.as_ref()));
                let ended = before.filter(|it| !it.is_over(now)).map(|mut it| {
                    it.expire(by.clone(), now);
                    it
                });
                let mut silence = Silence {
                    id: ids.uuid(),
                    matchers: draft.matchers,
                    starts_at,
                    ends_at: draft.ends_at,
                    updated_at: now,
                    created_by: draft.created_by,
                    comment: draft.comment,
                    until_resolved,
                    repeats,
                    log: vec![],
                };
                silence.note(Deed::Created, by, now);
                Ok(Set { ended, now: silence })
            }
        }
    }

    fn changes_in_place(&self, draft: &Draft, now: Timestamp) -> bool {
        if !self.matchers.same_as(&draft.matchers) {
            return false;
        }
        match self.state(now) {
            State::Active => {
                draft.starts_at.as_second() == self.starts_at.as_second() && draft.ends_at >= now
            }
            State::Pending => draft.starts_at >= now,
            State::Expired => false,
        }
    }

    /// Returns where it stands at `now`.
    pub fn state(&self, now: Timestamp) -> State {
        if now < self.starts_at {
            State::Pending
        } else if now < self.ends_at {
            State::Active
        } else {
            State::Expired
        }
    }

    /// Tells whether it is expired and does not come again.
    fn is_over(&self, now: Timestamp) -> bool {
        self.state(now) == State::Expired && self.repeats.is_none()
    }

    /// Ends it at `now`, and what would come again; one that is over stays as it is. A pending one never begins.
    pub fn expire(&mut self, by: String, now: Timestamp) {
        if !self.is_over(now) {
            self.repeats = None;
            self.end(Deed::Expired, by, now);
        }
    }

    /// Ends it because nothing fires any more that it hits.
    pub fn resolve(&mut self, now: Timestamp) {
        if self.until_resolved && self.state(now) == State::Active {
            self.end(Deed::Resolved, String::new(), now);
        }
    }

    /// Adds a comment to its log.
    pub fn comment(&mut self, text: String, by: String, now: Timestamp) {
        self.updated_at = now;
        self.note(Deed::Commented { text }, by, now);
    }

    fn end(&mut self, why: Deed, by: String, now: Timestamp) {
        self.starts_at = self.starts_at.min(now);
        self.ends_at = self.ends_at.min(now);
        self.updated_at = now;
        self.note(why, by, now);
    }

    fn note(&mut self, what: Deed, by: String, at: Timestamp) {
        self.log.push(LogEntry { at, by, what });
        if self.log.len() > LOG_MAX {
            self.log.remove(1);
        }
    }

    /// Returns when it has to be looked at: a recurring one at the end of its window, any other when it has been
    /// kept for `kept` after its end.
    pub fn due_at(&self, kept: SignedDuration) -> Timestamp {
        match self.repeats {
            Some(_) => self.ends_at,
            None => self.ends_at.saturating_add(kept).unwrap_or(Timestamp::MAX),
        }
    }

    /// Decides at [`Silence::due_at`]; false when it can be forgotten.
    pub fn on_due(&mut self, kept: SignedDuration, now: Timestamp) -> bool {
        if let Some((starts_at, ends_at)) = self.next_window(now) {
            (self.starts_at, self.ends_at) = (starts_at, ends_at);
            self.note(Deed::Repeated, String::new(), now);
            return true;
        }
        self.due_at(kept) > now
    }

    /// Returns the first window that ends after `now`, counted from the present one on the wall clock.
    fn next_window(&self, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let repeats = self.repeats.as_ref()?;
        let zone = TimeZone::get(&repeats.zone).ok()?;
        let days = match repeats.every {
            Every::Day => 1,
            Every::Week => 7,
        };
        let length = self.ends_at.duration_since(self.starts_at);
        let present = self.starts_at.to_zoned(zone.clone()).datetime();
        let at = repeats.at.unwrap_or_else(|| present.time());
        let start = |day: Date| day.to_datetime(at).to_zoned(zone.clone()).ok();
        let is_present =
            |day: &Date| start(*day).is_some_and(|start| start.timestamp() == self.starts_at);
        // An hour skipped before midnight moves the start into the day after.
        let moved = present.date().yesterday().ok().filter(is_present);
        let first = moved.unwrap_or_else(|| present.date());
        let passed = now.duration_since(self.starts_at).as_hours() / 24 / days;
        // The count of days by the hour may be off by one on either side of a change of the clocks.
        let mut turn = (passed - 1).max(1);
        loop {
            let starts_at = start(first.checked_add((turn * days).days()).ok()?)?.timestamp();
            let ends_at = starts_at.checked_add(length).ok()?;
            if ends_at > now {
                return Some((starts_at, ends_at));
            }
            turn += 1;
        }
    }
}

#[cfg(test)]
mod tests;
