//! The story: the connection pool of the orders database is full, and the checkout fails.

use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Teller;
use super::scenes::{ALERT, BESIDE, CHECKOUT, DATABASE, Scene};
use crate::client::{Client, Failure};
use crate::clock;
use crate::commands::postmortem::{self, Section};
use crate::commands::text;

/// A page has this long to be triggered: longer than the longest wait of a usual route.
const PAGE_WITHIN: SignedDuration = SignedDuration::from_secs(90);

/// After the last alert has resolved, its page has this long.
const RESOLVE_WITHIN: SignedDuration = SignedDuration::from_secs(30);

/// How often the server is asked for news.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How the story is played.
pub(super) struct Story<'s> {
    /// The server.
    pub(super) client: &'s Client,
    /// Says what happens.
    pub(super) tell: &'s Teller,
    /// The pause between two steps.
    pub(super) beat: Duration,
}

/// What stands behind the story when it is over.
pub(super) struct Outcome {
    /// The page's address in the browser.
    pub(super) page: String,
    /// The incident's address in the browser.
    pub(super) incident: String,
    /// As people call it: `INC-7`.
    pub(super) name: String,
}

/// Who plays: what they send counts as theirs on the timeline.
struct Cast {
    /// How the person who was paged is called.
    name: String,
    /// The person who was paged.
    first: Client,
    /// Somebody else who is on call, or the same person again.
    second: Client,
    /// The turn of somebody else.
    helper: Option<Value>,
}

/// What people write: a note, a decision or an action, and how many seconds ago it happened.
type Line = (&'static str, &'static str, i64);

const SUPPORT: Line =
    ("note", "Support: customers see an error after Pay, about a third of all orders", 90);
const CAUSE: Line =
    ("note", "orders-db-1: 100 of 100 connections in use, queries wait for 5 s", 20);
const DECISION: Line = (
    "decision",
    "Raise the limit of connections now; look for the leak when customers can pay again",
    0,
);
const RAISE: Line = ("action", "Raised the pool's limit from 100 to 300 connections", 4);
const SCALE: Line = ("action", "Scaled the read replicas from 2 to 4", 2);
const DEPLOY: Line = ("action", "Redeployed the checkout service, one instance after the other", 0);

/// What people write into the postmortem; its summary and its timeline come from the record.
const REVIEW: [(Section, &str); 4] = [
    (
        Section::Impact,
        "- 30% of users were unable to place orders\n- Average response times spiked to 5 s",
    ),
    (
        Section::RootCause,
        "The connection limit of the orders database was still the default for one instance of the checkout \
         service when it got a second.",
    ),
    (
        Section::Resolution,
        "Raised the pool's limit, scaled the read replicas, redeployed the service.",
    ),
    (
        Section::ActionItems,
        "- [x] Alert on the use of the connection pool\n\
         - [ ] Scale the database by its use\n\
         - [ ] Test the checkout under twice the usual load",
    ),
];

