//! Spans of time: from an instant, until one that does not belong to it.

use jiff::{SignedDuration, Timestamp};

pub(super) type Span = (Timestamp, Timestamp);

/// Sorts spans and joins those that touch.
pub(super) fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|(from, until)| from < until);
    spans.sort();
    let mut all: Vec<Span> = vec![];
    for (from, until) in spans {
        match all.last_mut() {
            Some((_, end)) if from <= *end => *end = until.max(*end),
            Some(_) | None => all.push((from, until)),
        }
    }
    all
}

/// Returns what is left of a span without others, which are [`joined`].
pub(super) fn without(span: Span, others: &[Span]) -> Vec<Span> {
    let (mut left, (mut from, until)) = (vec![], span);
    for (start, end) in others.iter().filter(|other| meet(span, **other).is_some()) {
        if from < *start {
            left.push((from, *start));
        }
        from = *end;
    }
    left.extend((from < until).then_some((from, until)));
    left
}

/// Returns the part of a span that lies in another.
pub(super) fn meet(a: Span, b: Span) -> Option<Span> {
    let both = (a.0.max(b.0), a.1.min(b.1));
    (both.0 < both.1).then_some(both)
}

/// Takes so much off both ends that what is decided at the same instant, in whichever order, lies outside.
pub(super) fn inside((from, until): Span) -> Span {
    let margin = SignedDuration::from_millis(2);
    (from + margin, until - margin)
}
