//! What Stentor cannot do yet of what Alertmanager does: the tests that need it end before they begin.

/// Silences, inhibition and intervals in force, and the calls that show them.
pub(crate) const HELD_BACK: bool = false;

/// The scenarios whose names begin so, and what each waits for.
pub(crate) const SCENARIOS: [(&str, &str); 0] = [];

/// The calls of the API that are answered otherwise.
pub(crate) const CALLS: [&str; 1] = ["GET /api/v2/receivers"];

/// The cases of the table of messages about one alert that end otherwise.
pub(crate) const MERGES: [&str; 0] = [];
