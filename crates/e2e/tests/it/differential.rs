//! The same scripts against Debian's Alertmanager and against Stentor: the same messages at the same moments.

use std::path::Path;
use std::sync::Arc;

use stentor_e2e::differential::contender::Kind;
use stentor_e2e::differential::run::{Outcome, rewrite, run};
use stentor_e2e::differential::scenario::{Scenario, read_all};
use stentor_e2e::turn::alone;

/// The scenarios that the harness proves itself with.
const PROVEN: [&str; 2] = ["group-interval", "resolved-in-time"];

fn scenarios() -> Vec<Arc<Scenario>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    read_all(&folder).into_iter().map(Arc::new).collect()
}

/// Returns what is wrong with outcomes, as text; empty when nothing is.
fn complaints(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let name = &outcome.scenario.name;
        for (side, wrong) in
            [("original", &outcome.original_wrong), ("stentor", &outcome.ours_wrong)]
        {
            for problem in wrong {
                text.push_str(&format!("{name}: {side}: {problem}\n"));
            }
        }
    }
    text
}

/// Plays the scenarios; those in which the original itself was late once more.
async fn played(scenarios: &[Arc<Scenario>], second: Kind) -> Vec<Outcome> {
    let outcomes = run(scenarios, second, |config| config).await;
    let (late, mut done): (Vec<_>, Vec<_>) =
        outcomes.into_iter().partition(|outcome| !outcome.original_wrong.is_empty());
    if !late.is_empty() {
        let late: Vec<_> = late.into_iter().map(|outcome| outcome.scenario).collect();
        done.extend(run(&late, second, |config| config).await);
    }
    done
}

#[test]
fn stentor_tells_what_the_original_tells_when_it_does() {
    alone(async {
        let mut scenarios = scenarios();
        let only = std::env::var("ONLY").unwrap_or_default();
        scenarios.retain(|scenario| {
            only.is_empty() || only.split(',').any(|name| name == scenario.name)
        });
        let second = if std::env::var("SELF").is_ok() { Kind::Original } else { Kind::Ours };
        if std::env::var("UPDATE").is_ok() {
            for outcome in run(&scenarios, second, |config| config).await {
                let wrong = outcome.original_wrong.last();
                println!("{} {wrong:?}", outcome.scenario.name);
                rewrite(&outcome);
            }
            return;
        }
        let outcomes = played(&scenarios, second).await;
        assert_eq!(outcomes.len(), scenarios.len());
        let complaints = complaints(&outcomes);
        assert!(complaints.is_empty(), "\n{complaints}");
    });
}

#[test]
fn the_harness_finds_the_original_equal_to_itself_and_sees_a_disturbance() {
    alone(async {
        let mut scenarios = scenarios();
        scenarios.retain(|scenario| PROVEN.contains(&scenario.name.as_str()));
        assert_eq!(scenarios.len(), PROVEN.len());
        let equal = played(&scenarios, Kind::Original).await;
        assert_eq!(complaints(&equal), "");
        let slower = |config: String| {
            config.replace(r#""group_interval": "2s""#, r#""group_interval": "3s""#)
        };
        for outcome in run(&scenarios, Kind::Original, slower).await {
            assert_ne!(outcome.ours_wrong, [""; 0], "{} saw nothing", outcome.scenario.name);
        }
    });
}
