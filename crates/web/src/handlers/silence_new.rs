//! Making a silence: the form, what it would hit, and the deed.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use stentor_domain::labels::{Fingerprint, Labels};
use stentor_domain::matchers::{Matcher, Matchers, Op};
use stentor_domain::silence::{Draft, Every, Repeats};
use stentor_engine::Input;

use super::form::{Checked, Form};
use super::frame::{Frame, Source, html};
use super::{flash, silence, typed};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::layout::Section;
use crate::pages::silence::{SilenceNew, SilencePreview, SilenceTyped, Wider};
use crate::pages::time;
use crate::routes::{self, Routes};

/// So many ways to silence more are offered.
const WIDER_SHOWN: usize = 3;

/// The zone of a recurring silence that names none.
const ZONE: &str = "UTC";

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Silence, "/silences/new", get(show_new)).on(
        Permission::Silence,
        "/silences",
        post(make_silence),
    )
}

/// What a silence begins with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct For {
    /// Matchers.
    filter: String,
    /// The fingerprint of an alert, whose labels become matchers.
    alert: String,
    /// The id of a silence to make once more.
    again: String,
    comment: String,
}

async fn show_new(frame: Frame, Query(about): Query<For>) -> Result<Response, Error> {
    let mut typed = SilenceTyped {
        matchers: about.filter.clone(),
        comment: about.comment,
        zone: ZONE.to_owned(),
        ..SilenceTyped::default()
    };
    if let Ok(matchers) = typed::matchers(&about.filter) {
        typed.matchers = written(&matchers);
    }
    if !about.again.is_empty() {
        let before = silence::find(&frame, &about.again)?;
        typed.matchers = written(&before.matchers);
        typed.comment = before.comment;
        typed.until_resolved = before.until_resolved;
    }
    if !about.alert.is_empty() {
        let print: Fingerprint = about.alert.parse().map_err(|_| Error::not_found("alert"))?;
        let labels = frame.app.standing().labels(print);
        let labels = labels.ok_or_else(|| Error::not_found("alert"))?;
        typed.matchers = written(&matchers_of(&labels));
        if !labels.get("alertname").is_empty() {
            typed.comment = format!("Silenced from the alert {}", labels.get("alertname"));
        }
    }
    Ok(html(&view(&frame, typed, None).await?))
}

/// Returns matchers that an alert with these labels fits.
fn matchers_of(labels: &Labels) -> Matchers {
    let equals = |(name, value)| Matcher::new(name, Op::Equals, value).ok();
    Matchers(labels.iter().filter_map(equals).collect())
}

