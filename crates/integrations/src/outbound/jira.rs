//! Jira: an issue for each group.
//!
//! Source: Atlassian's "Issue search", "Issues" and "Transitions" of the Jira REST API, versions 2 and 3.

use serde_json::{Map, Value, json};
use stentor_domain::delivery::Outcome;
use stentor_domain::message::Message;
use stentor_domain::plan::Settings;
use stentor_go::json::line;
use stentor_go::quote::quoted;

use super::call::Call;
use super::form::Form;
use super::{About, Channel, Context, Field, Request, Response, Step, cut, outcome, url, words};

/// Limits of Jira, in letters.
const SUMMARY_LETTERS_MAX: usize = 255;
const DESCRIPTION_LETTERS_MAX: usize = 32_767;

/// Jira.
pub struct Jira;

impl Channel for Jira {
    fn kind(&self) -> &'static str {
        "jira"
    }

    fn about(&self) -> About {
        About {
            title: "Jira",
            help: "An issue for each group. It is searched for by the label `ALERT{…}` with the SHA-256 of the group's \
                   key, as Alertmanager labels it; then it is created, or brought up to date and moved: reopened when \
                   the group fires again, resolved when nothing fires. A group that resolves without an issue makes \
                   none. Up to four requests.",
            settings: SETTINGS,
            example: "receivers:\n  - name: tickets\n    jira_configs:\n      - api_url: https://example.atlassian.net/rest/api/2/\n        project: OPS\n        issue_type: Bug\n        resolve_transition: Done\n        reopen_transition: To Do\n        reopen_duration: 7d\n        http_config:\n          basic_auth:\n            username: stentor@example.com\n            password_file: /etc/stentor/jira",
            notes: "The summary has at most 255 letters, the description 32767. With an address that ends in `/3` the \
                    description is a document in JSON. A transition that the issue does not offer is a refusal that \
                    names it. Tried again: 429 and 5xx, from the search on; a repetition finds the issue.",
        }
    }

    fn request(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
    ) -> Result<Request, String> {
        search(&Form::new(settings, context))
    }

    fn next(
        &self,
        settings: &Settings,
        _message: &Message,
        context: &Context<'_>,
        answers: &[Response],
    ) -> Step {
        let form = Form::new(settings, context);
        let Some(last) = answers.last() else { return Step::of(search(&form)) };
        let (sent @ Outcome::Sent { .. }, Response::Http { body, .. }) = (outcome(last), last)
        else {
            return Step::Done(outcome(last));
        };
        let Some(Response::Http { body: found, .. }) = answers.first() else {
            return Step::Done(outcome(last));
        };
        let found: Value = serde_json::from_str(found).unwrap_or_default();
        let issue = Issue::first_of(&found);
        let firing = context.alerts().firing();
        match (answers.len(), issue) {
            (1, None) if !firing => {
                Step::Done(Outcome::sent("nothing fires, and there is no open issue"))
            }
            (1, issue) => Step::of(write(&form, issue.as_ref())),
            (2, Some(issue)) if issue.done == firing && form.has(issue.wanted()) => {
                Step::of(issue.transitions(&form))
            }
            (3, Some(issue)) => Step::of(issue.transition(&form, body)),
            _ => Step::Done(sent),
        }
    }
}

const SETTINGS: &[Field] = &[
    Field::needed("project", "The project's key; a template."),
    Field::needed("issue_type", "The kind of a new issue; a template."),
    Field::needed("api_url", "The address of the REST API, with its version."),
    Field::of(
        "api_type",
        "`cloud`, `datacenter` or `auto` (the default): how issues are searched for.",
    ),
    Field::of(
        "summary, description, priority",
        "What the issue says; templates, by default `jira.default.summary` and so on. The first two may also be a map of `template` and `enable_update`.",
    ),
    Field::of("labels", "A list of further labels; templates."),
    Field::of(
        "resolve_transition, reopen_transition",
        "The names of the transitions that close and reopen an issue. By default it is not moved.",
    ),
    Field::of(
        "reopen_duration",
        "An issue that was resolved longer ago is not reopened: a new one is created.",
    ),
    Field::of("wont_fix_resolution", "Issues resolved so are left alone."),
    Field::of("fields", "Further fields of the issue, of any shape; every text is a template."),
];

/// An issue that was found.
struct Issue {
    key: String,
    /// Whether its status counts as done.
    done: bool,
}

impl Issue {
    fn first_of(found: &Value) -> Option<Self> {
        let issue = found["issues"].get(0)?;
        let key = issue["key"].as_str()?.to_owned();
        let done = issue["fields"]["status"]["statusCategory"]["key"] == "done";
        Some(Self { key, done })
    }

    fn transitions_url(&self, form: &Form<'_>) -> String {
        url::join(form.plain("api_url"), &format!("issue/{}/transitions", self.key))
    }

