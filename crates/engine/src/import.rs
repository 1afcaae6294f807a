//! What was imported of another Alertmanager, as a group understands it.

use stentor_domain::group::{Before, log_key};
use stentor_store::imported::Imported;

/// Returns what an integration had been told.
pub(crate) fn told(imported: Imported) -> Before {
    let Imported { receiver, integration, at, firing, resolved, .. } = imported;
    let (kind, index) = integration.split_once('/').unwrap_or((&integration, "0"));
    let key = log_key(&receiver, kind, index.parse().unwrap_or(0));
    Before { key, at, firing, resolved }
}
