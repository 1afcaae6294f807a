//! What people do in the pages.

use stentor_store::{audit, incidents, pages, reviews};

use super::super::TestApp;
use super::super::app::As;
use crate::auth::Role;

async fn page(app: &TestApp) -> String {
    app.fire("Slow", "warning").await;
    app.advance(10);
    let found = pages::list(app.engine().db(), &pages::Filter::default(), 1).unwrap();
    format!("/pages/{}", found[0].id)
}

/// Declares an incident and returns its path.
async fn declared(app: &TestApp, who: &As) -> String {
    let fields = [("title", "Nobody can pay"), ("severity", "2"), ("commander", "ana")];
    let reply = app.submit(who, "/incidents", &fields).await;
    assert_eq!(reply.said(), "+ INC-1 is declared.");
    reply.location().to_owned()
}

#[tokio::test]
async fn a_page_is_acknowledged_and_resolved_once() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let path = page(&app).await;
    let reply = app.submit(&ana, &format!("{path}/acknowledge"), &[("next", "/")]).await;
    assert_eq!(
        (reply.location(), reply.said().as_str()),
        ("/", "+ Acknowledged. The escalation has stopped.")
    );
    let reply =
        app.submit(&ana, &format!("{path}/acknowledge"), &[("next", "//evil.example")]).await;
    assert_eq!(reply.location(), path);
    assert_eq!(reply.said(), "- This page is already acknowledged by Ana Ops.");
    app.open(&ana, &path).await.shows(200, &["Acknowledged by Ana Ops", "Resolve"]);
    let reply = app.submit(&ana, &format!("{path}/resolve"), &[]).await;
    assert_eq!(reply.said(), "+ Resolved.");
    let reply = app.submit(&ana, &format!("{path}/resolve"), &[]).await;
    assert_eq!(reply.said(), "- This page is already resolved.");
    app.submit(&ana, "/pages/page_x/resolve", &[]).await.shows(404, &[]);
    let log =
        audit::list_of(app.engine().db(), path.rsplit('/').next().unwrap(), None, 10).unwrap();
    let deeds: Vec<_> = log.iter().map(|deed| (&*deed.actor, &*deed.action)).collect();
    assert_eq!(deeds, [("ana", "resolve"), ("ana", "acknowledge")]);
}

#[tokio::test]
async fn a_viewer_sees_and_cannot_act() {
    let app = TestApp::new();
    let eve = app.account("eve", Role::Viewer);
    let path = page(&app).await;
    let seen = app.open(&eve, &path).await;
    seen.shows(200, &["Slow"]);
    assert!(!seen.body.contains("/acknowledge"), "{}", seen.body);
    app.submit(&eve, &format!("{path}/acknowledge"), &[]).await.shows(403, &[]);
    app.open(&eve, "/incidents/new").await.shows(403, &[]);
}

#[tokio::test]
async fn the_sentence_is_shown_on_the_page_that_the_form_came_back_to() {
    let app = TestApp::new();
    let As::Session(secret) = app.account("ana", Role::Responder) else { unreachable!() };
    let ana = As::Session(secret.clone());
    let path = page(&app).await;
    let reply = app.submit(&ana, &format!("{path}/acknowledge"), &[]).await;
    let flash = reply.cookie("stentor_flash").unwrap();
    assert!(flash.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=10"), "{flash}");
    let both = As::Session(format!("{secret}; {}", flash.split(';').next().unwrap()));
    app.open(&both, &path).await.shows(200, &["The escalation has stopped."]);
    assert!(!app.open(&both, "/").await.body.contains("The escalation has stopped."));
}

#[tokio::test]
async fn an_incident_is_declared_from_a_page_with_what_the_page_knows() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let path = page(&app).await;
    let id = path.rsplit('/').next().unwrap();
    let form = app.open(&ana, &format!("/incidents/new?page={id}")).await;
    form.shows(
        200,
        &[
            "For the page",
            r#"<option value="checkout" selected>"#,
            r#"<option value="ana" selected>"#,
        ],
    );
    let missing = app.submit(&ana, "/incidents", &[("title", " "), ("text", "kept words")]).await;
    missing.shows(422, &["What is wrong is missing.", "kept words"]);
    let future = [("title", "x"), ("severity", "2"), ("happened_at", "2026-01-06T00:00")];
    app.submit(&ana, "/incidents", &future).await.shows(422, &["lies in the future"]);
    let fields = [
        ("title", "Nobody can pay"),
        ("severity", "2"),
        ("page", id),
        ("text", "Seen in the shop"),
        ("happened_at", "2026-01-05T08:50"),
    ];
    let reply = app.submit(&ana, "/incidents", &fields).await;
    assert_eq!(reply.said(), "+ INC-1 is declared.");
    let shown = app.open(&ana, reply.location()).await;
    shown.shows(
        200,
        &["INC-1", "Nobody can pay", "Seen in the shop", "Alert Slow (team=checkout) fired"],
    );
}

