//! Plays a scenario's inputs against one server.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::RwLock;

use super::compare::{Told, told};
use super::config;
use super::contender::Contender;
use super::recorder::Recorder;
use super::scenario::{Alert, Deed, Scenario};

/// What came of a scenario on one side.
#[derive(Debug)]
pub struct Played {
    /// When it began: when its first input was accepted.
    pub began: Instant,
    /// When it was over.
    pub ended: Instant,
    /// How late the latest of the inputs was accepted, in milliseconds.
    pub late_ms: i64,
    /// What was told, in its order.
    pub told: Vec<Told>,
    /// What the server refused though the script is right; nothing was sent after it.
    pub refused: Option<String>,
}

/// One side of a scenario.
#[derive(Clone, Debug)]
pub struct Side {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// The server; written to when it is started again.
    pub contender: Arc<RwLock<Contender>>,
    /// What its receivers hear.
    pub recorder: Arc<Recorder>,
    /// When to begin.
    pub at: Instant,
    /// The same, as the clock on the wall says it: both sides send the same times.
    pub wall: Timestamp,
    /// The full minute that the configuration calls `$MINUTE`.
    pub minute: String,
    /// The client, already connected.
    pub http: reqwest::Client,
}

/// What the script has made so far.
struct State {
    http: reqwest::Client,
    url: String,
    /// The ids and matchers of the silences, by name.
    silences: BTreeMap<String, (String, Value)>,
    /// When each alert has started.
    starts: BTreeMap<BTreeMap<String, String>, Timestamp>,
}

/// Plays a scenario to its end.
pub async fn play(side: Side) -> Played {
    let Side { scenario, at, wall, .. } = &side;
    let url = side.contender.read().await.url.clone();
    let http = side.http.clone();
    let mut state = State { http, url, silences: BTreeMap::new(), starts: BTreeMap::new() };
    let mut began = None;
    let mut late_ms = 0;
    let mut refused = None;
    for step in &scenario.steps {
        let planned = began.unwrap_or(*at) + millis(step.at_ms);
        tokio::time::sleep_until(planned.into()).await;
        let now = *wall + SignedDuration::from_millis(step.at_ms);
        refused = state.act(&side, &step.deed, now).await.err();
        let accepted = Instant::now();
        began.get_or_insert_with(|| accepted - millis(step.at_ms));
        if refused.is_some() {
            break;
        }
        if !matches!(step.deed, Deed::Restart) {
            // The times in the messages count from when it should have begun.
            late_ms = late_ms.max(since(*at, accepted) - step.at_ms);
        }
    }
    let began = began.expect("a scenario has inputs");
    let ended = began + millis(scenario.until_ms);
    tokio::time::sleep_until(ended.into()).await;
    let heard = side.recorder.heard(&scenario.name).into_iter();
    let heard = heard.filter(|heard| heard.at <= ended);
    let told = heard.map(|heard| told(scenario, &heard, since(began, heard.at))).collect();
    Played { began, ended, late_ms, told, refused }
}

fn millis(ms: i64) -> Duration {
    Duration::from_millis(ms.try_into().expect("a script does not begin before its start"))
}

/// Returns the milliseconds from one instant to another.
pub fn since(from: Instant, to: Instant) -> i64 {
    let ms = if to >= from { (to - from).as_millis() } else { (from - to).as_millis() };
    let ms = i64::try_from(ms).expect("a scenario lasts seconds");
    if to >= from { ms } else { -ms }
}

impl State {
    async fn act(&mut self, side: &Side, deed: &Deed, now: Timestamp) -> Result<(), String> {
        match deed {
            Deed::Fire(alerts) => {
                let all: Vec<_> =
                    alerts.iter().map(|alert| self.firing(side, alert, now)).collect();
                self.post("/api/v2/alerts", &json!(all)).await?;
            }
            Deed::Resolve(alerts) => {
                let all: Vec<_> =
                    alerts.iter().map(|alert| self.resolved(side, alert, now)).collect();
                self.post("/api/v2/alerts", &json!(all)).await?;
            }
            Deed::Silence { name, matchers, from_ms, to_ms } => {
                let span = [*from_ms, *to_ms].map(|ms| now + SignedDuration::from_millis(ms));
                self.silence(side, name, matchers, span).await?;
            }
            Deed::Expire(name) => {
                let url = format!("{}/api/v2/silence/{}", self.url, self.silences[name].0);
                accepted(&format!("expire {name}"), self.http.delete(url)).await?;
            }
            Deed::Reload(name) => {
                let config = config::alone(&side.scenario, name, side.recorder.port, &side.minute);
                let reload = side.contender.read().await.reload(&self.http, &config);
                accepted("reload", reload).await?;
            }
            Deed::Restart => side.contender.write().await.restart(&self.http).await,
        }
        Ok(())
    }

