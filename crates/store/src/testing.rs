//! Fresh databases for tests: a SQLite file, and a real PostgreSQL that the process starts itself.
//!
//! The server that `TEST_POSTGRES_URL` names is used when there is one. Otherwise the first test
//! to ask starts a cluster of its own on a Unix socket, shared by all tests of the process; it
//! ends, and its files go, when the process ends in whatever way.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use ::postgres::{Client, NoTls};
use tempfile::TempDir;

use crate::db::Db;

/// An empty database that is removed when this value is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    home: Home,
}

#[derive(Debug)]
enum Home {
    Folder { _folder: TempDir },
    Server { admin_url: String, name: String },
}

impl TestDatabase {
    /// A SQLite file in a folder of its own.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    #[must_use]
    pub fn sqlite() -> TestDatabase {
        let folder = TempDir::with_prefix("stentor-").expect("a temporary folder can be made");
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        TestDatabase { url, home: Home::Folder { _folder: folder } }
    }

    /// A database on PostgreSQL.
    ///
    /// # Panics
    /// When there is no PostgreSQL: a test that cannot run is a failure. The message says what
    /// to install.
    #[must_use]
    pub fn postgres() -> TestDatabase {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("stentor_test_{}_{number}", std::process::id());
        let server = server();
        let admin_url = server.database("postgres");
        administer(&admin_url, &format!("create database {name}"));
        TestDatabase { url: server.database(&name), home: Home::Server { admin_url, name } }
    }

    /// The URL for [`Db::open`] and for `--database-url`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Home::Server { admin_url, name } = &self.home {
            administer(admin_url, &format!("drop database if exists {name} with (force)"));
        }
    }
}

/// Runs `test` on a fresh, migrated database of each engine, SQLite first.
///
/// # Panics
/// When `test` does, or when a database cannot be made; what was printed names the engine.
pub fn on_each_engine(test: impl Fn(&mut Db)) {
    on_each_database(|url| test(&mut Db::open(url).expect("a fresh database opens")));
}

/// Runs `test` with the URL of a fresh database of each engine, empty and not migrated.
///
/// # Panics
/// As [`on_each_engine`].
pub fn on_each_database(test: impl Fn(&str)) {
    for make in [TestDatabase::sqlite, TestDatabase::postgres] {
        let database = make();
        eprintln!("on {}", database.url());
        test(database.url());
    }
}

/// Runs one statement as the server's administrator.
fn administer(url: &str, sql: &str) {
    let mut client = Client::connect(url, NoTls)
        .unwrap_or_else(|error| panic!("PostgreSQL at {url} cannot be reached: {error:?}"));
    client.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// The PostgreSQL server of this process.
struct Server {
    /// The URL up to the database's name, and what follows the name.
    before: String,
    after: String,
    /// Its end of a pipe: when this process ends, the supervising shell reads the end of file.
    _supervisor: Option<Child>,
}

impl Server {
    fn database(&self, name: &str) -> String {
        format!("{}/{name}{}", self.before, self.after)
    }
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        #[expect(clippy::disallowed_methods, reason = "tests have no command line to read it from")]
        let given = std::env::var("TEST_POSTGRES_URL");
        given.map_or_else(|_| start_cluster(), |url| at_url(&url))
    })
}

/// Splits `postgres://user@host/name?options` round its name.
fn at_url(url: &str) -> Server {
    let (path, options) = url.split_once('?').unwrap_or((url, ""));
    let authority = path.find("://").map_or(0, |at| at + 3);
    let end = path[authority..].find('/').map_or(path.len(), |at| authority + at);
    let after = if options.is_empty() { String::new() } else { format!("?{options}") };
    Server { before: path[..end].to_owned(), after, _supervisor: None }
}

/// Starts a cluster, says where its socket is, and stops it when standard input ends.
const SUPERVISE: &str = r#"
set -eu
dir=$(mktemp -d -p /tmp stentor-postgres.XXXXXX)
trap 'rm -rf "$dir"' EXIT
"$1/initdb" --no-sync --auth=trust --username=postgres --encoding=UTF8 --locale=C.UTF-8 \
    --pgdata="$dir/data" >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
"$1/pg_ctl" start --wait --silent --pgdata="$dir/data" --log="$dir/log" --options="-k $dir \
    -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=200" \
    >"$dir/start" 2>&1 || { cat "$dir/start" "$dir/log" >&2; exit 1; }
echo "$dir"
read -r _ || true
"$1/pg_ctl" stop --mode=immediate --silent --pgdata="$dir/data"
"#;

fn start_cluster() -> Server {
    let programs = programs();
    // PostgreSQL refuses to run as root; its package brings an account.
    let root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let mut command = if root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    let mut supervisor = command
        .args(["-c", SUPERVISE, "sh", &programs])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("a shell can be started");
    let mut folder = String::new();
    let output = supervisor.stdout.take().expect("standard output was asked for");
    BufReader::new(output).read_line(&mut folder).expect("the shell's output is text");
    let folder = folder.trim();
    assert!(!folder.is_empty(), "PostgreSQL did not start; what it said stands above");
    let before = format!("postgres://postgres@{}", folder.replace('/', "%2F"));
    Server { before, after: String::new(), _supervisor: Some(supervisor) }
}

/// The folder of the newest installed server's programs, 15 or later.
fn programs() -> String {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    installed
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|&version| version >= 15)
        .max()
        .map(|version| format!("/usr/lib/postgresql/{version}/bin"))
        .expect("PostgreSQL 15 or later is installed: apt-get install postgresql")
}
