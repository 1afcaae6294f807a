//! The JSON API.

pub mod alertmanager;

use crate::routes::Routes;

/// Adds the API.
pub fn routes(routes: Routes) -> Routes {
    alertmanager::routes(routes)
}
