//! Random plans: few people, odd zones, routes that overlap.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{DateTime, date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use stentor_domain::escalation::{Policy, Step, Target};
use stentor_domain::inhibition;
use stentor_domain::interval::{Interval, Range, Span};
use stentor_domain::labels::Labels;
use stentor_domain::matchers::{Matcher, Matchers, Op};
use stentor_domain::plan::{Channel, Integration, Person, Plan, Receiver, Service, Settings};
use stentor_domain::routing::{GroupBy, Route, Routes};
use stentor_domain::schedule::{Rotation, Schedule};
use stentor_domain::severity::{Level, Scale, Severity};

use crate::rng::Rng;

/// How many people any plan of a world may have.
pub(crate) const PEOPLE_MAX: usize = 5;

/// Values of the labels by which alerts differ.
pub(crate) const TEAMS: [&str; 3] = ["core", "edge", "data"];
/// Names of services.
pub(crate) const SERVICES: [&str; 3] = ["checkout", "search", "mail"];
/// Words of severity, one of which no plan knows.
pub(crate) const SEVERITIES: [&str; 4] = ["critical", "error", "warning", "strange"];
/// Keys of policies.
pub(crate) const POLICIES: [&str; 2] = ["first", "second"];

/// Zones, some of them odd.
pub(crate) const ZONES: [&str; 7] = [
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
    "UTC",
];

/// Draws a plan. `slack` = receivers may use Slack, which lists ten alerts at most.
pub(crate) fn draw(rng: &mut Rng, revision: usize, slack: bool) -> Plan {
    let people = people(rng);
    let names: Vec<String> = people.keys().cloned().collect();
    let schedules: BTreeMap<String, Schedule> = (0..rng.between(1, 2))
        .map(|i| schedule(rng, format!("rota{i}"), &names))
        .map(|schedule| (schedule.key.clone(), schedule))
        .collect();
    let mut target = |rng: &mut Rng| match rng.percent(60) {
        true => Target::Schedule(format!("rota{}", rng.below(2))),
        false => Target::Person(rng.pick(&names).clone()),
    };
    let policies = POLICIES.map(|name| (name.to_owned(), policy(rng, name, &mut target))).into();
    let fallback = vec![Target::Person(rng.pick(&names).clone())];
    let receivers: BTreeMap<_, _> =
        (0..3).map(|i| receiver(rng, i, slack)).map(|one| (one.name.clone(), one)).collect();
    Plan {
        digest: format!("{revision:016x}"),
        channels: channels(),
        people,
        teams: BTreeMap::new(),
        services: SERVICES[..2].iter().map(|key| service(key)).collect(),
        schedules,
        policies,
        severities: scale(),
        receivers,
        inhibit_rules: vec![],
        intervals: BTreeMap::new(),
        routes: routes(rng),
        fallback,
        resolve_timeout: SignedDuration::from_mins(5),
        external_url: None,
        outbound_allow: vec![],
        templates: Arc::default(),
        warnings: vec![],
    }
}

/// Gives a plan rules of inhibition, and its routes intervals in which they are mute or active.
pub(crate) fn suppress(rng: &mut Rng, plan: &mut Plan, now: Timestamp) {
    plan.inhibit_rules = (0..rng.below(3)).map(|_| inhibit_rule(rng)).collect();
    for number in 0..rng.below(3) {
        plan.intervals.insert(format!("t{number}"), interval(rng, now));
    }
    let names: Vec<String> = plan.intervals.keys().cloned().collect();
    for route in plan.routes.nodes.iter_mut().filter(|_| !names.is_empty()) {
        match rng.below(4) {
            0 => route.mute.push(rng.pick(&names).clone()),
            1 => route.active.push(rng.pick(&names).clone()),
            _ => {}
        }
    }
}

