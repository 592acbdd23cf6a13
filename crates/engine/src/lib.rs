//! What portfolio data is and how a sync runs. Knows no provider, database, socket or route.

pub mod model;

pub mod files;
pub mod http;
pub mod limits;
pub mod provider;
