//! Matchers in both dialects: what was read is read again from its own words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stentor_domain::matchers::parse;

fuzz_target!(|text: &str| {
    if let Ok(matcher) = parse::matcher(text)
        && !matcher.name.is_empty()
    {
        let again = parse::matcher(&matcher.to_string()).expect("its own words are understood");
        assert_eq!(
            (&matcher.name, matcher.op, &matcher.value),
            (&again.name, again.op, &again.value)
        );
    }
    // As in the original, a name in quotes may be empty, and is printed without them.
    if let Ok(matchers) = parse::matchers(text)
        && matchers.0.iter().all(|matcher| !matcher.name.is_empty())
    {
        let again = parse::matchers(&matchers.to_string()).expect("their own words are understood");
        assert!(matchers.same_as(&again), "{matchers} became {again}");
    }
});
