//! The scenarios' language: a time and an input a line; lines with `>` are what happened.
//!
//! The clock begins on Monday, 2026-01-05, at midnight UTC, and is written `HH:MM` or `HH:MM:SS`; hours may
//! exceed 24. `UPDATE=1 cargo test` writes down what happens now. The inputs are the arms of [`input`].

use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::world::{Manner, World};
use crate::alert::Signal;
use crate::incident::{self, NoteKind, Role, State};
use crate::labels::Labels;
use crate::page::{self, Actor};

const MIDNIGHT: &str = "2026-01-05T00:00:00Z";

#[test]
fn every_scenario_goes_as_it_is_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scenarios");
    let mut wrong = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let written = fs::read_to_string(&path).unwrap();
        let happened = play(&written);
        if happened == written {
            continue;
        }
        if updates() {
            fs::write(&path, happened).unwrap();
        } else {
            wrong.push(format!("{}\n{}", path.display(), difference(&written, &happened)));
        }
    }
    assert!(wrong.is_empty(), "{}\nUPDATE=1 writes down what happens now", wrong.join("\n"));
}

fn updates() -> bool {
    #[expect(clippy::disallowed_methods, reason = "a test has no command line to be told by")]
    std::env::var("UPDATE").is_ok()
}

/// The first line that differs.
fn difference(written: &str, happened: &str) -> String {
    let lines = written.lines().chain([""]).zip(happened.lines().chain([""]));
    let first = lines.zip(1..).find(|((old, new), _)| old != new);
    first.map_or_else(String::new, |((old, new), line)| format!("{line}: - {old}\n{line}: + {new}"))
}

/// Plays a scenario; returns its text with what happened in place of what was written.
fn play(written: &str) -> String {
    let mut world = World::new();
    let mut text = String::new();
    for line in written.lines() {
        let Some((time, words)) = line.split_once("  ").filter(|_| !line.starts_with('#')) else {
            text.push_str(line);
            text.push('\n');
            continue;
        };
        if words.starts_with('>') {
            continue;
        }
        let now = instant(time);
        world.pass(now);
        tell(&mut world, &mut text);
        text.push_str(line);
        text.push('\n');
        input(&mut world, words, now);
        // What follows at once is told under its cause.
        world.pass(now);
        tell(&mut world, &mut text);
    }
    text
}

fn tell(world: &mut World, text: &mut String) {
    for (at, what) in world.told.drain(..) {
        text.push_str(&format!("{}  > {what}\n", clock(at)));
    }
}

fn midnight() -> Timestamp {
    MIDNIGHT.parse().unwrap()
}

fn instant(clock: &str) -> Timestamp {
    let parts: Vec<i64> = clock.split(':').map(|part| part.parse().unwrap()).collect();
    let (hours, minutes) = (parts[0], parts[1]);
    let seconds = parts.get(2).copied().unwrap_or(0);
    midnight() + SignedDuration::from_secs(hours * 3600 + minutes * 60 + seconds)
}

