use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::id::Ids;
use crate::inhibition::Rule;
use crate::matchers::parse;
use crate::routing::{GroupBy, Route, Routes};
use crate::silence::{Draft, Silence};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn labels(text: &str) -> Labels {
    text.split(' ').filter_map(|pair| pair.split_once('=')).collect()
}

fn matchers(text: &str) -> Matchers {
    parse::matchers(text).unwrap()
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

fn silence(text: &str, from: i64, until: i64) -> Silence {
    let draft = Draft {
        id: None,
        matchers: matchers(text),
        starts_at: at(from),
        ends_at: at(until),
        created_by: "ana".into(),
        by: None,
        comment: String::new(),
        until_resolved: None,
        repeats: None,
    };
    let mut next = from.cast_unsigned();
    let mut ids = Ids::new(move || {
        next += 1;
        next
    });
    Silence::set(None, draft, &mut ids, at(from.min(until - 1))).unwrap().now
}

fn rule(source: &str, target: &str, equal: &[&str]) -> Rule {
    Rule {
        name: String::new(),
        source: matchers(source),
        target: matchers(target),
        equal: equal.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn put(standing: &mut Standing, alert: &Alert, firing: bool, due_at: Option<Timestamp>) -> i64 {
    standing.put(alert.fingerprint(), alert, firing, due_at)
}

fn standing(alerts: &[&str]) -> Standing {
    let mut standing = Standing::default();
    for text in alerts {
        put(&mut standing, &alert(text, 100), true, None);
    }
    standing
}

fn selected(standing: &Standing, text: &str) -> Vec<String> {
    let prints = standing.select(&matchers(text), at(1));
    let mut found: Vec<String> =
        prints.into_iter().map(|print| standing.labels(print).unwrap().to_string()).collect();
    found.sort();
    found
}

#[test]
fn alerts_are_found_by_what_their_labels_say() {
    let standing = standing(&["a=1 b=x", "a=2 b=x", "a=2 b=y", "c=1"]);
    let (one, two, three, four) =
        (r#"{a="1", b="x"}"#, r#"{a="2", b="x"}"#, r#"{a="2", b="y"}"#, r#"{c="1"}"#);
    for (text, found) in [
        (r#"a="2""#, vec![two, three]),
        (r#"a="2",b="x""#, vec![two]),
        (r#"a="3""#, vec![]),
        (r#"d="3""#, vec![]),
        (r#"a="""#, vec![four]),
        (r#"a!="""#, vec![one, two, three]),
        (r#"a!="2""#, vec![one, four]),
        (r#"d!="2""#, vec![one, two, three, four]),
        (r#"a=~"1|2",b=~"x""#, vec![one, two]),
        (r#"a=~".*""#, vec![one, two, three, four]),
        (r#"a=~".+""#, vec![one, two, three]),
        (r#"a!~"1|""#, vec![two, three]),
    ] {
        assert_eq!(selected(&standing, text), found, "{text}");
    }
}

#[test]
fn an_alert_that_is_over_or_forgotten_is_not_found() {
    let mut standing = standing(&["a=1", "a=2"]);
    assert_eq!(standing.select(&matchers(r#"a=~".+""#), at(100)), []);
    put(&mut standing, &alert("a=1", 50), false, Some(at(200)));
    assert_eq!(selected(&standing, r#"a=~".+""#), [r#"{a="2"}"#]);
    assert_eq!((standing.next_due(), standing.count()), (Some(at(200)), (2, 1)));
    standing.remove(labels("a=1").fingerprint());
    standing.remove(labels("a=2").fingerprint());
    assert_eq!((standing.next_due(), standing.count()), (None, (0, 0)));
    assert!(
        standing
            .by_label
            .select(&RoaringBitmap::from_iter([0, 1]), &matchers("a!=\"\""), &standing.symbols)
            .is_empty()
    );
}

#[test]
fn a_group_counts_who_fires() {
    let mut standing = standing(&["a=1", "a=2"]);
    let (group, one, two) = (GroupId(7), labels("a=1").fingerprint(), labels("a=2").fingerprint());
    assert!(standing.join(group, one) && standing.join(group, two) && !standing.join(group, two));
    let firing = |standing: &Standing| standing.group(group).unwrap().firing;
    assert_eq!(firing(&standing), 2);
    put(&mut standing, &alert("a=1", 50), false, None);
    assert_eq!(firing(&standing), 1);
    put(&mut standing, &alert("a=1", 90), true, None);
    assert_eq!(firing(&standing), 2);
    assert!(standing.leave(group, one) && !standing.leave(group, one));
    assert_eq!((firing(&standing), standing.prints_of(group)), (1, vec![two]));
    standing.remove(two);
    assert_eq!((firing(&standing), standing.prints_of(group)), (0, vec![]));
}

#[test]
fn a_silence_hits_while_it_is_active() {
    let mut standing = standing(&["a=1 b=x", "a=2"]);
    let hit = |standing: &Standing, text: &str, now| {
        standing.suppression(labels(text).fingerprint(), at(now)).silenced_by.len()
    };
    let first = silence(r#"a="1""#, 10, 20);
    standing.put_silence(first.clone());
    standing.put_silence(silence(r#"a=~"1|2",b!="y""#, 15, 30));
    for (now, one, two) in [(9, 0, 0), (10, 1, 0), (15, 2, 1), (20, 1, 1), (30, 0, 0)] {
        assert_eq!((hit(&standing, "a=1 b=x", now), hit(&standing, "a=2", now)), (one, two));
    }
    standing.remove_silence(&first.id);
    assert_eq!((hit(&standing, "a=1 b=x", 15), standing.silences().count()), (1, 1));
}

#[test]
fn inhibition_follows_its_sources() {
    // (rule, alerts, the one that is asked about, which inhibits it)
    let critical = rule(r#"sev="crit""#, r#"sev="warn""#, &["node"]);
    let table = [
        (&critical, "sev=crit node=a", "sev=warn node=a", true),
        (&critical, "sev=crit node=b", "sev=warn node=a", false),
        // What both lack is equal.
        (&critical, "sev=crit", "sev=warn", true),
        (&critical, "sev=crit node=a", "sev=warn", false),
        (&critical, "sev=info node=a", "sev=warn node=a", false),
        (&critical, "sev=crit node=a", "sev=crit node=a job=x", false),
        // Both are source and target: none inhibits the other.
        (&rule(r#"n=~".+""#, r#"n=~".+""#, &[]), "n=1", "n=2", false),
        // The source is no target.
        (&rule(r#"s="1""#, r#"t="1""#, &[]), "s=1", "s=1 t=1", true),
    ];
    for (rule, source, target, inhibited) in table {
        let mut standing = Standing {
            inhibition: Inhibition::new(std::slice::from_ref(rule)),
            ..Standing::default()
        };
        put(&mut standing, &alert(source, 50), true, None);
        put(&mut standing, &alert(target, 100), true, None);
        let print = labels(target).fingerprint();
        let by = standing.suppression(print, at(1)).inhibited_by;
        assert_eq!(by, inhibited.then(|| labels(source).fingerprint()), "{source} {target}");
        assert_eq!(standing.suppression(print, at(50)).inhibited_by, None, "its source is over");
        standing.remove(labels(source).fingerprint());
        assert_eq!(standing.suppression(print, at(1)).inhibited_by, None);
    }
}

fn any_labels() -> impl Strategy<Value = Labels> {
    proptest::collection::vec(("[abc]", "[xyz]?"), 1..4)
        .prop_map(|pairs| pairs.into_iter().chain([("n".into(), "1".into())]).collect())
}

fn any_matchers() -> impl Strategy<Value = Matchers> {
    let one = ("[abcd]", 0..4usize, "[xyz]?")
        .prop_map(|(name, op, value)| format!("{name}{}\"{value}\"", ["=", "!=", "=~", "!~"][op]));
    proptest::collection::vec(one, 1..4).prop_map(|all| matchers(&all.join(",")))
}

proptest! {
    #[test]
    fn the_index_finds_what_a_look_at_every_alert_finds(
        changes in proptest::collection::vec((any_labels(), any::<bool>()), 1..40),
        asked in any_matchers(),
        silenced in any_matchers(),
        (source, target) in (any_matchers(), any_matchers()),
        equal in proptest::option::of("[abc]"),
    ) {
        let rule = Rule { name: String::new(), source, target, equal: equal.into_iter().collect() };
        let mut standing =
            Standing { inhibition: Inhibition::new(std::slice::from_ref(&rule)), ..Standing::default() };
        let mut naive: BTreeMap<Fingerprint, Labels> = Default::default();
        for (labels, stays) in changes {
            let text = labels.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(" ");
            let print = labels.fingerprint();
            if stays {
                put(&mut standing, &alert(&text, 100), true, None);
                naive.insert(print, labels);
            } else {
                standing.remove(print);
                naive.remove(&print);
            }
        }
        let mut hits = silence(r#"a="1""#, 0, 100);
        hits.matchers = silenced.clone();
        standing.put_silence(hits);
        let found: Vec<_> =
            naive.iter().filter(|(_, it)| asked.matches(it)).map(|(print, _)| *print).collect();
        prop_assert_eq!(standing.select(&asked, at(1)), found);
        for (print, it) in &naive {
            let suppression = standing.suppression(*print, at(1));
            prop_assert_eq!(suppression.silenced_by.len(), usize::from(silenced.matches(it)));
            let inhibits = |other: &&Labels| {
                rule.source.matches(other)
                    && !(rule.source.matches(it) && rule.target.matches(other))
                    && rule.equal.iter().all(|name| other.get(name) == it.get(name))
            };
            let inhibited = rule.target.matches(it) && naive.values().any(|other| inhibits(&other));
            prop_assert_eq!(suppression.inhibited_by.is_some(), inhibited);
        }
    }
}

#[test]
fn alerts_are_counted_where_the_routes_end_them() {
    let route = |matcher: &str, goes_on, children: &[usize]| Route {
        id: matcher.to_owned(),
        key: "{}".to_owned(),
        matchers: matchers(matcher),
        goes_on,
        receiver: "any".to_owned(),
        group_by: GroupBy::All,
        group_wait: SignedDuration::ZERO,
        group_interval: SignedDuration::from_secs(1),
        repeat_interval: SignedDuration::from_secs(1),
        mute: vec![],
        active: vec![],
        labels: BTreeMap::new(),
        children: children.to_vec(),
        line: 1,
    };
    let routes = Routes {
        nodes: vec![
            route("", false, &[1, 3, 4]),
            route("team=a", true, &[2]),
            route("severity=page", false, &[]),
            route("severity=~\"page|info\"", false, &[]),
            route("team=a", false, &[]),
        ],
    };
    let mut standing = Standing::default();
    let texts = ["team=a severity=page", "team=a severity=low", "team=b severity=info", "x=y"];
    let mut expected = vec![0; routes.nodes.len()];
    for text in texts {
        put(&mut standing, &alert(text, 60), true, None);
        for at in routes.find(&labels(text)) {
            expected[at] += 1;
        }
    }
    put(&mut standing, &alert("team=a gone=yes", 60), false, None);
    assert_eq!(standing.routed(&routes), expected);
    assert_eq!(expected, [1, 1, 1, 2, 1]);
    for mask in 0..1 << routes.nodes.len() {
        let takes = |at: usize| mask >> at & 1 == 1;
        let some = standing.coming_to(&routes, takes);
        for text in texts {
            let ends = routes.find(&labels(text)).into_iter().any(takes);
            let print = labels(text).fingerprint();
            assert_eq!(standing.is_among(&some, print), ends, "{text} {mask:b}");
        }
    }
}

#[test]
fn an_alert_is_given_back_as_it_was_put_in() {
    let mut standing = Standing::default();
    let mut first = alert("a=1 b=x", 60);
    let print = first.fingerprint();
    first.annotations = labels("summary=down");
    first.generator_url = "http://prometheus/graph".to_owned();
    let number = put(&mut standing, &first, true, Some(at(60)));
    let record = |standing: &Standing| standing.view(print).unwrap().record();
    assert_eq!(record(&standing).alert, first);
    assert_eq!((record(&standing).number, record(&standing).due_at), (number, Some(at(60))));
    let view = standing.view(print).unwrap();
    assert_eq!((view.value("b"), view.value("c"), view.groups().len()), ("x", "", 0));
    first.annotations = labels("summary=up");
    first.generator_url = String::new();
    assert_eq!(put(&mut standing, &first, false, None), number, "it keeps its number");
    assert_eq!(record(&standing).alert, first);
}

#[test]
fn what_is_learned_from_the_store_keeps_its_number_and_its_groups() {
    let mut standing = standing(&["a=1"]);
    let one = labels("a=1").fingerprint();
    standing.join(GroupId(1), one);
    let mut record = standing.view(one).unwrap().record();
    (record.number, record.groups) = (41, vec![GroupId(2)]);
    standing.learn(&record);
    let view = standing.view(one).unwrap();
    assert_eq!((view.record().number, view.groups()), (41, &[GroupId(2)][..]));
    assert_eq!(standing.prints_of(GroupId(1)), []);
    assert_eq!(put(&mut standing, &alert("a=2", 9), true, None), 42, "numbers go on from there");
}

#[test]
fn a_repetition_is_no_news_and_anything_else_is() {
    let mut standing = standing(&[]);
    let first = Alert { annotations: labels("summary=down"), ..alert("a=1", 60) };
    put(&mut standing, &first, true, Some(at(60)));
    let signal = |annotations: &str, url: &str, ends: i64| Signal {
        labels: labels("a=1"),
        annotations: labels(annotations),
        starts_at: Some(first.starts_at),
        ends_at: Some(at(ends)),
        generator_url: url.to_owned(),
    };
    let table = [
        (signal("summary=down", &first.generator_url, 65), Repetition::Unchanged),
        (signal("summary=down", &first.generator_url, 95), Repetition::Extends(at(95))),
        (signal("summary=up", &first.generator_url, 65), Repetition::Changed),
        (signal("summary=down other=x", &first.generator_url, 65), Repetition::Changed),
        (signal("summary=down", "http://elsewhere/", 65), Repetition::Changed),
        (signal("summary=down", &first.generator_url, 2), Repetition::Changed),
    ];
    for (signal, expected) in table {
        let print = signal.labels.fingerprint();
        let found = standing.repeat(print, &signal, SignedDuration::from_mins(5), at(3));
        assert_eq!(found, expected, "{signal:?}");
    }
    let known = standing.known(first.fingerprint()).unwrap();
    assert_eq!(known.updated_at(), at(3), "a repetition is the newest word");
    let other = Signal { labels: labels("a=2"), ..signal("", "", 60) };
    let print = other.labels.fingerprint();
    let found = standing.repeat(print, &other, SignedDuration::from_mins(5), at(3));
    assert_eq!(found, Repetition::Unknown);
}

#[test]
fn a_list_in_pieces_has_no_gap_and_no_double() {
    let mut standing = Standing::default();
    for number in 0..9 {
        put(&mut standing, &alert(&format!("a={number} odd={}", number % 2), 60), number < 6, None);
    }
    for (asked, firing, expected) in [
        ("", None, 9),
        ("", Some(true), 6),
        ("", Some(false), 3),
        (r#"odd="1""#, None, 4),
        (r#"odd="1""#, Some(false), 1),
    ] {
        let (mut found, mut after) = (vec![], None);
        loop {
            let piece = standing.list(&matchers(asked), firing, after, 2);
            assert!(piece.iter().all(|it| firing.is_none_or(|firing| it.known().firing == firing)));
            after = piece.last().map(|view| view.fingerprint());
            found.extend(piece.iter().map(|view| view.fingerprint()));
            if piece.is_empty() {
                break;
            }
        }
        assert!(found.is_sorted_by(|a, b| a < b), "{asked} {firing:?}");
        assert_eq!(found.len(), expected, "{asked} {firing:?}");
    }
}
