//! Which alerts have which label: a set of slots for each name and value.

use foldhash::HashMap;
use roaring::RoaringBitmap;

use super::Slot;
use super::symbols::{Pairs, Symbol, Symbols};
use crate::matchers::{Matcher, Matchers, Op};

/// The alerts of each value of each label.
#[derive(Debug, Default)]
pub(super) struct LabelIndex(HashMap<Symbol, HashMap<Symbol, Postings>>);

/// Most values belong to one alert, and a few to very many.
#[derive(Debug)]
enum Postings {
    One(Slot),
    Many(Box<RoaringBitmap>),
}

impl LabelIndex {
    pub(super) fn add(&mut self, slot: Slot, pairs: &Pairs) {
        for (name, value) in pairs {
            let values = self.0.entry(*name).or_default();
            match values.get_mut(value) {
                None => {
                    values.insert(*value, Postings::One(slot));
                }
                Some(Postings::Many(slots)) => {
                    slots.insert(slot);
                }
                Some(one @ Postings::One(_)) => {
                    let Postings::One(first) = *one else { continue };
                    *one = Postings::Many(Box::new(RoaringBitmap::from_iter([first, slot])));
                }
            }
        }
    }

    pub(super) fn remove(&mut self, slot: Slot, pairs: &Pairs) {
        for (name, value) in pairs {
            let Some(values) = self.0.get_mut(name) else { continue };
            let empty = match values.get_mut(value) {
                Some(Postings::Many(slots)) => {
                    slots.remove(slot);
                    slots.is_empty()
                }
                Some(Postings::One(only)) => *only == slot,
                None => false,
            };
            if empty {
                values.remove(value);
            }
            if values.is_empty() {
                self.0.remove(name);
            }
        }
    }

    /// Returns those of `among` that satisfy all matchers.
    pub(super) fn select(
        &self,
        among: &RoaringBitmap,
        matchers: &Matchers,
        symbols: &Symbols,
    ) -> RoaringBitmap {
        let mut found: Option<RoaringBitmap> = None;
        for matcher in &matchers.0 {
            let rest = found.as_ref().unwrap_or(among);
            if rest.is_empty() {
                break;
            }
            found = Some(self.narrow(rest, matcher, symbols));
        }
        found.unwrap_or_else(|| among.clone())
    }

    fn narrow(&self, rest: &RoaringBitmap, matcher: &Matcher, symbols: &Symbols) -> RoaringBitmap {
        let values = symbols.find(&matcher.name).and_then(|name| self.0.get(&name));
        if matcher.op == Op::Equals && !matcher.value.is_empty() {
            let value = symbols.find(&matcher.value);
            return match values.zip(value).and_then(|(values, value)| values.get(&value)) {
                Some(Postings::Many(slots)) => rest & &**slots,
                Some(Postings::One(slot)) => {
                    rest.contains(*slot).then_some(*slot).into_iter().collect()
                }
                None => RoaringBitmap::new(),
            };
        }
        // Each value is tried once, however many alerts have it.
        let (mut accepted, mut labelled) = (RoaringBitmap::new(), RoaringBitmap::new());
        let without_label = matcher.accepts("");
        for (value, postings) in values.into_iter().flatten() {
            let accepts = matcher.accepts(symbols.text(*value));
            for set in [accepts.then_some(&mut accepted), without_label.then_some(&mut labelled)] {
                match (set, postings) {
                    (Some(set), Postings::One(slot)) => drop(set.insert(*slot)),
                    (Some(set), Postings::Many(slots)) => *set |= &**slots,
                    (None, _) => {}
                }
            }
        }
        accepted &= rest;
        if without_label {
            accepted |= rest - labelled;
        }
        accepted
    }
}
