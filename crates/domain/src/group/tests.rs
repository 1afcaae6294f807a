use super::*;
use crate::tests::plan::{Files, plan};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn labels(text: &str) -> Labels {
    text.split(' ').filter_map(|pair| pair.split_once('=')).collect()
}

fn alert(text: &str, starts: i64, ends: i64) -> Alert {
    Alert {
        labels: labels(text),
        annotations: Labels::default(),
        generator_url: String::new(),
        starts_at: at(starts),
        ends_at: at(ends),
        updated_at: at(starts),
        timeout: false,
    }
}

/// Flushes with alerts of which nothing is suppressed.
fn flush(group: &mut Group, plan: &Plan, alerts: &[Alert], now: i64) -> (Flush, Vec<Event>) {
    let members: Vec<Member> = alerts.iter().map(|alert| member(alert, false, now)).collect();
    let flush = group.on_flush(plan, &members, false, at(now));
    let events = group.events(&flush, alerts, (plan, ""), at(now));
    (flush, events)
}

fn member(alert: &Alert, suppressed: bool, now: i64) -> Member {
    let (fingerprint, firing) = (alert.fingerprint(), alert.firing(at(now)));
    Member { fingerprint, firing, suppressed }
}

fn group(plan: &Plan, first: &Alert, now: i64) -> Group {
    let route = &plan.routes.nodes[plan.routes.find(&first.labels)[0]];
    Group::begin(&route.group(&first.labels), route, first, at(now))
}

#[test]
fn an_integration_hears_what_it_has_not_heard() {
    let plan = plan();
    let route = &plan.routes.nodes[0];
    let told = |at, firing: &[u64], resolved: &[u64]| Told {
        at,
        firing: firing.iter().copied().map(Fingerprint).collect(),
        resolved: resolved.iter().copied().map(Fingerprint).collect(),
        doubtful: vec![],
    };
    let hour = 3600;
    // (what it knows: firing, resolved; what is so: firing, resolved; seconds since; send_resolved; reason)
    type Known<'a> = Option<(&'a [u64], &'a [u64])>;
    type Row<'a> = (Known<'a>, &'a [u64], &'a [u64], i64, bool, Option<Reason>);
    let table: &[Row<'_>] = &[
        (None, &[1], &[], 0, true, Some(Reason::First)),
        (None, &[], &[], 0, true, None),
        (None, &[], &[1], 0, true, None),
        (Some((&[1], &[])), &[1], &[], 60, true, None),
        (Some((&[1], &[])), &[1, 2], &[], 60, true, Some(Reason::NewAlerts)),
        (Some((&[1], &[])), &[2], &[1], 60, false, Some(Reason::NewAlerts)),
        (Some((&[1], &[])), &[], &[1], 60, true, Some(Reason::AllResolved)),
        (Some((&[1], &[])), &[], &[1], 60, false, Some(Reason::AllResolved)),
        // A silent end: nothing fires, though nothing is known to have resolved.
        (Some((&[1], &[])), &[], &[], 60, true, Some(Reason::AllResolved)),
        (Some((&[], &[1])), &[], &[1], 9 * hour, true, None),
        (Some((&[], &[1])), &[1], &[], 60, true, Some(Reason::NewAlerts)),
        (Some((&[1, 2], &[])), &[1], &[2], 60, true, Some(Reason::SomeResolved)),
        (Some((&[1, 2], &[])), &[1], &[2], 60, false, None),
        (Some((&[1], &[2])), &[1], &[2], 60, true, None),
        // An alert that leaves without a word is no news.
        (Some((&[1, 2], &[])), &[1], &[], 60, true, None),
        (Some((&[1], &[])), &[1], &[], hour, true, None),
        (Some((&[1], &[])), &[1], &[], hour + 1, true, Some(Reason::Repeat)),
        (Some((&[1], &[])), &[1], &[], hour + 1, false, Some(Reason::Repeat)),
    ];
    for row @ (knew, firing, resolved, since, send_resolved, reason) in table {
        let last = knew.map(|(firing, resolved)| told(at(0), firing, resolved));
        let now = at(*since);
        let found = needs(last.as_ref(), &told(now, firing, resolved), *send_resolved, route);
        assert_eq!(found, *reason, "{row:?}");
    }
}

#[test]
fn a_group_waits_unless_its_first_alert_has_waited() {
    let plan = plan();
    // (the alert began, the group is first due), both at second 100 with a wait of 30 s
    let table = [(100, 130), (70, 130), (69, 100), (0, 100), (500, 130)];
    for (began, due) in table {
        let group = group(&plan, &alert("team=hook", began, 900), 100);
        assert_eq!(group.due_at(), at(due), "{began}");
    }
    let mut latest = alert("team=hook", 0, 900);
    latest.starts_at = Timestamp::MAX;
    assert_eq!(group(&plan, &latest, 100).due_at(), at(130));
}

