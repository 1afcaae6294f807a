//! One simulated world: a machine with the real engine on a real file, and everybody round it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use stentor_domain::delivery::Outcome;
use stentor_domain::id::{DeliveryId, IncidentId, PageId};
use stentor_domain::plan::{Integration, Plan};
use stentor_engine::{Answer, Input, Job, Room};
use stentor_integrations::outbound::{Request, Step};

use crate::faults::Faults;
use crate::history::{Answered, Endpoint, History, Told};
use crate::machine::Machine;
use crate::people;
use crate::plan;
use crate::provider::{self, Providers};
use crate::retention;
use crate::rng::Rng;
use crate::senders::Condition;
use crate::silences;

/// How long things go wrong.
const STORM: SignedDuration = SignedDuration::from_mins(70);
/// From then on nothing fails and everybody answers; conditions still break.
const MENDED: SignedDuration = SignedDuration::from_mins(90);
/// From [`MENDED`] on nothing is wrong any more; by then everything must have come to an end.
const END: SignedDuration = SignedDuration::from_mins(140);

/// At most this many inputs are decided at once, as in production.
const BATCH_MAX: usize = 64;

/// Something that happens in the world.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// Prometheus evaluates its rules and repeats what fires.
    Repeat,
    /// A condition breaks or is mended.
    Flip(usize),
    /// A script says what it has to say, until it is heard.
    Speak(usize),
    /// A person answers a page.
    Answer { page: PageId, person: String, resolves: bool },
    /// Somebody does something that no alert asked for.
    Office,
    /// What came of a job, told by a transport of the machine's then generation.
    Outcome { delivery: DeliveryId, attempt: u32, outcome: Outcome, boot: u32 },
    /// The machine wakes up or starts again.
    Wake,
    /// The machine goes to sleep.
    Sleep,
    /// Another plan is put in force.
    Reload,
    /// Somebody asks for a silence, or ends one.
    Hush,
    /// What the engine remembers is compared with its database.
    Audit,
    /// Once a minute: does an endpoint go down?
    Weather,
    /// The end of the faults.
    Heal,
    /// The end of all conditions.
    Mend,
    /// The end.
    End,
}

/// Whose inputs they are, so that each can be told what became of its own.
#[derive(Debug)]
enum Voice {
    /// Senders; scripts among them by index.
    Sender {
        script: Option<usize>,
    },
    Person {
        page: PageId,
        person: String,
        resolves: bool,
    },
    Office,
    Hush,
    Transport,
}

pub(crate) struct World {
    pub(crate) rng: Rng,
    pub(crate) now: Timestamp,
    pub(crate) faults: Faults,
    pub(crate) healed: bool,
    pub(crate) plan: Arc<Plan>,
    pub(crate) pages: Vec<PageId>,
    pub(crate) incidents: Vec<IncidentId>,
    machine: Machine,
    agenda: BTreeMap<(Timestamp, u64), Happening>,
    entered: u64,
    conditions: Vec<Condition>,
    providers: Providers,
    answering: BTreeSet<(PageId, String)>,
    /// Chance of what suppresses alerts; `None` = nothing does in this world.
    suppression: Option<Rng>,
    mends_at: Timestamp,
    slack: bool,
    pub(crate) history: History,
}

impl World {
    /// Makes the world of a seed.
    pub(crate) fn new(seed: u64, verbose: bool) -> Result<Self> {
        let mut rng = Rng::new(seed);
        let faults = Faults::swarm(&mut rng);
        // Ten days round a change of the clocks in Europe, and another in Australia.
        let start: Timestamp = "2026-03-26T00:00:00Z".parse().context("an instant")?;
        let now = start + SignedDuration::from_mins(rng.below(60 * 24 * 10) as i64);
        let extra = if faults.storm > 0 { 8 + faults.storm } else { 0 };
        let slack = extra == 0;
        // Drawn apart, so that a world without suppression is what it was before there was any.
        let mut suppression = Some(Rng::new(!seed)).filter(|rng| rng.clone().percent(60));
        let mut plan = plan::draw(&mut rng, 1, slack);
        if let Some(rng) = &mut suppression {
            plan::suppress(rng, &mut plan, now);
        }
        let plan = Arc::new(plan);
        let alerts = rng.between(2, 6) + extra;
        let mut history = History::default();
        history.plans.push((now, plan.clone()));
        history.undisturbed = faults.undisturbed();
        history.transcript.lines = verbose.then(String::new);
        history.transcript.add(now, &format!("{faults:?}"));
        // Drawn apart as well.
        let retention = retention::draw(&mut Rng::new(seed.rotate_left(32)));
        let machine = Machine::start(rng.fork(), plan.clone(), retention, now)?;
        let providers = Providers::new(rng.fork());
        let conditions = (0..alerts).map(|number| Condition::draw(&mut rng, number)).collect();
        let mut world = Self {
            rng,
            now,
            faults,
            healed: false,
            plan,
            pages: vec![],
            incidents: vec![],
            machine,
            agenda: BTreeMap::new(),
            entered: 0,
            conditions,
            providers,
            answering: BTreeSet::new(),
            suppression,
            mends_at: now + MENDED,
            slack,
            history,
        };
        world.note_plan();
        world.fill_agenda();
        Ok(world)
    }

