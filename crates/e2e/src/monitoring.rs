//! Prometheus and its node exporter, configured as their manuals and tutorials have it.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Running, free_port};

/// A machine's exporter; what Prometheus watches.
#[derive(Debug)]
pub struct NodeExporter {
    process: Running,
    folder: TempDir,
    /// Where it listens, on loopback.
    pub port: u16,
}

impl NodeExporter {
    /// Starts an exporter.
    pub fn start() -> Self {
        let folder = TempDir::with_prefix("stentor-node-").expect("a temporary folder can be made");
        let port = free_port();
        Self { process: exporter(port, folder.path()), folder, port }
    }

    /// Kills the exporter: the instance is down.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again where it was.
    pub fn restart(&mut self) {
        self.process = exporter(self.port, self.folder.path());
    }
}

fn exporter(port: u16, folder: &Path) -> Running {
    let mut command = Command::new("/usr/bin/prometheus-node-exporter");
    command.arg(format!("--web.listen-address=127.0.0.1:{port}")).arg("--log.level=warn");
    Running::start(&mut command, "prometheus-node-exporter", &folder.join("log"))
}

/// A Prometheus that sends its alerts to one Alertmanager API.
#[derive(Debug)]
pub struct Prometheus {
    _process: Running,
    _folder: TempDir,
    url: String,
}

impl Prometheus {
    /// Starts a Prometheus that watches the exporter at `target` every second, with the rules in `alerts_yml`, and
    /// sends alerts to the port `alertmanager`.
    pub fn start(target: u16, alertmanager: u16, alerts_yml: &str) -> Self {
        let port = free_port();
        let folder = TempDir::with_prefix("stentor-prom-").expect("a temporary folder can be made");
        let config = folder.path().join("prometheus.yml");
        write(&config, &prometheus_yml(target, alertmanager));
        write(&folder.path().join("alerts.yml"), alerts_yml);
        let mut command = Command::new("/usr/bin/prometheus");
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--log.level=warn");
        let process = Running::start(&mut command, "prometheus", &folder.path().join("log"));
        Self { _process: process, _folder: folder, url: format!("http://127.0.0.1:{port}") }
    }

    /// Tells whether it sees that its target is up.
    pub async fn sees_up(&self) -> bool {
        let answer = reqwest::get(format!("{}/api/v1/query?query=sum(up)", self.url)).await;
        let Ok(answer) = answer else { return false };
        // The value stands behind its time: `[1764000000.123,"1"]`.
        answer.text().await.is_ok_and(|text| text.contains(r#","1"]"#))
    }
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a file can be written to the temporary folder");
}

fn prometheus_yml(target: u16, alertmanager: u16) -> String {
    format!(
        r#"
global:
  scrape_interval: 1s
  evaluation_interval: 1s
alerting:
  alertmanagers:
    - static_configs:
        - targets: ["localhost:{alertmanager}"]
rule_files:
  - "alerts.yml"
scrape_configs:
  - job_name: 'node'
    static_configs:
      - targets: ['localhost:{target}']
"#
    )
}
