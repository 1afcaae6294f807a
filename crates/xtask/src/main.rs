//! `cargo xtask`: the tasks behind `make`. Nothing here is part of the product.
//!
//! It depends on next to nothing, because every `make` target waits for it to be built.
#![expect(clippy::print_stdout, reason = "a task talks to the person who started it")]

mod bench;
mod changelog;
mod check;
mod command;
mod fuzz;
mod packages;
mod run;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask TASK

  run [ARGS]           build and start `stentor serve` with the example plan
  demo [ARGS]          run `stentor demo`
  sim [--seeds N]      simulate N random worlds
  fuzz [--seconds N]   run each fuzz target for 60 s, or N
  test                 install the packages that are missing, run every test
  check                format, lints, tidy, licences
  tidy                 only the rules of the house
  bench [--alerts N] [--rounds N] [--write]
                       measure against Alertmanager
  changelog VERSION    join changelog.d/ into CHANGELOG.md
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.split_first() {
        Some((&"run", rest)) => run::serve(rest),
        Some((&"demo", rest)) => run::demo(rest),
        Some((&"sim", rest)) => run::sim(rest),
        Some((&"fuzz", rest)) => fuzz::run(rest),
        Some((&"test", [])) => return exit_code(test::run()),
        Some((&"check", [])) => check::run(),
        Some((&"tidy", [])) => tidy::run(),
        Some((&"bench", rest)) => bench::run(rest),
        Some((&"changelog", [version])) => changelog::run(version),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    exit_code(done.map(|()| true))
}

/// `Ok(false)` is a task that has already said why it failed.
fn exit_code(done: anyhow::Result<bool>) -> ExitCode {
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
