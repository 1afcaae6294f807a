//! Plays many scenarios at once.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::RwLock;
use tokio::task::{JoinSet, LocalSet};

use super::busy::Pulse;
use super::compare::{self, Told};
use super::config;
use super::contender::{Contender, Kind};
use super::play::{Played, Side, play};
use super::recorder::Recorder;
use super::scenario::{Scenario, Who};

/// So long after everything is ready the first scenario begins.
const HEAD_START: Duration = Duration::from_millis(300);

/// Scenarios begin so long after one another: what they do in full seconds does not fall together.
const STAGGER: Duration = Duration::from_millis(15);

/// A scenario whose configuration names a full minute begins so long before it.
const BEFORE_MINUTE: SignedDuration = SignedDuration::from_secs(2);

/// The allowance for a busy machine is at most this; beyond it the run says nothing.
const ALLOWANCE_MS_MAX: i64 = 400;

/// The outcome of a scenario.
#[derive(Debug)]
pub struct Outcome {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// What the first side told.
    pub original: Vec<Told>,
    /// What the second side told.
    pub ours: Vec<Told>,
    /// What the first side told otherwise than expected: then the machine was too busy, or the scenario is wrong.
    pub original_wrong: Vec<String>,
    /// What the second side did otherwise.
    pub ours_wrong: Vec<String>,
}

/// Plays all scenarios at once, each against two servers; `disturb` changes the second one's configuration.
pub async fn run(
    scenarios: &[Arc<Scenario>],
    second: Kind,
    disturb: fn(String) -> String,
) -> Vec<Outcome> {
    LocalSet::new().run_until(run_here(scenarios, second, disturb)).await
}

async fn run_here(
    scenarios: &[Arc<Scenario>],
    second: Kind,
    disturb: fn(String) -> String,
) -> Vec<Outcome> {
    let minute = full_minute();
    let http = reqwest::Client::new();
    let shared: Vec<_> = scenarios.iter().filter(|one| !one.is_alone).cloned().collect();
    let alone = scenarios.iter().filter(|one| one.is_alone).cloned();
    let mut groups: Vec<Vec<Arc<Scenario>>> = alone.map(|one| vec![one]).collect();
    if !shared.is_empty() {
        groups.insert(0, shared);
    }
    let mut starting = JoinSet::new();
    for (at, group) in groups.into_iter().enumerate() {
        let (minute, http) = (strftime(minute), http.clone());
        starting.spawn_local(async move {
            let config = |port| config_of(&group, port, &minute);
            let first = server(&group, Kind::Original, &http, config);
            let second = server(&group, second, &http, |port| disturb(config(port)));
            (at, tokio::join!(first, second), group)
        });
    }
    let mut ready = starting.join_all().await;
    ready.sort_by_key(|(at, ..)| *at);
    let pulse = Arc::new(Pulse::start());
    let (mut at, wall) = (Instant::now() + HEAD_START, Timestamp::now());
    let wall = wall + SignedDuration::try_from(HEAD_START).expect("it is short");
    let began = at;
    let mut playing = JoinSet::new();
    for (_, (first, second), group) in ready {
        for scenario in group {
            let at_minute = minute - BEFORE_MINUTE;
            let after = Duration::try_from(at_minute.duration_since(wall)).unwrap_or_default();
            let at_this = if scenario.is_at_minute { began + after } else { at };
            at += STAGGER;
            let offset = SignedDuration::try_from(at_this - began).expect("it is short");
            let side = |(contender, recorder): &(_, _)| Side {
                scenario: Arc::clone(&scenario),
                contender: Arc::clone(contender),
                recorder: Arc::clone(recorder),
                at: at_this,
                wall: milliseconds(wall + offset),
                minute: strftime(minute),
                http: http.clone(),
            };
            let sides = (side(&first), side(&second));
            let pulse = Arc::clone(&pulse);
            playing.spawn_local(async move {
                let scenario = Arc::clone(&sides.0.scenario);
                let played = tokio::join!(play(sides.0), play(sides.1));
                outcome(scenario, played, &pulse)
            });
        }
    }
    playing.join_all().await
}

type Started = (Arc<RwLock<Contender>>, Arc<Recorder>);

