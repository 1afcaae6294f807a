//! Samples of incidents and of their postmortem.

use super::{alert, at, instant, layout, now, page, sev, severities, some, strings};
use crate::pages::{
    chart::StripChart,
    incident::{
        Choice, Entry, IncidentCard, IncidentDeclare, IncidentShow, IncidentsList, Role,
        SeverityChoice,
    },
    layout::Section,
    page::IncidentLink,
    postmortem::{PostmortemEdit, PostmortemShow, SectionField},
    state::{EntryKind, IncidentState},
};

pub(super) fn open() -> IncidentCard {
    IncidentCard {
        id: "inc_01jwrhpf".to_owned(),
        name: "INC-7".to_owned(),
        title: "Checkout API outage".to_owned(),
        state: IncidentState::Identified,
        severity: sev(2),
        commander: some("Ben Carter"),
        declared_at: at("10:06:41"),
        resolved_at: None,
    }
}

fn past() -> IncidentCard {
    IncidentCard {
        id: "inc_01jvz0k1".to_owned(),
        name: "INC-6".to_owned(),
        title: "Login slow after the deployment of 4.12".to_owned(),
        state: IncidentState::Closed,
        severity: sev(3),
        commander: some("Alice Ops"),
        declared_at: instant("2025-05-23T14:02:00Z"),
        resolved_at: Some(instant("2025-05-23T14:48:00Z")),
    }
}

fn choice(value: &str, text: &str, selected: bool) -> Choice {
    Choice { value: value.to_owned(), text: text.to_owned(), selected }
}

pub(super) fn people() -> Vec<Choice> {
    vec![
        choice("alice", "Alice Ops", true),
        choice("ben", "Ben Carter", false),
        choice("chen", "Chen Li", false),
    ]
}

impl IncidentsList {
    /// Returns an open incident and a closed one.
    pub fn sample() -> IncidentsList {
        let layout = layout(Section::Incidents);
        let nobody = IncidentCard {
            id: "inc_01jwrkb0".to_owned(),
            name: "INC-8".to_owned(),
            title: "Payments replica lag".to_owned(),
            state: IncidentState::Declared,
            severity: sev(1),
            commander: None,
            declared_at: at("10:33"),
            resolved_at: None,
        };
        IncidentsList { layout, open: vec![nobody, open()], past: vec![past()], next: None }
    }

    /// Returns a list before the first incident.
    pub fn empty() -> IncidentsList {
        let layout = layout(Section::Incidents);
        IncidentsList { layout, open: Vec::new(), past: Vec::new(), next: None }
    }
}

fn entry(clock: &str, kind: EntryKind, by: Option<&str>, text: &str) -> Entry {
    Entry {
        id: format!("evt_{}", clock.replace(':', "")),
        kind,
        happened_at: at(clock),
        recorded_at: at(clock),
        text: text.to_owned(),
        by: by.map(str::to_owned),
    }
}

fn timeline() -> Vec<Entry> {
    let ben = Some("Ben Carter");
    let joined = Entry {
        recorded_at: at("10:31"),
        ..entry("10:10", EntryKind::Note, Some("Alice Ops"), "Engineers joined the call")
    };
    vec![
        entry("10:04", EntryKind::Alert, None, "CheckoutErrorRate fires: 30% of requests are 5xx"),
        entry("10:04:12", EntryKind::Page, None, "Page triggered by the receiver checkout"),
        entry("10:04:14", EntryKind::Delivery, None, "Email to Ben Carter was taken"),
        entry("10:05", EntryKind::Alert, None, "ConnectionPoolSaturated fires"),
        entry("10:06:40", EntryKind::Acknowledge, ben, "Acknowledged the page"),
        entry("10:06:41", EntryKind::State, None, "Declared: Sev-2 declares an incident"),
        entry("10:06:42", EntryKind::Role, None, "Ben Carter is commander, first to acknowledge"),
        entry("10:09", EntryKind::State, ben, "Investigating"),
        joined,
        entry(
            "10:18",
            EntryKind::Note,
            ben,
            "Pool of checkout-api is full: 100 of 100.\nNo deploy.",
        ),
        entry("10:24", EntryKind::Decision, ben, "Scale the database up before touching the pool"),
        entry(
            "10:30",
            EntryKind::State,
            ben,
            "Identified: connection limit of the database is 100",
        ),
        entry("10:31:05", EntryKind::Page, None, "Page triggered: replica lag on db-prod-2"),
    ]
}

