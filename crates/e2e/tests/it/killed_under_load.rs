//! In Alertmanager's place: of what was accepted nothing is lost by `kill -9`, however much is coming in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stentor_e2e::differential::contender::{Contender, Kind};
use stentor_e2e::differential::recorder::Recorder;
use stentor_e2e::seeded::Seeded;
use stentor_e2e::turn::alone;
use stentor_e2e::wait::{pause, until};

/// So many alerts are accepted while the server is killed and started again.
const ALERTS: usize = 100_000;

/// In messages of this many.
const BATCH: usize = 250;

/// Over so many connections.
const SENDERS: usize = 3;

/// How often the server is killed.
const KILLS: usize = 5;

/// A message that was under way when the server was killed is sent again when its lease has ended.
const LEASE_S: u64 = 60;

fn config(port: u16) -> String {
    format!(
        r#"
route:
  receiver: nobody
  group_by: [alertname]
  group_wait: 1h
  routes:
    - matchers: [kind="told"]
      receiver: hook
      group_by: [id]
      group_wait: 0s
      group_interval: 1s
      repeat_interval: 4h
receivers:
  - name: nobody
  - name: hook
    webhook_configs: [{{ url: "http://127.0.0.1:{port}/killed/hook" }}]
"#
    )
}

/// From when until when the server was away.
type Away = (Instant, Instant);

/// Since when the server is known to have recorded that an id was told.
type Recorded = BTreeMap<String, Instant>;

/// What the senders share.
struct Load {
    http: reqwest::Client,
    url: String,
    token: String,
    next: AtomicUsize,
    accepted: AtomicUsize,
    is_over: AtomicBool,
    /// The ids of the alerts that have to be told.
    told: Mutex<Vec<String>>,
    /// The ids of the silences that were accepted.
    silences: Mutex<Vec<String>>,
}

impl Load {
    /// Posts until it is accepted; a server that was killed comes back.
    async fn post(&self, path: &str, body: &str) -> String {
        loop {
            let request = self.http.post(format!("{}{path}", self.url)).body(body.to_owned());
            let request = request.header("content-type", "application/json");
            match request.send().await {
                Ok(answer) => {
                    let status = answer.status();
                    // An answer that breaks off may have been one of acceptance: ask again.
                    if let Ok(text) = answer.text().await {
                        assert_eq!(status, 200, "{path}: {text}");
                        return text;
                    }
                }
                Err(_) => pause(Duration::from_millis(20)).await,
            }
        }
    }

    async fn send_all(&self) {
        loop {
            let first = self.next.fetch_add(BATCH, Ordering::Relaxed);
            if first >= ALERTS {
                return;
            }
            let alerts: Vec<String> = (first..first + BATCH).map(alert).collect();
            self.post("/api/v2/alerts", &format!("[{}]", alerts.join(","))).await;
            self.accepted.fetch_add(BATCH, Ordering::Relaxed);
        }
    }

    /// Fires alerts that are told at once, and others that are silenced before.
    async fn tell_and_silence(&self) {
        for id in 0.. {
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            let is_quiet = id % 5 == 0;
            let id = format!("{}{id}", if is_quiet { "quiet" } else { "told" });
            if is_quiet {
                let silence = json!({
                    "matchers": [{ "name": "id", "value": id, "isRegex": false }],
                    "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2100-01-01T00:00:00Z",
                    "createdBy": "test", "comment": id,
                });
                let answer = self.post("/api/v2/silences", &silence.to_string()).await;
                let answer: Value = serde_json::from_str(&answer).expect("JSON is answered");
                let made = answer["silenceID"].as_str().expect("a silence has an id").to_owned();
                self.silences.lock().expect("nobody panicked").push(made);
            }
            let labels = json!({ "alertname": "Told", "kind": "told", "id": id });
            let (since, until) = ("2026-01-01T00:00:00Z", "2100-01-01T00:00:00Z");
            let alert = json!([{ "labels": labels, "startsAt": since, "endsAt": until }]);
            self.post("/api/v2/alerts", &alert.to_string()).await;
            if !is_quiet {
                self.told.lock().expect("nobody panicked").push(id);
            }
            pause(Duration::from_millis(40)).await;
        }
    }

    /// Kills the server while alerts come in; returns from when until when it was away, and since when it was known to
    /// have recorded that an id was told.
    async fn kill(&self, server: &mut Contender, recorder: &Recorder) -> (Vec<Away>, Recorded) {
        let mut random = Seeded(3);
        let (mut kills, mut recorded) = (vec![], Recorded::new());
        for kill in 1..=KILLS {
            let share = ALERTS * kill / (KILLS + 1);
            until("alerts are accepted", 120, async || {
                (self.accepted.load(Ordering::Relaxed) >= share).then_some(())
            })
            .await;
            pause(Duration::from_millis(random.below(200))).await;
            self.learn_recorded(recorder, &mut recorded).await;
            let killed_at = Instant::now();
            server.kill_and_start(&self.http).await;
            kills.push((killed_at, Instant::now()));
        }
        (kills, recorded)
    }

