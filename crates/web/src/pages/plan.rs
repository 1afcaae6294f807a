//! The plan: the revision in force, what is in it, and what is wrong with a newer one.

use askama::Template;
use jiff::Timestamp;

use super::layout::Layout;

/// `/plan`: the plan in force.
#[derive(Template)]
#[template(path = "plan_show.html")]
pub struct PlanShow {
    /// The frame.
    pub layout: Layout,
    /// The revision in force; `None` before the first.
    pub revision: Option<Revision>,
    /// The newest plan on disk, when it was refused.
    pub refused: Option<Refused>,
    /// Remarks on the plan in force that do not stop it.
    pub warnings: Vec<Problem>,
    /// How many there are of each thing: `(people, 6)`, in the plan's order.
    pub counts: Vec<(String, usize)>,
    /// Each receiver with where it leads.
    pub receivers: Vec<ReceiverLine>,
    /// Each escalation policy with its steps.
    pub policies: Vec<PolicyCard>,
    /// Earlier revisions, newest first.
    pub history: Vec<Revision>,
}

/// `/plan/files/{path}`: a text of the plan, for example a runbook.
#[derive(Template)]
#[template(path = "plan_file.html")]
pub struct PlanFile {
    /// The frame.
    pub layout: Layout,
    /// The file's path inside the plan.
    pub path: String,
    /// The rendered Markdown: HTML that has been cleaned.
    pub html: String,
}

/// An applied revision.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Counts from 1.
    pub number: u64,
    /// The first digits of the content's digest.
    pub digest: String,
    /// Who or what applied it.
    pub author: String,
    /// When.
    pub applied_at: Timestamp,
    /// The files, by path, with their size in bytes.
    pub files: Vec<(String, usize)>,
}

/// A plan that was not applied.
#[derive(Clone, Debug)]
pub struct Refused {
    /// When it was read.
    pub refused_at: Timestamp,
    /// What is wrong, in the order of the files.
    pub problems: Vec<Problem>,
}

/// Something wrong in a file of the plan.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The file's path inside the plan.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The line itself.
    pub source: String,
    /// What to write instead, when that is known.
    pub mend: Option<String>,
}

impl Problem {
    /// Returns the line that stands below the source: blanks and a caret under the column.
    pub fn caret(&self) -> String {
        let before = self.source.chars().take(self.column.saturating_sub(1));
        let blanks: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        format!("{blanks}^")
    }
}

/// A receiver and where it leads.
#[derive(Clone, Debug)]
pub struct ReceiverLine {
    /// The name in `alertmanager.yml`.
    pub name: String,
    /// The escalation policy that it pages by.
    pub policy: Option<String>,
    /// What it notifies besides: `Slack #alerts`.
    pub notifies: Vec<String>,
}

/// An escalation policy.
#[derive(Clone, Debug)]
pub struct PolicyCard {
    /// Its name.
    pub name: String,
    /// Each step in one phrase: `at once: schedule platform-primary`.
    pub steps: Vec<String>,
    /// What comes after the last step.
    pub then: String,
}
