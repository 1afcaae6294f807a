//! `stentor plan check`: good and bad folders, without a server.

use std::path::Path;

use crate::fake::{Ran, ran, stentor};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/plan");

const TEAM: &str = "\
people:
  ana: { name: Ana, email: ana@example.com, notify: [hook] }
channels:
  hook: { kind: webhook, url_file: hook-url.txt }
fallback: [person:ana]
";

const ROUTING: &str = "route: { receiver: team }\nreceivers: [{ name: team }]\n";

/// Checks a folder with these files.
fn check(files: &[(&str, &str)]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    check_folder(folder.path(), &[])
}

fn check_folder(folder: &Path, more: &[&str]) -> Ran {
    ran(stentor(&["plan", "check"]).arg(folder).args(more))
}

#[test]
fn the_example_is_good() {
    let ran = check_folder(Path::new(EXAMPLE), &[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("The plan is good: 4 people"), "{}", ran.out);
}

#[test]
fn one_alertmanager_yml_can_be_checked_and_asked_for_receivers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("am.yml");
    std::fs::write(&file, ROUTING).unwrap();
    let good = check_folder(&file, &[]);
    assert_eq!(good.code, 0, "{}", good.out);
    let route = |expected: &str| {
        let verify = format!("--verify.receivers={expected}");
        ran(stentor(&["plan", "route", "a=b", &verify, "--plan"]).arg(&file)).code
    };
    assert_eq!((route("team"), route("team,other")), (0, 1));
    std::fs::write(&file, "route: { receiver: nobody }\n").unwrap();
    assert_eq!(check_folder(&file, &[]).code, 1);
}

#[test]
fn files_that_hold_secrets_are_found_beside_the_plan_and_dotfiles_are_left_out() {
    let files = [
        ("stentor.yml", TEAM),
        ("alertmanager.yml", ROUTING),
        ("hook-url.txt", "https://hook.example.com/x\n"),
        (".stentor.yml.swp", "people: {"),
    ];
    assert_eq!(check(&files).code, 0, "{}", check(&files).out);
    let ran = check(&files[..2]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("error: stentor.yml:4:"), "{}", ran.out);
}

#[test]
fn a_problem_has_its_place_its_line_and_a_caret() {
    let routing = "route: { receiver: nobody }\nreceivers: [{ name: team }]\n";
    let hook = ("hook-url.txt", "https://hook.example.com/x");
    let ran = check(&[("stentor.yml", TEAM), ("alertmanager.yml", routing), hook]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("error: alertmanager.yml:1:"), "{}", ran.out);
    assert!(ran.out.contains("  | route: { receiver: nobody }\n  |          "), "{}", ran.out);
    assert!(ran.out.ends_with("The plan has 1 error.\n"), "{}", ran.out);
}

#[test]
fn json_lists_the_same_problems() {
    let folder = tempfile::tempdir().unwrap();
    let ran = check_folder(folder.path(), &["--output", "json"]);
    assert_eq!(ran.code, 1);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["ok"], false);
    let files: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|e| &e["file"]).collect();
    assert_eq!(files, ["alertmanager.yml", "stentor.yml"]);
}

#[test]
fn a_folder_that_is_not_there_ends_with_3_and_a_giant_file_is_refused() {
    assert_eq!(check_folder(Path::new("/nowhere/plan"), &[]).code, 3);
    let giant = "#".repeat(1024 * 1024 + 1);
    let ran = check(&[("stentor.yml", &giant)]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("stentor.yml has 1048577 bytes"), "{}", ran.err);
}
