//! One `alertmanager.yml` of many scenarios.
//!
//! Each scenario's route becomes a route of the root that takes the alerts with its label `scenario`; names of
//! receivers and intervals get its name before theirs, and its inhibition rules see its alerts alone. The result is
//! JSON, which is YAML too.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::scenario::Scenario;

/// Returns the configuration under which a scenario has its servers to itself.
pub fn alone(scenario: &Scenario, name: &str, sink_port: u16, minute: &str) -> String {
    let mut config = parsed(scenario, name, minute);
    rewrite(&mut config, &Names { scenario, prefix: String::new(), sink_port });
    pretty(&mut config)
}

/// Returns the configuration under which scenarios share a server.
pub fn shared<'a>(scenarios: impl Iterator<Item = &'a Scenario>, sink_port: u16) -> String {
    let mut whole = json!({
        "route": { "receiver": "nobody", "routes": [] },
        "receivers": [{ "name": "nobody" }],
        "inhibit_rules": [],
        "time_intervals": [],
    });
    for scenario in scenarios {
        let mut config = parsed(scenario, "", "");
        let prefix = format!("{}-", scenario.name);
        rewrite(&mut config, &Names { scenario, prefix, sink_port });
        let only = only(&scenario.name);
        config["route"]["matchers"] = json!([only]);
        let route = config["route"].take();
        whole["route"]["routes"].as_array_mut().expect("a list").push(route);
        for rule in list(&mut config, "inhibit_rules") {
            for side in ["source_matchers", "target_matchers"] {
                list(rule, side).push(json!(only));
            }
        }
        for part in ["receivers", "inhibit_rules", "time_intervals"] {
            let mut more = std::mem::take(list(&mut config, part));
            list(&mut whole, part).append(&mut more);
        }
    }
    pretty(&mut whole)
}

/// The matcher that takes the alerts of one scenario.
pub fn only(scenario: &str) -> String {
    format!("scenario=\"{scenario}\"")
}

struct Names<'a> {
    scenario: &'a Scenario,
    prefix: String,
    sink_port: u16,
}

impl Names<'_> {
    fn named(&self, name: &Value) -> Value {
        json!(format!("{}{}", self.prefix, name.as_str().expect("a name is text")))
    }

    fn url(&self, name: &str) -> Value {
        json!(format!("http://127.0.0.1:{}/{}/{name}", self.sink_port, self.scenario.name))
    }
}

fn parsed(scenario: &Scenario, name: &str, minute: &str) -> Value {
    let yaml = scenario.configs.get(name).cloned().unwrap_or_default();
    let yaml = yaml.replace("$MINUTE", minute);
    let yaml = if yaml.trim().is_empty() { DEFAULT } else { &yaml };
    serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{}: {error}", scenario.name))
}

/// The configuration of a scenario that names none.
const DEFAULT: &str = "
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
";

fn rewrite(config: &mut Value, names: &Names<'_>) {
    let mut told = BTreeSet::new();
    rewrite_route(&mut config["route"], names, &mut told);
    for receiver in list(config, "receivers") {
        told.remove(receiver["name"].as_str().expect("a receiver has a name"));
        receiver["name"] = names.named(&receiver["name"]);
        for hook in list(receiver, "webhook_configs") {
            hook["url"] = names.url(hook["url"].as_str().expect("a webhook has a URL"));
        }
    }
    for name in told {
        let hook = json!({ "url": names.url(&name) });
        let receiver = json!({ "name": names.named(&json!(name)), "webhook_configs": [hook] });
        list(config, "receivers").push(receiver);
    }
    for interval in list(config, "time_intervals") {
        interval["name"] = names.named(&interval["name"]);
    }
}

fn rewrite_route(route: &mut Value, names: &Names<'_>, told: &mut BTreeSet<String>) {
    if let Some(receiver) = route.get("receiver").cloned() {
        told.insert(receiver.as_str().expect("a receiver is named").to_owned());
        route["receiver"] = names.named(&receiver);
    }
    for key in ["mute_time_intervals", "active_time_intervals"] {
        for name in route.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            *name = names.named(name);
        }
    }
    for child in route.get_mut("routes").and_then(Value::as_array_mut).into_iter().flatten() {
        rewrite_route(child, names, told);
    }
}

/// Returns the list at a key, which is made if it is not there.
fn list<'a>(value: &'a mut Value, key: &str) -> &'a mut Vec<Value> {
    let list = &mut value[key];
    if list.is_null() {
        *list = json!([]);
    }
    list.as_array_mut().unwrap_or_else(|| panic!("{key} is no list"))
}

fn pretty(config: &mut Value) -> String {
    let config = config.as_object_mut().expect("a configuration has keys");
    config.retain(|_, part| part.as_array().is_none_or(|list| !list.is_empty()));
    serde_json::to_string_pretty(config).expect("JSON can be written")
}
