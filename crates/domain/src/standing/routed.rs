//! Which firing alerts come to each place of the routing tree, found by the index.

use roaring::RoaringBitmap;

use super::Standing;
use crate::labels::Fingerprint;
use crate::routing::Routes;

/// Some of the alerts that fire.
#[derive(Clone, Debug, Default)]
pub struct Crowd(RoaringBitmap);

impl Standing {
    /// Returns for each node how many firing alerts end their way there, in the order of [`Routes::nodes`].
    ///
    /// It costs what the tree's matchers cost, not what there is of alerts.
    pub fn routed(&self, routes: &Routes) -> Vec<u64> {
        self.ends(routes).iter().map(RoaringBitmap::len).collect()
    }

    /// Returns the firing alerts that end their way at one of the nodes that `takes` accepts, by its place in
    /// [`Routes::nodes`]; it costs what [`Standing::routed`] does.
    pub fn coming_to(&self, routes: &Routes, takes: impl Fn(usize) -> bool) -> Crowd {
        let ends = self.ends(routes).into_iter().enumerate().filter(|(at, _)| takes(*at));
        Crowd(ends.fold(RoaringBitmap::new(), |all, (_, some)| all | some))
    }

    /// Tells whether an alert is among some.
    pub fn is_among(&self, some: &Crowd, fingerprint: Fingerprint) -> bool {
        self.by_print.get(&fingerprint).is_some_and(|slot| some.0.contains(*slot))
    }

    /// Returns for each node the firing alerts that end their way there.
    fn ends(&self, routes: &Routes) -> Vec<RoaringBitmap> {
        let mut ends = vec![RoaringBitmap::new(); routes.nodes.len()];
        if !routes.nodes.is_empty() {
            self.descend(routes, 0, &self.firing, &mut ends);
        }
        ends
    }

    /// Takes what of `coming` fits a node, as [`Routes::find`] does for one alert, and returns it.
    fn descend(
        &self,
        routes: &Routes,
        at: usize,
        coming: &RoaringBitmap,
        ends: &mut [RoaringBitmap],
    ) -> RoaringBitmap {
        let node = &routes.nodes[at];
        let taken = self.by_label.select(coming, &node.matchers, &self.symbols);
        let (mut rest, mut below) = (taken.clone(), RoaringBitmap::new());
        for child in &node.children {
            if rest.is_empty() {
                break;
            }
            let found = self.descend(routes, *child, &rest, ends);
            if !routes.nodes[*child].goes_on {
                rest -= &found;
            }
            below |= found;
        }
        ends[at] |= &taken - below;
        taken
    }
}
