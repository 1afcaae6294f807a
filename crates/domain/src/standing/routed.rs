//! How many firing alerts come to each place of the routing tree, counted from the index.

use roaring::RoaringBitmap;

use super::Standing;
use crate::routing::Routes;

impl Standing {
    /// Returns for each node how many firing alerts end their way there, in the order of [`Routes::nodes`].
    ///
    /// It costs what the tree's matchers cost, not what there is of alerts.
    pub fn routed(&self, routes: &Routes) -> Vec<u64> {
        let mut counts = vec![0; routes.nodes.len()];
        if !routes.nodes.is_empty() {
            self.descend(routes, 0, &self.firing, &mut counts);
        }
        counts
    }

    /// Takes what of `coming` fits a node, as [`Routes::find`] does for one alert, and returns it.
    fn descend(
        &self,
        routes: &Routes,
        at: usize,
        coming: &RoaringBitmap,
        counts: &mut [u64],
    ) -> RoaringBitmap {
        let node = &routes.nodes[at];
        let taken = self.by_label.select(coming, &node.matchers, &self.symbols);
        let (mut rest, mut below) = (taken.clone(), RoaringBitmap::new());
        for child in &node.children {
            if rest.is_empty() {
                break;
            }
            let found = self.descend(routes, *child, &rest, counts);
            if !routes.nodes[*child].goes_on {
                rest -= &found;
            }
            below |= found;
        }
        counts[at] += (&taken - below).len();
        taken
    }
}
