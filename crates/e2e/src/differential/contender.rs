//! One of the two servers that play the same script.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Running, free_port};
use crate::site::stentor;
use crate::wait::until;

/// In its folder, where Stentor in Alertmanager's place writes a token.
const TOKEN_FILE: &str = "token";

/// Which server it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Debian's Alertmanager.
    Original,
    /// Stentor.
    Ours,
}

/// A server with its folder, which may be started again.
#[derive(Debug)]
pub struct Contender {
    /// Which one.
    pub kind: Kind,
    /// Its address, without a slash at the end.
    pub url: String,
    /// The process.
    pub process: Running,
    folder: TempDir,
    port: u16,
    starts: u32,
    /// Whether it is Stentor with a plan of two files.
    has_plan: bool,
}

impl Contender {
    /// Starts a server with this `alertmanager.yml`, and waits until it is ready.
    pub async fn start(kind: Kind, config: &str, http: &reqwest::Client) -> Self {
        Self::launch(kind, config, None, http).await
    }

    /// Starts Stentor by `stentor serve`, with this `stentor.yml` beside.
    pub async fn start_with_plan(config: &str, stentor: &str, http: &reqwest::Client) -> Self {
        Self::launch(Kind::Ours, config, Some(stentor), http).await
    }

    async fn launch(
        kind: Kind,
        config: &str,
        stentor: Option<&str>,
        http: &reqwest::Client,
    ) -> Self {
        let folder = TempDir::with_prefix("stentor-pair-").expect("a temporary folder can be made");
        let port = free_port();
        write(folder.path().join("alertmanager.yml"), config);
        let mut command = match stentor {
            None => command(kind, folder.path(), port),
            Some(stentor) => {
                write(folder.path().join("stentor.yml"), stentor);
                served(folder.path(), port)
            }
        };
        let process = launch(&mut command, folder.path(), 0);
        let url = format!("http://127.0.0.1:{port}");
        let has_plan = stentor.is_some();
        let mut contender = Self { kind, url, process, folder, port, starts: 0, has_plan };
        contender.ready(http).await;
        contender
    }

    /// Writes another configuration, and returns the request that puts it in force.
    pub fn reload(&self, http: &reqwest::Client, config: &str) -> reqwest::RequestBuilder {
        write(self.config_file(), config);
        http.post(format!("{}/-/reload", self.url))
    }

    /// Ends the server in an orderly way, and starts it again.
    pub async fn restart(&mut self, http: &reqwest::Client) {
        self.process.signal("TERM");
        let process = &mut self.process;
        until("the server ends", 20, async || process.has_ended()).await;
        self.again(http).await;
    }

    /// Kills the server, and starts it again.
    pub async fn kill_and_start(&mut self, http: &reqwest::Client) {
        self.process.kill();
        self.again(http).await;
    }

    /// Returns the token for Stentor's own API.
    pub fn token(&self) -> String {
        let token = std::fs::read_to_string(self.folder.path().join(TOKEN_FILE));
        token.expect("the first start writes a token").trim().to_owned()
    }

    /// Returns the configuration's file.
    pub fn config_file(&self) -> PathBuf {
        self.folder.path().join("alertmanager.yml")
    }

    async fn again(&mut self, http: &reqwest::Client) {
        self.starts += 1;
        let folder = self.folder.path();
        let mut command = match self.has_plan {
            true => served(folder, self.port),
            false => command(self.kind, folder, self.port),
        };
        self.process = launch(&mut command, folder, self.starts);
        self.ready(http).await;
    }

    async fn ready(&mut self, http: &reqwest::Client) {
        let url = format!("{}/-/ready", self.url);
        let process = &mut self.process;
        until("the server is ready", 30, async || {
            process.assert_alive();
            let answer = http.get(&url).send().await.ok()?;
            (answer.status() == 200).then_some(())
        })
        .await;
    }
}

fn write(file: PathBuf, text: &str) {
    std::fs::write(file, text).expect("a configuration can be written");
}

/// Returns `stentor serve` with the plan in a folder.
fn served(folder: &Path, port: u16) -> Command {
    let mut command = stentor();
    command.arg("serve").arg("--plan").arg(folder).arg("--data").arg(folder.join("data"));
    command.args(["--listen", &format!("127.0.0.1:{port}"), "--log-level=warn"]);
    command
}

fn command(kind: Kind, folder: &Path, port: u16) -> Command {
    let mut command = match kind {
        Kind::Original => Command::new("/usr/bin/prometheus-alertmanager"),
        Kind::Ours => stentor(),
    };
    if kind == Kind::Ours {
        command.arg("alertmanager").env("STENTOR_BOOTSTRAP_TOKEN", folder.join(TOKEN_FILE));
    }
    command
        .current_dir(folder)
        .arg(format!("--config.file={}", folder.join("alertmanager.yml").display()))
        .arg(format!("--storage.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .args(["--cluster.listen-address=", "--log.level=warn"]);
    command
}

fn launch(command: &mut Command, folder: &Path, starts: u32) -> Running {
    let log = folder.join(format!("log-{starts}"));
    Running::start(command, "prometheus-alertmanager", &log)
}
