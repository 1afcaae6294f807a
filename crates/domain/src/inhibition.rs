//! Inhibition: which alerts are not told because a graver one fires.

use crate::matchers::Matchers;

/// One entry of `inhibit_rules` in `alertmanager.yml`.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// As the file calls it; may be empty.
    pub name: String,
    /// Which firing alerts inhibit.
    pub source: Matchers,
    /// Which alerts are inhibited.
    pub target: Matchers,
    /// Labels that must have the same value in both; a label that both lack is equal.
    pub equal: Vec<String>,
}
