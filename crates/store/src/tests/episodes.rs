use stentor_domain::group::GroupId;

use super::samples::{alert, at};
use crate::episodes;
use crate::testing::on_each_engine;

#[test]
fn episodes_are_read_newest_first_and_forgotten_by_age() {
    on_each_engine(|db| {
        let (one, two) = (alert("One", 60).alert, alert("Two", 60).alert);
        let groups = [GroupId(u64::MAX), GroupId(1)];
        for (alert, ended) in [(&one, 10), (&two, 20), (&one, 30)] {
            episodes::append(db, alert, &groups, at(ended)).unwrap();
        }
        let ended = |found: &[episodes::Episode]| {
            found.iter().map(|it| it.ended_at.duration_since(at(0)).as_secs()).collect::<Vec<_>>()
        };
        let all = episodes::list(db, None, 9).unwrap();
        assert_eq!(ended(&all), [30, 20, 10]);
        assert_eq!((&all[0].labels, &all[0].groups[..]), (&one.labels, &groups[..]));
        assert_eq!(ended(&episodes::list(db, Some(all[0].seq), 1).unwrap()), [20]);
        let of_one = episodes::of_alert(db, one.fingerprint(), None, 9).unwrap();
        assert_eq!(ended(&of_one), [30, 10]);
        assert_eq!(episodes::oldest(db).unwrap(), Some(at(10)));
        assert_eq!(episodes::forget(db, at(9), 9).unwrap(), 0);
        assert_eq!(episodes::forget(db, at(20), 1).unwrap(), 1);
        assert_eq!(episodes::oldest(db).unwrap(), Some(at(20)));
        assert_eq!(episodes::forget(db, at(20), 9).unwrap(), 1);
        assert_eq!(ended(&episodes::list(db, None, 9).unwrap()), [30]);
    });
}
