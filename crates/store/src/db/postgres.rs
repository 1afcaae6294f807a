//! PostgreSQL, and what speaks its wire and its SQL.

mod tls;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::time::Duration;

use ::postgres::config::SslMode;
use ::postgres::error::SqlState;
use ::postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use ::postgres::{Client, Config, NoTls, Statement};
use bytes::BytesMut;

use super::value::EngineRow;
use super::{Row, STATEMENTS_MAX, Value};
use crate::error::Error;

/// How long a connection attempt takes at most, unless the URL says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the host of the database may leave what was sent to it unanswered before the connection counts as lost,
/// unless the URL says otherwise. Without it a host that is gone for good holds the engine for a quarter of an hour.
const SILENT_MAX: Duration = Duration::from_secs(30);

/// A connection on which nothing happens is tried after [`SILENT_MAX`], this often and this far apart, unless the URL
/// says otherwise: the answer to a statement may be what never comes.
const KEEPALIVES: (u32, Duration) = (3, Duration::from_secs(10));

/// What every connection is told: no statement may hang for ever, and neither may a transaction
/// whose node has died.
const SESSION: &str = "set statement_timeout = '30s';
    set lock_timeout = '5s';
    set idle_in_transaction_session_timeout = '60s';";

/// A connection that opens itself again: the first statement after a loss is `Busy`, the next one
/// outside a transaction connects anew.
pub(super) struct Connection {
    config: Config,
    tls: Option<tokio_postgres_rustls::MakeRustlsConnect>,
    reader: bool,
    /// Whether this connection owns the database and claims it again when it was lost.
    owner: bool,
    open: Option<Open>,
    /// How often it was opened.
    pub(super) opened: u64,
}

