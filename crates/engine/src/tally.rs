//! What was done, counted: to be measured, nothing is decided by it.

use jiff::Timestamp;
use stentor_domain::delivery::{About, Delivery};
use stentor_domain::plan::Plan;
use stentor_domain::routing::Route;
use stentor_domain::standing::{Member, Standing};

use crate::Engine;

/// What was done since it was last asked for. What was not committed is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Alerts that were taken in, repetitions among them.
    pub signals: u64,
    /// Groups that were flushed.
    pub flushes: u64,
    /// Alerts that a flush left out, each counted under the first that kept it back.
    pub left_out: LeftOut,
    /// Alerts of which it was asked what suppresses them.
    pub asked: u64,
    /// Integrations of which it was looked up what they were last told.
    pub looked_up: u64,
    /// The kinds of integrations and channels whose message was given up; one for each message.
    pub given_up: Vec<String>,
    /// Groups that were written, with what their integrations were told.
    pub groups_written: u64,
    /// Silences that were written.
    pub silences_written: u64,
    /// Silences that were forgotten.
    pub silences_forgotten: u64,
    /// How often it was looked for history that is too old.
    pub history_looks: u64,
    /// How often that failed.
    pub history_failures: u64,
}

/// Alerts that are not told, by why, in the order in which it is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// A graver one fires.
    pub inhibited: u64,
    /// None of the route's active time intervals holds.
    pub inactive: u64,
    /// One of the route's mute time intervals holds.
    pub muted: u64,
    /// A silence hits them.
    pub silenced: u64,
}

impl LeftOut {
    /// Counts those of a group's alerts that its route does not tell at `now`.
    pub(crate) fn of(
        standing: &Standing,
        members: &[Member],
        (plan, route): (&Plan, &Route),
        now: Timestamp,
    ) -> Self {
        let mut found = Self::default();
        let mutes = plan.muted_by(route, now);
        let holds = |name: &String| plan.intervals.get(name).is_some_and(|it| it.contains(now));
        let is_inactive = !route.active.is_empty() && !route.active.iter().any(holds);
        for member in members.iter().filter(|member| member.suppressed || !mutes.is_empty()) {
            let inhibits = standing.suppression(member.fingerprint, now).inhibited_by.is_some();
            let count = match (member.suppressed && inhibits, is_inactive, mutes.is_empty()) {
                (true, _, _) => &mut found.inhibited,
                (false, true, _) => &mut found.inactive,
                (false, false, false) => &mut found.muted,
                (false, false, true) => &mut found.silenced,
            };
            *count += 1;
        }
        found
    }

    fn add(&mut self, other: Self) {
        self.inhibited += other.inhibited;
        self.inactive += other.inactive;
        self.muted += other.muted;
        self.silenced += other.silenced;
    }
}

impl Tally {
    /// Counts a flush of a group with so many alerts.
    pub(crate) fn flush(&mut self, members: usize, left_out: LeftOut) {
        self.flushes += 1;
        self.asked += members as u64;
        self.left_out.add(left_out);
    }

    /// Counts a message that was given up.
    pub(crate) fn give_up(&mut self, plan: &Plan, delivery: &Delivery) {
        let kind = match &delivery.about {
            About::Receiver { kind, .. } | About::TestReceiver { kind, .. } => kind,
            About::Person { channel, .. } | About::Test { channel } => {
                plan.channels.get(channel).map_or(channel, |channel| &channel.kind)
            }
        };
        self.given_up.push(kind.clone());
    }

    /// Adds what another has counted.
    pub(crate) fn add(&mut self, other: Self) {
        self.signals += other.signals;
        self.flushes += other.flushes;
        self.left_out.add(other.left_out);
        self.asked += other.asked;
        self.looked_up += other.looked_up;
        self.given_up.extend(other.given_up);
        self.groups_written += other.groups_written;
        self.silences_written += other.silences_written;
        self.silences_forgotten += other.silences_forgotten;
        self.history_looks += other.history_looks;
        self.history_failures += other.history_failures;
    }
}

impl Engine {
    /// Returns what was done since this was last asked.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }
}
