//! Brings a database to this release's tables: numbered steps, forward only, under a lock.
//!
//! A step is `migrations/NNNN_name.sql`, or a pair `.sqlite.sql` and `.postgres.sql` where the
//! engines truly differ. A released step is never edited.

use crate::db::{Db, args};
use crate::error::Error;

struct Migration {
    number: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// All steps, in their order.
const MIGRATIONS: &[Migration] = &[
    both(1, "start", include_str!("../migrations/0001_start.sql")),
    Migration {
        number: 2,
        name: "history",
        sqlite: include_str!("../migrations/0002_history.sqlite.sql"),
        postgres: include_str!("../migrations/0002_history.postgres.sql"),
    },
    Migration {
        number: 3,
        name: "standing",
        sqlite: include_str!("../migrations/0003_standing.sqlite.sql"),
        postgres: include_str!("../migrations/0003_standing.postgres.sql"),
    },
    both(4, "silences", include_str!("../migrations/0004_silences.sql")),
    Migration {
        number: 5,
        name: "episodes",
        sqlite: include_str!("../migrations/0005_episodes.sqlite.sql"),
        postgres: include_str!("../migrations/0005_episodes.postgres.sql"),
    },
    both(6, "retention", include_str!("../migrations/0006_retention.sql")),
    Migration {
        number: 7,
        name: "arrival",
        sqlite: include_str!("../migrations/0007_arrival.sqlite.sql"),
        postgres: include_str!("../migrations/0007_arrival.postgres.sql"),
    },
    Migration {
        number: 8,
        name: "groups",
        sqlite: include_str!("../migrations/0008_groups.sqlite.sql"),
        postgres: include_str!("../migrations/0008_groups.postgres.sql"),
    },
    both(9, "people_first", include_str!("../migrations/0009_people_first.sql")),
];

const fn both(number: i64, name: &'static str, sql: &'static str) -> Migration {
    Migration { number, name, sqlite: sql, postgres: sql }
}

/// How often a lost race is run again.
const ATTEMPTS_MAX: usize = 5;

/// Applies every step that the database lacks, in one transaction; several nodes may start at once.
///
/// Errors: `Sql` when a newer release has been at work here; the database is then untouched.
pub(crate) fn run(db: &mut Db) -> Result<(), Error> {
    for _ in 1..ATTEMPTS_MAX {
        match db.transaction(apply) {
            // Two nodes created the table of migrations at the same instant.
            Err(Error::Conflict) => {}
            other => return other,
        }
    }
    db.transaction(apply)
}

fn apply(db: &mut Db) -> Result<(), Error> {
    let table = "create table if not exists migrations (
        number bigint primary key,
        name text not null
    )";
    // SQLite's transaction holds the only write lock already.
    let lock = format!(
        "set local statement_timeout = 0;
         set local lock_timeout = 0;
         {table};
         lock table migrations in access exclusive mode;"
    );
    db.run_script(table, &lock)?;
    let done = db.query("select number from migrations order by number", &[], |row| row.int(0))?;
    let newest = MIGRATIONS.last().map_or(0, |migration| migration.number);
    if let Some(&found) = done.last().filter(|&&found| found > newest) {
        let why = format!(
            "it was migrated to step {found} by a newer release; this one knows {newest}. \
             Run the newer release, or restore a backup from before the upgrade"
        );
        return Err(Error::sql("use this database", why));
    }
    for migration in MIGRATIONS.iter().filter(|migration| !done.contains(&migration.number)) {
        db.run_script(migration.sqlite, migration.postgres)?;
        db.execute(
            "insert into migrations (number, name) values ($1, $2)",
            args![migration.number, migration.name],
        )?;
    }
    Ok(())
}
