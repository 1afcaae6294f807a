//! What a template sees of a message.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use stentor_go::quote::quote_meta;
use stentor_go::template::value::{Call, Function, Kind, Type, Value};
use stentor_go::time::Time;

use crate::labels::Labels;
use crate::message::{AlertView, AlertsMessage};

/// What a template is executed with.
#[derive(Clone, Debug)]
pub struct Data {
    root: Value,
    now: Timestamp,
}

static DATA: Type = Type { name: "template.Data", methods: &[], print: None };
static ALERT: Type = Type { name: "template.Alert", methods: &[], print: None };
static SOME_ALERTS: Type = Type { name: "[]template.Alert", methods: &[], print: None };
static PAIR: Type = Type { name: "template.Pair", methods: &[], print: None };
static ALERTS: Type = Type {
    name: "template.Alerts",
    methods: &[
        method("Firing", &[], |call| with_status(call, "firing")),
        method("Resolved", &[], |call| with_status(call, "resolved")),
    ],
    print: None,
};
static KV: Type = Type {
    name: "template.KV",
    methods: &[
        method("Names", &[], |call| Ok(names(&sorted(call.on)))),
        method("Remove", &[Kind::Texts], remove),
        method("SortedPairs", &[], |call| pairs(&sorted(call.on))),
        method("String", &[], |call| Ok(Value::text(joined(&sorted(call.on))))),
        method("Values", &[], |call| Ok(values(&sorted(call.on)))),
    ],
    print: Some(|kv| joined(&sorted(kv))),
};
static PAIRS: Type = Type {
    name: "template.Pairs",
    methods: &[
        method("Names", &[], |call| Ok(names(&of_pairs(call.on)))),
        method("String", &[], |call| Ok(Value::text(joined(&of_pairs(call.on))))),
        method("Values", &[], |call| Ok(values(&of_pairs(call.on)))),
    ],
    print: Some(|pairs| joined(&of_pairs(pairs))),
};

const fn method(
    name: &'static str,
    takes: &'static [Kind],
    call: fn(&Call<'_>) -> Result<Value, String>,
) -> Function {
    Function { name, takes, rest: None, call }
}

impl Data {
    /// Makes the data of a message, as it is at `now`.
    ///
    /// `reason` says why the group notifies now (`NotificationReason`), `route_labels` are those of the route.
    pub fn of(
        message: &AlertsMessage,
        reason: &str,
        route_labels: &Labels,
        now: Timestamp,
    ) -> Data {
        let alerts = message.alerts.iter().map(alert).collect();
        let status = if message.firing() { "firing" } else { "resolved" };
        let fields = vec![
            ("Receiver", "receiver", Value::text(quote_meta(&message.receiver))),
            ("Status", "status", Value::text(status)),
            ("Alerts", "alerts", flat(Value::list(&ALERTS, alerts))),
            ("GroupLabels", "groupLabels", kv(&message.group_labels)),
            ("CommonLabels", "commonLabels", kv(&message.common_labels())),
            ("CommonAnnotations", "commonAnnotations", kv(&message.common_annotations())),
            ("ExternalURL", "externalURL", Value::text(&*message.external_url)),
            ("NotificationReason", "notification_reason", Value::text(reason)),
            ("RouteLabels", "routeLabels", kv(route_labels)),
        ];
        Data { root: flat(Value::object(&DATA, fields)), now }
    }

    pub(super) fn root(&self) -> &Value {
        &self.root
    }

    /// Returns the instant that the data speaks of.
    pub fn now(&self) -> Timestamp {
        self.now
    }
}

fn flat(value: Result<Value, String>) -> Value {
    value.expect("a message is four levels deep")
}

fn alert(alert: &AlertView) -> Value {
    // Alertmanager shows no end of what has not ended.
    let ends_at = if alert.firing { Time::zero() } else { Time::utc(alert.ends_at) };
    let fields = vec![
        ("Status", "status", Value::text(if alert.firing { "firing" } else { "resolved" })),
        ("Labels", "labels", kv(&alert.labels)),
        ("Annotations", "annotations", kv(&alert.annotations)),
        ("StartsAt", "startsAt", Value::Time(Arc::new(Time::utc(alert.starts_at)))),
        ("EndsAt", "endsAt", Value::Time(Arc::new(ends_at))),
        ("GeneratorURL", "generatorURL", Value::text(&*alert.generator_url)),
        ("Fingerprint", "fingerprint", Value::text(alert.fingerprint.to_string())),
    ];
    flat(Value::object(&ALERT, fields))
}

fn kv(labels: &Labels) -> Value {
    let entries = labels.iter().map(|(name, value)| (Arc::from(name), Value::text(value)));
    flat(Value::map(&KV, entries.collect()))
}

fn with_status(call: &Call<'_>, status: &str) -> Result<Value, String> {
    let fits = |alert: &&Value| alert.get("Status").is_some_and(|is| is.as_text() == status);
    Value::list(&SOME_ALERTS, call.on.items().iter().filter(fits).cloned().collect())
}

type Pair = (Arc<str>, Value);

/// The entries of a map by name, but `alertname` first.
fn sorted(kv: &Value) -> Vec<Pair> {
    let Value::Map(map) = kv else { return Vec::new() };
    let pair = |(name, value): (&Arc<str>, &Value)| (Arc::clone(name), value.clone());
    let first = map.entries.get_key_value("alertname");
    let rest = map.entries.iter().filter(|(name, _)| &***name != "alertname");
    first.into_iter().chain(rest).map(pair).collect()
}

fn of_pairs(pairs: &Value) -> Vec<Pair> {
    let field = |pair: &Value, name| pair.get(name).cloned().unwrap_or(Value::Nil);
    let pair = |pair: &Value| (Arc::from(field(pair, "Name").as_text()), field(pair, "Value"));
    pairs.items().iter().map(pair).collect()
}

fn names(pairs: &[Pair]) -> Value {
    Value::texts(pairs.iter().map(|(name, _)| Arc::clone(name)))
}

fn values(pairs: &[Pair]) -> Value {
    Value::texts(pairs.iter().map(|(_, value)| Arc::<str>::from(value.as_text())))
}

fn joined(pairs: &[Pair]) -> String {
    let texts = pairs.iter().map(|(name, value)| format!("{name}={}", value.as_text()));
    texts.collect::<Vec<_>>().join(", ")
}

fn pairs(pairs: &[Pair]) -> Result<Value, String> {
    let pair = |(name, value): &Pair| {
        let name = Value::text(Arc::clone(name));
        Value::object(&PAIR, vec![("Name", "Name", name), ("Value", "Value", value.clone())])
    };
    Value::list(&PAIRS, pairs.iter().map(pair).collect::<Result<_, _>>()?)
}

fn remove(call: &Call<'_>) -> Result<Value, String> {
    let Value::Map(map) = call.on else { return Ok(Value::Missing) };
    let mut entries: BTreeMap<Arc<str>, Value> = map.entries.clone();
    for name in call.args[0].items() {
        entries.remove(name.as_text());
    }
    Value::map(&KV, entries)
}