    fn fill_agenda(&mut self) {
        let start = self.now;
        self.enter(start + STORM, Happening::Heal);
        self.enter(start + MENDED, Happening::Mend);
        self.enter(start + END, Happening::End);
        self.enter(start + SignedDuration::from_secs(7), Happening::Repeat);
        self.enter(start + SignedDuration::from_secs(30), Happening::Weather);
        self.enter(start + SignedDuration::from_mins(3), Happening::Office);
        self.enter(start + SignedDuration::from_mins(4), Happening::Audit);
        if let Some(rng) = &mut self.suppression {
            let at = start + rng.seconds(20, 600);
            self.enter(at, Happening::Hush);
        }
        for number in 0..self.conditions.len() {
            let at = self.at_random(1, if self.slack { 1800 } else { 300 });
            self.enter(at, Happening::Flip(number));
        }
        for (count, what) in
            [(self.faults.sleeps, Happening::Sleep), (self.faults.reloads, Happening::Reload)]
        {
            for _ in 0..count {
                let at = self.at_random(60, 4_000);
                self.enter(at, what.clone());
            }
        }
    }

    fn at_random(&mut self, from: usize, to: usize) -> Timestamp {
        let at = self.now + self.rng.seconds(from, to);
        // Half of all things happen on a whole second, so that some meet.
        let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
        if self.rng.percent(50) { whole.max(self.now) } else { at }
    }

    pub(crate) fn enter(&mut self, at: Timestamp, what: Happening) {
        self.entered += 1;
        self.agenda.insert((at.max(self.now), self.entered), what);
    }

    /// Lives the world to its end.
    pub(crate) fn run(&mut self) -> Result<()> {
        loop {
            let (at, _) = *self.agenda.keys().next().context("the end is on the agenda")?;
            let due = self.machine.due_at().map_or(at, |due| due.min(at));
            self.now = self.now.max(due);
            let mut inputs = Vec::new();
            while let Some(entry) = self.agenda.first_entry() {
                if entry.key().0 > self.now || inputs.len() >= BATCH_MAX {
                    break;
                }
                if matches!(entry.get(), Happening::End) {
                    return self.end();
                }
                let what = entry.remove();
                self.happen(what, &mut inputs)?;
            }
            self.drive(inputs)?;
        }
    }

    fn end(&mut self) -> Result<()> {
        self.drive(vec![])?;
        self.history.ended_at = self.now;
        self.audit()?;
        self.history.left = self.machine.left()?;
        Ok(())
    }

