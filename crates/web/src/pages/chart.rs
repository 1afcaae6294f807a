//! Drawings as numbers: positions in per cent, so that text keeps its size on every screen.

use jiff::Timestamp;

use super::{
    incident::Entry,
    state::{EntryKind, IncidentState},
    time,
};

/// An incident's timeline as dots over time, in lanes.
#[derive(Clone, Debug)]
pub struct StripChart {
    /// Top to bottom; a lane without dots is left out.
    pub lanes: Vec<Lane>,
    /// The states that were passed through, in order.
    pub phases: Vec<Span>,
    /// The times along the axis.
    pub ticks: Vec<Tick>,
    /// What a reader who does not see the drawing is told.
    pub description: String,
}

/// A row of dots.
#[derive(Clone, Debug)]
pub struct Lane {
    /// What the row is about.
    pub title: &'static str,
    /// The height of its middle, in pixels.
    pub y: usize,
    /// In order of time.
    pub dots: Vec<Dot>,
}

/// One entry.
#[derive(Clone, Debug)]
pub struct Dot {
    /// 0 to 100.
    pub x: f64,
    /// The class suffix of its colour.
    pub tone: &'static str,
    /// What the pointer is told.
    pub text: String,
}

/// A stretch of time with a text.
#[derive(Clone, Debug)]
pub struct Span {
    /// Where it begins, 0 to 100.
    pub x: f64,
    /// How wide it is, 0 to 100.
    pub width: f64,
    /// The class suffix of its colour.
    pub class: String,
    /// What is written in it.
    pub text: String,
    /// What the pointer is told.
    pub title: String,
}

/// A time on the axis.
#[derive(Clone, Debug)]
pub struct Tick {
    /// 0 to 100.
    pub x: f64,
    /// What is written there.
    pub text: String,
}

const PHASE_HEIGHT: usize = 26;
const LANE_HEIGHT: usize = 34;
const AXIS_HEIGHT: usize = 26;

/// A stretch has its whole text only where a telephone has room for it, in per cent.
const WORD_WIDTH_MIN: f64 = 24.0;

/// Dots keep this distance from both edges, in per cent.
const MARGIN: f64 = 2.0;

impl StripChart {
    /// Draws `entries` (oldest first) and the states `(state, since)` up to `end`.
    ///
    /// Returns `None` with fewer than two entries or when they all happened at once.
    pub fn draw(
        entries: &[Entry],
        states: &[(IncidentState, Timestamp)],
        end: Timestamp,
    ) -> Option<StripChart> {
        let first = entries.iter().map(|entry| entry.happened_at).min()?;
        let last = entries.iter().map(|entry| entry.happened_at).max()?;
        let last = last.max(end);
        if entries.len() < 2 || last <= first {
            return None;
        }
        let scale = Scale { start: first, end: last };
        let minutes = time::distance(first, last);
        Some(StripChart {
            lanes: lanes(entries, &scale),
            phases: phases(states, &scale),
            ticks: scale.clock_ticks(),
            description: format!("{} entries over {minutes}, by kind.", entries.len()),
        })
    }

    /// Returns the height of the drawing in pixels.
    pub fn height(&self) -> usize {
        PHASE_HEIGHT + self.lanes.len() * LANE_HEIGHT + AXIS_HEIGHT
    }

    /// Returns where the axis' texts stand, in pixels from the top.
    pub fn axis_y(&self) -> usize {
        self.height() - 6
    }

    /// Returns where the ticks' lines end, in pixels from the top.
    pub fn floor_y(&self) -> usize {
        self.height() - AXIS_HEIGHT
    }
}

fn lanes(entries: &[Entry], scale: &Scale) -> Vec<Lane> {
    const TITLES: [&str; 4] =
        ["Alerts", "Pages and deliveries", "Response", "Notes, decisions, actions"];
    let dot = |entry: &Entry| Dot {
        x: scale.place(entry.happened_at),
        tone: entry.kind.tone(),
        text: format!("{} {}", entry.happened_at.strftime("%H:%M UTC"), entry.text),
    };
    let dots_of = |lane: usize| -> Vec<Dot> {
        entries.iter().filter(|entry| lane_of(entry.kind) == lane).map(dot).collect()
    };
    let filled = TITLES.iter().enumerate().map(|(lane, title)| (*title, dots_of(lane)));
    filled
        .filter(|(_, dots)| !dots.is_empty())
        .enumerate()
        .map(|(row, (title, dots))| {
            let y = PHASE_HEIGHT + row * LANE_HEIGHT + LANE_HEIGHT * 2 / 3;
            Lane { title, y, dots }
        })
        .collect()
}

