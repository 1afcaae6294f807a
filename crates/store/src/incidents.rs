//! Incidents.

use jiff::Timestamp;
use stentor_domain::id::IncidentId;
use stentor_domain::incident::Incident;

use crate::db::Db;
use crate::db::{Row, Value};
use crate::document::{self, Saved, exactly_one};
use crate::error::Error;

const COLUMNS: &str = "id, version, doc";

fn row(row: &Row<'_>) -> Result<Saved<Incident>, Error> {
    let it = document::read("incidents", row.text_ref(0)?, row.text_ref(2)?)?;
    Ok(Saved { version: row.int(1)?, it })
}

/// Returns the incident with this id.
pub fn open(db: &mut Db, id: IncidentId) -> Result<Option<Saved<Incident>>, Error> {
    let sql = format!("select {COLUMNS} from incidents where id = $1");
    db.query_one(&sql, &[(&id.to_string()).into()], row)
}

/// Returns the incident that people call `INC-<number>`.
pub fn open_by_number(db: &mut Db, number: i64) -> Result<Option<Saved<Incident>>, Error> {
    let sql = format!("select {COLUMNS} from incidents where number = $1");
    db.query_one(&sql, &[number.into()], row)
}

/// Returns the newest incident of a service at which people are still at work.
pub fn open_by_service(db: &mut Db, service: &str) -> Result<Option<Saved<Incident>>, Error> {
    let sql = format!(
        "select {COLUMNS} from incidents
         where service = $1 and state not in ('resolved', 'closed')
         order by declared_at desc limit 1"
    );
    db.query_one(&sql, &[service.into()], row)
}

/// Returns the number that the next incident gets, from 1.
pub fn next_number(db: &mut Db) -> Result<i64, Error> {
    let sql = "select coalesce(max(number), 0) + 1 from incidents";
    Ok(db.query_one(sql, &[], |row| row.int(0))?.unwrap_or(1))
}

/// Saves an incident, new or not. `Conflict` when somebody else saved it since it was read, or took its number.
pub fn save(db: &mut Db, saved: &mut Saved<Incident>) -> Result<(), Error> {
    let incident = &saved.it;
    let (id, doc) = (incident.id.to_string(), document::write(incident));
    let changed = if saved.version == 0 {
        db.execute(
            "insert into incidents (id, number, service, state, severity, title, declared_at,
                 resolved_at, version, doc)
             values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)",
            &[
                (&id).into(),
                incident.number.into(),
                incident.service.as_deref().into(),
                incident.state.word().into(),
                i64::from(incident.severity.0).into(),
                (&incident.title).into(),
                incident.declared_at.into(),
                incident.resolved_at.into(),
                (&doc).into(),
            ],
        )?
    } else {
        db.execute(
            "update incidents set state = $3, severity = $4, title = $5, resolved_at = $6, doc = $7,
                 version = version + 1
             where id = $1 and version = $2",
            &[
                (&id).into(),
                saved.version.into(),
                incident.state.word().into(),
                i64::from(incident.severity.0).into(),
                (&incident.title).into(),
                incident.resolved_at.into(),
                (&doc).into(),
            ],
        )?
    };
    exactly_one(changed)?;
    saved.version += 1;
    Ok(())
}

/// Which incidents a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those at which people are still at work.
    pub open: bool,
    /// Only those that come after this one in the list.
    pub after: Option<(Timestamp, IncidentId)>,
}

/// Returns incidents, newest first, at most `max`.
pub fn list(db: &mut Db, filter: &Filter, max: i64) -> Result<Vec<Incident>, Error> {
    let sql = format!(
        "select {COLUMNS} from incidents
         where ($1 or state not in ('resolved', 'closed')) and ($2 or (declared_at, id) < ($3, $4))
         order by declared_at desc, id desc limit $5"
    );
    let after = filter.after.map(|(_, id)| id.to_string()).unwrap_or_default();
    let args = [
        (!filter.open).into(),
        filter.after.is_none().into(),
        filter.after.map_or(Value::Int(0), |(at, _)| at.into()),
        (&after).into(),
        max.into(),
    ];
    Ok(db.query(&sql, &args, row)?.into_iter().map(|saved| saved.it).collect())
}
