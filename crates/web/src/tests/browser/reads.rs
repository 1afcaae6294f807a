//! What people read in the pages.

use stentor_store::pages;

use super::super::TestApp;
use super::super::app::As;
use crate::app::Refused;
use crate::auth::Role;

#[tokio::test]
async fn a_fresh_server_says_how_to_send_the_first_alert() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let curl = "curl https://stentor.example.com/api/v2/alerts";
    app.open(&ana, "/").await.shows(200, &["Ready for the first alert", curl, "primary", "Ben"]);
    for (path, text) in [
        ("/pages", "No open page"),
        ("/incidents", "No open incident"),
        ("/alerts", "No alert yet"),
        ("/oncall", "weekly, hand-over Monday 09:00"),
        ("/plan", "stentor.yml"),
        ("/people", "Ana Ops"),
        ("/settings", "Appearance"),
        ("/incidents/new", "Declare an incident"),
    ] {
        app.open(&ana, path).await.shows(200, &[text]);
    }
}

#[tokio::test]
async fn now_shows_what_needs_a_person() {
    let app = TestApp::new();
    let ben = app.account("ben", Role::Responder);
    app.fire("Slow", "warning").await;
    app.advance(10);
    let now = app.open(&ben, "/").await;
    now.shows(200, &["Needs an answer", "Slow", "<title>(1) ", "that is you", "Next: step 2"]);
    let page = pages::list(app.engine().db(), &pages::Filter::default(), 1).unwrap().remove(0);
    app.submit(&ben, &format!("/pages/{}/acknowledge", page.id), &[]).await;
    app.open(&ben, "/").await.shows(200, &["Being worked on", "by Ben"]);
}

#[tokio::test]
async fn now_is_not_quiet_while_something_fires_that_pages_nobody() {
    let app = TestApp::in_place();
    let now = async || app.open(&As::Anonymous, "/").await;
    let moon = "id=\"quiet\"";
    app.fire("Old", "warning").await;
    app.advance(4 * 3600 + 60);
    now().await.shows(200, &[moon, "Nothing fires"]);
    app.fire("Slow", "warning").await;
    app.fire("Down", "critical").await;
    let shown = now().await;
    shown.shows(200, &["Firing</a> <b class=\"count\">2</b>", "</b> critical", "</b> warning"]);
    assert!(!shown.body.contains(moon) && !shown.body.contains("h-oncall"), "{}", shown.body);
    app.advance(10);
    app.fail("connection refused");
    let shown = now().await;
    shown.shows(200, &["do not leave", "checkout/slack/0", "2 groups", ": connection refused"]);
    assert!(!shown.body.contains(moon), "{}", shown.body);
    app.advance(60);
    app.deliver("ok");
    let shown = now().await;
    assert!(!shown.body.contains("do not leave") && !shown.body.contains(moon), "{}", shown.body);
}

#[tokio::test]
async fn now_says_that_something_fires_which_comes_to_no_escalation_policy() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Viewer);
    let lone = serde_json::json!([{ "labels": { "alertname": "Lone" } }]);
    app.post(&As::Local, "/api/v2/alerts", lone).await;
    let now = app.open(&ana, "/").await;
    now.shows(200, &["1 firing alert</a> comes to no escalation policy"]);
    assert!(!now.body.contains("Nothing needs you"), "{}", now.body);
}

#[tokio::test]
async fn a_page_says_why() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    app.fire("Slow", "warning").await;
    app.advance(10);
    app.deliver("250 queued as 4711");
    let page = pages::list(app.engine().db(), &pages::Filter::default(), 1).unwrap().remove(0);
    let shown = app.open(&ana, &format!("/pages/{}", page.id)).await;
    shown.shows(
        200,
        &[
            "on call for primary until",
            "receiver <code>checkout</code>",
            "https://runbooks.example.com/checkout",
            "250 queued as 4711",
            "b•••@example.com",
            "Checkout is slow",
            "Checkout API",
            "Paged Ben",
        ],
    );
}