async fn server(
    group: &[Arc<Scenario>],
    kind: Kind,
    http: &reqwest::Client,
    config: impl FnOnce(u16) -> String,
) -> Started {
    let recorder = Recorder::start(group).await;
    let config = config(recorder.port);
    let beside = group.iter().map(|one| &one.stentor).find(|it| !it.is_empty());
    let contender = match beside.filter(|_| kind == Kind::Ours) {
        Some(stentor) => Contender::start_with_plan(&config, stentor, http).await,
        None => Contender::start(kind, &config, http).await,
    };
    (Arc::new(RwLock::new(contender)), Arc::new(recorder))
}

fn config_of(group: &[Arc<Scenario>], port: u16, minute: &str) -> String {
    match group {
        [one] if one.is_alone => config::alone(one, "", port, minute),
        _ => config::shared(group.iter().map(AsRef::as_ref), port),
    }
}

fn outcome(scenario: Arc<Scenario>, played: (Played, Played), pulse: &Pulse) -> Outcome {
    let (first, second) = played;
    let busy_ms = pulse.late_ms(first.began, first.ended.max(second.ended));
    let allowance_ms = |played: &Played| busy_ms + played.late_ms;
    let of_first = allowance_ms(&first);
    let of_both = of_first.max(allowance_ms(&second));
    let scenario = if scenario.is_as_original {
        Arc::new(compare::expecting(&scenario, &first.told))
    } else {
        scenario
    };
    let mut original_wrong = compare::unexpected(&scenario, Who::Original, &first.told, of_first);
    let mut ours_wrong = compare::unexpected(&scenario, Who::Ours, &second.told, of_both);
    ours_wrong.extend(compare::differences(&scenario, &first.told, &second.told, of_both));
    original_wrong.extend(first.refused);
    ours_wrong.extend(second.refused);
    if of_both > ALLOWANCE_MS_MAX {
        original_wrong.push(format!("the machine was too busy: {of_both} ms late"));
    }
    Outcome { scenario, original: first.told, ours: second.told, original_wrong, ours_wrong }
}

/// Returns the next full minute that scenarios can still begin before.
fn full_minute() -> Timestamp {
    let second = (Timestamp::now() + SignedDuration::from_secs(8)).as_second();
    Timestamp::from_second(second - second.rem_euclid(60) + 60).expect("the next minute comes")
}

fn strftime(at: Timestamp) -> String {
    at.strftime("%H:%M").to_string()
}

fn milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).expect("it is as near as the instant")
}

/// Writes into a scenario's file what was told, with what the two sides told alone when they may differ.
pub fn rewrite(outcome: &Outcome) {
    let scenario = &outcome.scenario;
    if scenario.is_as_original {
        return;
    }
    let mut lines: Vec<(i64, String)> = vec![];
    let mut ours: Vec<&Told> = outcome.ours.iter().collect();
    let line = |mark: &str, told: &Told| {
        let tenths = (told.at_ms + 30).div_euclid(100);
        format!("{mark} {}.{} {}", tenths / 10, tenths % 10, told.text)
    };
    for told in &outcome.original {
        let near =
            |other: &&Told| other.text == told.text && (other.at_ms - told.at_ms).abs() <= 300;
        let both = ours.iter().position(near).map(|place| ours.remove(place)).is_some();
        let mark = if both || scenario.differs.is_none() { ">" } else { "-" };
        lines.push((told.at_ms, line(mark, told)));
    }
    if scenario.differs.is_some() {
        lines.extend(ours.iter().map(|told| (told.at_ms, line("+", told))));
    }
    lines.sort();
    write_lines(&scenario.path, lines.into_iter().map(|(_, line)| line));
}

fn write_lines(path: &Path, lines: impl Iterator<Item = String>) {
    let text = std::fs::read_to_string(path).expect("the scenario was read before");
    let (before, script) = text.split_once("--- script\n").expect("a scenario has a script");
    let is_told = |line: &&str| [">", "-", "+"].contains(&line.split(' ').next().unwrap_or(""));
    let kept = script.lines().filter(|line| !is_told(line)).map(str::to_owned);
    let script: Vec<String> = kept.chain(lines).collect();
    std::fs::write(path, format!("{before}--- script\n{}\n", script.join("\n")))
        .expect("a scenario can be written");
}
