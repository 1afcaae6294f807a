//! Promises about the record itself, and about what is left in the end.

use stentor_domain::page::Event;
use stentor_domain::timeline::What;

use super::Finding;
use super::facts::Facts;

/// Each entry's number is higher than the one before.
pub(super) fn is_numbered_in_order(facts: &Facts<'_>) -> Finding {
    let pairs = facts.history.entries.windows(2);
    let wrong = pairs
        .filter(|pair| pair[0].seq >= pair[1].seq || pair[0].recorded_at > pair[1].recorded_at);
    wrong
        .map(|pair| (pair[1].recorded_at, format!("#{} comes after #{}", pair[1].seq, pair[0].seq)))
        .next()
}

/// What comes first is which alerts fired, then that the page was triggered, once.
pub(super) fn begins_with_the_trigger(facts: &Facts<'_>) -> Finding {
    facts.pages.iter().find_map(|(id, page)| {
        let mut rest = page.entries.iter().skip_while(|entry| matches!(entry.what, What::Alert(_)));
        let triggers = |what: &What| matches!(what, What::Page(Event::Triggered { .. }));
        let first = rest.next().or_else(|| page.entries.first())?;
        let wrong = !triggers(&first.what) || rest.any(|entry| triggers(&entry.what));
        wrong.then(|| (first.recorded_at, format!("{id} begins with {:?}", first.what)))
    })
}

/// After an acknowledge or a resolve no step is taken.
pub(super) fn nobody_is_asked_after_an_answer(facts: &Facts<'_>) -> Finding {
    facts.pages.iter().find_map(|(id, page)| {
        let answered =
            |event: &Event| matches!(event, Event::Acknowledged { .. } | Event::Resolved { .. });
        let mut after = page.events().skip_while(|(_, event)| !answered(event));
        let asks = |event: &Event| matches!(event, Event::Paged { .. } | Event::Exhausted);
        let (entry, event) = after.find(|(_, event)| asks(event))?;
        Some((entry.recorded_at, format!("{id}: {event:?}")))
    })
}

/// No answered page and no settled delivery has a deadline; every group and every unsettled delivery has one.
pub(super) fn what_is_over_waits_for_nothing(facts: &Facts<'_>) -> Finding {
    let left = &facts.history.left;
    let wrong = left.resolved_pages_due
        + left.settled_deliveries_due
        + left.unsettled_deliveries_not_due
        + left.groups_not_due;
    (wrong > 0).then(|| (facts.history.ended_at, format!("{left:?}")))
}

/// An hour after nothing is wrong any more no alert fires, no group lives, nothing is on its way, nobody is waited for.
pub(super) fn everything_comes_to_an_end(facts: &Facts<'_>) -> Finding {
    let left = &facts.history.left;
    let wrong = left.groups + left.unsettled_deliveries + left.triggered_pages + left.firing_alerts;
    (wrong > 0).then(|| (facts.history.ended_at, format!("{left:?}")))
}

/// What receivers were sent is there until it is too old and then goes; what is about a page stays.
pub(super) fn history_is_kept_as_long_as_it_is_to_be(facts: &Facts<'_>) -> Finding {
    facts.history.wrong_ages.first().cloned()
}
