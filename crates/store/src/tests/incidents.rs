use stentor_domain::id::IncidentId;
use stentor_domain::incident::{Incident, State};

use super::samples::{INCIDENT, assert_kept, at, ids, in_pieces, incident, parse};
use crate::db::args;
use crate::document::Saved;
use crate::error::Error;
use crate::incidents::{self, Filter};
use crate::testing::on_each_engine;

#[test]
fn an_incident_is_read_as_it_was_saved() {
    on_each_engine(|db| {
        let mut saved = Saved::new(parse::<Incident>(INCIDENT));
        assert!(incidents::open(db, saved.it.id).unwrap().is_none());
        incidents::save(db, &mut saved).unwrap();
        (saved.it.state, saved.it.resolved_at) = (State::Resolved, Some(at(9)));
        incidents::save(db, &mut saved).unwrap();
        let read = incidents::open(db, saved.it.id).unwrap().unwrap();
        assert_eq!((read.version, &read.it), (2, &saved.it));
        let by_number = incidents::open_by_number(db, 7).unwrap().unwrap();
        assert_eq!(by_number.it, read.it);
        assert!(incidents::open_by_number(db, 8).unwrap().is_none());
        let mut stale = Saved { version: 1, it: read.it };
        assert!(matches!(incidents::save(db, &mut stale), Err(Error::Conflict)));
    });
}

#[test]
fn the_first_releases_incident_is_read() {
    on_each_engine(|db| {
        let id = parse::<Incident>(INCIDENT).id;
        let sql =
            "insert into incidents (id, number, state, severity, title, declared_at, version, doc)
            values ($1, 7, 'declared', 1, 'Outage', 0, 1, $2)";
        db.execute(sql, args![&id.to_string(), INCIDENT]).unwrap();
        let read = incidents::open(db, id).unwrap().unwrap().it;
        assert_kept(INCIDENT, &read);
    });
}

#[test]
fn a_number_is_given_once() {
    on_each_engine(|db| {
        let ids = &mut ids();
        assert_eq!(incidents::next_number(db).unwrap(), 1);
        incidents::save(db, &mut incident(ids, 1, 0)).unwrap();
        assert_eq!(incidents::next_number(db).unwrap(), 2);
        assert!(matches!(incidents::save(db, &mut incident(ids, 1, 0)), Err(Error::Conflict)));
        incidents::save(db, &mut incident(ids, 41, 0)).unwrap();
        assert_eq!(incidents::next_number(db).unwrap(), 42);
    });
}

#[test]
fn the_newest_open_incident_of_a_service_is_found() {
    on_each_engine(|db| {
        let ids = &mut ids();
        for (number, state) in (1..).zip(State::ALL) {
            let mut saved = incident(ids, number, number);
            saved.it.state = state;
            incidents::save(db, &mut saved).unwrap();
        }
        let mut other = incident(ids, 9, 9);
        other.it.service = None;
        incidents::save(db, &mut other).unwrap();
        let mut number =
            || incidents::open_by_service(db, "shop").unwrap().map(|open| open.it.number);
        assert_eq!(number(), Some(4), "monitoring is open, resolved and closed are not");
        assert!(incidents::open_by_service(db, "mail").unwrap().is_none());
    });
}

#[test]
fn a_list_in_pieces_has_no_gap_and_no_double() {
    on_each_engine(|db| {
        let ids = &mut ids();
        let mut made: Vec<(jiff::Timestamp, IncidentId, bool)> = Vec::new();
        for (number, second) in (1..).zip([5, 1, 5, 3, 5, 3, 1, 5, 2]) {
            let mut saved = incident(ids, number, second);
            saved.it.state = State::ALL[made.len() % 6];
            incidents::save(db, &mut saved).unwrap();
            made.push((saved.it.declared_at, saved.it.id, saved.it.state.open()));
        }
        made.sort();
        made.reverse();
        for open in [false, true] {
            let wanted: Vec<IncidentId> = made
                .iter()
                .filter(|(_, _, is_open)| !open || *is_open)
                .map(|(_, id, _)| *id)
                .collect();
            for step in [1, 2, 99] {
                let read = in_pieces(step, |last: Option<&Incident>, max| {
                    let after = last.map(|incident| (incident.declared_at, incident.id));
                    incidents::list(db, &Filter { open, after }, max).unwrap()
                });
                let read: Vec<IncidentId> = read.iter().map(|incident| incident.id).collect();
                assert_eq!(read, wanted, "open {open} by {step}");
            }
        }
    });
}
