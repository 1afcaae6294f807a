//! The history: firings that have ended, newest first.

use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use stentor_domain::matchers::Matchers;
use stentor_domain::matchers::parse;
use stentor_domain::plan::Plan;
use stentor_store::episodes::{self, Episode};
use stentor_store::error::Error as StoreError;

use super::cards;
use super::frame::{Frame, Source, html};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::history::{EpisodeRow, HistoryList};
use crate::pages::layout::Section;
use crate::routes::{self, Routes};

/// So many episodes are read at once.
const READ_AT_ONCE: i64 = 500;

/// So many episodes are looked through for one screenful; what is further back is asked for by "Older".
const SEARCHED_MAX: usize = 10_000;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/history", get(list_history))
}

/// What the list is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    filter: String,
    before: String,
}

/// One screenful, and where to go on.
#[derive(Default)]
struct Screenful {
    found: Vec<Episode>,
    /// The last episode that was looked at, when there may be more.
    last: Option<Episode>,
}

async fn list_history(frame: Frame, Query(wanted): Query<Wanted>) -> Result<Response, Error> {
    let (matchers, filter_problem) = match parse::matchers(&wanted.filter) {
        Ok(matchers) => (Some(matchers), None),
        Err(error) => (None, Some(format!("The filter cannot be read: {error}."))),
    };
    let before = wanted.before.parse().ok();
    let (layout, (episodes, last)) = frame
        .read(Section::Alerts, move |from| {
            let Some(matchers) = matchers else { return Ok((vec![], None)) };
            let Screenful { found, last } = screenful(from, &matchers, before)?;
            Ok((found.iter().map(|it| row(from.plan, it)).collect(), last))
        })
        .await?;
    let filter = wanted.filter;
    let next = last
        .as_ref()
        .map(|last| format!("/history?filter={}&before={}", routes::escaped(&filter), last.seq));
    let episodes: Vec<EpisodeRow> = episodes;
    let cut_short = episodes.len() < cards::ROWS;
    let searched = last.filter(|_| cut_short).map(|last| last.ended_at);
    Ok(html(&HistoryList { layout, filter, filter_problem, episodes, searched, next }))
}

fn screenful(
    from: &mut Source<'_>,
    matchers: &Matchers,
    mut before: Option<i64>,
) -> Result<Screenful, StoreError> {
    let (mut screen, mut searched) = (Screenful::default(), 0);
    while searched < SEARCHED_MAX {
        let some = episodes::list(from.db, before, READ_AT_ONCE)?;
        let ended = some.len() < usize::try_from(READ_AT_ONCE).unwrap_or(usize::MAX);
        searched += some.len();
        for episode in some {
            if screen.found.len() == cards::ROWS {
                return Ok(screen);
            }
            before = Some(episode.seq);
            if matchers.matches(&episode.labels) {
                screen.found.push(episode.clone());
            }
            screen.last = Some(episode);
        }
        if ended {
            return Ok(Screenful { last: None, ..screen });
        }
    }
    Ok(screen)
}

/// Returns an episode as a list shows it.
pub(super) fn row(plan: &Plan, episode: &Episode) -> EpisodeRow {
    let level = plan.severities.level(episode.labels.get("severity"));
    EpisodeRow {
        seq: episode.seq,
        fingerprint: episode.fingerprint.to_string(),
        name: cards::alert_name(&episode.labels),
        summary: cards::summary(&episode.annotations),
        severity: cards::rank(plan, level),
        labels: cards::labels(&episode.labels).filter(|it| it.name != "alertname").collect(),
        started_at: episode.started_at,
        ended_at: episode.ended_at,
    }
}
