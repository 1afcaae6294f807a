use stentor_domain::group::GroupId;
use stentor_domain::labels::Fingerprint;
use stentor_domain::standing::Record;

use super::samples::{GROUP_ID, alert, at, parse};
use crate::alerts;
use crate::db::{Db, args};
use crate::testing::on_each_engine;

fn saved(db: &mut Db, name: &str, ends: i64) -> Record {
    let row = alert(name, ends);
    alerts::save(db, &row).unwrap();
    row
}

#[test]
fn an_alert_is_read_as_it_was_saved_and_saved_again() {
    on_each_engine(|db| {
        let mut row = alert("Slow \"'\\\n💥", 60);
        let number = row.number;
        assert!(alerts::open(db, number).unwrap().is_none());
        assert!(!alerts::any(db).unwrap());
        for (firing, due) in [(true, Some(at(60))), (false, None)] {
            (row.firing, row.due_at) = (firing, due);
            row.alert.annotations = [("said", format!("{firing}"))].into_iter().collect();
            alerts::save(db, &row).unwrap();
            let read = alerts::open(db, number).unwrap().unwrap();
            assert_eq!((read.alert, read.firing, read.due_at), (row.alert.clone(), firing, due));
        }
        assert!(alerts::any(db).unwrap());
        alerts::delete(db, number).unwrap();
        assert!(!alerts::any(db).unwrap());
    });
}

#[test]
fn the_first_releases_alert_is_read() {
    on_each_engine(|db| {
        let doc = include_str!("golden/alert.json");
        let sql = "insert into alerts
                (number, fingerprint, firing, starts_at, ends_at, updated_at, due_at, group_ids, doc)
            values (7, $1, true, 1000000, 2000000, 3000000, null, '', $2)";
        db.execute(sql, args![-1i64, doc]).unwrap();
        let read = alerts::open(db, 7).unwrap().unwrap();
        assert_eq!(read.fingerprint, Fingerprint(u64::MAX));
        let read = read.alert;
        let doc: serde_json::Value = parse(doc);
        assert_eq!(read.labels.get("node"), doc["labels"]["node"]);
        assert_eq!(read.annotations.get("summary"), doc["annotations"]["summary"]);
        assert_eq!(read.generator_url, doc["generator_url"]);
        assert!(read.timeout);
        assert_eq!(read.ends_at.as_second(), 2);
    });
}

#[test]
fn only_a_firing_alert_is_extended() {
    on_each_engine(|db| {
        let firing = saved(db, "Firing", 60);
        let resolved = Record { firing: false, ..alert("Resolved", 60) };
        alerts::save(db, &resolved).unwrap();
        for row in [&firing, &resolved] {
            alerts::extend(db, row.number, at(90), at(30)).unwrap();
        }
        let read = alerts::open(db, firing.number).unwrap().unwrap();
        assert_eq!((read.alert.ends_at, read.due_at), (at(90), Some(at(90))));
        assert_eq!(read.alert.updated_at, at(30));
        let read = alerts::open(db, resolved.number).unwrap().unwrap();
        assert_eq!((read.alert.ends_at, read.due_at), (at(60), Some(at(60))));
    });
}

#[test]
fn an_alert_is_put_off_alone() {
    on_each_engine(|db| {
        let (first, second) = (saved(db, "First", 10), saved(db, "Second", 20));
        alerts::postpone(db, first.number, at(15)).unwrap();
        let due = |db: &mut Db, row: &Record| alerts::open(db, row.number).unwrap().unwrap().due_at;
        assert_eq!((due(db, &first), due(db, &second)), (Some(at(15)), Some(at(20))));
    });
}

#[test]
fn every_alert_is_visited() {
    on_each_engine(|db| {
        for number in 1..=3 {
            alerts::save(db, &Record { number, ..alert("Firing", 60) }).unwrap();
        }
        let mut numbers = vec![];
        alerts::each(db, |record| numbers.push(record.number)).unwrap();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3]);
    });
}

#[test]
fn the_groups_of_an_alert_survive() {
    on_each_engine(|db| {
        let groups = vec![GroupId(7), GROUP_ID, GroupId(u64::MAX)];
        let row = Record { groups: groups.clone(), ..alert("Firing", 60) };
        let number = row.number;
        alerts::save(db, &row).unwrap();
        assert_eq!(alerts::open(db, number).unwrap().unwrap().groups, groups);
        for groups in [vec![], vec![GroupId(7)]] {
            alerts::save_groups(db, number, &groups).unwrap();
            assert_eq!(alerts::open(db, number).unwrap().unwrap().groups, groups);
        }
    });
}