#[tokio::test]
async fn a_page_that_a_person_asked_for_says_who_and_why() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let fields = serde_json::json!({
        "title": "Come and look", "details": "The till is on fire", "policy": "platform", "severity": "Sev-2",
    });
    let made = app.post(&ana, "/api/v1/pages", fields).await;
    let shown = app.open(&ana, &format!("/pages/{}", made.text("id"))).await;
    shown.shows(
        200,
        &["The till is on fire", "Asked for by</dt><dd><span class=\"who\">", "Ana Ops"],
    );
}

#[tokio::test]
async fn alerts_are_filtered_by_matchers_and_paged() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Viewer);
    for number in 0..120 {
        app.fire(&format!("Alert{number}"), if number < 60 { "warning" } else { "critical" }).await;
    }
    let first = app.open(&ana, "/alerts?filter=severity%3D%22warning%22").await;
    first.shows(200, &["Alert", r#"Firing <b class="count">60</b>"#, r#"rel="next""#]);
    let mut seen = names(&first.body);
    assert_eq!(seen.len(), 50);
    let (_, rest) = first.body.split_once(r#"class="btn" href="/alerts?"#).unwrap();
    let next = format!("/alerts?{}", rest.split('"').next().unwrap().replace("&#38;", "&"));
    let second = app.open(&ana, &next).await;
    seen.extend(names(&second.body));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 60, "{next}");
    assert!(!second.body.contains(r#"rel="next""#));
    app.open(&ana, "/alerts?filter=severity%3D%22")
        .await
        .shows(200, &["The filter cannot be read"]);
    app.open(&ana, "/alerts?filter=severity%3D%22none%22").await.shows(200, &["No alert matches"]);
    let resolved = app.open(&ana, "/alerts?state=resolved&filter=a%3D%22b%22").await;
    assert_eq!(resolved.location(), "/history?filter=a%3D%22b%22");
}

fn names(html: &str) -> Vec<String> {
    let rows = html.split(r#"data-key="alert-"#).skip(1);
    rows.map(|row| row.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_first_page_has_fifty_pages_and_leads_to_the_others() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Viewer);
    for number in 0..51 {
        app.fire(&format!("Slow{number}"), "warning").await;
    }
    app.advance(10);
    let now = app.open(&ana, "/").await;
    now.shows(200, &["Needs an answer <b class=\"count\">51</b>", "All 51 pages"]);
    assert_eq!(now.body.matches("data-key=\"page-").count(), 50);
}

#[tokio::test]
async fn an_alert_says_where_it_went() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Viewer);
    app.fire("Slow", "warning").await;
    let list = app.open(&ana, "/alerts").await;
    let path = format!("/alerts/{}", names(&list.body)[0]);
    app.open(&ana, &path).await.shows(200, &["The group waits for company; platform is asked at"]);
    app.advance(10);
    let shown = app.open(&ana, &path).await;
    shown.shows(
        200,
        &[
            "The page runs the escalation policy platform.",
            "No other alert inhibits it.",
            "No silence hits it.",
            "<b>people on call</b> told at",
            "checkout <span class=\"row-sub\">by ",
            "team=&#34;checkout&#34;",
        ],
    );
}

#[tokio::test]
async fn what_senders_say_is_text_and_never_markup() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Responder);
    let evil = "<script>alert(1)</script>";
    let alert = serde_json::json!([{
        "labels": { "alertname": evil, "team": "checkout", "x": evil },
        "annotations": { "summary": evil, "runbook_url": "javascript:alert(1)", "dash": "javascript:alert(1)" },
        "generatorURL": "javascript:alert(1)",
    }]);
    app.post(&As::Local, "/api/v2/alerts", alert).await;
    app.advance(10);
    let page = pages::list(app.engine().db(), &pages::Filter::default(), 1).unwrap().remove(0);
    let list = app.open(&ana, "/alerts").await;
    let declared = app
        .submit(
            &ana,
            "/incidents",
            &[("title", evil), ("severity", "1"), ("page", &page.id.to_string())],
        )
        .await;
    let incident = declared.location().to_owned();
    app.submit(&ana, &format!("{incident}/timeline"), &[("text", evil)]).await;
    let review =
        [("version", "0"), ("summary", "<img src=x onerror=alert(1)> [x](javascript:alert(1))")];
    app.submit(&ana, &format!("{incident}/postmortem/edit"), &review).await;
    for path in [
        "/".to_owned(),
        "/pages".to_owned(),
        format!("/pages/{}", page.id),
        "/alerts".to_owned(),
        format!("/alerts/{}", names(&list.body)[0]),
        incident.clone(),
        format!("{incident}/postmortem"),
        format!("{incident}/postmortem/edit"),
    ] {
        let shown = app.open(&ana, &path).await;
        shown.shows(200, &[]);
        let body = shown.body.to_lowercase();
        assert!(!body.contains("<script>alert") && !body.contains("<img"), "{path}: {body}");
        assert!(!body.contains("href=\"javascript"), "{path}: {body}");
    }
}

