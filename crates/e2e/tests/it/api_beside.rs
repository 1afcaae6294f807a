//! Every call of API v2 is answered as the original answers it: status, media type, and the shape of an error.

use reqwest::Method;
use serde_json::Value;
use stentor_e2e::differential::pair::{Call, Pair, Reply};
use stentor_e2e::turn::beside;

const CONFIG: &str = "
route: { receiver: hook, group_by: [alertname], group_wait: 10m }
receivers: [{ name: hook }, { name: a.b }]
";

/// How far the two answers have to agree.
#[derive(Clone, Copy)]
enum Same {
    /// Status, media type and body, but for ids and times of their own.
    All,
    /// Status, media type and what the body looks like: an error's words are each server's own.
    Shape,
    /// Stentor answers as later releases of the original do: this status.
    Later(u16),
}

use Same::{All, Later, Shape};

const UNKNOWN: &str = "/api/v2/silence/11111111-2222-4333-8444-555555555555";

/// A silence's JSON with these keys replaced or added; a value of null takes the key away.
fn silence(changes: &str) -> String {
    let mut whole: Value = serde_json::from_str(
        r#"{"matchers": [{"name": "a", "value": "b", "isRegex": false, "isEqual": true}],
            "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2100-01-01T00:00:00Z",
            "createdBy": "ana", "comment": "why"}"#,
    )
    .expect("the test is right");
    let changes: Value = serde_json::from_str(changes).expect("the test is right");
    for (key, value) in changes.as_object().expect("the test is right") {
        whole[key] = value.clone();
        if value.is_null() {
            whole.as_object_mut().expect("the test is right").remove(key);
        }
    }
    whole.to_string()
}

/// Returns what a body looks like: the kind of its JSON; of an error also its code.
fn shape(reply: &Reply) -> String {
    if reply.text.trim().is_empty() {
        return "empty".to_owned();
    }
    match serde_json::from_str(&reply.text) {
        Ok(Value::String(_)) => "a JSON string".to_owned(),
        Ok(Value::Array(list)) => format!("a list of {}", list.len()),
        Ok(Value::Object(object)) => {
            let keys: Vec<&str> = object.keys().map(String::as_str).collect();
            format!("{keys:?} code {:?}", object.get("code"))
        }
        Ok(other) => format!("{other}"),
        Err(_) => "text".to_owned(),
    }
}

/// Replaces what each server makes for itself.
fn without_own(text: &str) -> Value {
    let mut value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    blank(&mut value);
    value
}

