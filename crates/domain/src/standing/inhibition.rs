//! Which alert inhibits another: for each rule, its sources by the values of the labels that must be equal.

use std::collections::BTreeMap;

use foldhash::HashMap;

use super::Slot;
use crate::inhibition::Rule;
use crate::labels::Fingerprint;

/// The rules of the plan in force with the alerts that are their sources and fire.
#[derive(Debug, Default)]
pub(super) struct Inhibition(Vec<Indexed>);

#[derive(Debug)]
struct Indexed {
    rule: Rule,
    /// By the values of `equal`.
    sources: HashMap<Vec<u8>, Sources>,
}

/// For each source whether it is a target of the same rule, so that it inhibits no alert that is a source as well.
type Sources = BTreeMap<Slot, bool>;

impl Inhibition {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let indexed = |rule: &Rule| Indexed { rule: rule.clone(), sources: HashMap::default() };
        Self(rules.iter().map(indexed).collect())
    }

    pub(super) fn add<'v>(&mut self, slot: Slot, value_of: &impl Fn(&str) -> &'v str) {
        for Indexed { rule, sources } in &mut self.0 {
            if rule.source.accept(value_of) {
                let is_target = rule.target.accept(value_of);
                sources.entry(key(&rule.equal, value_of)).or_default().insert(slot, is_target);
            }
        }
    }

    pub(super) fn remove<'v>(&mut self, slot: Slot, value_of: &impl Fn(&str) -> &'v str) {
        for Indexed { rule, sources } in &mut self.0 {
            if !rule.source.accept(value_of) {
                continue;
            }
            let key = key(&rule.equal, value_of);
            let Some(equal) = sources.get_mut(&key) else { continue };
            equal.remove(&slot);
            if equal.is_empty() {
                sources.remove(&key);
            }
        }
    }

    /// Returns the first alert that inhibits one with these labels; `alive` returns who is in a slot and fires.
    ///
    /// An alert that is both source and target of a rule is inhibited only by sources that are no targets, so that
    /// none inhibits itself and no two inhibit each other. Source: Alertmanager 0.25–0.34, `inhibit.Inhibitor.Mutes`.
    pub(super) fn inhibiting<'v>(
        &self,
        value_of: &impl Fn(&str) -> &'v str,
        alive: impl Fn(Slot) -> Option<Fingerprint>,
    ) -> Option<Fingerprint> {
        self.0.iter().find_map(|Indexed { rule, sources }| {
            if !rule.target.accept(value_of) {
                return None;
            }
            let equal = sources.get(&key(&rule.equal, value_of))?;
            let is_source = rule.source.accept(value_of);
            let mut able = equal.iter().filter(|(_, is_target)| !(is_source && **is_target));
            able.find_map(|(slot, _)| alive(*slot))
        })
    }
}

/// Returns the values of the labels that must be equal, each with an end that no text contains.
fn key<'v>(equal: &[String], value_of: &impl Fn(&str) -> &'v str) -> Vec<u8> {
    equal.iter().flat_map(|name| value_of(name).bytes().chain([0xff])).collect()
}
