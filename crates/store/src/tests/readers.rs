//! Readers: shared, bounded, and unable to write.

use crate::db::Db;
use crate::error::Error;
use crate::readers::Readers;
use crate::testing::on_each_database;

const PUT: &str = "insert into settings (name, value) values ('colour', 'red')";

fn settings(db: &mut Db) -> Result<i64, Error> {
    let count = db.query_one("select count(*) from settings", &[], |row| row.int(0))?;
    Ok(count.unwrap_or_default())
}

#[test]
fn readers_see_what_was_committed_and_cannot_write() {
    on_each_database(|url| {
        let mut writer = Db::open(url).unwrap();
        let readers = Readers::new(url, 2);
        assert_eq!(readers.read(settings).unwrap(), 0);
        writer.execute(PUT, &[]).unwrap();
        assert_eq!(readers.read(settings).unwrap(), 1);
        assert!(matches!(readers.read(|db| db.execute(PUT, &[])), Err(Error::Sql { .. })));
        let write = |db: &mut Db| db.transaction(|db| db.execute(PUT, &[]));
        assert!(matches!(readers.read(write), Err(Error::Sql { .. })));
        assert_eq!(readers.read(settings).unwrap(), 1);
    });
}

#[test]
fn a_reader_in_a_transaction_sees_one_snapshot() {
    on_each_database(|url| {
        let mut writer = Db::open(url).unwrap();
        let readers = Readers::new(url, 1);
        let counts = readers.read(|db| {
            db.begin()?;
            let before = settings(db)?;
            writer.execute(PUT, &[])?;
            Ok::<_, Error>((before, settings(db)?))
        });
        assert_eq!(counts.unwrap(), (0, 0));
        // The transaction that was left open has ended with the loan.
        assert_eq!(readers.read(settings).unwrap(), 1);
    });
}

#[test]
fn more_threads_than_connections_take_turns() {
    on_each_database(|url| {
        drop(Db::open(url).unwrap());
        let readers = Readers::new(url, 2);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        assert_eq!(readers.read(settings).unwrap(), 0);
                    }
                });
            }
        });
    });
}

#[test]
fn a_panic_gives_the_place_back() {
    on_each_database(|url| {
        drop(Db::open(url).unwrap());
        let readers = Readers::new(url, 1);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            readers.read(|_| -> Result<(), Error> { panic!("a handler's mistake") })
        }));
        assert!(panicked.is_err());
        assert_eq!(readers.read(settings).unwrap(), 0);
    });
}
