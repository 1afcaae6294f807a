//! Providers: what they receive, what they answer, and what is wrong with them today.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use stentor_domain::delivery::Outcome;
use stentor_domain::id::PageId;
use stentor_engine::Job;
use stentor_integrations::outbound::{Request, Response, Step};

use crate::faults::Faults;
use crate::history::Endpoint;
use crate::rng::Rng;

/// All providers of a world.
#[derive(Debug)]
pub(crate) struct Providers {
    rng: Rng,
    down_until: BTreeMap<Endpoint, Timestamp>,
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) struct Fate {
    /// Whether the message is there.
    pub(crate) arrived: bool,
    /// What the engine hears, and when; `None` = nothing, ever.
    pub(crate) answer: Option<(Timestamp, Outcome)>,
    /// Whether that answer tells for certain if the message is there.
    pub(crate) certain: bool,
}

/// What a request says, to whom.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) to: Endpoint,
    pub(crate) text: String,
    pub(crate) thread: String,
    pub(crate) page: Option<PageId>,
    pub(crate) act: bool,
}

impl Providers {
    pub(crate) fn new(rng: Rng) -> Self {
        Self { rng, down_until: BTreeMap::new() }
    }

    /// Everything works again.
    pub(crate) fn heal(&mut self) {
        self.down_until.clear();
    }

    /// Takes an endpoint down.
    pub(crate) fn take_down(&mut self, endpoint: Endpoint, until: Timestamp) {
        self.down_until.insert(endpoint, until);
    }

    pub(crate) fn fate(
        &mut self,
        job: &Job,
        (to, mail): (&Endpoint, bool),
        faults: &Faults,
        now: Timestamp,
    ) -> Fate {
        let rng = &mut self.rng;
        let quick = now + SignedDuration::from_millis(rng.between(20, 900) as i64);
        let answer = |at, response| Some((at, outcome(job, response)));
        let no_answer = |sent, why: &str| Response::NoAnswer { why: why.into(), sent };
        if self.down_until.get(to).is_some_and(|until| now < *until) {
            let answer = answer(quick, no_answer(false, "connection refused"));
            return Fate { arrived: false, answer, certain: true };
        }
        if rng.percent(faults.lost_answers) {
            return Fate { arrived: rng.percent(80), answer: None, certain: false };
        }
        if rng.percent(faults.timeouts) {
            let at = now + SignedDuration::from_secs(30);
            let answer = answer(at, no_answer(true, "no answer within 30 s"));
            return Fate { arrived: rng.percent(60), answer, certain: false };
        }
        let status = |mail_code, http_status, retry_after| match mail {
            true => Response::Mail { code: mail_code, text: "so it is".into() },
            false => Response::Http { status: http_status, retry_after, body: "so it is".into() },
        };
        if rng.percent(faults.errors) {
            return Fate {
                arrived: false,
                answer: answer(quick, status(451, 500, None)),
                certain: true,
            };
        }
        if rng.percent(faults.rate_limits) {
            let after = Duration::from_secs(*rng.pick(&[5, 30, 90, 600]));
            return Fate {
                arrived: false,
                answer: answer(quick, status(450, 429, Some(after))),
                certain: true,
            };
        }
        if rng.percent(faults.refusals) {
            return Fate {
                arrived: false,
                answer: answer(quick, status(550, 403, None)),
                certain: true,
            };
        }
        let slow = rng.percent(faults.slowness);
        let at = if slow { now + rng.seconds(1, 25) } else { quick };
        Fate { arrived: true, answer: answer(at, status(250, 200, None)), certain: true }
    }
}

fn outcome(job: &Job, response: Response) -> Outcome {
    match job.next(&[response]) {
        Step::Done(outcome) => outcome,
        Step::Send(request) => panic!("no channel of these worlds asks twice: {request:?}"),
    }
}

/// Reads a request as its receiver does.
pub(crate) fn read(request: &Request) -> Read {
    let (address, text) = match request {
        Request::Http { url, body, .. } => {
            let address = url.rsplit_once("https://").map_or("", |(_, rest)| rest);
            (address.to_owned(), String::from_utf8_lossy(body).into_owned())
        }
        Request::Mail(mail) => (mail.to.join(","), format!("{}\n{}", mail.subject, mail.text)),
    };
    let to = if let Some(rest) = address.strip_prefix("receivers.example/") {
        Endpoint::Receiver(rest.to_owned())
    } else if let Some(name) = address.strip_suffix("@receivers.example") {
        Endpoint::Receiver(name.to_owned())
    } else if let Some((_, key)) = address.split_once(".people.example/") {
        Endpoint::Person(key.to_owned())
    } else if let Some(key) = address.strip_suffix("@people.example") {
        Endpoint::Person(key.to_owned())
    } else {
        Endpoint::Other(address)
    };
    let mut ids =
        text.match_indices("page_").filter_map(|(at, _)| text.get(at..at + PAGE_ID_LENGTH));
    let page = ids.find_map(|id| id.parse().ok());
    let act = text.contains("/l/dlv_");
    Read { to, thread: thread(request, &text), text, page, act }
}

/// Returns what messages of one group share: the key in a webhook, the thread of mails; empty at Slack, which has none.
fn thread(request: &Request, text: &str) -> String {
    match request {
        Request::Http { .. } => {
            let key = text.split_once("\"groupKey\":\"").map(|(_, rest)| rest);
            // Routes of these worlds quote values, so the key ends where the next field begins.
            key.and_then(|rest| rest.split_once("\",\"")).map_or("", |(key, _)| key).to_owned()
        }
        Request::Mail(mail) => {
            let reference = mail.headers.iter().find(|(name, _)| *name == "References");
            reference.map(|(_, value)| value.clone()).unwrap_or_default()
        }
    }
}

const PAGE_ID_LENGTH: usize = "page_".len() + 26;