struct Open {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) fn open(url: &str, reader: bool) -> Result<Connection, Error> {
        let (url, roots) = tls::split(url)?;
        let config = configured(&url)?;
        // Without a word of it in the URL there is no TLS: mostly the server is on this host and has
        // a certificate that nobody can verify.
        let tls = match config.get_ssl_mode() == SslMode::Require {
            true => Some(tls::connector(roots.as_deref())?),
            false => None,
        };
        let mut connection =
            Connection { config, tls, reader, owner: false, open: None, opened: 0 };
        connection.client()?;
        Ok(connection)
    }

    pub(super) fn own(&mut self) -> Result<bool, Error> {
        let open = self.client()?;
        let claimed =
            claim(&mut open.client).map_err(|error| self.failed("own the database", error))?;
        self.owner = claimed;
        Ok(claimed)
    }

    pub(super) fn begin(&mut self, reader: bool) -> Result<(), Error> {
        self.client()?;
        self.run(if reader { "begin isolation level repeatable read read only" } else { "begin" })
    }

    /// A lost connection has rolled back already.
    pub(super) fn rollback(&mut self) -> Result<(), Error> {
        match self.run("rollback") {
            Err(Error::Busy { .. }) => Ok(()),
            other => other,
        }
    }

    /// Runs a text of any number of statements on the connection as it is.
    pub(super) fn run(&mut self, script: &str) -> Result<(), Error> {
        let Some(open) = &mut self.open else { return Err(lost()) };
        let result = open.client.batch_execute(script);
        result.map_err(|error| self.failed(script, error))
    }

    /// `connected` is true inside a transaction, which must not go on over a new connection.
    pub(super) fn execute(
        &mut self,
        sql: &str,
        args: &[Value<'_>],
        connected: bool,
    ) -> Result<u64, Error> {
        let open = if connected { self.open.as_mut().ok_or_else(lost)? } else { self.client()? };
        let result = open
            .statement(sql)
            .and_then(|statement| open.client.execute(&statement, &parameters(args)));
        result.map_err(|error| self.failed(sql, error))
    }

    pub(super) fn query<T>(
        &mut self,
        sql: &str,
        args: &[Value<'_>],
        connected: bool,
        mut read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let open = if connected { self.open.as_mut().ok_or_else(lost)? } else { self.client()? };
        let result = open
            .statement(sql)
            .and_then(|statement| open.client.query(&statement, &parameters(args)));
        let rows = result.map_err(|error| self.failed(sql, error))?;
        rows.iter().map(|row| read(&Row(EngineRow::Postgres(row)))).collect()
    }

    /// The open connection, or a new one when there is none.
    fn client(&mut self) -> Result<&mut Open, Error> {
        if self.open.as_ref().is_none_or(|open| open.client.is_closed()) {
            self.open = None;
            let mut client = match &self.tls {
                Some(tls) => self.config.connect(tls.clone()),
                None => self.config.connect(NoTls),
            }
            .map_err(|error| classify("connect to PostgreSQL", error))?;
            client
                .batch_execute(SESSION)
                .and_then(|()| match self.reader {
                    true => client.batch_execute("set default_transaction_read_only = on"),
                    false => Ok(()),
                })
                .map_err(|error| classify("prepare the PostgreSQL session", error))?;
            if self.owner
                && !claim(&mut client).map_err(|error| classify("own the database", error))?
            {
                return Err(Error::Busy { why: "another server owns the database now".to_owned() });
            }
            self.open = Some(Open { client, statements: HashMap::new() });
            self.opened += 1;
        }
        self.open.as_mut().ok_or_else(lost)
    }

    /// Classifies an error, and lets go of what it has made useless.
    fn failed(&mut self, doing: &str, error: ::postgres::Error) -> Error {
        if let Some(open) = &mut self.open {
            if error.is_closed() || open.client.is_closed() || error.code().is_some_and(fatal) {
                self.open = None;
            } else if stale(&error) {
                open.statements.clear();
            }
        }
        if self.open.is_none() && error.code().is_none() {
            return Error::Busy { why: chain(&error) };
        }
        classify(doing, error)
    }
}

/// Reads a URL, and adds what it leaves unsaid.
fn configured(url: &str) -> Result<Config, Error> {
    let mut config: Config =
        url.parse().map_err(|error| Error::sql("read the database's URL", error))?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_application_name().is_none() {
        config.application_name("stentor");
    }
    // The driver tells neither its own defaults from the same values in the URL, nor a nought from nothing.
    let is_unsaid = |name: &str| !url.contains(name);
    if is_unsaid("tcp_user_timeout") {
        config.tcp_user_timeout(SILENT_MAX);
    }
    if is_unsaid("keepalives_idle") {
        config.keepalives_idle(SILENT_MAX);
    }
    let (retries, interval) = KEEPALIVES;
    if is_unsaid("keepalives_interval") {
        config.keepalives_interval(interval);
    }
    if is_unsaid("keepalives_retries") {
        config.keepalives_retries(retries);
    }
    Ok(config)
}

impl Open {
    fn statement(&mut self, sql: &str) -> Result<Statement, ::postgres::Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        if self.statements.len() >= STATEMENTS_MAX {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// Takes the advisory lock of the owner for as long as the connection lasts; false while another has it.
fn claim(client: &mut Client) -> Result<bool, ::postgres::Error> {
    // "Stentor" in ASCII: locks of other programs in the same database have other numbers.
    const OWNER: i64 = 0x53_74_65_6e_74_6f_72;
    client.query_one("select pg_try_advisory_lock($1)", &[&OWNER])?.try_get(0)
}

fn lost() -> Error {
    Error::Busy { why: "the connection to PostgreSQL was lost".to_owned() }
}

fn parameters<'a>(args: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    args.iter().map(|arg| arg as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (*self, ty) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Int(value), &Type::INT8) => value.to_sql(ty, out),
            (Value::Text(value), &Type::TEXT | &Type::VARCHAR | &Type::NAME) => {
                value.to_sql(ty, out)
            }
            (Value::Bool(value), &Type::BOOL) => value.to_sql(ty, out),
            (Value::Real(value), &Type::FLOAT8) => value.to_sql(ty, out),
            (Value::Blob(value), &Type::BYTEA) => value.to_sql(ty, out),
            (
                Value::Int(_) | Value::Text(_) | Value::Bool(_) | Value::Real(_) | Value::Blob(_),
                _,
            ) => Err(format!("a parameter of type {ty} was given {self:?}").into()),
        }
    }

    /// Null fits every type; the rest is checked with the value in hand.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn classify(doing: &str, error: ::postgres::Error) -> Error {
    let Some(code) = error.code() else {
        // Neither the server's refusal nor ours: the network, or a server that is not there. A
        // certificate that cannot be verified is invalid data, and stays so.
        let network = std::error::Error::source(&error)
            .and_then(|cause| cause.downcast_ref::<io::Error>())
            .is_some_and(|cause| cause.kind() != io::ErrorKind::InvalidData);
        return match network || error.is_closed() {
            true => Error::Busy { why: chain(&error) },
            false => Error::sql(doing, error),
        };
    };
    let conflicts = [
        SqlState::UNIQUE_VIOLATION,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
    ];
    let busy = [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
        SqlState::OUT_OF_MEMORY,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    if conflicts.contains(code) {
        Error::Conflict
    } else if *code == SqlState::DISK_FULL {
        Error::Full
    } else if busy.contains(code) || fatal(code) || stale(&error) {
        Error::Busy { why: chain(&error) }
    } else {
        Error::sql(doing, error)
    }
}

/// Whether the server has ended, or is about to end, the connection.
fn fatal(code: &SqlState) -> bool {
    let codes = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::DATABASE_DROPPED,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        SqlState::CONNECTION_FAILURE,
        SqlState::CONNECTION_DOES_NOT_EXIST,
    ];
    codes.contains(code)
}

/// Whether a prepared statement has outlived its table: another node migrates while we run.
fn stale(error: &::postgres::Error) -> bool {
    error.as_db_error().is_some_and(|cause| {
        *cause.code() == SqlState::INVALID_SQL_STATEMENT_NAME
            || cause.routine() == Some("RevalidateCachedQuery")
    })
}

/// The error with its causes; `Busy` keeps only words.
fn chain(error: &::postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_gone_is_noticed_as_soon_as_the_url_says() {
        let read = |query: &str| {
            let config = configured(&format!("postgres://db.example.com/stentor{query}")).unwrap();
            let unanswered = config.get_tcp_user_timeout().map(Duration::as_secs);
            let idle = config.get_keepalives_idle().as_secs();
            let interval = config.get_keepalives_interval().map(|it| it.as_secs());
            (unanswered, idle, interval, config.get_keepalives_retries())
        };
        let unsaid = (Some(30), 30, Some(10), Some(3));
        assert_eq!(read(""), unsaid);
        assert_eq!(read("?connect_timeout=5"), unsaid);
        let said =
            "?tcp_user_timeout=90&keepalives_idle=7200&keepalives_interval=5&keepalives_retries=9";
        assert_eq!(read(said), (Some(90), 7200, Some(5), Some(9)));
        assert_eq!(read("?tcp_user_timeout=0"), (None, 30, Some(10), Some(3)), "0 = the system's");
    }
}
