//! What single words of the plan mean: durations, hours, addresses, ranges.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::SignedDuration;
use jiff::civil::{Time, Weekday};
use stentor_go::url::{is_request_uri, percents_are_whole};

use super::findings::Fault;

/// Reads a duration as Prometheus writes it: `1h30m`, `2w`, `500ms`, `0`.
pub(super) fn duration(text: &str) -> Result<SignedDuration, Fault> {
    let mend = "write it as in `30s`, `5m`, `1h30m` or `2w`";
    let fault = |why: &str| Fault::new(format!("`{text}` is no duration: {why}"), mend);
    if text == "0" {
        return Ok(SignedDuration::ZERO);
    }
    let mut rest = text;
    let mut total = SignedDuration::ZERO;
    // Units may stand once each, the largest first.
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        if number.is_empty() {
            return Err(fault("it must start with a number"));
        }
        if unit.is_empty() {
            return Err(fault("it needs a unit"));
        }
        let Some((_, millis)) = units.find(|(name, _)| *name == unit) else {
            return Err(fault(if UNITS.iter().any(|(name, _)| *name == unit) {
                "each unit may stand once, the largest first"
            } else {
                "its units are y, w, d, h, m, s and ms"
            }));
        };
        let part = number.parse::<i64>().ok().and_then(|number| number.checked_mul(*millis));
        total = part
            .map(SignedDuration::from_millis)
            .and_then(|part| total.checked_add(part))
            .filter(|total| *total <= DURATION_MAX)
            .ok_or_else(|| fault("it is longer than 100 years"))?;
        rest = after;
    }
    if text.is_empty() { Err(fault("it is empty")) } else { Ok(total) }
}

const UNITS: [(&str, i64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];
const DURATION_MAX: SignedDuration = SignedDuration::from_hours(100 * 365 * 24);

/// Reads a truth value, in any of the words that YAML has had for it; in quotes it is a text.
pub(super) fn truth(key: &str, text: &str, plain: bool) -> Result<bool, Fault> {
    let quotes = if plain { "" } else { " in quotes" };
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y"
            if plain =>
        {
            Ok(true)
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N"
            if plain =>
        {
            Ok(false)
        }
        _ => Err(Fault::new(
            format!("`{key}` must be true or false, not `{text}`{quotes}"),
            "write `true` or `false`, without quotes",
        )),
    }
}

/// Reads a number as the original's YAML does, which cuts a fraction: `16`, `0x10`, `0o20`, `0b1`, `1_000`, `1e3`,
/// `5.0`. `None` when it is none.
pub(super) fn yaml_number(text: &str) -> Option<i128> {
    let text = text.replace('_', "");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(&text)),
    };
    let lower = digits.to_ascii_lowercase();
    let of = |base: u32, digits: &str| {
        let fits = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(base));
        fits.then(|| u64::from_str_radix(digits, base).ok()).flatten().map(i128::from)
    };
    let based = [("0x", 16), ("0o", 8), ("0b", 2)];
    if let Some((rest, base)) =
        based.into_iter().find_map(|(start, base)| Some((lower.strip_prefix(start)?, base)))
    {
        return of(base, rest).map(|number| sign * number);
    }
    if lower.starts_with(['+', '-']) {
        return None;
    }
    let octal = lower.strip_prefix('0').and_then(|rest| of(8, rest));
    let fraction = || {
        let signs = |byte: u8| byte.is_ascii_digit() || b".e+-".contains(&byte);
        let number = lower.bytes().all(signs).then(|| lower.parse::<f64>().ok()).flatten()?;
        (number <= u64::MAX as f64).then_some((number as i128).min(u64::MAX.into()))
    };
    octal.or_else(|| of(10, &lower)).or_else(fraction).map(|number| sign * number)
}

/// Tells whether a text in PEM holds a certificate, as far as its frame says: what it says is known when it is used.
pub(super) fn holds_certificate(pem: &str) -> bool {
    let framed = pem.split("-----BEGIN CERTIFICATE-----").skip(1);
    let mut inside = framed.filter_map(|rest| rest.split_once("-----END CERTIFICATE-----"));
    inside.any(|(body, _)| {
        let digits: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        // Every certificate is a sequence in DER.
        BASE64_STANDARD.decode(digits).is_ok_and(|der| der.first() == Some(&0x30))
    })
}