impl Story<'_> {
    /// Plays it to the end.
    pub(super) async fn play(&self) -> anyhow::Result<Outcome> {
        self.check_scopes().await?;
        self.check_quiet().await?;
        self.fire().await?;
        self.find_pager().await?;
        let page = self.page().await?;
        let page_path = format!("/api/v1/pages/{}", text(&page, "/id"));
        let cast = self.cast(&page).await?;
        self.tell.say(&format!("{} is paged: {}.", cast.name, text(&page, "/asked/0/why")));
        self.pause().await;
        cast.first.post(&format!("{page_path}/acknowledge"), &json!({})).await?;
        self.tell.say(&format!("{} acknowledges: nobody else is woken.", cast.name));
        let incident = self.incident(&cast, &page_path).await?;
        let path = format!("/api/v1/incidents/{}", text(&incident, "/id"));
        self.respond(&cast, &path).await?;
        self.recover(&page_path).await?;
        self.go(&cast.first, &path, "resolved").await?;
        self.review(&cast, &path).await?;
        Ok(Outcome {
            page: text(&page, "/url").to_owned(),
            incident: text(&incident, "/url").to_owned(),
            name: text(&incident, "/name").to_owned(),
        })
    }

    /// Makes sure that the story can be played to its end: nobody is paged by one that breaks off.
    async fn check_scopes(&self) -> anyhow::Result<()> {
        let me = self.client.get("/api/v1/me", &[]).await?.json;
        let scopes = me.pointer("/scopes").and_then(Value::as_array);
        let scopes: Vec<&str> = scopes.into_iter().flatten().filter_map(Value::as_str).collect();
        let may = |scope| scopes.contains(&scope) || scopes.contains(&"admin");
        if may("respond") && may("ingest") {
            return Ok(());
        }
        let why = "the token has too few scopes: the demo needs respond and ingest, or admin";
        Err(Failure::NotAllowed(why.to_owned()).into())
    }

    /// Fails while people are at work: the demo's outage would join their incident and end up on its timeline.
    async fn check_quiet(&self) -> anyhow::Result<()> {
        let open =
            self.client.get("/api/v1/incidents", &[("open", Some("true".to_owned()))]).await?.json;
        match open.pointer("/items/0") {
            None => Ok(()),
            Some(incident) => bail!(
                "{} is open, and the demo would write into it; resolve it first, or name a --url where no server \
                 answers, and the demo starts its own",
                text(incident, "/name")
            ),
        }
    }

    /// First the database becomes slow, then the checkout fails.
    async fn fire(&self) -> anyhow::Result<()> {
        self.send(&BESIDE, Some(SignedDuration::from_hours(1))).await?;
        self.tell.say("An ordinary day: a busy host, a certificate that ends in 20 days.");
        self.send(&[DATABASE], None).await?;
        self.tell.say("Prometheus: queries on the orders database are slow (warning).");
        self.pause().await;
        self.send(&CHECKOUT, None).await?;
        self.tell.say("Prometheus: 30% of the checkouts fail on both instances (critical).");
        Ok(())
    }

    /// Sends alerts to where Prometheus sends them; see [`Scene::wire`].
    async fn send(&self, scenes: &[Scene], lasts: Option<SignedDuration>) -> anyhow::Result<()> {
        let now = clock::now();
        let alerts: Vec<Value> = scenes.iter().map(|scene| scene.wire(now, lasts)).collect();
        self.client.post("/api/v2/alerts", &json!(alerts)).await?;
        Ok(())
    }

    /// Makes sure that the plan pages somebody for the checkout's alerts.
    async fn find_pager(&self) -> anyhow::Result<()> {
        let query = [("name", Some(ALERT.to_owned())), ("limit", Some("1".to_owned()))];
        let alerts = self.client.get("/api/v1/alerts", &query).await?.json;
        let path = format!("/api/v1/alerts/{}", text(&alerts, "/items/0/fingerprint"));
        let alert = self.client.get(&path, &[]).await?.json;
        let routes = alert.pointer("/routes").and_then(Value::as_array);
        let mut policies = routes.into_iter().flatten().map(|route| text(route, "/policy"));
        if policies.any(|policy| !policy.is_empty()) {
            return Ok(());
        }
        Err(Failure::Refused(
            "the alerts were accepted and page nobody: in the server's plan no route for job=\"checkout\" leads to a \
             receiver with `escalate`; examples/plan has one"
                .to_owned(),
        )
        .into())
    }

    /// Waits for the page of the checkout's alerts.
    async fn page(&self) -> anyhow::Result<Value> {
        self.tell.say("Alerts of one kind are collected for a moment before anybody is woken.");
        let query = [("open", Some("true".to_owned())), ("limit", Some("500".to_owned()))];
        let until = clock::now() + PAGE_WITHIN;
        while clock::now() < until {
            let pages = self.client.get("/api/v1/pages", &query).await?.json;
            let mut items = pages.pointer("/items").and_then(Value::as_array).into_iter().flatten();
            if let Some(page) = items.find(|page| text(page, "/title").contains(ALERT)) {
                let path = format!("/api/v1/pages/{}", text(page, "/id"));
                return Ok(self.client.get(&path, &[]).await?.json);
            }
            clock::pause(LOOK_EVERY).await;
        }
        let seconds = PAGE_WITHIN.as_secs();
        let why = format!(
            "after {seconds} s there is no page of the alerts; if the demo was played here less than five minutes ago, \
             their group is still the old one: play it again later"
        );
        Err(Failure::Refused(why).into())
    }

    /// Finds who plays.
    async fn cast(&self, page: &Value) -> anyhow::Result<Cast> {
        let person = text(page, "/asked/0/person");
        let oncall = self.client.get("/api/v1/oncall", &[]).await?.json;
        let schedules = oncall.pointer("/items").and_then(Value::as_array);
        let turns = schedules.into_iter().flatten().filter_map(|one| one.pointer("/now"));
        let helper = turns.into_iter().find(|turn| {
            let helper = text(turn, "/person");
            !helper.is_empty() && helper != person
        });
        let second = helper.map_or(person, |turn| text(turn, "/person"));
        Ok(Cast {
            name: text(page, "/asked/0/name").to_owned(),
            first: self.client.clone().acting_for(person)?,
            second: self.client.clone().acting_for(second)?,
            helper: helper.cloned(),
        })
    }

    /// Returns the incident that the plan's rule has declared for the page, or declares it.
    async fn incident(&self, cast: &Cast, page_path: &str) -> anyhow::Result<Value> {
        let page = self.client.get(page_path, &[]).await?.json;
        if let Some(id) = page.pointer("/incident").and_then(Value::as_str) {
            let incident = self.client.get(&format!("/api/v1/incidents/{id}"), &[]).await?.json;
            let name = text(&incident, "/name");
            self.tell.say(&format!("{name} was declared with the page, by the plan's rule."));
            return Ok(incident);
        }
        let body = json!({ "title": "Checkout API outage", "page": text(&page, "/id") });
        let incident = cast.first.post("/api/v1/incidents", &body).await?.json;
        self.tell.say(&format!("{} declares {}.", cast.name, text(&incident, "/name")));
        Ok(incident)
    }

    /// People find the cause and mend it.
    async fn respond(&self, cast: &Cast, path: &str) -> anyhow::Result<()> {
        let Cast { first, second, .. } = cast;
        if let Some(helper) = &cast.helper {
            let body = json!({ "role": "responder", "to": text(helper, "/person") });
            first.post(&format!("{path}/roles"), &body).await?;
            let helper = text(helper, "/name");
            self.tell.say(&format!("{} asks {helper} to look at the database.", cast.name));
        }
        self.go(first, path, "investigating").await?;
        self.write(first, path, SUPPORT).await?;
        self.write(second, path, CAUSE).await?;
        self.write(first, path, DECISION).await?;
        self.go(second, path, "identified").await?;
        self.write(second, path, RAISE).await?;
        self.write(second, path, SCALE).await?;
        self.write(first, path, DEPLOY).await?;
        self.go(first, path, "monitoring").await
    }

    /// The alerts resolve, and their page with them.
    async fn recover(&self, page_path: &str) -> anyhow::Result<()> {
        self.send(&CHECKOUT, Some(SignedDuration::ZERO)).await?;
        self.send(&[DATABASE], Some(SignedDuration::ZERO)).await?;
        self.tell.say("Prometheus: checkout and database are well again.");
        let until = clock::now() + RESOLVE_WITHIN;
        while text(&self.client.get(page_path, &[]).await?.json, "/state") != "resolved" {
            if clock::now() > until {
                let seconds = RESOLVE_WITHIN.as_secs();
                let why =
                    format!("all alerts have resolved, and after {seconds} s the page has not");
                return Err(Failure::Refused(why).into());
            }
            clock::pause(LOOK_EVERY).await;
        }
        self.tell.say("The page has resolved by itself.");
        Ok(())
    }

    async fn review(&self, cast: &Cast, path: &str) -> anyhow::Result<()> {
        let sections = REVIEW.map(|(section, text)| (section, text.to_owned()));
        postmortem::write(&cast.first, &format!("{path}/postmortem"), &sections)
            .await
            .context("write the postmortem")?;
        self.tell.say("The postmortem is written; its summary and timeline come from the record.");
        Ok(())
    }

    /// Says how far the response is.
    async fn go(&self, who: &Client, path: &str, state: &str) -> anyhow::Result<()> {
        who.post(&format!("{path}/state"), &json!({ "state": state })).await?;
        self.tell.say(&format!("The incident is {state}."));
        self.pause().await;
        Ok(())
    }

    /// Writes an entry: the timeline keeps when it happened and when it was written.
    async fn write(&self, who: &Client, path: &str, line: Line) -> anyhow::Result<()> {
        let (kind, words, seconds_ago) = line;
        let mut body = json!({ "kind": kind, "text": words });
        if seconds_ago > 0 {
            body["happened_at"] = json!(clock::now() - SignedDuration::from_secs(seconds_ago));
        }
        who.post(&format!("{path}/timeline"), &body).await?;
        self.tell.say(&format!("{kind}: {words}."));
        self.pause().await;
        Ok(())
    }

    async fn pause(&self) {
        clock::pause(self.beat).await;
    }
}
