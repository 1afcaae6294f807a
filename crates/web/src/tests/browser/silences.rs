//! Silences in the pages.

use stentor_store::audit;

use super::super::TestApp;
use super::super::app::As;
use crate::auth::Role;
use crate::surface::Surface;

/// Returns the path of the only alert that fires.
async fn alert(app: &TestApp, who: &As) -> String {
    let list = app.open(who, "/alerts").await;
    let (_, rest) = list.body.split_once(r#"href="/alerts/"#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Makes a silence and returns its path.
async fn made(app: &TestApp, who: &As, matchers: &str) -> String {
    let fields = [("matchers", matchers), ("seen", matchers), ("for", "1h"), ("comment", "why")];
    app.submit(who, "/silences", &fields).await.location().to_owned()
}

#[tokio::test]
async fn an_alert_is_silenced_in_two_taps() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    app.fire("Slow", "warning").await;
    let print = alert(&app, &ana).await;
    let shown = app.open(&ana, &format!("/alerts/{print}")).await;
    let form = format!("/silences/new?alert={print}");
    shown.shows(200, &[&format!("href=\"{form}\"")]);
    let matchers = r#"alertname="Slow", severity="warning", team="checkout""#;
    let shown = app.open(&ana, &form).await;
    let hits = "It would hit 1 of 1 firing alerts now.";
    shown.shows(200, &[&matchers.replace('"', "&#34;"), hits, "Silenced from the alert Slow"]);
    let fields = [("matchers", matchers), ("seen", matchers), ("for", "1h")];
    let reply = app.submit(&ana, "/silences", &fields).await;
    assert_eq!(reply.said(), "+ Silenced until 2026-01-05 10:00:00Z: 1 alert now.");
    let path = reply.location().to_owned();
    app.open(&ana, &path).await.shows(200, &["Ana Ops made it.", "Slow", "Expire now"]);
    app.open(&ana, "/silences").await.shows(200, &["<b>1</b> alert now", "Ana Ops", &path]);
    app.advance(10);
    assert!(app.deliver("ok").is_empty(), "a silenced alert pages nobody");
    let log = audit::list(app.engine().db(), None, 1).unwrap();
    assert_eq!((&*log[0].actor, &*log[0].action), ("ana", "silence"));
    assert!(path.ends_with(&log[0].object));
}

#[tokio::test]
async fn the_form_offers_to_silence_more_and_stays_when_the_page_is_an_answer() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    for (name, severity) in [("Slow", "warning"), ("Slow", "critical"), ("Down", "warning")] {
        app.fire(name, severity).await;
    }
    let matchers = r#"alertname="Slow", severity="critical""#;
    let filter = crate::routes::escaped(matchers);
    let asked = app.open(&ana, &format!("/silences/new?filter={filter}&comment=a%26b")).await;
    let wider = "href=\"/silences/new?filter=alertname%3D%22Slow%22&#38;comment=a%26b\"";
    asked.shows(200, &["Rather all with", wider, "<b class=\"count\">2</b>", "data-live"]);
    assert!(!asked.body.contains("filter=severity"), "it hits no more than both together");
    // Its address shows the list: the form would be lost if the page kept itself current.
    let fields = [("matchers", matchers), ("do", "preview")];
    let answer = app.submit(&ana, "/silences", &fields).await;
    answer.shows(200, &["It would hit 1 of 3 firing alerts now."]);
    assert!(!answer.body.contains("data-live"), "{}", answer.body);
}

#[tokio::test]
async fn what_hits_nothing_or_everything_is_shown_before_it_is_made() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    for name in ["Slow", "Down"] {
        app.fire(name, "warning").await;
    }
    for (matchers, warning) in [
        ("alertname=\"Slwo\"", "It would hit nothing now"),
        ("team=\"checkout\"", "It would hit everything: all 2 alerts"),
    ] {
        let fields = [("matchers", matchers), ("for", "1h")];
        app.submit(&ana, "/silences", &fields).await.shows(200, &[warning]);
        let fields = [("matchers", matchers), ("do", "preview")];
        app.submit(&ana, "/silences", &fields).await.shows(200, &[warning]);
        assert_eq!(app.app.standing().silences().count(), 0);
    }
    made(&app, &ana, "alertname=\"Slwo\"").await;
    for (fields, why) in [
        ([("matchers", "a=\"b"), ("for", "1h")], "The matchers cannot be read"),
        ([("matchers", ""), ("for", "1h")], "at least one matcher required"),
        ([("matchers", "a=~\".*\""), ("for", "1h")], "at least one matcher must not match"),
        ([("matchers", "a=\"b\""), ("do", "until")], "Say for how long, or until when."),
        ([("matchers", "a=\"b\""), ("ends_at", "2020-01-01T00:00")], "start time must be before"),
    ] {
        app.submit(&ana, "/silences", &[&fields[..], &[("seen", fields[0].1)]].concat())
            .await
            .shows(422, &[why]);
    }
}

