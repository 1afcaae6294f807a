//! The list of alerts that fire: one screenful from the index, with what keeps each from being told.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use axum::extract::Query;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use stentor_domain::labels::Fingerprint;
use stentor_domain::matchers::{Matcher, Matchers, Op};
use stentor_domain::standing::Crowd;
use stentor_store::error::Error as StoreError;

use super::frame::{Frame, Source, html};
use super::{cards, failing, flash, typed};
use crate::error::Error;
use crate::pages::alert::{AlertGroupRow, AlertRow, AlertsList, Hidden, Toggle};
use crate::pages::incident::Choice;
use crate::pages::layout::Section;
use crate::pages::now::{Firing, SeverityCount};
use crate::portions;
use crate::routes;

/// What the list is asked for. The names are those of the links in Alertmanager's notifications.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    filter: String,
    receiver: String,
    group: String,
    silenced: String,
    inhibited: String,
    muted: String,
    /// `false` leaves out what nothing keeps back; what is asked for by the switches is all there is then.
    active: String,
    state: String,
    /// The last row seen, in a list of alerts.
    after: String,
    /// How many rows were seen, in a list of groups.
    at: usize,
}

/// Where an alert stands in the list: from late to early.
type Place = (Reverse<Timestamp>, Fingerprint);

/// What keeps alerts from being told, as the list counts it.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    silenced: bool,
    inhibited: bool,
    muted: bool,
}

/// What was found in the index.
#[derive(Debug, Default)]
struct Found {
    /// Alerts that are shown, in no order.
    shown: Vec<Place>,
    /// How many there are under the filter, shown or not.
    total: usize,
    silenced: usize,
    inhibited: usize,
    muted: usize,
}

impl Wanted {
    fn place(&self) -> Option<Place> {
        let (at, print) = self.after.split_once('.')?;
        let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
        Some((Reverse(at), print.parse().ok()?))
    }

    fn shows(&self, kept: Kept) -> bool {
        let on = |value: &str| value == "true";
        if self.active == "false" {
            return (kept.silenced && on(&self.silenced))
                || (kept.inhibited && on(&self.inhibited))
                || (kept.muted && on(&self.muted));
        }
        (!kept.silenced || on(&self.silenced))
            && (!kept.inhibited || on(&self.inhibited))
            && (!kept.muted || on(&self.muted))
    }

    /// Returns the address of this list from its beginning.
    fn href(&self) -> String {
        let fields = [
            ("filter", &self.filter),
            ("receiver", &self.receiver),
            ("group", &self.group),
            ("silenced", &self.silenced),
            ("inhibited", &self.inhibited),
            ("muted", &self.muted),
            ("active", &self.active),
        ];
        let set = fields.iter().filter(|(_, value)| !value.is_empty());
        let pairs = set.map(|(name, value)| format!("{name}={}", routes::escaped(value)));
        format!("/alerts?{}", pairs.collect::<Vec<_>>().join("&"))
    }

    fn toggles(&self, found: &Found) -> Vec<Toggle> {
        type Field = fn(&mut Wanted) -> &mut String;
        let toggle = |word: &str, icon, count, field: Field| {
            let mut other = self.clone();
            let value = field(&mut other);
            let on = value == "true";
            *value = if on { String::new() } else { "true".to_owned() };
            let mut only = self.with_kept("");
            "true".clone_into(field(&mut only));
            "false".clone_into(&mut only.active);
            let href = other.href();
            Toggle {
                word: word.to_owned(),
                icon,
                on,
                count,
                only: (count > 0 && only.href() != self.href()).then(|| only.href()),
                href,
            }
        };
        vec![
            toggle("Silenced", "quiet", found.silenced, |it| &mut it.silenced),
            toggle("Inhibited", "mute", found.inhibited, |it| &mut it.inhibited),
            toggle("Muted", "clock", found.muted, |it| &mut it.muted),
        ]
    }

    /// Returns the fields of the address that the form keeps.
    fn kept(&self) -> Vec<(&'static str, &'static str)> {
        let switches =
            [("silenced", &self.silenced), ("inhibited", &self.inhibited), ("muted", &self.muted)];
        let on = switches.into_iter().filter(|(_, value)| *value == "true");
        let only = (self.active == "false").then_some(("active", "false"));
        on.map(|(name, _)| (name, "true")).chain(only).collect()
    }

    /// Returns the same list from its beginning with every switch set to `value`, and what nothing keeps back.
    fn with_kept(&self, value: &str) -> Self {
        let [silenced, inhibited, muted] = [value; 3].map(str::to_owned);
        Self { silenced, inhibited, muted, active: String::new(), ..self.clone() }
    }

    /// Tells whether it asks for alerts that fit anything.
    fn is_narrow(&self) -> bool {
        !self.filter.is_empty() || !self.receiver.is_empty()
    }