/// Reads a duration that must last.
pub(super) fn positive(text: &str) -> Result<SignedDuration, Fault> {
    let length = duration(text)?;
    if length.is_zero() {
        return Err(Fault::new("a duration of 0 leaves no time to answer", "write at least `1m`"));
    }
    Ok(length)
}

/// Reads a hand-over: `09:00`, or with the weekday before it, `Monday 09:00`.
pub(super) fn handover(text: &str) -> Result<(Option<Weekday>, Time), Fault> {
    let fault = |why: String| Fault::new(why, "write it as in `09:00` or `Monday 09:00`");
    let text = text.trim();
    let (day, hour) = text.rsplit_once(' ').map_or((None, text), |(day, hour)| (Some(day), hour));
    let day = match day.map(str::trim) {
        None => None,
        Some(name) => Some(weekday(name).ok_or_else(|| fault(format!("`{name}` is no weekday")))?),
    };
    let read = |text: &str, max: i8| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<i8>().ok().filter(|number| digits && *number <= max)
    };
    let parts = hour.split_once(':').filter(|(_, minute)| minute.len() == 2);
    let time =
        parts.and_then(|(hour, minute)| Time::new(read(hour, 23)?, read(minute, 59)?, 0, 0).ok());
    let time = time.ok_or_else(|| fault(format!("`{hour}` is no time of day")))?;
    Ok((day, time))
}

fn weekday(name: &str) -> Option<Weekday> {
    let all = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let name = name.to_ascii_lowercase();
    all.into_iter().find(|(full, _)| *full == name || full[..3] == name).map(|(_, day)| day)
}

/// Reads a mail address: `ana@example.com`, or with a name, `Ana <ana@example.com>`.
pub(super) fn email(text: &str) -> Result<String, Fault> {
    let bare = match text.strip_suffix('>').and_then(|text| text.split_once('<')) {
        Some((_, inside)) => inside,
        None => text,
    };
    let local = |c: char| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
    let domain = |c: char| c.is_alphanumeric() || c == '.' || c == '-';
    let valid = bare.rsplit_once('@').is_some_and(|(name, host)| {
        let dots = |part: &str| part.split('.').all(|label| !label.is_empty());
        !name.is_empty() && name.chars().all(local) && host.chars().all(domain) && dots(host)
    });
    // A line break would let a header in.
    if valid && !text.contains(char::is_control) {
        return Ok(text.to_owned());
    }
    Err(Fault::new(format!("`{text}` is no mail address"), "write it as in `ana@example.com`"))
}

/// Reads a mail address without a name beside it.
pub(super) fn bare_email(text: &str) -> Result<String, Fault> {
    if text.contains('<') {
        let what = format!("`{text}` has more than the mail address");
        return Err(Fault::new(what, "write the address alone, as in `ana@example.com`"));
    }
    email(text)
}

/// Checks an address of the web and returns its host. The fault never shows the address: it may be a secret.
pub(super) fn url(text: &str) -> Result<&str, Fault> {
    let mend = "write it as in `https://example.com/path`";
    let rest = ["https://", "http://"].into_iter().find_map(|scheme| {
        let start = text.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| &text[scheme.len()..])
    });
    let Some(rest) = rest else {
        let what = "the address must start with `https://` or `http://`";
        return Err(Fault::new(what, mend));
    };
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = host_and_port(host);
    // As in Go, a colon without a port says nothing.
    if port.is_some_and(|port| !port.is_empty() && port.parse::<u16>().is_err()) {
        return Err(Fault::new("the address has an impossible port", mend));
    }
    let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '<';
    if host.is_empty() || authority.contains(odd) || !is_request_uri(before) {
        let what = "the address has no proper host, or a `%` without two hexadecimal digits";
        return Err(Fault::new(what, mend));
    }
    if text.contains(char::is_control) || !percents_are_whole(fragment) {
        return Err(Fault::new("the address has signs that none can have", mend));
    }
    Ok(host)
}

/// Returns what follows the scheme of a proxy that speaks SOCKS; `None` for any other address.
pub(super) fn socks(text: &str) -> Option<&str> {
    ["socks5h", "socks5"].into_iter().find_map(|scheme| {
        let rest = text.strip_prefix(scheme)?;
        rest.starts_with("://").then_some(rest)
    })
}

