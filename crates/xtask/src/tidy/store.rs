//! Rules about the tables.

use std::collections::BTreeSet;

use super::tree::{File, Finding, Tree, has_word};

const STORE: &str = "crates/store/src/";

/// The words before the name of a table in a statement.
const BEFORE_TABLE: [&str; 5] = ["from", "into", "join", "table", "update"];

/// Tables whose home has another name: a part that nobody looks for without its whole.
const PARTS: &[(&str, &str)] = &[("attempts", "delivery")];

/// The SQL of a table stands in one file of the store: that of its own name or its singular, or,
/// for a part of something (`incident_roles`), the file of the whole. A report may read them all.
pub(crate) fn tables_have_one_home(tree: &Tree) -> Vec<Finding> {
    let files: Vec<_> = tree.below(STORE, ".rs").filter(|file| !is_report(file)).collect();
    let mut findings = Vec::new();
    for (table, created) in tables(tree) {
        let homes = homes_of(&table);
        let home = homes.iter().find(|home| files.iter().any(|file| is_home(file, home)));
        let Some(home) = home else {
            // Before any statement names it, a table needs no home.
            let used = files.iter().any(|file| !lines_using(file, &table).is_empty());
            let why = format!("table {table} has no home: {STORE}{}.rs is missing", homes[0]);
            findings.extend(used.then(|| created.finding(why)));
            continue;
        };
        for file in files.iter().filter(|file| !is_home(file, home)) {
            let why = format!("uses table {table}, whose home is the file of {home}");
            let lines = lines_using(file, &table);
            findings.extend(lines.into_iter().map(|number| file.finding_at(number, why.clone())));
        }
    }
    findings
}

/// The tables that the migrations create, each with the file that creates it.
fn tables(tree: &Tree) -> Vec<(String, &File)> {
    let mut seen = BTreeSet::new();
    let mut tables = Vec::new();
    for file in tree.below("crates/store/", ".sql") {
        let text = file.text.to_lowercase();
        for (_, rest) in
            text.match_indices("create table ").map(|(at, c)| (at, &text[at + c.len()..]))
        {
            let rest = rest.trim_start().trim_start_matches("if not exists ");
            let name: String =
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if seen.insert(name.clone()) {
                tables.push((name, file));
            }
        }
    }
    tables
}

/// The nouns, in the singular, that the home of `table` may be named after, the best first.
fn homes_of(table: &str) -> Vec<String> {
    if let Some((_, home)) = PARTS.iter().find(|(part, _)| *part == table) {
        return vec![(*home).to_owned()];
    }
    let wholes = table.match_indices('_').rev().map(|(end, _)| &table[..end]);
    std::iter::once(table).chain(wholes).map(singular).collect()
}

fn singular(noun: &str) -> String {
    if let Some(stem) = noun.strip_suffix("ies") {
        return format!("{stem}y");
    }
    match noun {
        "people" => "person".to_owned(),
        _ => noun.strip_suffix('s').unwrap_or(noun).to_owned(),
    }
}

/// The home is a file or the folder of the noun's name, in the singular or the plural.
fn is_home(file: &File, home: &str) -> bool {
    let within = file.path.strip_prefix(STORE).unwrap_or_default();
    let name = within.split(['/', '.']).next().unwrap_or_default();
    singular(name) == home
}

fn is_report(file: &File) -> bool {
    file.is_test() || file.path.starts_with(&format!("{STORE}report"))
}

/// The lines of code that name `table` where a statement names a table.
fn lines_using(file: &File, table: &str) -> Vec<usize> {
    let mut word_before = String::new();
    let mut lines = Vec::new();
    for (number, line) in file.code() {
        for word in line.split_whitespace() {
            let word = word.trim_start_matches(['"', '(', 'r', '#']).to_lowercase();
            let after = BEFORE_TABLE.contains(&word_before.as_str());
            if after && word.starts_with(table) && has_word(&word, table) {
                lines.push(number);
            }
            word_before = word;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: (&str, &str) =
        ("crates/store/migrations/0001_start.sql", "create table pages (\n  id text\n);\n");

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        tables_have_one_home(&Tree::sample(files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_table_used_outside_its_home_is_found() {
        let files = [
            PAGES,
            ("crates/store/src/page.rs", "\"select id from pages\""),
            ("crates/store/src/incident.rs", "\"select id\n from\n pages where\""),
            ("crates/store/src/report.rs", "\"select id from pages\""),
            ("crates/store/src/tests/a.rs", "\"select id from pages\""),
        ];
        let expected = "crates/store/src/incident.rs:3: uses table pages, whose home is \
                        the file of page";
        assert_eq!(found(&files), [expected]);
    }

    #[test]
    fn a_table_that_is_used_but_has_no_home_is_found() {
        let files = [PAGES, ("crates/store/src/lib.rs", "\"update pages set\"")];
        assert_eq!(found(&files).len(), 1);
        assert_eq!(found(&files[..1]), [""; 0]);
    }

    #[test]
    fn a_longer_name_is_another_table() {
        let files = [
            PAGES,
            ("crates/store/src/page.rs", ""),
            ("crates/store/src/run.rs", "\"select 1 from pages_old\""),
        ];
        assert_eq!(found(&files), [""; 0]);
    }

    #[test]
    fn a_part_lives_with_the_whole() {
        assert_eq!(homes_of("incident_roles"), ["incident_role", "incident"]);
        assert_eq!(homes_of("deliveries"), ["delivery"]);
        assert_eq!(homes_of("attempts"), ["delivery"]);
    }
}
