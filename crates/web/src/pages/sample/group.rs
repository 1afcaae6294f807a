//! Samples of groups.

use super::{at, layout, strings};
use crate::pages::{
    alert::Label,
    group::{GroupRow, GroupTold, GroupsList},
    layout::Section,
};

impl GroupsList {
    /// Returns a group that was told, and one that is muted.
    pub fn sample() -> GroupsList {
        let told = |name: &str, clock: Option<&str>, what: &str| GroupTold {
            name: name.to_owned(),
            at: clock.map(at),
            what: what.to_owned(),
            fails: what.starts_with("failing"),
        };
        let checkout = GroupRow {
            id: "1".to_owned(),
            key: r#"{}/{service="checkout-api"}:{cluster="eu"}"#.to_owned(),
            labels: vec![Label::new("cluster", "eu")],
            receiver: "checkout".to_owned(),
            firing: 2,
            alerts: 3,
            silenced: 1,
            inhibited: 1,
            lost: false,
            muted_by: vec![],
            next_at: at("10:39"),
            href: "/alerts?receiver=checkout&filter=cluster%3D%22eu%22".to_owned(),
            told: vec![
                told("webhook/0", Some("10:34"), "2 firing, 1 resolved"),
                told("people on call", Some("10:04"), "1 firing"),
            ],
        };
        let muted = GroupRow {
            id: "2".to_owned(),
            key: "{}:{}".to_owned(),
            labels: vec![],
            receiver: "slack-notifications".to_owned(),
            firing: 1,
            alerts: 1,
            silenced: 0,
            inhibited: 0,
            muted_by: strings(&["weekends"]),
            told: vec![
                told("slack/0", None, "has heard nothing yet"),
                told(
                    "webhook/0",
                    Some("10:04"),
                    "failing since 2025-06-02 10:06:00Z: connection refused",
                ),
            ],
            ..checkout.clone()
        };
        GroupsList {
            layout: layout(Section::Alerts),
            receivers: vec![],
            total: 2,
            groups: vec![checkout, muted],
            next: None,
        }
    }
}
