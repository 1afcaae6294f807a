//! The tokens' contrast in both themes, by WCAG 2.2 (relative luminance, success criteria 1.4.3 and 1.4.11).

use std::collections::BTreeMap;

/// Text needs 4.5 to 1.
const TEXT_RATIO_MIN: f64 = 4.5;
/// The edge of a field and the focus ring need 3 to 1.
const EDGE_RATIO_MIN: f64 = 3.0;

const TEXT_PAIRS: &[(&str, &[&str])] = &[
    ("text", &["bg", "surface", "sunken", "alarm-soft", "busy-soft", "fine-soft", "idle-soft"]),
    ("text", &["accent-soft", "who0", "who1", "who2", "who3", "who4", "who5"]),
    ("muted", &["bg", "surface", "sunken"]),
    ("accent", &["bg", "surface", "accent-soft"]),
    ("on-accent", &["accent", "accent-strong"]),
    ("surface", &["alarm", "busy"]),
    ("bg", &["text"]),
    ("sev1", &["bg", "surface"]),
    ("sev2", &["bg", "surface", "accent-soft"]),
    ("sev3", &["bg", "surface"]),
    ("sev4", &["bg", "surface"]),
    ("alarm", &["bg", "surface", "sunken", "alarm-soft"]),
    ("busy", &["bg", "surface", "busy-soft"]),
    ("fine", &["bg", "surface", "fine-soft"]),
    ("idle", &["bg", "surface", "idle-soft"]),
];

const EDGE_PAIRS: &[(&str, &[&str])] =
    &[("edge", &["surface", "bg"]), ("focus", &["bg", "surface", "sunken"]), ("brand", &["bg"])];

type Tokens = BTreeMap<String, [u8; 3]>;

fn css() -> &'static str {
    let asset = crate::assets::find("stentor.css").expect("the stylesheet is embedded");
    std::str::from_utf8(asset.bytes).expect("the stylesheet is text")
}

/// Reads the hexadecimal tokens of the block that follows `selector`.
fn tokens(selector: &str) -> Tokens {
    let (_, rest) = css().split_once(&format!("{selector} {{")).expect("the theme exists");
    let (block, _) = rest.split_once('}').expect("the block ends");
    block
        .split(';')
        .filter_map(|line| line.trim().strip_prefix("--")?.split_once(':'))
        .filter_map(|(name, value)| {
            let digits = value.trim().strip_prefix('#').filter(|digits| digits.len() == 6)?;
            let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
            Some((name.to_owned(), [part(0)?, part(2)?, part(4)?]))
        })
        .collect()
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [r, g, b] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn ratio(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn too_weak(theme: &Tokens, pairs: &[(&str, &[&str])], least: f64) -> Vec<String> {
    pairs
        .iter()
        .flat_map(|(front, backs)| backs.iter().map(move |back| (*front, *back)))
        .map(|(front, back)| (front, back, ratio(theme[front], theme[back])))
        .filter(|(_, _, ratio)| *ratio < least)
        .map(|(front, back, ratio)| format!("{front} on {back}: {ratio:.2}"))
        .collect()
}

#[test]
fn text_and_edges_have_enough_contrast_in_both_themes() {
    for theme in [tokens(":root"), tokens(r#":root[data-theme="dark"]"#)] {
        assert_eq!(too_weak(&theme, TEXT_PAIRS, TEXT_RATIO_MIN), Vec::<String>::new());
        assert_eq!(too_weak(&theme, EDGE_PAIRS, EDGE_RATIO_MIN), Vec::<String>::new());
    }
}

#[test]
fn the_ratio_of_black_on_white_is_21() {
    assert!((ratio([0; 3], [255; 3]) - 21.0).abs() < 0.01);
}

#[test]
fn the_chosen_dark_theme_is_the_dark_theme_of_the_system() {
    let chosen = tokens(r#":root[data-theme="dark"]"#);
    assert_eq!(chosen, tokens(r#":root:not([data-theme="light"])"#));
    assert!(chosen.len() > 30, "{}", chosen.len());
}
