//! A site: the folders, the port and the database of one Stentor, which may be started and killed many times.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Running, built, free_port};
use crate::server::Server;
use crate::wait::until;

/// Where one Stentor lives.
#[derive(Debug)]
pub struct Site {
    folder: TempDir,
    /// What the server keeps; elsewhere than in the site's own folder if it is changed before the start.
    pub data: PathBuf,
    /// Where it listens, on loopback.
    pub port: u16,
    /// PostgreSQL instead of SQLite in the data folder.
    pub database_url: Option<String>,
    /// Each start has a log of its own.
    starts: usize,
}

impl Site {
    /// Makes a site with a plan of two files.
    pub fn new(stentor_yml: &str, alertmanager_yml: &str) -> Self {
        let folder = TempDir::with_prefix("stentor-e2e-").expect("a temporary folder can be made");
        let data = folder.path().join("data");
        let site = Self { folder, data, port: free_port(), database_url: None, starts: 0 };
        site.write_plan("stentor.yml", stentor_yml);
        site.write_plan("alertmanager.yml", alertmanager_yml);
        site
    }

    /// Returns the folder of the plan.
    pub fn plan(&self) -> PathBuf {
        self.folder.path().join("plan")
    }

    /// Writes a file of the plan, whole or not at all.
    pub fn write_plan(&self, name: &str, text: &str) {
        let path = self.plan().join(name);
        let parent = path.parent().expect("a file of the plan stands in a folder");
        std::fs::create_dir_all(parent).expect("the plan's folder can be made");
        let draft = self.folder.path().join("draft");
        std::fs::write(&draft, text).expect("a file of the plan can be written");
        std::fs::rename(&draft, &path).expect("a file of the plan can be put in place");
    }

    /// Starts the server and waits until it is ready.
    pub async fn start(&mut self) -> Server {
        self.starts += 1;
        let log = self.folder.path().join(format!("stentor-{}.log", self.starts));
        let token_file = self.folder.path().join("token");
        let mut command = stentor();
        command.arg("serve").arg("--plan").arg(self.plan()).arg("--data").arg(&self.data);
        command.args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        command.arg("--bootstrap-token").arg(&token_file);
        if let Some(url) = &self.database_url {
            command.args(["--database-url", url]);
        }
        let mut running = Running::start(&mut command, "", &log);
        // As the server itself says it: a browser keeps the cookies of each name apart.
        let url = format!("http://localhost:{}", self.port);
        let http = reqwest::Client::new();
        until("the server is ready", 30, async || {
            running.assert_alive();
            let ready = http.get(format!("{url}/-/ready")).send().await;
            ready.ok().filter(|answer| answer.status() == 200).map(drop)
        })
        .await;
        let token = std::fs::read_to_string(&token_file).expect("the first start writes a token");
        Server::new(running, url, token.trim().to_owned())
    }
}

/// Returns the command `stentor`, without what the environment of the developer says.
pub fn stentor() -> Command {
    let mut command = Command::new(built("stentor"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STENTOR_") {
            command.env_remove(name);
        }
    }
    command.env("NO_COLOR", "1");
    command
}