    fn happen(&mut self, what: Happening, inputs: &mut Vec<(Voice, Input)>) -> Result<()> {
        match what {
            Happening::Repeat => {
                let told = self.conditions.iter().filter(|one| !one.script);
                let signals: Vec<_> = told.filter_map(|one| one.signal(self.now)).collect();
                if !signals.is_empty() {
                    inputs.push((Voice::Sender { script: None }, Input::Signals(signals)));
                }
                self.enter(self.now + SignedDuration::from_mins(1), Happening::Repeat);
            }
            Happening::Flip(number) => self.flip(number, inputs),
            Happening::Speak(number) => self.speak(number, inputs),
            Happening::Answer { page, person, resolves } => {
                let input = people::answer(page, &person, resolves);
                inputs.push((Voice::Person { page, person, resolves }, input));
            }
            Happening::Office => {
                inputs.extend(people::office(self).map(|input| (Voice::Office, input)));
                let next = self.at_random(60, 900);
                self.enter(next, Happening::Office);
            }
            Happening::Outcome { delivery, attempt, outcome, boot } => {
                if let Some(wakes) = self.machine.asleep_until() {
                    self.enter(wakes, Happening::Outcome { delivery, attempt, outcome, boot });
                } else if boot == self.machine.boot() {
                    let input = Input::Outcome { delivery, attempt, outcome };
                    inputs.push((Voice::Transport, input));
                }
            }
            Happening::Wake => self.wake()?,
            Happening::Sleep => {
                if self.machine.runs() && !self.healed {
                    let wakes = self.at_random(30, 3_600);
                    self.note(&format!("sleeps until {wakes}"));
                    self.history.away.push((self.now, wakes));
                    self.machine.sleep(wakes);
                    self.enter(wakes, Happening::Wake);
                }
            }
            Happening::Reload => self.reload()?,
            Happening::Hush => self.hush(inputs),
            Happening::Audit => self.audit()?,
            Happening::Weather => self.weather(),
            Happening::Heal => {
                self.note("everything works again");
                (self.healed, self.faults) = (true, Faults::default());
                self.providers.heal();
            }
            Happening::Mend => self.mend(inputs),
            Happening::End => bail!("the end is handled by the caller"),
        }
        Ok(())
    }

    fn flip(&mut self, number: usize, inputs: &mut Vec<(Voice, Input)>) {
        let (now, condition) = (self.now, &mut self.conditions[number]);
        let breaks = condition.flip(now);
        // A script that promised hours never falls silent: nothing would ever tell that it is over.
        let silent = !breaks && !condition.script && self.rng.percent(self.faults.silence);
        condition.silent = silent;
        let line = format!("{} breaks: {breaks}, falls silent: {silent}", condition.token);
        let script = condition.script.then_some(number);
        let flaps = !silent && self.rng.percent(self.faults.flapping);
        self.note(&line);
        self.speak(number, inputs);
        if flaps {
            // It flips again before the sender's queue is emptied: one request says it all.
            let (more, condition) = (self.rng.between(1, 2), &mut self.conditions[number]);
            let flip = |_| {
                condition.flip(now);
                condition.signal(now)
            };
            let all = (0..more).filter_map(flip).collect();
            inputs.push((Voice::Sender { script }, Input::Signals(all)));
        }
        let range = if self.rng.percent(30) { (1, 120) } else { (120, 3_600) };
        let next = self.at_random(range.0, range.1);
        if !self.healed || self.conditions[number].since.is_some() {
            self.enter(next, Happening::Flip(number));
        }
    }

    fn speak(&self, number: usize, inputs: &mut Vec<(Voice, Input)>) {
        let condition = &self.conditions[number];
        let script = condition.script.then_some(number);
        if let Some(signal) = condition.signal(self.now) {
            inputs.push((Voice::Sender { script }, Input::Signals(vec![signal])));
        }
    }

    fn mend(&mut self, inputs: &mut Vec<(Voice, Input)>) {
        self.note("nothing is wrong any more");
        self.agenda.retain(|_, what| !matches!(what, Happening::Flip(_)));
        for number in 0..self.conditions.len() {
            self.conditions[number].mends(self.now);
            self.conditions[number].silent = false;
            self.speak(number, inputs);
        }
    }

    fn hush(&mut self, inputs: &mut Vec<(Voice, Input)>) {
        let (now, alerts) = (self.now, self.conditions.len());
        let Some(rng) = &mut self.suppression else { return };
        let input = silences::ask(rng, &self.history.silences, alerts, now);
        let next = now + rng.seconds(5, 500);
        inputs.push((Voice::Hush, input));
        if next < self.mends_at {
            self.enter(next, Happening::Hush);
        }
    }

    fn audit(&mut self) -> Result<()> {
        self.enter(self.now + SignedDuration::from_mins(7), Happening::Audit);
        if !self.machine.runs() {
            return Ok(());
        }
        self.count_silences()?;
        let wrong = self.machine.audit(&self.plan)?;
        self.history.wrong_memories.extend(wrong.map(|why| (self.now, why)));
        let wrong = self.machine.audit_ages(&self.history, self.now)?;
        self.history.wrong_ages.extend(wrong.map(|why| (self.now, why)));
        Ok(())
    }