fn roles() -> Vec<Role> {
    let role = |key: &str, title: &str, holder: Option<&str>| Role {
        key: key.to_owned(),
        title: title.to_owned(),
        holder: holder.map(str::to_owned),
    };
    vec![
        role("commander", "Commander", Some("Ben Carter")),
        role("scribe", "Scribe", Some("Alice Ops")),
        role("communications", "Communications lead", None),
        role("liaison", "Support liaison", None),
    ]
}

impl IncidentShow {
    /// Returns an incident half an hour in.
    pub fn sample() -> IncidentShow {
        let timeline = timeline();
        let states = [
            (IncidentState::Declared, at("10:06:41")),
            (IncidentState::Investigating, at("10:09")),
            (IncidentState::Identified, at("10:30")),
        ];
        IncidentShow {
            layout: layout(Section::Incidents),
            incident: open(),
            service: some("Checkout API"),
            roles: roles(),
            people: people(),
            next_states: vec![IncidentState::Monitoring, IncidentState::Resolved],
            severities: severities().map(|(rank, _)| rank).to_vec(),
            chart: StripChart::draw(&timeline, &states, now()),
            timeline,
            pages: vec![page::acknowledged()],
            alerts: vec![alert::error_rate(), alert::pool()],
            plan_revision: "12".to_owned(),
        }
    }

    /// Returns an incident that is over but not yet reviewed.
    pub fn resolved() -> IncidentShow {
        IncidentShow {
            incident: IncidentCard {
                state: IncidentState::Resolved,
                resolved_at: Some(at("10:33")),
                ..open()
            },
            next_states: vec![IncidentState::Closed, IncidentState::Investigating],
            ..IncidentShow::sample()
        }
    }

    /// Returns an incident that was just declared by hand.
    pub fn empty() -> IncidentShow {
        IncidentShow {
            incident: IncidentCard {
                state: IncidentState::Declared,
                commander: None,
                declared_at: at("10:34"),
                ..open()
            },
            next_states: vec![IncidentState::Investigating, IncidentState::Resolved],
            roles: roles().into_iter().map(|role| Role { holder: None, ..role }).collect(),
            timeline: vec![entry("10:34", EntryKind::State, Some("Alice Ops"), "Declared by hand")],
            chart: None,
            pages: Vec::new(),
            alerts: Vec::new(),
            ..IncidentShow::sample()
        }
    }
}

impl IncidentDeclare {
    /// Returns the form, reached from a page.
    pub fn sample() -> IncidentDeclare {
        let choices = severities().map(|(rank, description)| SeverityChoice {
            selected: rank.level == 2,
            rank,
            description: description.to_owned(),
        });
        IncidentDeclare {
            layout: layout(Section::Incidents),
            title: "Payments: replica lag above 30 s on db-prod-2".to_owned(),
            severities: choices.to_vec(),
            services: vec![
                choice("checkout-api", "Checkout API", false),
                choice("payments-db", "Payments database", true),
            ],
            commanders: people(),
            page: Some(("pag_01jwrk9x2q".to_owned(), page::triggered().title)),
            text: String::new(),
            happened_at: String::new(),
            problem: None,
        }
    }
}

const MARKDOWN: &str = "\
# Post-Incident Review: Checkout API Outage (2025-06-02)

## Summary
From 10:04 to 10:55 UTC the Checkout API answered with elevated error rates because the connection \
pool of its database was exhausted.

## Impact
- 30% of users were unable to place orders
- Average response times spiked to 5 s and more

