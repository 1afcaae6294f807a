//! Samples of the plan.

use super::{at, instant, layout, some, strings};
use crate::pages::{
    layout::{Layout, Section},
    plan::{PlanFile, PlanShow, PolicyCard, Problem, ReceiverLine, Refused, Revision},
};

fn revision(number: u64, digest: &str) -> Revision {
    Revision {
        number,
        digest: digest.to_owned(),
        author: "the folder /etc/stentor".to_owned(),
        applied_at: at("10:02"),
        files: vec![
            ("alertmanager.yml".to_owned(), 1_204),
            ("incident-response-plan.md".to_owned(), 3_310),
            ("stentor.yml".to_owned(), 2_871),
        ],
    }
}

impl PlanFile {
    /// Returns a runbook.
    pub fn sample() -> PlanFile {
        PlanFile {
            layout: layout(Section::Plan),
            path: "runbooks/checkout.md".to_owned(),
            html: "<h2>Checkout errors</h2><ol><li>Look at the pool of connections.</li></ol>"
                .to_owned(),
        }
    }
}

impl PlanShow {
    /// Returns a plan in force with a refused one after it.
    pub fn sample() -> PlanShow {
        let problem = |line, column, message: &str, source: &str, mend: Option<&str>| Problem {
            file: "stentor.yml".to_owned(),
            line,
            column,
            message: message.to_owned(),
            source: source.to_owned(),
            mend: mend.map(str::to_owned),
        };
        let older = Revision {
            applied_at: instant("2025-05-28T08:11:00Z"),
            files: Vec::new(),
            ..revision(11, "7be2c90d41")
        };
        PlanShow {
            layout: Layout { plan_refused: true, ..layout(Section::Plan) },
            revision: Some(revision(12, "3fa91b7c02")),
            refused: Some(Refused {
                refused_at: at("10:20"),
                problems: vec![
                    problem(
                        41,
                        19,
                        "there is no schedule `platform-primry`",
                        "      - schedule: platform-primry",
                        Some("did you mean `platform-primary`?"),
                    ),
                    problem(58, 5, "unknown key `dealy`", "    dealy: 5m", Some("write `delay`")),
                ],
            }),
            warnings: vec![problem(
                12,
                3,
                "Chen Li has one contact only: a failing channel has nothing to fall over to",
                "  chen:",
                None,
            )],
            counts: [("people", 6), ("teams", 2), ("services", 4), ("schedules", 3)]
                .map(|(what, count)| (what.to_owned(), count))
                .to_vec(),
            receivers: vec![
                ReceiverLine {
                    name: "checkout".to_owned(),
                    policy: some("platform"),
                    notifies: strings(&["Slack #incident-response"]),
                },
                ReceiverLine {
                    name: "slack-notifications".to_owned(),
                    policy: None,
                    notifies: strings(&["Slack #alerts"]),
                },
            ],
            policies: vec![PolicyCard {
                name: "platform".to_owned(),
                steps: strings(&[
                    "at once: schedule platform-primary",
                    "after 5 min: schedule platform-secondary",
                    "after 10 min: Chen Li",
                ]),
                then: "Repeats twice, then the fallback: everybody of platform".to_owned(),
            }],
            history: vec![older],
        }
    }

    /// Returns a server without a plan.
    pub fn empty() -> PlanShow {
        PlanShow {
            layout: layout(Section::Plan),
            revision: None,
            refused: None,
            warnings: Vec::new(),
            counts: Vec::new(),
            receivers: Vec::new(),
            policies: Vec::new(),
            history: Vec::new(),
        }
    }
}
