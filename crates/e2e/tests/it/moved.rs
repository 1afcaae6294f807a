//! The move from Debian's Alertmanager to Stentor on the same port: silences stay, and nobody is told twice.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use stentor_e2e::process::{Running, free_port, run};
use stentor_e2e::sink::Sink;
use stentor_e2e::site::stentor;
use stentor_e2e::turn::beside;
use stentor_e2e::wait::until;
use tempfile::TempDir;

struct Move {
    folder: TempDir,
    port: u16,
    sink: Sink,
}

impl Move {
    async fn new() -> Self {
        let folder = TempDir::with_prefix("stentor-move-").expect("a temporary folder can be made");
        let it = Self { folder, port: free_port(), sink: Sink::start(vec![]).await };
        let config = format!(
            "route: {{ receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 1s }}\n\
             receivers: [{{ name: hook, webhook_configs: [{{ url: 'http://127.0.0.1:{}/' }}] }}]\n",
            it.sink.port
        );
        std::fs::write(it.at("alertmanager.yml"), config).expect("a file can be written");
        it
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self, mut command: Command, package: &str) -> Running {
        command.current_dir(self.folder.path());
        command.args(["--config.file=alertmanager.yml", "--storage.path=data"]);
        command.arg(format!("--web.listen-address=127.0.0.1:{}", self.port));
        command.arg("--cluster.listen-address=");
        Running::start(&mut command, package, &self.at("log"))
    }

    async fn is_ready(&self, running: &mut Running) {
        until("the server is ready", 30, async || {
            running.assert_alive();
            reqwest::get(self.url("/-/ready")).await.ok().filter(|it| it.status().is_success())
        })
        .await;
    }

    async fn stop(&self, mut running: Running) {
        running.signal("TERM");
        until("it ends", 15, async || running.has_ended()).await;
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    async fn send(&self, name: &str, ends: &str) {
        let alert = json!([{
            "labels": { "alertname": name, "node": "a" },
            "startsAt": "2026-01-01T00:00:00Z",
            "endsAt": ends,
        }]);
        let sent = reqwest::Client::new().post(self.url("/api/v2/alerts")).json(&alert).send();
        let status = sent.await.expect("the server answers").status();
        assert!(status.is_success(), "{status}");
    }

    /// Returns the status of each message about an alert, in the order in which they came.
    fn told(&self, name: &str) -> Vec<String> {
        let about = |it: &Value| it["groupLabels"]["alertname"] == name;
        let status = |it: Value| it["status"].as_str().unwrap_or_default().to_owned();
        self.sink.received().into_iter().filter(about).map(status).collect()
    }

    async fn hears(&self, name: &str, told: &[&str]) {
        let what = format!("the receiver hears of {name}: {told:?}");
        until(&what, 30, async || (self.told(name) == told).then_some(())).await;
    }

    fn amtool(&self, args: &[&str]) -> String {
        let mut command = Command::new("/usr/bin/amtool");
        command.arg(format!("--alertmanager.url={}", self.url(""))).args(args);
        let ended = run(&mut command, "prometheus-alertmanager");
        assert_eq!(ended.code, 0, "{}", ended.err);
        ended.out
    }
}

const LATER: &str = "2100-01-01T00:00:00Z";

#[test]
fn after_a_move_silences_are_there_and_nobody_is_told_twice() {
    beside(async {
        let moved = Move::new().await;
        let original = Command::new("/usr/bin/prometheus-alertmanager");
        let mut running = moved.start(original, "prometheus-alertmanager");
        moved.is_ready(&mut running).await;
        moved.send("Told", LATER).await;
        moved.hears("Told", &["firing"]).await;
        let add =
            ["silence", "add", "alertname=Quiet", "--author=ana", "--comment=c", "--duration=2h"];
        let id = moved.amtool(&add).trim().to_owned();
        moved.stop(running).await;

        let mut import = stentor();
        import.current_dir(moved.folder.path());
        let ended = run(import.args(["import", "alertmanager", "--storage.path", "data"]), "");
        assert_eq!(ended.code, 0, "{}", ended.err);
        let expected = "Imported 1 silences and 1 entries of the notification log.\n";
        assert!(ended.out.starts_with(expected), "{}", ended.out);

        let mut place = stentor();
        place.arg("alertmanager");
        let mut running = moved.start(place, "");
        moved.is_ready(&mut running).await;
        let mut again = stentor();
        again.current_dir(moved.folder.path());
        let ended = run(again.args(["import", "alertmanager", "--storage.path", "data"]), "");
        assert_eq!(ended.code, 1, "{}", ended.out);
        assert!(ended.err.contains("a server owns the database"), "{}", ended.err);

        for name in ["Told", "Quiet", "New"] {
            moved.send(name, LATER).await;
        }
        moved.hears("New", &["firing"]).await;
        assert_eq!(moved.told("Told"), ["firing"], "what was told before the move is told once");
        assert!(moved.amtool(&["silence", "query"]).contains(&id));
        moved.send("Told", "2026-01-02T00:00:00Z").await;
        moved.hears("Told", &["firing", "resolved"]).await;
        moved.send("New", "2026-01-02T00:00:00Z").await;
        moved.hears("New", &["firing", "resolved"]).await;
        assert_eq!(moved.told("Told"), ["firing", "resolved"]);
        assert_eq!(moved.told("Quiet"), Vec::<String>::new());
        moved.stop(running).await;
    });
}
