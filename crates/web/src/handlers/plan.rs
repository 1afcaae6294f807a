//! The plan: the revision in force, what is in it, and what is wrong with a newer one.

use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use stentor_domain::escalation::{Policy, Step, Target};
use stentor_domain::plan::{self, Plan, Receiver};
use stentor_store::plan_revisions::{self, Heading};

use super::frame::{self, Frame, html};
use super::markdown;
use crate::app::InForce;
use crate::auth::Permission;
use crate::error::Error;
use crate::pages::layout::Section;
use crate::pages::plan::{
    PlanFile, PlanShow, PolicyCard, Problem, ReceiverLine, Refused, Revision,
};
use crate::pages::time;
use crate::routes::Routes;

/// So many earlier revisions are listed.
const HISTORY_MAX: u32 = 20;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.on(Permission::Read, "/plan", get(show_plan)).on(
        Permission::Read,
        "/plan/files/{*path}",
        get(show_file),
    )
}

/// Shows a text that people wrote for people. The other files may hold secrets, and are shown nowhere.
async fn show_file(frame: Frame, Path(path): Path<String>) -> Result<Response, Error> {
    let text = frame.in_force.files.get(&path).filter(|_| path.ends_with(".md"));
    let text = text.ok_or_else(|| Error::not_found("file"))?;
    let html = markdown::whole(text);
    let (layout, ()) = frame.read(Section::Plan, |_| Ok(())).await?;
    Ok(frame::html(&PlanFile { layout, path, html }))
}

async fn show_plan(frame: Frame) -> Result<Response, Error> {
    let number = frame.in_force.number;
    let (layout, earlier) = frame
        .read(Section::Plan, move |from| plan_revisions::list(from.db, Some(number), HISTORY_MAX))
        .await?;
    let plan = frame.plan();
    let refused = frame.in_force.refused.as_ref().map(|refused| Refused {
        refused_at: refused.at,
        problems: refused.problems.iter().map(problem).collect(),
    });
    Ok(html(&PlanShow {
        layout,
        revision: Some(in_force(&frame.in_force)),
        refused,
        warnings: plan.warnings.iter().map(problem).collect(),
        counts: counts(plan),
        receivers: plan.receivers.values().map(receiver).collect(),
        policies: plan.policies.values().map(|it| policy(plan, it)).collect(),
        history: earlier.into_iter().map(revision).collect(),
    }))
}

fn in_force(now: &InForce) -> Revision {
    Revision {
        number: now.number.cast_unsigned(),
        digest: now.plan.digest.clone(),
        author: now.author.clone(),
        applied_at: now.applied_at,
        files: now.files.iter().map(|(path, text)| (path.clone(), text.len())).collect(),
    }
}

fn revision(heading: Heading) -> Revision {
    let Heading { number, digest, applied_at, author } = heading;
    Revision { number: number.cast_unsigned(), digest, author, applied_at, files: vec![] }
}

fn problem(problem: &plan::Problem) -> Problem {
    Problem {
        file: problem.file.clone(),
        line: usize::try_from(problem.line).unwrap_or(0),
        column: usize::try_from(problem.column).unwrap_or(0),
        message: problem.what.clone(),
        source: problem.source.clone(),
        mend: Some(problem.mend.clone()).filter(|mend| !mend.is_empty()),
    }
}

fn counts(plan: &Plan) -> Vec<(String, usize)> {
    let counts = [
        ("people", plan.people.len()),
        ("teams", plan.teams.len()),
        ("services", plan.services.len()),
        ("schedules", plan.schedules.len()),
        ("policies", plan.policies.len()),
        ("severities", plan.severities.ranks.len()),
        ("channels", plan.channels.len()),
        ("routes", plan.routes.nodes.len()),
        ("receivers", plan.receivers.len()),
    ];
    counts.map(|(what, count)| (what.to_owned(), count)).to_vec()
}

fn receiver(receiver: &Receiver) -> ReceiverLine {
    ReceiverLine {
        name: receiver.name.clone(),
        policy: receiver.escalate.clone(),
        notifies: receiver.integrations.iter().map(plan::Integration::key).collect(),
    }
}

fn policy(plan: &Plan, policy: &Policy) -> PolicyCard {
    let mut waited = SignedDuration::ZERO;
    let mut step = |step: &Step| {
        let start = Timestamp::UNIX_EPOCH;
        let after = time::distance(start, start.saturating_add(waited).unwrap_or(start));
        let when = if waited.is_zero() { "at once".to_owned() } else { format!("after {after}") };
        waited = waited.saturating_add(step.wait);
        format!("{when}: {}", targets(plan, &step.targets))
    };
    let steps = policy.steps.iter().map(&mut step).collect();
    let own = if policy.fallback.is_empty() { &plan.fallback } else { &policy.fallback };
    let fallback = targets(plan, own);
    let then = match policy.repeats {
        0 => format!("Then the fallback, again and again: {fallback}"),
        1 => format!("Walked once more, then the fallback, again and again: {fallback}"),
        times => {
            format!("Walked {times} times more, then the fallback, again and again: {fallback}")
        }
    };
    PolicyCard { name: policy.name.clone(), steps, then }
}

fn targets(plan: &Plan, targets: &[Target]) -> String {
    let name = |target: &Target| match target {
        Target::Person(person) => plan.name_of(person).to_owned(),
        Target::Schedule(schedule) => format!("schedule {schedule}"),
    };
    targets.iter().map(name).collect::<Vec<_>>().join(", ")
}
