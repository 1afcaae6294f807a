//! Files that Debian's Alertmanager 0.25.0 wrote, and damaged ones.

use proptest::prelude::*;

use super::*;

/// One silence with a matcher of each kind, made with amtool.
const SILENCES: &str = "\
    ba010aa9010a2431326263373831632d366332632d346261612d393164302d32346632363434613463366212\
    121209616c6572746e616d651a054d75746564121408011208696e7374616e63651a067765622d2e2a120c08\
    0212047a6f6e651a026575120f080312047261636b1a05725b31325d1a0c088b9fa7d80610bdbadbc803220c\
    08abd7a7d8061080aa85c4032a0c088b9fa7d80610bdbadbc8034203616e614a096120636f6d6d656e74120c\
    08ab86c2d8061080aa85c403";

/// One group that was told to two webhooks of a receiver.
const NFLOG: &str = "\
    570a470a197b7d3a7b616c6572746e616d653d224469736b46756c6c227d12110a04686f6f6b120777656268\
    6f6f6b18012a0c088c9fa7d80610a2fbbcda023209dfddcae09ddbb89165120c088c80a9d80610a2fbbcda02\
    550a450a197b7d3a7b616c6572746e616d653d224469736b46756c6c227d120f0a04686f6f6b120777656268\
    6f6f6b2a0c088c9fa7d80610aebba08a033209dfddcae09ddbb89165120c088c80a9d80610aebba08a03";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hex.chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[test]
fn a_silence_is_read_with_every_kind_of_matcher() {
    let found = silences(&bytes(SILENCES)).unwrap();
    let [silence] = &found[..] else { panic!("{found:?}") };
    assert_eq!(silence.id, "12bc781c-6c2c-4baa-91d0-24f2644a4c6b");
    let matchers = r#"{alertname="Muted",instance=~"web-.*",zone!="eu",rack!~"r[12]"}"#;
    assert_eq!(silence.matchers.to_string(), matchers);
    assert_eq!((silence.created_by.as_str(), silence.comment.as_str()), ("ana", "a comment"));
    assert_eq!(silence.starts_at, silence.updated_at);
    let hours = silence.ends_at.duration_since(silence.starts_at).as_secs_f64() / 3600.0;
    assert!((hours - 2.0).abs() < 0.01, "{silence:?}");
    // It is kept for 120 h after its end.
    let kept = silence.expires_at.duration_since(silence.ends_at);
    assert_eq!(kept.as_secs(), 120 * 3600);
}

/// Returns a field that holds bytes, all shorter than 128.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

fn matcher_of(name: &str, pattern: &str) -> Vec<u8> {
    [field(2, name.as_bytes()), field(3, pattern.as_bytes())].concat()
}

/// A file with one silence whose matchers stand in `sets`, and those of the first beside them for older versions.
fn silence_of_sets(sets: &[&[Vec<u8>]]) -> Vec<u8> {
    let all = |set: &[Vec<u8>], number| -> Vec<u8> {
        set.iter().flat_map(|matcher| field(number, matcher)).collect()
    };
    let mut silence = field(1, b"an-id");
    silence.extend(sets.first().map(|first| all(first, 2)).unwrap_or_default());
    silence.extend(sets.iter().flat_map(|set| field(11, &all(set, 1))));
    let entry = field(1, &silence);
    [vec![u8::try_from(entry.len()).unwrap()], entry].concat()
}

#[test]
fn a_silence_of_several_sets_becomes_one_for_each() {
    let (both, other) = ([matcher_of("a", "1"), matcher_of("b", "2")], [matcher_of("c", "3")]);
    let read = |sets: &[&[Vec<u8>]]| -> Vec<_> {
        let found = silences(&silence_of_sets(sets)).unwrap();
        found.into_iter().map(|one| (one.id, one.matchers.to_string())).collect()
    };
    let first = ("an-id".to_owned(), r#"{a="1",b="2"}"#.to_owned());
    assert_eq!(read(&[&both]), std::slice::from_ref(&first));
    let second = ("an-id-2".to_owned(), r#"{c="3"}"#.to_owned());
    assert_eq!(read(&[&both, &other]), [first, second]);
    let fault = silences(&silence_of_sets(&[&other, &[]])).unwrap_err();
    assert_eq!(fault.why, "the silence an-id has no matchers");
}

#[test]
fn the_notification_log_is_read_with_both_integrations() {
    let mut found = notified(&bytes(NFLOG)).unwrap();
    found.sort_by_key(|entry| entry.index);
    let [first, second] = &found[..] else { panic!("{found:?}") };
    for (at, entry) in [(0, first), (1, second)] {
        assert_eq!(entry.group_key, r#"{}:{alertname="DiskFull"}"#);
        assert_eq!((entry.receiver.as_str(), entry.integration.as_str()), ("hook", "webhook"));
        assert_eq!((entry.index, entry.firing.len(), entry.resolved.len()), (at, 1, 0));
        assert!(entry.expires_at > entry.at);
    }
    assert_eq!(first.firing, second.firing);
}

#[test]
fn an_empty_file_holds_nothing() {
    assert!(silences(&[]).is_ok_and(|found| found.is_empty()));
    assert_eq!(notified(&[]), Ok(vec![]));
}

#[test]
fn a_file_that_ends_too_early_is_damaged() {
    let whole = bytes(SILENCES);
    for end in 1..whole.len() {
        assert!(silences(&whole[..end]).is_err(), "{end}");
    }
    let nflog = bytes(NFLOG);
    let fault = notified(&nflog[..nflog.len() - 1]).unwrap_err();
    assert_eq!(fault.to_string(), "the entry at byte 88 cannot be read: it ends too early");
}

#[test]
fn bytes_at_random_are_refused_and_never_panic() {
    let mut state = 7_u64;
    for _ in 0..2_000 {
        let noise: Vec<u8> = (0..40)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                state.to_be_bytes()[0]
            })
            .collect();
        let _ = (silences(&noise), notified(&noise));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        noise in prop::collection::vec(any::<u8>(), 0..60),
        at in 0..400_usize,
        byte in any::<u8>(),
    ) {
        let mut files = [bytes(SILENCES), bytes(NFLOG), noise];
        for file in &mut files {
            let at = at % file.len().max(1);
            if let Some(one) = file.get_mut(at) {
                *one = byte;
            }
            for damaged in [silences(file).err(), notified(file).err()].into_iter().flatten() {
                prop_assert!(damaged.at < file.len());
            }
        }
    }
}
