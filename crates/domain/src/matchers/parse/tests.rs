use super::*;
use crate::labels::Labels;

/// What the original answers: the matchers as it prints them, or that it refuses.
const TABLE: &[(&str, Option<&str>)] = &[
    ("", Some("{}")),
    ("{}", Some("{}")),
    (" ", Some("{}")),
    ("a=b", Some(r#"{a="b"}"#)),
    (r#"a="b""#, Some(r#"{a="b"}"#)),
    ("{a=b}", Some(r#"{a="b"}"#)),
    (" { a = b , c != d } ", Some(r#"{a="b",c!="d"}"#)),
    ("a=b,", Some(r#"{a="b"}"#)),
    ("{a=b,}", Some(r#"{a="b"}"#)),
    ("a=~b.*,c!~d", Some(r#"{a=~"b.*",c!~"d"}"#)),
    (r#"a="b,c""#, Some(r#"{a="b,c"}"#)),
    (r#"a="b\"c""#, Some(r#"{a="b\"c"}"#)),
    (r#"a="b\\c""#, Some(r#"{a="b\\c"}"#)),
    (r#"a="b\nc""#, Some(r#"{a="b\nc"}"#)),
    (r#"a="""#, Some(r#"{a=""}"#)),
    ("a!=\"\"", Some(r#"{a!=""}"#)),
    // Classic only.
    ("a=", Some(r#"{a=""}"#)),
    ("a=b c", Some(r#"{a="b c"}"#)),
    ("a='b'", Some(r#"{a="'b'"}"#)),
    ("sev=~'warn|crit'", Some(r#"{sev=~"'warn|crit'"}"#)),
    ("{a=b", Some(r#"{a="b"}"#)),
    ("a=b}", Some(r#"{a="b"}"#)),
    (r#"a="b\dc""#, Some(r#"{a="b\\dc"}"#)),
    (r#"a=~"\d+""#, Some(r#"{a=~"\\d+"}"#)),
    (r"a=b\", Some(r#"{a="b\\"}"#)),
    ("a=b=c", Some(r#"{a="b=c"}"#)),
    ("a=~b{2}", Some(r#"{a=~"b{2"}"#)),
    ("{a=b}}x", Some(r#"{a="b}}x"}"#)),
    ("a=b!c", Some(r#"{a="b!c"}"#)),
    ("a==b", Some(r#"{a="=b"}"#)),
    ("a=~~b", Some(r#"{a=~"~b"}"#)),
    ("a:b=c", Some(r#"{a:b="c"}"#)),
    (r#"{a="1",b="2"}"#, Some(r#"{a="1",b="2"}"#)),
    // The two disagree: the classic answer counts.
    (r#"a="b\tc""#, Some(r#"{a="b\\tc"}"#)),
    (r#"a="\x41""#, Some(r#"{a="\\x41"}"#)),
    (r#"a="\u00e9""#, Some(r#"{a="\\u00e9"}"#)),
    // UTF-8 only.
    ("é=b", Some(r#"{é="b"}"#)),
    (r#""a b"=c"#, Some(r#"{"a b"="c"}"#)),
    (r#""a"="b""#, Some(r#"{a="b"}"#)),
    ("a-b=c", Some(r#"{a-b="c"}"#)),
    ("a.b=~c", Some(r#"{a.b=~"c"}"#)),
    ("1a=b", Some(r#"{1a="b"}"#)),
    (r#""\x41"=b"#, Some(r#"{A="b"}"#)),
    (r#""\u00e9"="\t""#, Some("{é=\"\t\"}")),
    ("{\"a,b\"=\"}\"}", Some(r#"{"a,b"="}"}"#)),
    ("🙂=🙂", Some(r#"{🙂="🙂"}"#)),
    // Refused by both.
    ("a", None),
    ("=b", None),
    ("a b=c", None),
    ("a,b=c", None),
    ("a=b,,c=d", None),
    (",", None),
    (",a=b", None),
    (r#"a="b"#, None),
    (r#"a="b"c"#, None),
    (r#"a=b"c"#, None),
    ("a!b", None),
    ("a~b", None),
    ("a=~(", None),
    ("a=~*", None),
    (r#"é="\q""#, None),
    ("'a'=b", None),
    ("a\\=b", None),
];

#[test]
fn matchers_read_as_in_the_original() {
    for (text, wanted) in TABLE {
        let found = matchers(text).ok().map(|found| found.to_string());
        assert_eq!(found.as_deref(), *wanted, "{text}");
    }
}

#[test]
fn a_single_matcher_has_no_braces_and_is_alone() {
    for (text, wanted) in [("a=b", "a=\"b\""), (" a =~ b ", "a=~\"b\""), ("é=b", "é=\"b\"")] {
        assert_eq!(matcher(text).map(|found| found.to_string()).as_deref(), Ok(wanted), "{text}");
    }
    // A classic value is bare to the end, commas included.
    assert_eq!(matcher("a=b,c=d").map(|found| found.value).as_deref(), Ok("b,c=d"));
    let at = |text| matcher(text).map(|_| ()).map_err(|error| error.at);
    assert_eq!(at("{a=b}"), Err(0));
    assert_eq!(at("a=b}"), Err(3));
    assert_eq!(at(""), Err(0));
    assert_eq!(at("é=b,é=c"), Err(0));
}

#[test]
fn an_error_knows_its_place() {
    let at = |text| matchers(text).map(|_| ()).unwrap_err();
    assert_eq!(
        at("éé"),
        MatcherError {
            at: 2, why: "`=`, `!=`, `=~` or `!~` must follow `éé`, not the end".into()
        }
    );
    assert_eq!(at("a=b,  =c").at, 6);
    assert_eq!(at(r#"a=b, c="d"#).at, 7);
    assert_eq!(at("a=b, c=~(d").at, 8);
    assert_eq!(at(r#"é="a\q""#).at, 4);
    assert_eq!(
        at("a=b,{c=d"),
        MatcherError { at: 4, why: "a label's name is missing before `{`".into() }
    );
}

/// Pattern, value, whether Go's engine says that it fits.
const PATTERNS: &[(&str, &str, bool)] = &[
    ("a|b", "a", true),
    ("a|b", "ab", false),
    ("produ.*", "production", true),
    ("produ.*", "reproduction", false),
    (".*", "", true),
    (".+", "", false),
    (".*", "a\nb", false),
    ("(?s).*", "a\nb", true),
    (r"\d+", "42", true),
    (r"\d+", "٤٢", false),
    (r"\w+", "a_1", true),
    (r"\w+", "é", false),
    (r"\W", "é", true),
    (r"[\w-]+", "a-1", true),
    (r"[^\d]", "٤", true),
    (r"[\D]", "4", false),
    (r"\s", "\u{a0}", false),
    (r"\s", "\u{b}", false),
    (r"a\b.*", "aé", true),
    (r"a\B.*", "ab", true),
    (r"\<a\>", "<a>", true),
    (r"\Qa.b\E", "a.b", true),
    (r"\Qa.b\E", "axb", false),
    (r"\Q[x", "[x", true),
    ("a{", "a{", true),
    ("a{x}", "a{x}", true),
    ("{", "{", true),
    ("a{,2}", "a{,2}", true),
    ("a{2}", "aa", true),
    ("a{2,}", "aaa", true),
    ("a{1,2}?", "a", true),
    ("a}", "a}", true),
    ("a]", "a]", true),
    ("[]a]+", "]a", true),
    ("[^]a]", "b", true),
    ("[a[b]+", "a[b", true),
    ("[a&&b]+", "&", true),
    ("[a~~b]+", "~", true),
    ("[--a]", "5", true),
    ("[a-]+", "a-", true),
    ("[a-c-e]+", "b-e", true),
    ("[[:alpha:]]+", "ab", true),
    ("[[:^alpha:]]+", "12", true),
    ("[[:alpha:]]+", "é", false),
    (r"[\]\\]+", r"\]", true),
    (r"\pL+", "é", true),
    (r"\p{Greek}", "α", true),
    (r"\p{^Greek}", "α", false),
    (r"\x41\x{42}\103", "ABC", true),
    (r"\.\/\-\_", "./-_", true),
    ("(?i)prod", "PROD", true),
    ("(?P<env>prod)(?:x)(y)", "prodxy", true),
    ("(?i:A)b", "ab", true),
    (r"\Aab\z", "ab", true),
    ("^ab$", "ab", true),
    ("(?m)^a$", "a", true),
    (r"\b{start}*", "{start", false),
    (r"a{start}*", "a{start", true),
    ("é+", "éé", true),
    ("#a b", "#a b", true),
];

const REFUSED: &[&str] = &[
    "(",
    ")",
    "[",
    "[]",
    "a**",
    "a++",
    "a{2}{3}",
    "*a",
    "(?x)a",
    "(?=a)",
    "(?<!a)",
    r"\1",
    r"\Z",
    r"\h",
    r"\E",
    r"\",
    "[b-a]",
    "[[:nope:]]",
    r"\pé",
    r"\x4",
    r"\u0041",
    "(?P<a",
    "(?P<é>a)",
    r"[a-\d]",
    "a{1001}",
    "(?",
];

#[test]
fn patterns_mean_what_they_mean_in_go() {
    let name = "a";
    for (pattern, value, wanted) in PATTERNS {
        let matcher = Matcher::new(name, Op::Fits, pattern);
        let matcher = matcher.unwrap_or_else(|why| panic!("{pattern}: {why}"));
        assert_eq!(matcher.accepts(value), *wanted, "{pattern} on {value}");
        let labels: Labels = [(name, *value)].into_iter().collect();
        let not = Matchers(vec![Matcher::new(name, Op::FitsNot, pattern).unwrap()]);
        assert_eq!(not.matches(&labels), !*wanted, "{pattern} on {value}");
    }
}

#[test]
fn patterns_that_go_refuses_are_refused() {
    for pattern in REFUSED {
        assert!(Matcher::new("a", Op::Fits, pattern).is_err(), "{pattern}");
    }
}

#[test]
fn a_missing_label_is_the_empty_text() {
    let none = Labels::default();
    let fits = |text: &str| matchers(text).unwrap().matches(&none);
    assert!(
        fits("foo!=x")
            && fits("foo=~\".*\"")
            && fits("foo=\"\"")
            && fits("foo!~\".+\"")
            && fits("{}")
    );
    assert!(!fits("foo=x") && !fits("foo=~\".+\"") && !fits("foo!=\"\""));
}

#[test]
fn a_matcher_is_printed_as_in_the_original() {
    let printed = |name, value| Matcher::new(name, Op::Equals, value).unwrap().to_string();
    assert_eq!(printed("a", "q\"b\\n\n"), r#"a="q\"b\\n\n""#);
    // Only three signs are escaped: the classic dialect would read `\t` as a backslash and a letter.
    assert_eq!(printed("a", "\t\u{a0}"), "a=\"\t\u{a0}\"");
    assert_eq!(printed("ö.b", "x"), "ö.b=\"x\"");
    assert_eq!(printed("a b", "\tx"), r#""a b"="\tx""#);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn reading_and_compiling_never_panic(text in "[a-c{}=!~,\"\\\\'\\[\\]()*+?|^$.:PQEx0-9 é\n-]{0,24}") {
        let _ = matchers(&text);
        let _ = matcher(&text);
        let _ = Matcher::new("a", Op::Fits, &text);
    }

    #[test]
    fn what_is_printed_reads_the_same(name in "[a-z.é {\t\"]{1,4}", value in "[a-z\"\\\\ ,{}=é\t\n\u{a0}\u{0}]{0,8}") {
        let one = Matchers(vec![Matcher::new(&name, Op::Equals, &value).unwrap()]);
        proptest::prop_assert!(matchers(&one.to_string()).unwrap().same_as(&one));
        proptest::prop_assert!(matcher(&one.0[0].to_string()).is_ok_and(|it| it.value == value));
    }
}
