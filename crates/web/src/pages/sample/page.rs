//! Samples of pages, of the first page and of signed links.

use super::{alert, at, door, flash, incident, instant, layout, oncall, sev, some};
use crate::pages::{
    address::WebAddress,
    alert::Label,
    layout::{Layout, Section},
    link::{LinkConfirm, LinkPage, LinkView},
    now::{FailingRow, Firing, FirstAlert, Now, RefusedPlan, SeverityCount},
    page::{
        Attempt, Delivery, HistoryLine, IncidentLink, NextStep, PageCard, PageShow, PagesList,
        Reason,
    },
    state::{DeliveryState, PageState},
};

pub(super) fn triggered() -> PageCard {
    PageCard {
        id: "pag_01jwrk9x2q".to_owned(),
        title: "Payments: replica lag above 30 s on db-prod-2".to_owned(),
        state: PageState::Triggered,
        severity: sev(1),
        service: some("payments-db"),
        triggered_at: at("10:31:05"),
        person: some("Alice Ops"),
        changed_at: at("10:31:05"),
        next_step: Some(NextStep {
            step: 2,
            due_at: at("10:36:05"),
            who: "Ben (platform-secondary)".to_owned(),
        }),
        incident: None,
        alerts: 2,
    }
}

pub(super) fn acknowledged() -> PageCard {
    PageCard {
        id: "pag_01jwrhpe8n".to_owned(),
        title: "Checkout API: 30% of requests answer 5xx".to_owned(),
        state: PageState::Acknowledged,
        severity: sev(2),
        service: some("checkout-api"),
        triggered_at: at("10:04:12"),
        person: some("Ben Carter"),
        changed_at: at("10:06:40"),
        next_step: None,
        incident: Some(IncidentLink { id: "inc_01jwrhpf".to_owned(), name: "INC-7".to_owned() }),
        alerts: 3,
    }
}

fn resolved() -> PageCard {
    PageCard {
        id: "pag_01jwq2m9c4".to_owned(),
        title: "InstanceDown: db-prod-1:9100".to_owned(),
        state: PageState::Resolved,
        severity: sev(3),
        service: None,
        triggered_at: instant("2025-06-01T22:12:00Z"),
        person: some("Alice Ops"),
        changed_at: instant("2025-06-01T22:31:00Z"),
        next_step: None,
        incident: None,
        alerts: 1,
    }
}

fn firing() -> Firing {
    let severity = |word: &str, level, alerts| SeverityCount {
        word: word.to_owned(),
        rank: sev(level),
        alerts,
        href: format!("/alerts?filter=severity%3D%22{word}%22"),
    };
    Firing {
        total: 7,
        unpaged: 0,
        severities: vec![severity("critical", 1, 1), severity("high", 2, 3), severity("", 4, 1)],
        silenced: 1,
        inhibited: 1,
        muted: 0,
        failing: vec![FailingRow {
            to: "slack-notifications/slack/0".to_owned(),
            href: "/groups?receiver=slack-notifications".to_owned(),
            groups: 2,
            since: at("10:06"),
            why: "connection refused".to_owned(),
        }],
    }
}

impl Now {
    /// Returns the middle of an outage, with a refused plan on top.
    pub fn sample() -> Now {
        Now {
            layout: Layout { plan_refused: true, ..layout(Section::Now) },
            triggered: vec![triggered()],
            acknowledged: vec![acknowledged()],
            incidents: vec![incident::open()],
            oncall: oncall::now(),
            firing: firing(),
            has_policies: true,
            refused_plan: Some(RefusedPlan {
                problems: 2,
                first: "stentor.yml:41:15: there is no schedule `platform-primry`".to_owned(),
                refused_at: at("10:20"),
                in_force_since: at("10:02"),
            }),
            first_alert: None,
        }
    }

    /// Returns a quiet day.
    pub fn quiet() -> Now {
        Now {
            layout: Layout { pages_waiting: 0, incidents_open: 0, ..layout(Section::Now) },
            triggered: Vec::new(),
            acknowledged: Vec::new(),
            incidents: Vec::new(),
            oncall: oncall::now(),
            firing: Firing::default(),
            has_policies: true,
            refused_plan: None,
            first_alert: None,
        }
    }

    /// Returns the place of Alertmanager, where no plan pages anybody.
    pub fn without_policies() -> Now {
        Now {
            firing: Firing { unpaged: 7, ..firing() },
            has_policies: false,
            oncall: vec![],
            ..Now::quiet()
        }
    }

    /// Returns a new installation.
    pub fn empty() -> Now {
        Now {
            first_alert: Some(FirstAlert { url: "http://localhost:9093".to_owned() }),
            ..Now::quiet()
        }
    }
}

impl PagesList {
    /// Returns two open pages and a resolved one.
    pub fn sample() -> PagesList {
        PagesList {
            layout: Layout {
                flash: flash("Acknowledged. The escalation has stopped."),
                ..layout(Section::Pages)
            },
            open: vec![triggered(), acknowledged()],
            resolved: vec![resolved()],
            next: some("/pages?after=pag_01jwq2m9c4"),
        }
    }

    /// Returns a list before the first page.
    pub fn empty() -> PagesList {
        let layout = Layout { pages_waiting: 0, ..layout(Section::Pages) };
        PagesList { layout, open: Vec::new(), resolved: Vec::new(), next: None }
    }
}

