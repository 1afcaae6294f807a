//! The signed link of a message: answers a page without signing in, from a telephone.
//!
//! Mail scanners follow links, so looking changes nothing; only the form on the page acts. The path is the secret:
//! the policy for referrers keeps it from other sites. (`no-referrer` would keep it from our own server too, but makes
//! browsers send `Origin: null` with the form, by which they could not be told from strangers over plain HTTP.)

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use jiff::SignedDuration;
use stentor_domain::delivery::{About, Delivery};
use stentor_domain::page::{self, Actor, Page, State};
use stentor_domain::plan::PersonName;
use stentor_engine::Input;
use stentor_store::{deliveries, pages};
use subtle::ConstantTimeEq as _;

use super::form::Posted;
use super::frame::{Frame, html};
use super::{cards, deed, flash};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::link::{LinkConfirm, LinkPage, LinkView};
use crate::routes::Routes;

/// A link works for this long after its message was made.
const LINK_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Public, "/l/{delivery}/{secret}", get(show_link).post(answer_link))
}

type Parts = (String, String);

/// What is behind a link whose secret is right.
struct Behind {
    delivery: Delivery,
    person: PersonName,
    page: Page,
}

async fn find(frame: &Frame, (id, secret): Parts) -> Result<Option<Behind>, Error> {
    let Ok(id) = id.parse() else { return Ok(None) };
    let found = frame.app.read(move |db| {
        let delivery = deliveries::open(db, id)?.map(|saved| saved.it);
        let Some(delivery) = delivery.filter(|it| fits(it, &secret)) else { return Ok(None) };
        let About::Person { page, person, .. } = delivery.about.clone() else { return Ok(None) };
        let page = pages::open(db, page)?.map(|saved| saved.it);
        Ok(page.map(|page| Behind { delivery, person, page }))
    });
    found.await
}

fn fits(delivery: &Delivery, secret: &str) -> bool {
    let known = delivery.answer_secret.as_bytes();
    !known.is_empty() && bool::from(known.ct_eq(secret.as_bytes()))
}

async fn show_link(frame: Frame, Path(parts): Path<Parts>) -> Result<Response, Error> {
    let view = match find(&frame, parts.clone()).await? {
        Some(behind) => view(&frame, behind, format!("/l/{}/{}", parts.0, parts.1)),
        None => LinkView::Invalid,
    };
    Ok(answer(&frame, view))
}

fn view(frame: &Frame, behind: Behind, path: String) -> LinkView {
    let Behind { delivery, person, page } = behind;
    let plan = frame.plan();
    let expired_at = delivery.created_at + LINK_FOR;
    let stamp = page.resolved.as_ref().or(page.acknowledged.as_ref());
    let shown = LinkPage {
        id: page.id.to_string(),
        path,
        person: plan.name_of(&person).to_owned(),
        title: page.title.clone(),
        state: cards::page_state(page.state),
        severity: cards::rank(plan, page.severity),
        service: cards::service(plan, page.service.as_deref()),
        triggered_at: page.triggered_at,
        changed: stamp.map(|stamp| (stamp.by.name(plan).to_owned(), stamp.at)),
        runbook_url: cards::runbook(&frame.in_force, &page.runbook),
    };
    match page.state {
        State::Resolved => LinkView::Resolved(shown),
        State::Triggered | State::Acknowledged if expired_at <= frame.now => {
            LinkView::Expired { expired_at }
        }
        State::Acknowledged => LinkView::Acknowledged(shown),
        State::Triggered => LinkView::Open(shown),
    }
}

fn answer(frame: &Frame, view: LinkView) -> Response {
    let status = match view {
        LinkView::Open(_) | LinkView::Acknowledged(_) => StatusCode::OK,
        LinkView::Resolved(_) | LinkView::Expired { .. } => StatusCode::GONE,
        LinkView::Invalid => StatusCode::NOT_FOUND,
    };
    let policy = [(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"))];
    (status, policy, html(&LinkConfirm { layout: frame.door(), view })).into_response()
}

async fn answer_link(
    frame: Frame,
    Path(parts): Path<Parts>,
    Posted(form): Posted,
) -> Result<Response, Error> {
    let path = format!("/l/{}/{}", parts.0, parts.1);
    let Some(behind) = find(&frame, parts).await? else {
        return Ok(answer(&frame, LinkView::Invalid));
    };
    let (page, by) = (behind.page.id, Actor::Person(behind.person.clone()));
    let actor = format!("link of {}", behind.person);
    let (action, input, text) = match form.text("verb") {
        "acknowledge" => (
            "acknowledge",
            page::Input::Acknowledge { by },
            "Acknowledged. The escalation has stopped.",
        ),
        "resolve" => ("resolve", page::Input::Resolve { by }, "Resolved."),
        _ => return Err(Error::invalid("verb", "The form says neither acknowledge nor resolve.")),
    };
    match view(&frame, behind, path.clone()) {
        LinkView::Open(_) | LinkView::Acknowledged(_) => {
            let answer =
                deed::decide(&frame.app, actor, (action, ""), Input::Page(page, input)).await?;
            flash::answered(&path, &answer, frame.plan(), text)
        }
        over @ (LinkView::Resolved(_) | LinkView::Expired { .. } | LinkView::Invalid) => {
            Ok(answer(&frame, over))
        }
    }
}
