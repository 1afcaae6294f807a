//! The command line as a whole, and its reference page.

use std::fmt::Write as _;
use std::path::Path;

use clap::CommandFactory as _;

use super::*;

/// Visits every command below `command`, each with its whole name.
fn visit(command: &clap::Command, name: &str, look: &mut impl FnMut(&str, &clap::Command)) {
    look(name, command);
    for sub in command.get_subcommands() {
        visit(sub, &format!("{name} {}", sub.get_name()), look);
    }
}

fn built() -> clap::Command {
    let mut command = Cli::command().term_width(100);
    command.build();
    command
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_has_examples_of_itself() {
    visit(&built(), "stentor", &mut |name, command| {
        if command.has_subcommands() && name != "stentor oncall" {
            return;
        }
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.starts_with("Examples:\n"), "{name} has no examples");
        assert!(help.contains(&format!("\n  {name}")), "the examples of {name} are of another");
    });
}

#[test]
fn every_command_but_the_servers_prints_a_table_or_json() {
    let without = ["stentor serve", "stentor alertmanager", "stentor completions"];
    visit(&built(), "stentor", &mut |name, command| {
        let has = command.get_arguments().any(|argument| argument.get_id() == "output");
        let leaf = !command.has_subcommands();
        assert!(!leaf || has != without.contains(&name), "{name}: --output is there: {has}");
    });
}

/// Splits a line as a shell does, as far as the examples need it; what is redirected is left out.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (vec![], String::new(), false);
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            '>' if !quoted => break,
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_example_can_be_typed() {
    visit(&built(), "stentor", &mut |name, command| {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let help = help.replace("\\\n", "");
        for line in help.lines().filter(|line| line.starts_with("  stentor ")) {
            let parsed = Cli::try_parse_from(words(line));
            assert!(parsed.is_ok(), "{name}: {line}: {}", parsed.unwrap_err());
        }
    });
}

const SHARED: &str = "Server and output";

/// Returns the help of a command, without the options that all clients of the server share, or of those alone.
fn help(command: &clap::Command, name: &str, shared: bool) -> String {
    let hide = |arg: clap::Arg| {
        let is_shared = arg.get_help_heading() == Some(SHARED);
        if is_shared == shared { arg } else { arg.hide(true) }
    };
    let mut command = command.clone().term_width(100).bin_name(name).mut_args(hide);
    let help = command.render_help().to_string();
    help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

#[test]
fn the_reference_page_is_up_to_date() {
    let mut page = String::from(
        "# Command line\n\nOne program: the server, and every command to work with it. This page is generated from \
         `stentor --help`.\n",
    );
    visit(&built(), "stentor", &mut |name, command| {
        write!(page, "\n## {name}\n\n```text\n{}\n```\n", help(command, name, false)).unwrap();
    });
    let list = built().find_subcommand("page").unwrap().find_subcommand("list").unwrap().clone();
    let shared = help(&list, "stentor", true);
    let (_, shared) = shared.split_once(&format!("{SHARED}:\n")).unwrap();
    let (shared, _) = shared.split_once("\n\n").unwrap();
    write!(page, "\n## {SHARED}\n\nEvery command that asks the server has these options:\n")
        .unwrap();
    write!(page, "\n```text\n{shared}\n```\n").unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/cli.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/reference/cli.md is out of date (UPDATE=1 rewrites it)");
}
