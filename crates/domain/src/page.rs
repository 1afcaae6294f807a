//! Pages: asking people to act until one of them answers.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::escalation::{Policy, Reached, Target, reach};
use crate::group::{GroupId, News};
use crate::id::{DeliveryId, IncidentId, PageId};
use crate::plan::{PersonName, Plan};
use crate::severity::Level;

/// A request that people act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Who and what it is.
    pub id: PageId,
    /// The group whose alerts it is about; `None` for a person's request.
    pub group: Option<GroupId>,
    /// One line.
    pub title: String,
    /// What is known, a line each.
    pub summary: Vec<String>,
    /// How bad.
    pub severity: Level,
    /// The key of the service that it is about.
    pub service: Option<String>,
    /// Where the runbook is; empty when there is none.
    pub runbook: String,
    /// How many alerts fire.
    pub firing: usize,
    /// When what it is about began.
    pub started_at: Timestamp,
    /// The policy as it stood when the page began: editing the plan does not disturb a running escalation.
    pub policy: Policy,
    /// The plan's revision that it began under.
    pub revision: String,
    /// Whether somebody answers for it.
    pub state: State,
    /// When it began.
    pub triggered_at: Timestamp,
    /// Who acknowledged it, when.
    pub acknowledged: Option<Stamp>,
    /// Who resolved it, when.
    pub resolved: Option<Stamp>,
    /// Everybody who was asked, in order; a person more than once when asked again.
    pub asked: Vec<Asked>,
    /// Where the escalation stands.
    pub escalation: Escalation,
    /// The incident that it belongs to.
    pub incident: Option<IncidentId>,
}

/// Whether somebody answers for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody answered yet.
    Triggered,
    /// Somebody is on it.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl State {
    /// Returns the word that is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Triggered => "triggered",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

/// Who did something, when, by which way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// Somebody or something that acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person of the plan.
    Person(PersonName),
    /// An account or token that no person of the plan is linked to, by its name.
    Account(String),
    /// Stentor itself: a timer ran out, or alerts resolved.
    System,
}

impl Actor {
    /// Returns how the actor is called.
    pub fn name<'a>(&'a self, plan: &'a Plan) -> &'a str {
        match self {
            Self::Person(person) => plan.name_of(person),
            Self::Account(name) => name,
            Self::System => "Stentor",
        }
    }
}

/// Somebody who was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who.
    pub person: PersonName,
    /// Why it is them, for a reader.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

/// Where an escalation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// The step that is asked next, from 0; as many as there are steps = the fallback is next, one more = it has
    /// been asked and is asked again.
    pub next_step: usize,
    /// The walk through the steps, from 0.
    pub round: u32,
    /// When that happens; `None` while nobody has to be asked.
    pub next_at: Option<Timestamp>,
}

/// After the last step and the fallback, the fallback is asked again this often until somebody answers.
pub const FALLBACK_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// What a new page is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The group, or `None` for a person's request.
    pub group: Option<GroupId>,
    /// The escalation policy's key.
    pub policy: String,
    /// What is known.
    pub news: News,
    /// The service, when the requester named one; else found by the labels.
    pub service: Option<String>,
    /// Who asked; the system for a group.
    pub by: Actor,
}

/// What can happen to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Its group has more or other alerts.
    News(News),
    /// Somebody is on it.
    Acknowledge {
        /// Who.
        by: Actor,
    },
    /// Somebody says it is over.
    Resolve {
        /// Who.
        by: Actor,
    },
    /// No alert of its group fires any more.
    Cleared,
    /// A person who was asked cannot be reached by any of their channels.
    Unreachable {
        /// Who.
        person: PersonName,
        /// The delivery that failed last.
        delivery: DeliveryId,
    },
    /// It became part of an incident.
    Joined {
        /// Which.
        incident: IncidentId,
    },
    /// Its timer ran out.
    Due,
}

/// What happened to a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// It began.
    Triggered {
        /// Its title.
        title: String,
        /// When what it is about began.
        started_at: Timestamp,
        /// Who asked for it; the system for alerts.
        by: Actor,
    },
    /// More or fewer of its alerts fire, or it became more severe.
    Updated {
        /// How many fire.
        firing: usize,
    },
    /// A person was asked.
    Paged {
        /// Who.
        person: PersonName,
        /// Why it is them.
        why: String,
        /// The step, from 1; the number after the last step is the fallback.
        step: usize,
        /// The walk through the steps, from 1.
        round: u32,
    },
    /// A step names nobody who can be asked; the next one follows at once.
    StepEmpty {
        /// The step, from 1.
        step: usize,
    },
    /// A person cannot be reached by any of their channels; the next step follows at once, unless somebody
    /// answered or was asked since, or only the fallback is left.
    Unreachable {
        /// Who.
        person: PersonName,
    },
    /// Nobody answered in any step: the fallback follows.
    Exhausted,
    /// Somebody is on it.
    Acknowledged {
        /// Who.
        by: Actor,
    },
    /// It is over.
    Resolved {
        /// Who said so; the system when its alerts resolved.
        by: Actor,
    },
    /// It became part of an incident.
    Joined {
        /// Which.
        incident: IncidentId,
    },
}

