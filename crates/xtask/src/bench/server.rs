//! One server under measurement: its configuration, its start, its load and its end.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::Figures;
use crate::command::root;

/// How long a server may take to answer `/-/ready`.
const START_WAIT_MAX: Duration = Duration::from_secs(30);

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Contender {
    /// Debian's prometheus-alertmanager.
    Alertmanager,
    /// This workspace, built as it is released.
    Stentor,
}

/// What a server is configured for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scene {
    /// Groups wait longer than any measurement: nothing is sent.
    Quiet,
    /// Everything is sent at once.
    AtOnce,
    /// Critical alerts inhibit warnings about the same instance; nothing is sent.
    Inhibition,
    /// Each alert is a group of its own, and is sent after a second.
    EachItsGroup,
    /// Each alert is a group of its own, and nothing is sent.
    EachItsQuietGroup,
}

/// A running server with a folder of its own; both are gone when it is dropped.
pub(super) struct Server {
    contender: Contender,
    child: Child,
    folder: PathBuf,
    addr: SocketAddr,
    sink: SocketAddr,
    /// Counts what is sent.
    counter: Option<Child>,
}

impl Contender {
    /// The name in the table.
    pub(super) fn title(self) -> &'static str {
        match self {
            Contender::Alertmanager => "Alertmanager",
            Contender::Stentor => "Stentor",
        }
    }

    fn command(self, folder: &Path, addr: SocketAddr) -> anyhow::Result<Command> {
        let folder = folder.display();
        let mut command = match self {
            Contender::Alertmanager => Command::new("prometheus-alertmanager"),
            Contender::Stentor => Command::new(built("stentor")?),
        };
        if self == Contender::Stentor {
            command.arg("alertmanager");
        }
        command.args([
            format!("--config.file={folder}/alertmanager.yml"),
            format!("--storage.path={folder}/data"),
            format!("--web.listen-address={addr}"),
            // One node: without an address it does not gossip.
            "--cluster.listen-address=".to_owned(),
            "--log.level=warn".to_owned(),
        ]);
        Ok(command)
    }
}

impl Server {
    /// Starts `contender` on free loopback ports with empty storage and waits until it is ready.
    pub(super) fn start(contender: Contender, scene: Scene) -> anyhow::Result<Server> {
        let (addr, sink) = (free_port()?, free_port()?);
        let folder = root().join(format!("target/bench/{}", addr.port()));
        fs::create_dir_all(folder.join("data"))?;
        fs::write(folder.join("alertmanager.yml"), alertmanager_yml(scene, sink))?;
        let log = fs::File::create(folder.join("log"))?;
        let mut command = contender.command(&folder, addr)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().with_context(|| format!("start {}", contender.title()))?;
        let mut server = Server { contender, child, folder, addr, sink, counter: None };
        server.wait_until_ready().with_context(|| {
            let log = fs::read_to_string(server.folder.join("log")).unwrap_or_default();
            format!("{} did not start:\n{log}", contender.title())
        })?;
        Ok(server)
    }

    /// The loopback address that it sends webhooks to; nobody listens there yet.
    pub(super) fn sink(&self) -> String {
        self.sink.to_string()
    }

    /// Starts a receiver of its webhooks, which writes down each.
    pub(super) fn start_sink(&mut self) -> anyhow::Result<()> {
        let mut sink = Command::new(built("stentor-load")?);
        sink.args(["sink", "--listen", &self.sink()]).stdin(Stdio::null());
        sink.stdout(fs::File::create(self.folder.join("sink"))?);
        self.counter = Some(sink.spawn().context("start stentor-load sink")?);
        wait_for(START_WAIT_MAX, || Ok(TcpStream::connect(self.sink).ok().map(drop)))
    }

    /// Waits until the receiver was told of so many alerts.
    pub(super) fn wait_until_told(&self, alerts: u64, limit: Duration) -> anyhow::Result<()> {
        let path = self.folder.join("sink");
        wait_for(limit, || {
            // Counting costs the server time: a line has more bytes than these.
            if fs::metadata(&path)?.len() < alerts * 32 {
                return Ok(None);
            }
            let told = fs::read_to_string(&path)?.lines().count() as u64;
            Ok((told >= alerts).then_some(()))
        })
    }

