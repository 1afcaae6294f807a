//! `stentor plan`: checks a folder without a server, and shows what is in force on one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use stentor_domain::plan::Problem;

use super::{Session, pair, plan_route, text};
use crate::cli::{Limit, Remote};
use crate::output::{self, Column, Format};
use crate::plan_source::PlanSource;

/// `stentor plan`.
#[derive(Args, Debug)]
pub(crate) struct Plan {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check the plan in a folder, or an alertmanager.yml, without a server: exit code 1 when it has errors
    #[command(after_help = "\
Examples:
  stentor plan check examples/plan
  stentor plan check /etc/prometheus/alertmanager.yml
  stentor plan check . --output json

Each problem is printed as file:line:column: what is wrong; how to mend it. Warnings do not fail the check.")]
    Check(Check),
    /// Try out where labels would go, and who would be paged
    #[command(after_help = "\
Examples:
  stentor plan route --plan examples/plan team=checkout severity=critical
  stentor plan route --plan /etc/prometheus/alertmanager.yml alertname=DiskFull
  stentor plan route team=checkout --url https://stentor.example.com

The first line names the receivers, as `amtool config routes test` does. Without --plan the server is asked, which also \
knows what is silenced and inhibited.")]
    Route {
        /// The labels of an alert
        #[arg(value_name = "LABEL=VALUE", value_parser = pair)]
        labels: Vec<(String, String)>,
        /// Folder of a plan, or an alertmanager.yml
        #[arg(long, value_name = "PATH")]
        plan: Option<PathBuf>,
        /// The receivers that are expected, in the order of the tree: exit code 1 when others are found
        #[arg(long = "verify.receivers", value_name = "A,B")]
        verify: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Show the revision in force, and what is wrong with a newer one
    #[command(after_help = "\
Examples:
  stentor plan show
  stentor plan show --output json")]
    Show(Remote),
    /// List the revisions that were ever in force, newest first
    #[command(after_help = "\
Examples:
  stentor plan revisions
  stentor plan revisions --limit 5")]
    Revisions {
        #[command(flatten)]
        limit: Limit,
        #[command(flatten)]
        remote: Remote,
    },
}

#[derive(Args, Debug)]
struct Check {
    /// Folder with stentor.yml and alertmanager.yml, or an alertmanager.yml
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// How to print
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    output: Format,
}

const IN_FORCE: &[Column] = &[
    ("Revision", "/number"),
    ("Digest", "/digest"),
    ("Applied", "/applied_at"),
    ("By", "/author"),
    ("Newer one refused", "/refused/at"),
];

const REVISIONS: &[Column] = &[
    ("REVISION", "/number"),
    ("DIGEST", "/digest"),
    ("APPLIED", "/applied_at"),
    ("BY", "/author"),
];

/// Runs `stentor plan`.
pub(crate) async fn run(args: Plan) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Check(check) => run_check(&check),
        What::Route { labels, plan, verify, remote } => {
            plan_route::run(&labels, plan.as_deref(), verify.as_deref(), &remote).await
        }
        What::Show(remote) => show(&remote).await,
        What::Revisions { limit, remote } => {
            Session::new(&remote)?.list("/api/v1/plan/revisions", limit, &[], REVISIONS).await
        }
    }
}

fn run_check(check: &Check) -> anyhow::Result<ExitCode> {
    let (errors, warnings, summary) = read(&check.path)?;
    match check.output {
        Format::Json => output::value(&json!({
            "ok": errors.is_empty(),
            "errors": errors.iter().map(problem).collect::<Vec<_>>(),
            "warnings": warnings.iter().map(problem).collect::<Vec<_>>(),
        })),
        Format::Table => print(&errors, &warnings, &summary),
    }
    Ok(if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the errors, the warnings, and what is in a plan without errors.
fn read(path: &Path) -> anyhow::Result<(Vec<Problem>, Vec<Problem>, String)> {
    let source = PlanSource::at(path)?;
    Ok(match source.compile(&source.read()?) {
        Ok(plan) => {
            let summary = format!(
                "{} people, {} services, {} schedules, {} escalation policies, {} receivers",
                plan.people.len(),
                plan.services.len(),
                plan.schedules.len(),
                plan.policies.len(),
                plan.receivers.len(),
            );
            (vec![], plan.warnings, summary)
        }
        Err(errors) => (errors, vec![], String::new()),
    })
}

fn print(errors: &[Problem], warnings: &[Problem], summary: &str) {
    let mut out = String::new();
    for warning in warnings {
        out.push_str(&format!("warning: {warning}\n\n"));
    }
    for error in errors {
        out.push_str(&format!("error: {error}\n\n"));
    }
    out.push_str(&match errors.len() {
        0 => format!("The plan is good: {summary}{}.\n", counted(", ", warnings.len(), "warning")),
        many => format!("The plan has {}.\n", counted("", many, "error")),
    });
    output::print(&output::clean_lines(&out));
}

/// Returns `, 2 warnings`, or nothing for none.
fn counted(before: &str, count: usize, noun: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!("{before}1 {noun}"),
        many => format!("{before}{many} {noun}s"),
    }
}

fn problem(problem: &Problem) -> Value {
    let Problem { file, line, column, what, mend, source } = problem;
    json!({ "file": file, "line": line, "column": column, "what": what, "mend": mend, "source": source })
}

async fn show(remote: &Remote) -> anyhow::Result<ExitCode> {
    let Session { client, format } = Session::new(remote)?;
    let answer = client.get("/api/v1/plan", &[]).await?;
    output::show(format, &answer, IN_FORCE);
    if format == Format::Table {
        for (kind, at) in [("warning", "/warnings"), ("error", "/refused/problems")] {
            let problems = answer.json.pointer(at).and_then(Value::as_array);
            for problem in problems.into_iter().flatten().map(from_json) {
                output::print(&output::clean_lines(&format!("\n{kind}: {problem}\n")));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn from_json(problem: &Value) -> Problem {
    let number = |at| problem.pointer(at).and_then(Value::as_u64).unwrap_or_default();
    let text = |at| text(problem, at).to_owned();
    Problem {
        file: text("/file"),
        line: number("/line"),
        column: number("/column"),
        what: text("/what"),
        mend: text("/mend"),
        source: text("/source"),
    }
}
