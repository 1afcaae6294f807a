//! One connection to the database: the only room that knows that there are two engines.
//!
//! One SQL text with `$1` placeholders runs on SQLite and on PostgreSQL. It keeps to `bigint`,
//! `text`, `boolean`, `double precision` and blobs, has no `now()`, no JSON operators and no
//! locking clause. Two habits of PostgreSQL to remember when writing it: a parameter that has no
//! context needs a type (`cast($1 as bigint)`), and `sum(bigint)` has to be cast back.
//!
//! Everything is synchronous. The PostgreSQL driver runs a small runtime of its own, so a [`Db`]
//! must be used on a plain thread or inside `tokio::task::spawn_blocking`; on a worker thread of
//! tokio it panics.

mod postgres;
mod sqlite;
mod value;

use crate::error::Error;
use crate::migrate;

pub use value::{Row, Value};

/// Makes the argument list of a statement: `args![id, now]` is `&[id.into(), now.into()]`.
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::db::Value::from($value)),*] };
}
pub(crate) use args;

/// How many prepared statements one connection keeps.
///
/// The product has fewer; only lists of varying length (`in ($1, $2, …)`) can exceed it, and then
/// a statement is prepared anew.
const STATEMENTS_MAX: usize = 512;

/// One connection, to either engine.
#[derive(Debug)]
pub struct Db {
    engine: Engine,
    transaction: Transaction,
    reader: bool,
}

#[derive(Debug)]
enum Engine {
    Sqlite(sqlite::Connection),
    Postgres(Box<postgres::Connection>),
}

/// Where the connection stands.
///
/// PostgreSQL refuses every statement after one has failed, and turns the commit into a rollback
/// that reports success; SQLite goes on. Kept here, so that both behave as the stricter one and a
/// commit that did not happen is never reported as done.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Transaction {
    None,
    Open,
    Failed,
}

impl Db {
    /// Opens the database at `url` for writing, creates it if need be, and migrates it.
    ///
    /// `url` is `sqlite:PATH`, `sqlite::memory:` or `postgres://user:password@host/name`. With
    /// `sslmode=require` (or `verify-ca`, `verify-full`) the server's certificate is verified
    /// against the public roots, or against the PEM file that `sslrootcert=PATH` names.
    ///
    /// Errors: `Busy` when the server is out of reach or the file is locked, `Sql` for a URL that
    /// is none, and for a database that a newer release has migrated.
    pub fn open(url: &str) -> Result<Db, Error> {
        let mut db = Db::connect(url, false)?;
        migrate::run(&mut db)?;
        Ok(db)
    }

    /// Opens the database at `url` as its only owner and migrates it; `None` while another server owns it, whose
    /// tables are then left alone.
    ///
    /// Errors as in [`Db::open`].
    pub fn open_as_owner(url: &str) -> Result<Option<Db>, Error> {
        let mut db = Db::connect(url, false)?;
        if !db.own()? {
            return Ok(None);
        }
        migrate::run(&mut db)?;
        Ok(Some(db))
    }

    /// Opens an existing, migrated database for reading only; every write is refused.
    ///
    /// Errors as in [`Db::open`]. `sqlite::memory:` is private to its writer and has no readers.
    pub fn open_reader(url: &str) -> Result<Db, Error> {
        Db::connect(url, true)
    }

    /// Opens the database without migrating it.
    pub(crate) fn connect(url: &str, reader: bool) -> Result<Db, Error> {
        let engine = if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            Engine::Sqlite(sqlite::Connection::open(path, reader)?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Engine::Postgres(Box::new(postgres::Connection::open(url, reader)?))
        } else {
            // The URL may hold a password, so it is not repeated.
            return Err(Error::sql(
                "open the database",
                "its URL must begin with sqlite:, postgres:// or postgresql://",
            ));
        };
        Ok(Db { engine, transaction: Transaction::None, reader })
    }

    /// Makes this connection the only owner of the database, until it or the process ends; false while
    /// another has it.
    ///
    /// The engine remembers what is in the database, so two of them would overlook each other's
    /// decisions. On PostgreSQL a connection that was lost claims the database again when it comes back,
    /// and is `Busy` if another owner was faster.
    pub fn own(&mut self) -> Result<bool, Error> {
        match &mut self.engine {
            Engine::Sqlite(sqlite) => sqlite.own(),
            Engine::Postgres(postgres) => postgres.own(),
        }
    }

    /// Counts how often this connection was opened, from 1: more than before means that it was lost in between, and
    /// that another owner may have been at work meanwhile.
    pub fn opened(&self) -> u64 {
        match &self.engine {
            Engine::Sqlite(_) => 1,
            Engine::Postgres(postgres) => postgres.opened,
        }
    }

