//! Samples of silences.

use super::{alert, at, layout, some, strings};
use crate::pages::{
    layout::Section,
    silence::{
        SilenceEntry, SilenceNew, SilencePreview, SilenceRow, SilenceShow, SilenceTyped,
        SilencesList, Wider,
    },
    state::SilenceState,
};

fn replica() -> SilenceRow {
    SilenceRow {
        id: "0b8f5f0e-6c1f-4f7a-9d43-0a5c2f3f7a10".to_owned(),
        state: SilenceState::Active,
        matchers: strings(&[r#"alertname="ReplicaLag""#, r#"instance=~"db-prod-.*""#]),
        comment: "The replica is being rebuilt".to_owned(),
        created_by: "Alice Ops".to_owned(),
        starts_at: at("10:31"),
        ends_at: at("12:31"),
        until_resolved: true,
        repeats: None,
        alerts: 1,
        hits_everything: false,
    }
}

impl SilencesList {
    /// Returns silences that are active.
    pub fn sample() -> SilencesList {
        let backup = SilenceRow {
            id: "58ad2f0c-08b9-4c9a-8c3e-b1f1b6a9c102".to_owned(),
            matchers: strings(&[r#"job="backup""#]),
            comment: "Nightly backup".to_owned(),
            created_by: "Bob Dev".to_owned(),
            starts_at: at("10:00"),
            ends_at: at("11:00"),
            until_resolved: false,
            repeats: some("each day, Europe/Berlin"),
            alerts: 0,
            ..replica()
        };
        SilencesList {
            layout: layout(Section::Silences),
            filter: String::new(),
            filter_problem: None,
            state: SilenceState::Active,
            counts: SilenceState::ALL.into_iter().zip([2, 0, 7]).collect(),
            silences: vec![replica(), backup],
            next: None,
        }
    }

    /// Returns a list without any.
    pub fn empty() -> SilencesList {
        SilencesList {
            counts: SilenceState::ALL.map(|state| (state, 0)).to_vec(),
            silences: vec![],
            ..SilencesList::sample()
        }
    }
}

impl SilenceShow {
    /// Returns an active silence with a log.
    pub fn sample() -> SilenceShow {
        let entry =
            |clock, text: &str, icon| SilenceEntry { at: at(clock), text: text.to_owned(), icon };
        SilenceShow {
            layout: layout(Section::Silences),
            silence: replica(),
            filter: r#"alertname="ReplicaLag",instance=~"db-prod-.*""#.to_owned(),
            alerts: vec![alert::replica_lag()],
            log: vec![
                entry("10:33", "Bob Dev: the copy is at 60 %.", "note"),
                entry("10:31", "Alice Ops made it.", "plus"),
            ],
        }
    }

    /// Returns one that is over.
    pub fn expired() -> SilenceShow {
        let silence = SilenceRow {
            state: SilenceState::Expired,
            ends_at: at("10:32"),
            alerts: 0,
            ..replica()
        };
        SilenceShow { silence, alerts: vec![], ..SilenceShow::sample() }
    }
}

impl SilenceNew {
    /// Returns the form as it comes from an alert.
    pub fn sample() -> SilenceNew {
        let matchers = r#"alertname="ReplicaLag", cluster="eu", instance="db-prod-2:9104""#;
        SilenceNew {
            layout: layout(Section::Silences),
            problem: None,
            typed: SilenceTyped {
                matchers: matchers.to_owned(),
                comment: "Silenced from the alert ReplicaLag".to_owned(),
                zone: "Europe/Berlin".to_owned(),
                ..SilenceTyped::default()
            },
            preview: Some(SilencePreview {
                seen: matchers.to_owned(),
                read: strings(&[matchers]),
                hits: 1,
                firing: 3,
                alerts: vec![alert::replica_lag()],
                wider: vec![Wider {
                    matcher: r#"cluster="eu""#.to_owned(),
                    hits: 2,
                    href: "/silences/new?filter=cluster%3D%22eu%22&comment=".to_owned(),
                }],
            }),
        }
    }

    /// Returns a form that would silence nothing.
    pub fn nothing() -> SilenceNew {
        let matchers = r#"alertname="ReplicaLagg""#;
        let mut form = SilenceNew::sample();
        form.typed.matchers = matchers.to_owned();
        form.preview = Some(SilencePreview {
            seen: matchers.to_owned(),
            read: strings(&[matchers]),
            hits: 0,
            firing: 3,
            alerts: vec![],
            wider: vec![],
        });
        form
    }
}