#[test]
fn alerts_stand_in_alertmanagers_order() {
    let sorted = [
        "job=a instance=2",
        "job=b instance=1 z=1",
        "job=b instance=2",
        "job=b",
        "a=1 job=b",
        "instance=1",
        "zone=1",
        "a=1 zone=1",
        "a=1 zone=2",
        "a=2 zone=1",
    ];
    for (place, earlier) in sorted.iter().enumerate() {
        assert_eq!(order(&labels(earlier), &labels(earlier)), Ordering::Equal);
        for later in &sorted[place + 1..] {
            assert_eq!(
                order(&labels(earlier), &labels(later)),
                Ordering::Less,
                "{earlier} {later}"
            );
            assert_eq!(order(&labels(later), &labels(earlier)), Ordering::Greater);
        }
    }
    // Of two that have other names, the one that lacks the first of them comes first.
    assert_eq!(order(&labels("b=1 c=1"), &labels("a=1 c=1")), Ordering::Less);
}

#[test]
fn a_page_is_told_in_single_lines() {
    let mut first = alert("alertname=Disk\nFull team=plain node=a severity=warning", 0, 900);
    first.annotations = [("summary", "disk of a\nis full\r\n")].into_iter().collect();
    let title = |alerts: &[&Alert]| news(&labels("alertname=DiskFull"), alerts).title;
    assert_eq!(title(&[&first]), "Disk Full: disk of a is full");
    let second = alert("alertname=DiskFull team=plain node=b", 10, 900);
    let third = alert("alertname=Other team=plain", 5, 900);
    assert_eq!(title(&[&second]), "DiskFull");
    assert_eq!(title(&[&second, &second]), "DiskFull (2 alerts)");
    assert_eq!(title(&[&second, &third]), r#"{alertname="DiskFull"} (2 alerts)"#);
    let news = news(&labels("alertname=DiskFull"), &[&first, &second, &third]);
    let said_nothing = [
        r#"{alertname="DiskFull", node="b", team="plain"}"#,
        r#"{alertname="Other", team="plain"}"#,
    ];
    assert_eq!(news.summary, ["disk of a is full", said_nothing[0], said_nothing[1]]);
    assert_eq!(news.severities, ["", "warning"]);
    assert_eq!((news.firing, news.started_at), (3, at(0)));
    let fired: Vec<i64> =
        news.fired.iter().map(|(_, began)| began.duration_since(at(0)).as_secs()).collect();
    assert_eq!(fired, [0, 5, 10]);
}

#[test]
fn a_group_without_labels_is_called_by_its_alerts() {
    let title = |alerts: &[&str]| {
        let alerts: Vec<Alert> = alerts.iter().map(|it| alert(it, 0, 100)).collect();
        news(&Labels::default(), &alerts.iter().collect::<Vec<_>>()).title
    };
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| format!("alertname={name} env=x"));
    assert_eq!(title(&[&b, &a, &a]), "a, b (3 alerts)");
    assert_eq!(title(&[&a, &b, &c, &d]), "a, b, c and 1 more (4 alerts)");
    assert_eq!(title(&["env=x"]), r#"{env="x"}"#);
    assert_eq!(title(&["env=x", "team=y"]), "Alerts without a name (2 alerts)");
}

#[test]
fn what_an_integration_missed_is_kept_for_it() {
    let plan = plan();
    let firing = alert("alertname=Slow team=both", 0, 900);
    let resolved = Alert { ends_at: at(200), ..firing.clone() };
    let print = firing.fingerprint();
    // (the last to answer has it, the first had it; what can be forgotten)
    for (slack, webhook, forgotten) in
        [(true, true, vec![print]), (false, true, vec![]), (true, false, vec![])]
    {
        let mut group = group(&plan, &firing, 0);
        flush(&mut group, &plan, std::slice::from_ref(&firing), 30);
        assert_eq!(group.on_told("both/slack/0", None, at(31)), []);
        assert_eq!(group.on_told("both/webhook/0", None, at(31)), []);
        let (told, events) = flush(&mut group, &plan, std::slice::from_ref(&resolved), 330);
        assert_eq!((events.len(), told.forget), (2, vec![]));
        let mut forget = vec![];
        for (key, arrives) in [("both/slack/0", slack), ("both/webhook/0", webhook)] {
            if arrives {
                forget = group.on_told(key, None, at(331));
            } else {
                group.on_not_told(key, &plan, at(331));
            }
        }
        assert_eq!(forget, forgotten, "slack {slack}, webhook {webhook}");
        // The next flush tells whoever missed it, and nobody else.
        let (told, events) = flush(&mut group, &plan, std::slice::from_ref(&resolved), 630);
        let missing = usize::from(!slack) + usize::from(!webhook);
        assert_eq!(events.len(), missing);
        assert_eq!(told.forget.is_empty(), missing > 0);
    }
}

#[test]
fn a_group_without_its_route_ends_in_peace() {
    let mut plan = plan();
    let firing = alert("alertname=DiskFull team=plain", 0, 900);
    let mut group = group(&plan, &firing, 0);
    flush(&mut group, &plan, std::slice::from_ref(&firing), 30);
    plan.routes.nodes.truncate(1);
    let (told, _) = flush(&mut group, &plan, std::slice::from_ref(&firing), 330);
    assert_eq!(told, Flush::default());
    assert!(group.due_at() > at(330), "a group that is due at once again never rests");
    let resolved = Alert { ends_at: at(400), ..firing.clone() };
    let (told, events) = flush(&mut group, &plan, &[resolved], 930);
    assert_eq!(events, [Event::Cleared]);
    assert_eq!(told.forget, [firing.fingerprint()]);
}

#[test]
fn the_page_is_cleared_with_the_last_alert_and_once() {
    let plan = plan();
    let alerts =
        [alert("alertname=D team=plain n=1", 0, 900), alert("alertname=D team=plain n=2", 0, 900)];
    let mut group = group(&plan, &alerts[0], 0);
    let (_, events) = flush(&mut group, &plan, &alerts, 30);
    assert!(
        matches!(&events[..], [Event::Pages { policy, news }] if policy == "plain" && news.firing == 2)
    );
    assert_eq!(group.on_resolved(1), []);
    assert_eq!(group.on_resolved(0), [Event::Cleared]);
    assert_eq!(group.on_resolved(0), []);
    // It fires again before the next flush: a page anew.
    let (_, events) = flush(&mut group, &plan, &alerts[..1], 330);
    assert!(matches!(&events[..], [Event::Pages { .. }]));
}

#[test]
fn a_short_name_says_what_sets_an_alert_apart() {
    let table = [
        ("alertname=Down severity=page node=a", "alertname=Down", "Down (node=a)"),
        ("alertname=Down", "", "Down"),
        ("node=a", "", "without a name (node=a)"),
        ("alertname=Down a=1 b=2 c=3 d=4 e=5", "a=1", "Down (b=2, c=3, d=4, e=5)"),
        ("alertname=Down a=1 b=2 c=3 d=4 e=5", "", "Down (a=1, b=2, c=3, d=4)"),
    ];
    for (alert, group, name) in table {
        assert_eq!(short_name(&labels(alert), &labels(group)), name);
    }
}

#[test]
fn what_was_suppressed_while_its_message_was_on_its_way_is_news_again() {
    let plan = plan();
    let slow = alert("alertname=Slow team=hook n=1", 0, 9_999);
    let mut group = group(&plan, &slow, 0);
    flush(&mut group, &plan, std::slice::from_ref(&slow), 30);
    let waiting: Vec<String> = group.waiting.keys().cloned().collect();
    assert!(!waiting.is_empty());
    group.on_flush(&plan, &[member(&slow, true, 330)], false, at(330));
    for integration in &waiting {
        group.on_told(integration, None, at(340));
    }
    let (again, _) = flush(&mut group, &plan, &[slow], 630);
    let reasons: Vec<Reason> = again.tells.iter().map(|tell| tell.reason).collect();
    assert_eq!(reasons, vec![Reason::NewAlerts; waiting.len()]);
}

#[test]
fn a_message_has_the_labels_of_its_route_and_of_those_above() {
    let mut files = Files::new();
    files.edit("route:\n", "route:\n  labels: { team: ops, about: '{{ .Status }}' }\n");
    files.edit("receiver: hook }", "receiver: hook, labels: { team: hook } }");
    let plan = files.read();
    let first = alert("team=hook", 0, 900);
    let mut group = group(&plan, &first, 0);
    let (_, events) = flush(&mut group, &plan, &[first], 60);
    let Some(Event::Notifies { message, .. }) = events.first() else { panic!("{events:?}") };
    assert_eq!(message.route_labels.to_string(), r#"{about="{{ .Status }}", team="hook"}"#);
}

#[test]
fn a_later_message_names_the_one_that_it_changes_until_everything_has_resolved() {
    let plan = plan();
    let [first, second] = ["a", "b"].map(|node| alert(&format!("team=hook node={node}"), 0, 900));
    let mut group = group(&plan, &first, 0);
    let mut told = |alerts: &[Alert], receipt: Option<&str>, now| {
        let (_, events) = flush(&mut group, &plan, alerts, now);
        group.on_told("hook/webhook/0", receipt.map(str::to_owned), at(now));
        group.on_told("hook/webhook/1", None, at(now));
        let Some(Event::Notifies { message, .. }) = events.into_iter().next() else { panic!() };
        message.earlier
    };
    assert_eq!(told(std::slice::from_ref(&first), Some("one"), 60), None);
    assert_eq!(told(&[first.clone(), second.clone()], Some("one"), 400).as_deref(), Some("one"));
    assert_eq!(told(&[first.clone(), second], Some("one"), 1_000).as_deref(), Some("one"));
    let again = Alert { starts_at: at(1_100), ends_at: at(2_000), ..first };
    assert_eq!(told(&[again], Some("two"), 1_200), None);
}