    /// Asks which transitions there are.
    fn transitions(&self, form: &Form<'_>) -> Result<Request, String> {
        let mut call = call(form, self.transitions_url(form));
        call.method = "GET";
        call.with("api_url", Vec::new())
    }

    /// Returns the setting with the transition that is wanted.
    fn wanted(&self) -> &'static str {
        if self.done { "reopen_transition" } else { "resolve_transition" }
    }

    /// Makes the transition that is wanted; `body` lists those that there are.
    fn transition(&self, form: &Form<'_>, body: &str) -> Result<Request, String> {
        let name = form.plain(self.wanted());
        let known: Value = serde_json::from_str(body).unwrap_or_default();
        let known = known["transitions"].as_array().map_or(&[][..], Vec::as_slice);
        let found = known.iter().find(|transition| transition["name"] == name);
        let Some(id) = found.and_then(|transition| transition["id"].as_str()) else {
            return Err(format!("the issue {} has no transition `{name}`", self.key));
        };
        let body = line(&json!({ "transition": { "id": id } }));
        call(form, self.transitions_url(form)).with("api_url", body)
    }
}

fn call<'a>(form: &Form<'a>, url: String) -> Call<'a> {
    Call::post(form.settings, url).header("Accept-Language", "en")
}

fn label(form: &Form<'_>) -> String {
    format!("ALERT{{{}}}", form.context.key_hash())
}

fn search(form: &Form<'_>) -> Result<Request, String> {
    let mut query = String::new();
    if !form.plain("wont_fix_resolution").is_empty() {
        query = format!("resolution != {} and ", quoted(form.plain("wont_fix_resolution")));
    }
    let minutes = form.duration("reopen_duration").map_or(0, |duration| duration.as_secs() / 60);
    let reopens = !form.plain("reopen_transition").is_empty() && minutes > 0;
    match reopens && form.context.alerts().firing() {
        true => query
            .push_str(&format!("(resolutiondate is EMPTY OR resolutiondate >= -{minutes}m) and ")),
        false => query.push_str("statusCategory != Done and "),
    }
    let (project, label) = (quoted(&form.needed("project")?), quoted(&label(form)));
    query.push_str(&format!(
        "project={project} and labels={label} order by status ASC,resolutiondate DESC"
    ));
    let base = form.plain("api_url");
    let host = words::host_of(base).unwrap_or_default();
    let cloud = match form.plain("api_type") {
        "cloud" => true,
        "datacenter" => false,
        _ => host.split(':').next().is_some_and(|host| host.ends_with("atlassian.net")),
    };
    // The old search is gone from the cloud, the new one is only in version 3 and not in the data centre.
    let url = match cloud {
        true => url::join(&base.trim_end_matches('/').replacen("/2", "/3", 1), "search/jql"),
        false => url::join(base, "search"),
    };
    let body = line(&json!({ "fields": ["status"], "jql": query, "maxResults": 2 }));
    call(form, url).with("api_url", body)
}

/// Creates the issue, or brings the one that was found up to date.
fn write(form: &Form<'_>, found: Option<&Issue>) -> Result<Request, String> {
    // A field may be a text, or a map that says whether an update touches it.
    let of = |name: &str| match form.has(&format!("{name}.template")) {
        true => form.text(&format!("{name}.template")),
        false => form.text(name),
    };
    let keeps =
        |name: &str| found.is_some() && form.plain(&format!("{name}.enable_update")) == "false";
    let mut fields = Map::new();
    if !keeps("description") {
        let text = cut::letters(&of("description")?, DESCRIPTION_LETTERS_MAX);
        let is_document = form.plain("api_url").trim_end_matches('/').ends_with("/3");
        let description = match is_document {
            true => serde_json::from_str(&text)
                .map_err(|error| format!("`description` is no JSON document: {error}"))?,
            false => Value::String(text),
        };
        fields.insert("description".to_owned(), description);
    }
    if !keeps("summary") {
        fields.insert(
            "summary".to_owned(),
            cut::letters(&of("summary")?, SUMMARY_LETTERS_MAX).into(),
        );
    }
    fields.insert("project".to_owned(), json!({ "key": form.needed("project")? }));
    fields.insert("issuetype".to_owned(), json!({ "name": form.needed("issue_type")? }));
    if !keeps("labels") {
        let mut labels = form.texts("labels")?;
        labels.extend(form.texts("labels.values")?);
        labels.push(label(form));
        labels.sort();
        fields.insert("labels".to_owned(), labels.into());
    }
    let priority = form.text("priority")?;
    if !priority.is_empty() {
        fields.insert("priority".to_owned(), json!({ "name": priority }));
    }
    if let Value::Object(more) = form.tree("fields")? {
        fields.extend(more);
    }
    let path = found.map_or_else(|| "issue".to_owned(), |issue| format!("issue/{}", issue.key));
    let mut call = call(form, url::join(form.plain("api_url"), &path));
    call.method = if found.is_some() { "PUT" } else { "POST" };
    call.with("api_url", line(&json!({ "fields": fields })))
}
