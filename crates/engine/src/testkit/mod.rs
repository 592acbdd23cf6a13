//! What tests of every package share: a store in memory, faults on demand, providers and answers by script, and the suites
//! that every store and every provider must pass.

pub mod accounts;
pub mod chance;
pub mod faulty;
pub mod mem_store;
pub mod page_check;
pub mod provider_contract;
pub mod replay;
pub mod rig;
pub mod samples;
pub mod scripted;
pub mod store_contract;
