//! Pages: the list, one page with what explains it, and answering it.

use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::{get, post};
use jiff::Timestamp;
use serde::Deserialize;
use stentor_domain::delivery;
use stentor_domain::id::PageId;
use stentor_domain::page::{self, Actor, Page, State};
use stentor_domain::plan::Plan;
use stentor_domain::timeline::{Entry, Subject, What};
use stentor_engine::Input;
use stentor_store::document::Saved;
use stentor_store::error::Error as StoreError;
use stentor_store::{deliveries, pages, timeline};

use super::form::Checked;
use super::frame::{Frame, Source, html};
use super::{cards, contact, flash};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::alert::{AlertRow, Label};
use crate::pages::layout::Section;
use crate::pages::page::{Attempt, Delivery, HistoryLine, PageCard, PageShow, PagesList, Reason};
use crate::pages::state::DeliveryState;
use crate::routes::Routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .on(Permission::Read, "/pages", get(list_pages))
        .on(Permission::Read, "/pages/{id}", get(show_page))
        .on(Permission::Respond, "/pages/{id}/acknowledge", post(acknowledge_page))
        .on(Permission::Respond, "/pages/{id}/resolve", post(resolve_page))
}

/// Where a list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    /// The time and the id of the last row seen, as `<microseconds>.<id>`.
    after: String,
}

impl After {
    /// Returns the place; `None` for the beginning, and for what is no place.
    pub(super) fn place<T: std::str::FromStr>(&self) -> Option<(Timestamp, T)> {
        let (at, id) = self.after.split_once('.')?;
        Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.parse().ok()?))
    }

    /// Returns the address of what comes after `last`, if more rows were found than are shown.
    pub(super) fn next(
        path: &str,
        found: usize,
        last: Option<(Timestamp, String)>,
    ) -> Option<String> {
        let (at, id) = last.filter(|_| found > cards::ROWS)?;
        Some(format!("{path}?after={}.{id}", at.as_microsecond()))
    }
}

async fn list_pages(frame: Frame, Query(after): Query<After>) -> Result<Response, Error> {
    let place = after.place();
    let (layout, (open, resolved, next)) = frame
        .read(Section::Pages, move |from| {
            let filter = pages::Filter { open: true, ..pages::Filter::default() };
            let mut open = match place {
                Some(_) => vec![],
                None => pages::list(from.db, &filter, cards::OPEN_MAX)?,
            };
            open.sort_by_key(|page| (page.state != State::Triggered, page.severity));
            let state = Some(State::Resolved);
            let filter = pages::Filter { state, after: place, ..pages::Filter::default() };
            let mut resolved = pages::list(from.db, &filter, cards::ROWS as i64 + 1)?;
            let found = resolved.len();
            resolved.truncate(cards::ROWS);
            let last = resolved.last().map(|page| (page.triggered_at, page.id.to_string()));
            let next = After::next("/pages", found, last);
            Ok((cards::pages(from, &open)?, cards::pages(from, &resolved)?, next))
        })
        .await?;
    Ok(html(&PagesList { layout, open, resolved, next }))
}

async fn show_page(frame: Frame, Path(id): Path<String>) -> Result<Response, Error> {
    let id = id.parse().map_err(|_| Error::not_found("page"))?;
    let can_respond = frame.allows(Permission::Respond);
    let (layout, seen) = frame.read(Section::Pages, move |from| Seen::read(from, id)).await?;
    let seen = seen.ok_or_else(|| Error::not_found("page"))?;
    let Seen { page, card, receiver, group_labels, alerts, deliveries, entries } = seen;
    let plan = frame.plan();
    Ok(html(&PageShow {
        layout,
        page: card,
        runbook_url: cards::runbook(&frame.in_force, &page.runbook),
        policy: page.policy.name.clone(),
        receiver,
        asked_by: entries.iter().find_map(|entry| asked_by(plan, &entry.what)),
        summary: page.summary.clone(),
        group_labels,
        reasons: page.asked.iter().map(|asked| reason(plan, asked)).collect(),
        alerts,
        deliveries,
        history: entries.iter().map(|entry| history_line(plan, entry)).collect(),
        can_acknowledge: can_respond && page.state == State::Triggered,
        can_resolve: can_respond && page.state != State::Resolved,
        can_declare: can_respond && page.state != State::Resolved && page.incident.is_none(),
    }))
}

