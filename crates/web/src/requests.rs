//! How requests are answered: how many, how fast, how large, by the route and the method.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, HttpBody as _};
use axum::http::Method;
use axum::response::Response;
use jiff::Timestamp;
use tokio_stream::StreamExt as _;

use crate::exposition::{Exposition, Kind, Seen};

/// The bounds of the time's histogram, in seconds; the original's.
const SECONDS: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.0, 5.0, 20.0, 60.0];

/// The bounds of the size's histogram, in bytes; the original's.
const BYTES: [f64; 7] = [1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

/// Methods by the words that their label has; any other one is the last.
const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "other"];

/// Counts requests.
#[derive(Debug, Default)]
pub struct Requests {
    /// By the route's path. Its lock is taken when routes are made and when metrics are shown, not by requests.
    handlers: Mutex<BTreeMap<&'static str, Arc<Handler>>>,
    /// Requests that read and are being answered.
    in_flight: Arc<AtomicU64>,
}

/// What was counted at one route.
#[derive(Debug)]
pub(crate) struct Handler {
    methods: [Answers; METHODS.len()],
    in_flight: Arc<AtomicU64>,
}

/// Two histograms.
#[derive(Debug, Default)]
struct Answers {
    times: [AtomicU64; SECONDS.len() + 1],
    micros: AtomicU64,
    sizes: [AtomicU64; BYTES.len() + 1],
    bytes: AtomicU64,
}

impl Answers {
    fn note(&self, micros: u64, bytes: u64) {
        let one = |counts: &[AtomicU64], bounds: &[f64], value: f64| {
            let place = bounds.iter().position(|bound| value <= *bound).unwrap_or(bounds.len());
            counts[place].fetch_add(1, Ordering::Relaxed);
        };
        one(&self.times, &SECONDS, micros as f64 / 1e6);
        one(&self.sizes, &BYTES, bytes as f64);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Returns times in seconds, and sizes in bytes; `None` when nothing was asked.
    fn seen(&self) -> Option<(Seen, Seen)> {
        let counts = |counts: &[AtomicU64]| -> Vec<u64> {
            counts.iter().map(|count| count.load(Ordering::Relaxed)).collect()
        };
        let (times, sizes) = (counts(&self.times), counts(&self.sizes));
        let total = |sum: &AtomicU64| sum.load(Ordering::Relaxed) as f64;
        times.iter().any(|count| *count > 0).then(|| {
            let times = Seen { counts: times, sum: total(&self.micros) / 1e6 };
            (times, Seen { counts: sizes, sum: total(&self.bytes) })
        })
    }
}

/// A request that is being answered.
pub(crate) struct Asked {
    handler: Arc<Handler>,
    method: usize,
    clock: fn() -> Timestamp,
    began: Timestamp,
    /// Whether it was counted in; whoever goes before the answer is counted out as well.
    reads: bool,
    bytes: u64,
    answered: bool,
}

impl Handler {
    /// Takes note that a request has come.
    pub(crate) fn begin(self: &Arc<Self>, method: &Method, clock: fn() -> Timestamp) -> Asked {
        let known = METHODS.iter().position(|word| method.as_str().eq_ignore_ascii_case(word));
        let reads = *method == Method::GET;
        if reads {
            self.in_flight.fetch_add(1, Ordering::Relaxed);
        }
        let (handler, method) = (Arc::clone(self), known.unwrap_or(METHODS.len() - 1));
        Asked { handler, method, clock, began: clock(), reads, bytes: 0, answered: false }
    }
}

impl Asked {
    fn add(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    /// Takes note of the answer: at once when its size is known, or when its last piece has left.
    pub(crate) fn answer(mut self, response: Response) -> Response {
        self.answered = true;
        if let Some(bytes) = response.body().size_hint().exact() {
            self.bytes = bytes;
            return response;
        }
        response.map(|body| {
            let mut asked = self;
            let pieces = body.into_data_stream().map(move |piece| {
                asked.add(piece.as_ref().map_or(0, |piece| piece.len()));
                piece
            });
            Body::from_stream(pieces)
        })
    }
}

/// The end of an answer, or of a request that nobody waits for any more.
impl Drop for Asked {
    fn drop(&mut self) {
        if self.reads {
            self.handler.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
        if self.answered {
            let took = (self.clock)().duration_since(self.began);
            let micros = u64::try_from(took.as_micros()).unwrap_or(0);
            self.handler.methods[self.method].note(micros, self.bytes);
        }
    }
}

impl Requests {
    /// Returns where requests of a route are counted; a slash at its end makes no difference.
    pub(crate) fn handler(&self, path: &'static str) -> Arc<Handler> {
        let path = if path == "/" { path } else { path.trim_end_matches('/') };
        let mut handlers = self.handlers.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let in_flight = Arc::clone(&self.in_flight);
            Arc::new(Handler { methods: Default::default(), in_flight })
        };
        Arc::clone(handlers.entry(path).or_insert_with(new))
    }

