//! Silences: the list, one of them, and what people do to one.

use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use stentor_domain::labels::{Fingerprint, Labels};
use stentor_domain::matchers::Matchers;
use stentor_domain::silence::{Deed, Draft, Every, LogEntry, Refusal, Silence, State};
use stentor_engine::{Answer, Input, SilenceInput};

use super::form::{Checked, Form};
use super::frame::{Frame, Source, html};
use super::{cards, flash, typed};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::alert::AlertRow;
use crate::pages::layout::Section;
use crate::pages::silence::{SilenceEntry, SilenceRow, SilenceShow, SilencesList};
use crate::pages::state::SilenceState;
use crate::pages::time;
use crate::routes::{self, Routes};

/// A comment has at most this many bytes.
pub(super) const COMMENT_BYTES_MAX: usize = 2_000;

/// So many of the alerts that a silence hits are shown beside it.
pub(super) const ALERTS_SHOWN: usize = 20;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .on(Permission::Read, "/silences", get(list_silences))
        .on(Permission::Read, "/silences/{id}", get(show_silence))
        .on(Permission::Silence, "/silences/{id}/extend", post(extend_silence))
        .on(Permission::Silence, "/silences/{id}/expire", post(expire_silence))
        .on(Permission::Silence, "/silences/{id}/comments", post(comment_silence))
}

/// What the list is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    filter: String,
    state: String,
    at: usize,
}

async fn list_silences(frame: Frame, Query(wanted): Query<Wanted>) -> Result<Response, Error> {
    let chosen = SilenceState::ALL.into_iter().find(|state| state.key() == wanted.state);
    let state = chosen.unwrap_or(SilenceState::Active);
    let (matchers, filter_problem) = match typed::matchers(&wanted.filter) {
        Ok(matchers) => (matchers, None),
        Err(why) => (Matchers::default(), Some(format!("The filter cannot be read: {why}."))),
    };
    let at = wanted.at;
    let (layout, (counts, mut silences)) = frame
        .read(Section::Silences, move |from| Ok(screenful(from, &matchers, state, at)))
        .await?;
    let more = silences.len() > cards::ROWS;
    silences.truncate(cards::ROWS);
    let next = more.then(|| {
        let (filter, at) = (routes::escaped(&wanted.filter), at + cards::ROWS);
        format!("/silences?state={}&filter={filter}&at={at}", state.key())
    });
    let filter = wanted.filter;
    Ok(html(&SilencesList { layout, filter, filter_problem, state, counts, silences, next }))
}

/// Returns one screenful and one silence more, and how many there are in each state.
fn screenful(
    from: &Source<'_>,
    filter: &Matchers,
    wanted: SilenceState,
    at: usize,
) -> (Vec<(SilenceState, usize)>, Vec<SilenceRow>) {
    let standing = from.standing();
    let fitting: Vec<&Silence> = standing.silences().filter(|it| fits(it, filter)).collect();
    let of = |state| fitting.iter().filter(move |it| state_of(it, from.now) == state);
    let counts = SilenceState::ALL.map(|state| (state, of(state).count())).to_vec();
    let mut shown: Vec<&Silence> = of(wanted).copied().collect();
    match wanted {
        SilenceState::Active => shown.sort_by(|a, b| (a.ends_at, &a.id).cmp(&(b.ends_at, &b.id))),
        SilenceState::Pending => {
            shown.sort_by(|a, b| (a.starts_at, &a.id).cmp(&(b.starts_at, &b.id)));
        }
        SilenceState::Expired => shown.sort_by(|a, b| (b.ends_at, &b.id).cmp(&(a.ends_at, &a.id))),
    }
    let hits = |it: &Silence| match wanted {
        SilenceState::Expired => 0,
        SilenceState::Active | SilenceState::Pending => {
            standing.select(&it.matchers, from.now).len()
        }
    };
    let firing = standing.select(&Matchers::default(), from.now).len();
    let shown = shown.into_iter().skip(at).take(cards::ROWS + 1);
    let row = |it: &Silence| {
        let row = silence_row(it, hits(it), from.now);
        SilenceRow { hits_everything: row.alerts == firing && firing > 1, ..row }
    };
    let rows = shown.map(row).collect();
    (counts, rows)
}

