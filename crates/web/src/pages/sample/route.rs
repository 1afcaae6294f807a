//! Samples of the routing tree.

use super::{layout, some, strings};
use crate::pages::{
    layout::Section,
    route::{RouteNode, RouteWay, RoutesShow},
};

impl RoutesShow {
    /// Returns a small tree, and labels that are tried.
    pub fn sample() -> RoutesShow {
        let root = RouteNode {
            depth: 0,
            closes: 0,
            matchers: vec![],
            receiver: "slack-notifications".to_owned(),
            policy: None,
            group_by: "alertname, cluster".to_owned(),
            timers: "wait 30s, interval 5m, repeat 4h".to_owned(),
            goes_on: false,
            intervals: vec![],
            muted: false,
            alerts: 1,
            on_way: true,
            is_end: false,
            line: 4,
        };
        let team = RouteNode {
            depth: 1,
            matchers: strings(&[r#"service=~"checkout-.*""#]),
            receiver: "checkout".to_owned(),
            alerts: 0,
            line: 9,
            ..root.clone()
        };
        let page = RouteNode {
            depth: 2,
            matchers: strings(&[r#"severity="critical""#]),
            receiver: "checkout-page".to_owned(),
            policy: some("platform"),
            alerts: 2,
            is_end: true,
            line: 12,
            ..root.clone()
        };
        let night = RouteNode {
            depth: 1,
            closes: 2,
            matchers: strings(&[r#"job="backup""#]),
            receiver: "mail".to_owned(),
            intervals: vec![("muted by nights (now)".to_owned(), true)],
            muted: true,
            goes_on: true,
            on_way: false,
            alerts: 0,
            line: 17,
            ..root.clone()
        };
        RoutesShow {
            layout: layout(Section::Alerts),
            labels: r#"service="checkout-api", severity="critical""#.to_owned(),
            problem: None,
            has_policies: true,
            ways: vec![RouteWay {
                receiver: "checkout-page".to_owned(),
                ears: vec![(
                    "webhook/0".to_owned(),
                    "told 30s after a new group begins".to_owned(),
                )],
                policy: some("platform"),
                people: vec![(
                    "Alice Ops".to_owned(),
                    "on call for platform-primary until Mon 2025-06-09 09:00".to_owned(),
                )],
            }],
            nodes: vec![root, team, page, night],
        }
    }
}
