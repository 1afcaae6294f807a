//! Numbers by a verb.

use super::{Flags, Out, pad, wrong_verb};
use crate::template::value::Value;

/// No number has more digits, whatever its precision asks for.
const DIGITS_MAX: usize = 1_000;

pub(super) fn int(out: &mut Out, number: i64, verb: char, flags: Flags, value: &Value) {
    let all = number.unsigned_abs();
    let letter = u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
    let (digits, prefix) = match verb {
        'v' | 'd' => (all.to_string(), ""),
        'b' => (format!("{all:b}"), "0b"),
        'o' => (format!("{all:o}"), "0"),
        'O' => (format!("{all:o}"), "0o"),
        'x' => (format!("{all:x}"), "0x"),
        'X' => (format!("{all:X}"), "0X"),
        'c' => return pad(out, &letter.to_string(), flags),
        'q' => return pad(out, &letter_quoted(letter), flags),
        'U' if flags.sharp => return pad(out, &format!("U+{number:04X} '{letter}'"), flags),
        'U' => return pad(out, &format!("U+{number:04X}"), flags),
        _ => return wrong_verb(out, value, verb, flags),
    };
    let sign = match number {
        ..0 => "-",
        _ if flags.plus => "+",
        _ if flags.space => " ",
        _ => "",
    };
    if flags.precision == Some(0) && number == 0 {
        return pad(out, "", Flags { zero: false, ..flags });
    }
    let zeros = match (flags.precision, flags.width) {
        (Some(precision), _) => precision,
        (None, Some(width)) if flags.zero && !flags.minus => width.saturating_sub(sign.len()),
        (None, _) => 0,
    };
    let zeros = zeros.min(DIGITS_MAX);
    let shown = format!("{digits:0>zeros$}");
    let prefix = match prefix {
        _ if !(flags.sharp || verb == 'O') => "",
        "0" if shown.starts_with('0') => "",
        other => other,
    };
    pad(out, &format!("{sign}{prefix}{shown}"), Flags { zero: false, ..flags });
}

fn letter_quoted(letter: char) -> String {
    let text = crate::quote::quoted(&letter.to_string());
    match letter {
        '\'' => r"'\''".into(),
        '"' => "'\"'".into(),
        _ => format!("'{}'", &text[1..text.len() - 1]),
    }
}

pub(super) fn float(out: &mut Out, number: f64, verb: char, flags: Flags, value: &Value) {
    let precision = flags.precision.map(|precision| precision.min(DIGITS_MAX));
    let digits = match verb {
        'v' | 'g' | 'G' => general(number, precision),
        'e' | 'E' => exponential(number, Some(precision.unwrap_or(6))),
        'f' | 'F' => format!("{:.*}", precision.unwrap_or(6), number.abs()),
        _ => return wrong_verb(out, value, verb, flags),
    };
    let finite = number.is_finite();
    let digits = match verb {
        _ if number.is_nan() => "NaN".into(),
        _ if !finite => "Inf".into(),
        'E' | 'G' => digits.to_uppercase(),
        _ => digits,
    };
    let sign = match number.is_sign_negative() && !number.is_nan() {
        true => "-",
        false if flags.plus || number == f64::INFINITY => "+",
        false if flags.space => " ",
        false => "",
    };
    let zeros = match flags.width {
        Some(width) if flags.zero && !flags.minus && finite => width.saturating_sub(sign.len()),
        Some(_) | None => 0,
    };
    let zeros = zeros.min(DIGITS_MAX);
    let shown = format!("{digits:0>zeros$}");
    pad(out, &format!("{sign}{shown}"), Flags { zero: false, ..flags });
}

/// `1.5e+06`; the shortest that means the number when no precision is given.
fn exponential(number: f64, precision: Option<usize>) -> String {
    let number = number.abs();
    let text = match precision {
        Some(precision) => format!("{number:.precision$e}"),
        None => format!("{number:e}"),
    };
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Go's `%g`: like `%e` for what is very large or small, without zeros at the end.
fn general(number: f64, precision: Option<usize>) -> String {
    let precision = precision.map(|precision| precision.max(1));
    let text = exponential(number, precision.map(|precision| precision - 1));
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let digits = if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        digits
    };
    let power: i32 = exponent.parse().unwrap_or(0);
    let limit = precision.map_or(6, |precision| i32::try_from(precision).unwrap_or(i32::MAX));
    if power < -4 || power >= limit {
        return format!("{digits}e{exponent}");
    }
    let plain = digits.replace('.', "");
    let whole = usize::try_from(power + 1).unwrap_or(0);
    if power < 0 {
        let zeros = usize::try_from(-power - 1).unwrap_or(0);
        return format!("0.{}{plain}", "0".repeat(zeros));
    }
    if plain.len() <= whole {
        return format!("{plain:0<whole$}");
    }
    format!("{}.{}", &plain[..whole], &plain[whole..])
}

/// Returns `number` as `%.4g`.
pub(super) fn four_digits(number: f64) -> String {
    let sign = if number.is_sign_negative() { "-" } else { "" };
    match number {
        _ if number.is_nan() => "NaN".into(),
        _ if number.is_infinite() => format!("{}Inf", if number < 0.0 { "-" } else { "+" }),
        _ => format!("{sign}{}", general(number, Some(4))),
    }
}
