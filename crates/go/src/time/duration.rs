//! `time.Duration`: nanoseconds in an `int64`.

/// Returns Go's `String()` of a duration: `1h2m3.5s`, `1.5ms`, `0s`.
pub fn duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let all = nanoseconds.unsigned_abs();
    if all == 0 {
        return "0s".into();
    }
    if all < 1_000_000_000 {
        let (unit, name) = match all {
            0..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "µs"),
            _ => (1_000_000, "ms"),
        };
        return format!("{sign}{}{name}", decimal(all, unit));
    }
    let seconds = decimal(all % 60_000_000_000, 1_000_000_000);
    let minutes = all / 60_000_000_000;
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// `value / unit` with as many decimals as it takes.
fn decimal(value: u64, unit: u64) -> String {
    let (whole, part) = (value / unit, value % unit);
    if part == 0 {
        return whole.to_string();
    }
    let digits = unit.ilog10() as usize;
    let part = format!("{part:0digits$}");
    format!("{whole}.{}", part.trim_end_matches('0'))
}

/// Returns Go's `Truncate`: towards zero, to a multiple of `unit`.
pub fn truncate(value: i64, unit: i64) -> i64 {
    if unit <= 0 { value } else { value - value % unit }
}

/// Returns Go's `Round`: to the nearest multiple of `unit`, halves away from zero.
pub fn round(value: i64, unit: i64) -> i64 {
    if unit <= 0 {
        return value;
    }
    let rest = value % unit;
    if rest.unsigned_abs() * 2 < unit.unsigned_abs() {
        return value - rest;
    }
    let away = if value < 0 { -unit - rest } else { unit - rest };
    let end = if value < 0 { i64::MIN } else { i64::MAX };
    value.checked_add(away).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_reads_as_in_go() {
        let cases = [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (3_300_000_000, "3.3s"),
            (245_000_000_000, "4m5s"),
            (245_001_000_000, "4m5.001s"),
            (18_367_001_000_000, "5h6m7.001s"),
            (480_000_000_001, "8m0.000000001s"),
            (i64::MAX, "2562047h47m16.854775807s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ];
        for (value, text) in cases {
            assert_eq!(duration(value), text);
        }
        assert_eq!((round(-1_500, 1_000), round(1_499, 1_000)), (-2_000, 1_000));
        assert_eq!((truncate(-1_500, 1_000), truncate(7, 0)), (-1_000, 7));
    }
}