    /// Begins a transaction; one that was left open is rolled back first.
    ///
    /// A writer takes SQLite's write lock at once, so a later statement cannot fail for want of
    /// it. A reader sees one unchanging snapshot until it commits or rolls back.
    pub fn begin(&mut self) -> Result<(), Error> {
        self.rollback()?;
        match &mut self.engine {
            Engine::Sqlite(sqlite) => sqlite.begin(self.reader),
            Engine::Postgres(postgres) => postgres.begin(self.reader),
        }?;
        self.transaction = Transaction::Open;
        Ok(())
    }

    /// Commits the transaction; when it returns, what was written is on disk.
    ///
    /// Errors: after any error the transaction is over. `Busy` from PostgreSQL leaves open whether
    /// the commit took place, so what is tried again must bear being done twice. A transaction
    /// in which a statement has failed is rolled back and reported as `Sql`.
    pub fn commit(&mut self) -> Result<(), Error> {
        let result = match self.transaction {
            Transaction::None => return Err(Error::sql("commit", "no transaction is open")),
            Transaction::Failed => Err(Error::sql("commit", FAILED)),
            Transaction::Open => match &mut self.engine {
                Engine::Sqlite(sqlite) => sqlite.run("commit"),
                Engine::Postgres(postgres) => postgres.run("commit"),
            },
        };
        if result.is_ok() {
            self.transaction = Transaction::None;
        } else {
            self.rollback()?;
        }
        result
    }

    /// Rolls the transaction back; does nothing when none is open.
    pub fn rollback(&mut self) -> Result<(), Error> {
        if self.transaction == Transaction::None {
            return Ok(());
        }
        self.transaction = Transaction::None;
        match &mut self.engine {
            Engine::Sqlite(sqlite) => sqlite.rollback(),
            Engine::Postgres(postgres) => postgres.rollback(),
        }
    }

    /// Does `work` in one transaction: commits when it succeeds, rolls back when it fails.
    pub fn transaction<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Db) -> Result<T, E>,
    ) -> Result<T, E> {
        self.begin()?;
        match work(self) {
            Ok(answer) => {
                self.commit()?;
                Ok(answer)
            }
            Err(error) => {
                // The cause is what the caller has to hear of; a lost connection rolls back too.
                let _ = self.rollback();
                Err(error)
            }
        }
    }

    /// Runs one statement and returns how many rows it changed.
    ///
    /// `args[0]` is `$1`, wherever and however often it stands in the text. Errors: `Conflict`
    /// when a unique key is taken, `Full`, `Busy`, else `Sql`.
    pub fn execute(&mut self, sql: &str, args: &[Value<'_>]) -> Result<u64, Error> {
        self.ready(sql, args)?;
        let connected = self.transaction == Transaction::Open;
        let result = match &mut self.engine {
            Engine::Sqlite(sqlite) => sqlite.execute(sql, args),
            Engine::Postgres(postgres) => postgres.execute(sql, args, connected),
        };
        self.note(result)
    }

    /// Runs one statement and returns what `read` makes of each row, in the statement's order.
    ///
    /// Errors: those of [`Db::execute`], and whatever `read` returns first.
    pub fn query<T>(
        &mut self,
        sql: &str,
        args: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.ready(sql, args)?;
        let connected = self.transaction == Transaction::Open;
        let result = match &mut self.engine {
            Engine::Sqlite(sqlite) => sqlite.query(sql, args, read),
            Engine::Postgres(postgres) => postgres.query(sql, args, connected, read),
        };
        self.note(result)
    }

    /// Runs one statement that returns at most one row; `None` when it returns none.
    ///
    /// Errors as in [`Db::query`].
    pub fn query_one<T>(
        &mut self,
        sql: &str,
        args: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        Ok(self.query(sql, args, read)?.into_iter().next())
    }

    /// Runs a migration's text: many statements, no arguments, inside the open transaction.
    pub(crate) fn run_script(&mut self, sqlite: &str, postgres: &str) -> Result<(), Error> {
        let result = match &mut self.engine {
            Engine::Sqlite(connection) => connection.run(sqlite),
            Engine::Postgres(connection) => connection.run(postgres),
        };
        self.note(result)
    }

    fn ready(&self, sql: &str, args: &[Value<'_>]) -> Result<(), Error> {
        if self.transaction == Transaction::Failed {
            return Err(Error::sql(sql, FAILED));
        }
        // SQLite would store it, PostgreSQL cannot: refused by both.
        if args.iter().any(|arg| matches!(arg, Value::Text(text) if text.contains('\0'))) {
            return Err(Error::sql(sql, "a text holds a NUL character"));
        }
        Ok(())
    }

    /// Remembers a failure of the engine; a row that cannot be read does not spoil a transaction.
    fn note<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        let spoiled = matches!(
            result,
            Err(Error::Conflict | Error::Busy { .. } | Error::Full | Error::Sql { .. })
        );
        if spoiled && self.transaction == Transaction::Open {
            self.transaction = Transaction::Failed;
        }
        result
    }
}

const FAILED: &str = "a statement of this transaction has failed; roll it back";
