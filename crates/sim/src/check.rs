//! The promises, each a small function over what could be seen from outside.

mod alerts;
mod facts;
mod messages;
mod pages;
mod record;
mod spans;
mod suppression;

use jiff::Timestamp;

use crate::history::History;
use facts::Facts;

/// What broke, when: `None` = the promise was kept.
type Finding = Option<(Timestamp, String)>;

/// Looks for the first moment at which a promise was not kept.
type Keeps = fn(&Facts<'_>) -> Finding;

/// Every promise, by the words in which a failure is reported.
const PROMISES: &[(&str, Keeps)] = &[
    ("the timeline is numbered in order", record::is_numbered_in_order),
    ("a page's record begins with its trigger", record::begins_with_the_trigger),
    ("nobody is asked after an answer", record::nobody_is_asked_after_an_answer),
    ("what is over waits for nothing", record::what_is_over_waits_for_nothing),
    ("everything comes to an end", record::everything_comes_to_an_end),
    ("no step is early", pages::no_step_is_early),
    ("no step is late", pages::no_step_is_late),
    ("who is paged is asked", pages::who_is_paged_is_asked),
    ("an unreachable person is passed over at once", pages::unreachable_is_passed_over),
    ("the first attempt is on time", messages::first_attempt_is_on_time),
    ("no sending starts after an answer", messages::none_starts_after_an_answer),
    ("one resolved message", messages::one_resolved_message),
    ("duplicates are bounded", messages::duplicates_are_bounded),
    ("nothing accepted is lost", alerts::nothing_accepted_is_lost),
    ("what fires is not called over", alerts::what_fires_is_not_called_over),
    ("every firing alert is paged", alerts::every_firing_alert_is_paged),
    ("what is suppressed is not told", suppression::what_is_suppressed_is_not_told),
    ("an accepted silence stays", suppression::an_accepted_silence_stays),
    ("memory is what is stored", suppression::memory_is_what_is_stored),
    ("history is kept as long as it is to be", record::history_is_kept_as_long_as_it_is_to_be),
    ("whoever heard hears the end", suppression::whoever_heard_hears_the_end),
];

/// Returns the first promise that a history breaks, when, and how.
pub(crate) fn all(history: &History) -> Option<(&'static str, Timestamp, String)> {
    let facts = Facts::of(history);
    PROMISES.iter().find_map(|(promise, keeps)| {
        let (at, why) = keeps(&facts)?;
        Some((*promise, at, why))
    })
}
