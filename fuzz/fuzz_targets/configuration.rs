//! `alertmanager.yml` alone, and as a part of a plan: it is refused with problems, or it has a route.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use stentor_domain::plan::read::{self, Secrets};

struct Nothing;

impl Secrets for Nothing {
    fn env(&self, _name: &str) -> Option<String> {
        None
    }

    fn file(&self, _path: &str) -> Result<String, String> {
        Err("there is no such file".into())
    }
}

const STENTOR: &str = include_str!("../../crates/domain/src/plan/scenarios/good/stentor.yml");

fuzz_target!(|text: &str| {
    let mut files = BTreeMap::from([("alertmanager.yml".to_owned(), text.to_owned())]);
    match read::alertmanager_alone(&files, &Nothing) {
        Ok(plan) => assert!(!plan.routes.nodes.is_empty()),
        Err(problems) => assert!(!problems.is_empty()),
    }
    files.insert("stentor.yml".into(), STENTOR.into());
    let _ = read::read(&files, &Nothing);
    let turned = [("stentor.yml".to_owned(), text.to_owned())].into();
    let _ = read::read(&turned, &Nothing);
});
