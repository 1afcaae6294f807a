//! Silences of a simulated world: who asks for which, and which there must be.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use stentor_domain::matchers::{Matcher, Matchers, Op};
use stentor_domain::silence::{Draft, Every, Repeats, Silence};
use stentor_engine::{Input, SilenceInput};

use crate::plan::{SERVICES, TEAMS, ZONES};
use crate::rng::Rng;

/// What is known from outside of the silences of a world.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Each silence as it was seen, by id, with when; an entry counts until the next.
    pub(crate) seen: BTreeMap<String, Vec<(Timestamp, Silence)>>,
    /// Whether somebody asked for something and never heard what became of it.
    unsure: bool,
}

impl Ledger {
    /// Takes note of an answer: `before` is the silence that was to be changed, which has ended if another came of it.
    pub(crate) fn learn(&mut self, before: Option<&str>, silence: Silence, now: Timestamp) {
        if let Some((_, old)) = before.and_then(|id| self.newest(id))
            && old.id != silence.id
            && (old.ends_at > now || old.repeats.is_some())
        {
            let (id, mut ended) = (old.id.clone(), old.clone());
            (ended.starts_at, ended.ends_at) = (ended.starts_at.min(now), ended.ends_at.min(now));
            ended.repeats = None;
            self.seen.entry(id).or_default().push((now, ended));
        }
        self.seen.entry(silence.id.clone()).or_default().push((now, silence));
    }

    /// Takes note that nobody heard what became of a request.
    pub(crate) fn lost(&mut self) {
        self.unsure = true;
    }

    /// Returns a silence as it was last seen, and when.
    pub(crate) fn newest(&self, id: &str) -> Option<&(Timestamp, Silence)> {
        self.seen.get(id)?.last()
    }

    /// Compares with what a list of all silences says; what nobody heard of a crash is learned from it.
    ///
    /// `settled` = whatever was due has been decided, so a recurring one has moved.
    pub(crate) fn compare(
        &mut self,
        listed: Vec<Silence>,
        settled: bool,
        now: Timestamp,
    ) -> Option<String> {
        let unsure = std::mem::take(&mut self.unsure);
        let listed: BTreeMap<String, Silence> =
            listed.into_iter().map(|it| (it.id.clone(), it)).collect();
        let gone = self.seen.keys().find(|id| !listed.contains_key(*id));
        if let Some(id) = gone {
            return Some(format!("the silence {id} is gone"));
        }
        for (id, silence) in listed {
            let fits =
                self.newest(&id).is_some_and(|(_, known)| fits(known, &silence, settled, now));
            if !fits && !unsure {
                return Some(format!("the silence {id} is not as it was accepted: {silence:?}"));
            }
            if !fits {
                self.seen.entry(id).or_default().push((now, silence));
            }
        }
        None
    }
}

/// Tells whether a silence that was `known` may be this one at `now`, when nobody has touched it.
fn fits(known: &Silence, it: &Silence, settled: bool, now: Timestamp) -> bool {
    let window = (it.starts_at, it.ends_at);
    let same = window == (known.starts_at, known.ends_at);
    let resolved = known.until_resolved && it.starts_at == known.starts_at && it.ends_at <= now;
    let moved = known
        .repeats
        .as_ref()
        .is_some_and(|repeats| known.ends_at <= now && Some(window) == next_day(known, repeats));
    let stays = same && (known.repeats.is_none() || now <= known.ends_at || !settled);
    // Where its last window lay matters to nobody.
    let over = |one: &Silence| one.ends_at <= now && one.repeats.is_none();
    let both_over = over(known) && over(it);
    known.matchers.same_as(&it.matchers) && (stays || resolved || moved || both_over)
}

/// Returns the window of the next day: the same time on the wall clock, and as long.
fn next_day(known: &Silence, repeats: &Repeats) -> Option<(Timestamp, Timestamp)> {
    let zone = TimeZone::get(&repeats.zone).ok()?;
    let wall: DateTime = known.starts_at.to_zoned(zone.clone()).datetime();
    let wall = repeats.at.map_or(wall, |at| wall.date().to_datetime(at));
    let starts = wall.checked_add(1.day()).ok()?.to_zoned(zone).ok()?.timestamp();
    Some((starts, starts + known.ends_at.duration_since(known.starts_at)))
}

/// Returns what somebody asks of a silence; `alerts` is how many conditions there are.
pub(crate) fn ask(rng: &mut Rng, ledger: &Ledger, alerts: usize, now: Timestamp) -> Input {
    let ids: Vec<&String> = ledger.seen.keys().collect();
    if ids.is_empty() || rng.percent(50) {
        return Input::SetSilence(draft(rng, alerts, now));
    }
    let id = (*rng.pick(&ids)).clone();
    let by = "Ana".to_owned();
    match rng.below(10) {
        0..4 => Input::Silence(id, SilenceInput::Expire { by }),
        4 => Input::Silence(id, SilenceInput::Comment { by, text: "still at it".into() }),
        5..8 => {
            let known = ledger.newest(&id).map(|(_, silence)| silence.clone());
            let draft = draft(rng, alerts, now);
            let (matchers, starts_at) =
                known.map_or((draft.matchers, draft.starts_at), |it| (it.matchers, it.starts_at));
            let ends_at = draft.ends_at.max(starts_at + SignedDuration::from_secs(1));
            Input::SetSilence(Draft { id: Some(id), matchers, starts_at, ends_at, ..draft })
        }
        _ => Input::SetSilence(Draft { id: Some(id), ..draft(rng, alerts, now) }),
    }
}

fn draft(rng: &mut Rng, alerts: usize, now: Timestamp) -> Draft {
    let whole = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let starts_at = match rng.below(10) {
        0..6 => now,
        6 | 7 => whole - SignedDuration::from_secs(60),
        _ => whole + SignedDuration::from_secs(rng.between(10, 600) as i64),
    };
    let length = if rng.percent(30) { (5, 120) } else { (120, 2_400) };
    let ends_at = match rng.percent(3) {
        true => whole - SignedDuration::from_secs(5),
        false => starts_at.max(now) + rng.seconds(length.0, length.1),
    };
    let (until_resolved, recurs) = (rng.percent(15), rng.percent(10));
    let zone = rng.word(&ZONES).to_owned();
    Draft {
        id: None,
        matchers: matchers(rng, alerts),
        starts_at,
        ends_at,
        created_by: "Ben".into(),
        by: None,
        comment: "we know".into(),
        until_resolved: Some(until_resolved),
        repeats: (recurs && !until_resolved).then_some(Repeats::new(Every::Day, zone)),
    }
}

fn matchers(rng: &mut Rng, alerts: usize) -> Matchers {
    let instance = format!("i{:03}", rng.below(alerts));
    let one = |name: &str, op, value: &str| {
        Matcher::new(name, op, value).expect("each of these is a pattern")
    };
    let first = match rng.below(6) {
        0 => one("team", Op::Equals, rng.word(&TEAMS)),
        1 => one("service", Op::Equals, rng.word(&SERVICES)),
        2 => one("severity", Op::Fits, "err.*|warning"),
        3 => one("instance", Op::EqualsNot, &instance),
        _ => one("instance", Op::Equals, &instance),
    };
    let second = rng.percent(30).then(|| one("alertname", Op::FitsNot, "Slow|Nothing"));
    Matchers([first].into_iter().chain(second).collect())
}