fn blank(value: &mut Value) {
    match value {
        Value::Object(object) => {
            // A later release than the original here says it.
            object.remove("mutedBy");
            for (key, value) in object {
                match key.as_str() {
                    "id" | "silenceID" | "updatedAt" | "startsAt" | "endsAt" => {
                        *value = Value::from("own");
                    }
                    _ => blank(value),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(blank),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Asks both, and adds to `wrong` where they differ further than they may.
async fn ask(pair: &Pair, wrong: &mut Vec<String>, same: Same, call: Call<'_>) -> [Reply; 2] {
    let [mut original, mut ours] = pair.ask(&call).await;
    if call.method == Method::HEAD {
        // Whether the type of a body that is not there is said does not matter.
        (original.media, ours.media) = Default::default();
    }
    let equal = match same {
        All => {
            (original.status, &original.media, without_own(&original.text))
                == (ours.status, &ours.media, without_own(&ours.text))
        }
        Shape => {
            (original.status, &original.media, shape(&original))
                == (ours.status, &ours.media, shape(&ours))
        }
        Later(status) => ours.status == status && original.status != status,
    };
    if !equal {
        let Call { method, path, media, body } = call;
        wrong.push(format!(
            "{method} {path} {media} {body}\n  original {} {} {}\n  stentor  {} {} {}",
            original.status, original.media, original.text, ours.status, ours.media, ours.text
        ));
    }
    [original, ours]
}

#[test]
fn alerts_are_taken_and_refused_alike() {
    beside(async {
        let pair = Pair::start(CONFIG).await;
        let alerts = "/api/v2/alerts";
        let mut wrong = vec![];
        let bodies = [
            (Shape, ""),
            (All, "null"),
            (All, "[]"),
            (Shape, "{"),
            (Shape, r#"[{"labels": {"alertname": "Trunca"#),
            (Shape, r#"{"labels": {"alertname": "A"}}"#),
            (Shape, r#""text""#),
            (Shape, "7"),
            (Shape, r#"[7]"#),
            (All, r#"[{}]"#),
            (All, r#"[{"labels": {"alertname": "A"}}, {}]"#),
            (All, r#"[{"labels": null}]"#),
            (All, r#"[{"labels": {}}]"#),
            (All, r#"[{"labels": {"a": ""}}]"#),
            (Shape, r#"[{"labels": {"a": 7}}]"#),
            (Shape, r#"[{"labels": ["a"]}]"#),
            (Later(200), r#"[{"labels": {"a-b": "c"}}]"#),
            (Shape, r#"[{"labels": {"": "c"}}]"#),
            (All, r#"[{"labels": {"alertname": "A"}, "generatorURL": "http://x/y?z"}]"#),
            (Shape, r#"[{"labels": {"alertname": "A"}, "generatorURL": "::no"}]"#),
            (All, r#"[{"labels": {"alertname": "A"}, "generatorURL": ""}]"#),
            (Shape, r#"[{"labels": {"alertname": "A"}, "startsAt": "yesterday"}]"#),
            (Shape, r#"[{"labels": {"alertname": "A"}, "startsAt": 7}]"#),
            (All, r#"[{"labels": {"alertname": "A"}, "startsAt": null, "endsAt": null}]"#),
            (All, r#"[{"labels": {"alertname": "A"}, "endsAt": "0001-01-01T00:00:00.000Z"}]"#),
            (
                Shape,
                r#"[{"labels": {"alertname": "A"}, "startsAt": "2030-01-02T00:00:00Z",
                    "endsAt": "2030-01-01T00:00:00Z"}]"#,
            ),
            (All, r#"[{"labels": {"alertname": "A"}, "colour": "red"}]"#),
            (All, r#"[{"labels": {"alertname": "A"}, "annotations": {"x": ""}}]"#),
            (Shape, r#"[{"labels": {"alertname": "A"}, "annotations": {"x": 7}}]"#),
            (All, r#"[{"labels": {"alertname": "A"}, "annotations": null}]"#),
            (All, r#"[{"labels": {"alertname": "Good"}}, {"labels": {}}]"#),
        ];
        for (same, body) in bodies {
            ask(&pair, &mut wrong, same, Call::post(alerts, body)).await;
        }
        let whole = r#"[{"labels": {"alertname": "Typed"}}]"#;
        for media in [
            "text/plain",
            "application/json; charset=utf-8",
            "APPLICATION/JSON",
            "text/json",
            "*/*",
        ] {
            let call = Call { method: Method::POST, path: alerts, media, body: whole };
            ask(&pair, &mut wrong, Shape, call).await;
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    });
}

#[test]
fn lists_are_read_alike() {
    beside(async {
        let pair = Pair::start(CONFIG).await;
        let mut wrong = vec![];
        let two = r#"[
            {"labels": {"alertname": "A", "node": "1"}, "annotations": {"s": "t"},
             "startsAt": "2026-01-01T10:00:00.123+02:00", "endsAt": "2100-01-01T00:00:00Z",
             "generatorURL": "http://x/y"},
            {"labels": {"alertname": "B", "node": "2"}, "startsAt": "2026-01-01T00:00:00Z",
             "endsAt": "2026-01-02T00:00:00Z"},
            {"labels": {"alertname": "C"}}]"#;
        ask(&pair, &mut wrong, All, Call::post("/api/v2/alerts", two)).await;
        let paths = [
            (All, "/api/v2/receivers"),
            (Shape, "/api/v2/status"),
            (All, "/api/v2/alerts"),
            (All, "/api/v2/alerts/"),
            (All, "/api/v2/alerts/groups"),
            (All, "/api/v2/alerts?filter=alertname=A"),
            (All, "/api/v2/alerts?filter=alertname=A&filter=node=1"),
            (All, "/api/v2/alerts?filter=node=%22%22"),
            (All, "/api/v2/alerts?filter=node!=%22%22"),
            (All, "/api/v2/alerts?filter=alertname=~%22A%7CC%22"),
            (Shape, "/api/v2/alerts?filter=alertname=~%22(%22"),
            (Shape, "/api/v2/alerts?filter=nonsense"),
            (Shape, "/api/v2/alerts?filter="),
            (Shape, "/api/v2/alerts?filter=a.b=%22c"),
            (All, "/api/v2/alerts?receiver=hook"),
            (All, "/api/v2/alerts?receiver=ho"),
            (All, "/api/v2/alerts?receiver=ho.*"),
            (Shape, "/api/v2/alerts?receiver=("),
            (All, "/api/v2/alerts?receiver="),
            (All, "/api/v2/alerts?active=false"),
            (All, "/api/v2/alerts?active=maybe"),
            (All, "/api/v2/alerts?active=yes"),
            (All, "/api/v2/alerts?active=1"),
            (All, "/api/v2/alerts?active="),
            (All, "/api/v2/alerts?silenced=false&inhibited=false&unprocessed=false"),
            (All, "/api/v2/alerts?colour=red"),
            (All, "/api/v2/alerts/groups?active=false"),
            (All, "/api/v2/alerts/groups?filter=alertname=A"),
            (All, "/api/v2/alerts/groups?receiver=a.b"),
            (Shape, "/api/v2/alerts/groups?filter=nonsense"),
            (Shape, "/api/v2/alerts/groups?receiver=("),
            (Shape, "/api/v2/nothing"),
            (Shape, "/api/v2/"),
            (Later(410), "/api/v1/alerts"),
            (Later(410), "/api/v1/status"),
            (All, "/-/healthy"),
            (All, "/-/ready"),
        ];
        for (same, path) in paths {
            ask(&pair, &mut wrong, same, Call::get(path)).await;
        }
        for (method, path) in [
            (Method::PUT, "/api/v2/alerts"),
            (Method::DELETE, "/api/v2/alerts"),
            (Method::POST, "/api/v2/status"),
            (Method::POST, "/api/v2/alerts/groups"),
            (Method::PATCH, "/api/v2/silences"),
            (Method::DELETE, "/api/v2/silences"),
            (Method::POST, UNKNOWN),
            (Method::HEAD, "/-/healthy"),
            (Method::HEAD, "/-/ready"),
        ] {
            ask(&pair, &mut wrong, Shape, Call { method, path, media: "", body: "" }).await;
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    });
}

#[test]
fn silences_are_taken_and_refused_alike() {
    beside(async {
        let pair = Pair::start(CONFIG).await;
        let silences = "/api/v2/silences";
        let mut wrong = vec![];
        let bodies = [
            (Shape, String::new()),
            (Shape, "{".to_owned()),
            (Shape, "[]".to_owned()),
            (Shape, "null".to_owned()),
            (Shape, "{}".to_owned()),
            (Shape, silence(r#"{"matchers": null}"#)),
            (Shape, silence(r#"{"matchers": []}"#)),
            (Shape, silence(r#"{"matchers": [{}]}"#)),
            (Shape, silence(r#"{"matchers": [{"name": "a", "value": "b"}]}"#)),
            (All, silence(r#"{"matchers": [{"name": "a", "value": "b", "isRegex": false}]}"#)),
            (Shape, silence(r#"{"matchers": [{"name": "a", "value": "", "isRegex": false}]}"#)),
            (Shape, silence(r#"{"matchers": [{"name": "a", "value": ".*", "isRegex": true}]}"#)),
            (Shape, silence(r#"{"matchers": [{"name": "a", "value": "(", "isRegex": true}]}"#)),
            (Shape, silence(r#"{"matchers": [{"name": "", "value": "b", "isRegex": false}]}"#)),
            (
                All,
                silence(
                    r#"{"matchers": [{"name": "n", "value": "x", "isRegex": false, "isEqual": false}]}"#,
                ),
            ),
            (Shape, silence(r#"{"createdBy": null}"#)),
            (Shape, silence(r#"{"comment": null}"#)),
            (All, silence(r#"{"createdBy": "", "comment": ""}"#)),
            (Shape, silence(r#"{"startsAt": null}"#)),
            (Shape, silence(r#"{"endsAt": null}"#)),
            (Shape, silence(r#"{"startsAt": "now"}"#)),
            (Shape, silence(r#"{"endsAt": "2021-01-01T00:00:00Z"}"#)),
            (
                Shape,
                silence(
                    r#"{"startsAt": "2099-01-01T00:00:00Z", "endsAt": "2098-01-01T00:00:00Z"}"#,
                ),
            ),
            (Shape, silence(r#"{"id": "11111111-2222-4333-8444-555555555555"}"#)),
            (Shape, silence(r#"{"id": "no-uuid"}"#)),
            (All, silence(r#"{"id": ""}"#)),
            (All, silence(r#"{"colour": "red"}"#)),
            (All, silence(r#"{"startsAt": "2099-01-01T00:00:00Z", "comment": "later"}"#)),
        ];
        for (same, body) in &bodies {
            ask(&pair, &mut wrong, *same, Call::post(silences, body)).await;
        }
        let text = Call { media: "text/plain", ..Call::post(silences, "{}") };
        ask(&pair, &mut wrong, Shape, text).await;
        for (same, path) in [
            (All, "/api/v2/silences?filter=n!=x"),
            (All, "/api/v2/silences?filter=n=x"),
            (Shape, "/api/v2/silences?filter=nonsense"),
            (Shape, "/api/v2/silences?filter=a=~%22(%22"),
            (Shape, UNKNOWN),
            (Shape, "/api/v2/silence/no-uuid"),
            (Shape, "/api/v2/silence/"),
            (Shape, "/api/v2/silence"),
        ] {
            ask(&pair, &mut wrong, same, Call::get(path)).await;
        }
        let delete = |path| Call { method: Method::DELETE, ..Call::get(path) };
        ask(&pair, &mut wrong, Later(404), delete(UNKNOWN)).await;
        ask(&pair, &mut wrong, Shape, delete("/api/v2/silence/no-uuid")).await;
        one_silence(&pair, &mut wrong).await;
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    });
}

/// The life of one silence, whose id each server makes for itself.
async fn one_silence(pair: &Pair, wrong: &mut Vec<String>) {
    let made = pair
        .accept(
            "/api/v2/silences",
            &serde_json::from_str(&silence("{}")).expect("the test is right"),
        )
        .await;
    let mut ids =
        made.map(|reply| reply.json()["silenceID"].as_str().expect("the test is right").to_owned());
    let steps: [(&str, &str); 9] = [
        ("GET", ""),
        ("POST", r#"{"endsAt": "2101-01-01T00:00:00Z", "comment": "longer"}"#),
        ("GET", ""),
        ("POST", r#"{"matchers": [{"name": "c", "value": "d", "isRegex": false}]}"#),
        ("GET", ""),
        ("DELETE", ""),
        ("DELETE", ""),
        ("GET", ""),
        ("POST", r#"{"comment": "again"}"#),
    ];
    for (method, changes) in steps {
        let mut replies = vec![];
        for (which, id) in ids.iter().enumerate() {
            let path = format!("/api/v2/silence/{id}");
            let mut body = String::new();
            let call = if method == "POST" {
                let mut changed: Value =
                    serde_json::from_str(&silence(changes)).expect("the test is right");
                let has = pair.ask_one(which, &Call::get(&path)).await.json();
                changed["startsAt"] = has["startsAt"].clone();
                changed["id"] = Value::from(id.as_str());
                body = changed.to_string();
                Call::post("/api/v2/silences", &body)
            } else {
                Call { method: method.parse().expect("the test is right"), ..Call::get(&path) }
            };
            let reply = pair.ask_one(which, &call).await;
            drop(call);
            let new = reply.json()["silenceID"].as_str().map(str::to_owned);
            let kept = new.as_deref().is_none_or(|new| new == id);
            replies.push((reply.status, without_own(&reply.text), kept, new, body));
        }
        let [original, ours] = &replies[..] else { unreachable!("there are two") };
        if (original.0, &original.1, original.2) != (ours.0, &ours.1, ours.2) {
            wrong.push(format!("{method} {changes}\n  original {original:?}\n  stentor  {ours:?}"));
        }
        for (id, reply) in ids.iter_mut().zip(replies) {
            *id = reply.3.unwrap_or_else(|| id.clone());
        }
    }
}