#[tokio::test]
async fn a_silence_is_commented_extended_ended_and_made_again() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let path = made(&app, &ana, "alertname=\"Slow\"").await;
    let act = async |what: &str, fields: &[(&str, &str)]| {
        app.submit(&ana, &format!("{path}/{what}"), fields).await.said()
    };
    assert_eq!(act("comments", &[("text", "nearly there")]).await, "+ Written down.");
    assert_eq!(act("comments", &[("text", " ")]).await, "- The comment is empty.");
    assert_eq!(act("extend", &[("by", "4h")]).await, "+ It lasts until 2026-01-05 14:00:00Z now.");
    let until = [("until", "2026-01-06T09:00")];
    assert_eq!(act("extend", &until).await, "+ It lasts until 2026-01-06 09:00:00Z now.");
    assert_eq!(act("extend", &[]).await, "- Say until when.");
    app.open(&ana, &path).await.shows(200, &["Ana Ops: nearly there", ">14:00 UTC</time>."]);
    app.advance(60);
    assert!(act("expire", &[]).await.starts_with("+ It is over."));
    let shown = app.open(&ana, &path).await;
    shown.shows(200, &["Ana Ops ended it.", "/silences/new?again="]);
    let id = path.rsplit('/').next().unwrap();
    let again = app.open(&ana, &format!("/silences/new?again={id}")).await;
    again.shows(200, &["alertname=&#34;Slow&#34;", "value=\"why\""]);
    app.open(&ana, "/silences?state=expired").await.shows(200, &["1</b></a>", id]);
    app.open(&ana, "/silences").await.shows(200, &["No active silence"]);
    app.open(&ana, "/silences/no-such").await.shows(404, &[]);
    app.submit(&ana, "/silences/no-such/expire", &[]).await.shows(404, &[]);
}

#[tokio::test]
async fn whoever_extends_a_silence_is_in_its_log_and_not_its_author() {
    let app = TestApp::new();
    let (ana, ben) = (app.account("ana", Role::Responder), app.account("ben", Role::Responder));
    let path = made(&app, &ana, "alertname=\"Slow\"").await;
    app.submit(&ben, &format!("{path}/extend"), &[("by", "1h")]).await;
    app.submit(&ben, &format!("{path}/extend"), &[("until", "2026-01-05T10:30")]).await;
    let shown = app.open(&ben, &path).await;
    shown.shows(200, &["by Ana Ops</span>", "Ben extended it: until", "Ben shortened it: until"]);
    shown.shows(200, &[">11:00 UTC</time> instead of <time"]);
}

#[tokio::test]
async fn silences_are_filtered_and_paged() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    for number in 0..60 {
        made(&app, &ana, &format!("team=\"a\", host=\"h{number}\"")).await;
    }
    made(&app, &ana, "team=\"b\"").await;
    let list = app.open(&ana, "/silences?filter=team%3D%22a%22").await;
    list.shows(200, &["60</b></a>", "at=50\" rel=\"next\""]);
    assert_eq!(list.body.matches("data-key=\"silence-").count(), 50);
    let list = app.open(&ana, "/silences?filter=team%3D%22a%22&at=50").await;
    assert_eq!(list.body.matches("data-key=\"silence-").count(), 10);
    app.open(&ana, "/silences?filter=team%3D%22").await.shows(200, &["The filter cannot be read"]);
    app.open(&ana, "/silences?filter=team%3D%22c%22").await.shows(200, &["No silence matches"]);
}

#[tokio::test]
async fn a_recurring_silence_says_so() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let fields = [
        ("matchers", "job=\"backup\""),
        ("seen", "job=\"backup\""),
        ("starts_at", "2026-01-05T22:00"),
        ("ends_at", "2026-01-05T23:00"),
        ("repeats", "day"),
        ("zone", "Europe/Berlin"),
        ("do", "until"),
    ];
    let path = app.submit(&ana, "/silences", &fields).await.location().to_owned();
    app.open(&ana, &path).await.shows(200, &["each day, Europe/Berlin", "Pending"]);
    app.open(&ana, "/silences?state=pending").await.shows(200, &["from <time"]);
}

#[tokio::test]
async fn a_viewer_sees_silences_and_makes_none() {
    let app = TestApp::new();
    let (ana, eve) = (app.account("ana", Role::Responder), app.account("eve", Role::Viewer));
    let path = made(&app, &ana, "alertname=\"Slow\"").await;
    let shown = app.open(&eve, &path).await;
    shown.shows(200, &["Ana Ops made it."]);
    assert!(!shown.body.contains("<form class=\"note-form\"") && !shown.body.contains("Expire"));
    app.open(&eve, "/silences/new").await.shows(403, &[]);
    app.submit(&eve, &format!("{path}/expire"), &[]).await.shows(403, &[]);
}

#[tokio::test]
async fn where_nobody_signs_in_the_form_asks_who() {
    let app = TestApp::with(Surface { open: true, ..Surface::default() });
    app.open(&As::Anonymous, "/silences/new").await.shows(200, &["name=\"created_by\""]);
    let fields =
        [("matchers", "a=\"b\""), ("seen", "a=\"b\""), ("for", "1h"), ("created_by", "Eva")];
    let reply = app.submit_bare(&As::Anonymous, "/silences", &fields).await;
    let path = reply.location().trim_start_matches('.').to_owned();
    app.open(&As::Anonymous, &path).await.shows(200, &["Eva made it."]);
}
