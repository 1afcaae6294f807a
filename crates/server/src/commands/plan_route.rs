//! `stentor plan route`: where an alert with these labels would go, and who would be paged.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::{Value, json};
use stentor_domain::escalation;
use stentor_domain::explain::{self, Question, Way};
use stentor_domain::labels::Labels;
use stentor_domain::plan::Plan;
use stentor_domain::standing::Standing;

use super::{Session, alert_why};
use crate::cli::Remote;
use crate::client::Failure;
use crate::clock;
use crate::output::{self, Format};
use crate::plan_source::PlanSource;

/// Tries labels out: over files, or on the server when none are named. Fails when other receivers are expected.
pub(super) async fn run(
    labels: &[(String, String)],
    plan: Option<&Path>,
    expected: Option<&str>,
    remote: &Remote,
) -> anyhow::Result<ExitCode> {
    let trace = match plan {
        Some(path) => offline(path, labels, clock::now())?,
        None => {
            let pair = |(name, value): &(String, String)| Some(format!("{name}={value}"));
            let query: Vec<_> = labels.iter().map(|it| ("labels", pair(it))).collect();
            Session::new(remote)?.client.get("/api/v1/routes/test", &query).await?.json
        }
    };
    match remote.output {
        Format::Json => output::value(&trace),
        Format::Table => {
            let said = format!("{}\n\n{}", receivers(&trace), alert_why::explained(&trace));
            output::print(&output::clean_lines(&said));
        }
    }
    let found = receivers(&trace);
    Ok(match expected {
        Some(expected) if expected != found => {
            output::note(&format!("expected the receivers {expected}, but found {found}"));
            ExitCode::FAILURE
        }
        Some(_) | None => ExitCode::SUCCESS,
    })
}

/// Returns the receivers in the order of the tree, as `amtool config routes test` prints them.
fn receivers(trace: &Value) -> String {
    let routes = trace.pointer("/routes").and_then(Value::as_array);
    let name = |way: &Value| super::text(way, "/receiver").to_owned();
    routes.into_iter().flatten().map(name).collect::<Vec<_>>().join(",")
}

/// Answers as the server does, by files alone: nothing stands, so nothing is silenced or inhibited.
fn offline(path: &Path, labels: &[(String, String)], now: Timestamp) -> anyhow::Result<Value> {
    let source = PlanSource::at(path)?;
    let plan = source.compile(&source.read()?).map_err(|problems| {
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Failure::Refused(format!("{source} has errors:\n{}", all.join("\n")))
    })?;
    let labels: Labels =
        labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (standing, groups) = (Standing::new(&plan), BTreeMap::new());
    let question = Question { plan: &plan, standing: &standing, groups: &groups, now };
    let trace = explain::trace(question, &labels);
    let routes: Vec<Value> = trace.ways.iter().map(|it| way(&plan, it, now)).collect();
    Ok(json!({
        "fingerprint": trace.fingerprint.to_string(),
        "labels": labels,
        "known": false,
        "firing": true,
        "routes": routes,
    }))
}

fn way(plan: &Plan, way: &Way, now: Timestamp) -> Value {
    let policy = way.policy.as_ref().and_then(|policy| plan.policies.get(policy));
    let first = policy.and_then(|policy| policy.steps.first());
    let reached = first.map_or_else(Vec::new, |step| escalation::reach(plan, &step.targets, now));
    let pages: Vec<Value> = reached
        .iter()
        .map(|it| json!({ "person": it.person, "name": plan.name_of(&it.person), "why": it.why }))
        .collect();
    let ears: Vec<Value> =
        way.ears.iter().map(|ear| json!({ "name": ear.name, "why": ear.why })).collect();
    json!({
        "path": way.path,
        "line": way.line,
        "receiver": way.receiver,
        "group": way.group_key,
        "group_exists": false,
        "muted_by": way.muted_by,
        "policy": way.policy,
        "pages": pages,
        "integrations": ears,
    })
}
