//! Compares what the engine remembers with what it would learn from its database.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use stentor_domain::group::{GroupId, PAGER};
use stentor_domain::labels::Fingerprint;
use stentor_domain::plan::Plan;
use stentor_domain::silence::Silence;
use stentor_domain::standing::Standing;
use stentor_store::db::Db;
use stentor_store::groups::Stored;
use stentor_store::{alerts, groups, silences};

/// An end may be remembered for so long before it moves on disk.
const REFRESH_EVERY: SignedDuration = SignedDuration::from_secs(31);

/// Returns the first thing that is remembered otherwise than the database has it; the ends that the last start gave,
/// all at `grace`, are in memory alone.
pub(crate) fn compare(
    db: &mut Db,
    known: &Standing,
    plan: &Plan,
    grace: Timestamp,
) -> Result<Option<String>> {
    let mut learned = Standing::new(plan);
    groups::each(db, |Stored { number, id, saved }| {
        learned.put_group(id, number, saved.it.log.contains_key(PAGER));
    })?;
    let mut due: Vec<(Fingerprint, Option<Timestamp>)> = vec![];
    alerts::each(db, |record| {
        learned.learn(&record);
        due.push((record.fingerprint, record.due_at));
    })?;
    silences::each(db, |silence| learned.put_silence(silence))?;
    if known.count() != learned.count() {
        let (was, is) = (known.count(), learned.count());
        return Ok(Some(format!(
            "alerts and how many fire: {was:?} are remembered, {is:?} stored"
        )));
    }
    let alert = due.iter().find_map(|(print, due)| differs(known, &learned, *print, *due, grace));
    Ok(alert
        .or_else(|| groups_differ(known, &learned))
        .or_else(|| silences_differ(known, &learned)))
}

fn differs(
    known: &Standing,
    learned: &Standing,
    print: Fingerprint,
    due: Option<Timestamp>,
    grace: Timestamp,
) -> Option<String> {
    let (Some(was), Some(is)) = (known.known(print), learned.known(print)) else {
        return Some(format!("{print} is not remembered"));
    };
    if known.labels(print) != learned.labels(print) || was.firing != is.firing {
        return Some(format!("{print} has other labels, or fires: {}", is.firing));
    }
    let alert =
        |it: &Standing| it.view(print).map(|it| (it.record().number, it.annotations().clone()));
    if alert(known) != alert(learned) {
        return Some(format!("{print} says other things, or has another number"));
    }
    let in_groups = |it: &Standing| it.groups_of(print).into_iter().collect::<BTreeSet<_>>();
    if in_groups(known) != in_groups(learned) {
        return Some(format!("{print} is in other groups"));
    }
    if was.firing && was.ends_at() == grace {
        return None;
    }
    let late = was.ends_at().duration_since(is.ends_at());
    if late.is_negative() || late > REFRESH_EVERY {
        return Some(format!("{print} ends {late:#} later than stored"));
    }
    let at = due.unwrap_or(Timestamp::MAX - SignedDuration::from_micros(1));
    let is_due = |at| known.list_due(at, usize::MAX).contains(&print);
    let early = is_due(at - SignedDuration::from_micros(1));
    (early || is_due(at) != due.is_some()).then(|| format!("{print} is not due at {at}"))
}

fn groups_differ(known: &Standing, learned: &Standing) -> Option<String> {
    let ids = |it: &Standing| it.group_ids().collect::<BTreeSet<GroupId>>();
    let (was, is) = (ids(known), ids(learned));
    if was != is {
        return Some(format!("the groups {was:?} are remembered, {is:?} are stored"));
    }
    let group = |it: &Standing, id| {
        let members = it.prints_of(id).into_iter().collect::<BTreeSet<_>>();
        (members, it.group(id).map(|group| (group.number, group.firing, group.paged)))
    };
    let id = is.into_iter().find(|id| group(known, *id) != group(learned, *id))?;
    Some(format!("{id}: {:?} is remembered, {:?} stored", group(known, id), group(learned, id)))
}

fn silences_differ(known: &Standing, learned: &Standing) -> Option<String> {
    let all = |it: &Standing| -> BTreeMap<String, String> {
        let line = |silence: &Silence| (silence.id.clone(), serde_json::json!(silence).to_string());
        it.silences().map(line).collect()
    };
    let (was, is) = (all(known), all(learned));
    (was != is).then(|| format!("the silences {was:?} are remembered, {is:?} stored"))
}