## Root Cause
Misconfigured connection limits in the production database settings.

## Resolution
Increased the pool size, scaled up replicas, redeployed the service.

## Action Items
- [x] Add connection pool alerts
- [ ] Auto-scale the database based on usage

## Timeline
| Time (UTC) | Event |
|-----|-----|
| 10:04 | Alert triggered |
| 10:10 | Engineers joined call |
| 10:30 | RCA identified |
| 10:50 | Fix applied |
| 10:55 | Issue resolved |
";

const RENDERED: &str = "\
<h2>Summary</h2><p>From 10:04 to 10:55 UTC the Checkout API answered with elevated error rates \
because the connection pool of its database was exhausted.</p>\
<h2>Impact</h2><ul><li>30% of users were unable to place orders</li>\
<li>Average response times spiked to 5 s and more</li></ul>\
<h2>Root Cause</h2><p>Misconfigured connection limits in the production database settings.</p>\
<h2>Resolution</h2><p>Increased the pool size, scaled up replicas, redeployed the service.</p>\
<h2>Action Items</h2><ul>\
<li><input type=\"checkbox\" disabled checked aria-label=\"done\">Add connection pool alerts</li>\
<li><input type=\"checkbox\" disabled aria-label=\"open\">Auto-scale the database based on usage</li>\
</ul><h2>Timeline</h2><table><thead><tr><th>Time (UTC)</th><th>Event</th></tr></thead><tbody>\
<tr><td>10:04</td><td>Alert triggered</td></tr><tr><td>10:10</td><td>Engineers joined call</td></tr>\
<tr><td>10:30</td><td>RCA identified</td></tr><tr><td>10:50</td><td>Fix applied</td></tr>\
<tr><td>10:55</td><td>Issue resolved</td></tr></tbody></table>";

fn link() -> IncidentLink {
    IncidentLink { id: "inc_01jwrhpf".to_owned(), name: "INC-7".to_owned() }
}

impl PostmortemShow {
    /// Returns a postmortem that is half written.
    pub fn sample() -> PostmortemShow {
        PostmortemShow {
            layout: layout(Section::Incidents),
            incident: link(),
            title: "Checkout API Outage (2025-06-02)".to_owned(),
            html: RENDERED.to_owned(),
            markdown: MARKDOWN.to_owned(),
            edited: Some(("Alice Ops".to_owned(), at("10:33"))),
            unwritten: strings(&["Impact", "Resolution"]),
        }
    }
}

impl PostmortemEdit {
    /// Returns the form with one section written and one without any generated text.
    pub fn sample() -> PostmortemEdit {
        let section =
            |key: &str, title: &str, help: &str, text: &str, generated: &str| SectionField {
                key: key.to_owned(),
                title: title.to_owned(),
                help: help.to_owned(),
                text: text.to_owned(),
                generated: generated.to_owned(),
                theirs: None,
                rows: 4,
            };
        PostmortemEdit {
            layout: layout(Section::Incidents),
            incident: link(),
            sections: vec![
                section(
                    "summary",
                    "Summary",
                    "What happened, in two sentences.",
                    "",
                    "On June 2nd, from 10:04–10:55 UTC, Checkout API had a Sev-2 incident.",
                ),
                section(
                    "impact",
                    "Impact",
                    "Who noticed what, in numbers.",
                    "- 30% of users were unable to place orders",
                    "- 2 pages, 3 alerts",
                ),
                section(
                    "root_cause",
                    "Root Cause",
                    "Ask why until it is about the system.",
                    "",
                    "",
                ),
                section(
                    "resolution",
                    "Resolution",
                    "What made it well again.",
                    "",
                    "10:50 Increased the pool size",
                ),
                section(
                    "action_items",
                    "Action Items",
                    "One a line: - [ ] what must change",
                    "- [x] Add connection pool alerts\n- [ ] Auto-scale the database",
                    "",
                ),
            ],
            version: 3,
            problem: None,
        }
    }
}
