//! The table of templates says what Debian's amtool prints. `UPDATE=1` writes it down.
//!
//! The table is played against Stentor's own interpreter by the tests of `domain`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The default templates of Debian's Alertmanager, which its amtool reads only when told to.
const DEFAULTS: &str = "--template.glob=/usr/share/prometheus/alertmanager/*.tmpl";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/testdata/templates")
}

/// What amtool prints, as the table has it.
fn outcome(kind: &str, data: &str, template: &str) -> String {
    let ended = Command::new("/usr/bin/amtool")
        .args(["template", "render", DEFAULTS])
        .arg(format!("--template.type={kind}"))
        .arg(format!("--template.data={}", folder().join(format!("{data}.json")).display()))
        .arg(format!("--template.text={template}"))
        .output()
        .expect("amtool can be run: apt-get install prometheus-alertmanager");
    if ended.status.success() {
        return format!("\n{}", String::from_utf8_lossy(&ended.stdout));
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    format!(" error\n{}", said.trim().trim_start_matches("amtool: error: "))
}

#[test]
fn the_table_of_templates_is_amtools() {
    let path = folder().join("amtool.txt");
    let table = fs::read_to_string(&path).unwrap();
    let mut cases = table.trim_end_matches('\n').split("\n=== ");
    let mut found = cases.next().unwrap().to_owned();
    let mut count = 0;
    for case in cases {
        let (head, rest) = case.split_once('\n').unwrap();
        let (kind, data) = head.split_once(' ').unwrap();
        let template = rest.split_once("\n---").map_or(rest, |(template, _)| template);
        let outcome = outcome(kind, data, template);
        found.push_str(&format!("\n=== {head}\n{template}\n---{outcome}"));
        count += 1;
    }
    found.push('\n');
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let differs = table.lines().zip(found.lines()).find(|(old, new)| old != new);
    assert!(table == found, "amtool differs from {}: {differs:?}", path.display());
    assert!(count >= 120, "the table has {count} cases");
}