    fn count_silences(&mut self) -> Result<()> {
        let (listed, now) = (self.machine.silences()?, self.now);
        let settled = self.machine.due_at().is_none_or(|due| due > now);
        let wrong = self.history.silences.compare(listed, settled, now);
        self.history.lost_silences.extend(wrong.map(|why| (now, why)));
        Ok(())
    }

    fn weather(&mut self) {
        let endpoints: BTreeSet<Endpoint> =
            self.history.requests.iter().rev().take(40).map(|sent| sent.to.clone()).collect();
        for endpoint in endpoints {
            if self.rng.percent(self.faults.outages) {
                let until = self.now + self.rng.seconds(60, 3_600);
                self.note(&format!("{endpoint:?} is down until {until}"));
                self.providers.take_down(endpoint, until);
            }
        }
        self.enter(self.now + SignedDuration::from_mins(1), Happening::Weather);
    }

    fn reload(&mut self) -> Result<()> {
        if self.healed || !self.machine.runs() {
            return Ok(());
        }
        let revision = self.history.plans.len() + 1;
        let mut rng = self.rng.fork();
        let mut plan = plan::draw(&mut rng, revision, self.slack);
        if let Some(rng) = &mut self.suppression {
            plan::suppress(rng, &mut plan, self.now);
        }
        self.plan = Arc::new(plan);
        self.note(&format!("plan {revision} is in force"));
        self.note_plan();
        self.history.plans.push((self.now, self.plan.clone()));
        self.machine.apply(self.plan.clone(), self.now)
    }

    fn wake(&mut self) -> Result<()> {
        self.note("the machine runs");
        self.machine.wake(self.plan.clone(), self.now)?;
        self.count_silences()?;
        self.machine.read_all(&self.history)
    }

    /// Asks the engine its three questions, at first all at once or one by one, until it has nothing more to say at this
    /// instant.
    fn drive(&mut self, inputs: Vec<(Voice, Input)>) -> Result<()> {
        let (voices, inputs): (Vec<_>, Vec<_>) = inputs.into_iter().unzip();
        let answers = match self.rng.percent(70) {
            true => self.round(&inputs)?,
            false => self.step(&inputs)?,
        };
        for ((voice, input), answer) in voices.into_iter().zip(inputs).zip(answers) {
            self.hear(voice, input, answer);
        }
        for _ in 0..QUESTIONS_MAX {
            if self.machine.due_at().is_none_or(|at| at > self.now) {
                return Ok(());
            }
            self.ask()?;
            self.machine.read_new(&mut self.history)?;
        }
        match self.machine.due_at() {
            Some(at) if at <= self.now => bail!("after {QUESTIONS_MAX} questions something is due"),
            Some(_) | None => Ok(()),
        }
    }

    fn step(&mut self, inputs: &[Input]) -> Result<Vec<Option<Answer>>> {
        if inputs.is_empty() || !self.machine.runs() {
            return Ok(inputs.iter().map(|_| None).collect());
        }
        let crash = self.crashes();
        let now = self.now;
        let answers = self.machine.guarded(crash, |engine| Ok(engine.step(inputs, now)))?;
        let Some(answers) = answers else {
            self.crashed();
            return Ok(inputs.iter().map(|_| None).collect());
        };
        self.answered(answers)
    }

    fn answered(
        &mut self,
        answers: Vec<Result<Answer, stentor_store::error::Error>>,
    ) -> Result<Vec<Option<Answer>>> {
        self.machine.look_ahead()?;
        self.machine.read_new(&mut self.history)?;
        let answers = answers.into_iter().map(|answer| answer.context("the engine takes it"));
        answers.map(|answer| answer.map(Some)).collect()
    }

