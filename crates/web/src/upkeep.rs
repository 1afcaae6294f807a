//! What the engine does besides answering, under the names that Alertmanager's dashboards know.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::SignedDuration;
use stentor_engine::{LeftOut, Tally};

use crate::exposition::{Exposition, Kind};

/// Counts what the engine has done.
#[derive(Debug, Default)]
pub struct Upkeep {
    signals: Turns,
    inhibited: AtomicU64,
    inactive: AtomicU64,
    muted: AtomicU64,
    silenced: AtomicU64,
    asked: AtomicU64,
    looked_up: AtomicU64,
    groups_written: Turns,
    silences_written: Turns,
    silences_forgotten: Turns,
    silences_failed: AtomicU64,
    history: Turns,
    history_failed: AtomicU64,
}

/// What was done in turns of the engine.
#[derive(Debug, Default)]
struct Turns {
    count: AtomicU64,
    micros: AtomicU64,
}

impl Turns {
    /// Counts a turn that took so long, if anything was done in it.
    fn note(&self, done: u64, took: SignedDuration) {
        if done > 0 {
            self.add(1, took);
        }
    }

    fn add(&self, count: u64, took: SignedDuration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(0);
        self.count.fetch_add(count, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn seen(&self) -> (f64, u64) {
        (count(&self.micros) as f64 / 1e6, count(&self.count))
    }
}

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Upkeep {
    /// Counts what was done in one turn of the engine, which took so long.
    pub(crate) fn note(&self, tally: &Tally, took: SignedDuration) {
        if tally.signals > 0 {
            self.signals.add(tally.signals, took);
        }
        let LeftOut { inhibited, inactive, muted, silenced } = tally.left_out;
        for (counter, more) in [
            (&self.inhibited, inhibited),
            (&self.inactive, inactive),
            (&self.muted, muted),
            (&self.silenced, silenced),
            (&self.asked, tally.asked),
            (&self.looked_up, tally.looked_up),
            (&self.history_failed, tally.history_failures),
        ] {
            counter.fetch_add(more, Ordering::Relaxed);
        }
        self.groups_written.note(tally.groups_written, took);
        self.silences_written.note(tally.silences_written, took);
        self.silences_forgotten.note(tally.silences_forgotten, took);
        self.history.note(tally.history_looks, took);
    }

    /// Counts a silence that can be neither read nor decided.
    pub fn note_silence_failed(&self) {
        self.silences_failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Writes everything.
    pub(crate) fn write(&self, out: &mut Exposition) {
        out.family(
            "alertmanager_notifications_suppressed_total",
            Kind::Counter,
            "Alerts that a group left out when it was flushed, by what kept them back",
        )
        .value(&[("reason", "silence")], count(&self.silenced))
        .value(&[("reason", "inhibition")], count(&self.inhibited))
        .value(&[("reason", "mute_time_interval")], count(&self.muted))
        .value(&[("reason", "active_time_interval")], count(&self.inactive));
        out.summary(
            "alertmanager_dispatcher_alert_processing_duration_seconds",
            "Turns of the engine that took alerts in, and how many those were",
            self.signals.seen(),
        );
        self.write_silences(out);
        self.write_log(out);
    }

    fn write_silences(&self, out: &mut Exposition) {
        for (name, help, value) in [
            ("queries", "Alerts of which it was asked what silences them", &self.asked),
            (
                "maintenance",
                "Turns in which silences were forgotten",
                &self.silences_forgotten.count,
            ),
            (
                "maintenance_errors",
                "Silences that could be neither read nor decided, and were put off",
                &self.silences_failed,
            ),
        ] {
            let name = format!("alertmanager_silences_{name}_total");
            out.one(&name, Kind::Counter, help, count(value));
        }
        // An index in memory always answers.
        let name = "alertmanager_silences_query_errors_total";
        out.one(name, Kind::Counter, "Such questions without an answer: none", 0);
        out.summary(
            "alertmanager_silences_gc_duration_seconds",
            "Turns of the engine in which silences were forgotten",
            self.silences_forgotten.seen(),
        );
        out.summary(
            "alertmanager_silences_snapshot_duration_seconds",
            "Turns of the engine in which silences were written, each at once",
            self.silences_written.seen(),
        );
    }

    fn write_log(&self, out: &mut Exposition) {
        for (name, help, value) in [
            (
                "queries",
                "Integrations of which it was looked up what they were told",
                &self.looked_up,
            ),
            (
                "maintenance",
                "Turns in which it was looked for history that is too old",
                &self.history.count,
            ),
            ("maintenance_errors", "Such turns that failed", &self.history_failed),
        ] {
            let name = format!("alertmanager_nflog_{name}_total");
            out.one(&name, Kind::Counter, help, count(value));
        }
        // What was told is a part of its group: who has the one has the other.
        let name = "alertmanager_nflog_query_errors_total";
        out.one(name, Kind::Counter, "Such lookups that failed: none", 0);
        out.summary(
            "alertmanager_nflog_gc_duration_seconds",
            "Turns of the engine in which it was looked for history that is too old",
            self.history.seen(),
        );
        out.summary(
            "alertmanager_nflog_snapshot_duration_seconds",
            "Turns of the engine in which groups were written with what they told, each at once",
            self.groups_written.seen(),
        );
    }
}
