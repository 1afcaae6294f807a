//! One alert: where the routes sent it, and why somebody was told or not.

use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use stentor_domain::alert::Alert;
use stentor_domain::explain::{self, Ear, Question, SilencedBy, Trace, Way};
use stentor_domain::group::{Group, GroupId, PAGER};
use stentor_domain::labels::{Fingerprint, Labels};
use stentor_domain::matchers::{Matcher, Op};
use stentor_domain::page::{Page, State};
use stentor_domain::routing::Route;
use stentor_domain::standing::View;
use stentor_store::episodes::{self, Episode};
use stentor_store::error::Error as StoreError;
use stentor_store::pages;

use super::frame::{Frame, Source, html};
use super::{alert_list, cards, told};
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::address::WebAddress;
use crate::pages::alert::{
    AlertRow, AlertShow, Check, EarRow, EpisodeTold, Label, RouteTaken, ToldRow,
};
use crate::pages::layout::Section;
use crate::pages::time;
use crate::routes::{self, Routes};

/// So many of the newest firings are shown with what was told of them.
const EPISODES_SHOWN: i64 = 10;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/alerts", get(alert_list::list_alerts)).on(
        Permission::Read,
        "/alerts/{fingerprint}",
        get(show_alert),
    )
}

/// So many of the newest pages are looked through for the last one of a group.
const PAGES_SEARCHED: i64 = 300;

async fn show_alert(frame: Frame, Path(print): Path<String>) -> Result<Response, Error> {
    let print: Fingerprint = print.parse().map_err(|_| Error::not_found("alert"))?;
    let (layout, seen) = frame.read(Section::Alerts, move |from| Seen::read(from, print)).await?;
    let Seen { alert, row, checks, routes, told, episodes } =
        seen.ok_or_else(|| Error::not_found("alert"))?;
    let same_name = Matcher::new("alertname", Op::Equals, alert.labels.get("alertname"));
    Ok(html(&AlertShow {
        layout,
        alert: row,
        labels: labels(&alert.labels),
        annotations: cards::labels(&alert.annotations).collect(),
        generator_url: WebAddress::read(&alert.generator_url),
        runbook_url: WebAddress::read(alert.annotations.get("runbook_url"))
            .or_else(|| WebAddress::read(alert.annotations.get("runbook"))),
        updated_at: alert.updated_at,
        expires_at: alert.firing(frame.now).then_some(alert.ends_at),
        checks,
        routes,
        told,
        episodes,
        same_name: same_name.map(|it| it.to_string()).unwrap_or_default(),
    }))
}

/// Returns the labels, each with the address of all alerts that have it, suppressed ones included.
fn labels(labels: &Labels) -> Vec<(Label, String)> {
    let row = |label: Label| {
        let matcher = Matcher::new(&label.name, Op::Equals, &label.value);
        let filter = matcher.map(|it| it.to_string()).unwrap_or_default();
        let filter = routes::escaped(&filter);
        let href = format!("/alerts?filter={filter}&silenced=true&inhibited=true&muted=true");
        (label, href)
    };
    cards::labels(labels).map(row).collect()
}

/// What is known of one alert.
struct Seen {
    alert: Alert,
    row: AlertRow,
    checks: Vec<Check>,
    routes: Vec<RouteTaken>,
    told: Vec<ToldRow>,
    episodes: Vec<EpisodeTold>,
}

impl Seen {
    fn read(from: &mut Source<'_>, print: Fingerprint) -> Result<Option<Self>, StoreError> {
        let kept = from.standing().view(print).map(View::alert);
        let past = episodes::of_alert(from.db, print, None, EPISODES_SHOWN)?;
        let Some(alert) = kept.clone().or_else(|| past.first().map(of_episode)) else {
            return Ok(None);
        };
        let known = from.groups_of(&alert.labels)?;
        let trace = {
            let (plan, standing) = (from.plan, &from.standing());
            let question = Question { plan, standing, groups: &known, now: from.now };
            explain::trace(question, &alert.labels)
        };
        // What is no longer kept would be explained as if it began now.
        let is_told_of = kept.is_some() && trace.known;
        let ways = trace.ways.iter().filter(|_| is_told_of);
        let kept_back = kept_back(&trace);
        let ways = ways.map(|it| way(from, (it, kept_back), known.get(&it.group), &alert));
        let routes = ways.collect::<Result<Vec<_>, StoreError>>()?;
        let now = alert.firing(from.now).then_some((alert.starts_at, from.now));
        let mut told = match now {
            Some(window) => told::of_alert(from, print, &explained(&trace), window)?,
            None => vec![],
        };
        told.reverse();
        let episodes = past.iter().map(|it| told::of_episode(from, it));
        let episodes = episodes.collect::<Result<Vec<_>, StoreError>>()?;
        let checks = checks(&trace, kept.is_some());
        let row = cards::alert_row(from, &alert);
        Ok(Some(Self { row, checks, routes, told, episodes, alert }))
    }
}

fn explained(trace: &Trace) -> Vec<GroupId> {
    trace.ways.iter().map(|way| way.group).collect()
}

/// Returns an alert as it was when its firing ended.
fn of_episode(episode: &Episode) -> Alert {
    Alert {
        labels: episode.labels.clone(),
        annotations: episode.annotations.clone(),
        generator_url: String::new(),
        starts_at: episode.started_at,
        ends_at: episode.ended_at,
        updated_at: episode.ended_at,
        timeout: false,
    }
}

