//! What portfolio data is and how a sync runs. Knows no provider, database, socket or route.
//!
//! Start with [`sync`]: the loop that every sync is.

pub mod model;

pub mod provider;
pub mod store;
pub mod sync;

pub mod derive;
pub mod engine;
pub mod event;
pub mod fetch;
pub mod fills;
pub mod ledger;
pub mod mirrors;
pub mod quota;
pub mod reconcile;
pub mod round_trips;
pub mod schedule;
pub mod status;
pub mod valuation;
pub mod verify;
pub mod work;

pub mod budget;
pub mod calendar;
pub mod clock;
pub mod files;
pub mod fx;
pub mod http;
pub mod limiter;
pub mod limits;
pub mod nearest;
pub mod secrets;
pub mod spelling;
pub mod telemetry;
pub mod units;

#[cfg(feature = "testkit")]
pub mod testkit;