/// Why an input changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody else was first.
    AlreadyAcknowledged {
        /// Who.
        by: Actor,
    },
    /// It is over.
    AlreadyResolved,
}

impl Refusal {
    /// Returns the sentence that people are shown.
    pub fn sentence(&self, plan: &Plan) -> String {
        match self {
            Self::AlreadyAcknowledged { by } => {
                format!("This page is already acknowledged by {}.", by.name(plan))
            }
            Self::AlreadyResolved => "This page is already resolved.".into(),
        }
    }
}

impl Page {
    /// Begins a page and asks the first people.
    ///
    /// A policy that the plan no longer has leaves only the fallback: a page never ends in silence.
    pub fn begin(plan: &Plan, id: PageId, draft: Draft, now: Timestamp) -> (Self, Vec<Event>) {
        let Draft { group, policy, news, service, by } = draft;
        let policy = plan.policies.get(&policy).cloned().unwrap_or_else(|| Policy {
            name: policy,
            steps: vec![],
            repeats: 0,
            fallback: vec![],
        });
        let service = match service {
            Some(key) => plan.service(&key),
            None => plan.service_of(&news.labels),
        };
        let service_runbook = service.and_then(|service| service.runbook.clone());
        let mut page = Self {
            id,
            group,
            title: news.title.clone(),
            severity: worst(plan, &news.severities),
            summary: news.summary,
            service: service.map(|service| service.key.clone()),
            runbook: if news.runbook.is_empty() {
                service_runbook.unwrap_or_default()
            } else {
                news.runbook
            },
            firing: news.firing,
            started_at: news.started_at,
            policy,
            revision: plan.digest.clone(),
            state: State::Triggered,
            triggered_at: now,
            acknowledged: None,
            resolved: None,
            asked: vec![],
            escalation: Escalation { next_step: 0, round: 0, next_at: Some(now) },
            incident: None,
        };
        let began = Event::Triggered { title: page.title.clone(), started_at: page.started_at, by };
        let mut events = vec![began];
        page.ask(plan, now, &mut events);
        (page, events)
    }

    /// Decides what an input changes.
    pub fn on_input(
        &mut self,
        plan: &Plan,
        input: Input,
        now: Timestamp,
    ) -> Result<Vec<Event>, Refusal> {
        if self.state == State::Resolved {
            return match input {
                Input::Due | Input::Cleared | Input::News(_) | Input::Unreachable { .. } => {
                    Ok(vec![])
                }
                Input::Joined { incident } => Ok(self.join(incident)),
                Input::Acknowledge { .. } | Input::Resolve { .. } => Err(Refusal::AlreadyResolved),
            };
        }
        match input {
            Input::News(news) => Ok(self.update(plan, news)),
            Input::Acknowledge { by } => self.acknowledge(by, now),
            Input::Resolve { by } => Ok(self.resolve(by, now)),
            Input::Cleared => {
                self.firing = 0;
                Ok(self.resolve(Actor::System, now))
            }
            Input::Unreachable { person, .. } => Ok(self.pass_over(plan, person, now)),
            Input::Joined { incident } => Ok(self.join(incident)),
            Input::Due => {
                let mut events = vec![];
                if self.escalation.next_at.is_some_and(|at| at <= now) {
                    self.ask(plan, now, &mut events);
                }
                Ok(events)
            }
        }
    }

