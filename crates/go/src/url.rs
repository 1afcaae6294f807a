//! Addresses as Go's `net/url` reads and writes them.

/// Returns `text` as Go's `url.QueryEscape` writes it: a space is `+`.
pub fn query_escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// Returns what `text` stands for in a query, as Go's `url.QueryUnescape`: `+` is a space.
///
/// Fails with Go's words where a percent sign is not followed by two hexadecimal digits.
pub fn query_unescape(text: &str) -> Result<String, String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = text
                    .get(at..at + 2)
                    .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
                let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                let shown: String = text[at - 1..].chars().take(3).collect();
                let failed = || format!("invalid URL escape {}", crate::quote::quoted(&shown));
                out.push(code.ok_or_else(failed)?);
                at += 2;
            }
            other => out.push(*other),
        }
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Tells whether Go's `url.ParseRequestURI` accepts `text`, which is what Alertmanager asks of a `generatorURL`.
///
/// That is any scheme and also a path alone, so pages must only ever link `http` and `https`.
pub fn is_request_uri(text: &str) -> bool {
    if text.is_empty() || text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return false;
    }
    if text == "*" {
        return true;
    }
    let Some((scheme, rest)) = split_scheme(text) else { return false };
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    if !rest.starts_with('/') {
        return scheme;
    }
    let path = match rest.strip_prefix("//").filter(|_| scheme) {
        None => rest,
        Some(after) => {
            let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
            if !is_authority(authority) {
                return false;
            }
            path
        }
    };
    percents_are_whole(path)
}

/// Splits off a scheme; returns whether there is one, and what follows it. `None` for `:x`.
fn split_scheme(text: &str) -> Option<(bool, &str)> {
    let end = text
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')));
    match end {
        Some(0) if text.starts_with(':') => None,
        Some(at) if text.as_bytes()[at] == b':' && text.as_bytes()[0].is_ascii_alphabetic() => {
            Some((true, &text[at + 1..]))
        }
        Some(_) | None => Some((false, text)),
    }
}

fn is_authority(authority: &str) -> bool {
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let in_user = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    let in_host = |byte: u8| {
        byte >= 0x80 || byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:[]<>\"%".contains(&byte)
    };
    let port = match host.strip_prefix('[') {
        Some(v6) => match v6.rsplit_once(']') {
            Some((_, after)) => after,
            None => return false,
        },
        None => host.rfind(':').map_or("", |at| &host[at..]),
    };
    let port_is_digits = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    port_is_digits
        && user.bytes().all(in_user)
        && host.bytes().all(in_host)
        && percents_are_whole(user)
        && percents_are_whole(host)
        && host.split('%').skip(1).all(may_be_escaped_in_a_host)
}

/// Tells whether Go takes the escape that `after` begins with in a host: of other letters than ASCII, and of `%` itself.
fn may_be_escaped_in_a_host(after: &str) -> bool {
    after.starts_with("25") || after.starts_with(|digit: char| !matches!(digit, '0'..='7'))
}

/// Tells whether two hexadecimal digits follow each percent sign.
pub fn percents_are_whole(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|after| after.len() >= 2 && after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_escaped_as_go_escapes_it() {
        assert_eq!(query_escape(r"a\.b c~é"), "a%5C.b+c~%C3%A9");
    }

    #[test]
    fn a_uri_is_what_go_accepts() {
        // Answers of url.ParseRequestURI behind POST /api/v2/alerts of Alertmanager 0.25.
        let good = [
            "http://prom/graph?g0=<1>&b=2",
            "javascript:alert(1)",
            "/relative",
            "http://a:9090/x%20y z",
            "http://[::1]:9090/",
            "http://user:pw@host/",
            "mailto:a@b",
            "*",
            "http://bücher.example/",
        ];
        let bad = [
            "",
            "not a url",
            "x y",
            ":x",
            "relative",
            "http://a b/",
            "http://a:b/",
            "http://a/%zz",
            "http://a/%2",
            "http://a%41/",
            "http://a\\b/",
            "http://a/\u{1}",
            "http://[::1/",
        ];
        for text in good {
            assert!(is_request_uri(text), "{text}");
        }
        for text in bad {
            assert!(!is_request_uri(text), "{text}");
        }
    }
}