#[tokio::test]
async fn a_refused_plan_is_shown_with_its_line_and_a_caret() {
    let app = TestApp::new();
    let ana = app.account("ana", Role::Viewer);
    let at = app.now();
    app.plan(|in_force| {
        let problem = stentor_domain::plan::Problem {
            file: "stentor.yml".into(),
            line: 14,
            column: 3,
            what: "`nobdy` is no person".into(),
            mend: "write one of ana, ben".into(),
            source: "  nobdy: x".into(),
        };
        in_force.refused = Some(Refused { at, problems: vec![problem] });
    });
    app.open(&ana, "/").await.shows(200, &["The newest plan was refused", "stentor.yml:14:3"]);
    app.open(&ana, "/plan")
        .await
        .shows(200, &["  nobdy: x\n", ">  ^</span>", "write one of ana, ben"]);
}

#[tokio::test]
async fn no_secret_of_the_plan_is_on_any_page() {
    let app = TestApp::new();
    let root = app.account("root", Role::Admin);
    app.fire("Slow", "warning").await;
    app.advance(10);
    let page = pages::list(app.engine().db(), &pages::Filter::default(), 1).unwrap().remove(0);
    for path in
        ["/", "/plan", "/settings", "/people", "/alerts", "/oncall", &format!("/pages/{}", page.id)]
    {
        let shown = app.open(&root, path).await;
        shown.shows(200, &[]);
        for secret in [
            "smtp-secret",
            "slack-secret",
            "url-secret",
            "path-secret",
            "basic-secret",
            "hook-secret",
        ] {
            assert!(!shown.body.contains(secret), "{path} shows {secret}");
        }
        let delivery_link = "/l/dlv_";
        assert!(!shown.body.contains(delivery_link), "{path} shows a signed link");
    }
    app.open(&root, "/settings")
        .await
        .shows(200, &["http_config.authorization.credentials •••", "smarthost localhost:25"]);
}

#[tokio::test]
async fn without_escalation_policies_no_page_says_that_nobody_is_paged() {
    let with = TestApp::new();
    let ana = with.account("ana", Role::Viewer);
    with.post(
        &As::Local,
        "/api/v2/alerts",
        serde_json::json!([{ "labels": { "alertname": "Lone" } }]),
    )
    .await;
    let list = with.open(&ana, "/alerts").await;
    let path = format!("/alerts/{}", names(&list.body)[0]);
    let none = "The receiver default runs none of Stentor's escalation policies.";
    with.open(&ana, &path).await.shows(200, &[&none.replace('\'', "&#39;")]);
    with.open(&ana, "/plan").await.shows(200, &[">Escalation policy</th>", "none of Stentor's"]);
    with.open(&ana, "/routes?labels=a%3Db").await.shows(200, &["Runs none of Stentor's"]);
    let without = TestApp::in_place();
    without.fire("Slow", "warning").await;
    for path in [&path, "/plan", "/routes?labels=a%3Db"] {
        let shown = without.open(&As::Anonymous, path).await;
        assert!(!shown.body.contains("none of Stentor"), "{}", shown.body);
        assert!(!shown.body.to_lowercase().contains("pages nobody"), "{}", shown.body);
    }
}
