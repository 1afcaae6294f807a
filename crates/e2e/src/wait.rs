//! Waiting for a condition, never for time.

use std::time::{Duration, Instant};

/// The condition is looked at this often.
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// Looks until `look` finds something, and returns it; panics with `what` after so many seconds.
pub async fn until<T>(what: &str, seconds: u64, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {seconds} s in vain: {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Lets time pass, for the tests whose condition is a moment chosen at random.
pub async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