/// What the database knows of a page.
struct Seen {
    page: Page,
    card: PageCard,
    receiver: Option<String>,
    group_labels: Vec<Label>,
    alerts: Vec<AlertRow>,
    deliveries: Vec<Delivery>,
    entries: Vec<Entry>,
}

impl Seen {
    fn read(from: &mut Source<'_>, id: PageId) -> Result<Option<Self>, StoreError> {
        let Some(Saved { it: page, .. }) = pages::open(from.db, id)? else { return Ok(None) };
        let group = match page.group {
            Some(group) => from.group(group)?,
            None => None,
        };
        let found = page.group.map_or_else(Vec::new, |group| from.members(group));
        let mut sent = deliveries::of_page(from.db, id)?;
        sent.reverse();
        let Some(card) = cards::pages(from, std::slice::from_ref(&page))?.pop() else {
            return Ok(None);
        };
        let sent = sent.into_iter().map(|saved| delivery(from, saved.it));
        Ok(Some(Self {
            deliveries: sent.collect::<Result<_, _>>()?,
            receiver: group.as_ref().map(|group| group.receiver.clone()),
            group_labels: group.iter().flat_map(|it| cards::labels(&it.labels)).collect(),
            alerts: cards::alerts(from, found),
            entries: timeline::of(from.db, &[Subject::Page(id)])?,
            page,
            card,
        }))
    }
}

/// Returns the person whose request began a page, from the entry that says so.
fn asked_by(plan: &Plan, what: &What) -> Option<String> {
    match what {
        What::Page(page::Event::Triggered {
            by: by @ (Actor::Person(_) | Actor::Account(_)),
            ..
        }) => Some(by.name(plan).to_owned()),
        What::Page(_) | What::Alert(_) | What::Delivery(_) | What::Incident(_) => None,
    }
}

fn reason(plan: &Plan, asked: &page::Asked) -> Reason {
    let person = plan.name_of(&asked.person).to_owned();
    Reason { person, why: asked.why.clone(), at: asked.at }
}

fn history_line(plan: &Plan, entry: &Entry) -> HistoryLine {
    let icon = cards::entry_kind(&entry.what).icon();
    HistoryLine { at: entry.happened_at, icon, text: entry.what.told(plan).text }
}

fn delivery(from: &mut Source<'_>, it: delivery::Delivery) -> Result<Delivery, StoreError> {
    let attempts = deliveries::attempts_of(from.db, it.id)?;
    let attempt = |attempt: deliveries::Attempt| Attempt {
        at: attempt.started_at,
        ok: attempt.outcome == "sent",
        answer: match attempt.outcome.as_str() {
            "" => "no answer yet".to_owned(),
            _ => attempt.detail,
        },
    };
    let queued = it.state == delivery::State::Queued;
    Ok(Delivery {
        id: it.id.to_string(),
        person: from.plan.name_of(it.to()).to_owned(),
        channel: it.channel().to_owned(),
        address: contact::address(from.plan, it.to(), it.channel()),
        state: match it.state {
            delivery::State::Queued | delivery::State::Sending => DeliveryState::Queued,
            delivery::State::Sent => DeliveryState::Sent,
            delivery::State::Failed => DeliveryState::Failed,
            delivery::State::Cancelled => DeliveryState::Dropped,
        },
        created_at: it.created_at,
        attempts: attempts.into_iter().map(attempt).collect(),
        next_at: it.due_at.filter(|_| queued),
    })
}

async fn acknowledge_page(
    frame: Frame,
    Path(id): Path<String>,
    Checked(form): Checked,
) -> Result<Response, Error> {
    let by = frame.actor();
    let input = ("acknowledge", page::Input::Acknowledge { by });
    let to = form.next(&format!("/pages/{id}"));
    answer(&frame, &id, input, (&to, "Acknowledged. The escalation has stopped.")).await
}

async fn resolve_page(
    frame: Frame,
    Path(id): Path<String>,
    Checked(form): Checked,
) -> Result<Response, Error> {
    let by = frame.actor();
    let input = ("resolve", page::Input::Resolve { by });
    let to = form.next(&format!("/pages/{id}"));
    answer(&frame, &id, input, (&to, "Resolved.")).await
}

async fn answer(
    frame: &Frame,
    id: &str,
    (action, input): (&'static str, page::Input),
    (to, done): (&str, &str),
) -> Result<Response, Error> {
    let id = id.parse().map_err(|_| Error::not_found("page"))?;
    let answer = frame.decide(action, "", Input::Page(id, input)).await?;
    flash::answered(to, &answer, frame.plan(), done)
}
