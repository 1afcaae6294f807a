//! Texts of labels, each kept once: the same names and values come again with almost every alert.

use std::sync::Arc;

use foldhash::HashMap;

use crate::labels::Labels;

/// Stands for a text.
pub(super) type Symbol = u32;

/// A label set as symbols of names and values, sorted by name as [`Labels`] is.
pub(super) type Pairs = Box<[(Symbol, Symbol)]>;

/// Every text that is in use, with how often.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    by_text: HashMap<Arc<str>, Symbol>,
    texts: Vec<(Arc<str>, u32)>,
    free: Vec<Symbol>,
}

impl Symbols {
    pub(super) fn intern(&mut self, labels: &Labels) -> Pairs {
        labels.iter().map(|(name, value)| (self.take(name), self.take(value))).collect()
    }

    /// Returns the symbol of a text, which is kept until [`Symbols::let_go`].
    pub(super) fn take(&mut self, text: &str) -> Symbol {
        if let Some(symbol) = self.by_text.get(text).copied() {
            self.texts[symbol as usize].1 += 1;
            return symbol;
        }
        let kept: Arc<str> = text.into();
        let symbol = match self.free.pop() {
            Some(symbol) => {
                self.texts[symbol as usize] = (Arc::clone(&kept), 1);
                symbol
            }
            None => {
                self.texts.push((Arc::clone(&kept), 1));
                Symbol::try_from(self.texts.len() - 1).expect("fewer texts than memory has bytes")
            }
        };
        self.by_text.insert(kept, symbol);
        symbol
    }

    /// Lets go of what [`Symbols::intern`] took.
    pub(super) fn release(&mut self, pairs: &Pairs) {
        for symbol in pairs.iter().flat_map(|(name, value)| [*name, *value]) {
            self.let_go(symbol);
        }
    }

    /// Lets go of what [`Symbols::take`] took.
    pub(super) fn let_go(&mut self, symbol: Symbol) {
        let (text, uses) = &mut self.texts[symbol as usize];
        *uses -= 1;
        if *uses == 0 {
            let text = std::mem::replace(text, "".into());
            self.by_text.remove(&text);
            self.free.push(symbol);
        }
    }

    /// Returns the symbol of a text that is in use.
    pub(super) fn find(&self, text: &str) -> Option<Symbol> {
        self.by_text.get(text).copied()
    }

    pub(super) fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol as usize].0
    }

    /// Returns the value of a label, or the empty text.
    pub(super) fn value_of(&self, pairs: &Pairs, name: &str) -> &str {
        pairs
            .binary_search_by(|(symbol, _)| self.text(*symbol).cmp(name))
            .map_or("", |at| self.text(pairs[at].1))
    }

    /// Iterates over names and values.
    pub(super) fn pairs<'s>(
        &'s self,
        pairs: &'s Pairs,
    ) -> impl Iterator<Item = (&'s str, &'s str)> {
        pairs.iter().map(|(name, value)| (self.text(*name), self.text(*value)))
    }

    pub(super) fn labels(&self, pairs: &Pairs) -> Labels {
        self.pairs(pairs).collect()
    }
}