    /// As the server does: decides, looks at what is due and leases, in one transaction.
    fn round(&mut self, inputs: &[Input]) -> Result<Vec<Option<Answer>>> {
        let unanswered = || Ok(inputs.iter().map(|_| None).collect());
        if !self.machine.runs() {
            return unanswered();
        }
        let (now, crash, max) = (self.now, self.crashes(), self.rng.between(1, 16));
        let boot = self.machine.boot();
        let (mut jobs, mut answers) = (Vec::new(), Vec::new());
        let done = self.machine.guarded(crash, |engine| {
            let round = engine.round(inputs, Room::of(max), now, &mut |job| jobs.push(job));
            answers = round.answers;
            round.next?;
            Ok(())
        })?;
        if done.is_none() {
            jobs = self.sent_before_the_crash(jobs, is_for_a_receiver);
        }
        jobs.iter().for_each(|job| self.send(job, boot));
        match done {
            Some(()) => self.answered(answers),
            None => {
                self.crashed();
                unanswered()
            }
        }
    }

    /// Returns which jobs of a machine that crashed were sent all the same: any, had it written all that it had to,
    /// else those that `leave` before that.
    fn sent_before_the_crash(&mut self, mut jobs: Vec<Job>, leave: fn(&Job) -> bool) -> Vec<Job> {
        if !self.machine.kept_all() {
            jobs.retain(leave);
        }
        jobs.truncate(self.rng.below(jobs.len() + 1));
        jobs
    }

    /// Asks what is due, and leases what is to be sent.
    fn ask(&mut self) -> Result<()> {
        let (now, crash) = (self.now, self.crashes());
        let Some(due) = self.machine.guarded(crash, |engine| Ok(engine.due(now)?))? else {
            self.crashed();
            return Ok(());
        };
        let (crash, max) = (self.crashes(), self.rng.between(1, 16));
        let boot = self.machine.boot();
        let mut jobs = Vec::new();
        let leased = self.machine.guarded(crash, |engine| {
            jobs = engine.lease(now, Room::of(max))?;
            Ok(())
        })?;
        let more = jobs.len() == max;
        if leased.is_none() {
            jobs = self.sent_before_the_crash(jobs, |_| false);
        }
        jobs.iter().for_each(|job| self.send(job, boot));
        match leased {
            Some(()) => self.machine.due_at_next(if more { Some(now) } else { due }),
            None => self.crashed(),
        }
        Ok(())
    }

    fn send(&mut self, job: &Job, boot: u32) {
        let request = match job.next(&[]) {
            Step::Send(request) => request,
            // Whoever it is for may have left the plan.
            Step::Done(outcome) => {
                let (delivery, attempt) = (job.delivery, job.attempt);
                self.note(&format!("{delivery}/{attempt} cannot be sent: {outcome:?}"));
                self.enter(self.now, Happening::Outcome { delivery, attempt, outcome, boot });
                return;
            }
        };
        let read = provider::read(&request);
        let mail = matches!(request, Request::Mail(_));
        let fate = self.providers.fate(job, (&read.to, mail), &self.faults, self.now);
        let sent = crate::history::Sent {
            order: self.history.next_order(),
            at: self.now,
            delivery: job.delivery.to_string(),
            to: read.to,
            text: read.text,
            thread: read.thread,
            page: read.page,
            act: read.act,
            arrived: fate.arrived,
            known: fate.certain,
        };
        let (arrived, act, to) = (sent.arrived, sent.act, &sent.to);
        self.note(&format!(
            "{} {}/{} {to:?} act={act} arrived={arrived} {:?}",
            job.kind, job.delivery, job.attempt, fate.answer
        ));
        self.history.transcript.add(self.now, &sent.text);
        if let (true, Some(page)) = (act && arrived, sent.page)
            && let Endpoint::Person(person) = &sent.to
        {
            self.notices(page, person.clone());
        }
        self.history.requests.push(sent);
        if let Some((at, outcome)) = fate.answer {
            let (delivery, attempt) = (job.delivery, job.attempt);
            self.enter(at, Happening::Outcome { delivery, attempt, outcome, boot });
        }
    }

    /// A person reads that they are asked to act.
    fn notices(&mut self, page: PageId, person: String) {
        if !self.pages.contains(&page) {
            self.pages.push(page);
        }
        let sleeps = self.rng.percent(self.faults.sleepers);
        let resolves = self.rng.percent(10);
        let after = if self.healed { (5, 90) } else { (5, 600) };
        let at = self.at_random(after.0, after.1);
        if !sleeps && self.answering.insert((page, person.clone())) {
            self.enter(at, Happening::Answer { page, person, resolves });
        }
    }