fn clock(at: Timestamp) -> String {
    let seconds = at.duration_since(midnight()).as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match seconds {
        0 => format!("{hours:02}:{minutes:02}"),
        _ => format!("{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

fn duration(text: &str) -> SignedDuration {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no duration"))
}

/// Does what one line says.
fn input(world: &mut World, words: &str, now: Timestamp) {
    let (first, rest) = words.split_once(' ').unwrap_or((words, ""));
    match first {
        "end" => {}
        // fires NAME LABEL=VALUE … [since HH:MM] [until HH:MM] [: SUMMARY]
        "fires" => fires(world, rest, now),
        "resolves" => {
            let labels = labels(rest.split(' '));
            world.signal(Signal { labels, ends_at: Some(now), ..Signal::default() }, now);
        }
        // silence MATCHERS until HH:MM
        "silence" => {
            let (matchers, until) = rest.split_once(" until ").expect("silence … until HH:MM");
            world.silence(matchers, instant(until), now);
        }
        // plan: OLD => NEW
        "plan:" => {
            let (old, new) = rest.split_once(" => ").expect("plan: OLD => NEW");
            world.files.edit(old, new);
            world.reload(now);
        }
        // channel KEY works|refuses|fails|is silent|wants DURATION
        "channel" => {
            let (channel, manner) = rest.split_once(' ').expect("channel KEY MANNER");
            let manner = match manner.split_once(' ').unwrap_or((manner, "")) {
                ("works", _) => Manner::Works,
                ("refuses", _) => Manner::Refuses,
                ("fails", _) => Manner::Fails { after: None },
                ("wants", after) => Manner::Fails { after: Some(duration(after)) },
                ("is", "silent") => Manner::Silent,
                other => panic!("a channel cannot {other:?}"),
            };
            world.manners.insert(channel.to_owned(), manner);
        }
        person => does(world, person, rest, now),
    }
}

fn fires(world: &mut World, words: &str, now: Timestamp) {
    let (words, summary) = words.split_once(": ").unwrap_or((words, ""));
    let words: Vec<&str> = words.split(' ').collect();
    let after = |word: &str| {
        let at = words.iter().position(|it| *it == word)?;
        Some(instant(words[at + 1]))
    };
    let (starts_at, until) = (after("since"), after("until"));
    let named = words.iter().copied().take_while(|word| !["since", "until"].contains(word));
    let week = SignedDuration::from_hours(7 * 24);
    let signal = Signal {
        labels: labels(named),
        annotations: [("summary", summary)].into_iter().collect(),
        starts_at: Some(starts_at.unwrap_or(now)),
        ends_at: Some(until.unwrap_or(now + week)),
        generator_url: String::new(),
    };
    world.signal(signal, now);
}

fn labels<'a>(words: impl Iterator<Item = &'a str>) -> Labels {
    words.map(|word| word.split_once('=').unwrap_or(("alertname", word))).collect()
}

/// Does what a person does.
fn does(world: &mut World, person: &str, words: &str, now: Timestamp) {
    let by = Actor::Person(person.to_owned());
    let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
    let (verb, rest) = (verb.trim_end_matches(':'), rest);
    match verb {
        "acknowledges" => world.page(world.last_page(), page::Input::Acknowledge { by }, now),
        "resolves" => world.page(world.last_page(), page::Input::Resolve { by }, now),
        // asks POLICY TITLE
        "asks" => {
            let (policy, title) = rest.split_once(' ').expect("asks POLICY TITLE");
            world.ask(policy, title, by, now);
        }
        // declares SEVERITY TITLE
        "declares" => {
            let (severity, title) = rest.split_once(' ').expect("declares SEVERITY TITLE");
            let draft = incident::Draft {
                title: title.to_owned(),
                severity: world.plan.severities.level(severity),
                service: None,
                page: None,
                by,
                commander: None,
                started_at: now,
            };
            world.declare(draft, now);
        }
        _ => {
            let input = works(world, by, verb, rest);
            world.incident(world.last_incident(), input, now);
        }
    }
}

/// What a person does in an incident.
fn works(world: &World, by: Actor, verb: &str, rest: &str) -> incident::Input {
    // notes|decides|acts|moves [at HH:MM] …
    let (happened_at, rest) = match rest.strip_prefix("at ").and_then(|rest| rest.split_once(' ')) {
        Some((at, rest)) => (Some(instant(at)), rest),
        None => (None, rest),
    };
    let note =
        |kind| incident::Input::Note { by: by.clone(), kind, text: rest.to_owned(), happened_at };
    match verb {
        "notes" => note(NoteKind::Note),
        "decides" => note(NoteKind::Decision),
        "acts" => note(NoteKind::Action),
        "moves" => {
            let to = State::from_word(rest).unwrap_or_else(|| panic!("no state `{rest}`"));
            incident::Input::Move { by, to, happened_at }
        }
        "rates" => incident::Input::Rate { by, severity: world.plan.severities.level(rest) },
        // gives ROLE PERSON
        "gives" => {
            let (role, to) = rest.split_once(' ').expect("gives ROLE PERSON");
            let role = Role::from_word(role).unwrap_or_else(|| panic!("no role `{role}`"));
            incident::Input::Assign { by, role, to: Actor::Person(to.to_owned()) }
        }
        other => panic!("nobody knows how somebody {other}"),
    }
}