/// Returns matchers as a person writes them.
fn written(Matchers(matchers): &Matchers) -> String {
    matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

async fn view(
    frame: &Frame,
    typed: SilenceTyped,
    problem: Option<String>,
) -> Result<SilenceNew, Error> {
    let read = typed::matchers(&typed.matchers);
    let unread = read.as_ref().err().map(|why| format!("The matchers cannot be read: {why}."));
    let matchers = read.ok().filter(|Matchers(matchers)| !matchers.is_empty());
    let (seen, comment) = (typed.matchers.clone(), typed.comment.clone());
    let (layout, preview) = frame
        .read(Section::Silences, move |from| {
            let Some(matchers) = matchers else { return Ok(None) };
            let mut preview = preview(from, &matchers, seen);
            preview.wider = wider(from, &matchers, &comment, &preview);
            Ok(Some(preview))
        })
        .await?;
    Ok(SilenceNew { layout, problem: problem.or(unread), typed, preview })
}

fn preview(from: &Source<'_>, matchers: &Matchers, seen: String) -> SilencePreview {
    let (prints, firing) = {
        let standing = from.standing();
        (standing.select(matchers, from.now), standing.count().1)
    };
    let alerts = silence::first_alerts(from, &prints);
    let read = matchers.0.iter().map(ToString::to_string).collect();
    SilencePreview { seen, read, hits: prints.len(), firing, alerts, wider: vec![] }
}

/// Returns single matchers that hit more than all of them do together, and not everything; the alertname first.
fn wider(
    from: &Source<'_>,
    Matchers(matchers): &Matchers,
    comment: &str,
    preview: &SilencePreview,
) -> Vec<Wider> {
    let (standing, comment) = (from.standing(), routes::escaped(comment));
    let wider = |matcher: &Matcher| {
        let filter = routes::escaped(&matcher.to_string());
        Wider {
            matcher: matcher.to_string(),
            hits: standing.select(&Matchers(vec![matcher.clone()]), from.now).len(),
            href: format!("/silences/new?filter={filter}&comment={comment}"),
        }
    };
    let (named, others): (Vec<&Matcher>, Vec<&Matcher>) =
        matchers.iter().partition(|matcher| matcher.name == "alertname");
    let mut others: Vec<Wider> = others.into_iter().map(wider).collect();
    others.sort_by_key(|it| it.hits);
    let all = named.into_iter().map(wider).chain(others);
    let useful = all.filter(|it| (preview.hits + 1..preview.firing).contains(&it.hits));
    useful.take(WIDER_SHOWN).collect()
}

fn fields(form: &Form) -> SilenceTyped {
    let text = |name: &str| form.text(name).to_owned();
    SilenceTyped {
        matchers: text("matchers"),
        comment: text("comment"),
        created_by: text("created_by"),
        starts_at: text("starts_at"),
        ends_at: text("ends_at"),
        until_resolved: form.text("until_resolved") == "true",
        repeats: text("repeats"),
        zone: text("zone"),
    }
}

async fn make_silence(frame: Frame, Checked(form): Checked) -> Result<Response, Error> {
    if form.text("do") == "preview" {
        return Ok(html(&view(&frame, fields(&form), None).await?));
    }
    let draft = match draft(&frame, &form) {
        Ok(draft) => draft,
        Err(error) => return refused(&frame, &form, error.detail).await,
    };
    // What it would hit was shown for these matchers, or is harmless: nothing and everything need a second look.
    if form.text("seen") != form.text("matchers") {
        let view = view(&frame, fields(&form), None).await?;
        if view.preview.as_ref().is_some_and(|preview| preview.warning().is_some()) {
            return Ok(html(&view));
        }
    }
    let ends_at = draft.ends_at;
    let hits = frame.app.standing().select(&draft.matchers, frame.now).len();
    match silence::set(frame.decide("silence", "", Input::SetSilence(draft)).await?)? {
        Ok(silence) => {
            let end = time::moment(ends_at);
            let alerts = if hits == 1 { "alert" } else { "alerts" };
            let said = format!("Silenced until {end}: {hits} {alerts} now.");
            Ok(flash::done(&format!("/silences/{}", silence.id), said))
        }
        Err(refusal) => refused(&frame, &form, format!("{refusal}.")).await,
    }
}

async fn refused(frame: &Frame, form: &Form, why: String) -> Result<Response, Error> {
    let view = view(frame, fields(form), Some(why)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&view)).into_response())
}

fn draft(frame: &Frame, form: &Form) -> Result<Draft, Error> {
    let matchers = typed::matchers(form.text("matchers")).map_err(|why| {
        Error::invalid("matchers", format!("The matchers cannot be read: {why}."))
    })?;
    let starts_at = form.instant("starts_at")?.unwrap_or(frame.now);
    let repeats = match form.text("repeats") {
        "day" => Some(Every::Day),
        "week" => Some(Every::Week),
        _ => None,
    };
    let zone = Some(form.text("zone")).filter(|zone| !zone.is_empty()).unwrap_or(ZONE);
    Ok(Draft {
        id: None,
        matchers,
        starts_at,
        ends_at: end(form, starts_at)?,
        created_by: silence::by(frame, form),
        by: None,
        comment: form.prose("comment", "The reason", silence::COMMENT_BYTES_MAX)?,
        until_resolved: Some(form.text("until_resolved") == "true"),
        repeats: repeats.map(|every| Repeats::new(every, zone.to_owned())),
    })
}

fn end(form: &Form, starts_at: Timestamp) -> Result<Timestamp, Error> {
    let minutes = match form.text("for") {
        "30m" => 30,
        "1h" => 60,
        "2h" => 2 * 60,
        "4h" => 4 * 60,
        "1d" => 24 * 60,
        _ => {
            let until = form.instant("ends_at")?;
            let missing = || Error::invalid("ends_at", "Say for how long, or until when.");
            return until.ok_or_else(missing);
        }
    };
    let end = starts_at.saturating_add(SignedDuration::from_mins(minutes));
    Ok(end.unwrap_or(starts_at))
}
