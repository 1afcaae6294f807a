use stentor_domain::id::{IncidentId, PageId};
use stentor_domain::timeline::{Entry, Subject, What};

use super::samples::{assert_kept, at, ids, parse};
use crate::db::Db;
use crate::testing::on_each_engine;
use crate::timeline;

/// Every event that the first release wrote.
const GOLDEN: &str = include_str!("golden/timeline.json");

#[test]
fn every_entry_of_the_first_release_is_read() {
    on_each_engine(|db| {
        let subject = Subject::Page(PageId::new(&mut ids(), at(0)));
        let golden: Vec<serde_json::Value> = parse(GOLDEN);
        for body in &golden {
            let what: What = parse(&body.to_string());
            timeline::append(db, subject, &what, at(0), at(1)).unwrap();
        }
        let read = timeline::of(db, &[subject]).unwrap();
        let written: Vec<&What> = read.iter().map(|entry| &entry.what).collect();
        assert_kept(GOLDEN, &written);
    });
}

#[test]
fn entries_come_in_the_order_in_which_they_were_recorded() {
    on_each_engine(|db| {
        let ids = &mut ids();
        let page = Subject::Page(PageId::new(ids, at(0)));
        let incident = Subject::Incident(IncidentId::new(ids, at(0)));
        let other = Subject::Incident(IncidentId::new(ids, at(0)));
        assert_eq!(timeline::newest(db).unwrap(), 0);
        let what: Vec<What> = parse(GOLDEN);
        // The later recorded may have happened earlier.
        let recorded =
            [(page, 9, 10), (other, 10, 10), (incident, 1, 11), (page, 5, 11), (incident, 12, 12)];
        for (subject, happened, recorded) in recorded {
            timeline::append(db, subject, &what[0], at(happened), at(recorded)).unwrap();
        }
        let read = timeline::of(db, &[incident, page]).unwrap();
        let seen: Vec<_> =
            read.iter().map(|it| (it.subject, it.happened_at, it.recorded_at)).collect();
        let wanted = recorded.iter().filter(|(subject, ..)| *subject != other);
        let wanted: Vec<_> =
            wanted.map(|(subject, at_, by)| (*subject, at(*at_), at(*by))).collect();
        assert_eq!(seen, wanted);
        assert!(read.is_sorted_by(|a, b| a.seq < b.seq));
        let newest = timeline::newest(db).unwrap();
        assert_eq!(read.last().map(|entry: &Entry| entry.seq), Some(newest));
        assert_eq!(timeline::of(db, &[]).unwrap(), []);
    });
}

#[test]
fn nobody_changes_what_is_written() {
    on_each_engine(|db| {
        let subject = Subject::Page(PageId::new(&mut ids(), at(0)));
        let what: Vec<What> = parse(GOLDEN);
        timeline::append(db, subject, &what[0], at(0), at(0)).unwrap();
        let before = timeline::of(db, &[subject]).unwrap();
        let refused = |db: &mut Db, sql| {
            let error = db.execute(sql, &[]).unwrap_err();
            let source = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {}", source.unwrap_or_default())
        };
        for sql in ["update timeline set body = '{}'", "delete from timeline where seq > 0"] {
            let error = refused(db, sql);
            assert!(!error.is_empty(), "{error}");
            db.rollback().unwrap();
        }
        assert_eq!(timeline::of(db, &[subject]).unwrap(), before);
    });
}
