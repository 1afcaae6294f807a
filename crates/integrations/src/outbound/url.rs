//! Addresses, written as Go writes them.

use std::collections::BTreeMap;

use stentor_go::url::query_escape;

/// Returns `base` with `path` behind its own, whether or not that ends in a slash; a query stays behind both.
pub(super) fn join(base: &str, path: &str) -> String {
    let (before, query) = match base.split_once('?') {
        Some((before, query)) => (before, format!("?{query}")),
        None => (base, String::new()),
    };
    format!("{}/{}{query}", before.trim_end_matches('/'), escape_path(path))
}

/// Returns `url` with these fields added to its query.
pub(super) fn with_query<'a>(
    url: &str,
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}{}", encode(fields))
}

/// Returns fields as a form or a query, sorted by name.
pub(super) fn encode<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let sorted: BTreeMap<&str, &str> = fields.into_iter().collect();
    let pairs = sorted
        .iter()
        .map(|(name, value)| format!("{}={}", query_escape(name), query_escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Escapes what may not stand in a path.
fn escape_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => out.push(char::from(byte)),
            _ if b"-_.~$&+,/:;=@".contains(&byte) => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stands_behind_the_base_and_before_its_query() {
        assert_eq!(join("http://a/b/", "c d/é"), "http://a/b/c%20d/%C3%A9");
        assert_eq!(join("http://a?x=1", "v2"), "http://a/v2?x=1");
        assert_eq!(with_query("http://a/", [("b", "1 &"), ("a", "")]), "http://a/?a=&b=1+%26");
    }
}