impl PageShow {
    /// Returns a page that waits for an answer.
    pub fn sample() -> PageShow {
        PageShow {
            layout: layout(Section::Pages),
            page: triggered(),
            runbook_url: WebAddress::read("https://git.example.com/runbooks/database-outage.md"),
            policy: "platform".to_owned(),
            receiver: some("platform-critical"),
            asked_by: None,
            summary: vec!["db-prod-2 is 42 s behind its primary".to_owned()],
            group_labels: vec![Label::new("alertname", "ReplicaLag"), Label::new("cluster", "eu")],
            reasons: vec![Reason {
                person: "Alice Ops".to_owned(),
                why: "on call for platform-primary until Mon 09:00 Europe/Berlin, step 1 of 3"
                    .to_owned(),
                at: at("10:31:05"),
            }],
            alerts: vec![alert::replica_lag(), alert::pool()],
            deliveries: deliveries(),
            history: history(),
            can_acknowledge: true,
            can_resolve: true,
            can_declare: true,
        }
    }

    /// Returns a page that somebody is on.
    pub fn acknowledged() -> PageShow {
        PageShow {
            page: acknowledged(),
            alerts: vec![alert::error_rate()],
            can_acknowledge: false,
            can_declare: false,
            ..PageShow::sample()
        }
    }

    /// Returns a page that a person asked for, before anything was sent.
    pub fn by_hand() -> PageShow {
        PageShow {
            receiver: None,
            asked_by: some("Ben Carter"),
            group_labels: Vec::new(),
            reasons: Vec::new(),
            alerts: Vec::new(),
            deliveries: Vec::new(),
            history: Vec::new(),
            runbook_url: None,
            ..PageShow::sample()
        }
    }
}

fn deliveries() -> Vec<Delivery> {
    let attempt =
        |clock: &str, ok, answer: &str| Attempt { at: at(clock), ok, answer: answer.to_owned() };
    vec![
        Delivery {
            id: "dlv_01jwrka2".to_owned(),
            person: "Alice Ops".to_owned(),
            channel: "email".to_owned(),
            address: "a•••@example.com".to_owned(),
            state: DeliveryState::Sent,
            created_at: at("10:31:09"),
            attempts: vec![attempt("10:31:10", true, "250 2.0.0 Ok: queued as 4ZkQ1x0c7zP")],
            next_at: None,
        },
        Delivery {
            id: "dlv_01jwrk9y".to_owned(),
            person: "Alice Ops".to_owned(),
            channel: "slack".to_owned(),
            address: "#incident-response".to_owned(),
            state: DeliveryState::Queued,
            created_at: at("10:31:06"),
            attempts: vec![
                attempt("10:31:06", false, "429 rate limited, retry after 30 s"),
                attempt("10:31:36", false, "503 service unavailable"),
            ],
            next_at: Some(at("10:34:36")),
        },
    ]
}

fn history() -> Vec<HistoryLine> {
    let line =
        |clock: &str, icon, text: &str| HistoryLine { at: at(clock), icon, text: text.to_owned() };
    vec![
        line("10:31:05", "bell", "Triggered by the group ReplicaLag, eu"),
        line("10:31:05", "person", "Step 1: paged Alice Ops, on call for platform-primary"),
        line("10:31:06", "warn", "Slack answered 429; fell over to email"),
        line("10:31:10", "check", "Email to Alice Ops was taken"),
    ]
}

fn link_page(state: PageState, changed: Option<(&str, &str)>) -> LinkPage {
    LinkPage {
        id: "pag_01jwrhpe8n".to_owned(),
        path: "/l/dlv_01jwrhpg/mJ8c2kq0".to_owned(),
        person: "Alice Ops".to_owned(),
        title: "Checkout API: 30% of requests answer 5xx".to_owned(),
        state,
        severity: sev(2),
        service: some("checkout-api"),
        triggered_at: at("10:04:12"),
        changed: changed.map(|(person, clock)| (person.to_owned(), at(clock))),
        runbook_url: WebAddress::read("https://git.example.com/runbooks/checkout.md"),
    }
}

impl LinkConfirm {
    /// Returns the link of a page that waits.
    pub fn sample() -> LinkConfirm {
        LinkConfirm::of(LinkView::Open(link_page(PageState::Triggered, None)))
    }

    /// Returns the link of a page that somebody else has acknowledged.
    pub fn acknowledged() -> LinkConfirm {
        let page = link_page(PageState::Acknowledged, Some(("Ben Carter", "10:06")));
        LinkConfirm::of(LinkView::Acknowledged(page))
    }

    /// Returns the link of a page that is over.
    pub fn resolved() -> LinkConfirm {
        let page = link_page(PageState::Resolved, Some(("Ben Carter", "10:30")));
        LinkConfirm::of(LinkView::Resolved(page))
    }

    /// Returns a link that is too old.
    pub fn expired() -> LinkConfirm {
        LinkConfirm::of(LinkView::Expired { expired_at: instant("2025-05-30T10:04:00Z") })
    }

    /// Returns a damaged link.
    pub fn invalid() -> LinkConfirm {
        LinkConfirm::of(LinkView::Invalid)
    }

    fn of(view: LinkView) -> LinkConfirm {
        LinkConfirm { layout: door(), view }
    }
}
