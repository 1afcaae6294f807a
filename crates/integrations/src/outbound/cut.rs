//! Cutting texts to a provider's limit, where Alertmanager cuts them.

/// What stands where something was left out.
const MARK: &str = "…";

/// Returns the first `max` letters of a text; when some are left out, the last of them is `…`.
pub(super) fn letters(text: &str, max: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(max) else { return text.to_owned() };
    if max <= 3 {
        return text[..end].to_owned();
    }
    let shown: String = text.chars().take(max - 1).collect();
    shown + MARK
}

/// Returns the beginning of a text in at most `max` bytes; when something is left out, it ends in `…`.
pub(super) fn bytes(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    match max.checked_sub(MARK.len()) {
        None => ".".repeat(max),
        Some(room) => text[..text.floor_char_boundary(room)].to_owned() + MARK,
    }
}

/// Returns the beginning of a HTML text that shows at most `max` letters; what is open where it is cut is closed.
pub(super) fn html(text: &str, max: usize) -> String {
    let (mut out, mut open): (String, Vec<&str>) = (String::new(), vec![]);
    let (mut shown, mut rest) = (0, text);
    let mut last = 0;
    while let Some(letter) = rest.chars().next() {
        let piece = piece(rest);
        rest = &rest[piece.len()..];
        if letter == '<' && piece.len() > 1 {
            let name = piece.trim_matches(['<', '>', '/']);
            let name = name.split(char::is_whitespace).next().unwrap_or_default();
            if piece.starts_with("</") {
                open.pop_if(|opened| *opened == name);
            } else if !piece.ends_with("/>") {
                open.push(name);
            }
            out.push_str(piece);
            continue;
        }
        if shown == max {
            out.truncate(last);
            out.push_str(MARK);
            out.extend(open.iter().rev().map(|name| format!("</{name}>")));
            return out;
        }
        shown += 1;
        last = out.len();
        out.push_str(piece);
    }
    text.to_owned()
}

/// Returns the tag, the character reference or the letter that a text begins with.
fn piece(text: &str) -> &str {
    let end = match text.as_bytes()[0] {
        b'<' => text.find('>'),
        b'&' => text.find(';').filter(|end| *end < 10),
        _ => None,
    };
    let letter = text.chars().next().map_or(0, char::len_utf8);
    &text[..end.map_or(letter, |end| end + 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_at_the_limit_is_whole_and_a_longer_one_is_marked() {
        assert_eq!(letters("größe", 5), "größe");
        assert_eq!(letters("größer", 5), "größ…");
        assert_eq!(letters("größer", 3), "grö");
        assert_eq!(bytes("größe", 7), "größe");
        assert_eq!(bytes("größer", 7), "grö…");
        assert_eq!(bytes("größer", 6), "gr…");
        assert_eq!(bytes("größer", 2), "..");
    }

    #[test]
    fn html_is_cut_between_tags_and_closed() {
        assert_eq!(html("<b>one</b> &amp; two", 9), "<b>one</b> &amp; two");
        assert_eq!(html("<b>one</b> &amp; two", 6), "<b>one</b> &amp;…");
        assert_eq!(html("<a href=\"x\"><b>one two</b></a>", 4), "<a href=\"x\"><b>one…</b></a>");
        assert_eq!(html("1 < 2 and 3", 5), "1 < …");
    }
}