    /// Writes what was asked at least once.
    pub(crate) fn write(&self, out: &mut Exposition) {
        let handlers = self.handlers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let each = |(path, handler): (&&'static str, &Arc<Handler>)| {
            let path = *path;
            let seen = METHODS.iter().zip(&handler.methods);
            let seen = seen.filter_map(|(method, answers)| Some((*method, answers.seen()?)));
            seen.map(|(method, seen)| (path, method, seen)).collect::<Vec<_>>()
        };
        let all: Vec<_> = handlers.iter().flat_map(each).collect();
        type Pick = fn(&(Seen, Seen)) -> &Seen;
        let families: [(&str, &str, &[f64], Pick); 2] = [
            ("request_duration_seconds", "How long requests took", &SECONDS, |(times, _)| times),
            ("response_size_bytes", "How large answers were", &BYTES, |(_, sizes)| sizes),
        ];
        for (name, help, bounds, pick) in families {
            out.family(&format!("alertmanager_http_{name}"), Kind::Histogram, help);
            for (path, method, seen) in &all {
                let labels = [("handler", *path), ("method", *method)];
                out.histogram(&labels, bounds, pick(seen));
            }
        }
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        let (name, help) =
            ("alertmanager_http_requests_in_flight", "Requests that are answered now");
        out.family(name, Kind::Gauge, help).value(&[("method", "get")], in_flight);
        let name = "alertmanager_http_concurrency_limit_exceeded_total";
        let help =
            "Requests refused because too many were answered at once: there is no such limit";
        out.family(name, Kind::Counter, help).value(&[("method", "get")], 0);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static NOW: Cell<i64> = const { Cell::new(0) };
    }

    fn clock() -> Timestamp {
        Timestamp::from_millisecond(NOW.get()).unwrap()
    }

    fn written(requests: &Requests) -> String {
        let mut out = Exposition::new(false);
        requests.write(&mut out);
        out.finish().1
    }

    #[track_caller]
    fn says(requests: &Requests, line: &str) {
        let text = written(requests);
        assert!(text.contains(&format!("alertmanager_http_{line}\n")), "{text}");
    }

    const LIST: &str = "{handler=\"/list\",method=\"get\"";

    #[test]
    fn an_answer_of_known_size_counts_at_once() {
        let requests = Requests::default();
        let asked = requests.handler("/list/").begin(&Method::GET, clock);
        says(&requests, "requests_in_flight{method=\"get\"} 1");
        NOW.set(300);
        let _ = asked.answer(Response::new(Body::from("x".repeat(101))));
        says(&requests, "requests_in_flight{method=\"get\"} 0");
        says(&requests, &format!("request_duration_seconds_bucket{LIST},le=\"0.25\"}} 0"));
        says(&requests, &format!("request_duration_seconds_bucket{LIST},le=\"0.5\"}} 1"));
        says(&requests, &format!("request_duration_seconds_sum{LIST}}} 0.3"));
        says(&requests, &format!("response_size_bytes_bucket{LIST},le=\"100\"}} 0"));
        says(&requests, &format!("response_size_bytes_bucket{LIST},le=\"1000\"}} 1"));
        says(&requests, &format!("response_size_bytes_sum{LIST}}} 101"));
    }

    #[tokio::test]
    async fn an_answer_in_pieces_counts_when_the_last_has_left() {
        let requests = Requests::default();
        let asked = requests.handler("/list").begin(&Method::GET, clock);
        let pieces = ["one", "three"].map(Ok::<_, std::io::Error>);
        let body = Body::from_stream(tokio_stream::iter(pieces));
        let answer = asked.answer(Response::new(body));
        says(&requests, "requests_in_flight{method=\"get\"} 1");
        NOW.set(2_000);
        axum::body::to_bytes(answer.into_body(), 99).await.unwrap();
        says(&requests, "requests_in_flight{method=\"get\"} 0");
        says(&requests, &format!("request_duration_seconds_sum{LIST}}} 2"));
        says(&requests, &format!("response_size_bytes_sum{LIST}}} 8"));
    }

    #[test]
    fn who_goes_before_the_answer_is_not_counted() {
        let requests = Requests::default();
        drop(requests.handler("/list").begin(&Method::GET, clock));
        drop(requests.handler("/list").begin(&Method::POST, clock));
        says(&requests, "requests_in_flight{method=\"get\"} 0");
        assert!(!written(&requests).contains("/list"));
    }
}