    /// Returns when this page next has to be looked at.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.escalation.next_at
    }

    /// Returns whom the next step would ask if it came at its time, and when that is; for the reader.
    pub fn next(&self, plan: &Plan) -> Option<(Timestamp, Vec<Reached>)> {
        let at = self.escalation.next_at?;
        Some((at, reach(plan, self.targets(plan, self.escalation.next_step), at)))
    }

    fn targets<'a>(&'a self, plan: &'a Plan, step: usize) -> &'a [Target] {
        match self.policy.steps.get(step) {
            Some(step) => &step.targets,
            None if self.policy.fallback.is_empty() => &plan.fallback,
            None => &self.policy.fallback,
        }
    }

    /// Asks the next step that reaches anybody, and sets the timer for the one after it.
    fn ask(&mut self, plan: &Plan, now: Timestamp, events: &mut Vec<Event>) {
        // A walk that reached nobody is not repeated at the same instant.
        for _ in 0..self.policy.steps.len() {
            let Some(step) = self.policy.steps.get(self.escalation.next_step) else { break };
            let (wait, reached) = (step.wait, reach(plan, &step.targets, now));
            if reached.is_empty() {
                events.push(Event::StepEmpty { step: self.escalation.next_step + 1 });
                self.advance();
                continue;
            }
            self.ask_all(reached, now, events);
            self.advance();
            self.escalation.next_at = Some(now + wait);
            return;
        }
        let fallback = self.policy.steps.len();
        if !self.asked_fallback() && fallback > 0 {
            events.push(Event::Exhausted);
        }
        self.escalation.next_step = fallback;
        let own = reach(plan, self.targets(plan, fallback), now);
        let reached = if own.is_empty() { reach(plan, &plan.fallback, now) } else { own };
        self.ask_all(reached, now, events);
        // The last resort is asked until somebody answers, even when it reaches nobody just now.
        self.escalation.next_step = fallback + 1;
        self.escalation.next_at = Some(now + FALLBACK_EVERY);
    }

    fn ask_all(&mut self, reached: Vec<Reached>, now: Timestamp, events: &mut Vec<Event>) {
        for Reached { person, why } in reached {
            self.asked.push(Asked { person: person.clone(), why: why.clone(), at: now });
            let (step, round) = (self.escalation.next_step + 1, self.escalation.round + 1);
            events.push(Event::Paged { person, why, step, round });
        }
    }

    fn advance(&mut self) {
        self.escalation.next_step += 1;
        let walked = self.escalation.next_step == self.policy.steps.len();
        if walked && self.escalation.round < self.policy.repeats {
            self.escalation.round += 1;
            self.escalation.next_step = 0;
        }
    }

    /// Somebody cannot be reached: the next step begins now, unless it has begun since.
    fn pass_over(&mut self, plan: &Plan, person: PersonName, now: Timestamp) -> Vec<Event> {
        let asked_at = self.asked.iter().rev().find(|asked| asked.person == person).map(|it| it.at);
        let asked_last = asked_at == self.asked.last().map(|asked| asked.at);
        let mut events = vec![Event::Unreachable { person }];
        // The fallback itself cannot be passed over: it is asked again at its time.
        if self.state == State::Triggered && asked_last && !self.asked_fallback() {
            self.ask(plan, now, &mut events);
        }
        events
    }

    fn asked_fallback(&self) -> bool {
        self.escalation.next_step > self.policy.steps.len()
    }

    fn update(&mut self, plan: &Plan, news: News) -> Vec<Event> {
        // It never becomes less urgent by itself: whoever was woken by a Sev-1 decides that.
        let severity = self.severity.min(worst(plan, &news.severities));
        let changed = self.firing != news.firing || self.severity != severity;
        self.severity = severity;
        self.summary = news.summary;
        self.title = news.title;
        self.firing = news.firing;
        if changed { vec![Event::Updated { firing: self.firing }] } else { vec![] }
    }

    fn acknowledge(&mut self, by: Actor, now: Timestamp) -> Result<Vec<Event>, Refusal> {
        if let (State::Acknowledged, Some(first)) = (self.state, &self.acknowledged) {
            return Err(Refusal::AlreadyAcknowledged { by: first.by.clone() });
        }
        self.state = State::Acknowledged;
        self.acknowledged = Some(Stamp { by: by.clone(), at: now });
        self.escalation.next_at = None;
        Ok(vec![Event::Acknowledged { by }])
    }

    fn resolve(&mut self, by: Actor, now: Timestamp) -> Vec<Event> {
        self.state = State::Resolved;
        self.resolved = Some(Stamp { by: by.clone(), at: now });
        self.escalation.next_at = None;
        vec![Event::Resolved { by }]
    }

    fn join(&mut self, incident: IncidentId) -> Vec<Event> {
        if self.incident == Some(incident) {
            return vec![];
        }
        self.incident = Some(incident);
        vec![Event::Joined { incident }]
    }
}

fn worst(plan: &Plan, words: &[String]) -> Level {
    words.iter().map(|word| plan.severities.level(word)).min().unwrap_or(plan.severities.default)
}

#[cfg(test)]
mod tests;