    /// Returns what is said when nothing is shown, though something fires.
    fn hidden(&self, found: &Found) -> Option<Hidden> {
        if found.total == 0 || !found.shown.is_empty() || self.active == "false" {
            return None;
        }
        let reasons =
            [(found.silenced, "silenced"), (found.inhibited, "inhibited"), (found.muted, "muted")];
        let whole = reasons.iter().find(|(count, _)| *count == found.total);
        let some = reasons.iter().filter(|(count, _)| *count > 0).map(|(_, word)| *word);
        let why = whole.map_or_else(|| some.collect::<Vec<_>>().join(" or "), |it| it.1.to_owned());
        let what = match (found.total, self.is_narrow()) {
            (1, true) => "The one firing alert that matches is".to_owned(),
            (1, false) => "The one firing alert is".to_owned(),
            (total, true) => format!("All {total} firing alerts that match are"),
            (total, false) => format!("All {total} firing alerts are"),
        };
        Some(Hidden { title: format!("{what} {why}"), href: self.with_kept("true").href() })
    }
}

/// What the list is asked for, understood.
struct Sought {
    matchers: Matchers,
    /// What the name of a receiver has to fit, whole, as in Alertmanager's API.
    receiver: Option<Matcher>,
}

impl Sought {
    fn all() -> Self {
        Self { matchers: Matchers::default(), receiver: None }
    }

    fn read(wanted: &Wanted) -> Result<Self, String> {
        let matchers = typed::matchers(&wanted.filter)
            .map_err(|why| format!("The filter cannot be read: {why}."))?;
        let receiver = match wanted.receiver.as_str() {
            "" => None,
            text => Some(Matcher::new("receiver", Op::Fits, text).map_err(|why| {
                format!("The receiver is a regular expression, and cannot be read: {why}.")
            })?),
        };
        Ok(Self { matchers, receiver })
    }
}

/// Returns a regular expression that fits this name alone.
fn pattern(name: &str) -> String {
    let quote = |c: char| r"\.+*?()|[]{}^$".contains(c).then_some('\\').into_iter().chain([c]);
    name.chars().flat_map(quote).collect()
}

/// One screenful, and the address of the next.
#[derive(Default)]
struct Screenful {
    found: Found,
    rows: Vec<AlertRow>,
    groups: Vec<AlertGroupRow>,
    next: Option<String>,
    never: bool,
    /// Whether the alerts were to be counted by a label that none of them has.
    without_label: bool,
    /// Labels that the alerts have, by name.
    names: Vec<String>,
}

pub(super) async fn list_alerts(
    frame: Frame,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    if wanted.state == "resolved" {
        let filter = routes::escaped(&wanted.filter);
        return Ok(flash::see_other(&format!("/history?filter={filter}")));
    }
    let (sought, filter_problem) = match Sought::read(&wanted) {
        Ok(sought) => (Some(sought), None),
        Err(problem) => (None, Some(problem)),
    };
    let asked = wanted.clone();
    let (layout, screen) = frame
        .read(Section::Alerts, move |from| match sought {
            Some(sought) => Ok(screenful(from, &asked, &sought)),
            None => Ok(Screenful::default()),
        })
        .await?;
    let choice = |name: &String| {
        let value = pattern(name);
        let selected = [name, &value].contains(&&wanted.receiver);
        Choice { value, text: name.clone(), selected }
    };
    let receivers = frame.plan().receivers.keys().map(choice).collect();
    Ok(html(&AlertsList {
        layout,
        filter_problem,
        firing: screen.found.shown.len(),
        toggles: wanted.toggles(&screen.found),
        hidden: wanted.hidden(&screen.found),
        is_narrow: wanted.is_narrow() || wanted.active == "false",
        without_label: screen.without_label,
        names: screen.names,
        receivers,
        alerts: screen.rows,
        groups: screen.groups,
        next: screen.next,
        never: screen.never,
        kept: wanted.kept(),
        filter: wanted.filter,
        group: wanted.group,
    }))
}

fn screenful(from: &Source<'_>, wanted: &Wanted, sought: &Sought) -> Screenful {
    let mut screen = Screenful { never: from.standing().count().0 == 0, ..Screenful::default() };
    screen.found = look(from, wanted, sought);
    screen.names = names(from, &screen.found);
    if !wanted.group.is_empty() {
        let mut groups = grouped(from, &screen.found, wanted, &sought.matchers);
        screen.without_label = groups.iter().all(|row| row.value.is_empty()) && !groups.is_empty();
        let more = groups.len() > wanted.at.saturating_add(cards::ROWS);
        screen.next = more.then(|| format!("{}&at={}", wanted.href(), wanted.at + cards::ROWS));
        groups = groups.into_iter().skip(wanted.at).take(cards::ROWS).collect();
        screen.groups = groups;
        return screen;
    }
    let after = wanted.place();
    let mut places: Vec<Place> = screen.found.shown.clone();
    places.retain(|place| after.is_none_or(|after| *place > after));
    places.sort_unstable();
    let more = places.len() > cards::ROWS;
    places.truncate(cards::ROWS);
    if let Some((Reverse(at), print)) = places.last().filter(|_| more) {
        screen.next = Some(format!("{}&after={}.{print}", wanted.href(), at.as_microsecond()));
    }
    let prints: Vec<Fingerprint> = places.iter().map(|(_, print)| *print).collect();
    screen.rows = from.alerts(&prints).iter().map(|alert| cards::alert_row(from, alert)).collect();
    screen
}

