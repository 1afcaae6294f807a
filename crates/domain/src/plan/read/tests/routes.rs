//! Which routes an alert comes to, and under which key: answers that the original gives for the same file.

use super::*;
use crate::labels::Labels;

const TREE: &str = r#"
route:
  receiver: root
  group_by: [alertname]
  routes:
    - matchers: [owner="team-A"]
      receiver: a
      routes:
        - match_re: { env: "produ.*" }
          receiver: a-prod
        - matchers: ['env=~"produ.*"']
          receiver: a-prod-new
          group_by: ['...']
        - matchers: [env="test", severity!="critical"]
          receiver: a-test
          continue: true
        - matchers: [region=~"eu|us"]
          group_by: []
    - matchers: ['owner="team-B", severity=~"page|critical"']
      receiver: b-page
      continue: true
    - matchers: [owner="team-B"]
      receiver: b
      group_by: [cluster, alertname]
      routes:
        - matchers: [quiet=""]
          receiver: b-loud
          continue: true
        - matchers: [cluster!=""]
          receiver: b-cluster
    - matchers: [service!~"web|api", kind="job"]
      receiver: jobs
    - match: { code: "5" }
      match_re: { path: "/a.*" }
      matchers: [method!="GET"]
      receiver: http
    - matchers: [dup="1"]
      receiver: dup
      continue: true
    - matchers: [dup="1"]
      receiver: dup
receivers: [{name: root}, {name: a}, {name: a-prod}, {name: a-prod-new}, {name: a-test}, {name: b-page}, {name: b},
            {name: b-loud}, {name: b-cluster}, {name: jobs}, {name: http}, {name: dup}]
"#;

fn labels(text: &str) -> Labels {
    text.split_whitespace().filter_map(|pair| pair.split_once('=')).collect()
}

#[test]
fn an_alert_comes_to_the_routes_that_the_original_chooses() {
    let plan = good(LEAST, TREE);
    let table = [
        ("", "root"),
        ("alertname=A", "root"),
        ("owner=team-C", "root"),
        ("owner=team-A", "a"),
        ("owner=team-A env=production", "a-prod"),
        ("owner=team-A env=produ", "a-prod"),
        ("owner=team-A env=reproduction", "a"),
        ("owner=team-A env=test", "a-test"),
        ("owner=team-A env=test severity=critical", "a"),
        ("owner=team-A env=test severity=low region=eu", "a-test a"),
        ("owner=team-A env=test severity=critical region=eu", "a"),
        ("owner=team-A region=eu", "a"),
        ("owner=team-A region=europe", "a"),
        ("owner=team-B", "b-loud"),
        ("owner=team-B quiet=yes", "b"),
        ("owner=team-B severity=page quiet=yes", "b-page b"),
        ("owner=team-B severity=critical", "b-page b-loud"),
        ("owner=team-B severity=pages", "b-loud"),
        ("owner=team-B cluster=x", "b-loud b-cluster"),
        ("owner=team-B cluster=x quiet=1", "b-cluster"),
        ("kind=job", "jobs"),
        ("kind=job service=web", "root"),
        ("kind=job service=website", "jobs"),
        ("owner=team-B kind=job", "b-loud"),
        ("code=5 path=/abc", "http"),
        ("code=5 path=/abc method=POST", "http"),
        ("code=5 path=/abc method=GET", "root"),
        ("code=5 path=/b", "root"),
        ("code=50 path=/a", "root"),
        ("dup=1", "dup dup"),
    ];
    for (alert, receivers) in table {
        let found = plan.routes.find(&labels(alert));
        let names: Vec<&str> =
            found.iter().map(|at| plan.routes.nodes[*at].receiver.as_str()).collect();
        assert_eq!(names.join(" "), receivers, "{alert}");
    }
}

