use jiff::ToSpan as _;
use jiff::civil;
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap()
}

fn days(texts: &[&str]) -> Span {
    let ranges = texts.iter().map(|text| days_of_month(text).unwrap()).collect();
    Span { days_of_month: Some(ranges), ..Span::default() }
}

#[test]
fn ranges_are_read_as_the_original_reads_them() {
    let range = |first, last| Ok(Range { first, last });
    assert_eq!(times("09:00", "17:30"), range(540, 1050));
    assert_eq!(times("00:00", "24:00"), range(0, 1440));
    for (start, end) in [
        ("9:00", "17:00"),
        ("09:00", "09:00"),
        ("17:00", "09:00"),
        ("09:60", "10:00"),
        ("24:00", "24:00"),
        ("23:00", "24:01"),
        ("25:00", "26:00"),
        ("09", "10"),
        ("", ""),
        ("09:00:00", "10:00:00"),
        ("+9:00", "10:00"),
    ] {
        assert!(times(start, end).is_err(), "{start} {end}");
    }
    assert_eq!(weekdays("Monday"), range(1, 1));
    assert_eq!(weekdays("monday:FRIDAY"), range(1, 5));
    assert_eq!(weekdays("sunday:saturday"), range(0, 6));
    for text in ["friday:monday", "mon", "", "1", "monday:", "monday:tuesday:friday", " monday"] {
        assert!(weekdays(text).is_err(), "{text}");
    }
    assert_eq!(days_of_month("1"), range(1, 1));
    assert_eq!(days_of_month("1:31"), range(1, 31));
    assert_eq!(days_of_month("-3:-1"), range(-3, -1));
    assert_eq!(days_of_month("10:-5"), range(10, -5));
    assert_eq!(days_of_month("23:-5"), range(23, -5));
    for text in
        ["0", "32", "-32", "-1:1", "5:1", "-1:-3", "24:-5", "a", "", "1:2:3", "1-3", "1:0", "1.5"]
    {
        assert!(days_of_month(text).is_err(), "{text}");
    }
    assert_eq!(months("January"), range(1, 1));
    assert_eq!(months("may:8"), range(5, 8));
    assert_eq!(months("13"), range(13, 13));
    assert!(!is_month(Range { first: 13, last: 13 }) && is_month(Range { first: 0, last: 1 }));
    for text in ["jan", "december:january", "", "3:1"] {
        assert!(months(text).is_err(), "{text}");
    }
    assert_eq!(years("2026:2028"), range(2026, 2028));
    assert!(years("2028:2026").is_err() && years("mmxx").is_err());
    assert!(!is_year(Range { first: 20_260, last: 20_260 }));
}

#[test]
fn times_have_their_start_and_not_their_end() {
    let span = Span { times: Some(vec![times("09:00", "17:00").unwrap()]), ..Span::default() };
    let table = [
        ("2026-03-02T08:59:59.999Z", false),
        ("2026-03-02T09:00:00Z", true),
        ("2026-03-02T16:59:59Z", true),
        ("2026-03-02T17:00:00Z", false),
    ];
    for (moment, held) in table {
        assert_eq!(span.contains(at(moment)), held, "{moment}");
    }
    let late = Span { times: Some(vec![times("17:00", "24:00").unwrap()]), ..Span::default() };
    assert!(late.contains(at("2026-03-02T23:59:59Z")));
    assert!(!late.contains(at("2026-03-03T00:00:00Z")));
}

#[test]
fn days_of_a_month_are_cut_at_its_end() {
    let table = [
        ("-1", "2026-01-31T12:00:00Z", true),
        ("-1", "2026-01-30T12:00:00Z", false),
        ("-1", "2026-02-28T12:00:00Z", true),
        ("-1", "2028-02-28T12:00:00Z", false),
        ("-1", "2028-02-29T12:00:00Z", true),
        ("29", "2026-02-28T12:00:00Z", false),
        ("29", "2028-02-29T12:00:00Z", true),
        ("25:31", "2026-02-28T12:00:00Z", true),
        ("30:31", "2026-02-28T12:00:00Z", false),
        ("31", "2026-04-30T12:00:00Z", false),
        ("-31:-29", "2026-02-01T12:00:00Z", false),
        ("-31:-28", "2026-02-01T12:00:00Z", true),
        ("10:-5", "2026-02-24T12:00:00Z", true),
        ("10:-5", "2026-02-25T12:00:00Z", false),
        ("23:-5", "2026-02-24T12:00:00Z", true),
    ];
    for (range, moment, held) in table {
        assert_eq!(days(&[range]).contains(at(moment)), held, "{range} {moment}");
    }
}

#[test]
fn fields_are_all_needed_and_of_a_list_any() {
    let span = Span {
        weekdays: Some(vec![weekdays("saturday").unwrap(), weekdays("sunday").unwrap()]),
        months: Some(vec![months("march").unwrap()]),
        years: Some(vec![years("2026").unwrap()]),
        ..Span::default()
    };
    let table = [
        ("2026-03-07T12:00:00Z", true),
        ("2026-03-08T12:00:00Z", true),
        ("2026-03-09T12:00:00Z", false),
        ("2026-04-04T12:00:00Z", false),
        ("2027-03-06T12:00:00Z", false),
    ];
    for (moment, held) in table {
        assert_eq!(span.contains(at(moment)), held, "{moment}");
    }
    let never = Span { weekdays: Some(Vec::new()), ..Span::default() };
    assert!(!never.contains(at("2026-03-07T12:00:00Z")));
    assert!(!Interval::default().contains(at("2026-03-07T12:00:00Z")));
    let interval = Interval { spans: vec![never, span] };
    assert!(interval.contains(at("2026-03-07T12:00:00Z")));
    assert!(Interval { spans: vec![Span::default()] }.contains(at("2026-03-07T12:00:00Z")));
}