fn lane_of(kind: EntryKind) -> usize {
    match kind {
        EntryKind::Alert => 0,
        EntryKind::Page | EntryKind::Delivery => 1,
        EntryKind::Acknowledge | EntryKind::State | EntryKind::Role => 2,
        EntryKind::Note | EntryKind::Decision | EntryKind::Action => 3,
    }
}

fn phases(states: &[(IncidentState, Timestamp)], scale: &Scale) -> Vec<Span> {
    let ends = states.iter().skip(1).map(|(_, since)| *since).chain([scale.end]);
    states
        .iter()
        .zip(ends)
        .map(|((state, since), until)| {
            let (x, right) = (scale.place(*since), scale.place(until));
            let is_wide = right - x >= WORD_WIDTH_MIN;
            Span {
                x,
                width: (right - x).max(0.0),
                class: state.tone().to_owned(),
                text: if is_wide { state.word().to_owned() } else { String::new() },
                title: format!("{} for {}", state.word(), time::distance(*since, until)),
            }
        })
        .collect()
}

/// Seven days of a schedule as a bar.
#[derive(Clone, Debug)]
pub struct WeekBar {
    /// The shifts, earliest first.
    pub spans: Vec<Span>,
    /// The days.
    pub ticks: Vec<Tick>,
    /// Where now is, 0 to 100.
    pub now_x: f64,
    /// What a reader who does not see the drawing is told.
    pub description: String,
}

/// How many colours there are for people.
const PERSON_COLOURS: usize = 6;

impl WeekBar {
    /// Draws shifts `(person, from, until)` (earliest first) between `start` and `end`.
    ///
    /// A person has the same colour in every bar that is drawn with the same `people`.
    pub fn draw(
        shifts: &[(String, Timestamp, Timestamp)],
        people: &[String],
        window: (Timestamp, Timestamp),
        now: Timestamp,
    ) -> WeekBar {
        let scale = Scale { start: window.0, end: window.1 };
        let span = |(person, from, until): &(String, Timestamp, Timestamp)| {
            let x = scale.share(*from);
            let colour = people.iter().position(|known| known == person);
            let width = scale.share(*until) - x;
            let first_name = person.split_whitespace().next().unwrap_or_default();
            let text = if width < WORD_WIDTH_MIN { first_name } else { person };
            Span {
                x,
                width,
                class: format!("who{}", colour.unwrap_or(people.len()) % PERSON_COLOURS),
                text: text.to_owned(),
                title: format!(
                    "{person}: {} to {}",
                    from.strftime("%a %-d %b %H:%M"),
                    until.strftime("%a %-d %b %H:%M UTC")
                ),
            }
        };
        let ticks = time::midnights(window.0, window.1)
            .into_iter()
            .map(|day| Tick { x: scale.share(day), text: day.strftime("%a %-d").to_string() });
        let names: Vec<&str> = shifts.iter().map(|(person, ..)| person.as_str()).collect();
        WeekBar {
            spans: shifts.iter().map(span).filter(|span| span.width > 0.0).collect(),
            ticks: ticks.collect(),
            now_x: scale.share(now),
            description: format!("On call over seven days, in order: {}.", names.join(", then ")),
        }
    }
}

/// Maps instants to per cent.
struct Scale {
    start: Timestamp,
    end: Timestamp,
}

impl Scale {
    /// Returns 0 to 100; instants outside are moved to the edge.
    fn share(&self, at: Timestamp) -> f64 {
        let whole = (self.end.as_millisecond() - self.start.as_millisecond()).max(1);
        let part = (at.as_millisecond() - self.start.as_millisecond()).clamp(0, whole);
        let (part, whole) = (part as f64, whole as f64);
        (part / whole * 10_000.0).round() / 100.0
    }

    /// Like `share`, but keeps the margin at both edges.
    fn place(&self, at: Timestamp) -> f64 {
        let share = MARGIN + self.share(at) * (100.0 - 2.0 * MARGIN) / 100.0;
        (share * 100.0).round() / 100.0
    }

    /// Returns at most six whole steps of minutes, hours or days, as clock times.
    fn clock_ticks(&self) -> Vec<Tick> {
        const STEPS: [i64; 12] =
            [60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400, 604_800];
        let seconds = self.end.as_second() - self.start.as_second();
        let step = STEPS.into_iter().find(|step| seconds / step <= 5).unwrap_or(seconds / 5);
        let first = (self.start.as_second() + step - 1) / step * step;
        let form = if step < 86_400 { "%H:%M" } else { "%-d %b" };
        (first..=self.end.as_second())
            .step_by(usize::try_from(step).unwrap_or(usize::MAX))
            .filter_map(|second| Timestamp::from_second(second).ok())
            .map(|at| Tick { x: self.place(at), text: at.strftime(form).to_string() })
            .collect()
    }
}
