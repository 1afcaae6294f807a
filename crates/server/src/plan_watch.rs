//! Keeps the plan in force: reads the folder, has a good plan applied, and leaves the old one in force for a bad one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use stentor_domain::plan::read::{digest, read};
use stentor_domain::plan::{Plan, Problem};
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;
use stentor_store::plan_revisions::{self, Revision};
use stentor_web::app::{InForce, Refused};
use stentor_web::desk::Desk;
use tokio::sync::{Notify, watch};

use crate::clock;
use crate::plan_folder::{self, FolderSecrets};
use crate::transport::Transport;

/// The folder is looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Whose revision it is that comes from the watched folder.
const AUTHOR: &str = "stentor serve";

/// Returns the plan to start with: the folder's if it is good, else the one that was in force last.
///
/// Fails with every problem when neither is to be had.
pub(crate) fn first(folder: &Path, db: &mut Db, now: Timestamp) -> anyhow::Result<InForce> {
    let files = plan_folder::read(folder)?;
    let secrets = FolderSecrets(folder.to_path_buf());
    let problems = match read(&files, &secrets) {
        Ok(plan) => return Ok(record(db, plan, files, now)?),
        Err(problems) => problems,
    };
    report(&problems);
    let last = plan_revisions::newest(db)?;
    let Some(last) = last else {
        bail!(
            "the plan in {} has {} problems, and none was in force before",
            folder.display(),
            problems.len()
        );
    };
    let files: BTreeMap<String, String> =
        serde_json::from_str(&last.files).context("the stored plan cannot be read")?;
    let Ok(plan) = read(&files, &secrets) else {
        bail!(
            "the plan in {} has {} problems, and the last good one cannot be used any more: \
               a secret that it names is gone",
            folder.display(),
            problems.len()
        );
    };
    tracing::warn!(revision = last.number, "the plan in force last stays in force");
    Ok(InForce {
        plan: Arc::new(plan),
        number: last.number,
        applied_at: last.applied_at,
        author: last.author,
        files,
        refused: Some(Refused { at: now, problems }),
    })
}

fn record(
    db: &mut Db,
    plan: Plan,
    files: BTreeMap<String, String>,
    now: Timestamp,
) -> Result<InForce, StoreError> {
    for warning in &plan.warnings {
        tracing::warn!("{warning}");
    }
    let text = serde_json::to_string(&files).expect("paths and texts are text");
    let problems: Vec<String> = plan.warnings.iter().map(ToString::to_string).collect();
    let problems = serde_json::to_string(&problems).expect("texts are text");
    let number = db.transaction(|db| {
        plan_revisions::append(
            db,
            &Revision {
                digest: &plan.digest,
                applied_at: now,
                author: AUTHOR,
                files: &text,
                problems: &problems,
            },
        )
    })?;
    tracing::info!(revision = number, digest = plan.digest, "the plan is in force");
    Ok(InForce {
        plan: Arc::new(plan),
        number,
        applied_at: now,
        author: AUTHOR.to_owned(),
        files,
        refused: None,
    })
}

fn report(problems: &[Problem]) {
    for problem in problems {
        tracing::error!("{problem}");
    }
}

/// Watches the folder.
pub(crate) struct PlanWatch {
    pub(crate) folder: PathBuf,
    pub(crate) desk: Desk,
    pub(crate) transport: Transport,
    pub(crate) in_force: watch::Sender<Arc<InForce>>,
    /// Rung by SIGHUP.
    pub(crate) look_now: Arc<Notify>,
}

impl PlanWatch {
    /// Runs for ever: looks at the folder every two seconds and whenever it is told to.
    pub(crate) async fn run(self) {
        // What was looked at last; a bad plan is reported once, not every two seconds.
        let mut seen = digest(&self.in_force.borrow().files);
        let refused = self.in_force.borrow().refused.is_some();
        if refused && let Ok(files) = plan_folder::read(&self.folder) {
            seen = digest(&files);
        }
        loop {
            let told = tokio::select! {
                () = self.look_now.notified() => true,
                () = clock::pause(LOOK_EVERY) => false,
            };
            let files = match plan_folder::read(&self.folder) {
                Ok(files) => files,
                Err(error) if told => {
                    tracing::error!("{error:#}");
                    continue;
                }
                // A folder that is being replaced is not there for a moment.
                Err(_) => continue,
            };
            let now_seen = digest(&files);
            if (told || now_seen != seen) && self.take(files).await {
                seen = now_seen;
            }
        }
    }

    /// Returns whether these files are settled; if not, they are taken again at the next look.
    async fn take(&self, files: BTreeMap<String, String>) -> bool {
        let plan = match read(&files, &FolderSecrets(self.folder.clone())) {
            Ok(plan) => plan,
            Err(problems) => {
                report(&problems);
                tracing::error!("the plan is refused; the old one stays in force");
                let refused = Refused { at: clock::now(), problems };
                self.in_force.send_modify(|in_force| {
                    let refused = Some(refused.clone());
                    *in_force = Arc::new(InForce { refused, ..(**in_force).clone() });
                });
                return true;
            }
        };
        let applied = self
            .desk
            .call(move |engine, now| {
                let in_force = record(engine.db(), plan, files, now)?;
                engine.apply(Arc::clone(&in_force.plan), now)?;
                Ok(in_force)
            })
            .await;
        match applied {
            Ok(in_force) => {
                if let Err(error) = self.transport.set_allow(&in_force.plan.outbound_allow) {
                    tracing::error!("the outbound address ranges cannot be used: {error}");
                }
                self.in_force.send_replace(Arc::new(in_force));
                true
            }
            Err(error) => {
                tracing::error!("the plan cannot be put in force now: {error}");
                false
            }
        }
    }
}
