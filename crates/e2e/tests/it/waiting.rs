//! What Stentor cannot do yet of what Alertmanager does: the tests that need it end before they begin.

/// Silences, inhibition and intervals in force, and the calls that show them.
pub(crate) const HELD_BACK: bool = true;

/// The scenarios whose names begin so, and what each waits for.
pub(crate) const SCENARIOS: [(&str, &str); 8] = [
    ("silence-", "silences"),
    ("inhibit-", "inhibition"),
    ("intervals-", "intervals"),
    ("mute-", "intervals"),
    ("active-", "intervals"),
    ("two-integrations", "resolved alerts leave a group whose receiver hears of none"),
    ("webhook-500", "the original's pauses between two tries"),
    ("webhook-429", "Retry-After"),
];

/// The calls of the API that are answered otherwise.
pub(crate) const CALLS: [&str; 5] = [
    "GET /api/v2/receivers",
    "GET /api/v2/alerts/groups",
    "POST /api/v2/alerts/groups",
    "GET /api/v2/alerts?receiver=",
    "GET /api/v2/alerts?active=",
];

/// The cases of the table of messages about one alert that end otherwise.
pub(crate) const MERGES: [&str; 10] = [
    "none 10 a",
    "-5 10 a|none 10 b",
    "-20 -10 a|-15 10 b",
    "-20 -10 a|-15 none b",
    "-20 -10 a|-15 -5 b|-7 10 c",
    "-20 -5 a|-15 -10 b|-8 10 c",
    "-20 -5 a|-15 -10 b|-12 10 c",
    "none 10 a|none 20 b",
    "none 20 a|none 10 b",
    "none 20 a|-5 none b",
];