/// Asks the index; the engine waits while a portion is looked at, so nothing is read from the database here.
fn look(from: &Source<'_>, wanted: &Wanted, sought: &Sought) -> Found {
    let (plan, now) = (from.plan, from.now);
    let muted: Vec<bool> =
        plan.routes.nodes.iter().map(|route| !plan.muted_by(route, now).is_empty()).collect();
    let (heard, told, prints) = {
        let standing = from.standing();
        let at_one = |takes: &dyn Fn(usize) -> bool| standing.coming_to(&plan.routes, takes);
        let receiver = |at: usize| plan.routes.nodes[at].receiver.as_str();
        let heard = sought.receiver.as_ref().map(|regex| at_one(&|at| regex.accepts(receiver(at))));
        let told = muted.contains(&true).then(|| at_one(&|at| !muted[at]));
        (heard, told, standing.select(&sought.matchers, now))
    };
    let mut found = Found::default();
    for (standing, portion) in portions::of(from.standing, &prints) {
        for view in portion.iter().filter_map(|print| standing.view(*print)) {
            let print = view.fingerprint();
            let is_without = |some: &Option<Crowd>| {
                some.as_ref().is_some_and(|some| !standing.is_among(some, print))
            };
            if is_without(&heard) {
                continue;
            }
            found.total += 1;
            let suppression = view.suppression(now);
            let kept = Kept {
                silenced: !suppression.silenced_by.is_empty(),
                inhibited: suppression.inhibited_by.is_some(),
                muted: is_without(&told),
            };
            found.silenced += usize::from(kept.silenced);
            found.inhibited += usize::from(kept.inhibited);
            found.muted += usize::from(kept.muted);
            if wanted.shows(kept) {
                found.shown.push((Reverse(view.known().starts_at()), print));
            }
        }
    }
    found
}

/// Returns the labels by which the alerts that are shown could be counted; rare ones may be missing.
fn names(from: &Source<'_>, found: &Found) -> Vec<String> {
    let standing = from.standing();
    let looked_at = found.shown.iter().take(NAMES_LOOKED_AT);
    let views = looked_at.filter_map(|(_, print)| standing.view(*print));
    let names: BTreeSet<&str> =
        views.flat_map(|view| view.labels().map(|(name, _)| name)).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// So many alerts are asked for their labels' names.
const NAMES_LOOKED_AT: usize = 500;

/// So many severities are counted on the first page; the others are in the list.
const SEVERITIES_SHOWN: usize = 6;

/// Returns what fires, for the first page.
pub(super) fn firing(from: &mut Source<'_>) -> Result<Firing, StoreError> {
    let failing = failing::list(from)?;
    let (by, sought) =
        (Wanted { group: "severity".to_owned(), ..Wanted::default() }, Sought::all());
    let found = look(from, &by, &sought);
    let (total, unpaged) = unpaged(from);
    let plan = from.plan;
    let row = |AlertGroupRow { value, alerts, href }| {
        let rank = cards::rank(plan, plan.severities.level(&value));
        SeverityCount { word: value, rank, alerts, href }
    };
    let rows = grouped(from, &found, &by, &sought.matchers).into_iter().map(row);
    let mut severities: Vec<SeverityCount> = rows.take(SEVERITIES_SHOWN).collect();
    severities.sort_by_key(|it| (it.word.is_empty(), it.rank.level));
    let Found { silenced, inhibited, muted, .. } = found;
    Ok(Firing { total, unpaged, severities, silenced, inhibited, muted, failing })
}

/// Returns how many alerts fire, and how many of them come to no receiver that pages people.
fn unpaged(from: &Source<'_>) -> (usize, usize) {
    let (plan, standing) = (from.plan, from.standing());
    let pages = |at: usize| {
        let receiver = plan.receivers.get(&plan.routes.nodes[at].receiver);
        receiver.is_some_and(|it| it.escalate.is_some())
    };
    let paged = standing.coming_to(&plan.routes, pages);
    let firing = standing.select(&Matchers::default(), from.now);
    (firing.len(), firing.iter().filter(|print| !standing.is_among(&paged, **print)).count())
}

/// Counts what is shown by the values of a label, the most frequent first.
fn grouped(
    from: &Source<'_>,
    found: &Found,
    wanted: &Wanted,
    matchers: &Matchers,
) -> Vec<AlertGroupRow> {
    let prints: Vec<Fingerprint> = found.shown.iter().map(|(_, print)| *print).collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (standing, portion) in portions::of(from.standing, &prints) {
        for view in portion.iter().filter_map(|print| standing.view(*print)) {
            let value = view.value(&wanted.group);
            match counts.get_mut(value) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(value.to_owned(), 1);
                }
            }
        }
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
    let row = |(value, alerts): (String, usize)| {
        let mut all = matchers.clone();
        all.0.extend(Matcher::new(&wanted.group, Op::Equals, &value));
        let filter = all.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let href = Wanted { filter, group: String::new(), ..wanted.clone() }.href();
        AlertGroupRow { value, alerts, href }
    };
    counts.into_iter().map(row).collect()
}
