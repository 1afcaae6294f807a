use super::*;
use crate::alert::Alert;
use crate::id::Ids;
use crate::matchers::parse;
use crate::plan::read::alertmanager_alone;
use crate::silence::{Draft, Silence};
use crate::tests::plan::NoSecrets;

const CONFIG: &str = r#"
route:
  receiver: all
  group_by: [alertname]
  repeat_interval: 4h
  routes:
    - receiver: team
      matchers: [team = a]
      mute_time_intervals: [always]
      continue: true
    - receiver: team
      matchers: ['team =~ "a|b"']
      active_time_intervals: [never]
inhibit_rules:
  - source_matchers: [severity = page]
    target_matchers: [severity = warn]
    equal: [alertname]
time_intervals:
  - name: always
    time_intervals: [{months: ['1:12']}]
  - name: never
    time_intervals: [{years: ['1970']}]
receivers:
  - name: all
    webhook_configs:
      - url: http://127.0.0.1:1/a
      - url: http://127.0.0.1:1/b
        send_resolved: false
  - name: team
    webhook_configs: [{url: 'http://127.0.0.1:1/c'}]
"#;

fn plan() -> Plan {
    let files = [("alertmanager.yml".to_owned(), CONFIG.to_owned())].into();
    alertmanager_alone(&files, &NoSecrets).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn labels(text: &str) -> Labels {
    text.split(' ').filter_map(|pair| pair.split_once('=')).collect()
}

fn alert(text: &str, ends: i64) -> Alert {
    Alert {
        labels: labels(text),
        annotations: Labels::default(),
        generator_url: String::new(),
        starts_at: at(0),
        ends_at: at(ends),
        updated_at: at(0),
        timeout: false,
    }
}

fn silence(text: &str) -> Silence {
    let draft = Draft {
        id: None,
        matchers: parse::matchers(text).unwrap(),
        starts_at: at(0),
        ends_at: at(900_000),
        created_by: "ana".into(),
        by: None,
        comment: "upgrade".into(),
        until_resolved: None,
        repeats: None,
    };
    let mut next = 0;
    let mut ids = Ids::new(move || {
        next += 1;
        next
    });
    Silence::set(None, draft, &mut ids, at(0)).unwrap().now
}

/// Everything that a question is asked about.
struct World {
    plan: Plan,
    standing: Standing,
    groups: BTreeMap<GroupId, Group>,
}

impl World {
    fn new() -> Self {
        let plan = plan();
        let standing = Standing::new(&plan);
        Self { plan, standing, groups: BTreeMap::new() }
    }

    /// An alert fires from second 0, until `ends`.
    fn fires(&mut self, text: &str, ends: i64) {
        let alert = alert(text, ends);
        self.standing.put(alert.fingerprint(), &alert, true, None);
        for at_node in self.plan.routes.find(&alert.labels) {
            let route = &self.plan.routes.nodes[at_node];
            let identity = route.group(&alert.labels);
            let id = GroupId(identity.id);
            let begin = || Group::begin(&identity, route, &alert, at(0));
            self.groups.entry(id).or_insert_with(begin);
            self.standing.begin_group(id);
            self.standing.join(id, alert.fingerprint());
        }
    }

    /// Its groups are flushed at `now`; what is sent arrives when `arrives`.
    fn flushed(&mut self, now: i64, arrives: bool) {
        for (id, group) in &mut self.groups {
            let members = self.standing.members(*id, at(now));
            group.on_flush(&self.plan, &members, false, at(now));
            if arrives {
                for key in group.waiting.keys().cloned().collect::<Vec<_>>() {
                    group.on_told(&key, None, at(now));
                }
            }
        }
    }

    fn trace(&self, text: &str, now: i64) -> Trace {
        let Self { plan, standing, groups } = self;
        trace(Question { plan, standing, groups, now: at(now) }, &labels(text))
    }

    /// Says what each ear of each way hears, a line each.
    fn said(&self, text: &str, now: i64) -> Vec<String> {
        let trace = self.trace(text, now);
        let ears = trace.ways.iter().flat_map(|way| way.ears.iter().map(move |ear| (way, ear)));
        ears.map(|(way, ear)| format!("{}/{}: {}", way.receiver, ear.name, ear.why)).collect()
    }
}

#[test]
fn a_label_set_that_nobody_sent_is_tried_out() {
    let world = World::new();
    let trace = world.trace("alertname=A team=c", 0);
    assert!(!trace.known && trace.firing);
    let [way] = &trace.ways[..] else { panic!("{trace:?}") };
    assert_eq!((&way.path[..], way.group_exists), (&["{}".to_owned()][..], false));
    assert_eq!(way.group_key, r#"{}:{alertname="A"}"#);
    assert_eq!(way.ears[0].told, Some(Reason::First));
    assert_eq!(way.ears[0].why, "told 30s after a new group begins");
}

#[test]
fn a_trace_says_what_keeps_an_alert_back() {
    let mut world = World::new();
    world.fires("alertname=A severity=page", 900_000);
    world.fires("alertname=A severity=warn", 900_000);
    world.fires("alertname=B", 900_000);
    world.standing.put_silence(silence("alertname=\"B\""));
    let id = world.standing.silences().next().unwrap().id.clone();
    let graver = labels("alertname=A severity=page").fingerprint();
    // (labels, what the first ear of each way hears)
    let inhibited = format!(
        "all/webhook/0: inhibited by the alert {graver} {{alertname=\"A\", severity=\"page\"}}, which fires"
    );
    let silenced = format!("all/webhook/0: silenced by {id} until 2027-01-25 18:00:00Z");
    for (text, expected) in [
        ("alertname=A severity=warn", vec![inhibited.as_str()]),
        ("alertname=B", vec![silenced.as_str()]),
        (
            "alertname=C team=a",
            vec!["team/webhook/0: muted by always", "team/webhook/0: muted outside of never"],
        ),
        ("alertname=C team=b", vec!["team/webhook/0: muted outside of never"]),
    ] {
        let said: Vec<String> =
            world.said(text, 10).into_iter().filter(|line| line.contains("/0:")).collect();
        assert_eq!(said, expected, "{text}");
    }
}

#[test]
fn a_trace_says_what_was_told_and_what_comes_next() {
    let (one, two) = ("alertname=A n=1", "alertname=A n=2");
    let mut world = World::new();
    world.fires(one, 2_000);
    let first = |world: &World, text: &str, now| world.said(text, now)[0].clone();
    let second = |world: &World, text: &str, now| world.said(text, now)[1].clone();
    assert_eq!(
        first(&world, one, 10),
        "all/webhook/0: waits for company until 2027-01-15 08:00:30Z"
    );
    world.flushed(30, false);
    assert_eq!(
        first(&world, one, 31),
        "all/webhook/0: a message with it is on its way since 2027-01-15 08:00:30Z"
    );
    world.fires(two, 900_000);
    assert_eq!(
        first(&world, two, 31),
        "all/webhook/0: a message without it is on its way since 2027-01-15 08:00:30Z; told after it"
    );
    world.flushed(30, true);
    let mut world = World::new();
    world.fires(one, 2_000);
    world.flushed(30, true);
    assert_eq!(
        first(&world, one, 100),
        "all/webhook/0: told at 2027-01-15 08:00:30Z; told again after 4h, at 2027-01-15 12:05:30Z, \
         unless something changes"
    );
    let trace = world.trace(one, 100);
    let last = Last { at: at(30), as_firing: Some(true), doubtful: false };
    assert_eq!(trace.ways[0].ears[0].last, Some(last));
    assert_eq!(trace.ways[0].next_at, Some(at(330)));
    world.fires(two, 900_000);
    assert_eq!(
        first(&world, two, 100),
        "all/webhook/0: told at 2027-01-15 08:05:30Z: it is new to the receiver"
    );
    assert_eq!(
        first(&world, one, 100),
        "all/webhook/0: told at 2027-01-15 08:05:30Z, with another alert that is new"
    );
    world.flushed(330, true);
    assert_eq!(
        first(&world, one, 2_100),
        "all/webhook/0: told now: an alert of the group has resolved"
    );
    assert_eq!(
        second(&world, one, 2_100),
        "all/webhook/1: not told that it has resolved: send_resolved is off"
    );
    world.flushed(2_200, true);
    assert_eq!(
        first(&world, one, 2_201),
        "all/webhook/0: told at 2027-01-15 08:36:40Z that it has resolved"
    );
}

#[test]
fn a_message_that_did_not_arrive_is_said() {
    let mut world = World::new();
    world.fires("alertname=A", 2_000);
    world.flushed(30, false);
    for group in world.groups.values_mut() {
        for key in group.waiting.keys().cloned().collect::<Vec<_>>() {
            group.on_not_told(&key, &world.plan, at(40));
        }
    }
    assert_eq!(
        world.said("alertname=A", 50)[0],
        "all/webhook/0: the last message did not arrive; told again at 2027-01-15 08:05:30Z"
    );
}
