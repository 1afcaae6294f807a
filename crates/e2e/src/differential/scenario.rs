//! A scenario: a configuration, timed inputs, and what has to be told when.
//!
//! A file has three kinds of part. What it says about itself comes first: a sentence, then settings, one a line.
//! After a line `--- config` (or `--- config NAME`) follows an `alertmanager.yml`, after `--- stentor` what Stentor has
//! beside it in `stentor.yml`, after `--- script` the inputs:
//!
//! ```text
//! 0.0 fire A node=1 / B node=2 @ends=+4
//! 1.5 resolve A node=1
//! 2.0 silence add s alertname=A for 3
//! 3.0 reload NAME
//! until 6
//! > 1.0 hook :{alertname="A"} firing: A(node=1)
//! ```
//!
//! Lines with `>` are told by both; `-` by the original alone, `+` by Stentor alone, where it mends on purpose.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a receiver answers to one request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The header `Retry-After`, in seconds.
    pub retry_after_s: Option<u32>,
}

/// Who tells what is expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Who {
    /// The original and Stentor.
    Both,
    /// The original alone.
    Original,
    /// Stentor alone.
    Ours,
}

/// A notification that has to come.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Expected {
    /// Who tells it.
    pub who: Who,
    /// When, in milliseconds after the scenario began.
    pub at_ms: i64,
    /// What, as [`super::compare::Told::text`] writes it.
    pub text: String,
}

/// An alert as a script writes it.
#[derive(Clone, Debug, Default)]
pub struct Alert {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// When it starts, in milliseconds from its line; none when the message does not say so.
    pub starts_ms: Option<i64>,
    /// When it ends, in milliseconds from its line; none when the message does not say so.
    pub ends_ms: Option<i64>,
    /// Whether the line itself says when it starts.
    pub is_start_given: bool,
}

/// One input.
#[derive(Clone, Debug)]
pub enum Deed {
    /// Alerts, in one message.
    Fire(Vec<Alert>),
    /// The end of alerts that were fired before, in one message.
    Resolve(Vec<Alert>),
    /// A new silence, or a change of one that was made under this name.
    Silence {
        /// Its name in the script.
        name: String,
        /// Its matchers; empty means those it has.
        matchers: Vec<String>,
        /// When it begins, in milliseconds from its line.
        from_ms: i64,
        /// When it ends, in milliseconds from its line.
        to_ms: i64,
    },
    /// The end of a silence.
    Expire(String),
    /// Another configuration, by its name.
    Reload(String),
    /// An orderly end and another start.
    Restart,
}

/// An input and its time.
#[derive(Clone, Debug)]
pub struct Step {
    /// Milliseconds after the scenario began.
    pub at_ms: i64,
    /// The input.
    pub deed: Deed,
}

/// A scenario.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// The file's name without its ending.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Why Stentor differs on purpose.
    pub differs: Option<String>,
    /// What the receivers answer, by the name of the receiver's path; 200 when nothing is left.
    pub answers: BTreeMap<String, Vec<Reply>>,
    /// How much later or earlier than expected something may come because the original throws dice.
    pub jitter_ms: i64,
    /// Whether it begins two seconds before a full minute, which its configuration calls `$MINUTE`.
    pub is_at_minute: bool,
    /// Whether times within messages are set by the servers, so that they differ by a little.
    pub is_server_timed: bool,
    /// Whether what is told depends on the day: what the original tells is expected.
    pub is_as_original: bool,
    /// Whether it has servers of its own.
    pub is_alone: bool,
    /// The configurations as YAML, by name; the first one has none.
    pub configs: BTreeMap<String, String>,
    /// What Stentor alone has beside it; empty for nothing.
    pub stentor: String,
    /// The inputs in their order.
    pub steps: Vec<Step>,
    /// When it ends, in milliseconds.
    pub until_ms: i64,
    /// What has to be told.
    pub expected: Vec<Expected>,
}

