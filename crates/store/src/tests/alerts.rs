use stentor_domain::group::GroupId;
use stentor_domain::labels::Fingerprint;

use super::samples::{GROUP_ID, alert, at, in_pieces, parse};
use crate::alerts::{self, AlertRow, Filter};
use crate::db::{Db, args};
use crate::testing::on_each_engine;

fn saved(db: &mut Db, name: &str, ends: i64) -> AlertRow {
    let row = alert(name, ends);
    alerts::save(db, &row).unwrap();
    row
}

fn names(rows: &[AlertRow]) -> Vec<&str> {
    rows.iter().map(|row| row.alert.labels.get("alertname")).collect()
}

#[test]
fn an_alert_is_read_as_it_was_saved_and_saved_again() {
    on_each_engine(|db| {
        let mut row = alert("Slow \"'\\\n💥", 60);
        let print = row.alert.fingerprint();
        assert!(alerts::open(db, print).unwrap().is_none());
        assert!(!alerts::any(db).unwrap());
        for (firing, due) in [(true, Some(at(60))), (false, None)] {
            (row.firing, row.due_at) = (firing, due);
            row.alert.annotations = [("said", format!("{firing}"))].into_iter().collect();
            alerts::save(db, &row).unwrap();
            let read = alerts::open(db, print).unwrap().unwrap();
            assert_eq!((read.alert, read.firing, read.due_at), (row.alert.clone(), firing, due));
        }
        assert!(alerts::any(db).unwrap());
        alerts::delete(db, print).unwrap();
        assert!(!alerts::any(db).unwrap());
    });
}

#[test]
fn the_first_releases_alert_is_read() {
    on_each_engine(|db| {
        let doc = include_str!("golden/alert.json");
        let sql = "insert into alerts
                (fingerprint, name, firing, starts_at, ends_at, updated_at, due_at, group_ids, doc)
            values ($1, 'DiskFull', true, 1000000, 2000000, 3000000, null, '', $2)";
        db.execute(sql, args![-1i64, doc]).unwrap();
        let read = alerts::open(db, Fingerprint(u64::MAX)).unwrap().unwrap().alert;
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
        let resolved = AlertRow { firing: false, ..alert("Resolved", 60) };
        alerts::save(db, &resolved).unwrap();
        for row in [&firing, &resolved] {
            alerts::extend(db, row.alert.fingerprint(), at(90), at(30)).unwrap();
        }
        let read = alerts::open(db, firing.alert.fingerprint()).unwrap().unwrap();
        assert_eq!((read.alert.ends_at, read.due_at), (at(90), Some(at(90))));
        assert_eq!(read.alert.updated_at, at(30));
        let read = alerts::open(db, resolved.alert.fingerprint()).unwrap().unwrap();
        assert_eq!((read.alert.ends_at, read.due_at), (at(60), Some(at(60))));
        // A restart gives time to those who have none left, and takes none away.
        let short = saved(db, "Short", 10);
        alerts::grant_grace(db, at(80)).unwrap();
        for (row, ends) in [(&firing, 90), (&short, 80), (&resolved, 60)] {
            let read = alerts::open(db, row.alert.fingerprint()).unwrap().unwrap();
            assert_eq!(read.alert.ends_at, at(ends));
        }
    });
}

#[test]
fn many_alerts_are_opened_at_once() {
    on_each_engine(|db| {
        let names: Vec<String> = (0..70).map(|at| format!("A{at}")).collect();
        let mut prints: Vec<_> =
            names.iter().map(|name| saved(db, name, 60).alert.fingerprint()).collect();
        prints.push(alert("Missing", 60).alert.fingerprint());
        for count in [0, 1, 31, 32, 33, 71] {
            let read = alerts::open_many(db, &prints[..count]).unwrap();
            let mut found: Vec<_> = read.iter().map(|row| row.alert.fingerprint()).collect();
            let mut asked = prints[..count.min(70)].to_vec();
            found.sort();
            asked.sort();
            assert_eq!(found, asked);
        }
    });
}

#[test]
fn an_alert_is_put_off_alone() {
    on_each_engine(|db| {
        let (first, second) = (saved(db, "First", 10), saved(db, "Second", 20));
        alerts::postpone(db, first.alert.fingerprint(), at(15)).unwrap();
        let due = |db: &mut Db, row: &AlertRow| {
            alerts::open(db, row.alert.fingerprint()).unwrap().unwrap().due_at
        };
        assert_eq!((due(db, &first), due(db, &second)), (Some(at(15)), Some(at(20))));
    });
}

#[test]
fn a_list_in_pieces_has_no_gap_and_no_double() {
    on_each_engine(|db| {
        for at in 0..9 {
            let row = AlertRow { firing: at % 3 != 0, ..alert(&format!("A{at}"), 60) };
            alerts::save(db, &row).unwrap();
        }
        let count = |db: &mut Db, firing| {
            let read = in_pieces(2, |last: Option<&AlertRow>, max| {
                let after = last.map(|row| row.alert.fingerprint());
                alerts::list(db, &Filter { firing, after, name: None }, max).unwrap()
            });
            assert!(read.iter().all(|row| firing.is_none_or(|firing| row.firing == firing)));
            let mut names: Vec<_> = names(&read).into_iter().map(str::to_owned).collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), read.len());
            read.len()
        };
        assert_eq!([None, Some(true), Some(false)].map(|firing| count(db, firing)), [9, 6, 3]);
        let name = Some("A4".to_owned());
        let named = alerts::list(db, &Filter { name, ..Filter::default() }, 9).unwrap();
        assert_eq!(names(&named), ["A4"]);
        let mut visited = 0;
        alerts::each(db, |_| visited += 1).unwrap();
        assert_eq!(visited, 9);
    });
}

#[test]
fn the_groups_of_an_alert_survive() {
    on_each_engine(|db| {
        let groups = vec![GroupId(7), GROUP_ID, GroupId(u64::MAX)];
        let row = AlertRow { groups: groups.clone(), ..alert("Firing", 60) };
        let print = row.alert.fingerprint();
        alerts::save(db, &row).unwrap();
        assert_eq!(alerts::open(db, print).unwrap().unwrap().groups, groups);
        for groups in [vec![], vec![GroupId(7)]] {
            alerts::save_groups(db, print, &groups).unwrap();
            assert_eq!(alerts::open(db, print).unwrap().unwrap().groups, groups);
        }
    });
}
