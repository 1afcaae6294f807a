//! The signed link of a message.

use stentor_domain::message::Message;
use stentor_domain::page::{Actor, State};
use stentor_store::{deliveries, pages};

use super::super::TestApp;
use super::super::app::As;
use crate::auth::Role;

/// Fires an alert that pages Ben, and returns the path of the link in his mail.
async fn paged(app: &TestApp) -> String {
    app.fire("Slow", "warning").await;
    app.advance(10);
    let filter = deliveries::Filter::default();
    let sent = deliveries::list(app.engine().db(), &filter, 10).unwrap();
    let mut links = sent.into_iter().filter_map(|delivery| match delivery.message {
        Message::Page(message) => Some(message.answer_url),
        Message::Alerts(_) | Message::Test(_) => None,
    });
    let link = links.next().expect("somebody was paged");
    link.strip_prefix("https://stentor.example.com").unwrap().to_owned()
}

fn state(app: &TestApp) -> (State, Option<Actor>) {
    let page = pages::list(app.engine().db(), &pages::Filter::default(), 1).unwrap().remove(0);
    (page.state, page.acknowledged.map(|stamp| stamp.by))
}

#[tokio::test]
async fn looking_changes_nothing_and_the_form_answers_as_whom_the_message_was_for() {
    let app = TestApp::new();
    let link = paged(&app).await;
    for _ in 0..2 {
        let page = app.open(&As::Anonymous, &link).await;
        page.shows(200, &["Acknowledge", "This link was sent to Ben", "Slow"]);
        assert_eq!(page.headers["referrer-policy"], "same-origin");
        assert_eq!(state(&app), (State::Triggered, None));
    }
    let reply = app.submit_bare(&As::Anonymous, &link, &[("verb", "acknowledge")]).await;
    assert_eq!(reply.location(), link);
    assert_eq!(reply.said(), "+ Acknowledged. The escalation has stopped.");
    assert_eq!(state(&app), (State::Acknowledged, Some(Actor::Person("ben".into()))));
    app.open(&As::Anonymous, &link).await.shows(200, &["Acknowledged", "Resolve"]);

    let again = app.submit_bare(&As::Anonymous, &link, &[("verb", "acknowledge")]).await;
    assert_eq!(again.said(), "- This page is already acknowledged by Ben.");
    let reply = app.submit_bare(&As::Anonymous, &link, &[("verb", "resolve")]).await;
    assert_eq!(reply.said(), "+ Resolved.");
    let over = ["Resolved by <strong>Ben</strong>", "There is nothing to do"];
    app.open(&As::Anonymous, &link).await.shows(410, &over);
    app.submit_bare(&As::Anonymous, &link, &[("verb", "acknowledge")]).await.shows(410, &over);
}

#[tokio::test]
async fn a_link_says_who_was_first() {
    let app = TestApp::new();
    let link = paged(&app).await;
    let ana = app.account("ana", Role::Responder);
    let page = pages::list(app.engine().db(), &pages::Filter::default(), 1).unwrap().remove(0);
    app.submit(&ana, &format!("/pages/{}/acknowledge", page.id), &[]).await;
    let first = "Already acknowledged by <strong>Ana Ops</strong>";
    app.open(&As::Anonymous, &link).await.shows(200, &[first]);
}

#[tokio::test]
async fn a_link_with_another_secret_leads_nowhere() {
    let app = TestApp::new();
    let link = paged(&app).await;
    let (head, secret) = link.rsplit_once('/').unwrap();
    for wrong in [
        format!("{head}/{}", secret.replace(&secret[..1], "_")),
        format!("{head}/x"),
        "/l/x/y".into(),
    ] {
        app.open(&As::Anonymous, &wrong).await.shows(404, &["This link does not work"]);
        let reply = app.submit_bare(&As::Anonymous, &wrong, &[("verb", "acknowledge")]).await;
        reply.shows(404, &[]);
    }
    assert_eq!(state(&app), (State::Triggered, None));
}

#[tokio::test]
async fn a_link_expires_after_a_week() {
    let app = TestApp::new();
    let link = paged(&app).await;
    app.advance(3 * 3600);
    app.fire("Slow", "warning").await;
    for _ in 0..60 {
        app.advance(3 * 3600);
        app.fire("Slow", "warning").await;
    }
    assert_eq!(state(&app), (State::Triggered, None));
    app.open(&As::Anonymous, &link).await.shows(410, &["This link has expired"]);
    let reply = app.submit_bare(&As::Anonymous, &link, &[("verb", "acknowledge")]).await;
    reply.shows(410, &["This link has expired"]);
    assert_eq!(state(&app), (State::Triggered, None));
}

#[tokio::test]
async fn another_site_cannot_press_the_button() {
    let app = TestApp::new();
    let link = paged(&app).await;
    let request = super::form(&link).header("sec-fetch-site", "cross-site");
    let reply =
        app.send(&As::Anonymous, request.body(super::body(&[("verb", "resolve")])).unwrap());
    reply.await.shows(403, &[]);
    assert_eq!(state(&app), (State::Triggered, None));
}