/// Reads every scenario of a folder, by name.
pub fn read_all(folder: &Path) -> Vec<Scenario> {
    let entries = std::fs::read_dir(folder).expect("the folder of the scenarios can be read");
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

/// Reads one scenario; panics with the place of what it does not understand.
pub fn read(path: &Path) -> Scenario {
    let text = std::fs::read_to_string(path).expect("a scenario can be read");
    let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name in UTF-8");
    let mut scenario = Scenario { name: name.into(), path: path.into(), ..Scenario::default() };
    let mut part = "about".to_owned();
    for (number, line) in text.lines().enumerate() {
        if let Some(next) = line.strip_prefix("--- ") {
            part = next.trim().to_owned();
            continue;
        }
        let read = match part.as_str() {
            "about" => scenario.setting(line),
            "script" => scenario.line(line.trim()),
            "stentor" => scenario.beside(line),
            _ => scenario.config(&part, line),
        };
        read.unwrap_or_else(|| panic!("{}:{}: not understood: {line}", path.display(), number + 1));
    }
    assert!(scenario.until_ms > 0, "{}: no line `until`", path.display());
    scenario.check()
}

impl Scenario {
    fn check(mut self) -> Self {
        let named = self.configs.len() > 1;
        let restarts = self.steps.iter().any(|step| matches!(step.deed, Deed::Restart));
        let global = self.configs.values().any(|yaml| yaml.contains("\nglobal:"));
        let planned = !self.stentor.is_empty();
        self.is_alone |= named || restarts || global || planned || self.is_at_minute;
        for expected in &self.expected {
            let may_differ = self.differs.is_some() || expected.who == Who::Both;
            assert!(may_differ, "{}: it does not say why it differs: {expected:?}", self.name);
            let left_ms = self.until_ms - expected.at_ms;
            assert!(left_ms >= 400, "{}: it ends too soon to see {expected:?}", self.name);
        }
        self
    }

    fn setting(&mut self, line: &str) -> Option<()> {
        let Some((key, value)) = line.split_once(": ") else {
            match line {
                "as the original tells" => self.is_as_original = true,
                "alone" => self.is_alone = true,
                "begins before a full minute" => self.is_at_minute = true,
                "times are set by the servers" => self.is_server_timed = true,
                _ => {}
            }
            return Some(());
        };
        match key {
            "differs" => self.differs = Some(value.to_owned()),
            "jitter" => self.jitter_ms = ms(value)?,
            "answers" => {
                let mut words = value.split_whitespace();
                let receiver = words.next()?.to_owned();
                self.answers.insert(receiver, words.map(reply).collect::<Option<_>>()?);
            }
            _ => {}
        }
        Some(())
    }

    fn config(&mut self, part: &str, line: &str) -> Option<()> {
        let name = part.strip_prefix("config")?.trim().to_owned();
        let yaml = self.configs.entry(name).or_insert_with(|| "\n".to_owned());
        yaml.push_str(line);
        yaml.push('\n');
        Some(())
    }

    fn beside(&mut self, line: &str) -> Option<()> {
        self.stentor.push_str(line);
        self.stentor.push('\n');
        Some(())
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        let who = match first {
            "" | "#" => return Some(()),
            "until" => {
                self.until_ms = ms(rest)?;
                return Some(());
            }
            ">" => Who::Both,
            "-" => Who::Original,
            "+" => Who::Ours,
            _ => {
                self.steps.push(Step { at_ms: ms(first)?, deed: deed(rest)? });
                return Some(());
            }
        };
        let (at, text) = rest.split_once(' ')?;
        self.expected.push(Expected { who, at_ms: ms(at)?, text: text.to_owned() });
        Some(())
    }
}

fn reply(word: &str) -> Option<Reply> {
    let (status, after) = word.split_once('+').map_or((word, None), |(a, b)| (a, Some(b)));
    let retry_after_s = match after {
        Some(seconds) => Some(seconds.parse().ok()?),
        None => None,
    };
    Some(Reply { status: status.parse().ok()?, retry_after_s })
}

/// Reads seconds, with a fraction and a sign or without.
fn ms(seconds: &str) -> Option<i64> {
    let seconds: f64 = seconds.trim().parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "a scenario lasts seconds")]
    let ms = (seconds * 1000.0).round() as i64;
    Some(ms)
}

fn deed(text: &str) -> Option<Deed> {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let alerts = || rest.split(" / ").map(alert).collect::<Option<Vec<_>>>();
    Some(match verb {
        "fire" => Deed::Fire(alerts()?),
        "resolve" => Deed::Resolve(alerts()?),
        "reload" => Deed::Reload(rest.to_owned()),
        "restart" => Deed::Restart,
        "silence" => silence(rest)?,
        _ => return None,
    })
}

fn alert(text: &str) -> Option<Alert> {
    let mut alert = Alert { starts_ms: Some(0), ..Alert::default() };
    for word in text.split_whitespace() {
        let (key, value) = word.split_once('=').unwrap_or(("alertname", word));
        match key.strip_prefix('@') {
            None => drop(alert.labels.insert(key.to_owned(), value.to_owned())),
            Some("starts") => {
                alert.is_start_given = true;
                alert.starts_ms = if value == "none" { None } else { Some(ms(value)?) };
            }
            Some("ends") => alert.ends_ms = Some(ms(value)?),
            Some(name) => drop(alert.annotations.insert(name.to_owned(), value.to_owned())),
        }
    }
    Some(alert)
}

fn silence(text: &str) -> Option<Deed> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (verb, rest) = words.split_first()?;
    let (name, rest) = rest.split_first()?;
    if *verb == "expire" {
        return Some(Deed::Expire((*name).to_owned()));
    }
    let after = |word: &str| rest.iter().position(|found| *found == word);
    let number = |word| rest.get(after(word)? + 1).and_then(|number| ms(number));
    let from_ms = number("from").unwrap_or(0);
    let for_ms = number("for")?;
    let words_of_time = [after("from"), after("for")].into_iter().flatten().min()?;
    let matchers = rest[..words_of_time].iter().map(|matcher| (*matcher).to_owned()).collect();
    let name = (*name).to_owned();
    Some(Deed::Silence { name, matchers, from_ms, to_ms: from_ms + for_ms })
}
