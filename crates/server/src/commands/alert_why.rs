//! `stentor alert why` and `stentor alert history`: why somebody was told or not, and what there was before.

use std::process::ExitCode;

use serde_json::Value;
use stentor_domain::matchers::Matcher;

use super::{Session, matchers, part, text};
use crate::cli::Limit;
use crate::client::Failure;
use crate::output::{self, Column, Format, Style};

/// Alerts that a word may mean are looked for up to this many.
const FOUND_MAX: Limit = Limit { limit: 20 };

const EPISODES: &[Column] = &[
    ("FIRED", "/started_at"),
    ("ENDED", "/ended_at"),
    ("FINGERPRINT", "/fingerprint"),
    ("LABELS", "/labels"),
];

const NOTIFICATIONS: &[Column] = &[
    ("SENT", "/created_at"),
    ("TO", "/to"),
    ("CHANNEL", "/channel"),
    ("STATE", "/state"),
    ("DETAIL", "/detail"),
];

/// Explains each alert that is meant: one by its fingerprint, or all that matchers fit.
pub(super) async fn why(session: &Session, words: &[String]) -> anyhow::Result<ExitCode> {
    let prints = match words {
        [one] if is_print(one) => vec![one.clone()],
        matchers => find(session, matchers).await?,
    };
    let mut shown = vec![];
    for print in prints {
        let path = format!("/api/v1/alerts/{}/explain", part(&print));
        shown.push(session.client.get(&path, &[]).await?.json);
    }
    match session.format {
        Format::Json => output::value(&Value::Array(shown)),
        Format::Table => {
            let each: Vec<String> = shown.iter().map(explained).collect();
            output::print(&output::clean_lines(&each.join("\n")));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn is_print(word: &str) -> bool {
    word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns the filters of a query for what was typed.
fn filters(words: &[String]) -> anyhow::Result<Vec<(&'static str, Option<String>)>> {
    let filter = |matcher: &Matcher| ("filter", Some(matcher.to_string()));
    Ok(matchers(words)?.iter().map(filter).collect())
}

/// Returns the fingerprints of the alerts that are meant.
async fn find(session: &Session, words: &[String]) -> anyhow::Result<Vec<String>> {
    let mut query = vec![("limit", Some(FOUND_MAX.limit.to_string()))];
    query.extend(filters(words)?);
    let found = session.client.get("/api/v1/alerts", &query).await?.json;
    let items = found.pointer("/items").and_then(Value::as_array).cloned().unwrap_or_default();
    if items.is_empty() {
        let why = "no alert fits these matchers; `stentor plan route` tries out labels";
        return Err(Failure::NotFound(why.to_owned()).into());
    }
    if found.pointer("/next").is_some_and(|next| !next.is_null()) {
        output::note("there are more: narrow the matchers down to see those");
    }
    Ok(items.iter().map(|item| text(item, "/fingerprint").to_owned()).collect())
}

/// Returns an explanation as people read it.
pub(super) fn explained(trace: &Value) -> String {
    let labels = output::cell(trace.pointer("/labels"));
    let known = trace.pointer("/known") != Some(&Value::Bool(false));
    let fires = trace.pointer("/firing") == Some(&Value::Bool(true));
    let state = match (known, fires) {
        (true, true) => format!("{} fires", text(trace, "/fingerprint")),
        (true, false) => format!("{} has resolved", text(trace, "/fingerprint")),
        (false, _) => "no such alert; this is where it would go".to_owned(),
    };
    let mut out = format!("{labels}\n{state}\n");
    if let Some(by) = trace.pointer("/inhibited_by").filter(|by| !by.is_null()) {
        let labels = output::cell(by.pointer("/labels"));
        out.push_str(&format!("inhibited by {} {labels}\n", text(by, "/fingerprint")));
    }
    for silence in items(trace, "/silenced_by") {
        let until = output::cell(silence.pointer("/ends_at"));
        let (id, by, why) =
            (text(silence, "/id"), text(silence, "/created_by"), text(silence, "/comment"));
        out.push_str(&format!("silenced by {id} until {until} ({by}: {why})\n"));
    }
    for way in items(trace, "/routes") {
        out.push_str(&route(way));
    }
    out
}

fn route(way: &Value) -> String {
    let path: Vec<&str> = items(way, "/path").filter_map(Value::as_str).collect();
    let line = output::cell(way.pointer("/line"));
    let mut out = format!("\nroute {} (line {line})\n", path.join(" > "));
    out.push_str(&format!("  receiver {}\n", text(way, "/receiver")));
    let exists = way.pointer("/group_exists") == Some(&Value::Bool(true));
    let next = match exists {
        true => format!("looked at next at {}", output::cell(way.pointer("/next_at"))),
        false => "does not exist yet".to_owned(),
    };
    out.push_str(&format!("  group {}, {next}\n", text(way, "/group")));
    let muted: Vec<&str> = items(way, "/muted_by").filter_map(Value::as_str).collect();
    if !muted.is_empty() {
        out.push_str(&format!("  muted by {}\n", muted.join(", ")));
    }
    for ear in items(way, "/integrations") {
        out.push_str(&format!("  {}: {}\n", text(ear, "/name"), text(ear, "/why")));
    }
    if let Some(policy) = way.pointer("/policy").and_then(Value::as_str) {
        out.push_str(&format!("  pages by the policy {policy}\n"));
    }
    for person in items(way, "/pages") {
        out.push_str(&format!("    {}: {}\n", text(person, "/name"), text(person, "/why")));
    }
    out
}

fn items<'a>(json: &'a Value, at: &str) -> impl Iterator<Item = &'a Value> {
    json.pointer(at).and_then(Value::as_array).into_iter().flatten()
}

/// Shows what fired and has ended: of all alerts, of those that matchers fit, or of one with its notifications.
pub(super) async fn history(
    session: &Session,
    words: &[String],
    limit: Limit,
) -> anyhow::Result<ExitCode> {
    let [one] = words else { return all(session, words, limit).await };
    if !is_print(one) {
        return all(session, words, limit).await;
    }
    let path = format!("/api/v1/alerts/{}/history", part(one));
    let answer = session.client.get(&path, &[("limit", Some(limit.limit.to_string()))]).await?;
    if session.format == Format::Json {
        output::json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    for episode in items(&answer.json, "/items") {
        output::print(&output::table(EPISODES, std::slice::from_ref(episode), Style::of_stdout()));
        output::below(episode.pointer("/notifications"), NOTIFICATIONS);
        output::print("\n");
    }
    Ok(ExitCode::SUCCESS)
}

async fn all(session: &Session, words: &[String], limit: Limit) -> anyhow::Result<ExitCode> {
    session.list("/api/v1/history", limit, &filters(words)?, EPISODES).await
}