    fn firing(&mut self, side: &Side, alert: &Alert, now: Timestamp) -> Value {
        let at = |ms: i64| now + SignedDuration::from_millis(ms);
        let mut written = written(side, alert);
        if let Some(ms) = alert.starts_ms {
            self.starts.insert(alert.labels.clone(), at(ms));
            written["startsAt"] = json!(at(ms).to_string());
        }
        if let Some(ms) = alert.ends_ms {
            written["endsAt"] = json!(at(ms).to_string());
        }
        written
    }

    fn resolved(&self, side: &Side, alert: &Alert, now: Timestamp) -> Value {
        let mut written = written(side, alert);
        let given = alert.is_start_given.then_some(alert.starts_ms).flatten();
        let given = given.map(|ms| now + SignedDuration::from_millis(ms));
        if let Some(start) = given.or_else(|| self.starts.get(&alert.labels).copied()) {
            written["startsAt"] = json!(start.to_string());
        }
        let end = now + SignedDuration::from_millis(alert.ends_ms.unwrap_or(0));
        written["endsAt"] = json!(end.to_string());
        written
    }

    async fn silence(
        &mut self,
        side: &Side,
        name: &str,
        matchers: &[String],
        span: [Timestamp; 2],
    ) -> Result<(), String> {
        let known = self.silences.get(name).cloned();
        let mut wanted: Vec<Value> = matchers.iter().map(|text| matcher(text)).collect();
        if !side.scenario.is_alone {
            wanted.push(matcher(&format!("scenario={}", side.scenario.name)));
        }
        let wanted = match &known {
            Some((_, had)) if matchers.is_empty() => had.clone(),
            _ => json!(wanted),
        };
        let [from, to] = span;
        let mut silence = json!({
            "matchers": wanted, "startsAt": from.to_string(), "endsAt": to.to_string(),
            "createdBy": "script", "comment": name,
        });
        if let Some((id, _)) = known {
            silence["id"] = json!(id);
        }
        let answer = self.post("/api/v2/silences", &silence).await?;
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        let id = answer["silenceID"].as_str().expect("a silence has an id").to_owned();
        self.silences.insert(name.to_owned(), (id, wanted));
        Ok(())
    }

    async fn post(&self, path: &str, body: &Value) -> Result<String, String> {
        let request = self.http.post(format!("{}{path}", self.url));
        let request = request.header("content-type", "application/json").body(body.to_string());
        accepted(&format!("{path} {body}"), request).await
    }
}

/// Sends a request; anything but 200 is an error.
async fn accepted(what: &str, request: reqwest::RequestBuilder) -> Result<String, String> {
    let answer = request.send().await.map_err(|error| format!("{what}: {error}"))?;
    let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
    if status == 200 { Ok(text) } else { Err(format!("{what}: {status} {text}")) }
}

fn written(side: &Side, alert: &Alert) -> Value {
    let mut labels = alert.labels.clone();
    if !side.scenario.is_alone {
        labels.insert("scenario".into(), side.scenario.name.clone());
    }
    json!({
        "labels": labels, "annotations": alert.annotations,
        "generatorURL": "http://prometheus.example/graph?g0.expr=up",
    })
}

/// Reads a matcher as the API has it.
fn matcher(text: &str) -> Value {
    let operators =
        [("!~", true, false), ("=~", true, true), ("!=", false, false), ("=", false, true)];
    let found = operators.iter().find_map(|(operator, is_regex, is_equal)| {
        let (name, value) = text.split_once(operator)?;
        Some(json!({ "name": name, "value": value, "isRegex": is_regex, "isEqual": is_equal }))
    });
    found.unwrap_or_else(|| panic!("no matcher: {text}"))
}
