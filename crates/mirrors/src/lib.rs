//! Copies of committed rows in tools that people already run. A mirror is a provider whose rows go the other way: its
//! pages change its own ledger here. It knows no store, no socket and no clock.

mod cells;
mod diff;
mod nocodb;

use std::sync::Arc;

use foliosync_engine::provider::Provider;

/// Every mirror, in the order in which they are offered.
pub fn all() -> Vec<Arc<dyn Provider>> {
    vec![Arc::new(nocodb::NocoDb)]
}
