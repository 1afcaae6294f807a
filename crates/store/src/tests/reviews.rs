use stentor_domain::id::IncidentId;
use stentor_domain::review::Review;

use super::samples::{assert_kept, at, ids, parse};
use crate::db::args;
use crate::document::Saved;
use crate::error::Error;
use crate::reviews;
use crate::testing::on_each_engine;

const GOLDEN: &str = include_str!("golden/review.json");

#[test]
fn a_review_begins_empty_and_is_read_as_it_was_saved() {
    on_each_engine(|db| {
        let incident = IncidentId::new(&mut ids(), at(0));
        let mut saved = reviews::open(db, incident).unwrap();
        assert_eq!((saved.version, &saved.it), (0, &Review::default()));
        saved.it = parse(GOLDEN);
        reviews::save(db, incident, &mut saved).unwrap();
        let read = reviews::open(db, incident).unwrap();
        assert_eq!((read.version, &read.it), (1, &saved.it));
        let mut stale = read.clone();
        saved.it.impact = "- nobody".into();
        reviews::save(db, incident, &mut saved).unwrap();
        assert!(matches!(reviews::save(db, incident, &mut stale), Err(Error::Conflict)));
        let mut first = Saved::new(Review::default());
        assert!(matches!(reviews::save(db, incident, &mut first), Err(Error::Conflict)));
        assert_eq!(reviews::open(db, incident).unwrap().it, saved.it);
    });
}

#[test]
fn the_first_releases_review_is_read() {
    on_each_engine(|db| {
        let incident = IncidentId::new(&mut ids(), at(0));
        let sql = "insert into reviews (incident_id, version, doc) values ($1, 1, $2)";
        db.execute(sql, args![&incident.to_string(), GOLDEN]).unwrap();
        let read = reviews::open(db, incident).unwrap().it;
        assert_kept(GOLDEN, &read);
    });
}
