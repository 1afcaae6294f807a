//! How busy the machine is: what comes late because nobody had a processor is nobody's fault.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinHandle;

/// A timer is set for this long, over and over.
const BEAT: Duration = Duration::from_millis(10);

/// A byte is made durable after each pause of this length: a server that keeps its word waits for the disk too.
const DISK_BEAT: Duration = Duration::from_millis(40);

/// Beats below this are not worth remembering.
const WORTH: Duration = Duration::from_millis(5);

/// Measures how late this program's own timers come, and how long the disk takes.
#[derive(Debug)]
pub struct Pulse {
    late: Noted,
    tasks: [JoinHandle<()>; 2],
}

type Noted = Arc<Mutex<Vec<(Instant, Duration)>>>;

impl Pulse {
    /// Begins to measure.
    pub fn start() -> Self {
        let late = Noted::default();
        let tasks =
            [tokio::spawn(timers(Arc::clone(&late))), tokio::spawn(disk(Arc::clone(&late)))];
        Self { late, tasks }
    }

    /// Returns the longest delay of a span, in milliseconds.
    pub fn late_ms(&self, from: Instant, to: Instant) -> i64 {
        let late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        let within = late.iter().filter(|(at, _)| (from..=to).contains(at));
        let longest = within.map(|(_, over)| over.as_millis()).max().unwrap_or(0);
        i64::try_from(longest).expect("a scenario lasts seconds")
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn timers(noted: Noted) {
    loop {
        let due = Instant::now() + BEAT;
        tokio::time::sleep(BEAT).await;
        note(&noted, due.elapsed());
    }
}

async fn disk(noted: Noted) {
    let file = tempfile::NamedTempFile::with_prefix("stentor-pulse-");
    let mut file = tokio::fs::File::from_std(file.expect("a file can be made").into_file());
    loop {
        tokio::time::sleep(DISK_BEAT).await;
        let began = Instant::now();
        let written = file.write_all(b".").await.and(file.sync_data().await);
        written.expect("a byte can be made durable");
        note(&noted, began.elapsed());
    }
}

fn note(noted: &Noted, over: Duration) {
    if over >= WORTH {
        noted.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), over));
    }
}
