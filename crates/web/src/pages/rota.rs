//! Who answers now, as several pages show it.

use jiff::Timestamp;

/// Who answers for a schedule now.
#[derive(Clone, Debug)]
pub struct OncallNow {
    /// The schedule's name.
    pub schedule: String,
    /// Who, first to page first; empty when nobody is on call.
    pub people: Vec<String>,
    /// When the next hand-over is.
    pub until: Option<Timestamp>,
    /// The hand-over on the schedule's own wall clock: `Mon 09:00 Europe/Berlin`.
    pub until_local: Option<String>,
    /// Whether the reader is one of them.
    pub is_reader: bool,
}
