//! What stands, looked at in portions: the engine waits while anybody looks, so nobody looks at everything in one go.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use stentor_domain::labels::Fingerprint;
use stentor_domain::standing::Standing;

/// So many alerts are looked at before the engine may go on.
const PORTION: usize = 512;

/// Returns alerts in portions, in their order, each with what stands when it is its turn.
///
/// The engine may go on between two portions if what stands is let go of by then; an alert that was there when the
/// portions were made may be gone in a later one.
pub(crate) fn of<'a>(
    standing: &'a RwLock<Standing>,
    prints: &'a [Fingerprint],
) -> impl Iterator<Item = (RwLockReadGuard<'a, Standing>, &'a [Fingerprint])> {
    let look = || standing.read().unwrap_or_else(PoisonError::into_inner);
    prints.chunks(PORTION).map(move |portion| (look(), portion))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_may_go_on_between_two_portions() {
        let standing = RwLock::new(Standing::default());
        let prints: Vec<Fingerprint> = (0..1_100).map(Fingerprint).collect();
        let mut seen = vec![];
        let mut sizes = vec![];
        for (look, portion) in of(&standing, &prints) {
            assert!(standing.try_write().is_err(), "what is looked at does not change");
            drop(look);
            assert!(standing.try_write().is_ok());
            seen.extend_from_slice(portion);
            sizes.push(portion.len());
        }
        assert_eq!((seen, sizes), (prints, vec![512, 512, 76]));
    }
}
