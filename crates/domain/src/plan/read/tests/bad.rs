//! Bad plans: each case changes the good one, and names every problem that is then found.
//!
//! In `scenarios/bad.txt` lines with `-` are taken out of the good plan, those with `+` put in instead, and `>` is what
//! is said. `UPDATE=1` rewrites what is said.

use super::*;

const CASES: &str = include_str!("../../scenarios/bad.txt");

struct Case {
    name: String,
    old: String,
    new: String,
    said: String,
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in CASES.lines() {
        let (sign, rest) = line.split_at(line.len().min(2));
        match (sign.trim_end(), cases.last_mut()) {
            ("#", _) => {
                let [old, new, said] = [const { String::new() }; 3];
                cases.push(Case { name: rest.to_owned(), old, new, said });
            }
            ("-", Some(case)) => case.old += &format!("{rest}\n"),
            ("+", Some(case)) => case.new += &format!("{rest}\n"),
            (">", Some(case)) => case.said += &format!("{rest}\n"),
            ("", _) => {}
            (other, _) => panic!("a line of bad.txt starts with {other}"),
        }
    }
    cases
}

fn said(case: &Case) -> String {
    // Whole lines only: `fallback:` of the file is not the one of a policy.
    let changed = |text: &str| {
        let lined = format!("\n{text}");
        let (before, after) = lined.split_once(&format!("\n{}", case.old))?;
        Some(format!("{before}\n{}{after}", case.new).trim_start_matches('\n').to_owned())
    };
    let stentor = changed(STENTOR);
    let alertmanager = if stentor.is_some() { None } else { changed(ALERTMANAGER) };
    assert!(
        stentor.is_some() || alertmanager.is_some(),
        "`{}` takes out what is not there",
        case.name
    );
    let stentor = stentor.as_deref().unwrap_or(STENTOR);
    match read(&files(stentor, alertmanager.as_deref().unwrap_or(ALERTMANAGER)), &Known) {
        Ok(_) => "nothing is wrong\n".to_owned(),
        Err(problems) => first_lines(&problems),
    }
}

#[test]
fn every_bad_plan_is_refused_with_its_places_and_mends() {
    let cases = cases();
    assert!(cases.len() >= 30);
    let prefixed = |sign: &str, text: &str| -> String {
        text.lines().map(|line| format!("{sign} {line}").trim_end().to_owned() + "\n").collect()
    };
    let rewritten: Vec<String> = cases
        .iter()
        .map(|case| {
            let Case { name, old, new, .. } = case;
            let parts = [prefixed("-", old), prefixed("+", new), prefixed(">", &said(case))];
            format!("# {name}\n{}", parts.concat())
        })
        .collect();
    if std::env::var_os("UPDATE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/plan/scenarios/bad.txt");
        std::fs::write(path, rewritten.join("\n")).unwrap();
        return;
    }
    for case in &cases {
        assert_eq!(said(case), case.said, "{}", case.name);
        assert_ne!(case.said, "nothing is wrong\n", "{}", case.name);
    }
}
