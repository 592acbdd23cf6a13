//! What sources of accounts have in common: snapshots of what is held, and what held things are.

pub mod described;
pub mod snapshot;