#[test]
fn the_wall_clock_of_the_location_counts() {
    let office = Span {
        times: Some(vec![times("09:00", "17:00").unwrap()]),
        zone: zone("Europe/Berlin"),
        ..Span::default()
    };
    let table = [
        // Winter and summer.
        ("2026-01-15T08:00:00Z", true),
        ("2026-01-15T07:59:00Z", false),
        ("2026-07-15T07:00:00Z", true),
        ("2026-07-15T15:00:00Z", false),
    ];
    for (moment, held) in table {
        assert_eq!(office.contains(at(moment)), held, "{moment}");
    }
    let night = |start, end| Span {
        times: Some(vec![times(start, end).unwrap()]),
        zone: zone("Europe/Berlin"),
        ..Span::default()
    };
    // 2026-03-29: the hour from 02:00 is left out; 2026-10-25: it comes twice.
    let missing = night("02:00", "03:00");
    assert!(!missing.contains(at("2026-03-29T00:59:59Z")));
    assert!(!missing.contains(at("2026-03-29T01:00:00Z")));
    assert!(missing.contains(at("2026-10-25T00:30:00Z")));
    assert!(missing.contains(at("2026-10-25T01:30:00Z")));
    assert!(!missing.contains(at("2026-10-25T02:00:00Z")));
    // A month in which the clock is put forward still has its last day.
    let last = Span { zone: zone("Europe/Berlin"), ..days(&["-1"]) };
    assert!(last.contains(at("2026-03-31T12:00:00Z")));
    assert!(!last.contains(at("2026-03-30T12:00:00Z")));
    // The date is that of the location.
    let sydney = Span {
        weekdays: Some(vec![weekdays("monday").unwrap()]),
        zone: zone("Australia/Sydney"),
        ..Span::default()
    };
    assert!(sydney.contains(at("2026-03-01T14:00:00Z")));
    assert!(!sydney.contains(at("2026-03-02T14:00:00Z")));
}

/// The rules again, as a reader of the manual would work them out with a calendar.
fn by_hand(span: &Span, at: Timestamp) -> bool {
    let there = at.to_zoned(span.zone.clone()).datetime();
    let clock = there.time();
    let in_times = |range: &Range| {
        let minutes = clock - civil::Time::midnight();
        let minutes = minutes.total(jiff::Unit::Minute).unwrap().floor() as i64;
        minutes >= range.first && minutes < range.last
    };
    let in_days = |range: &Range| {
        let first_of_month = there.date().first_of_month();
        let days: Vec<Date> =
            first_of_month.series(1.day()).take_while(|d| d.month() == there.month()).collect();
        let from_front = |n: i64| days.get(usize::try_from(n - 1).unwrap()).copied();
        let from_back = |n: i64| days.iter().rev().nth(usize::try_from(-n - 1).unwrap()).copied();
        let first = if range.first > 0 {
            let Some(first) = from_front(range.first) else { return false };
            first
        } else {
            from_back(range.first).unwrap_or(days[0])
        };
        let last = if range.last > 0 {
            from_front(range.last).unwrap_or_else(|| *days.last().unwrap())
        } else {
            let Some(last) = from_back(range.last) else { return false };
            last
        };
        first <= there.date() && there.date() <= last
    };
    let week = |range: &Range| {
        let number = i64::from(there.weekday().to_monday_one_offset()) % 7;
        range.first <= number && number <= range.last
    };
    let all = |ranges: &Option<Vec<Range>>, holds: &dyn Fn(&Range) -> bool| match ranges {
        None => true,
        Some(ranges) => ranges.iter().filter(|range| holds(range)).count() > 0,
    };
    let (month, year) = (i64::from(there.month()), i64::from(there.year()));
    all(&span.times, &in_times)
        && all(&span.days_of_month, &in_days)
        && all(&span.weekdays, &week)
        && all(&span.months, &|range| month >= range.first && month <= range.last)
        && all(&span.years, &|range| year >= range.first && year <= range.last)
}

fn some(ranges: impl Strategy<Value = Range>) -> impl Strategy<Value = Option<Vec<Range>>> {
    proptest::option::of(proptest::collection::vec(ranges, 0..3))
}

fn within(first: i64, last: i64) -> impl Strategy<Value = Range> {
    (first..=last, first..=last).prop_map(|(a, b)| Range { first: a.min(b), last: a.max(b) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_minute_is_where_the_calendar_puts_it(
        times in some(within(0, 1440)),
        weekdays in some(within(0, 6)),
        texts in proptest::option::of(proptest::collection::vec((-31i64..=31, -31i64..=31), 1..3)),
        months in some(within(1, 12)),
        years in some(within(2025, 2029)),
        name in proptest::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York",
            "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]),
        start in 1_735_689_600i64..1_861_920_000,
    ) {
        let days_of_month = texts.map(|texts| {
            texts.iter().filter_map(|(a, b)| days_of_month(&format!("{a}:{b}")).ok()).collect()
        });
        let span = Span { times, weekdays, days_of_month, months, years, zone: zone(name) };
        let start = Timestamp::from_second(start).unwrap();
        for minute in (0..3 * 1440).step_by(7) {
            let moment = start + minute.minutes();
            prop_assert_eq!(span.contains(moment), by_hand(&span, moment), "{}", moment);
        }
    }
}