    /// Somebody hears what became of what they said; `None` = nothing, or an error.
    fn hear(&mut self, voice: Voice, input: Input, answer: Option<Answer>) {
        let ok = answer.is_some();
        match (voice, input) {
            (Voice::Sender { script }, Input::Signals(signals)) => {
                if let (Some(number), false) = (script, ok) {
                    self.enter(self.now + SignedDuration::from_secs(10), Happening::Speak(number));
                }
                self.note(&format!("{} signals, accepted: {ok}", signals.len()));
                self.history.told.push(Told { at: self.now, signals, ok });
            }
            (Voice::Person { page, person, resolves }, _) => {
                let again = Happening::Answer { page, person: person.clone(), resolves };
                if !ok {
                    let at = self.at_random(10, 60);
                    self.enter(at, again);
                    return;
                }
                self.note(&format!("{person} answers {page}, resolves: {resolves}"));
                let order = self.history.next_order();
                self.history.answers.push(Answered { order, page });
                if !resolves && self.rng.percent(30) {
                    let at = self.at_random(60, 1_800);
                    self.enter(at, Happening::Answer { page, person, resolves: true });
                }
            }
            (Voice::Hush, input) => self.hear_of_silence(&input, answer),
            (Voice::Office | Voice::Transport | Voice::Sender { .. }, _) => match answer {
                Some(Answer::Page(page)) => self.pages.push(page.id),
                Some(Answer::Incident(incident)) => self.incidents.push(incident.id),
                Some(
                    Answer::Done
                    | Answer::Delivery(_)
                    | Answer::Deliveries(_)
                    | Answer::Silence(_)
                    | Answer::SilenceRefused(_)
                    | Answer::Review(_)
                    | Answer::NotFound
                    | Answer::PageRefused(_)
                    | Answer::IncidentRefused(_)
                    | Answer::ReviewChanged,
                )
                | None => {}
            },
        }
    }

    fn hear_of_silence(&mut self, input: &Input, answer: Option<Answer>) {
        let before = if let Input::SetSilence(draft) = input { draft.id.as_deref() } else { None };
        match answer {
            Some(Answer::Silence(silence)) => {
                self.note(&format!("silence {}", serde_json::json!(*silence)));
                self.history.silences.learn(before, *silence, self.now);
            }
            Some(other) => self.note(&format!("silence: {other:?}")),
            None => self.history.silences.lost(),
        }
    }

    fn crashes(&mut self) -> bool {
        self.faults.crash > 0 && self.rng.below(1_000) < self.faults.crash
    }

    fn crashed(&mut self) {
        let starts = if self.rng.percent(40) { self.now } else { self.at_random(1, 180) };
        self.note(&format!("crash; starts again at {starts}"));
        self.history.crashes.push(self.now);
        self.history.away.push((self.now, starts));
        self.enter(starts, Happening::Wake);
    }

    fn note_plan(&mut self) {
        let plan = self.plan.clone();
        for route in &plan.routes.nodes {
            let receiver = &plan.receivers[&route.receiver];
            let to: Vec<String> = receiver.integrations.iter().map(Integration::key).collect();
            self.note(&format!(
                "route {} by {:?} to {} {to:?} escalates {:?}; {:#} {:#} {:#}",
                route.id,
                route.group_by,
                receiver.name,
                receiver.escalate,
                route.group_wait,
                route.group_interval,
                route.repeat_interval
            ));
            if !route.mute.is_empty() || !route.active.is_empty() {
                self.note(&format!("mute {:?}, active {:?}", route.mute, route.active));
            }
        }
        for (name, interval) in &plan.intervals {
            self.note(&format!("interval {name}: {interval:?}"));
        }
        for rule in &plan.inhibit_rules {
            self.note(&format!("{} inhibits {} {:?}", rule.source, rule.target, rule.equal));
        }
    }

    fn note(&mut self, line: &str) {
        self.history.transcript.add(self.now, line);
    }
}

fn is_for_a_receiver(job: &Job) -> bool {
    match job.next(&[]) {
        Step::Send(request) => matches!(provider::read(&request).to, Endpoint::Receiver(_)),
        Step::Done(_) => false,
    }
}

/// At one instant the engine is asked this often at most before it must have come to rest.
const QUESTIONS_MAX: usize = 100;
