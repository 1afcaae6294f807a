//! Pages.

use jiff::Timestamp;
use stentor_domain::group::GroupId;
use stentor_domain::id::{IncidentId, PageId};
use stentor_domain::page::{Page, State};

use crate::db::Db;
use crate::db::{Row, Value};
use crate::document::{self, Saved, exactly_one};
use crate::error::Error;

const COLUMNS: &str = "id, version, doc";

fn row(row: &Row<'_>) -> Result<Saved<Page>, Error> {
    let it = document::read("pages", row.text_ref(0)?, row.text_ref(2)?)?;
    Ok(Saved { version: row.int(1)?, it })
}

fn group_key(group: GroupId) -> Value<'static> {
    Value::Int(group.0.cast_signed())
}

/// Returns the page with this id.
pub fn open(db: &mut Db, id: PageId) -> Result<Option<Saved<Page>>, Error> {
    let sql = format!("select {COLUMNS} from pages where id = $1");
    db.query_one(&sql, &[(&id.to_string()).into()], row)
}

/// Returns the page of a group that is not resolved.
pub fn open_by_group(db: &mut Db, group: GroupId) -> Result<Option<Saved<Page>>, Error> {
    let sql = format!("select {COLUMNS} from pages where group_id = $1 and state <> 'resolved'");
    db.query_one(&sql, &[group_key(group)], row)
}

/// Saves a page, new or not. `Conflict` when somebody else saved it since it was read, or opened one for its group.
pub fn save(db: &mut Db, saved: &mut Saved<Page>) -> Result<(), Error> {
    let page = &saved.it;
    let (id, doc) = (page.id.to_string(), document::write(page));
    let incident = page.incident.map(|id| id.to_string());
    let changed = if saved.version == 0 {
        db.execute(
            "insert into pages
                 (id, group_id, incident_id, state, severity, title, created_at, due_at, version, doc)
             values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)",
            &[
                (&id).into(),
                page.group.map_or(Value::Null, group_key),
                incident.as_deref().into(),
                page.state.word().into(),
                i64::from(page.severity.0).into(),
                (&page.title).into(),
                page.triggered_at.into(),
                page.due_at().into(),
                (&doc).into(),
            ],
        )?
    } else {
        db.execute(
            "update pages set incident_id = $3, state = $4, severity = $5, title = $6, due_at = $7,
                 doc = $8, version = version + 1
             where id = $1 and version = $2",
            &[
                (&id).into(),
                saved.version.into(),
                incident.as_deref().into(),
                page.state.word().into(),
                i64::from(page.severity.0).into(),
                (&page.title).into(),
                page.due_at().into(),
                (&doc).into(),
            ],
        )?
    };
    exactly_one(changed)?;
    saved.version += 1;
    Ok(())
}

/// Returns pages that are due at `now`, earliest first, at most `max`.
pub fn list_due(db: &mut Db, now: Timestamp, max: i64) -> Result<Vec<Saved<Page>>, Error> {
    let sql =
        format!("select {COLUMNS} from pages where due_at <= $1 order by due_at, id limit $2");
    db.query(&sql, &[now.into(), max.into()], row)
}

/// Puts off the page that is due first, because it can be neither read nor decided; returns its id.
pub fn postpone_first(
    db: &mut Db,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<String>, Error> {
    db.query_one(
        "update pages set due_at = $2 where id =
             (select id from pages where due_at <= $1 order by due_at, id limit 1)
         returning cast(id as text)",
        &[now.into(), until.into()],
        |row| row.text(0),
    )
}

/// Returns when the next page is due.
pub fn next_due(db: &mut Db) -> Result<Option<Timestamp>, Error> {
    let min =
        db.query_one("select min(due_at) from pages where due_at is not null", &[], |row| {
            row.opt_time(0)
        })?;
    Ok(min.flatten())
}

/// Which pages a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those that are not resolved.
    pub open: bool,
    /// Only those that come after this one in the list.
    pub after: Option<(Timestamp, PageId)>,
}

/// Returns pages, newest first, at most `max`.
pub fn list(db: &mut Db, filter: &Filter, max: i64) -> Result<Vec<Page>, Error> {
    let sql = format!(
        "select {COLUMNS} from pages
         where ($1 = '' or state = $1) and ($2 or state <> 'resolved')
             and ($3 or (created_at, id) < ($4, $5))
         order by created_at desc, id desc limit $6"
    );
    let after = filter.after.map(|(_, id)| id.to_string()).unwrap_or_default();
    let args = [
        filter.state.map_or("", State::word).into(),
        (!filter.open).into(),
        filter.after.is_none().into(),
        filter.after.map_or(Value::Int(0), |(at, _)| at.into()),
        (&after).into(),
        max.into(),
    ];
    Ok(db.query(&sql, &args, row)?.into_iter().map(|saved| saved.it).collect())
}

/// Returns the pages of an incident, oldest first.
pub fn of_incident(db: &mut Db, incident: IncidentId) -> Result<Vec<Page>, Error> {
    let sql = format!("select {COLUMNS} from pages where incident_id = $1 order by created_at, id");
    let found = db.query(&sql, &[(&incident.to_string()).into()], row)?;
    Ok(found.into_iter().map(|saved| saved.it).collect())
}

/// Returns how many pages are in each state that is not resolved, as (triggered, acknowledged).
pub fn count_open(db: &mut Db) -> Result<(i64, i64), Error> {
    let sql = "select state, count(*) from pages where state <> 'resolved' group by state";
    let counts = db.query(sql, &[], |row| Ok((row.text(0)?, row.int(1)?)))?;
    let of = |state: State| {
        counts.iter().find(|(word, _)| word == state.word()).map_or(0, |(_, count)| *count)
    };
    Ok((of(State::Triggered), of(State::Acknowledged)))
}
