//! What an answer means.

use std::time::Duration;

use jiff::SignedDuration;
use stentor_domain::delivery::Outcome;

use crate::outbound::{Response, outcome};

fn word(response: &Response) -> &'static str {
    match outcome(response) {
        Outcome::Sent { .. } => "sent",
        Outcome::Retry { .. } => "retry",
        Outcome::Refused { .. } => "refused",
    }
}

#[test]
fn a_status_says_whether_to_try_again() {
    let http = |status| Response::Http { status, retry_after: None, body: String::new() };
    let table = [
        ("sent", &[200, 201, 202, 204, 299][..]),
        ("retry", &[429, 500, 502, 503, 504, 599]),
        ("refused", &[100, 301, 302, 307, 400, 401, 403, 404, 410, 422]),
    ];
    for (expected, statuses) in table {
        for status in statuses {
            assert_eq!(word(&http(*status)), expected, "HTTP {status}");
        }
    }
    let mail = |code| Response::Mail { code, text: "5.1.1 said".to_owned() };
    for (expected, code) in
        [("sent", 250), ("retry", 421), ("retry", 450), ("refused", 550), ("refused", 354)]
    {
        assert_eq!(word(&mail(code)), expected, "SMTP {code}");
    }
    assert_eq!(word(&Response::NoAnswer { why: "timeout".to_owned(), sent: true }), "retry");
    assert_eq!(word(&Response::Blocked { why: "loopback".to_owned() }), "refused");
}

#[test]
fn retry_after_is_honoured() {
    let after = Some(Duration::from_secs(17));
    let busy = Response::Http { status: 429, retry_after: after, body: "slow\r\ndown".to_owned() };
    let expected = Outcome::Retry {
        after: Some(SignedDuration::from_secs(17)),
        why: "HTTP 429: slow down".to_owned(),
    };
    assert_eq!(outcome(&busy), expected);
}

#[test]
fn a_redirect_is_refused_with_the_mend() {
    let moved = Response::Http { status: 308, retry_after: None, body: String::new() };
    let why = "HTTP 308; redirects are not followed, so give the final URL".to_owned();
    assert_eq!(outcome(&moved), Outcome::Refused { why });
}