fn inhibit_rule(rng: &mut Rng) -> inhibition::Rule {
    let fits = |name, value| Matcher::new(name, Op::Fits, value).expect("it is a pattern");
    let equals_of: [&[&str]; 4] = [&["service"], &["team", "absent"], &["alertname"], &[]];
    let equal = rng.pick(&equals_of);
    let (source, target) = match rng.below(4) {
        // What is both source and target must inhibit neither itself nor its like.
        0 => (equals("team", rng.word(&TEAMS)), fits("severity", ".+")),
        1 => (fits("alertname", "DiskFull|Slow"), fits("alertname", "Slow|InstanceDown")),
        _ => (equals("severity", "critical"), fits("severity", "warning|error|strange")),
    };
    inhibition::Rule {
        name: String::new(),
        source: Matchers(vec![source]),
        target: Matchers(vec![target]),
        equal: equal.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// Draws an interval that begins or ends while the world lives, by the wall clock of some zone.
fn interval(rng: &mut Rng, now: Timestamp) -> Interval {
    let zone = TimeZone::get(rng.word(&ZONES)).expect("the zones are compiled in");
    let from = (now + rng.seconds(0, 4_000)).to_zoned(zone.clone());
    let first = i64::from(from.hour()) * 60 + i64::from(from.minute());
    let last = (first + rng.between(1, 40) as i64).min(24 * 60);
    let times = Some(vec![Range { first, last }]);
    Interval { spans: vec![Span { times, zone, ..Span::default() }] }
}

fn people(rng: &mut Rng) -> BTreeMap<String, Person> {
    let mut keys: Vec<usize> = (0..PEOPLE_MAX).collect();
    rng.shuffle(&mut keys);
    keys.truncate(rng.between(2, PEOPLE_MAX));
    let mut people = BTreeMap::new();
    for key in keys {
        let key = format!("p{key}");
        let mut notify = vec!["mail".to_owned(), format!("hook-{key}"), format!("chat-{key}")];
        rng.shuffle(&mut notify);
        notify.truncate(rng.between(1, 3));
        let person = Person {
            name: format!("Person {key}"),
            email: Some(format!("{key}@people.example")),
            slack_id: Some(format!("U{key}")),
            notify,
        };
        people.insert(key, person);
    }
    people
}

fn channels() -> BTreeMap<String, Channel> {
    let mut channels = BTreeMap::from([("mail".to_owned(), channel("email", &[]))]);
    for key in (0..PEOPLE_MAX).map(|i| format!("p{i}")) {
        let url = format!("https://hook.people.example/{key}");
        channels.insert(format!("hook-{key}"), channel("webhook", &[("url", &url)]));
        let url = format!("https://chat.people.example/{key}");
        channels.insert(format!("chat-{key}"), channel("slack", &[("api_url", &url)]));
    }
    channels
}

fn channel(kind: &str, settings: &[(&str, &str)]) -> Channel {
    Channel { kind: kind.into(), settings: with(kind, settings) }
}

fn with(kind: &str, more: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    if kind == "email" {
        settings.set("smarthost", "smtp.example:587", false);
        settings.set("from", "stentor@example.com", false);
    }
    for (name, value) in more {
        settings.set(name, *value, false);
    }
    settings
}

fn service(key: &str) -> Service {
    Service {
        key: key.into(),
        name: format!("The {key}"),
        matchers: Matchers(vec![equals("service", key)]),
        owner: None,
        escalate: None,
        runbook: None,
        depends_on: vec![],
    }
}

fn equals(name: &str, value: &str) -> Matcher {
    Matcher::new(name, Op::Equals, value).expect("equality needs no pattern")
}

fn schedule(rng: &mut Rng, key: String, people: &[String]) -> Schedule {
    let mut members = people.to_vec();
    rng.shuffle(&mut members);
    members.truncate(rng.between(1, people.len()));
    let zone = TimeZone::get(rng.word(&ZONES)).expect("the zones are compiled in");
    // Some schedules begin after the world has ended: nobody is on call.
    let year = if rng.percent(10) { 2027 } else { 2025 };
    let first = date(year, 1 + rng.below(12) as i8, 1 + rng.below(28) as i8);
    let handover = time(rng.below(24) as i8, *rng.pick(&[0, 15, 30]), 0, 0);
    let weekly = rng.percent(50);
    let rotation = if weekly { Rotation::Weekly(first.weekday()) } else { Rotation::Daily };
    Schedule {
        key,
        rotation,
        handover,
        start: DateTime::from_parts(first, handover),
        zone,
        members,
    }
}

fn policy(rng: &mut Rng, name: &str, target: &mut impl FnMut(&mut Rng) -> Target) -> Policy {
    let mut step = |rng: &mut Rng| Step {
        targets: (0..rng.between(1, 2)).map(|_| target(rng)).collect(),
        wait: SignedDuration::from_mins(*rng.pick(&[1, 2, 5, 10, 15])),
    };
    let steps = (0..rng.between(1, 3)).map(|_| step(rng)).collect();
    let fallback = if rng.percent(50) { vec![target(rng)] } else { vec![] };
    Policy { name: name.into(), steps, repeats: rng.below(3) as u32, fallback }
}

fn receiver(rng: &mut Rng, number: usize, slack: bool) -> Receiver {
    let name = format!("r{number}");
    let kinds: &[&'static str] =
        if slack { &["webhook", "email", "slack"] } else { &["webhook", "email"] };
    let mut integrations: Vec<Integration> = vec![];
    for _ in 0..rng.below(3) {
        let kind = rng.word(kinds);
        let index = integrations.iter().filter(|earlier| earlier.kind == kind).count();
        let place = format!("{name}-{kind}-{index}");
        let url = format!("https://receivers.example/{place}");
        let to = format!("{place}@receivers.example");
        let settings = match kind {
            "email" => with(kind, &[("to", &to)]),
            "slack" => with(kind, &[("api_url", &url)]),
            _ => with(kind, &[("url", &url)]),
        };
        let send_resolved = rng.percent(60);
        integrations.push(Integration {
            kind: kind.into(),
            index,
            send_resolved,
            alerts_max: 0,
            settings,
        });
    }
    let escalate = rng.percent(65).then(|| rng.word(&POLICIES).to_owned());
    let labels = Labels::default();
    Receiver { name, place: number, labels, integrations, escalate, fallback: None }
}

fn routes(rng: &mut Rng) -> Routes {
    let mut nodes = vec![route(rng, "{}", vec![], 0)];
    for index in 0..rng.below(5) {
        let matcher = match rng.below(3) {
            0 => equals("team", rng.word(&TEAMS)),
            1 => equals("service", rng.word(&SERVICES)),
            _ => Matcher::new("severity", Op::Fits, "critical|error").expect("it is a pattern"),
        };
        // The place in the list, not the place in the tree: depth first holds because a child follows its parent.
        let parent = if nodes.len() > 1 && rng.percent(30) { nodes.len() - 1 } else { 0 };
        let id = format!("{}/{{{matcher}}}/{index}", nodes[parent].id);
        let child = route(rng, &id, vec![matcher], nodes.len() as u64);
        let at = nodes.len();
        nodes[parent].children.push(at);
        nodes.push(child);
    }
    Routes { nodes }
}

fn route(rng: &mut Rng, id: &str, matchers: Vec<Matcher>, line: u64) -> Route {
    let by: &[&[&str]] =
        &[&[], &["alertname"], &["service"], &["alertname", "instance"], &["service", "team"]];
    let group_by = match rng.percent(15) {
        true => GroupBy::All,
        false => GroupBy::Labels(rng.pick(by).iter().map(|name| (*name).to_owned()).collect()),
    };
    Route {
        id: id.to_owned(),
        key: id.to_owned(),
        matchers: Matchers(matchers),
        goes_on: rng.percent(40),
        receiver: format!("r{}", rng.below(3)),
        group_by,
        group_wait: SignedDuration::from_secs(*rng.pick(&[0, 5, 10, 30])),
        group_interval: SignedDuration::from_secs(*rng.pick(&[10, 30, 60, 300])),
        repeat_interval: SignedDuration::from_mins(*rng.pick(&[20, 60, 240])),
        mute: vec![],
        active: vec![],
        labels: BTreeMap::new(),
        children: vec![],
        line: line + 1,
    }
}

fn scale() -> Scale {
    let rank = |level, word: &str, declares_incident| Severity {
        level: Level(level),
        name: format!("Sev-{level}"),
        title: word.into(),
        description: String::new(),
        words: vec![word.into()],
        declares_incident,
    };
    let ranks = vec![rank(1, "critical", true), rank(2, "error", true), rank(3, "warning", false)];
    Scale { ranks, default: Level(3) }
}
