//! SQLite: one file, write-ahead log, every commit flushed to the disk.

use std::fs::{File, TryLockError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::ffi;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, OpenFlags, Statement};

use super::value::EngineRow;
use super::{Row, STATEMENTS_MAX, Value};
use crate::error::Error;

/// How long a statement waits for another process's write lock before it is `Busy`.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How much of the file a connection keeps in memory.
const WRITER_CACHE_KIB: i64 = 16 * 1024;
const READER_CACHE_KIB: i64 = 4 * 1024;

/// How often the switch to the write-ahead log is tried.
const SWITCHES_MAX: usize = 20;

#[derive(Debug)]
pub(super) struct Connection {
    inner: rusqlite::Connection,
    /// Locked while this connection owns the database; the system unlocks it when the process ends.
    owned: Option<File>,
}

impl Connection {
    pub(super) fn open(path: &str, reader: bool) -> Result<Connection, Error> {
        if reader && path == ":memory:" {
            return Err(Error::sql("open a reader", "a database in memory has none"));
        }
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if !reader {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        let doing = format!("open the SQLite database {path}");
        let failed = |error| classify(&doing, error);
        let inner = rusqlite::Connection::open_with_flags(path, flags).map_err(failed)?;
        inner.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
        if !reader {
            write_ahead(&inner).map_err(failed)?;
        }
        // Recursive triggers, so that `insert or replace` cannot delete from an append-only table.
        inner
            .execute_batch(
                "pragma synchronous = full;
                 pragma foreign_keys = on;
                 pragma recursive_triggers = on;
                 pragma trusted_schema = off;
                 pragma temp_store = memory;
                 pragma wal_autocheckpoint = 8192;",
            )
            .map_err(failed)?;
        // New alerts come at the end of the file, so that few pages are written often. Fewer checkpoints (above) cost
        // room on disk only.
        let cache_kib = if reader { READER_CACHE_KIB } else { WRITER_CACHE_KIB };
        inner.pragma_update(None, "cache_size", -cache_kib).map_err(failed)?;
        if reader {
            inner.pragma_update(None, "query_only", true).map_err(failed)?;
        }
        // A plan that looks at bound values would be made anew at every execution.
        inner.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
        inner.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        Ok(Connection { inner, owned: None })
    }

    pub(super) fn own(&mut self) -> Result<bool, Error> {
        let Some(path) = self.inner.path().filter(|path| !path.is_empty()) else { return Ok(true) };
        let path = format!("{path}.lock");
        let doing = || format!("lock {path}");
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(|error| Error::sql(&doing(), error))?;
        match file.try_lock() {
            Ok(()) => {
                self.owned = Some(file);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(Error::sql(&doing(), error)),
        }
    }

    pub(super) fn begin(&self, reader: bool) -> Result<(), Error> {
        self.run(if reader { "begin" } else { "begin immediate" })
    }

    /// A full disk and some other errors have rolled back already.
    pub(super) fn rollback(&self) -> Result<(), Error> {
        if self.inner.is_autocommit() { Ok(()) } else { self.run("rollback") }
    }

    pub(super) fn run(&self, script: &str) -> Result<(), Error> {
        self.inner.execute_batch(script).map_err(|error| classify(script, error))
    }

    pub(super) fn execute(&self, sql: &str, args: &[Value<'_>]) -> Result<u64, Error> {
        let failed = |error| classify(sql, error);
        let mut statement = self.inner.prepare_cached(sql).map_err(failed)?;
        bind(&mut statement, sql, args)?;
        Ok(statement.raw_execute().map_err(failed)? as u64)
    }

    pub(super) fn query<T>(
        &self,
        sql: &str,
        args: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let failed = |error| classify(sql, error);
        let mut statement = self.inner.prepare_cached(sql).map_err(failed)?;
        bind(&mut statement, sql, args)?;
        let mut rows = statement.raw_query();
        let mut answer = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            answer.push(read(&Row(EngineRow::Sqlite(row)))?);
        }
        Ok(answer)
    }
}

/// Switches to the write-ahead log, which the file remembers.
///
/// Of two processes that switch a new file at once, SQLite tells one that it is busy without
/// letting it wait. An empty write transaction does wait for the other.
fn write_ahead(inner: &rusqlite::Connection) -> rusqlite::Result<()> {
    let switch = || inner.pragma_update(None, "journal_mode", "wal");
    for _ in 1..SWITCHES_MAX {
        match switch() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                inner.execute_batch("begin immediate; commit")?;
            }
            other => return other,
        }
    }
    switch()
}

/// Binds by name: to SQLite `$2` is a *name*, and its index is the order of first appearance.
fn bind(statement: &mut Statement<'_>, sql: &str, args: &[Value<'_>]) -> Result<(), Error> {
    let count = statement.parameter_count();
    if count != args.len() {
        let why = format!("it has {count} parameters and was given {}", args.len());
        return Err(Error::sql(sql, why));
    }
    for index in 1..=count {
        let arg = statement
            .parameter_name(index)
            .and_then(|name| name.strip_prefix('$'))
            .and_then(|number| number.parse::<usize>().ok())
            .and_then(|number| args.get(number.checked_sub(1)?))
            .ok_or_else(|| Error::sql(sql, "its parameters are not $1, $2, … without a gap"))?;
        statement.raw_bind_parameter(index, arg).map_err(|error| classify(sql, error))?;
    }
    Ok(())
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Int(value) => ValueRef::Integer(value),
            Value::Text(value) => ValueRef::Text(value.as_bytes()),
            Value::Bool(value) => ValueRef::Integer(value.into()),
            Value::Real(value) => ValueRef::Real(value),
            Value::Blob(value) => ValueRef::Blob(value),
        }))
    }
}

fn classify(doing: &str, error: rusqlite::Error) -> Error {
    let code = error.sqlite_error().map_or(ffi::SQLITE_ERROR, |cause| cause.extended_code);
    match (code, code & 0xff) {
        (ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY, _) => Error::Conflict,
        // The second: no room for the shared index of the write-ahead log.
        (_, ffi::SQLITE_FULL) | (ffi::SQLITE_IOERR_SHMSIZE, _) => Error::Full,
        (_, ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED) => Error::Busy { why: error.to_string() },
        _ => Error::sql(doing, error),
    }
}