    /// Returns the most memory that it ever had, in MiB.
    pub(super) fn peak_mib(&self) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.context("/proc shows no VmHWM")?.trim().trim_end_matches(" kB");
        Ok(kib.parse::<f64>()? / 1024.0)
    }

    /// Ends it, starts it anew on the same storage, and returns how long it took to be ready, in milliseconds.
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
    pub(super) fn restart(&mut self) -> anyhow::Result<f64> {
        self.child.kill()?;
        self.child.wait()?;
        let began = Instant::now();
        let mut command = self.contender.command(&self.folder, self.addr)?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = command.spawn().context("start it anew")?;
        self.wait_until_ready()?;
        Ok(began.elapsed().as_secs_f64() * 1e3)
    }

    /// Runs a command of the load generator against it, for at most `limit`; returns the figures
    /// of each line printed.
    pub(super) fn load(
        &self,
        name: &str,
        args: &[&str],
        limit: Duration,
    ) -> anyhow::Result<Vec<Figures>> {
        let printed = self.folder.join("figures");
        let mut load = Command::new(built("stentor-load")?);
        load.arg(name).args(["--addr", &self.addr.to_string()]);
        load.args(["--pid", &self.child.id().to_string()]).args(args);
        load.stdin(Stdio::null()).stdout(fs::File::create(&printed)?);
        let mut load = load.spawn().context("start stentor-load")?;
        let ended = wait_for(limit, || Ok(load.try_wait()?));
        if ended.is_err() {
            load.kill()?;
            load.wait()?;
        }
        let status = ended.with_context(|| format!("stentor-load {name}"))?;
        anyhow::ensure!(status.success(), "stentor-load {name} failed: {status}");
        Ok(fs::read_to_string(&printed)?.lines().map(figures).collect())
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        wait_for(START_WAIT_MAX, || {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended: {status}");
            }
            Ok(is_ready(self.addr).then_some(()))
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for child in [Some(&mut self.child), self.counter.as_mut()].into_iter().flatten() {
            // Both fail only when it has ended already, which is what is wanted.
            child.kill().ok();
            child.wait().ok();
        }
        fs::remove_dir_all(&self.folder).ok();
    }
}

fn alertmanager_yml(scene: Scene, sink: SocketAddr) -> String {
    let group_wait = match scene {
        Scene::Quiet | Scene::Inhibition | Scene::EachItsQuietGroup => "10m",
        Scene::AtOnce => "0s",
        Scene::EachItsGroup => "1s",
    };
    let group_by = match scene {
        Scene::Quiet | Scene::Inhibition | Scene::AtOnce => "alertname",
        Scene::EachItsGroup | Scene::EachItsQuietGroup => "'...'",
    };
    let rules = match scene {
        Scene::Quiet | Scene::AtOnce | Scene::EachItsGroup | Scene::EachItsQuietGroup => "",
        Scene::Inhibition => {
            "\
inhibit_rules:
  - source_matchers: [severity=critical]
    target_matchers: [severity=warning]
    equal: [instance]
"
        }
    };
    format!(
        "\
route:
  receiver: sink
  group_by: [{group_by}]
  group_wait: {group_wait}
  group_interval: 10m
  repeat_interval: 4h
receivers:
  - name: sink
    webhook_configs:
      - url: http://{sink}/
{rules}"
    )
}

/// A program of this workspace, built as it is released: two folders above this program
/// lies the folder of builds, wherever the person has put it.
fn built(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("find this program")?;
    let builds = own.ancestors().nth(2).context("this program lies in no folder of builds")?;
    Ok(builds.join("release").join(name))
}

/// A loopback port that nobody has now.
fn free_port() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a free port")?;
    Ok(listener.local_addr()?)
}

fn is_ready(addr: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(addr)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET /-/ready HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// Asks `poll` until it has an answer; fails when it fails or `limit` has passed.
#[expect(clippy::disallowed_methods, reason = "waits for other processes, which nobody announces")]
fn wait_for<T>(
    limit: Duration,
    mut poll: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let began = Instant::now();
    loop {
        if let Some(answer) = poll()? {
            return Ok(answer);
        }
        if began.elapsed() > limit {
            bail!("not done within {limit:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn figures(line: &str) -> Figures {
    let pairs = line.split_whitespace().filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_figures_is_read_pair_by_pair() {
        let figures = figures("get ms_p50=1.5 bytes=12");
        assert_eq!(figures["ms_p50"], "1.5");
        assert_eq!(figures.len(), 2);
    }

    #[test]
    fn waiting_ends_with_the_answer_or_at_the_limit() {
        let mut asked = 0;
        let answer = wait_for(Duration::from_secs(5), || {
            asked += 1;
            Ok((asked == 2).then_some(asked))
        });
        assert_eq!(answer.unwrap(), 2);
        let never = wait_for(Duration::ZERO, || Ok(None::<()>));
        assert_eq!(never.unwrap_err().to_string(), "not done within 0ns");
    }

    #[test]
    fn both_are_told_to_send_to_loopback_only() {
        let yml = alertmanager_yml(Scene::AtOnce, "127.0.0.1:7".parse().unwrap());
        assert!(yml.contains("group_wait: 0s") && yml.contains("url: http://127.0.0.1:7/"));
    }
}
