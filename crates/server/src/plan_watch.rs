//! Keeps the plan in force: reads the folder, has a good plan applied, and leaves the old one in force for a bad one.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use stentor_domain::plan::read::digest;
use stentor_domain::plan::{Plan, Problem};
use stentor_engine::Engine;
use stentor_store::db::Db;
use stentor_store::error::Error as StoreError;
use stentor_store::plan_revisions::{self, Revision};
use stentor_web::app::{InForce, Refused};
use stentor_web::desk::Desk;
use stentor_web::surface::Reload;
use tokio::sync::{Notify, mpsc, watch};

use crate::clock;
use crate::plan_source::{Files, PlanSource};
use crate::transport::Transport;
use crate::web_config::Door;

/// The folder is looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Returns the plan to start with: the folder's if it is good, else the one that was in force last.
///
/// A single file that is bad is not replaced by an older one: the original does not start either. Fails with every
/// problem when there is no plan.
pub(crate) fn first(source: &PlanSource, db: &mut Db, now: Timestamp) -> anyhow::Result<InForce> {
    source.note_loading();
    let files = source.read()?;
    let problems = match source.compile(&files) {
        Ok(plan) => {
            let applied = Applied { plan: Arc::new(plan), files, at: now };
            return Ok(record(db, source, &applied)?);
        }
        Err(problems) => problems,
    };
    report(&problems);
    if !source.is_watched() {
        bail!("{source} has {}", count(&problems));
    }
    let last = plan_revisions::newest(db)?;
    let Some(last) = last else {
        bail!("{source} has {}, and none was in force before", count(&problems));
    };
    let files: Files =
        serde_json::from_str(&last.files).context("the stored plan cannot be read")?;
    let Ok(plan) = source.compile(&files) else {
        bail!(
            "{source} has {}, and the last good one cannot be used any more: a secret that it names is gone",
            count(&problems)
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

fn count(problems: &[Problem]) -> String {
    match problems.len() {
        1 => "1 problem".to_owned(),
        many => format!("{many} problems"),
    }
}

/// A plan that the engine follows.
#[derive(Clone)]
struct Applied {
    plan: Arc<Plan>,
    files: Files,
    /// Since when.
    at: Timestamp,
}

/// Has the engine follow a plan; after an error it follows the old one.
fn apply(
    engine: &mut Engine,
    (plan, files): (Plan, Files),
    now: Timestamp,
) -> Result<Applied, StoreError> {
    let applied = Applied { plan: Arc::new(plan), files, at: now };
    engine.apply(Arc::clone(&applied.plan), now)?;
    Ok(applied)
}

/// Gives a plan that is followed its number among the revisions; doing it twice gives it the same one.
fn record(db: &mut Db, source: &PlanSource, applied: &Applied) -> Result<InForce, StoreError> {
    let Applied { plan, files, at } = applied;
    let text = serde_json::to_string(files).expect("paths and texts are text");
    let problems: Vec<String> = plan.warnings.iter().map(ToString::to_string).collect();
    let problems = serde_json::to_string(&problems).expect("texts are text");
    let author = source.author();
    let number = db.transaction(|db| {
        let (files, problems) = (text.as_str(), problems.as_str());
        let digest = plan.digest.as_str();
        plan_revisions::append(db, &Revision { digest, applied_at: *at, author, files, problems })
    })?;
    for warning in &plan.warnings {
        tracing::warn!("{warning}");
    }
    source.note_in_force(number, &plan.digest);
    Ok(InForce {
        plan: Arc::clone(plan),
        number,
        applied_at: *at,
        author: author.to_owned(),
        files: files.clone(),
        refused: None,
    })
}

fn report(problems: &[Problem]) {
    for problem in problems {
        tracing::error!("{problem}");
    }
}

/// Watches the folder, and waits to be told.
pub(crate) struct PlanWatch {
    pub(crate) source: PlanSource,
    pub(crate) desk: Desk,
    pub(crate) transport: Transport,
    /// Its certificates are read again with the plan.
    pub(crate) door: Door,
    pub(crate) in_force: watch::Sender<Arc<InForce>>,
    /// Rung by SIGHUP.
    pub(crate) look_now: Arc<Notify>,
    /// Whoever wants to know what became of it.
    pub(crate) reloads: mpsc::Receiver<Reload>,
}

/// What became of files that were looked at.
enum Taken {
    /// They are in force.
    InForce,
    /// The engine follows them, and they are no revision yet.
    Unrecorded(Box<Applied>, String),
    /// They are refused; the old ones stay in force.
    Refused(String),
    /// They may be good, and are taken again at the next look.
    NotYet(String),
}

impl PlanWatch {
    /// Runs for ever: looks at a folder every two seconds, and whenever it is told to.
    pub(crate) async fn run(mut self) {
        // What was looked at last; a bad plan is reported once, not every two seconds.
        let mut seen = digest(&self.in_force.borrow().files);
        let refused = self.in_force.borrow().refused.is_some();
        if refused && let Ok(files) = self.source.read() {
            seen = digest(&files);
        }
        let mut unrecorded: Option<Box<Applied>> = None;
        loop {
            let (told, reply) = self.wait(unrecorded.is_some()).await;
            self.door.look_again(told);
            if let Some(applied) = unrecorded.take()
                && let Taken::Unrecorded(applied, why) = self.record(applied).await
            {
                unrecorded = Some(applied);
                answer(reply, Err(why));
                continue;
            }
            if !told && !self.source.is_watched() {
                continue;
            }
            if told {
                self.source.note_loading();
            }
            let files = match self.source.read() {
                Ok(files) => files,
                Err(error) if told => {
                    tracing::error!("{error:#}");
                    answer(reply, Err(format!("{error:#}")));
                    continue;
                }
                // A folder that is being replaced is not there for a moment.
                Err(_) => continue,
            };
            let now_seen = digest(&files);
            if !told && now_seen == seen {
                continue;
            }
            let result = match self.take(files).await {
                Taken::NotYet(why) => Err(why),
                Taken::InForce => {
                    seen = now_seen;
                    Ok(())
                }
                Taken::Unrecorded(applied, why) => {
                    seen = now_seen;
                    unrecorded = Some(applied);
                    Err(why)
                }
                Taken::Refused(why) => {
                    seen = now_seen;
                    Err(why)
                }
            };
            answer(reply, result);
        }
    }

    /// Waits until it is time to look; returns whether somebody said so, and who waits for the answer.
    async fn wait(&mut self, is_unfinished: bool) -> (bool, Option<Reload>) {
        let looks = self.source.is_watched() || is_unfinished;
        let pause = async {
            match looks {
                true => clock::pause(LOOK_EVERY).await,
                false => pending().await,
            }
        };
        tokio::select! {
            () = self.look_now.notified() => (true, None),
            Some(reply) = self.reloads.recv() => (true, Some(reply)),
            () = pause => (false, None),
        }
    }

    async fn take(&self, files: Files) -> Taken {
        let plan = match self.source.compile(&files) {
            Ok(plan) => plan,
            Err(problems) => {
                report(&problems);
                tracing::error!("{} is refused; the old one stays in force", self.source);
                let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
                let refused = Refused { at: clock::now(), problems };
                self.in_force.send_modify(|in_force| {
                    let refused = Some(refused.clone());
                    *in_force = Arc::new(InForce { refused, ..(**in_force).clone() });
                });
                return Taken::Refused(texts.join("\n"));
            }
        };
        let applied = self.desk.call(move |engine, now| apply(engine, (plan, files), now)).await;
        match applied {
            Ok(applied) => {
                if let Err(error) = self.transport.set_allow(&applied.plan.outbound_allow) {
                    tracing::error!("the outbound address ranges cannot be used: {error}");
                }
                self.record(Box::new(applied)).await
            }
            Err(error) => {
                tracing::error!("the plan cannot be put in force now: {error}");
                Taken::NotYet(error.to_string())
            }
        }
    }

    /// Records what the engine follows already, and lets everybody else know of it.
    async fn record(&self, applied: Box<Applied>) -> Taken {
        let (source, asked) = (self.source.clone(), applied.clone());
        match self.desk.call(move |engine, _| record(engine.db(), &source, &asked)).await {
            Ok(in_force) => {
                self.in_force.send_replace(Arc::new(in_force));
                Taken::InForce
            }
            Err(error) => {
                let why = format!("the plan is followed, and cannot be recorded yet: {error}");
                tracing::error!("{why}");
                Taken::Unrecorded(applied, why)
            }
        }
    }
}

fn answer(reply: Option<Reload>, result: Result<(), String>) {
    if let Some(reply) = reply {
        // Whoever asked may have gone.
        let _ = reply.send(result);
    }
}

#[cfg(test)]
mod tests;
