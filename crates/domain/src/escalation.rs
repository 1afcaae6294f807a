//! Escalation policies: who is asked, in which order, and how long each has to answer.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::plan::{PersonName, Plan};
use crate::schedule;

/// Steps that are walked until somebody answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its key in the plan.
    pub name: String,
    /// First to ask first; never empty.
    pub steps: Vec<Step>,
    /// How many more times the steps are walked when nobody answered; 0 = once in all.
    pub repeats: u32,
    /// Who is asked when all of that was in vain; empty = the plan's fallback.
    #[serde(default)]
    pub fallback: Vec<Target>,
}

/// One step: everybody it names is asked at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Whom to ask; never empty.
    pub targets: Vec<Target>,
    /// How long they have before the next step.
    pub wait: SignedDuration,
}

/// Whom a step names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// This person, whatever the hour.
    Person(PersonName),
    /// Whoever is on call on this schedule when the step begins.
    Schedule(String),
}

/// Somebody whom a step reaches, and why it is them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Who.
    pub person: PersonName,
    /// For a reader: `on call for platform-primary until Mon 2026-01-05 09:00 Europe/Berlin`.
    pub why: String,
}

/// Returns whom `targets` reach at `now`: each person once, in the order of the targets.
///
/// Empty when nobody is on call, or when whoever was named has left the plan.
pub fn reach(plan: &Plan, targets: &[Target], now: Timestamp) -> Vec<Reached> {
    let mut reached: Vec<Reached> = Vec::new();
    for target in targets {
        let found = match target {
            Target::Person(person) => Some(Reached {
                person: person.clone(),
                why: "named in the escalation policy".into(),
            }),
            Target::Schedule(key) => plan.schedules.get(key).and_then(|schedule| {
                let shift = schedule::on_call(schedule, now)?;
                let until = schedule.wall_clock(shift.until);
                let why = format!("on call for {key} until {until}");
                Some(Reached { person: shift.person, why })
            }),
        };
        let Some(found) = found else { continue };
        let known = plan.people.contains_key(&found.person);
        if known && reached.iter().all(|earlier| earlier.person != found.person) {
            reached.push(found);
        }
    }
    reached
}