#[test]
fn group_keys_are_alertmanagers_byte_for_byte() {
    let plan = good(LEAST, TREE);
    let table = [
        ("", "{}:{}"),
        ("alertname=A", r#"{}:{alertname="A"}"#),
        ("owner=team-A alertname=A", r#"{}/{owner="team-A"}:{alertname="A"}"#),
        (
            "owner=team-A env=production alertname=A",
            r#"{}/{owner="team-A"}/{env=~"^(?:produ.*)$"}:{alertname="A"}"#,
        ),
        (
            "owner=team-A env=test alertname=A",
            r#"{}/{owner="team-A"}/{env="test",severity!="critical"}:{alertname="A"}"#,
        ),
        ("owner=team-A region=eu alertname=A", r#"{}/{owner="team-A"}/{region=~"eu|us"}:{}"#),
        ("owner=team-B quiet=1 cluster= alertname=A", r#"{}/{owner="team-B"}:{alertname="A"}"#),
        (
            "owner=team-B quiet=1 cluster=c alertname=A",
            r#"{}/{owner="team-B"}/{cluster!=""}:{alertname="A", cluster="c"}"#,
        ),
        ("code=5 path=/a", r#"{}/{code="5",method!="GET",path=~"^(?:/a.*)$"}:{}"#),
    ];
    for (alert, key) in table {
        let alert = labels(alert);
        let at = plan.routes.find(&alert)[0];
        assert_eq!(plan.routes.nodes[at].group(&alert).key, key);
    }
}

#[test]
fn siblings_with_equal_matchers_share_a_key_and_stay_apart() {
    let plan = good(LEAST, TREE);
    let found = plan.routes.find(&labels("dup=1"));
    let [one, two] = [found[0], found[1]].map(|at| &plan.routes.nodes[at]);
    assert_eq!(one.key, two.key);
    assert_eq!((one.id.as_str(), two.id.as_str()), (r#"{}/{dup="1"}"#, r#"{}/{dup="1"}#2"#));
    assert_ne!(one.group(&labels("dup=1")).id, two.group(&labels("dup=1")).id);
}

#[test]
fn children_inherit_what_they_do_not_say_themselves() {
    let plan = good(STENTOR, ALERTMANAGER);
    let [root, first, second, inner] = [0, 1, 2, 3].map(|at| &plan.routes.nodes[at]);
    assert_eq!(root.group_by, GroupBy::Labels(vec!["alertname".into(), "cluster".into()]));
    assert_eq!(first.group_by, root.group_by);
    assert_eq!(first.group_wait, SignedDuration::from_secs(10));
    assert_eq!(first.group_interval, SignedDuration::from_mins(5));
    assert!(first.goes_on && !second.goes_on);
    assert_eq!(second.group_by, GroupBy::All);
    assert_eq!(second.group_wait, SignedDuration::from_secs(30));
    assert_eq!(inner.receiver, "hook");
    assert_eq!(inner.group_by, GroupBy::Labels(Vec::new()));
    assert_eq!(inner.repeat_interval, SignedDuration::from_mins(90));
    assert_eq!((root.children.as_slice(), second.children.as_slice()), (&[1, 2][..], &[3][..]));
    assert_eq!((root.line, first.line), (7, 11));
}

const TIMES: &str = r#"
route:
  receiver: root
  labels: { team: ops, tier: "{{ .GroupLabels.tier }}" }
  routes:
    - matchers: [a="1"]
      mute_time_intervals: [nights]
      active_time_intervals: [office, nights]
      labels: { team: web }
      routes:
        - matchers: [b="1"]
mute_time_intervals:
  - name: nights
    time_intervals:
      - times: [{ start_time: '22:00', end_time: '24:00' }, { start_time: '00:00', end_time: '06:00' }]
        location: Europe/Berlin
time_intervals:
  - name: office
    time_intervals:
      - { weekdays: ['monday:friday'], times: [{ start_time: 09:00, end_time: 17:00 }] }
      - { days_of_month: [-1], months: [1, december], years: [2026] }
receivers: [{ name: root }]
"#;

#[test]
fn time_intervals_are_named_by_routes_and_not_inherited() {
    let plan = good(LEAST, TIMES);
    let [root, first, inner] = [0, 1, 2].map(|at| &plan.routes.nodes[at]);
    assert!(root.mute.is_empty() && inner.mute.is_empty() && inner.active.is_empty());
    assert_eq!((first.mute.as_slice(), first.active.len()), (&["nights".to_owned()][..], 2));
    assert_eq!(inner.labels["team"], "web");
    assert_eq!(inner.labels["tier"], "{{ .GroupLabels.tier }}");
    assert_eq!(root.labels["team"], "ops");
    let holds = |name: &str, at: &str| plan.intervals[name].contains(at.parse().unwrap());
    let table = [
        ("nights", "2026-01-15T21:00:00Z", true),
        ("nights", "2026-01-15T20:59:59Z", false),
        ("nights", "2026-01-15T05:00:00Z", false),
        ("office", "2026-01-15T12:00:00Z", true),
        ("office", "2026-01-17T12:00:00Z", false),
        ("office", "2026-01-31T12:00:00Z", true),
        ("office", "2026-02-28T12:00:00Z", false),
    ];
    for (name, at, held) in table {
        assert_eq!(holds(name, at), held, "{name} {at}");
    }
}

#[test]
fn inhibition_rules_have_all_of_their_conditions() {
    let rules = "inhibit_rules:
  - name: outage
    source_matchers: ['severity=critical, kind=node', alertname=~Down.*]
    source_match: { team: a }
    target_match_re: { severity: warning|info }
    target_matchers: [severity!=none]
    equal: [cluster, 'a b']
  - {}
";
    let plan = good(LEAST, &format!("{rules}{LEAST_ROUTES}"));
    let [rule, empty] = plan.inhibit_rules.as_slice() else { panic!("two rules") };
    assert_eq!(rule.name, "outage");
    assert_eq!(
        rule.source.to_string(),
        r#"{alertname=~"Down.*",kind="node",severity="critical",team="a"}"#
    );
    assert_eq!(rule.target.to_string(), r#"{severity=~"^(?:warning|info)$",severity!="none"}"#);
    assert_eq!(rule.equal, ["cluster", "a b"]);
    assert!(empty.source.0.is_empty() && empty.equal.is_empty());
    assert!(plan.warnings.iter().any(|warning| warning.what.contains("every alert inhibits")));
}