    /// Asks the server for each id that was told whether that is recorded.
    async fn learn_recorded(&self, recorder: &Recorder, recorded: &mut Recorded) {
        for heard in recorder.heard("killed") {
            let alert = &heard.body["alerts"][0];
            let id = alert["labels"]["id"].as_str().expect("an alert has an id");
            if recorded.contains_key(id) {
                continue;
            }
            let print = alert["fingerprint"].as_str().expect("an alert has a fingerprint");
            let url = format!("{}/api/v1/alerts/{print}/history", self.url);
            let answer = self.http.get(url).bearer_auth(&self.token).send().await;
            let answer = answer.expect("the server answers");
            assert_eq!(answer.status(), 200, "the history of {id}");
            let history: Value = answer.json().await.expect("JSON is answered");
            let told = history["items"][0]["notifications"].as_array().into_iter().flatten();
            if told.into_iter().any(|delivery| delivery["state"] == "sent") {
                recorded.insert(id.to_owned(), Instant::now());
            }
        }
    }
}

fn alert(number: usize) -> String {
    format!(
        r#"{{"labels":{{"alertname":"Load{}","kind":"load","number":"{number}","instance":"host-{}"}},
        "annotations":{{"summary":"one of many"}},"endsAt":"2100-01-01T00:00:00Z"}}"#,
        number % 100,
        number % 1000
    )
}

/// Counts the numbers of the alerts that the server shows, without reading all of the JSON.
async fn numbers(load: &Load) -> usize {
    let url = format!("{}/api/v2/alerts?filter=kind=load", load.url);
    let answer = load.http.get(url).send().await.expect("the server answers");
    let text = answer.text().await.expect("the answer is complete");
    let number = |rest: &str| -> usize {
        rest.split('"').next().and_then(|number| number.parse().ok()).expect("a number")
    };
    let numbers: BTreeSet<usize> = text.split("\"number\":\"").skip(1).map(number).collect();
    numbers.len()
}

/// Returns when each id was told.
fn told(recorder: &Recorder) -> BTreeMap<String, Vec<Instant>> {
    let mut told = BTreeMap::<_, Vec<_>>::new();
    for heard in recorder.heard("killed") {
        for alert in heard.body["alerts"].as_array().into_iter().flatten() {
            let id = alert["labels"]["id"].as_str().expect("an alert has an id").to_owned();
            told.entry(id).or_default().push(heard.at);
        }
    }
    told
}

#[test]
fn nothing_accepted_is_lost_and_nothing_recorded_is_told_again() {
    alone(async {
        let recorder = Recorder::start(&[]).await;
        let http = reqwest::Client::new();
        let mut server = Contender::start(Kind::Ours, &config(recorder.port), &http).await;
        let load = Load {
            http,
            url: server.url.clone(),
            token: server.token(),
            next: AtomicUsize::new(0),
            accepted: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            told: Mutex::default(),
            silences: Mutex::default(),
        };
        let sending = async {
            let senders: [_; SENDERS] = std::array::from_fn(|_| load.send_all());
            let [one, two, three] = senders;
            let kills = tokio::join!(one, two, three, load.kill(&mut server, &recorder)).3;
            load.is_over.store(true, Ordering::Relaxed);
            kills
        };
        let ((kills, recorded), ()) = tokio::join!(sending, load.tell_and_silence());
        assert_eq!(kills.len(), KILLS);
        assert!(recorded.len() >= KILLS, "{} were recorded before a kill", recorded.len());

        assert_eq!(numbers(&load).await, ALERTS, "accepted alerts are missing");
        let silences = load.http.get(format!("{}/api/v2/silences", load.url)).send().await;
        let silences: Value = silences.expect("it answers").json().await.expect("JSON");
        let there: BTreeSet<&str> =
            silences.as_array().expect("a list").iter().filter_map(|s| s["id"].as_str()).collect();
        for id in load.silences.lock().expect("nobody panicked").iter() {
            assert!(there.contains(id.as_str()), "the silence {id} is lost");
        }
        let wanted = load.told.lock().expect("nobody panicked").clone();
        until("everything accepted is told", LEASE_S + 20, async || {
            let told = told(&recorder);
            wanted.iter().all(|id| told.contains_key(id)).then_some(())
        })
        .await;
        for (id, times) in told(&recorder) {
            assert!(!id.starts_with("quiet"), "{id} was told though it is silenced");
            for (before, again) in times.iter().zip(&times[1..]) {
                let is_known = recorded.get(&id).is_some_and(|known| known <= again);
                assert!(!is_known, "{id} was told again though that was recorded");
                let is_killed = kills.iter().any(|(from, until)| before <= until && from <= again);
                assert!(is_killed, "{id} was told twice by one server");
            }
        }
    });
}
