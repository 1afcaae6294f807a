use stentor_domain::group::GroupId;
use stentor_domain::id::{IncidentId, PageId};
use stentor_domain::page::{Page, State};

use super::samples::{GROUP_ID, PAGE, assert_kept, at, ids, in_pieces, page, parse};
use crate::db::args;
use crate::document::Saved;
use crate::error::Error;
use crate::pages::{self, Filter};
use crate::testing::on_each_engine;

#[test]
fn a_page_is_read_as_it_was_saved() {
    on_each_engine(|db| {
        let mut saved = Saved::new(parse::<Page>(PAGE));
        assert!(pages::open(db, saved.it.id).unwrap().is_none());
        pages::save(db, &mut saved).unwrap();
        (saved.it.state, saved.it.title) = (State::Acknowledged, "now acknowledged".into());
        pages::save(db, &mut saved).unwrap();
        let read = pages::open(db, saved.it.id).unwrap().unwrap();
        assert_eq!((read.version, read.it), (2, saved.it));
    });
}

#[test]
fn of_two_changes_of_a_page_one_is_a_conflict() {
    on_each_engine(|db| {
        let mut saved = page(&mut ids(), 0);
        pages::save(db, &mut saved).unwrap();
        let mut stale = saved.clone();
        pages::save(db, &mut saved).unwrap();
        assert!(matches!(pages::save(db, &mut stale), Err(Error::Conflict)));
        assert_eq!(stale.version, 1, "a conflict leaves the version as it was");
    });
}

#[test]
fn the_first_releases_page_is_read() {
    on_each_engine(|db| {
        let golden: Page = parse(PAGE);
        let sql = "insert into pages (id, state, severity, title, created_at, version, doc)
            values ($1, 'triggered', 1, 'DiskFull', 0, 1, $2)";
        db.execute(sql, args![&golden.id.to_string(), PAGE]).unwrap();
        let read = pages::open(db, golden.id).unwrap().unwrap().it;
        assert_kept(PAGE, &read);
    });
}

#[test]
fn a_group_has_one_open_page() {
    on_each_engine(|db| {
        let ids = &mut ids();
        let mut of_group = |group| {
            let mut saved = page(ids, 0);
            saved.it.group = group;
            saved
        };
        let mut first = of_group(Some(GROUP_ID));
        pages::save(db, &mut first).unwrap();
        assert!(matches!(pages::save(db, &mut of_group(Some(GROUP_ID))), Err(Error::Conflict)));
        pages::save(db, &mut of_group(Some(GroupId(7)))).unwrap();
        // A person's request belongs to no group, and any number may be open.
        pages::save(db, &mut of_group(None)).unwrap();
        pages::save(db, &mut of_group(None)).unwrap();
        let open = pages::open_by_group(db, GROUP_ID).unwrap().unwrap();
        assert_eq!((open.it.id, open.version), (first.it.id, 1));
        for state in [State::Acknowledged, State::Resolved] {
            first.it.state = state;
            pages::save(db, &mut first).unwrap();
            let open = pages::open_by_group(db, GROUP_ID).unwrap();
            assert_eq!(open.is_some(), state == State::Acknowledged);
        }
        let mut second = of_group(Some(GROUP_ID));
        pages::save(db, &mut second).unwrap();
        first.it.state = State::Acknowledged;
        assert!(matches!(pages::save(db, &mut first), Err(Error::Conflict)));
    });
}

#[test]
fn a_list_in_pieces_has_no_gap_and_no_double() {
    on_each_engine(|db| {
        let ids = &mut ids();
        let mut expected: Vec<(jiff::Timestamp, PageId, State)> = Vec::new();
        let states = [State::Triggered, State::Acknowledged, State::Resolved];
        // Several begin in the same instant, not in the order of their ids.
        for began in [5, 1, 5, 3, 5, 3, 1, 5, 2] {
            let mut saved = page(ids, began);
            saved.it.state = states[expected.len() % 3];
            pages::save(db, &mut saved).unwrap();
            expected.push((saved.it.triggered_at, saved.it.id, saved.it.state));
        }
        expected.sort_by_key(|(began, id, _)| (*began, *id));
        expected.reverse();
        let fits = |filter: &Filter, state| {
            filter.state.is_none_or(|wanted| wanted == state)
                && (!filter.open || state != State::Resolved)
        };
        let filters = [
            Filter::default(),
            Filter { open: true, ..Filter::default() },
            Filter { state: Some(State::Resolved), ..Filter::default() },
            Filter { state: Some(State::Resolved), open: true, after: None },
        ];
        for filter in filters {
            let wanted: Vec<PageId> = expected
                .iter()
                .filter(|(_, _, state)| fits(&filter, *state))
                .map(|(_, id, _)| *id)
                .collect();
            for step in [1, 2, 4, 99] {
                let read = in_pieces(step, |last: Option<&Page>, max| {
                    let after = last.map(|page| (page.triggered_at, page.id));
                    pages::list(db, &Filter { after, ..filter.clone() }, max).unwrap()
                });
                let read: Vec<PageId> = read.iter().map(|page| page.id).collect();
                assert_eq!(read, wanted, "{filter:?} by {step}");
            }
        }
        assert_eq!(pages::count_open(db).unwrap(), (3, 3));
    });
}

#[test]
fn what_is_due_comes_earliest_first() {
    on_each_engine(|db| {
        assert_eq!(pages::next_due(db).unwrap(), None);
        let ids = &mut ids();
        for due in [Some(30), None, Some(10), Some(99), Some(20)] {
            let mut saved = page(ids, 0);
            saved.it.escalation.next_at = due.map(at);
            pages::save(db, &mut saved).unwrap();
        }
        let due = |found: Vec<Saved<Page>>| -> Vec<_> {
            found.iter().filter_map(|page| page.it.due_at()).collect()
        };
        assert_eq!(due(pages::list_due(db, at(30), 9).unwrap()), [at(10), at(20), at(30)]);
        assert_eq!(due(pages::list_due(db, at(30), 2).unwrap()), [at(10), at(20)]);
        assert_eq!(pages::next_due(db).unwrap(), Some(at(10)));
        let mut first = pages::list_due(db, at(10), 1).unwrap().remove(0);
        first.it.escalation.next_at = None;
        pages::save(db, &mut first).unwrap();
        assert_eq!(pages::next_due(db).unwrap(), Some(at(20)));
        assert!(pages::postpone_first(db, at(30), at(25)).unwrap().is_some());
        assert_eq!(pages::next_due(db).unwrap(), Some(at(25)));
        assert_eq!(pages::postpone_first(db, at(9), at(25)).unwrap(), None);
    });
}

#[test]
fn the_pages_of_an_incident_are_found_oldest_first() {
    on_each_engine(|db| {
        let ids = &mut ids();
        let incident = IncidentId::new(ids, at(0));
        let mut joined = Vec::new();
        for began in [3, 1, 2] {
            let mut saved = page(ids, began);
            pages::save(db, &mut saved).unwrap();
            if began != 2 {
                saved.it.incident = Some(incident);
                pages::save(db, &mut saved).unwrap();
                joined.push(saved.it);
            }
        }
        joined.reverse();
        assert_eq!(pages::of_incident(db, incident).unwrap(), joined);
    });
}