/// Tells whether a silence fits a filter, as Alertmanager has it: its matchers stand for labels.
fn fits(silence: &Silence, filter: &Matchers) -> bool {
    let Matchers(matchers) = &silence.matchers;
    let labels: Labels =
        matchers.iter().map(|matcher| (matcher.name.as_str(), matcher.value.as_str())).collect();
    filter.matches(&labels)
}

fn state_of(silence: &Silence, now: Timestamp) -> SilenceState {
    match silence.state(now) {
        State::Active => SilenceState::Active,
        State::Pending => SilenceState::Pending,
        State::Expired => SilenceState::Expired,
    }
}

fn silence_row(silence: &Silence, alerts: usize, now: Timestamp) -> SilenceRow {
    let repeats = silence.repeats.as_ref().map(|repeats| match repeats.every {
        Every::Day => format!("each day, {}", repeats.zone),
        Every::Week => format!("each week, {}", repeats.zone),
    });
    SilenceRow {
        id: silence.id.clone(),
        state: state_of(silence, now),
        matchers: silence.matchers.0.iter().map(ToString::to_string).collect(),
        comment: silence.comment.clone(),
        created_by: silence.created_by.clone(),
        starts_at: silence.starts_at,
        ends_at: silence.ends_at,
        until_resolved: silence.until_resolved,
        repeats,
        alerts,
        hits_everything: false,
    }
}

/// Returns the first of these alerts as a list shows them.
pub(super) fn first_alerts(from: &Source<'_>, prints: &[Fingerprint]) -> Vec<AlertRow> {
    let shown = &prints[..prints.len().min(ALERTS_SHOWN)];
    cards::alerts(from, from.alerts(shown))
}

async fn show_silence(frame: Frame, Path(id): Path<String>) -> Result<Response, Error> {
    let (layout, seen) = frame
        .read(Section::Silences, move |from| {
            let found = from.standing().silence(&id).cloned();
            let Some(silence) = found else { return Ok(None) };
            let prints = from.standing().select(&silence.matchers, from.now);
            Ok(Some((first_alerts(from, &prints), prints.len(), silence)))
        })
        .await?;
    let (alerts, hits, silence) = seen.ok_or_else(|| Error::not_found("silence"))?;
    let log = silence.log.iter().rev().map(entry).collect();
    let filter = silence.matchers.to_string();
    let silence = silence_row(&silence, hits, frame.now);
    Ok(html(&SilenceShow { layout, silence, filter, alerts, log }))
}

fn entry(line: &LogEntry) -> SilenceEntry {
    let by = if line.by.is_empty() { "Stentor" } else { &line.by };
    let (text, icon) = match &line.what {
        Deed::Created => (format!("{by} made it."), "plus"),
        Deed::Changed { ends_at, before } => (changed(by, *ends_at, *before), "note"),
        Deed::Expired => (format!("{by} ended it."), "cross"),
        Deed::Resolved => ("It ended: nothing fires any more that it hits.".to_owned(), "check"),
        Deed::Repeated => ("Its time was over; it waits for the next.".to_owned(), "clock"),
        Deed::Commented { text } => (format!("{by}: {text}"), "note"),
    };
    SilenceEntry { at: line.at, text, icon }
}

fn changed(by: &str, ends_at: Timestamp, before: Option<Timestamp>) -> String {
    let end = time::moment(ends_at);
    match before {
        Some(before) if before < ends_at => {
            format!("{by} extended it: until {end} instead of {}.", time::moment(before))
        }
        Some(before) if before > ends_at => {
            format!("{by} shortened it: until {end} instead of {}.", time::moment(before))
        }
        Some(_) | None => format!("{by} changed it: until {end}."),
    }
}

