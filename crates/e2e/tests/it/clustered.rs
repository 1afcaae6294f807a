//! With the address of a cluster: what `/api/v2/status`, amtool and `/metrics` say of it, beside the original.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};
use stentor_e2e::process::{Running, free_port, run};
use stentor_e2e::site::stentor;
use stentor_e2e::turn::beside;
use stentor_e2e::wait::until;
use tempfile::TempDir;

const CONFIG: &str = "
route: { receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s }
receivers: [{ name: hook, webhook_configs: [{ url: 'http://127.0.0.1:9/' }] }]
";

/// A server with the address of a cluster.
struct Server {
    url: String,
    gossip: String,
    _process: Running,
    _folder: TempDir,
    http: reqwest::Client,
}

impl Server {
    /// Starts it and waits until its cluster is ready.
    async fn start(mut command: Command) -> Self {
        let folder = TempDir::with_prefix("stentor-peer-").expect("a temporary folder can be made");
        let (port, gossip) = (free_port(), format!("127.0.0.1:{}", free_port()));
        let config = folder.path().join("alertmanager.yml");
        std::fs::write(&config, CONFIG).expect("a configuration can be written");
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg(format!("--cluster.listen-address={gossip}"))
            .args(["--cluster.settle-timeout=1s", "--cluster.gossip-interval=50ms"])
            .arg("--log.level=warn");
        let log: &Path = &folder.path().join("log");
        let process = Running::start(&mut command, "prometheus-alertmanager", log);
        let (url, http) = (format!("http://127.0.0.1:{port}"), reqwest::Client::new());
        let server = Self { url, gossip, _process: process, _folder: folder, http };
        until("the cluster is ready", 30, async || {
            let answer = server.http.get(format!("{}/api/v2/status", server.url)).send().await;
            let status: Value = answer.ok()?.json().await.ok()?;
            (status["cluster"]["status"] == "ready").then_some(())
        })
        .await;
        server
    }

    async fn both() -> [Self; 2] {
        let mut ours = stentor();
        ours.arg("alertmanager");
        let original = Command::new("/usr/bin/prometheus-alertmanager");
        let (original, ours) = tokio::join!(Self::start(original), Self::start(ours));
        [original, ours]
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> String {
        let request = self.http.request(method, format!("{}{path}", self.url)).json(body);
        let answer = request.send().await.expect("the server answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.text().await.expect("the answer is complete")
    }

    async fn get(&self, path: &str) -> String {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await;
        answer.expect("the server answers").text().await.expect("the answer is complete")
    }

    fn amtool(&self, args: &[&str]) -> String {
        let mut command = Command::new("/usr/bin/amtool");
        command.arg(format!("--alertmanager.url={}", self.url)).args(args);
        let ended = run(&mut command, "prometheus-alertmanager");
        assert_eq!(ended.code, 0, "{args:?}: {}{}", ended.out, ended.err);
        assert_eq!(ended.err, "", "{args:?}");
        ended.out
    }

    async fn cluster(&self) -> Value {
        let status: Value =
            serde_json::from_str(&self.get("/api/v2/status").await).expect("a status is JSON");
        status["cluster"].clone()
    }
}

#[test]
fn a_cluster_of_this_one_peer_is_shown_as_the_original_shows_it() {
    beside(async {
        let mut shown = vec![];
        for server in Server::both().await {
            let cluster = server.cluster().await;
            let name = cluster["name"].as_str().expect("it has a name");
            assert!(name.len() >= 26, "{cluster}");
            let peer = json!({ "address": server.gossip, "name": name });
            let expected = json!({ "name": name, "peers": [peer], "status": "ready" });
            assert_eq!(cluster, expected);
            shown.push(["simple", "extended"].map(|form| {
                let text = server.amtool(&[&format!("--output={form}"), "cluster", "show"]);
                assert!(text.contains("ready") && text.contains(name), "{text}");
                text.replace(name, "NAME").replace(&server.gossip, "ADDRESS")
            }));
        }
        assert!(shown[0][1].contains("ADDRESS"), "{shown:?}");
        assert_eq!(shown[0], shown[1]);
    });
}

/// A family: its type, and the sets of labels' names that its values have, `le` and `quantile` left out.
type Family = (String, BTreeSet<BTreeSet<String>>);

fn families(text: &str) -> BTreeMap<String, Family> {
    let mut found: BTreeMap<String, Family> = BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type has a name");
            found.insert(name.to_owned(), (kind.to_owned(), BTreeSet::new()));
        }
        if line.starts_with('#') {
            continue;
        }
        let (name, labels) = match line.split_once('{') {
            Some((name, rest)) => (name, rest.rsplit_once('}').expect("it ends").0),
            None => (line.split(' ').next().expect("a name"), ""),
        };
        let parts = ["", "_bucket", "_sum", "_count"];
        let family = parts.iter().find_map(|part| {
            let family = name.strip_suffix(part)?;
            found.contains_key(family).then_some(family)
        });
        let family = family.unwrap_or_else(|| panic!("{line} belongs to no family"));
        // No value of these holds a quote or a comma.
        let names = labels.split(',').filter_map(|label| Some(label.split_once('=')?.0.to_owned()));
        let names = names.filter(|name| name != "le" && name != "quantile").collect();
        found.get_mut(family).expect("it was found").1.insert(names);
    }
    found
}

/// What the original has and Stentor has not, or has otherwise: the beginning of the name, and why.
const EXCEPTIONS: [(&str, &str); 9] = [
    ("go_", "there is no Go runtime"),
    ("net_conntrack_", "connections are not kept, so there is no pool to watch"),
    (
        "promhttp_",
        "the original's library counts its own handler; alertmanager_http_… has /metrics",
    ),
    ("alertmanager_marked_alerts", "gone since 0.32; alertmanager_alerts says the same"),
    ("alertmanager_nflog_query_duration_seconds", "a lookup in memory is not worth a clock"),
    ("alertmanager_silences_query_duration_seconds", "a lookup in memory is not worth a clock"),
    ("alertmanager_nflog_snapshot_size_bytes", "everything is written at once: no snapshot"),
    ("alertmanager_silences_snapshot_size_bytes", "everything is written at once: no snapshot"),
    ("alertmanager_oversize_gossip_message_duration_seconds", "no message is ever sent"),
];

#[test]
fn the_metrics_of_the_original_are_there_with_their_types_and_labels() {
    beside(async {
        let mut seen = vec![];
        for server in Server::both().await {
            let alert = json!([{ "labels": { "alertname": "A" } }]);
            server.ask(Method::POST, "/api/v2/alerts", &alert).await;
            let silence = json!({
                "matchers": [{ "name": "a", "value": "b", "isRegex": false }],
                "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2100-01-01T00:00:00Z",
                "createdBy": "ana", "comment": "why",
            });
            server.ask(Method::POST, "/api/v2/silences", &silence).await;
            // Both count a request when it was answered.
            server.get("/-/ready").await;
            seen.push(families(&server.get("/metrics").await));
        }
        let [original, ours] = &seen[..] else { panic!("there are two") };
        let excepted = |name: &str| EXCEPTIONS.iter().find(|(begin, _)| name.starts_with(begin));
        let mut used = BTreeSet::new();
        for (name, family) in original {
            if let Some((begin, why)) = excepted(name) {
                assert_ne!(ours.get(name), Some(family), "{name} is as the original's, not {why}");
                used.insert(*begin);
                continue;
            }
            assert_eq!(ours.get(name), Some(family), "{name}");
        }
        assert_eq!(used.len(), EXCEPTIONS.len(), "an exception that is none: {used:?}");
    });
}