/// Reads `host:port` and returns the host.
pub(super) fn smarthost(text: &str) -> Result<&str, Fault> {
    let fault =
        |why: &str| Fault::new(format!("`{text}` {why}"), "write it as in `smtp.example.com:587`");
    let (host, port) = host_and_port(text);
    let plain = |c: char| c.is_alphanumeric() || ".-_:".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        return Err(fault("names no mail server"));
    }
    if host.contains(':') && !text.starts_with('[') {
        return Err(fault("has too many colons; brackets belong round an address of IPv6"));
    }
    match port.map(str::parse::<u16>) {
        None => Err(fault("has no port")),
        Some(Ok(1..)) => Ok(host),
        Some(Ok(0) | Err(_)) => Err(fault("has an impossible port")),
    }
}

fn host_and_port(text: &str) -> (&str, Option<&str>) {
    if let Some((inside, after)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        return (inside, after.strip_prefix(':'));
    }
    text.rsplit_once(':').map_or((text, None), |(host, port)| (host, Some(port)))
}

/// A range of addresses, as in `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    base: IpAddr,
    bits: u8,
}

/// Reads a range of addresses.
pub(super) fn range(text: &str) -> Result<Range, Fault> {
    let read = || {
        let (base, bits) = text.split_once('/')?;
        let base: IpAddr = base.parse().ok()?;
        let bits: u8 = bits.parse().ok()?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        (bits <= most).then_some(Range { base, bits })
    };
    let mend = "write it as in `127.0.0.0/8` or `fd00::/8`";
    read().ok_or_else(|| Fault::new(format!("`{text}` is no range of addresses"), mend))
}

impl Range {
    /// Every address there is.
    pub(super) const ALL: [Self; 2] = [v4(0, 0, 0), v6(0, 0, 0)];

    fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let differ = u32::from(base) ^ u32::from(address);
                differ.checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let differ = u128::from(base) ^ u128::from(address);
                differ.checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// Refuses a host that is written as an inner address which `allowed` does not contain.
///
/// Names are looked up when something is sent, and refused then.
pub(super) fn reachable(host: &str, allowed: &[Range]) -> Result<(), Fault> {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let local = name == "localhost" || name.ends_with(".localhost");
    let address = if local { Some(Ipv4Addr::LOCALHOST.into()) } else { name.parse().ok() };
    let Some(address) = address.map(|address: IpAddr| address.to_canonical()) else {
        return Ok(());
    };
    let inner = INNER.iter().find(|(range, _)| range.contains(address));
    let Some((_, shown)) = inner.filter(|_| !allowed.iter().any(|range| range.contains(address)))
    else {
        return Ok(());
    };
    let what = format!("`{host}` is an inner address, and requests to those are refused");
    Err(Fault::new(
        what,
        format!("add `\"{shown}\"` to `outbound.allow` in stentor.yml if it is meant"),
    ))
}

const fn v4(a: u8, b: u8, bits: u8) -> Range {
    Range { base: IpAddr::V4(Ipv4Addr::new(a, b, 0, 0)), bits }
}

const fn v6(first: u16, last: u16, bits: u8) -> Range {
    Range { base: IpAddr::V6(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, last)), bits }
}

