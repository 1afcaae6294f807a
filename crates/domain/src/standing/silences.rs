//! Which silences hit an alert: each is found under one of its labels.

use std::sync::Arc;

use foldhash::HashMap;
use jiff::Timestamp;

use crate::matchers::Op;
use crate::silence::{Silence, State};

/// Silences under one `label="value"` that they need; those that need none are asked for every alert.
#[derive(Debug, Default)]
pub(super) struct Silences {
    by_id: HashMap<String, Arc<Silence>>,
    by_label: HashMap<String, HashMap<String, Vec<Arc<Silence>>>>,
    rest: Vec<Arc<Silence>>,
}

impl Silences {
    pub(super) fn put(&mut self, silence: Silence) {
        self.remove(&silence.id);
        let silence = Arc::new(silence);
        self.by_id.insert(silence.id.clone(), Arc::clone(&silence));
        match self.best_label(&silence) {
            Some((name, value)) => {
                let values = self.by_label.entry(name).or_default();
                values.entry(value).or_default().push(silence);
            }
            None => self.rest.push(silence),
        }
    }

    /// Returns the equality under which the fewest silences stand.
    fn best_label(&self, silence: &Silence) -> Option<(String, String)> {
        let equalities = silence
            .matchers
            .0
            .iter()
            .filter(|matcher| matcher.op == Op::Equals && !matcher.value.is_empty());
        let crowd = |name: &str, value: &str| {
            self.by_label.get(name).and_then(|values| values.get(value)).map_or(0, Vec::len)
        };
        let best = equalities.min_by_key(|matcher| crowd(&matcher.name, &matcher.value))?;
        Some((best.name.clone(), best.value.clone()))
    }

    pub(super) fn remove(&mut self, id: &str) {
        if self.by_id.remove(id).is_none() {
            return;
        }
        let before = self.rest.len();
        self.rest.retain(|silence| silence.id != id);
        if self.rest.len() < before {
            return;
        }
        self.by_label.retain(|_, values| {
            values.retain(|_, silences| {
                silences.retain(|silence| silence.id != id);
                !silences.is_empty()
            });
            !values.is_empty()
        });
    }

    pub(super) fn get(&self, id: &str) -> Option<&Silence> {
        self.by_id.get(id).map(|silence| &**silence)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Silence> {
        self.by_id.values().map(|silence| &**silence)
    }

    /// Returns the silences that are active at `now` and hit an alert with these labels.
    pub(super) fn hitting<'s, 'f, 'v: 'f>(
        &'s self,
        pairs: impl Iterator<Item = (&'v str, &'v str)> + 'f,
        value_of: &'f impl Fn(&str) -> &'v str,
        now: Timestamp,
    ) -> impl Iterator<Item = &'s Silence> + 'f
    where
        's: 'f,
    {
        // Most of the time nothing is silenced.
        let pairs = pairs.take(if self.by_label.is_empty() { 0 } else { usize::MAX });
        let under = pairs.filter_map(|(name, value)| self.by_label.get(name)?.get(value)).flatten();
        under
            .chain(&self.rest)
            .filter(move |silence| {
                silence.state(now) == State::Active && silence.matchers.accept(value_of)
            })
            .map(|silence| &**silence)
    }
}