/// Returns what is asked of an alert before its routes are, in order.
fn checks(trace: &Trace, kept: bool) -> Vec<Check> {
    let fine = |text: &str| Check { fine: true, text: text.to_owned(), link: None };
    let firing = match (kept, trace.firing) {
        (true, true) => fine("It fires."),
        (true, false) => Check {
            fine: false,
            text: "It has resolved; receivers that want to know are told so once.".to_owned(),
            link: None,
        },
        (false, _) => {
            let text = "It has ended, and everybody who had to know was told.".to_owned();
            return vec![Check { fine: false, text, link: None }];
        }
    };
    let inhibited = match &trace.inhibited_by {
        Some((print, labels)) => Check {
            fine: false,
            text: "Inhibited: a graver alert fires, ".to_owned(),
            link: Some((format!("/alerts/{print}"), cards::alert_name(labels))),
        },
        None => fine("No other alert inhibits it."),
    };
    let mut checks = vec![firing, inhibited];
    checks.extend(trace.silenced_by.iter().map(|silence| Check {
        fine: false,
        text: format!("Silenced until {} by ", time::moment(silence.ends_at)),
        link: Some((format!("/silences/{}", silence.id), said_by(silence))),
    }));
    if trace.silenced_by.is_empty() {
        checks.push(fine("No silence hits it."));
    }
    let mutes = |way: &Way| !way.muted_by.is_empty();
    checks.push(match (trace.ways.iter().all(mutes), trace.ways.iter().any(mutes)) {
        (true, true) => Check {
            fine: false,
            text: "Muted: no route that it takes may tell anybody at this time.".to_owned(),
            link: None,
        },
        (false, true) => fine("A part of its routes is muted at this time, not all."),
        (_, false) => fine("No time interval mutes its routes."),
    });
    checks
}

fn said_by(SilencedBy { created_by, comment, .. }: &SilencedBy) -> String {
    match comment.is_empty() {
        true => created_by.clone(),
        false => format!("{created_by}: {comment}"),
    }
}

fn way(
    from: &mut Source<'_>,
    (way, kept_back): (&Way, Option<&str>),
    group: Option<&Group>,
    alert: &Alert,
) -> Result<RouteTaken, StoreError> {
    let page = page_of(from, way.group)?;
    let node = from
        .plan
        .routes
        .find(&alert.labels)
        .into_iter()
        .find(|at| GroupId(from.plan.routes.nodes[*at].group(&alert.labels).id) == way.group);
    let route = node.map(|at| &from.plan.routes.nodes[at]);
    let path: Vec<&str> = way.path.iter().skip(1).map(String::as_str).collect();
    Ok(RouteTaken {
        route: if path.is_empty() { "default route".to_owned() } else { path.join(" › ") },
        receiver: way.receiver.clone(),
        group_key: way.group_key.clone(),
        group: route
            .map(|it| cards::labels(&it.group(&alert.labels).labels).collect())
            .unwrap_or_default(),
        muted_by: way.muted_by.clone(),
        next_at: way.next_at,
        ears: way.ears.iter().map(|it| ear(it, kept_back)).collect(),
        why: route
            .map(|route| why(from, (route, way.group), group, page.as_ref()))
            .unwrap_or_default(),
        page: page.map(|page| (page.id.to_string(), page.title)),
    })
}

/// Returns what keeps an alert from everybody, in one word: the checks above have said by what.
fn kept_back(trace: &Trace) -> Option<&'static str> {
    match (trace.silenced_by.is_empty(), &trace.inhibited_by) {
        (false, _) => Some("silenced"),
        (true, Some(_)) => Some("inhibited"),
        (true, None) => None,
    }
}

fn ear(ear: &Ear, kept_back: Option<&str>) -> EarRow {
    let name = if ear.name == PAGER { "people on call".to_owned() } else { ear.name.clone() };
    let why = match (kept_back, ear.last) {
        (None, _) => ear.why.clone(),
        (Some(word), None) => format!("not told while it is {word}"),
        (Some(word), Some(last)) => {
            let at = time::moment(last.at);
            format!("not told while it is {word}; heard of the group at {at}")
        }
    };
    EarRow { name, why, told: ear.told.is_some() }
}

/// Returns the page of a group: the open one, or the newest of those that are resolved.
fn page_of(from: &mut Source<'_>, group: GroupId) -> Result<Option<Page>, StoreError> {
    if let Some(open) = pages::open_by_group(from.db, group)? {
        return Ok(Some(open.it));
    }
    let newest = pages::list(from.db, &pages::Filter::default(), PAGES_SEARCHED)?;
    Ok(newest.into_iter().find(|page| page.group == Some(group)))
}

fn why(
    from: &Source<'_>,
    (route, id): (&Route, GroupId),
    group: Option<&Group>,
    page: Option<&Page>,
) -> String {
    let fires = from.standing().group(id).is_some_and(|members| members.firing > 0);
    let pager = from.plan.receivers.get(&route.receiver).and_then(|it| it.escalate.as_deref());
    let open = page.filter(|page| page.state != State::Resolved);
    match (pager, group, open) {
        (_, _, Some(page)) => format!("The page runs the escalation policy {}.", page.policy.name),
        // Whoever has no policy at all pages by other means, and knows it.
        (None, _, None) if from.plan.policies.is_empty() => String::new(),
        (None, _, None) => {
            format!("The receiver {} runs none of Stentor's escalation policies.", route.receiver)
        }
        (Some(policy), Some(group), None) if group.log.contains_key(PAGER) => format!(
            "{policy} was asked, and the page is resolved; it is asked again when another alert \
             joins the group, or after the repeat interval."
        ),
        (Some(policy), Some(group), None) if fires => {
            let at = time::moment(group.flush_at);
            format!("The group waits for company; {policy} is asked at {at}.")
        }
        (Some(policy), Some(_) | None, None) => match page {
            Some(page) => format!("The page that {} was asked by is resolved.", page.policy.name),
            None => format!("No alert of its group fires, so {policy} is not asked."),
        },
    }
}