/// Ranges that only reach this machine, this network, or a cloud's metadata.
const INNER: [(Range, &str); 13] = [
    (v4(127, 0, 8), "127.0.0.0/8"),
    (v4(10, 0, 8), "10.0.0.0/8"),
    (v4(172, 16, 12), "172.16.0.0/12"),
    (v4(192, 168, 16), "192.168.0.0/16"),
    (v4(169, 254, 16), "169.254.0.0/16"),
    (v4(100, 64, 10), "100.64.0.0/10"),
    (v4(0, 0, 8), "0.0.0.0/8"),
    (v4(224, 0, 4), "224.0.0.0/4"),
    (v6(0, 1, 128), "::1/128"),
    (v6(0, 0, 128), "::/128"),
    (v6(0xfc00, 0, 7), "fc00::/7"),
    (v6(0xfe80, 0, 10), "fe80::/10"),
    (v6(0xff00, 0, 8), "ff00::/8"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_prometheus_durations() {
        let seconds = |text| duration(text).map(|length| length.as_millis()).ok();
        let table = [
            ("30s", 30_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("4900ms", 4900),
            ("2w", 1_209_600_000),
            ("1y2w3d4h5m6s7ms", 33_019_506_007),
            ("0", 0),
            ("0s", 0),
        ];
        for (text, millis) in table {
            assert_eq!(seconds(text), Some(millis), "{text}");
        }
        for text in ["", "5", "m", "5 m", "1m1h", "1m1m", "-5m", "1.5h", "5min", "99999999y", "5m "]
        {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_those_of_yaml() {
        for (text, number) in [
            ("5", 5),
            ("+5", 5),
            ("-5", -5),
            ("-0x10", -16),
            ("0x10", 16),
            ("0o17", 15),
            ("017", 15),
            ("09", 9),
            ("0b11", 3),
            ("1_000", 1000),
            ("1e3", 1000),
            ("5.0", 5),
            ("5.5", 5),
            (".5e1", 5),
            ("0", 0),
            ("18446744073709551616", i128::from(u64::MAX)),
        ] {
            assert_eq!(yaml_number(text), Some(number), "{text}");
        }
        for text in ["", "0x", "many", "1e30", "--5", "inf", "nan", "1 0", "-", "e"] {
            assert_eq!(yaml_number(text), None, "{text}");
        }
    }

    #[test]
    fn a_hand_over_is_a_time_of_day_with_or_without_a_weekday() {
        let at = |hour, minute| Time::constant(hour, minute, 0, 0);
        assert_eq!(handover("09:00"), Ok((None, at(9, 0))));
        assert_eq!(handover("Monday 09:30"), Ok((Some(Weekday::Monday), at(9, 30))));
        assert_eq!(handover("fri 9:05"), Ok((Some(Weekday::Friday), at(9, 5))));
        for text in
            ["", "9", "24:00", "09:60", "Mon", "Mo 09:00", "Monday 9", "Monday at 09:00", "09:5"]
        {
            assert!(handover(text).is_err(), "{text}");
        }
    }

    #[test]
    fn inner_addresses_are_refused_unless_allowed() {
        let refused = [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
        ];
        for host in refused {
            assert!(reachable(host, &[]).is_err(), "{host}");
        }
        for host in ["example.com", "8.8.8.8", "172.32.0.1", "2001:db8::1", "localhost.example.com"]
        {
            assert!(reachable(host, &[]).is_ok(), "{host}");
        }
        let loopback = [range("127.0.0.0/8").unwrap(), range("10.1.0.0/16").unwrap()];
        assert!(reachable("localhost", &loopback).is_ok());
        assert!(reachable("10.1.2.3", &loopback).is_ok());
        assert!(reachable("10.2.2.3", &loopback).is_err());
        assert!(reachable("8.8.8.8", &[range("0.0.0.0/0").unwrap()]).is_ok());
    }

    #[test]
    fn addresses_of_the_web_and_of_mail() {
        for good in [
            "https://a.example",
            "http://a.example:8080/x?y",
            "https://u:p@[::1]:9/x",
            "HTTPS://A",
            "http://a/b c<x>",
        ] {
            assert!(url(good).is_ok(), "{good}");
        }
        for bad in [
            "a.example",
            "ftp://a",
            "https://",
            "https://a b",
            "https://a:99999",
            "http://[::1/",
            "http://a.b/%zz",
            "http://a.b/#%zz",
            "http://a\\b/",
            "http://a/\tb",
            "http://a%41/",
            "https:///x",
            "é",
        ] {
            assert!(url(bad).is_err(), "{bad}");
        }
        assert_eq!(url("https://u:p@[::1]:9/x"), Ok("::1"));
        assert_eq!(smarthost("localhost:25"), Ok("localhost"));
        for bad in [
            "localhost",
            "localhost:",
            ":25",
            "localhost:0",
            "a b:25",
            "localhost:mail",
            "h:25:26",
            "::1:25",
            "[::1:25",
            "h]:25",
        ] {
            assert!(smarthost(bad).is_err(), "{bad}");
        }
        for good in
            ["ana@example.com", "Ana Ops <ana@example.com>", "a+b@localhost", "o'hara@example.com"]
        {
            assert!(email(good).is_ok(), "{good}");
        }
        for bad in
            ["", "ana", "@example.com", "ana@", "ana@a..b", "a b@c.d", "Ana <ana@a.b", "a@b\nx: y"]
        {
            assert!(email(bad).is_err(), "{bad}");
        }
    }
}
