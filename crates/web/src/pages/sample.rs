//! One believable state of the world, on every page: the outage of a checkout service.
//!
//! The tests render it, `examples/render_samples.rs` writes it to files to be looked at.

mod account;
mod alert;
mod group;
mod history;
mod incident;
mod oncall;
mod page;
mod plan;
mod route;
mod settings;
mod silence;

use askama::Template;
use jiff::Timestamp;

use super::{
    account::{InviteAccept, Setup, SignIn},
    alert::{AlertShow, AlertsList},
    error::ErrorShow,
    group::GroupsList,
    history::HistoryList,
    incident::{IncidentDeclare, IncidentShow, IncidentsList},
    layout::{Flash, Layout, Section, SignedIn, Theme},
    link::LinkConfirm,
    now::Now,
    oncall::OncallList,
    page::{PageShow, PagesList},
    people::PeopleList,
    plan::{PlanFile, PlanShow},
    postmortem::{PostmortemEdit, PostmortemShow},
    route::RoutesShow,
    settings::SettingsShow,
    silence::{SilenceNew, SilenceShow, SilencesList},
    state::Rank,
};

/// Renders every sample in `theme`, as `(name, html)`; the name serves as a file name.
pub fn all(theme: Theme) -> Vec<(&'static str, String)> {
    macro_rules! render {
        ($($name:literal: $page:expr),* $(,)?) => { vec![$(($name, {
            let mut page = $page;
            page.layout.theme = theme;
            page.render().expect("a sample renders")
        })),*] };
    }
    render![
        "now": Now::sample(),
        "now_quiet": Now::quiet(),
        "now_without_policies": Now::without_policies(),
        "now_first": Now::empty(),
        "pages": PagesList::sample(),
        "pages_empty": PagesList::empty(),
        "page_triggered": PageShow::sample(),
        "page_acknowledged": PageShow::acknowledged(),
        "page_by_hand": PageShow::by_hand(),
        "link_open": LinkConfirm::sample(),
        "link_acknowledged": LinkConfirm::acknowledged(),
        "link_resolved": LinkConfirm::resolved(),
        "link_expired": LinkConfirm::expired(),
        "link_invalid": LinkConfirm::invalid(),
        "incidents": IncidentsList::sample(),
        "incidents_empty": IncidentsList::empty(),
        "incident": IncidentShow::sample(),
        "incident_resolved": IncidentShow::resolved(),
        "incident_new": IncidentShow::empty(),
        "incident_declare": IncidentDeclare::sample(),
        "postmortem": PostmortemShow::sample(),
        "postmortem_edit": PostmortemEdit::sample(),
        "alerts": AlertsList::sample(),
        "alerts_empty": AlertsList::empty(),
        "alerts_grouped": AlertsList::grouped(),
        "alerts_all_silenced": AlertsList::all_silenced(),
        "alerts_without_label": AlertsList::without_label(),
        "alerts_bad_filter": AlertsList::bad_filter(),
        "alert": AlertShow::sample(),
        "silences": SilencesList::sample(),
        "silences_empty": SilencesList::empty(),
        "silence_new": SilenceNew::sample(),
        "silence_new_nothing": SilenceNew::nothing(),
        "silence": SilenceShow::sample(),
        "silence_expired": SilenceShow::expired(),
        "groups": GroupsList::sample(),
        "routes": RoutesShow::sample(),
        "history": HistoryList::sample(),
        "oncall": OncallList::sample(),
        "oncall_empty": OncallList::empty(),
        "plan": PlanShow::sample(),
        "plan_empty": PlanShow::empty(),
        "plan_file": PlanFile::sample(),
        "people": PeopleList::sample(),
        "settings": SettingsShow::sample(),
        "settings_empty": SettingsShow::empty(),
        "setup": Setup::sample(),
        "sign_in": SignIn::sample(),
        "invite": InviteAccept::sample(),
        "error": ErrorShow::sample(),
        "error_inside": ErrorShow::inside(),
    ]
}

/// The instant of every sample.
pub fn now() -> Timestamp {
    at("10:34:20")
}

/// Returns a time of the day of the outage, 2 June 2025, in UTC.
fn at(clock: &str) -> Timestamp {
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    instant(&format!("2025-06-02T{clock}{seconds}Z"))
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("samples hold well-formed instants")
}

/// Returns the frame of a signed-in administrator.
pub fn layout(section: Section) -> Layout {
    Layout {
        now: now(),
        user: Some(SignedIn {
            name: "Alice Ops".to_owned(),
            login: "alice".to_owned(),
            is_admin: true,
            can_respond: true,
        }),
        open: false,
        can_silence: true,
        theme: Theme::Auto,
        csrf: "sample-csrf-token".to_owned(),
        section,
        pages_waiting: 1,
        incidents_open: 1,
        has_people: true,
        plan_refused: false,
        flash: None,
        is_answer: false,
    }
}

/// Returns the frame of a reader without a session.
pub fn door() -> Layout {
    Layout { user: None, pages_waiting: 0, incidents_open: 0, ..layout(Section::Now) }
}

fn flash(text: &str) -> Option<Flash> {
    Some(Flash { ok: true, text: text.to_owned() })
}

/// Returns the severities of the example plan, worst first, with what they mean.
fn severities() -> [(Rank, &'static str); 4] {
    [
        (1, "Critical", "Complete outage or data loss: nobody can log in, nobody can pay."),
        (2, "High", "A large group of users is affected: checkout does not work for many."),
        (3, "Medium", "Something minor is broken and there is a way round."),
        (4, "Low", "Not urgent: a typo, a cosmetic fault."),
    ]
    .map(|(level, title, meaning)| {
        (Rank { level, name: format!("Sev-{level}"), title: title.to_owned() }, meaning)
    })
}

fn sev(level: usize) -> Rank {
    severities()[level - 1].0.clone()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
