//! Senders: one that repeats itself as Prometheus does, and scripts that speak once.

use jiff::{SignedDuration, Timestamp};
use stentor_domain::alert::Signal;
use stentor_domain::labels::Labels;

use crate::plan::{SERVICES, SEVERITIES, TEAMS};
use crate::rng::Rng;

/// Prometheus promises to repeat a firing alert within four of its intervals of a minute.
const PROMISE: SignedDuration = SignedDuration::from_mins(4);

/// For so long it repeats that an alert has resolved.
const RESOLVED_REPEATED: SignedDuration = SignedDuration::from_mins(15);

/// Something that can be wrong in the world, and who tells of it.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    /// A word that only messages about this condition contain.
    pub(crate) token: String,
    labels: Labels,
    annotations: Labels,
    /// Whether a script tells of it once, or Prometheus every minute.
    pub(crate) script: bool,
    /// What a script promises; `None` = nothing.
    script_ends: Option<SignedDuration>,
    /// Since when it is wrong.
    pub(crate) since: Option<Timestamp>,
    /// When it was last mended, and since when it had been wrong.
    mended: Option<(Timestamp, Timestamp)>,
    /// Its sender tells of it no more.
    pub(crate) silent: bool,
}

impl Condition {
    pub(crate) fn draw(rng: &mut Rng, number: usize) -> Self {
        let token = format!("i{number:03}");
        let pairs = [
            ("alertname", rng.word(&["DiskFull", "InstanceDown", "Slow"])),
            ("instance", token.as_str()),
            ("team", rng.word(&TEAMS)),
            ("service", rng.word(&SERVICES)),
            ("severity", rng.word(&SEVERITIES)),
        ];
        let labels = pairs.into_iter().collect();
        let annotations = [("summary", format!("{token} is unwell"))].into_iter().collect();
        let script_ends = rng.percent(50).then(|| SignedDuration::from_hours(8));
        let script = rng.percent(30);
        Self {
            token,
            labels,
            annotations,
            script,
            script_ends,
            since: None,
            mended: None,
            silent: false,
        }
    }

    /// Breaks what is whole, mends what is broken; tells whether it is broken now.
    pub(crate) fn flip(&mut self, now: Timestamp) -> bool {
        match self.since {
            Some(_) => self.mends(now),
            None => self.since = Some(now),
        }
        self.silent = false;
        self.since.is_some()
    }

    pub(crate) fn mends(&mut self, now: Timestamp) {
        if let Some(since) = self.since.take() {
            self.mended = Some((now, since));
        }
    }

    /// Returns what the sender says of it at `now`, if it says anything.
    pub(crate) fn signal(&self, now: Timestamp) -> Option<Signal> {
        let (starts_at, ends_at) = match (self.since, self.mended) {
            (Some(since), _) if self.script => (since, self.script_ends.map(|ends| now + ends)),
            (Some(since), _) => (since, Some(now + PROMISE)),
            // A script tries until it is heard.
            (None, Some((at, since))) if self.script || now <= at + RESOLVED_REPEATED => {
                (since, Some(at))
            }
            (None, _) => return None,
        };
        (!self.silent).then(|| Signal {
            labels: self.labels.clone(),
            annotations: self.annotations.clone(),
            starts_at: Some(starts_at),
            ends_at,
            generator_url: "https://prometheus.example/graph".into(),
        })
    }
}
