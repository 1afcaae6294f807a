//! Senders: what the tools that watch a system say, translated to signals.
//!
//! A sender is one file below this one, one line in [`SENDERS`] and real payloads in `testdata/<kind>/`. Nothing is
//! ever truncated: what is over a limit is refused, with the limit in the answer.

pub mod alertmanager;

use serde::Serialize;
use stentor_domain::alert::Signal;
use stentor_go::json;

/// A tool whose messages can be read.
pub trait Sender: Sync {
    /// Returns its short name, for example `alertmanager`.
    fn kind(&self) -> &'static str;

    /// Returns what its settings page and its documentation say.
    fn about(&self) -> About;

    /// Translates one request body; one entry for each signal in it, in its order, possibly none.
    ///
    /// Refuses the body as a whole only when nothing of it can be used.
    fn read(&self, body: &[u8]) -> Result<Vec<Read>, Malformed>;
}

/// Every sender, in the order of the documentation.
pub const SENDERS: &[&dyn Sender] = &[&alertmanager::Alertmanager];

/// Returns the sender called `kind`.
pub fn find(kind: &str) -> Option<&'static dyn Sender> {
    SENDERS.iter().copied().find(|sender| sender.kind() == kind)
}

/// What a person has to know to use a sender.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The tool's name as its makers write it.
    pub title: &'static str,
    /// Where it sends to, for example `POST /api/v2/alerts`.
    pub endpoint: &'static str,
    /// Who sends in this format, in a sentence or two; Markdown.
    pub help: &'static str,
    /// What to put into the tool's own configuration.
    pub example: &'static str,
    /// Each limit with its number, and what happens at it.
    pub limits: &'static [(&'static str, usize, &'static str)],
    /// What differs from the tool's own product; Markdown.
    pub notes: &'static str,
}

/// What became of one entry of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// It is a signal.
    Signal(Signal),
    /// It is refused alone, for this reason; the others of the body stand.
    Refused(String),
}

/// A refusal, in the shape that the sender's own product would give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The HTTP status, 400 to 499.
    pub status: u16,
    /// Where in the body, for example `alerts[3].labels`; empty for the body as a whole.
    pub at: String,
    /// What is wrong, in one sentence.
    pub why: String,
    /// How the answer is written.
    pub shape: Shape,
}

/// How a refusal is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One JSON string.
    JsonString,
    /// `{"code":…,"message":…}`.
    CodeMessage {
        /// The code, which may differ from the HTTP status.
        code: u16,
    },
}

impl Malformed {
    /// Returns the refusal of those entries of `reads` that were refused, in one answer; `None` when all are signals.
    pub fn of(reads: &[Read]) -> Option<Self> {
        let whys: Vec<&str> = reads
            .iter()
            .filter_map(|read| match read {
                Read::Signal(_) => None,
                Read::Refused(why) => Some(why.as_str()),
            })
            .collect();
        let shape = Shape::JsonString;
        (!whys.is_empty()).then(|| Self {
            status: 400,
            at: String::new(),
            why: whys.join("; "),
            shape,
        })
    }

    /// Returns the body of the answer; its content type is `application/json`.
    pub fn body(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct CodeMessage<'a> {
            code: u16,
            message: &'a str,
        }
        match self.shape {
            Shape::JsonString => json::line(&self.why),
            Shape::CodeMessage { code } => {
                let mut body = json::line(&CodeMessage { code, message: &self.why });
                body.pop();
                body
            }
        }
    }
}