#[tokio::test]
async fn an_incident_goes_its_way() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let path = declared(&app, &ana).await;
    app.advance(600);
    let post = async |part: &str, fields: &[(&str, &str)]| {
        app.submit(&ana, &format!("{path}/{part}"), fields).await.said()
    };
    let note = [
        ("kind", "decision"),
        ("text", "Scale up\r\nthen wait"),
        ("happened_at", "2026-01-05T09:05"),
    ];
    assert_eq!(post("timeline", &note).await, "+ Written down.");
    assert_eq!(post("timeline", &[("text", "  ")]).await, "- There is no text to write down.");
    let future = [("text", "x"), ("happened_at", "2026-01-05T09:11")];
    assert_eq!(post("timeline", &future).await, "- The time given lies in the future.");
    let unreadable = [("text", "x"), ("happened_at", "soon")];
    assert_eq!(
        post("timeline", &unreadable).await,
        "- The time cannot be read; write it as 2026-01-05T09:00."
    );
    let state = [("state", "identified"), ("text", "The pool is full")];
    assert_eq!(post("state", &state).await, "+ The incident is identified.");
    assert_eq!(post("state", &state).await, "- The incident is already identified.");
    assert_eq!(
        post("state", &[("state", "closed")]).await,
        "- Resolve the incident before you close it."
    );
    assert_eq!(post("state", &[("state", "over")]).await, "- There is no such state.");
    let rate = [("severity", "1"), ("text", "Everybody is hit")];
    assert_eq!(post("severity", &rate).await, "+ The severity is Sev-1.");
    assert_eq!(post("severity", &[("severity", "77")]).await, "- Choose how bad it is.");
    let role = [("role", "scribe"), ("person", "ben")];
    assert_eq!(post("roles", &role).await, "+ Ben is Scribe now.");
    assert_eq!(
        post("roles", &[("role", "scribe"), ("person", "eve")]).await,
        "- The plan knows no such person."
    );
    let shown = app.open(&ana, &path).await;
    shown.shows(
        200,
        &[
            "Scale up\nthen wait",
            "The pool is full",
            "Everybody is hit",
            "Sev-1",
            "Ben is Scribe",
            "recorded",
        ],
    );
    app.submit(&ana, "/incidents/inc_x/state", &[]).await.shows(404, &[]);
}

#[tokio::test]
async fn what_two_people_write_into_a_postmortem_is_not_lost() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let path = declared(&app, &ana).await;
    let edit = format!("{path}/postmortem/edit");
    app.open(&ana, &edit)
        .await
        .shows(200, &[r#"name="version" value="0""#, "Used as long as this is empty"]);
    let first =
        [("version", "0"), ("summary", "Ana's words"), ("action_items", "- [x] mend it\nand this")];
    let reply = app.submit(&ana, &edit, &first).await;
    assert_eq!(
        (reply.location(), reply.said().as_str()),
        (format!("{path}/postmortem").as_str(), "+ Saved.")
    );
    let second = [("version", "0"), ("summary", "Ben's words")];
    let page = app.submit(&ana, &edit, &second).await;
    page.shows(
        409,
        &[
            "Somebody else wrote meanwhile.",
            "Ana&#39;s words",
            "Ben&#39;s words",
            r#"name="version" value="1""#,
        ],
    );
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    let stored = reviews::open(app.engine().db(), id).unwrap();
    assert_eq!((stored.version, stored.it.summary.as_str()), (1, "Ana's words"));

    let shown = app.open(&ana, &format!("{path}/postmortem")).await;
    shown.shows(
        200,
        &["<h2>Summary</h2>", "Ana's words", "Last written by ana", "aria-label=\"done\""],
    );
    let raw = app.get(&ana, &format!("{path}/postmortem.md")).await;
    assert_eq!(raw.headers["content-type"], "text/markdown; charset=utf-8");
    assert_eq!(raw.headers["content-disposition"], "attachment; filename=\"INC-1.md\"");
    assert!(
        raw.body.starts_with("# Post-Incident Review: Nobody can pay (2026-01-05)"),
        "{}",
        raw.body
    );
    assert_eq!(app.get(&ana, &format!("{path}/postmortem?raw")).await.body, raw.body);
}

#[tokio::test]
async fn a_runbook_of_the_plan_is_shown_and_no_other_file() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Viewer);
    app.plan(|in_force| {
        let text = "# Checkout\n\n1. Look at the pool <b>first</b>";
        in_force.files.insert("runbooks/checkout.md".into(), text.into());
    });
    let shown = app.open(&ana, "/plan/files/runbooks/checkout.md").await;
    shown.shows(200, &["<h1>Checkout</h1>", "&lt;b&gt;first"]);
    app.open(&ana, "/plan").await.shows(200, &["href=\"/plan/files/runbooks/checkout.md\""]);
    for path in ["stentor.yml", "alertmanager.yml", "nothing.md", "../stentor.yml"] {
        app.open(&ana, &format!("/plan/files/{path}")).await.shows(404, &[]);
    }
}

#[tokio::test]
async fn an_incident_is_found_by_its_number() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let path = declared(&app, &ana).await;
    for name in ["INC-1", "inc-1", "1"] {
        assert_eq!(app.open(&ana, &format!("/incidents/{name}")).await.location(), path);
    }
    app.open(&ana, "/incidents/INC-2").await.shows(404, &[]);
    let count = incidents::next_number(app.engine().db()).unwrap();
    assert_eq!(count, 2);
}

#[tokio::test]
async fn a_channel_is_tried_out() {
    let app = TestApp::new();
    let root = app.account("root", Role::Admin);
    let reply = app.submit(&root, "/settings/channels/mail/test", &[]).await;
    assert_eq!(reply.said(), "+ A test is on its way over mail; what came of it is shown here.");
    app.deliver("250 queued as 4711");
    app.open(&root, "/settings").await.shows(200, &["250 queued as 4711"]);
    app.submit(&root, "/settings/channels/nothing/test", &[]).await.shows(404, &[]);
}
