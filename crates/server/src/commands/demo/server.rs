//! A server of the demo's own: this program again, on a folder that goes with it.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use reqwest::Url;
use tokio::process::{Child, Command};

use crate::client::{Client, Failure};
use crate::clock;

/// The server has this long to answer.
const START_WITHIN: Duration = Duration::from_secs(30);

/// How often it is looked whether it does.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Settings of the environment that are about another server.
const NOT_OURS: [&str; 4] =
    ["STENTOR_DATABASE_URL", "STENTOR_EXTERNAL_URL", "STENTOR_LOG_FORMAT", "STENTOR_LOG_LEVEL"];

/// A running server with a temporary folder; both are gone when it is dropped.
pub(super) struct Server {
    child: Child,
    folder: Folder,
}

/// A folder that only we can read, and that goes when nobody holds it any more.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is in the system's folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Server {
    /// Starts `stentor serve` where `client` looks for a server; returns when it answers, with its token.
    pub(super) async fn start(client: Client, plan: &Path) -> anyhow::Result<(Self, Client)> {
        let listen = address(client.base())?;
        if !plan.is_dir() {
            let plan = plan.display();
            let why = format!("there is no plan in {plan}: name a folder with one by --plan DIR");
            return Err(Failure::Usage(why).into());
        }
        let folder = folder()?;
        let (token, log) = (folder.0.join("token"), folder.0.join("server.log"));
        let stderr = fs::File::create(&log).context("make the server's log")?;
        let mut command = Command::new(std::env::current_exe().context("find this program")?);
        command.arg("serve").arg("--plan").arg(plan).arg("--data").arg(folder.0.join("data"));
        command.arg("--listen").arg(listen.to_string()).arg("--bootstrap-token").arg(&token);
        for name in NOT_OURS {
            command.env_remove(name);
        }
        // Its standard output says where it listens, and the link for the first administrator.
        command.stdin(Stdio::null()).stderr(stderr).kill_on_drop(true);
        let child = command.spawn().context("start the server")?;
        let mut server = Self { child, folder };
        let client = tokio::select! {
            client = ready(client, &token) => client?,
            why = server.ended() => return Err(why),
        };
        Ok((server, client))
    }

    /// Waits until the server ends by itself, and returns why.
    pub(super) async fn ended(&mut self) -> anyhow::Error {
        // Without its status there is still its log.
        let status = self.child.wait().await.map_or_else(|e| e.to_string(), |s| s.to_string());
        let log = fs::read_to_string(self.folder.0.join("server.log")).unwrap_or_default();
        // Where it panicked says more than how it got there.
        let lines: Vec<&str> = log.lines().take_while(|line| *line != "stack backtrace:").collect();
        let last = lines[lines.len().saturating_sub(5)..].join(" / ");
        anyhow!("the server ended ({status}): {last}")
    }

    /// Stops the server and removes its folder. Nothing accepted is lost by a kill, and nobody needs it any more.
    pub(super) async fn stop(mut self) {
        let _ = self.child.kill().await;
    }
}

async fn ready(client: Client, token: &Path) -> anyhow::Result<Client> {
    let from = clock::now();
    loop {
        if client.get_text("/-/ready", "text/plain").await.is_ok()
            && let Ok(token) = fs::read_to_string(token)
        {
            return client.with_token(token.trim());
        }
        if clock::now().duration_since(from) > START_WITHIN.try_into().unwrap_or_default() {
            let base = client.base();
            return Err(Failure::Unreachable(format!("the server at {base} does not start")).into());
        }
        clock::pause(LOOK_EVERY).await;
    }
}

/// Returns where to listen; only an address of this machine can be served.
fn address(base: &str) -> anyhow::Result<SocketAddr> {
    let url: Url = base.parse()?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let ip = if host == "localhost" { Ok([127, 0, 0, 1].into()) } else { host.parse() };
    let refused = || {
        Failure::Unreachable(format!(
            "no server answers at {base}, and none can be started there: give an http:// address of this machine, or start one"
        ))
    };
    let ip: std::net::IpAddr = ip.map_err(|_| refused())?;
    let port = url.port_or_known_default().unwrap_or_default();
    if !ip.is_loopback() || url.scheme() != "http" || url.path() != "/" {
        return Err(refused().into());
    }
    Ok(SocketAddr::new(ip, port))
}

fn folder() -> anyhow::Result<Folder> {
    let path = std::env::temp_dir().join(format!("stentor-demo-{}", std::process::id()));
    // Fails when it exists: somebody else's folder is not used.
    let made = fs::DirBuilder::new().mode(0o700).create(&path);
    made.with_context(|| format!("make the folder {}", path.display()))?;
    Ok(Folder(path))
}