/// Returns the silence with this id.
pub(super) fn find(frame: &Frame, id: &str) -> Result<Silence, Error> {
    let found = frame.app.standing().silence(id).cloned();
    found.ok_or_else(|| Error::not_found("silence"))
}

/// Returns what the form calls its sender, or how they are signed in.
pub(super) fn by(frame: &Frame, form: &Form) -> String {
    let typed = form.text("created_by");
    match frame.session() {
        Err(_) if !typed.is_empty() => typed.chars().take(200).collect(),
        Ok(_) | Err(_) => frame.actor().name(frame.plan()).to_owned(),
    }
}

/// Returns the silence that was set, or why it was not.
pub(super) fn set(answer: Answer) -> Result<Result<Box<Silence>, Refusal>, Error> {
    match answer {
        Answer::Silence(silence) => Ok(Ok(silence)),
        Answer::SilenceRefused(refusal) => Ok(Err(refusal)),
        Answer::Done
        | Answer::NotFound
        | Answer::Page(_)
        | Answer::Incident(_)
        | Answer::Delivery(_)
        | Answer::Deliveries(_)
        | Answer::Review(_)
        | Answer::PageRefused(_)
        | Answer::IncidentRefused(_)
        | Answer::ReviewChanged => Err(Error::not_found("silence")),
    }
}

async fn extend_silence(
    frame: Frame,
    Path(id): Path<String>,
    Checked(form): Checked,
) -> Result<Response, Error> {
    let silence = find(&frame, &id)?;
    let to = format!("/silences/{id}");
    let longer = |hours| {
        let end = silence.ends_at.max(frame.now);
        end.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(end)
    };
    let ends_at = match form.text("by") {
        "1h" => longer(1),
        "4h" => longer(4),
        _ => match form.instant("until") {
            Ok(Some(until)) => until,
            Ok(None) => return Ok(flash::refused(&to, "Say until when.")),
            Err(error) => return Ok(flash::refused(&to, error.detail)),
        },
    };
    let draft = Draft {
        id: Some(id.clone()),
        ends_at,
        matchers: silence.matchers,
        starts_at: silence.starts_at,
        created_by: silence.created_by,
        by: Some(by(&frame, &form)),
        comment: silence.comment,
        until_resolved: None,
        repeats: None,
    };
    Ok(match set(frame.decide("silence", &id, Input::SetSilence(draft)).await?)? {
        Ok(silence) => {
            let said = format!("It lasts until {} now.", time::moment(ends_at));
            flash::done(&format!("/silences/{}", silence.id), said)
        }
        Err(refusal) => flash::refused(&to, refusal.to_string()),
    })
}

async fn expire_silence(
    frame: Frame,
    Path(id): Path<String>,
    Checked(form): Checked,
) -> Result<Response, Error> {
    find(&frame, &id)?;
    let input = Input::Silence(id.clone(), SilenceInput::Expire { by: by(&frame, &form) });
    let answer = frame.decide("expire", &id, input).await?;
    let done = "It is over. What fires is told at the next look of its group.";
    flash::answered(&format!("/silences/{id}"), &answer, frame.plan(), done)
}

async fn comment_silence(
    frame: Frame,
    Path(id): Path<String>,
    Checked(form): Checked,
) -> Result<Response, Error> {
    find(&frame, &id)?;
    let to = format!("/silences/{id}");
    let text = match form.prose("text", "The comment", COMMENT_BYTES_MAX) {
        Ok(text) if !text.is_empty() => text,
        Ok(_) => return Ok(flash::refused(&to, "The comment is empty.")),
        Err(error) => return Ok(flash::refused(&to, error.detail)),
    };
    let input = Input::Silence(id.clone(), SilenceInput::Comment { by: by(&frame, &form), text });
    let answer = frame.decide("comment", &id, input).await?;
    flash::answered(&to, &answer, frame.plan(), "Written down.")
}
