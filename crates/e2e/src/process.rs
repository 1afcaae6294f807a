//! Programs that run beside a test, and end with it.

use std::fs::File;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// When a test fails, this much of the end of each program's log is shown.
const LOG_LINES_SHOWN: usize = 40;

/// Below the ports of clients, which begin at 32768.
const PORTS: Range<u16> = 12_000..32_000;

/// A program that runs until this value is dropped; then it is killed, with all its children, by their ids.
#[derive(Debug)]
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts `command`; what it says goes to the file `log`. `package` is what to install when it is missing.
    pub fn start(command: &mut Command, package: &str, log: &Path) -> Self {
        let file = File::create(log).expect("a log can be made in the temporary folder");
        let also = file.try_clone().expect("a file can be opened twice");
        command.stdin(Stdio::null()).stdout(file).stderr(also);
        let child = command.spawn().unwrap_or_else(|error| cannot_start(command, package, &error));
        Self { child, log: log.to_owned() }
    }

    /// Returns the process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns everything that the program has said so far.
    pub fn said(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Panics with the end of its log if the program has ended.
    pub fn assert_alive(&mut self) {
        if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
            panic!("the program ended with {status}:\n{}", self.end_of_log());
        }
    }

    /// Returns the exit code when the program has ended; -1 when a signal ended it.
    pub fn has_ended(&mut self) -> Option<i32> {
        let status = self.child.try_wait().expect("a child can be waited for");
        status.map(|status| status.code().unwrap_or(-1))
    }

    /// Sends a signal by its name, for example `HUP`.
    pub fn signal(&self, name: &str) {
        signal(name, &[self.pid()]);
    }

    /// Kills the program as `kill -9` does, and waits until it is gone.
    pub fn kill(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            let children = descendants(self.pid());
            // It is a child of ours that was not waited for: its id cannot belong to anybody else.
            self.child.kill().ok();
            signal("KILL", &children);
        }
        self.child.wait().ok();
    }

    fn end_of_log(&self) -> String {
        let said = self.said();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("--- the end of {}:\n{}", self.log.display(), self.end_of_log());
        }
    }
}

/// What a program said that ran to its end.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// Runs `command` to its end. `package` is what to install when it is missing.
pub fn run(command: &mut Command, package: &str) -> Ended {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| cannot_start(command, package, &error));
    Ended {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Returns a port of loopback on which nobody listens, each time another one.
///
/// It is none of those that the system gives to clients: a server that is started again finds its port free.
pub fn free_port() -> u16 {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    loop {
        // Test programs that run at the same time begin at different places.
        let place =
            std::process::id().wrapping_mul(97).wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed));
        let port = PORTS.start
            + u16::try_from(place % u32::from(PORTS.end - PORTS.start)).expect("it is less");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Returns a program of this workspace: it stands beside the folder of the test's own program.
pub fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own program");
    let program = test.ancestors().nth(2).expect("a test stands in target/PROFILE/deps").join(name);
    let found = program.display();
    assert!(
        program.is_file(),
        "{found} is missing: run `cargo build --workspace`, as `make test` does"
    );
    program
}

fn cannot_start(command: &Command, package: &str, error: &std::io::Error) -> ! {
    let program = command.get_program().display();
    assert!(error.kind() != ErrorKind::NotFound, "{program} is missing: apt-get install {package}");
    panic!("{program} cannot be started: {error}")
}

fn signal(name: &str, pids: &[u32]) {
    if pids.is_empty() {
        return;
    }
    let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"name=$1; shift; kill -s "$name" "$@" 2>/dev/null"#, "sh", name]);
    // A process that ended meanwhile is no failure.
    shell.args(pids).status().expect("sh can be run");
}

/// Returns the children of a process, their children, and so on.
fn descendants(pid: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("/proc can be read").flatten();
    let parents: Vec<(u32, u32)> = processes
        .filter_map(|entry| {
            let child: u32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // `pid (name) state parent …`; the name may contain anything.
            let parent = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()?;
            Some((child, parent))
        })
        .collect();
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(child, _)| child));
        next += 1;
    }
    found.split_off(1)
}
