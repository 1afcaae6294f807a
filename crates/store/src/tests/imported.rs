use super::samples::at;
use crate::imported::{self, Imported};
use crate::testing::on_each_engine;

fn told(key: &str, integration: &str, second: i64) -> Imported {
    Imported {
        group_key: key.into(),
        receiver: "team".into(),
        integration: integration.into(),
        at: at(second),
        firing: vec![u64::MAX, 1],
        resolved: vec![],
        expires_at: at(second + 100),
    }
}

#[test]
fn what_was_imported_is_taken_once() {
    on_each_engine(|db| {
        assert!(!imported::any(db).unwrap());
        for told in [told("a", "webhook/0", 0), told("a", "webhook/0", 1), told("b", "email/0", 2)]
        {
            imported::save(db, &told).unwrap();
        }
        assert_eq!(imported::take(db, "a", "others").unwrap(), []);
        assert_eq!(imported::take(db, "a", "team").unwrap(), [told("a", "webhook/0", 1)]);
        assert_eq!(imported::take(db, "a", "team").unwrap(), []);
        assert!(imported::any(db).unwrap());
        imported::expire(db, at(101)).unwrap();
        assert!(imported::any(db).unwrap());
        imported::expire(db, at(102)).unwrap();
        assert!(!imported::any(db).unwrap());
    });
}
