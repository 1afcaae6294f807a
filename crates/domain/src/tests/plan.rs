//! The plan that the tests of this crate decide by: the files beside the scenarios.

use std::collections::BTreeMap;

use crate::plan::Plan;
use crate::plan::read::{Secrets, read};

/// A plan as its files, so that a test can edit it.
pub(crate) struct Files(BTreeMap<String, String>);

/// An environment and a disk without any secret.
pub(crate) struct NoSecrets;

impl Secrets for NoSecrets {
    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Err("no such file".into())
    }
}

impl Files {
    pub(crate) fn new() -> Self {
        let files = [
            ("stentor.yml", include_str!("../scenarios/plan/stentor.yml")),
            ("alertmanager.yml", include_str!("../scenarios/plan/alertmanager.yml")),
        ];
        Self(files.into_iter().map(|(path, text)| (path.into(), text.into())).collect())
    }

    /// Puts `new` where `old` stands, in whichever file has it.
    pub(crate) fn edit(&mut self, old: &str, new: &str) {
        let found = self.0.values_mut().find(|text| text.contains(old));
        let text = found.unwrap_or_else(|| panic!("no file of the plan contains `{old}`"));
        *text = text.replace(old, new);
    }

    pub(crate) fn read(&self) -> Plan {
        read(&self.0, &NoSecrets).unwrap_or_else(|problems| {
            let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("{}", shown.join("\n"))
        })
    }
}

/// The plan as it stands in the files.
pub(crate) fn plan() -> Plan {
    Files::new().read()
}
